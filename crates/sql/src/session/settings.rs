//! BEGIN, COMMIT and ROLLBACK; SET, RESET and USE.

use std::sync::Arc;

use cairn_storage::Transaction;
use cairn_syntax::ast::{self, Expr, Set, Value};

use super::{Session, dispatch::done, transaction::Open};
use crate::{Answer, Notice, Result, SqlError, SqlState};

impl Session {
    pub(super) async fn begin(&mut self, statement: &ast::Statement) -> Result<Answer> {
        let ast::Statement::StartTransaction { modes, .. } = statement else {
            return Err(SqlError::internal("not a BEGIN"));
        };
        for mode in modes {
            check_mode(mode)?;
        }
        if self.open.is_some() {
            self.notices.push(Notice::warning(
                SqlState::ActiveSqlTransaction,
                "there is already a transaction in progress",
            ));
            return done("BEGIN");
        }
        let transaction = Arc::new(Transaction::begin(self.node.engine().clone()).await?);
        self.open = Some(Open::new(transaction, self.now()));
        done("BEGIN")
    }

    pub(super) async fn commit(&mut self) -> Result<Answer> {
        let Some(open) = self.open.take() else {
            self.notices.push(Notice::warning(
                SqlState::NoActiveSqlTransaction,
                "there is no transaction in progress",
            ));
            return done("COMMIT");
        };
        if open.failed {
            open.transaction.rollback();
            return done("ROLLBACK");
        }
        self.commit_transaction(&open.transaction).await?;
        for job in open.jobs {
            self.node.jobs().carry_out(job).await;
        }
        done("COMMIT")
    }

    pub(super) fn rollback(&mut self) -> Result<Answer> {
        match self.open.take() {
            Some(open) => open.transaction.rollback(),
            None => self.notices.push(Notice::warning(
                SqlState::NoActiveSqlTransaction,
                "there is no transaction in progress",
            )),
        }
        done("ROLLBACK")
    }

    pub(super) fn open_transaction(&mut self, what: &str) -> Result<&mut Open> {
        self.open.as_mut().ok_or_else(|| {
            SqlError::new(
                SqlState::NoActiveSqlTransaction,
                format!("{what} can only be used in transaction blocks"),
            )
        })
    }

    pub(super) async fn set(&mut self, set: &Set) -> Result<Answer> {
        match set {
            Set::SingleAssignment {
                scope: Some(ast::ContextModifier::Local),
                ..
            } => return Err(SqlError::unsupported("SET LOCAL")),
            Set::SingleAssignment {
                variable, values, ..
            } => {
                let name = variable.to_string().to_lowercase();
                if name == "database" {
                    let [value] = values.as_slice() else {
                        return Err(SqlError::new(
                            SqlState::SyntaxError,
                            "SET database takes one value",
                        ));
                    };
                    return self.use_database(&text_of(value)?).await;
                }
                let values = values.iter().map(text_of).collect::<Result<Vec<_>>>()?;
                let value = match values.as_slice() {
                    [one] if one.eq_ignore_ascii_case("default") => None,
                    _ => Some(values.join(", ")),
                };
                self.variables.set(&name, value.as_deref())?;
            }
            Set::SetTimeZone { value, .. } => {
                self.variables.set("timezone", Some(&text_of(value)?))?
            }
            Set::SetNames { charset_name, .. } => {
                self.variables
                    .set("client_encoding", Some(&charset_name.value))?;
            }
            Set::SetTransaction { modes, .. } => {
                for mode in modes {
                    check_mode(mode)?;
                }
            }
            other => return Err(SqlError::unsupported(other)),
        }
        done("SET")
    }

    pub(super) fn reset(&mut self, reset: &ast::ResetStatement) -> Result<Answer> {
        match &reset.reset {
            ast::Reset::ALL => self.variables.reset(),
            ast::Reset::ConfigurationParameter(name) => {
                self.variables.set(&name.to_string(), None)?
            }
        }
        done("RESET")
    }

    pub(super) async fn use_database(&mut self, name: &str) -> Result<Answer> {
        let scope = self.scope_now().await?;
        crate::schema::database(&scope, name, crate::access::Need::Nothing)?;
        self.database = name.to_owned();
        done("SET")
    }
}

fn check_mode(mode: &ast::TransactionMode) -> Result<()> {
    use ast::{TransactionAccessMode, TransactionIsolationLevel, TransactionMode};
    match mode {
        // Every weaker level is kept by keeping the strongest.
        TransactionMode::IsolationLevel(TransactionIsolationLevel::Snapshot) => {
            Err(SqlError::unsupported("ISOLATION LEVEL SNAPSHOT"))
        }
        TransactionMode::IsolationLevel(_) => Ok(()),
        TransactionMode::AccessMode(TransactionAccessMode::ReadWrite) => Ok(()),
        TransactionMode::AccessMode(TransactionAccessMode::ReadOnly) => {
            Err(SqlError::unsupported("READ ONLY transactions"))
        }
    }
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
