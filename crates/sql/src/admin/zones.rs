//! Zone configurations: how long old versions are kept.
//!
//! Of CockroachDB's keys only `gc.ttlseconds` does something here. The others pass with a notice at their defaults, so that scripts
//! which spell them out run, and are refused with any other value.

mod yaml;

use cairn_catalog::{
    DatabaseDescriptor, FIRST_USER_ID, TableDescriptor, View, Zone, put_database, put_table,
    read_database, read_table, set_default_zone,
};
use cairn_syntax::{
    ConfigureZone, Name, ZoneChange, ZoneObject,
    ast::{Expr, UnaryOperator, Value},
    quote,
};

use super::Attempt;
use crate::{
    Notice, Result, Session, SqlError, SqlState,
    access::Need,
    query::{Scope, names::resolve_table},
    schema,
    show::{Columns, text, whole},
};

const TTL: &str = "gc.ttlseconds";

/// The keys that do nothing here, and their defaults.
const IDLE: [(&str, &str); 7] = [
    ("constraints", "[]"),
    ("experimental_lease_preferences", "[]"),
    ("global_reads", "false"),
    ("lease_preferences", "[]"),
    ("num_replicas", "3"),
    ("range_max_bytes", "67108864"),
    ("range_min_bytes", "1048576"),
];

/// What a zone can be set on.
enum Target {
    Default,
    Database(DatabaseDescriptor),
    Table(Box<TableDescriptor>),
}

/// Runs `ALTER … CONFIGURE ZONE`.
pub(super) async fn change(
    attempt: &mut Attempt<'_>,
    statement: &ConfigureZone,
) -> Result<&'static str> {
    attempt.scope.access.root("CONFIGURE ZONE")?;
    let target = target(attempt.scope, &statement.object)?;
    let view = &attempt.scope.view;
    let own = target.own(view);
    let zone = match &statement.change {
        ZoneChange::Discard if matches!(target, Target::Default) => {
            return Err(SqlError::new(
                SqlState::InvalidParameterValue,
                "cannot remove default zone",
            )
            .hint("ALTER RANGE default CONFIGURE ZONE USING DEFAULT"));
        }
        ZoneChange::Discard | ZoneChange::Default => None,
        ZoneChange::Using(values) => {
            let mut given = Vec::with_capacity(values.len());
            let mut zone = own;
            for (key, value) in values {
                match value {
                    Some(value) => given.push((key.clone(), text_of(value)?)),
                    None if key == TTL => zone = Some(target.parents(view)),
                    None => check_known(key)?,
                }
            }
            let ttl = read(&given, &mut attempt.notices, unknown_parameter)?;
            ttl.map(of_ttl).or(zone)
        }
        ZoneChange::Yaml(text) => {
            let given = yaml::read(text).map_err(unreadable)?;
            let field = |key: &str| unreadable(format!("field {key} not found in a zone config"));
            let ttl = read(&given, &mut attempt.notices, field)?;
            // What is not given is copied from what was in force.
            Some(ttl.map_or_else(|| target.in_force(view), of_ttl))
        }
    };
    target.put(attempt, zone).await?;
    Ok("CONFIGURE ZONE 1")
}

fn of_ttl(gc_ttl_seconds: u32) -> Zone {
    Zone { gc_ttl_seconds }
}

fn unreadable(problem: String) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!("could not parse zone config: {problem}"),
    )
}

fn invalid(problem: String) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!("could not validate zone config: {problem}"),
    )
}

fn unknown_parameter(key: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!("unsupported zone config parameter: {key:?}"),
    )
}

fn check_known(key: &str) -> Result<()> {
    match IDLE.iter().any(|(idle, _)| *idle == key) {
        true => Ok(()),
        false => Err(unknown_parameter(key)),
    }
}

/// Checks every key that was given; the answer is the ttl, if it was among them.
fn read(
    given: &[(String, String)],
    notices: &mut Vec<Notice>,
    unknown: impl Fn(&str) -> SqlError,
) -> Result<Option<u32>> {
    let mut ttl = None;
    for (key, value) in given {
        if key == TTL {
            ttl = Some(seconds(value)?);
            continue;
        }
        let Some((_, default)) = IDLE.iter().find(|(idle, _)| idle == key) else {
            return Err(unknown(key));
        };
        if key == "num_replicas" {
            check_replicas(value)?;
        }
        if value.replace(' ', "") != *default {
            return Err(
                SqlError::unsupported(format_args!("zone key {key} = {value}")).hint(format!(
                    "only {TTL} has an effect; {key} stays at {default}"
                )),
            );
        }
        notices.push(Notice::plain(&format!(
            "zone key {key} has no effect; it is at its default"
        )));
    }
    Ok(ttl)
}

fn check_replicas(value: &str) -> Result<()> {
    match value.parse::<i64>() {
        Ok(..=0) => Err(invalid("at least one replica is required".to_owned())),
        Ok(2) => Err(invalid(
            "at least 3 replicas are required for multi-replica configurations".to_owned(),
        )),
        Ok(_) => Ok(()),
        Err(_) => Err(unreadable(format!(
            "num_replicas: {value:?} is no whole number"
        ))),
    }
}

fn seconds(value: &str) -> Result<u32> {
    let seconds: i64 = value
        .parse()
        .map_err(|_| unreadable(format!("ttlseconds: {value:?} is no whole number")))?;
    if seconds < 1 {
        return Err(invalid(format!(
            "GC.TTLSeconds {seconds} less than minimum allowed 1"
        )));
    }
    match i32::try_from(seconds) {
        Ok(_) => Ok(u32::try_from(seconds).unwrap_or(u32::MAX)),
        Err(_) => Err(invalid(format!(
            "GC.TTLSeconds {seconds} more than maximum allowed {}",
            i32::MAX
        ))),
    }
}

/// The text of a constant of USING.
fn text_of(value: &Expr) -> Result<String> {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Ok(text.clone()),
            Value::Number(text, _) => Ok(text.clone()),
            Value::Boolean(value) => Ok(value.to_string()),
            other => Err(SqlError::unsupported(format_args!(
                "a zone's value {other}"
            ))),
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => Ok(format!("-{}", text_of(expr)?)),
        Expr::Identifier(word) => Ok(word.value.clone()),
        other => Err(SqlError::unsupported(format_args!(
            "a zone's value {other}"
        ))),
    }
}

/// What a statement names.
fn target(scope: &Scope, object: &ZoneObject) -> Result<Target> {
    match object {
        ZoneObject::Range(name) if name.as_str() == "default" => Ok(Target::Default),
        ZoneObject::Range(name) => match name.as_str() {
            known @ ("meta" | "liveness" | "system" | "timeseries" | "tenants") => Err(
                SqlError::unsupported(format_args!("the zone of range {known}")),
            ),
            other => Err(SqlError::new(
                SqlState::UndefinedObject,
                format!("{other:?} is not a built-in zone"),
            )),
        },
        ZoneObject::Database(name) => {
            let database = schema::database(scope, name.as_str(), Need::Nothing)?;
            Ok(Target::Database(database.clone()))
        }
        ZoneObject::Table(name) => {
            let parts: Vec<&str> = name.iter().map(Name::as_str).collect();
            let table = resolve_table(scope, &parts, Need::Nothing)?;
            Ok(Target::Table(Box::new(table.as_ref().clone())))
        }
        ZoneObject::Index { .. } => Err(SqlError::unsupported("the zone of an index")
            .hint("an index is kept as long as its table: ALTER TABLE … CONFIGURE ZONE")),
    }
}

impl Target {
    /// Its own zone.
    fn own(&self, view: &View) -> Option<Zone> {
        match self {
            Target::Default => Some(view.default_zone()),
            Target::Database(database) => database.zone,
            Target::Table(table) => table.zone,
        }
    }

    fn in_force(&self, view: &View) -> Zone {
        match self {
            Target::Default => view.default_zone(),
            Target::Database(database) => view.zone_of_database(database),
            Target::Table(table) => view.zone_of_table(table),
        }
    }

    /// The zone it would have without one of its own.
    fn parents(&self, view: &View) -> Zone {
        match self {
            Target::Default => Zone::default(),
            Target::Database(_) => view.default_zone(),
            Target::Table(table) => view
                .database_by_id(table.database)
                .map_or(view.default_zone(), |database| {
                    view.zone_of_database(database)
                }),
        }
    }

    async fn put(&self, attempt: &Attempt<'_>, zone: Option<Zone>) -> Result<()> {
        let transaction = attempt.transaction;
        match self {
            Target::Default => set_default_zone(transaction, zone)?,
            Target::Database(database) => {
                let mut database = read_database(transaction, database.id).await?;
                database.zone = zone;
                put_database(transaction, &database).await?;
            }
            Target::Table(table) if table.id.0 < FIRST_USER_ID => {
                return Err(SqlError::new(
                    SqlState::InsufficientPrivilege,
                    "cannot set zone configs for system config tables; try setting your config on the entire \"system\" database instead",
                ));
            }
            Target::Table(table) => {
                let mut table = read_table(transaction, table.id).await?;
                table.zone = zone;
                put_table(transaction, &table).await?;
            }
        }
        Ok(())
    }

    /// The object that the zone in force is set on.
    fn holder(self, view: &View) -> Target {
        match self {
            Target::Table(table) if table.zone.is_none() => {
                match view.database_by_id(table.database) {
                    Some(database) => Target::Database(database.as_ref().clone()).holder(view),
                    None => Target::Default,
                }
            }
            Target::Database(database) if database.zone.is_none() => Target::Default,
            other => other,
        }
    }

    /// As the old command line named it.
    fn specifier(&self, view: &View) -> String {
        match self {
            Target::Default => ".default".to_owned(),
            Target::Database(database) => database.name.clone(),
            Target::Table(table) => format!("{}.{}", database_name(view, table), table.name),
        }
    }

    fn id(&self) -> u32 {
        match self {
            Target::Default => 0,
            Target::Database(database) => database.id.0,
            Target::Table(table) => table.id.0,
        }
    }

    /// The statement that configures it so.
    fn statement(&self, view: &View) -> String {
        let object = match self {
            Target::Default => "RANGE default".to_owned(),
            Target::Database(database) => format!("DATABASE {}", quote(&database.name)),
            Target::Table(table) => format!(
                "TABLE {}.public.{}",
                quote(&database_name(view, table)),
                quote(&table.name)
            ),
        };
        let ttl = self.in_force(view).gc_ttl_seconds;
        format!("ALTER {object} CONFIGURE ZONE USING\n\t{TTL} = {ttl}")
    }
}

fn database_name(view: &View, table: &TableDescriptor) -> String {
    let database = view.database_by_id(table.database);
    database.map_or_else(String::new, |database| database.name.clone())
}

/// EXPERIMENTAL has the columns of old.
pub(crate) fn columns(experimental: bool) -> Columns {
    match experimental {
        true => Columns::new(&[
            ("id", whole()),
            ("cli_specifier", text()),
            ("config_yaml", text()),
            ("config_proto", text()),
        ]),
        false => Columns::texts(&["zone_name", "config_sql"]),
    }
}

impl Session {
    /// The zone in force for an object, and where it comes from.
    pub(crate) async fn show_zone(
        &self,
        object: &ZoneObject,
        experimental: bool,
        rows: &mut Columns,
    ) -> Result<()> {
        let scope = self.current_scope().await?;
        scope.access.root("SHOW ZONE CONFIGURATION")?;
        let holder = target(&scope, object)?.holder(&scope.view);
        push(rows, &holder, &scope.view, experimental)
    }

    /// Every zone there is, the default one first.
    pub(crate) async fn show_zones(&self, experimental: bool, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        scope.access.root("SHOW ZONE CONFIGURATIONS")?;
        let view = &scope.view;
        push(rows, &Target::Default, view, experimental)?;
        for database in view.databases().filter(|database| database.zone.is_some()) {
            let target = Target::Database(database.as_ref().clone());
            push(rows, &target, view, experimental)?;
        }
        for table in view.tables().filter(|table| table.zone.is_some()) {
            let target = Target::Table(Box::new(table.as_ref().clone()));
            push(rows, &target, view, experimental)?;
        }
        Ok(())
    }
}

fn push(rows: &mut Columns, target: &Target, view: &View, experimental: bool) -> Result<()> {
    let ttl = target.in_force(view).gc_ttl_seconds;
    match experimental {
        true => rows.push(vec![
            i64::from(target.id()).into(),
            target.specifier(view).into(),
            format!("gc:\n  ttlseconds: {ttl}\n").into(),
            None::<String>.into(),
        ]),
        false => rows.push(vec![
            target.specifier(view).into(),
            target.statement(view).into(),
        ]),
    }
}
