//! Dropping relations that others depend on: what goes along, what stands in the way, and both ends of every
//! reference removed.
//!
//! A DROP first asks `taken_along` what goes with its targets, with RESTRICT then `obstacles` whether anything that stays
//! depends on them, and hands all to `drop_relations`, which removes the references that are left.

use std::collections::BTreeSet;

use cairn_storage::{TableId, Transaction};

use crate::record::{changed, check_user_table, find_database, read_table, write_table};
use crate::table::drop_any_table;
use crate::{Result, TableDescriptor, View};

/// Something that stays and depends on something that is to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A view reads the relation.
    View { relation: TableId, view: TableId },
    /// A column's DEFAULT uses the sequence.
    Default { sequence: TableId, table: TableId },
    /// A foreign key refers to the table.
    ForeignKey { table: TableId, referring: TableId },
    /// A table is interleaved in it.
    Interleaved { parent: TableId, child: TableId },
}

/// The targets and what cannot be without them: the sequences that their columns own and, with CASCADE, the views
/// that read any of it.
pub fn taken_along(view: &View, targets: &BTreeSet<TableId>, cascade: bool) -> BTreeSet<TableId> {
    let mut dropped = BTreeSet::new();
    let mut waiting: Vec<TableId> = targets.iter().copied().collect();
    while let Some(id) = waiting.pop() {
        let Some(table) = view.table_by_id(id).filter(|_| dropped.insert(id)) else {
            continue;
        };
        waiting.extend(owned_sequences(view, table));
        if cascade {
            let dependents = table.dependents.iter().map(|dependent| dependent.relation);
            waiting.extend(dependents.filter(|id| is_view(view, *id)));
        }
    }
    dropped
}

fn owned_sequences<'a>(
    view: &'a View,
    table: &'a TableDescriptor,
) -> impl Iterator<Item = TableId> + 'a {
    view.tables()
        .filter(|sequence| {
            sequence
                .sequence_options()
                .and_then(|options| options.owner)
                .is_some_and(|owner| owner.table == table.id)
        })
        .map(|sequence| sequence.id)
}

fn is_view(view: &View, id: TableId) -> bool {
    view.table_by_id(id).is_some_and(|table| table.is_view())
}

/// What stays and depends on what is dropped, in the order of ids.
pub fn obstacles(view: &View, dropped: &BTreeSet<TableId>) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    for table in dropped.iter().filter_map(|id| view.table_by_id(*id)) {
        for dependent in &table.dependents {
            obstacles.push(match is_view(view, dependent.relation) {
                true => Obstacle::View {
                    relation: table.id,
                    view: dependent.relation,
                },
                false => Obstacle::Default {
                    sequence: table.id,
                    table: dependent.relation,
                },
            });
        }
        let referring = table.referenced_by.iter();
        obstacles.extend(referring.map(|referring| Obstacle::ForeignKey {
            table: table.id,
            referring: *referring,
        }));
        let children = table.interleaved_children.iter();
        obstacles.extend(children.map(|child| Obstacle::Interleaved {
            parent: table.id,
            child: *child,
        }));
    }
    obstacles.retain(|obstacle| !dropped.contains(&obstacle.dependent()));
    obstacles
}

impl Obstacle {
    /// What depends.
    pub fn dependent(&self) -> TableId {
        match self {
            Self::View { view, .. } => *view,
            Self::Default { table, .. } => *table,
            Self::ForeignKey { referring, .. } => *referring,
            Self::Interleaved { child, .. } => *child,
        }
    }
}

/// Drops relations together. What stays loses its references to them: foreign keys, defaults, interleaving. A view that
/// stays must not read any of them.
///
/// # Errors
/// `System`, `UnknownTable`, `Offline`.
pub async fn drop_relations(txn: &Transaction, dropped: &BTreeSet<TableId>) -> Result<()> {
    let mut tables = Vec::with_capacity(dropped.len());
    for id in dropped {
        let table = read_table(txn, *id).await?;
        check_user_table(&table)?;
        tables.push(table);
    }
    let mut neighbours = BTreeSet::new();
    for table in &tables {
        neighbours.extend(table.neighbours().filter(|id| !dropped.contains(id)));
    }
    for id in neighbours {
        let mut neighbour = read_table(txn, id).await?;
        neighbour.forget_relations(dropped);
        write_table(txn, &neighbour)?;
    }
    for mut table in tables {
        // Its rows are kept for as long as they would have been, whatever becomes of its database.
        let database = find_database(txn, table.database).await?;
        table.zone = table.zone.or(database.zone);
        drop_any_table(txn, table)?;
    }
    changed(txn)
}

impl TableDescriptor {
    /// Every relation that this one refers to or is referred to by.
    pub fn neighbours(&self) -> impl Iterator<Item = TableId> + '_ {
        let reads = self
            .view_definition()
            .into_iter()
            .flat_map(|definition| definition.reads.iter().map(|read| read.relation));
        let sequences = self
            .columns
            .iter()
            .flat_map(|column| column.uses_sequences.iter().copied());
        self.dependents
            .iter()
            .map(|dependent| dependent.relation)
            .chain(reads)
            .chain(sequences)
            .chain(self.foreign_keys.iter().map(|key| key.referenced))
            .chain(self.referenced_by.iter().copied())
            .chain(self.interleaved_children.iter().copied())
            .chain(self.interleave.iter().map(|interleave| interleave.parent))
    }

    /// Removes every reference to relations that go.
    fn forget_relations(&mut self, gone: &BTreeSet<TableId>) {
        self.dependents
            .retain(|dependent| !gone.contains(&dependent.relation));
        self.foreign_keys
            .retain(|key| !gone.contains(&key.referenced));
        self.referenced_by.retain(|id| !gone.contains(id));
        self.interleaved_children.retain(|id| !gone.contains(id));
        self.interleave = self
            .interleave
            .take()
            .filter(|interleave| !gone.contains(&interleave.parent));
        for column in &mut self.columns {
            if column.uses_sequences.iter().any(|id| gone.contains(id)) {
                column.forget_sequences();
            }
        }
    }
}
