//! The script that makes a database again: a pure plan in the order in which it loads.
//!
//! Sequences, tables, views in the order of what they read; rows, values of sequences; indexes, foreign keys, comments. Rows go in before
//! foreign keys, so that their order does not matter.

use std::collections::{BTreeMap, BTreeSet};

use cairn_syntax::quote;

use super::catalog::{
    Column, Constraint, ConstraintKind, Database, Identity, Index, Kind, Part, Relation, Sequence,
    Table, Value,
};
use super::functions::Functions;

/// What is wanted of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sections {
    pub schema: bool,
    pub data: bool,
}

/// A piece of the script.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A statement without its semicolon.
    Statement(String),
    /// The rows of a table, in these columns; both as SQL writes them.
    Rows { table: String, columns: Vec<String> },
    /// What PostgreSQL does not know, or this database cannot have without another one.
    LeftOut(String),
}

/// How many bytes of a name count in PostgreSQL.
const NAME_BYTES: usize = 63;

/// Plans the script; `wanted` are the names of the relations in it, or none for all.
pub fn plan(database: &Database, wanted: &[String], sections: Sections) -> Vec<Piece> {
    let mut plan = Plan::new(database, wanted);
    if sections.schema {
        plan.sequences();
        plan.tables();
        plan.ownership();
        plan.views();
    }
    if sections.data {
        plan.rows(!sections.schema);
        plan.values();
    }
    if sections.schema {
        plan.indexes();
        plan.constraints();
        plan.comments();
    }
    plan.pieces
}

struct Plan<'a> {
    functions: &'a Functions,
    relations: Vec<&'a Relation>,
    by_oid: BTreeMap<u32, &'a Relation>,
    /// What counts of the names that relations, indexes and keys have: one space in PostgreSQL.
    taken: BTreeSet<String>,
    /// What indexes and keys are called where they cannot have their own name.
    renamed: BTreeMap<(u32, String), String>,
    /// Views that are not in the script.
    missing: BTreeSet<u32>,
    pieces: Vec<Piece>,
}

impl<'a> Plan<'a> {
    fn new(database: &'a Database, wanted: &[String]) -> Self {
        let all: BTreeMap<u32, &Relation> = database
            .relations
            .iter()
            .map(|relation| (relation.oid, relation))
            .collect();
        let is_wanted = |relation: &Relation| wanted.is_empty() || wanted.contains(&relation.name);
        let relations: Vec<&Relation> = database
            .relations
            .iter()
            .filter(|relation| {
                let owner = match &relation.kind {
                    Kind::Sequence(sequence) => sequence.owner.and_then(|(oid, _)| all.get(&oid)),
                    _ => None,
                };
                is_wanted(relation) || owner.is_some_and(|owner| is_wanted(owner))
            })
            .collect();
        let mut plan = Plan {
            functions: &database.functions,
            by_oid: relations
                .iter()
                .map(|relation| (relation.oid, *relation))
                .collect(),
            taken: relations
                .iter()
                .map(|relation| counting(&relation.name).to_owned())
                .collect(),
            relations,
            renamed: BTreeMap::new(),
            missing: BTreeSet::new(),
            pieces: Vec::new(),
        };
        plan.name_indexes();
        plan
    }

    /// In Cairn each table has names of indexes of its own; in PostgreSQL a database has them once.
    fn name_indexes(&mut self) {
        for (relation, table) in self.each_table() {
            let keys = table
                .constraints
                .iter()
                .filter(|constraint| matches!(constraint.kind, ConstraintKind::Key { .. }));
            let names = keys
                .map(|key| &key.name)
                .chain(table.indexes.iter().map(|index| &index.name));
            for name in names {
                let free = self.free_name(relation, name);
                if free != *name {
                    let place = (relation.oid, name.clone());
                    self.renamed.insert(place, free);
                }
            }
        }
    }

    /// A name that PostgreSQL does not take for another one.
    fn free_name(&mut self, relation: &Relation, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 0;
        while !self.taken.insert(counting(&free).to_owned()) {
            let longer = format!("{}_{name}", relation.name);
            free = match number {
                0 if longer.len() <= NAME_BYTES => longer,
                _ => {
                    let end = format!("_{}", number + 1);
                    format!("{}{end}", first_bytes(name, NAME_BYTES - end.len()))
                }
            };
            number += 1;
        }
        free
    }

    fn each_table(&self) -> Vec<(&'a Relation, &'a Table)> {
        let tables = self
            .relations
            .iter()
            .filter_map(|relation| match &relation.kind {
                Kind::Table(table) => Some((*relation, table)),
                _ => None,
            });
        tables.collect()
    }

    fn each_sequence(&self) -> Vec<(&'a Relation, &'a Sequence)> {
        let sequences = self
            .relations
            .iter()
            .filter_map(|relation| match &relation.kind {
                Kind::Sequence(sequence) => Some((*relation, sequence)),
                _ => None,
            });
        sequences.collect()
    }

    fn statement(&mut self, text: String) {
        self.pieces.push(Piece::Statement(text));
    }

    fn left_out(&mut self, what: String) {
        self.pieces.push(Piece::LeftOut(what));
    }

    /// The column that a sequence goes with, if both are in the script.
    fn owner(&self, sequence: &Sequence) -> Option<(&'a Relation, &'a Column)> {
        let (oid, number) = sequence.owner?;
        let table = *self.by_oid.get(&oid)?;
        let column = table
            .columns
            .iter()
            .find(|column| column.number == number)?;
        Some((table, column))
    }

    fn sequences(&mut self) {
        for (relation, sequence) in self.each_sequence() {
            let owner = self.owner(sequence);
            if owner.is_none_or(|(_, column)| column.identity.is_none()) {
                self.statement(format!(
                    "CREATE SEQUENCE {} {}",
                    full(relation),
                    options(sequence)
                ));
            }
        }
    }

    fn tables(&mut self) {
        for (relation, table) in self.each_table() {
            let mut lines = Vec::new();
            for column in &relation.columns {
                let line = self.column(relation, column);
                lines.push(line);
            }
            for constraint in &table.constraints {
                let definition = match &constraint.kind {
                    ConstraintKind::Key { columns } => self.key(relation, constraint, columns),
                    ConstraintKind::Check if !self.knows_check(constraint) => {
                        self.left_out(format!(
                            "{} {} of {}: PostgreSQL does not know it",
                            quote(&constraint.name),
                            constraint.definition,
                            quote(&relation.name)
                        ));
                        continue;
                    }
                    ConstraintKind::Check if constraint.valid => constraint.definition.clone(),
                    _ => continue,
                };
                let name = self.index_name(relation, &constraint.name);
                lines.push(format!("CONSTRAINT {} {definition}", quote(name)));
            }
            let body = match lines.is_empty() {
                true => String::new(),
                false => format!("\n    {}\n", lines.join(",\n    ")),
            };
            self.statement(format!("CREATE TABLE {} ({body})", full(relation)));
            if let Some(parent) = table.parent {
                let parent = self.by_oid.get(&parent);
                let parent = parent.map_or("another table", |parent| parent.name.as_str());
                self.left_out(format!(
                    "table {} INTERLEAVE IN PARENT {}: PostgreSQL does not know it",
                    quote(&relation.name),
                    quote(parent)
                ));
            }
        }
        for ((table, name), new) in self.renamed.clone() {
            if let Some(table) = self.by_oid.get(&table) {
                self.left_out(format!(
                    "the name {} of an index of {}: it is {} here, for in PostgreSQL no two relations have one name, of which {NAME_BYTES} bytes count",
                    quote(&name),
                    quote(&table.name),
                    quote(&new)
                ));
            }
        }
    }

    fn column(&mut self, relation: &Relation, column: &Column) -> String {
        let mut line = format!("{} {}", quote(&column.name), column.ty);
        match (&column.identity, &column.value) {
            (Some(identity), _) => {
                let kind = match identity {
                    Identity::Always => "ALWAYS",
                    Identity::ByDefault => "BY DEFAULT",
                };
                let own = self
                    .each_sequence()
                    .into_iter()
                    .find(|(_, sequence)| sequence.owner == Some((relation.oid, column.number)));
                let options = own.map(|(_, own)| format!(" ({})", options(own)));
                line.push_str(&format!(
                    " GENERATED {kind} AS IDENTITY{}",
                    options.unwrap_or_default()
                ));
            }
            (None, Some(Value::Computed(text))) if !self.functions.know_expression(text) => {
                self.left_out(format!(
                    "{}.{} GENERATED ALWAYS AS ({text}): PostgreSQL does not know it",
                    quote(&relation.name),
                    quote(&column.name)
                ));
            }
            (None, Some(Value::Computed(text))) => {
                line.push_str(&format!(" GENERATED ALWAYS AS ({text}) STORED"));
            }
            (None, Some(Value::Default { text, sequences })) => {
                let own = !self.functions.know_expression(text);
                let elsewhere = sequences.iter().any(|oid| !self.by_oid.contains_key(oid));
                if own || elsewhere {
                    let reason = match own {
                        true => "PostgreSQL does not know it",
                        false => "its sequence is not in this dump",
                    };
                    self.left_out(format!(
                        "{}.{} DEFAULT {text}: {reason}",
                        quote(&relation.name),
                        quote(&column.name)
                    ));
                } else {
                    line.push_str(&format!(" DEFAULT {text}"));
                }
            }
            (None, None) => {}
        }
        if column.not_null {
            line.push_str(" NOT NULL");
        }
        line
    }

    /// Whether PostgreSQL knows what a CHECK calls.
    fn knows_check(&self, constraint: &Constraint) -> bool {
        let definition = constraint.definition.as_str();
        let definition = definition.strip_suffix(" NOT VALID").unwrap_or(definition);
        let condition = definition.strip_prefix("CHECK ");
        condition.is_none_or(|condition| self.functions.know_expression(condition))
    }

    /// A primary key or UNIQUE, whose columns only ascend in PostgreSQL.
    fn key(&mut self, relation: &Relation, constraint: &Constraint, columns: &[Part]) -> String {
        if columns.iter().any(|part| part.descending) {
            self.left_out(format!(
                "DESC in {} of {}: a constraint of PostgreSQL has no directions",
                constraint.definition,
                quote(&relation.name)
            ));
        }
        let kind = match constraint.definition.starts_with("PRIMARY KEY") {
            true => "PRIMARY KEY",
            false => "UNIQUE",
        };
        let names: Vec<String> = columns
            .iter()
            .filter_map(|part| column_name(relation, part.column))
            .collect();
        format!("{kind} ({})", names.join(", "))
    }

    fn index_name<'n>(&'n self, relation: &Relation, name: &'n str) -> &'n str {
        let renamed = self.renamed.get(&(relation.oid, name.to_owned()));
        renamed.map_or(name, String::as_str)
    }

    /// Ties sequences to their columns. That of an identity column gets its name: it was made with another one.
    fn ownership(&mut self) {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (relation, sequence) in self.each_sequence() {
            if self
                .owner(sequence)
                .is_none_or(|(_, column)| column.identity.is_none())
            {
                names.insert(&relation.name);
            }
        }
        let mut made: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        let mut renames = Vec::new();
        for (relation, _) in self.each_table() {
            made.insert(relation.name.clone());
            for column in &relation.columns {
                let own = self
                    .each_sequence()
                    .into_iter()
                    .find(|(_, sequence)| sequence.owner == Some((relation.oid, column.number)));
                let Some((own, _)) = own else { continue };
                if column.identity.is_none() {
                    self.statement(format!(
                        "ALTER SEQUENCE {} OWNED BY {}.{}",
                        full(own),
                        full(relation),
                        quote(&column.name)
                    ));
                    continue;
                }
                let base = format!("{}_{}_seq", relation.name, column.name);
                let mut given = base.clone();
                let mut number = 0;
                while !made.insert(given.clone()) {
                    number += 1;
                    given = format!("{base}{number}");
                }
                if given != own.name {
                    renames.push((given, own.name.clone()));
                }
            }
        }
        for (given, name) in renames {
            self.statement(format!(
                "ALTER SEQUENCE public.{} RENAME TO {}",
                quote(&given),
                quote(&name)
            ));
        }
    }

    /// Views, each behind those that it reads.
    fn views(&mut self) {
        let mut done: BTreeSet<u32> = self
            .relations
            .iter()
            .filter(|relation| !matches!(relation.kind, Kind::View(_)))
            .map(|relation| relation.oid)
            .collect();
        let mut waiting: Vec<&Relation> = self
            .relations
            .iter()
            .copied()
            .filter(|relation| matches!(relation.kind, Kind::View(_)))
            .collect();
        loop {
            let before = waiting.len();
            waiting.retain(|relation| {
                let Kind::View(view) = &relation.kind else {
                    return false;
                };
                let ready = view.reads.iter().all(|oid| done.contains(oid));
                if !ready || !self.functions.know_query(&view.query) {
                    return true;
                }
                let columns: Vec<String> = relation
                    .columns
                    .iter()
                    .map(|column| quote(&column.name))
                    .collect();
                let text = format!(
                    "CREATE VIEW {} ({}) AS {}",
                    full(relation),
                    columns.join(", "),
                    view.query
                );
                self.pieces.push(Piece::Statement(text));
                done.insert(relation.oid);
                false
            });
            if waiting.len() == before {
                break;
            }
        }
        for view in waiting {
            self.missing.insert(view.oid);
            let reason = match &view.kind {
                Kind::View(own) if !self.functions.know_query(&own.query) => {
                    "PostgreSQL does not know what it calls"
                }
                _ => "it reads what is not in this dump",
            };
            self.left_out(format!("view {}: {reason}", quote(&view.name)));
        }
    }

    /// The rows of tables; `alone`: foreign keys are there already, so tables come behind those that they refer to.
    fn rows(&mut self, alone: bool) {
        let mut waiting = self.each_table();
        if alone {
            waiting = self.behind_what_they_refer_to(waiting);
        }
        for (relation, _) in waiting {
            let stored = relation
                .columns
                .iter()
                .filter(|column| match &column.value {
                    Some(Value::Computed(text)) => !self.functions.know_expression(text),
                    _ => true,
                });
            let columns: Vec<String> = stored.map(|column| quote(&column.name)).collect();
            if !columns.is_empty() {
                self.pieces.push(Piece::Rows {
                    table: full(relation),
                    columns,
                });
            }
        }
    }

    fn behind_what_they_refer_to(
        &mut self,
        mut waiting: Vec<(&'a Relation, &'a Table)>,
    ) -> Vec<(&'a Relation, &'a Table)> {
        let mut ordered = Vec::new();
        loop {
            let left: BTreeSet<u32> = waiting.iter().map(|(relation, _)| relation.oid).collect();
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(relation, table)| {
                    table
                        .constraints
                        .iter()
                        .all(|constraint| match constraint.kind {
                            ConstraintKind::ForeignKey { referenced } => {
                                referenced == relation.oid || !left.contains(&referenced)
                            }
                            _ => true,
                        })
                });
            waiting = rest;
            if ready.is_empty() {
                break;
            }
            ordered.extend(ready);
        }
        if !waiting.is_empty() {
            let names: Vec<&str> = waiting
                .iter()
                .map(|(table, _)| table.name.as_str())
                .collect();
            self.left_out(format!(
                "an order of {} in which foreign keys hold: they refer to each other",
                names.join(", ")
            ));
        }
        ordered.extend(waiting);
        ordered
    }

    fn values(&mut self) {
        for (relation, sequence) in self.each_sequence() {
            let name = full(relation).replace('\'', "''");
            self.statement(format!(
                "SELECT setval('{name}', {}, {})",
                sequence.last_value, sequence.is_called
            ));
        }
    }

    fn indexes(&mut self) {
        for (relation, table) in self.each_table() {
            for index in &table.indexes {
                let text = self.index(relation, index);
                self.statement(text);
            }
        }
    }

    fn index(&self, relation: &Relation, index: &Index) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let parts: Vec<String> = index
            .columns
            .iter()
            .filter_map(|part| {
                let direction = if part.descending { " DESC" } else { "" };
                Some(format!(
                    "{}{direction}",
                    column_name(relation, part.column)?
                ))
            })
            .collect();
        format!(
            "CREATE {unique}INDEX {} ON {} ({})",
            quote(self.index_name(relation, &index.name)),
            full(relation),
            parts.join(", ")
        )
    }

    /// Foreign keys, and what old rows need not fulfil.
    fn constraints(&mut self) {
        for (relation, table) in self.each_table() {
            for constraint in &table.constraints {
                match constraint.kind {
                    ConstraintKind::ForeignKey { referenced }
                        if !self.by_oid.contains_key(&referenced) =>
                    {
                        self.left_out(format!(
                            "{} {} of {}: the table is not in this dump",
                            quote(&constraint.name),
                            constraint.definition,
                            quote(&relation.name)
                        ));
                        continue;
                    }
                    ConstraintKind::ForeignKey { .. } => {}
                    ConstraintKind::Check if !constraint.valid && self.knows_check(constraint) => {}
                    _ => continue,
                }
                self.statement(format!(
                    "ALTER TABLE {} ADD CONSTRAINT {} {}",
                    full(relation),
                    quote(&constraint.name),
                    self.full_definition(constraint)
                ));
            }
        }
    }

    /// With the schema of the table that a foreign key refers to: the catalog of PostgreSQL's own may have one of its name.
    fn full_definition(&self, constraint: &Constraint) -> String {
        let ConstraintKind::ForeignKey { referenced } = constraint.kind else {
            return constraint.definition.clone();
        };
        let Some(referenced) = self.by_oid.get(&referenced) else {
            return constraint.definition.clone();
        };
        let name = format!(") REFERENCES {}", quote(&referenced.name));
        let in_full = format!(") REFERENCES {}", full(referenced));
        constraint.definition.replacen(&name, &in_full, 1)
    }

    fn comments(&mut self) {
        for relation in self.relations.clone() {
            if self.missing.contains(&relation.oid) {
                continue;
            }
            let name = full(relation);
            let kind = match relation.kind {
                Kind::Table(_) => "TABLE",
                Kind::View(_) => "VIEW",
                Kind::Sequence(_) => "SEQUENCE",
            };
            self.comment(format!("{kind} {name}"), &relation.comment);
            for column in &relation.columns {
                let column_name = quote(&column.name);
                self.comment(format!("COLUMN {name}.{column_name}"), &column.comment);
            }
            let Kind::Table(table) = &relation.kind else {
                continue;
            };
            for constraint in &table.constraints {
                let missing = match constraint.kind {
                    ConstraintKind::ForeignKey { referenced } => {
                        !self.by_oid.contains_key(&referenced)
                    }
                    ConstraintKind::Check => !self.knows_check(constraint),
                    ConstraintKind::Key { .. } => false,
                };
                if !missing {
                    let own = quote(self.index_name(relation, &constraint.name));
                    self.comment(format!("CONSTRAINT {own} ON {name}"), &constraint.comment);
                }
            }
            for index in &table.indexes {
                let own = quote(self.index_name(relation, &index.name));
                self.comment(format!("INDEX {own}"), &index.comment);
            }
        }
    }

    fn comment(&mut self, on: String, text: &Option<String>) {
        if let Some(text) = text {
            self.statement(format!("COMMENT ON {on} IS {}", literal(text)));
        }
    }
}

/// A text as a literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What counts of a name in PostgreSQL.
fn counting(name: &str) -> &str {
    first_bytes(name, NAME_BYTES)
}

/// As many whole characters as have that many bytes.
fn first_bytes(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// A relation's name with its schema.
fn full(relation: &Relation) -> String {
    format!("public.{}", quote(&relation.name))
}

fn column_name(relation: &Relation, number: i16) -> Option<String> {
    let found = relation
        .columns
        .iter()
        .find(|column| column.number == number);
    found.map(|column| quote(&column.name))
}

/// In the order in which an identity column must have them.
fn options(sequence: &Sequence) -> String {
    format!(
        "INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {}",
        sequence.increment, sequence.min, sequence.max, sequence.start
    )
}
