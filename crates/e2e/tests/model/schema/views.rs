//! Views and sequences.

use std::sync::Arc;

use super::OTHERS;
use crate::model::Model;
use crate::oracle::{ColumnId, Id, Kind, Object, Sequence, TAG, View};

impl Model {
    pub async fn create_view(&mut self) {
        let state = self.now().clone();
        let database = self.some_database();
        let name = format!("v{}", self.chance.below(8));
        let views = state.views();
        let mut sources = state.tables();
        let parts = views
            .iter()
            .filter(|id| matches!(state.object(**id).kind, Kind::View(View::Part { .. })));
        sources.extend(parts.copied());
        let there = views
            .iter()
            .filter(|id| state.object(**id).database == database)
            .count();
        let (Some(source), Some(other)) = (self.chance.of(&sources), self.chance.of(&sources))
        else {
            return;
        };
        if there >= OTHERS || state.is_taken(database, &name) {
            return;
        }
        let view = match self.chance.one_in(4) {
            true => View::Pairs(source, other),
            false => {
                let columns: Vec<ColumnId> = match &state.object(source).kind {
                    Kind::Table(table) => table.values().map(|column| column.id).collect(),
                    _ => Vec::new(),
                };
                let column = self.chance.of(&columns).filter(|_| self.chance.one_in(2));
                View::Part {
                    source,
                    column,
                    below: self.chance.below(150) as i64,
                }
            }
        };
        let query = match &view {
            View::Pairs(left, right) => format!(
                "SELECT count(*) AS pairs FROM {} AS x, {} AS y",
                state.full_name(*left),
                state.full_name(*right)
            ),
            View::Part {
                source,
                column,
                below,
            } => {
                let column = column.map(|id| format!(", {}", state.table(*source).column(id).name));
                let column = column.unwrap_or_default();
                format!(
                    "SELECT k, '{TAG}' AS tag{column} FROM {} WHERE k < {below}",
                    state.full_name(*source)
                )
            }
        };
        let text = format!(
            "CREATE VIEW {}.{name} AS {query}",
            state.databases[&database]
        );
        let (mut next, id) = (state.clone(), Id(self.fresh()));
        let object = Object {
            database,
            name,
            create: String::new(),
            kind: Kind::View(view),
        };
        next.objects.insert(id, Arc::new(object));
        self.expect("CREATE VIEW", &text, Ok(next), &[id]).await;
    }

    pub async fn create_sequence(&mut self) {
        let state = self.now().clone();
        let database = self.some_database();
        let name = format!("s{}", self.chance.below(6));
        let sequences = state.sequences();
        let there = sequences
            .iter()
            .filter(|id| state.object(**id).database == database)
            .count();
        if there >= OTHERS || state.is_taken(database, &name) {
            return;
        }
        let options = [
            "",
            " START 100",
            " INCREMENT 7",
            " MINVALUE 5 START 50 INCREMENT 3",
        ][self.chance.below(4)];
        let text = format!(
            "CREATE SEQUENCE {}.{name}{options}",
            state.databases[&database]
        );
        let (mut next, id) = (state.clone(), Id(self.fresh()));
        let object = Object {
            database,
            name,
            create: String::new(),
            kind: Kind::Sequence(Sequence::default()),
        };
        next.objects.insert(id, Arc::new(object));
        self.expect("CREATE SEQUENCE", &text, Ok(next), &[id]).await;
    }
}
