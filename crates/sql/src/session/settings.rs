//! SET, RESET and USE, and how long what they set holds.

use cairn_rows::Zone;
use cairn_syntax::ast::{self, Expr, Set, Value};

use super::{Session, dispatch::done, transaction::Settings};
use crate::{Answer, Notice, Result, SqlError, SqlState};

impl Session {
    pub(super) async fn set(&mut self, set: &Set) -> Result<Answer> {
        match set {
            Set::SingleAssignment {
                scope,
                variable,
                values,
                ..
            } => {
                let local = matches!(scope, Some(ast::ContextModifier::Local));
                let name = variable.to_string().to_lowercase();
                if name == "database" {
                    let ([value], false) = (values.as_slice(), local) else {
                        return Err(SqlError::new(
                            SqlState::SyntaxError,
                            "SET database takes one value, and no LOCAL",
                        ));
                    };
                    return self.use_database(&text_of(value)?).await;
                }
                let values = values.iter().map(text_of).collect::<Result<Vec<_>>>()?;
                let value = match values.as_slice() {
                    [one] if one.eq_ignore_ascii_case("default") => None,
                    _ => Some(values.join(", ")),
                };
                self.assign(&name, value.as_deref(), local)?;
            }
            Set::SetTimeZone { value, local } => {
                let value = zone_of(value)?;
                let value = match value.to_lowercase().as_str() {
                    "default" | "local" => None,
                    _ => Some(value.as_str()),
                };
                self.assign("timezone", value, *local)?;
            }
            Set::SetNames { charset_name, .. } => {
                self.assign("client_encoding", Some(&charset_name.value), false)?;
            }
            Set::SetTransaction { modes, session, .. } => {
                self.set_transaction(modes, *session)?;
            }
            other => return Err(SqlError::unsupported(other)),
        }
        done("SET")
    }

    /// Gives a variable a value, or its first one again: until the end of the transaction, or of the session. A transaction that is
    /// rolled back takes it back.
    fn assign(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<()> {
        if name == "transaction_read_only" && self.open.is_some() {
            let on = match value.unwrap_or("off").to_lowercase().as_str() {
                "on" | "true" | "yes" | "1" => true,
                "off" | "false" | "no" | "0" => false,
                _ => {
                    return Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        "parameter \"transaction_read_only\" requires a boolean value",
                    ));
                }
            };
            return self.set_read_only(on);
        }
        if local && self.open.as_ref().is_none_or(|open| open.implicit) {
            self.notices.push(Notice::warning(
                SqlState::NoActiveSqlTransaction,
                "SET LOCAL can only be used in transaction blocks",
            ));
        }
        if local && self.open.is_none() {
            // It would end with this statement.
            return self.variables.clone().set(name, value);
        }
        self.variables.set(name, value)?;
        match &mut self.open {
            Some(open) if !local => open.lasting.variables.set(name, value),
            _ => Ok(()),
        }
    }

    /// What SET may change, as it is now.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            variables: self.variables.clone(),
            database: self.database.clone(),
        }
    }

    pub(super) fn settle(&mut self, settings: Settings) {
        self.variables = settings.variables;
        self.database = settings.database;
    }

    pub(super) fn reset(&mut self, reset: &ast::ResetStatement) -> Result<Answer> {
        match &reset.reset {
            ast::Reset::ALL => {
                self.variables.reset();
                if let Some(open) = &mut self.open {
                    open.lasting.variables.reset();
                }
            }
            ast::Reset::ConfigurationParameter(name) => {
                self.assign(&name.to_string().to_lowercase(), None, false)?
            }
        }
        done("RESET")
    }

    pub(super) async fn use_database(&mut self, name: &str) -> Result<Answer> {
        let scope = self.scope_now().await?;
        crate::schema::database(&scope, name, crate::access::Need::Nothing)?;
        self.database = name.to_owned();
        if let Some(open) = &mut self.open {
            open.lasting.database = name.to_owned();
        }
        done("SET")
    }
}

/// The name of a zone, or its offset as an INTERVAL.
fn zone_of(value: &Expr) -> Result<String> {
    let Expr::Interval(interval) = value else {
        return text_of(value);
    };
    let text = text_of(&interval.value)?;
    let offset = cairn_rows::text::parse_interval(&text)?;
    if offset.months != 0 || offset.days != 0 {
        return Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "an interval time zone must not include months or days",
        ));
    }
    Ok(Zone::posix(offset.micros / 1_000_000))
}

/// The text of a SET's value: a literal or a bare word.
fn text_of(value: &Expr) -> Result<String> {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Ok(text.clone()),
            Value::Number(text, _) => Ok(text.clone()),
            Value::Boolean(value) => Ok(value.to_string()),
            Value::Null => Ok(String::new()),
            other => Err(SqlError::unsupported(format_args!("SET to {other}"))),
        },
        Expr::Identifier(ident) => Ok(cairn_syntax::Name::folded(ident).0),
        Expr::CompoundIdentifier(_) | Expr::UnaryOp { .. } => Ok(value.to_string()),
        other => Err(SqlError::unsupported(format_args!("SET to {other}"))),
    }
}
