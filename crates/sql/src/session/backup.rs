//! BACKUP, RESTORE and SHOW BACKUP.
use cairn_syntax::{Backup, LocationExpr, Restore, Statement, WithOption};
use datafusion::scalar::ScalarValue;

use super::Session;
use crate::{show::Columns, Answer, Result, SqlError};

impl Session {
    pub(super) async fn backup(&mut self, _: &Statement, _: &Backup, _: &[ScalarValue]) -> Result<Answer> {
        self.only_root("BACKUP")?;
        self.outside_transaction("BACKUP")?;
        Err(SqlError::unsupported("BACKUP"))
    }
    pub(super) async fn restore(&mut self, _: &Statement, _: &Restore, _: &[ScalarValue]) -> Result<Answer> {
        self.only_root("RESTORE")?;
        self.outside_transaction("RESTORE")?;
        Err(SqlError::unsupported("RESTORE"))
    }
    pub(crate) async fn show_backup(&mut self, _: &LocationExpr, _: &[WithOption], _: &[ScalarValue], _: &mut Columns) -> Result<()> {
        Err(SqlError::unsupported("SHOW BACKUP"))
    }
}
