//! Statements that change what there is: which one, and of what.

mod columns;
mod constraints;
mod tables;
mod text;
mod views;

use crate::model::{BANK, Model, SHOP};
use crate::oracle::{DatabaseId, Id, State};

/// Not more of each in a database.
const TABLES: usize = 6;
const OTHERS: usize = 3;

impl Model {
    pub async fn change_schema(&mut self) {
        match self.chance.below(66) {
            0..=6 => self.create_table().await,
            7..=9 | 64..=65 => self.drop_object().await,
            10..=11 | 59 => self.rename_table().await,
            12..=13 => self.move_table().await,
            14 => self.rename_database().await,
            15..=18 => self.add_column().await,
            19..=20 => self.drop_column().await,
            21 | 44..=47 => self.rename_column().await,
            22..=23 => self.change_default().await,
            24..=25 => self.change_not_null().await,
            26..=29 => self.create_index().await,
            30..=31 | 48..=49 => self.drop_index().await,
            32..=33 | 57..=58 => self.add_check().await,
            34..=35 | 50..=56 | 60..=62 => self.add_foreign_key().await,
            36..=37 => self.drop_constraint().await,
            38..=40 => self.create_view().await,
            41..=42 | 63 => self.create_sequence().await,
            _ => self.change_ttl().await,
        }
    }

    fn some_database(&mut self) -> DatabaseId {
        if self.chance.one_in(4) { SHOP } else { BANK }
    }

    fn pick(&mut self) -> Option<(State, Id)> {
        let state = self.now().clone();
        let id = self.chance.of(&state.tables())?;
        Some((state, id))
    }

    /// More often a table with so few rows that they may fulfil a new constraint.
    fn pick_calm(&mut self) -> Option<(State, Id)> {
        let state = self.now().clone();
        let mut tables = state.tables();
        if !self.chance.one_in(3) {
            tables.retain(|id| state.table(*id).rows.len() < 3);
        }
        let id = self.chance.of(&tables)?;
        Some((state, id))
    }
}
