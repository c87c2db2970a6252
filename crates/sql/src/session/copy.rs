//! COPY, on the session's side: which transaction it writes in, and what it reads.

use cairn_syntax::{Copy, CopyDirection, ast};

use super::{Session, call::Call};
use crate::{
    Answer, Result, SqlError,
    copy::{self, CopyOut},
};

impl Session {
    pub(super) async fn copy(&mut self, copy: &Copy) -> Result<Answer> {
        let scope = self.scope_now().await?;
        match copy.direction {
            CopyDirection::FromStdin => {
                let transaction = self.open.as_ref().map(|open| &open.transaction);
                let atomic = self.variables.is_on("copy_from_atomic_enabled");
                Ok(Answer::CopyIn(
                    copy::from_stdin(&self.node, &scope, copy, transaction, atomic).await?,
                ))
            }
            CopyDirection::ToStdout => {
                let (query, format) = copy::to_stdout(&scope, copy)?;
                let statement = query.statement();
                if !matches!(statement, ast::Statement::Query(_)) {
                    return Err(SqlError::unsupported(
                        "COPY of anything but a table or a query",
                    ));
                }
                let answer = self.select(&query, statement, Call::default()).await?;
                match self.localized(answer) {
                    Answer::Rows { stream, .. } => {
                        Ok(Answer::CopyOut(CopyOut::new(stream, format)?))
                    }
                    _ => Err(SqlError::internal("a query answered without rows")),
                }
            }
        }
    }
}
