//! Numbers of sequences: who got which.

use std::sync::Arc;

use crate::model::Model;
use crate::oracle::{
    CHECKED_BELOW, ColumnId, Default, Id, Kind, RESERVED, Sequence, State, Table, Violations,
};
use crate::values::Value;
use crate::writes::{CONSTRAINTS, checked, has_numbers, names, tuples};

impl Model {
    /// Takes a number of a sequence: by itself, or for a row.
    pub async fn take_number(&mut self) {
        let state = self.now().clone();
        let numbered = state
            .tables()
            .into_iter()
            .filter(|id| has_numbers(state.table(*id)));
        let numbered = numbered.collect::<Vec<_>>();
        if let (false, Some(id)) = (self.chance.one_in(3), self.chance.of(&numbered)) {
            return self.insert_numbered(&state, id).await;
        }
        let Some(id) = self.chance.of(&state.sequences()) else {
            return;
        };
        let text = format!("SELECT nextval('{}')", state.full_name(id));
        match self.commit(&text, state, &[]).await {
            Ok(answers) => self.handed_out(id, &answers[0][0][0]),
            Err(refusal) => self.refused(&text, &refusal),
        }
        self.tally.count("nextval");
    }

    async fn insert_numbered(&mut self, state: &State, id: Id) {
        let table = state.table(id);
        if may_break_a_check(state, table) {
            return;
        }
        let key = self.key(table, 40);
        let row = self.row(state, table, key.clone());
        let is_number = |id: ColumnId| matches!(table.column(id).default, Some(Default::Next(_)));
        let columns = table.columns.iter().map(|column| column.id);
        let (numbers, given): (Vec<ColumnId>, Vec<ColumnId>) =
            columns.partition(|id| is_number(*id));
        let text = format!(
            "INSERT INTO {} ({}) VALUES {} RETURNING {}",
            state.full_name(id),
            names(table, &given),
            tuples(std::slice::from_ref(&row), &given),
            names(table, &numbers)
        );
        let mut next = state.clone();
        let mut codes = Violations::new();
        let mut row = row;
        for number in &numbers {
            row.insert(*number, Some("0".into()));
        }
        if next
            .edit_table(id)
            .rows
            .insert(key.clone(), Arc::new(row.clone()))
            .is_some()
        {
            codes.extend(CONSTRAINTS);
        }
        let expected = checked(next.clone(), codes);
        if expected.is_err() {
            self.expect("INSERT with numbers", &text, expected, &[])
                .await;
            return self.lose(id, &numbers);
        }
        let answers = match self.insist(&text).await {
            Ok(answers) => answers,
            Err(refusal) => self.refused(&text, &refusal),
        };
        for (number, value) in numbers.iter().zip(&answers[0][0]) {
            row.insert(*number, value.clone());
            if let Some(Default::Next(sequence)) = table.column(*number).default {
                greatest(&mut next, sequence, value);
            }
        }
        next.edit_table(id).rows.insert(key, Arc::new(row));
        self.note(next, &[]).await;
        self.tally.count("INSERT with numbers");
    }

    /// A statement that failed may have taken a number, too, and a kill the others that were reserved with it: nobody got them.
    fn lose(&mut self, id: Id, numbers: &[ColumnId]) {
        let mut next = self.now().clone();
        for number in numbers {
            if let Some(Default::Next(sequence)) = next.table(id).column(*number).default {
                edit_sequence(&mut next, sequence).lost += RESERVED;
            }
        }
        self.past.push(self.latest, next);
    }

    fn handed_out(&mut self, id: Id, value: &Value) {
        let mut next = self.now().clone();
        greatest(&mut next, id, value);
        self.past.push(self.latest, next);
    }
}

fn greatest(state: &mut State, id: Id, value: &Value) {
    let number: i64 = value.as_ref().expect("a number").parse().expect("a number");
    let sequence = edit_sequence(state, id);
    assert!(
        sequence.greatest.is_none_or(|greatest| greatest < number),
        "{number} was handed out again"
    );
    sequence.greatest = Some(number);
    sequence.lost = 0;
}

fn edit_sequence(state: &mut State, id: Id) -> &mut Sequence {
    match &mut state.edit(id).kind {
        Kind::Sequence(sequence) => sequence,
        _ => panic!("not a sequence"),
    }
}

/// Whether a number to come, which is not known before, may be one that a CHECK refuses.
fn may_break_a_check(state: &State, table: &Table) -> bool {
    table
        .checks
        .iter()
        .any(|check| match table.column(check.column).default {
            Some(Default::Next(id)) => match &state.object(id).kind {
                Kind::Sequence(sequence) => sequence.at_most() >= CHECKED_BELOW,
                _ => panic!("not a sequence"),
            },
            _ => false,
        })
}
