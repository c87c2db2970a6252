//! Who may do what, in PostgreSQL's terms: access lists, `information_schema.table_privileges`, and the functions that ask.
//!
//! CREATE and DROP on a table have no letter of their own in PostgreSQL: they are shown as `C` and `D` (its TRUNCATE). Who has GRANT
//! has each of his privileges with the grant option, which is a star.

use std::sync::Arc;

use arrow::datatypes::DataType;
use cairn_catalog::{Grant, Privilege, TableDescriptor, View};
use cairn_rows::users::ROOT;
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    directory::{Directory, Found},
    functions::{Returns, Rule, number, rule, string},
    oid,
    relation::Relation,
    rows::{Rows, list},
};
use crate::{
    Result, SqlError, SqlState,
    access::{Access, Need},
    query::{Scope, names::PUBLIC},
};

/// In the order in which PostgreSQL writes them.
const LETTERS: [(Privilege, char); 6] = [
    (Privilege::Insert, 'a'),
    (Privilege::Select, 'r'),
    (Privilege::Update, 'w'),
    (Privilege::Delete, 'd'),
    (Privilege::Drop, 'D'),
    (Privilege::Create, 'C'),
];

/// The access list of an object, as `relacl` and `datacl` hold it; NULL: root alone may use it.
pub(super) fn access_list(grants: &[Grant]) -> Scalar {
    if grants.is_empty() {
        return Scalar::new_null_list(DataType::Utf8, true, 1);
    }
    let all = Privilege::ALL.to_vec();
    let root = std::iter::once((ROOT, &all));
    let users = grants
        .iter()
        .map(|grant| (grant.user.as_str(), &grant.privileges));
    let items = root.chain(users).map(|(user, held)| {
        let star = if held.contains(&Privilege::Grant) && user != ROOT {
            "*"
        } else {
            ""
        };
        let letters: String = LETTERS
            .iter()
            .filter(|(privilege, _)| held.contains(privilege))
            .map(|(_, letter)| format!("{letter}{star}"))
            .collect();
        Scalar::from(format!("{user}={letters}/{ROOT}"))
    });
    list(&DataType::Utf8, items.collect())
}

/// `information_schema.table_privileges`: the grants on what the user sees.
pub(super) fn granted(
    scope: &Scope,
    directory: &Directory,
    relation: &'static Relation,
) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        if !scope.access.sees(table) {
            continue;
        }
        for grant in &table.grants {
            let grantable = grant.privileges.contains(&Privilege::Grant);
            for privilege in &grant.privileges {
                rows.push([
                    ("grantor", Scalar::from(ROOT)),
                    ("grantee", Scalar::from(grant.user.as_str())),
                    ("table_catalog", Scalar::from(directory.database_name())),
                    ("table_schema", Scalar::from(PUBLIC)),
                    ("table_name", Scalar::from(table.name.as_str())),
                    ("privilege_type", Scalar::from(privilege.to_string())),
                    (
                        "is_grantable",
                        Scalar::from(if grantable { "YES" } else { "NO" }),
                    ),
                    ("with_hierarchy", Scalar::from("NO")),
                ])?;
            }
        }
    }
    rows.table()
}

/// `has_table_privilege`, `has_database_privilege` and their kin: `([user,] object, privileges)`.
pub(super) fn function(scope: &Scope, name: &str) -> Option<(Returns, Rule)> {
    let asked = Asked {
        access: scope.access.clone(),
        view: scope.view.clone(),
        database: scope.facts.database.clone(),
        directory: Directory::new(&scope.view, &scope.facts.database),
    };
    match name {
        "has_table_privilege" | "has_sequence_privilege" | "has_any_column_privilege" => {
            rule(DataType::Boolean, move |args| asked.table(args))
        }
        "has_database_privilege" => rule(DataType::Boolean, move |args| asked.of_database(args)),
        _ => None,
    }
}

/// What the answers depend on.
struct Asked {
    access: Access,
    view: Arc<View>,
    database: String,
    directory: Directory,
}

impl Asked {
    fn table(&self, args: &[Scalar]) -> Result<Scalar> {
        let Some((access, object, privileges)) = self.arguments(args) else {
            return Ok(Scalar::Boolean(None));
        };
        let table = match number(Some(object)).and_then(|oid| u32::try_from(oid).ok()) {
            Some(oid) => match self.directory.find(oid) {
                Some(Found::Table(table)) => Some(Arc::new(table.clone())),
                // Everyone may read the system's relations; nobody may write them.
                Some(_) => return Ok(Scalar::from(privileges.eq_ignore_ascii_case("select"))),
                None => return Ok(Scalar::Boolean(None)),
            },
            None => string(Some(object)).and_then(|name| self.named(&name)),
        };
        let Some(table) = table else {
            let name = string(Some(object)).unwrap_or_default();
            if self.directory.find_name(&name).is_some() {
                return Ok(Scalar::from(privileges.eq_ignore_ascii_case("select")));
            }
            return Err(SqlError::new(
                SqlState::UndefinedTable,
                format!("relation {name:?} does not exist"),
            ));
        };
        any(&privileges, |need| access.relation(&table, need).is_ok())
    }

    fn of_database(&self, args: &[Scalar]) -> Result<Scalar> {
        let Some((access, object, privileges)) = self.arguments(args) else {
            return Ok(Scalar::Boolean(None));
        };
        let name = string(Some(object));
        let number = number(Some(object)).and_then(|oid| u32::try_from(oid).ok());
        let found = self
            .view
            .databases()
            .find(|database| match (&name, number) {
                (_, Some(number)) => oid::database(database.id) == number,
                (Some(name), None) => database.name == *name,
                (None, None) => false,
            });
        match found {
            Some(database) => any(&privileges, |need| access.database(database, need).is_ok()),
            None => Err(crate::schema::unknown_database(&name.unwrap_or_default())),
        }
    }

    /// Whose rights, on what, and which; `None`: something is NULL.
    fn arguments<'a>(&self, args: &'a [Scalar]) -> Option<(Access, &'a Scalar, String)> {
        match args {
            [object, privileges] => Some((self.access.clone(), object, string(Some(privileges))?)),
            [user, object, privileges] => {
                let user = string(Some(user))?;
                Some((self.access.of(&user), object, string(Some(privileges))?))
            }
            _ => None,
        }
    }

    /// `t`, `public.t`, `database.t`, `database.public.t`.
    fn named(&self, name: &str) -> Option<Arc<TableDescriptor>> {
        let parts = super::directory::parts(name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (database, table) = match parts.as_slice() {
            [table] | [PUBLIC, table] => (self.database.as_str(), *table),
            [database, table] | [database, PUBLIC, table] => (*database, *table),
            _ => return None,
        };
        let database = self.view.database(database)?;
        self.view.table(database.id, table).cloned()
    }
}

/// Whether one of the privileges of a list is held.
fn any(privileges: &str, holds: impl Fn(Need) -> bool) -> Result<Scalar> {
    let mut answer = false;
    for word in privileges.split(',') {
        let word = word.trim().to_uppercase();
        let (word, grantable) = match word.strip_suffix(" WITH GRANT OPTION") {
            Some(word) => (word, true),
            None => (word.as_str(), false),
        };
        let needs = match word {
            "CONNECT" => vec![],
            "TEMPORARY" | "TEMP" | "TRIGGER" => continue,
            "TRUNCATE" => vec![Privilege::Drop],
            "REFERENCES" => vec![Privilege::Create],
            "USAGE" => vec![Privilege::Update],
            word => match Privilege::ALL
                .into_iter()
                .find(|known| known.to_string() == word)
            {
                Some(privilege) => vec![privilege],
                None => {
                    return Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        format!("unrecognized privilege type: {word:?}"),
                    ));
                }
            },
        };
        let needs = needs
            .into_iter()
            .chain(grantable.then_some(Privilege::Grant));
        answer |= needs
            .into_iter()
            .all(|privilege| holds(Need::Of(privilege)));
    }
    Ok(Scalar::from(answer))
}
