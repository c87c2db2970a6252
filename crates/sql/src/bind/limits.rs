//! `FETCH FIRST n ROWS ONLY`, which is LIMIT.

use std::ops::ControlFlow;

use cairn_syntax::ast::{Fetch, LimitClause, Query, VisitorMut};

use super::{number, walk};
use crate::{Result, SqlError};

/// Rewrites all queries.
///
/// # Errors
/// 0A000 for `WITH TIES` and `PERCENT`.
pub(super) fn rewrite(query: &mut Query) -> Result<()> {
    walk(query, &mut Limits)
}

struct Limits;

impl VisitorMut for Limits {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        let Some(Fetch {
            with_ties,
            percent,
            quantity,
        }) = query.fetch.take()
        else {
            return ControlFlow::Continue(());
        };
        if with_ties || percent {
            let what = if percent { "PERCENT" } else { "WITH TIES" };
            return ControlFlow::Break(SqlError::unsupported(format_args!("FETCH … {what}")));
        }
        let rows = quantity.unwrap_or_else(|| number("1"));
        match &mut query.limit_clause {
            Some(LimitClause::LimitOffset { limit, .. }) => *limit = Some(rows),
            _ => {
                query.limit_clause = Some(LimitClause::LimitOffset {
                    limit: Some(rows),
                    offset: None,
                    limit_by: Vec::new(),
                });
            }
        }
        ControlFlow::Continue(())
    }
}
