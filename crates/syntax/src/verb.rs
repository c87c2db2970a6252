//! What kind of statement one is, in a word: for counting them, so there are few.

use sqlparser::ast;

use crate::Statement;

/// All words that [`Statement::verb`] says.
pub const VERBS: [&str; 14] = [
    "select",
    "insert",
    "upsert",
    "update",
    "delete",
    "copy",
    "backup",
    "restore",
    "job",
    "show",
    "set",
    "transaction",
    "schema",
    "other",
];

impl Statement {
    /// One of [`VERBS`].
    pub fn verb(&self) -> &'static str {
        match self {
            Statement::Backup(_) => "backup",
            Statement::Restore(_) => "restore",
            Statement::Show(_) => "show",
            Statement::Copy(_) => "copy",
            Statement::Job { .. } => "job",
            Statement::SetClusterSetting(_) => "set",
            Statement::Upsert(_) => "upsert",
            Statement::Comment(_)
            | Statement::Alter(_)
            | Statement::User(_)
            | Statement::Grant(_)
            | Statement::ConfigureZone(_)
            | Statement::CreateSequence(_)
            | Statement::AlterSequence(_)
            | Statement::CreateInterleaved(_)
            | Statement::Rename(_) => "schema",
            Statement::Sql(query) => of_sql(query.marked()),
            _ => "other",
        }
    }
}

fn of_sql(statement: &ast::Statement) -> &'static str {
    use ast::Statement as Sql;
    match statement {
        Sql::Query(_) => "select",
        Sql::Insert(_) => "insert",
        Sql::Update(_) => "update",
        Sql::Delete(_) => "delete",
        Sql::StartTransaction { .. }
        | Sql::Commit { .. }
        | Sql::Rollback { .. }
        | Sql::Savepoint { .. }
        | Sql::ReleaseSavepoint { .. } => "transaction",
        Sql::Set(_) => "set",
        Sql::ShowVariable { .. } => "show",
        Sql::CreateTable(_)
        | Sql::CreateIndex(_)
        | Sql::CreateView(_)
        | Sql::CreateDatabase { .. }
        | Sql::AlterTable(_)
        | Sql::Drop { .. }
        | Sql::Truncate(_) => "schema",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::VERBS;

    #[test]
    fn each_statement_has_a_word_that_is_listed() {
        for (text, verb) in [
            ("SELECT 1", "select"),
            ("INSERT INTO t VALUES (1)", "insert"),
            ("UPSERT INTO t VALUES (1)", "upsert"),
            ("UPDATE t SET a = 1", "update"),
            ("DELETE FROM t", "delete"),
            ("COPY t FROM STDIN", "copy"),
            ("BACKUP DATABASE d TO 'nodelocal:///x'", "backup"),
            ("RESTORE DATABASE d FROM 'nodelocal:///x'", "restore"),
            ("PAUSE JOB 1", "job"),
            ("SHOW JOBS", "show"),
            ("SHOW statement_timeout", "show"),
            ("SET statement_timeout = 1", "set"),
            ("BEGIN", "transaction"),
            ("COMMIT", "transaction"),
            ("CREATE TABLE t (a INT)", "schema"),
            ("CREATE DATABASE d", "schema"),
            ("CREATE VIEW v AS SELECT 1", "schema"),
            ("ALTER TABLE t ADD COLUMN b INT", "schema"),
            ("DROP TABLE t", "schema"),
            ("TRUNCATE t", "schema"),
            ("CREATE USER amy", "schema"),
            ("EXECUTE p", "other"),
        ] {
            let parsed = crate::parse_one(text).unwrap().unwrap();
            assert_eq!(parsed.statement.verb(), verb, "{text}");
            assert!(VERBS.contains(&verb));
        }
    }
}
