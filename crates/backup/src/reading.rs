//! What a backup reads: its window, and what its targets mean there.

use std::sync::Arc;

use cairn_catalog::Error as CatalogError;
use cairn_storage::{Closed, Error as StorageError, Snapshot, Version};
use cairn_syntax::Targets;

use crate::base::{Base, base_collected};
use crate::context::Context;
use crate::coverage::{resolve_changes, resolve_history};
use crate::error::{Error, Result};
use crate::hierarchy;
use crate::resolve::resolve;
use crate::target::{Placed, Resolved, Target};
use crate::window::Past;

/// The window of a backup, and what it reads at which versions.
pub struct Reading {
    pub end: Closed,
    /// The end of the layer before.
    pub base: Option<Base>,
    /// With history: the version from which on the catalog is read.
    pub history_from: Option<Closed>,
}

impl Reading {
    /// The earliest version that anything is read at.
    pub fn catalog_from(&self) -> Version {
        let start = self.base.as_ref().map(|base| base.start);
        self.history_from.or(start).unwrap_or(self.end).version()
    }

    /// What the targets mean, at the end or with history in all of the window, and what of it the layer before has. It follows from the
    /// catalog of the window, so a job that goes on finds the same.
    pub async fn resolve(
        &self,
        context: &Context,
        targets: &Targets,
        current: Option<&str>,
    ) -> Result<Resolved> {
        let start = self.base.as_ref().map(|base| base.start);
        let from = self.history_from.or(start);
        let history = self.history_from.is_some();
        let error = |error: CatalogError| match error {
            CatalogError::Storage(source) => self.too_late(context, source, None),
            other => Error::from(other),
        };
        let past = match from {
            Some(from) => Some(
                Past::read(&context.catalog, from, self.end)
                    .await
                    .map_err(error)?,
            ),
            None => None,
        };
        let base = self.base.as_ref().map(|base| &base.manifest);
        let snapshot = Snapshot::new(Arc::clone(&context.engine), self.end);
        let view = context.catalog.view(&snapshot).await.map_err(error)?;
        let resolved = match &past {
            Some(past) if history => {
                let members = past.members(targets, current)?;
                let resolved = resolve_history(past, &members, base)?;
                hierarchy::check(&resolved, &view)?;
                resolved
            }
            past => {
                let resolved = resolve(&view, targets, current)?;
                hierarchy::check(&resolved, &view)?;
                match past.as_ref().zip(base) {
                    Some((past, base)) => resolve_changes(past, resolved, base)?,
                    None => resolved,
                }
            }
        };
        let known = past.filter(|_| history);
        let known = known.map(|past| past.known()).unwrap_or_default();
        Ok(resolved.with_outside(|id| {
            let now = view.table_by_id(id).and_then(|table| {
                Some(Placed {
                    database: Arc::clone(view.database_by_id(table.database)?),
                    table: Arc::clone(table),
                })
            });
            now.or_else(|| known.get(&id).cloned())
        }))
    }

    /// Says of a read below a floor what the user asked for.
    pub fn too_late(
        &self,
        context: &Context,
        error: StorageError,
        target: Option<&Target>,
    ) -> Error {
        let StorageError::BelowFloor { at, floor, .. } = error else {
            return error.into();
        };
        let what = target.map_or_else(
            || "the catalog".to_owned(),
            |target| format!("table {}", target.qualified_name()),
        );
        if let Some(base) = self.base.as_ref().filter(|base| base.start.version() == at) {
            return base_collected(context, &base.location, at, floor, &what);
        }
        let timeline = context.engine.timeline();
        Error::Collected {
            what,
            at: timeline.decimal(at),
            floor: timeline.decimal(floor),
        }
    }
}
