//! GRANT and REVOKE, and SHOW GRANTS.

use std::sync::Arc;

use cairn_catalog::{
    DatabaseDescriptor, Privilege, TableDescriptor, put_database, put_table, read_database,
    read_table,
};
use cairn_rows::users::ROOT;
use cairn_syntax::{Grant, GrantVerb, Name, TablePattern, Targets, database_of};

use super::{Attempt, users};
use crate::{
    Result, Session, SqlError, SqlState,
    access::Need,
    query::{Scope, names::resolve_table},
    schema,
    show::Columns,
};

/// Runs a GRANT or REVOKE.
pub(super) async fn change(attempt: &mut Attempt<'_>, statement: &Grant) -> Result<&'static str> {
    let privileges = privileges(statement)?;
    let mut grantees = Vec::with_capacity(statement.users.len());
    for user in &statement.users {
        let user = users::grantee(attempt, user).await?;
        match (user == ROOT, statement.verb) {
            (false, _) => grantees.push(user),
            // It may do everything already.
            (true, GrantVerb::Grant) => {}
            (true, GrantVerb::Revoke) => {
                return Err(SqlError::new(
                    SqlState::InvalidGrantOperation,
                    "nothing can be revoked from root",
                ));
            }
        }
    }
    let alter = |grants: &mut Vec<cairn_catalog::Grant>| {
        for user in &grantees {
            match statement.verb {
                GrantVerb::Grant => cairn_catalog::grant(grants, user, &privileges),
                GrantVerb::Revoke => cairn_catalog::revoke(grants, user, &privileges),
            }
        }
    };
    match &statement.on {
        Targets::Databases(names) => {
            for name in names {
                let found = schema::database(attempt.scope, name.as_str(), Privilege::Grant)?;
                for privilege in &privileges {
                    attempt.scope.access.database(found, *privilege)?;
                }
                let mut database = read_database(attempt.transaction, found.id).await?;
                alter(&mut database.grants);
                check_not_system(found)?;
                put_database(attempt.transaction, &database).await?;
            }
        }
        Targets::Tables(patterns) => {
            for found in tables(attempt.scope, patterns, Need::Of(Privilege::Grant))? {
                for privilege in &privileges {
                    attempt.scope.access.relation(&found, *privilege)?;
                }
                let mut table = read_table(attempt.transaction, found.id).await?;
                alter(&mut table.grants);
                put_table(attempt.transaction, &table).await?;
            }
        }
    }
    Ok(statement.verb.word())
}

/// The system's own database is root's alone.
fn check_not_system(database: &DatabaseDescriptor) -> Result<()> {
    match database.id == cairn_catalog::SYSTEM_DATABASE {
        true => Err(cairn_catalog::Error::System {
            object: format!("database {:?}", database.name),
        }
        .into()),
        false => Ok(()),
    }
}

/// # Errors
/// 42601 for a word that is no privilege, 0A000 for PostgreSQL's others.
fn privileges(statement: &Grant) -> Result<Vec<Privilege>> {
    let Some(words) = &statement.privileges else {
        return Ok(Privilege::ALL.to_vec());
    };
    words
        .iter()
        .map(|word| {
            let known = Privilege::ALL
                .into_iter()
                .find(|privilege| privilege.to_string() == *word);
            known.ok_or_else(|| match word.as_str() {
                "TRUNCATE" | "REFERENCES" | "TRIGGER" | "CONNECT" | "TEMPORARY" | "TEMP"
                | "USAGE" | "EXECUTE" | "BACKUP" | "RESTORE" | "ZONECONFIG" => {
                    SqlError::unsupported(format_args!("privilege {word}"))
                }
                _ => SqlError::new(
                    SqlState::SyntaxError,
                    format!("syntax error: {word} is no privilege"),
                )
                .hint("SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, GRANT or ALL"),
            })
        })
        .collect()
}

/// The relations that patterns stand for, each once.
fn tables(
    scope: &Scope,
    patterns: &[TablePattern],
    need: Need,
) -> Result<Vec<Arc<TableDescriptor>>> {
    let mut found: Vec<Arc<TableDescriptor>> = Vec::new();
    for pattern in patterns {
        match pattern {
            TablePattern::Table(parts) => {
                let parts: Vec<&str> = parts.iter().map(Name::as_str).collect();
                found.push(resolve_table(scope, &parts, need)?);
            }
            TablePattern::All(qualifier) => {
                let current = Some(scope.facts.database.as_str());
                let exists = |name: &str| scope.view.database(name).is_some();
                let name = database_of(qualifier, current, exists).ok_or_else(|| {
                    SqlError::new(
                        SqlState::InvalidSchemaName,
                        format!("{pattern} does not match any valid database or schema"),
                    )
                })?;
                let database = schema::database(scope, &name, Need::Nothing)?;
                for table in scope.view.tables_of(database.id) {
                    scope.access.relation(table, need)?;
                    found.push(table.clone());
                }
            }
        }
    }
    found.sort_by_key(|table| table.id);
    found.dedup_by_key(|table| table.id);
    Ok(found)
}

pub(crate) fn columns() -> Columns {
    Columns::texts(&[
        "database_name",
        "schema_name",
        "relation_name",
        "grantee",
        "privilege_type",
    ])
}

impl Session {
    /// One row per privilege, `ALL` for all of them. root is not listed: it has no need of grants.
    pub(crate) async fn show_grants(
        &self,
        on: Option<&Targets>,
        users: &[Name],
        rows: &mut Columns,
    ) -> Result<()> {
        let scope = self.current_scope().await?;
        let users: Vec<String> = users.iter().map(users::folded).collect();
        let (databases, tables) = shown(&scope, on)?;
        let mut lines = Vec::new();
        for database in databases {
            let place = (database.name.clone(), None);
            lines.extend(
                database
                    .grants
                    .iter()
                    .map(|grant| (place.clone(), grant.clone())),
            );
        }
        for table in tables {
            let database = scope.view.database_by_id(table.database);
            let database = database.map_or("", |database| database.name.as_str());
            let place = (database.to_owned(), Some(table.name.clone()));
            lines.extend(
                table
                    .grants
                    .iter()
                    .map(|grant| (place.clone(), grant.clone())),
            );
        }
        lines.sort_by(|a, b| (&a.0, &a.1.user).cmp(&(&b.0, &b.1.user)));
        for ((database, relation), grant) in lines {
            if !users.is_empty() && !users.contains(&grant.user) {
                continue;
            }
            for privilege in words(&grant.privileges) {
                let schema = relation.is_some().then_some(crate::query::names::PUBLIC);
                rows.push(vec![
                    database.clone().into(),
                    schema.into(),
                    relation.clone().into(),
                    grant.user.clone().into(),
                    privilege.into(),
                ])?;
            }
        }
        Ok(())
    }
}

type Shown = (Vec<DatabaseDescriptor>, Vec<Arc<TableDescriptor>>);

/// What is listed: what is named, or everything that the user has a right on.
fn shown(scope: &Scope, on: Option<&Targets>) -> Result<Shown> {
    match on {
        Some(Targets::Databases(names)) => {
            let databases = names
                .iter()
                .map(|name| schema::database(scope, name.as_str(), Need::Any).cloned())
                .collect::<Result<Vec<_>>>()?;
            Ok((databases, Vec::new()))
        }
        Some(Targets::Tables(patterns)) => {
            let mut tables = tables(scope, patterns, Need::Nothing)?;
            for pattern in patterns {
                if let TablePattern::Table(parts) = pattern {
                    let parts: Vec<&str> = parts.iter().map(Name::as_str).collect();
                    resolve_table(scope, &parts, Need::Any)?;
                }
            }
            tables.retain(|table| scope.access.sees(table));
            Ok((Vec::new(), tables))
        }
        None => {
            let databases = scope
                .view
                .databases()
                .filter(|database| scope.access.database(database, Need::Any).is_ok())
                .map(|database| database.as_ref().clone())
                .collect();
            let tables = scope
                .view
                .tables()
                .filter(|table| scope.access.sees(table))
                .cloned()
                .collect();
            Ok((databases, tables))
        }
    }
}

/// The privileges by name, or ALL.
fn words(privileges: &[Privilege]) -> Vec<String> {
    match privileges.len() == Privilege::ALL.len() {
        true => vec!["ALL".to_owned()],
        false => privileges.iter().map(Privilege::to_string).collect(),
    }
}
