//! What came back, against what the oracle has of that instant.

use std::collections::BTreeSet;

use crate::model::Model;
use crate::oracle::{Default, Id, Kind, Sequence, State, Table};
use crate::restores::Asked;
use crate::server::Rows;
use crate::values::{literal, typed};

type Complaint = String;

impl Model {
    /// Asks a restored database everything.
    pub async fn compare(&mut self, asked: &Asked, state: &State) -> Result<(), Complaint> {
        let databases: BTreeSet<&String> = asked.into.values().collect();
        for database in databases {
            let rows = self.look(&format!("SHOW TABLES FROM {database}")).await?;
            let found: BTreeSet<String> =
                rows.into_iter().filter_map(|row| row[1].clone()).collect();
            let wanted = asked
                .wanted
                .iter()
                .filter(|id| asked.into[&state.object(**id).database] == *database);
            let wanted: BTreeSet<String> =
                wanted.map(|id| state.object(*id).name.clone()).collect();
            if found != wanted {
                return Err(format!("{database} has {found:?}, not {wanted:?}"));
            }
        }
        for id in &asked.wanted {
            let object = state.object(*id);
            let name = format!("{}.{}", asked.into[&object.database], object.name);
            let word = object.word();
            let rows = self.look(&format!("SHOW CREATE {word} {name}")).await?;
            let found = rows[0][1].clone().unwrap_or_default();
            let (found, wanted) = (
                lines(&found, asked, None),
                lines(&object.create, asked, Some((state, *id))),
            );
            if found != wanted {
                return Err(format!("{name} is\n{found:#?}\nnot\n{wanted:#?}"));
            }
            match &object.kind {
                Kind::Table(table) => {
                    self.compare_rows(&name, *id, state).await?;
                    self.compare_indexes(&name, table).await?;
                }
                Kind::View(_) => self.compare_rows(&name, *id, state).await?,
                Kind::Sequence(_) => {}
            }
        }
        let tables: Vec<Id> = asked
            .wanted
            .iter()
            .copied()
            .filter(|id| state.object(*id).table().is_some())
            .collect();
        if let Some(id) = self.chance.of(&tables) {
            let object = state.object(id);
            self.compare_grants(&format!("{}.{}", asked.into[&object.database], object.name))
                .await?;
        }
        // These change what was restored.
        for id in &asked.wanted {
            let object = state.object(*id);
            let name = format!("{}.{}", asked.into[&object.database], object.name);
            match &object.kind {
                Kind::Table(table) => self.try_constraints(&name, table, asked).await?,
                Kind::Sequence(sequence) => self.try_sequence(&name, sequence).await?,
                Kind::View(_) => {}
            }
        }
        Ok(())
    }

    /// Asks the live databases for names and rows.
    pub async fn compare_live(&self, state: &State) -> Result<(), Complaint> {
        for (id, database) in &state.databases {
            let rows = self.look(&format!("SHOW TABLES FROM {database}")).await?;
            let found: BTreeSet<String> =
                rows.into_iter().filter_map(|row| row[1].clone()).collect();
            let wanted: BTreeSet<String> = state
                .members(*id)
                .into_iter()
                .map(|id| state.object(id).name.clone())
                .collect();
            if found != wanted {
                return Err(format!("{database} has {found:?}, not {wanted:?}"));
            }
        }
        for (id, object) in &state.objects {
            let name = state.full_name(*id);
            if !object.create.is_empty() {
                let rows = self
                    .look(&format!("SHOW CREATE {} {name}", object.word()))
                    .await?;
                let found = rows[0][1].clone().unwrap_or_default();
                if found != object.create {
                    return Err(format!("{name} is\n{found}\nnot\n{}", object.create));
                }
            }
            if !matches!(object.kind, Kind::Sequence(_)) {
                self.compare_rows(&name, *id, state).await?;
            }
        }
        Ok(())
    }

    async fn look(&self, text: &str) -> Result<Rows, Complaint> {
        let rows = self.server.rows(text).await;
        rows.map_err(|refusal| format!("{text}: {} {}", refusal.code, refusal.message))
    }

    async fn compare_rows(&self, name: &str, id: Id, state: &State) -> Result<(), Complaint> {
        let mut found = self.look(&format!("SELECT * FROM {name}")).await?;
        let mut wanted = state.shown(id);
        found.sort();
        wanted.sort();
        if found == wanted {
            return Ok(());
        }
        let extra: Vec<_> = found.iter().filter(|row| !wanted.contains(row)).collect();
        let missing: Vec<_> = wanted.iter().filter(|row| !found.contains(row)).collect();
        Err(format!(
            "{name}: {extra:?} should not be there, {missing:?} should"
        ))
    }

    /// Reads every entry of an index that is not NULL.
    async fn compare_indexes(&self, name: &str, table: &Table) -> Result<(), Complaint> {
        for index in &table.indexes {
            let column = table.column(index.columns[0]);
            let rows = table.rows.values().filter(|row| row[&column.id].is_some());
            let mut wanted: Rows = rows
                .map(|row| table.key.iter().map(|id| row[id].clone()).collect())
                .collect();
            let values: BTreeSet<String> = table
                .rows
                .values()
                .filter_map(|row| row[&column.id].clone())
                .map(|value| typed(&Some(value), column.ty))
                .collect();
            if values.is_empty() {
                continue;
            }
            let values: Vec<String> = values.into_iter().collect();
            let key: Vec<&str> = table
                .key_columns()
                .map(|column| column.name.as_str())
                .collect();
            let text = format!(
                "SELECT {} FROM {name} WHERE {} IN ({})",
                key.join(", "),
                column.name,
                values.join(", ")
            );
            let mut found = self.look(&text).await?;
            found.sort();
            wanted.sort();
            if found != wanted {
                return Err(format!("{text}\nfound {found:?}, not {wanted:?}"));
            }
        }
        Ok(())
    }

    async fn compare_grants(&self, name: &str) -> Result<(), Complaint> {
        let rows = self
            .look(&format!(
                "SELECT has_table_privilege('amy', '{name}', 'SELECT')"
            ))
            .await?;
        let wanted = name.starts_with("inspect.");
        match rows[0][0].as_deref() == Some("t") {
            found if found == wanted => Ok(()),
            found => Err(format!("whether amy may read {name}: {found}")),
        }
    }

    /// Writes what each constraint must refuse.
    async fn try_constraints(
        &mut self,
        name: &str,
        table: &Table,
        asked: &Asked,
    ) -> Result<(), Complaint> {
        let Some((_, row)) = table.rows.first_key_value() else {
            return Ok(());
        };
        let mut wrong = Vec::new();
        let has_numbers = table
            .columns
            .iter()
            .any(|column| matches!(column.default, Some(Default::Next(_))));
        if !has_numbers || self.chance.one_in(2) {
            let names: Vec<&str> = table
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            let values: Vec<String> = table
                .columns
                .iter()
                .map(|column| literal(&row[&column.id]))
                .collect();
            wrong.push(format!(
                "INSERT INTO {name} ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            ));
        }
        for check in &table.checks {
            wrong.push(format!(
                "UPDATE {name} SET {} = 1000",
                table.column(check.column).name
            ));
        }
        for key in table
            .foreign_keys
            .iter()
            .filter(|_| !asked.skips.foreign_keys)
        {
            wrong.push(format!(
                "UPDATE {name} SET {} = 987654321",
                table.column(key.column).name
            ));
        }
        for column in table.values().filter(|column| column.not_null) {
            wrong.push(format!("UPDATE {name} SET {} = NULL", column.name));
        }
        if !wrong.is_empty() {
            let text = wrong.swap_remove(self.chance.below(wrong.len()));
            match self.server.ask(&text).await {
                Err(refusal) if refusal.code.starts_with("235") => {}
                Err(refusal) => {
                    return Err(format!("{text}: {} {}", refusal.code, refusal.message));
                }
                Ok(_) => return Err(format!("{text} was not refused")),
            }
        }
        Ok(())
    }

    /// No number comes back, and not too many are left out.
    async fn try_sequence(&self, name: &str, sequence: &Sequence) -> Result<(), Complaint> {
        let rows = self.look(&format!("SELECT nextval('{name}')")).await?;
        let number: i64 = rows[0][0]
            .as_ref()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        let is_new = sequence.greatest.is_none_or(|greatest| greatest < number);
        match is_new && number <= sequence.at_most() {
            true => Ok(()),
            false => Err(format!(
                "{name} gives {number} after {:?}",
                sequence.greatest
            )),
        }
    }
}

/// The lines of a SHOW CREATE without what differs between the two places: names of databases in foreign keys, commas. Of the
/// original, names become those of the copy, and what was skipped is left out.
fn lines(text: &str, asked: &Asked, original: Option<(&State, Id)>) -> Vec<String> {
    let mut text = text.to_owned();
    if let Some((state, id)) = original {
        for (database, name) in &state.databases {
            if let Some(into) = asked.into.get(database) {
                text = text.replace(&format!("{name}.public."), &format!("{into}.public."));
            }
        }
        if let Some(table) = state.object(id).table() {
            for column in &table.columns {
                let Some(Default::Next(sequence)) = column.default else {
                    continue;
                };
                if !asked.wanted.contains(&sequence) {
                    let object = state.object(sequence);
                    let into = asked
                        .into
                        .get(&object.database)
                        .unwrap_or(&state.databases[&object.database]);
                    text = text.replace(
                        &format!(" DEFAULT nextval('{into}.public.{}')", object.name),
                        "",
                    );
                }
            }
            for key in &table.foreign_keys {
                if !asked.wanted.contains(&key.parent) {
                    let kept = text
                        .lines()
                        .filter(|line| !line.contains(&format!("CONSTRAINT {} FOREIGN", key.name)));
                    text = kept.collect::<Vec<_>>().join("\n");
                }
            }
        }
    }
    text.lines()
        .map(|line| line_of(line.trim().trim_end_matches(',')))
        .collect()
}

fn line_of(line: &str) -> String {
    let Some((before, after)) = line.split_once(" REFERENCES ") else {
        return line.to_owned();
    };
    let (name, rest) = after.split_once(' ').unwrap_or((after, ""));
    let name = name.rsplit('.').next().unwrap_or(name);
    format!("{before} REFERENCES {name} {rest}")
}
