//! VACUUM: what the background does every minute, now.

use cairn_catalog::Privilege;
use cairn_syntax::{Name, Vacuum};

use super::{Session, dispatch::done};
use crate::{Answer, Notice, Result, SqlState, query::names::resolve_table};

impl Session {
    /// Collects old versions, of all tables whichever are named. As in PostgreSQL, who may not do that is told, and nothing fails.
    pub(super) async fn vacuum(&mut self, vacuum: &Vacuum) -> Result<Answer> {
        self.outside_transaction("VACUUM")?;
        let scope = self.scope_now().await?;
        for table in &vacuum.tables {
            let parts: Vec<&str> = table.iter().map(Name::as_str).collect();
            resolve_table(&scope, &parts, Privilege::Select)?;
        }
        match scope.access.is_root() {
            true => self.node().tidy().await?,
            false => self.note(vec![Notice::warning(
                SqlState::InsufficientPrivilege,
                "permission denied to vacuum, skipping it: old versions are collected in the background",
            )]),
        }
        done("VACUUM")
    }
}
