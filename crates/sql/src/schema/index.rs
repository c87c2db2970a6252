//! CREATE INDEX.
use cairn_syntax::ast::CreateIndex;

use crate::{Result, Session, SqlError};

pub(crate) async fn create(_session: &mut Session, _create: &CreateIndex) -> Result<()> {
    Err(SqlError::unsupported("CREATE INDEX"))
}
