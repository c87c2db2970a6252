//! What a database holds at one instant, as the system catalogs tell it.
//!
//! Every question reads at the same instant, so that the answers fit together whatever changes meanwhile. The catalogs spell types and
//! expressions as PostgreSQL does.

use std::collections::BTreeMap;

use super::functions::Functions;
use crate::client::Client;
use crate::failure::{Failure, Outcome};

/// The catalogs that oids belong to.
const PG_CLASS: u32 = 1259;
const PG_CONSTRAINT: u32 = 2606;
const PG_REWRITE: u32 = 2618;
const PG_ATTRDEF: u32 = 2604;

/// A row of an answer.
type Row = Vec<Option<String>>;

/// A database, its objects in the order of their names.
#[derive(Debug, Default)]
pub struct Database {
    pub name: String,
    pub comment: Option<String>,
    pub relations: Vec<Relation>,
    pub functions: Functions,
}

#[derive(Debug)]
pub struct Relation {
    pub oid: u32,
    pub name: String,
    pub comment: Option<String>,
    pub columns: Vec<Column>,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Table(Table),
    View(View),
    Sequence(Sequence),
}

#[derive(Debug)]
pub struct Column {
    pub number: i16,
    pub name: String,
    /// The type's name.
    pub ty: String,
    pub not_null: bool,
    pub identity: Option<Identity>,
    pub value: Option<Value>,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    Always,
    ByDefault,
}

/// Where a column's values come from when nobody gives one.
#[derive(Debug)]
pub enum Value {
    /// With the sequences that it uses.
    Default {
        text: String,
        sequences: Vec<u32>,
    },
    Computed(String),
}

#[derive(Debug, Default)]
pub struct Table {
    pub constraints: Vec<Constraint>,
    pub indexes: Vec<Index>,
    /// The table that it is interleaved in.
    pub parent: Option<u32>,
}

#[derive(Debug)]
pub struct Constraint {
    pub name: String,
    pub kind: ConstraintKind,
    /// As ALTER TABLE … ADD takes it.
    pub definition: String,
    pub valid: bool,
    pub comment: Option<String>,
}

#[derive(Debug)]
pub enum ConstraintKind {
    /// PRIMARY KEY and UNIQUE, over these columns.
    Key {
        columns: Vec<Part>,
    },
    Check,
    /// The oid of the table that it refers to.
    ForeignKey {
        referenced: u32,
    },
}

/// A column of an index or key.
#[derive(Debug)]
pub struct Part {
    pub column: i16,
    pub descending: bool,
}

#[derive(Debug)]
pub struct Index {
    pub name: String,
    pub unique: bool,
    pub columns: Vec<Part>,
    pub comment: Option<String>,
}

#[derive(Debug)]
pub struct View {
    pub query: String,
    /// The oids of what it reads.
    pub reads: Vec<u32>,
}

#[derive(Debug)]
pub struct Sequence {
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    pub start: i64,
    pub last_value: i64,
    pub is_called: bool,
    /// The table and the number of the column that it goes with.
    pub owner: Option<(u32, i16)>,
}

/// A session that reads at one instant.
pub struct Reader<'a> {
    pub client: &'a mut Client,
    /// The instant, as AS OF SYSTEM TIME takes it.
    pub instant: &'a str,
}

impl Reader<'_> {
    async fn functions(&mut self) -> Outcome<Functions> {
        let question = format!(
            "SELECT DISTINCT proname FROM pg_catalog.pg_proc {}",
            self.as_of()
        );
        let listed = self.rows(&question).await?;
        Ok(Functions::new(listed.into_iter().flatten().flatten()))
    }

    /// Reads all about the session's database.
    pub async fn database(&mut self, name: &str) -> Outcome<Database> {
        let comment = format!(
            "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database {} WHERE datname = '{}'",
            self.as_of(),
            name.replace('\'', "''")
        );
        let found = self.rows(&comment).await?;
        let Some(row) = found.first() else {
            return Err(Failure::failed(format!(
                "ERROR:  there is no database {name:?} at that time"
            )));
        };
        let mut database = Database {
            name: name.to_owned(),
            comment: optional(row, 1),
            relations: Vec::new(),
            functions: self.functions().await?,
        };
        let mut parts = Parts::read(self).await?;
        let relations = format!(
            "SELECT oid, relname, relkind, pg_get_viewdef(oid) FROM pg_catalog.pg_class {} \
             WHERE relnamespace = 2200 AND relkind IN ('r', 'v', 'S') ORDER BY relname",
            self.as_of()
        );
        for row in self.rows(&relations).await? {
            let (oid, name) = (number(&row, 0)?, text(&row, 1)?);
            let kind = match text(&row, 2)?.as_str() {
                "v" => Kind::View(View {
                    query: text(&row, 3)?.trim().trim_end_matches(';').to_owned(),
                    reads: parts.view_reads(oid),
                }),
                "S" => Kind::Sequence(self.sequence(&name, oid, &parts).await?),
                _ => Kind::Table(parts.table(oid)),
            };
            database.relations.push(Relation {
                oid,
                name,
                comment: parts.comments.get(&(PG_CLASS, oid, 0)).cloned(),
                columns: parts.columns.remove(&oid).unwrap_or_default(),
                kind,
            });
        }
        Ok(database)
    }

    async fn sequence(&mut self, name: &str, oid: u32, parts: &Parts) -> Outcome<Sequence> {
        let state = format!(
            "SELECT last_value, is_called FROM public.{} {}",
            cairn_syntax::quote(name),
            self.as_of()
        );
        let options = format!(
            "SELECT seqincrement, seqmin, seqmax, seqstart FROM pg_catalog.pg_sequence {} WHERE seqrelid = {oid}",
            self.as_of()
        );
        let (state, options) = (self.row(&state).await?, self.row(&options).await?);
        Ok(Sequence {
            increment: number(&options, 0)?,
            min: number(&options, 1)?,
            max: number(&options, 2)?,
            start: number(&options, 3)?,
            last_value: number(&state, 0)?,
            is_called: is_true(&state, 1),
            owner: parts.owners.get(&oid).copied(),
        })
    }

    pub fn as_of(&self) -> String {
        format!("AS OF SYSTEM TIME '{}'", self.instant)
    }

    async fn rows(&mut self, question: &str) -> Outcome<Vec<Row>> {
        self.client.rows(question).await
    }

    async fn row(&mut self, question: &str) -> Outcome<Row> {
        let rows = self.rows(question).await?;
        let row = rows.into_iter().next();
        row.ok_or_else(|| Failure::failed(format!("ERROR:  no answer to {question}")))
    }
}

/// What belongs to relations, by their oids.
#[derive(Default)]
struct Parts {
    columns: BTreeMap<u32, Vec<Column>>,
    tables: BTreeMap<u32, Table>,
    /// By catalog, oid and number of the column.
    comments: BTreeMap<(u32, u32, i16), String>,
    /// What the rules of views read.
    reads: BTreeMap<u32, Vec<u32>>,
    /// Which column a sequence goes with.
    owners: BTreeMap<u32, (u32, i16)>,
}

impl Parts {
    async fn read(reader: &mut Reader<'_>) -> Outcome<Parts> {
        let mut parts = Parts::default();
        parts.read_comments(reader).await?;
        let defaults = parts.read_dependencies(reader).await?;
        parts.read_columns(reader, &defaults).await?;
        let keys = parts.read_indexes(reader).await?;
        parts.read_constraints(reader, keys).await?;
        Ok(parts)
    }

    async fn read_comments(&mut self, reader: &mut Reader<'_>) -> Outcome {
        let question = format!(
            "SELECT classoid, objoid, objsubid, description FROM pg_catalog.pg_description {}",
            reader.as_of()
        );
        for row in reader.rows(&question).await? {
            let place = (number(&row, 0)?, number(&row, 1)?, number(&row, 2)?);
            self.comments.insert(place, text(&row, 3)?);
        }
        Ok(())
    }

    /// The answer: the sequences that each DEFAULT uses.
    async fn read_dependencies(
        &mut self,
        reader: &mut Reader<'_>,
    ) -> Outcome<BTreeMap<u32, Vec<u32>>> {
        let question = format!(
            "SELECT d.classid, d.objid, d.refobjid, d.refobjsubid, d.deptype, s.relkind, r.ev_class \
             FROM pg_catalog.pg_depend d LEFT JOIN pg_catalog.pg_class s ON s.oid = d.objid \
             LEFT JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid {} WHERE d.refclassid = {PG_CLASS}",
            reader.as_of()
        );
        let mut defaults: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for row in reader.rows(&question).await? {
            let (class, object): (u32, u32) = (number(&row, 0)?, number(&row, 1)?);
            let (on, column) = (number(&row, 2)?, number(&row, 3)?);
            let (strength, kind) = (text(&row, 4)?, optional(&row, 5));
            match (class, strength.as_str(), kind.as_deref()) {
                (PG_REWRITE, "n", _) => self.reads.entry(number(&row, 6)?).or_default().push(on),
                (PG_ATTRDEF, "n", _) => defaults.entry(object).or_default().push(on),
                (PG_CLASS, "a" | "i", Some("S")) => {
                    self.owners.insert(object, (on, column));
                }
                (PG_CLASS, "n", Some("r")) => {
                    self.tables.entry(object).or_default().parent = Some(on);
                }
                _ => {}
            }
        }
        Ok(defaults)
    }

    async fn read_columns(
        &mut self,
        reader: &mut Reader<'_>,
        sequences: &BTreeMap<u32, Vec<u32>>,
    ) -> Outcome {
        let question = format!(
            "SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
             a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), d.oid \
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum {} \
             WHERE c.relnamespace = 2200 AND c.relkind IN ('r', 'v') ORDER BY a.attrelid, a.attnum",
            reader.as_of()
        );
        for row in reader.rows(&question).await? {
            let (relation, place) = (number(&row, 0)?, number(&row, 1)?);
            let computed = text(&row, 6)? == "s";
            let value = optional(&row, 7).map(|text| match computed {
                true => Value::Computed(text),
                false => {
                    let default: Option<u32> = number(&row, 8).ok();
                    let sequences = default.and_then(|oid| sequences.get(&oid));
                    Value::Default {
                        text,
                        sequences: sequences.cloned().unwrap_or_default(),
                    }
                }
            });
            self.columns.entry(relation).or_default().push(Column {
                number: place,
                name: text(&row, 2)?,
                ty: in_both(text(&row, 3)?),
                not_null: is_true(&row, 4),
                identity: match text(&row, 5)?.as_str() {
                    "a" => Some(Identity::Always),
                    "d" => Some(Identity::ByDefault),
                    _ => None,
                },
                value,
                comment: self.comments.get(&(PG_CLASS, relation, place)).cloned(),
            });
        }
        Ok(())
    }

    /// The answer: the columns of the indexes that are keys.
    async fn read_indexes(&mut self, reader: &mut Reader<'_>) -> Outcome<BTreeMap<u32, Vec<Part>>> {
        let question = format!(
            "SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, i.indkey, i.indoption, k.oid \
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u') {} \
             ORDER BY i.indrelid, c.relname",
            reader.as_of()
        );
        let mut keys = BTreeMap::new();
        for row in reader.rows(&question).await? {
            let (oid, table): (u32, u32) = (number(&row, 0)?, number(&row, 1)?);
            let columns = numbers(&text(&row, 4)?)
                .into_iter()
                .zip(numbers(&text(&row, 5)?));
            let columns: Vec<Part> = columns
                .map(|(column, options)| Part {
                    column,
                    descending: options & 1 == 1,
                })
                .collect();
            if optional(&row, 6).is_some() {
                keys.insert(oid, columns);
                continue;
            }
            self.tables.entry(table).or_default().indexes.push(Index {
                name: text(&row, 2)?,
                unique: is_true(&row, 3),
                columns,
                comment: self.comments.get(&(PG_CLASS, oid, 0)).cloned(),
            });
        }
        Ok(keys)
    }

    async fn read_constraints(
        &mut self,
        reader: &mut Reader<'_>,
        mut keys: BTreeMap<u32, Vec<Part>>,
    ) -> Outcome {
        let question = format!(
            "SELECT oid, conrelid, conname, contype, convalidated, confrelid, pg_get_constraintdef(oid) \
             FROM pg_catalog.pg_constraint {} ORDER BY conrelid, contype DESC, conname",
            reader.as_of()
        );
        for row in reader.rows(&question).await? {
            let (oid, table): (u32, u32) = (number(&row, 0)?, number(&row, 1)?);
            let kind = match text(&row, 3)?.as_str() {
                "f" => ConstraintKind::ForeignKey {
                    referenced: number(&row, 5)?,
                },
                "c" => ConstraintKind::Check,
                _ => ConstraintKind::Key {
                    columns: keys.remove(&oid).unwrap_or_default(),
                },
            };
            let constraint = Constraint {
                name: text(&row, 2)?,
                kind,
                definition: text(&row, 6)?,
                valid: is_true(&row, 4),
                comment: self.comments.get(&(PG_CONSTRAINT, oid, 0)).cloned(),
            };
            let table = self.tables.entry(table).or_default();
            table.constraints.push(constraint);
        }
        Ok(())
    }

    fn table(&mut self, oid: u32) -> Table {
        self.tables.remove(&oid).unwrap_or_default()
    }

    fn view_reads(&mut self, oid: u32) -> Vec<u32> {
        self.reads.remove(&oid).unwrap_or_default()
    }
}

fn optional(row: &Row, place: usize) -> Option<String> {
    row.get(place).cloned().flatten()
}

fn text(row: &Row, place: usize) -> Outcome<String> {
    optional(row, place).ok_or_else(|| unexpected(row, place))
}

fn number<T: std::str::FromStr>(row: &Row, place: usize) -> Outcome<T> {
    let text = text(row, place)?;
    text.parse().map_err(|_| unexpected(row, place))
}

fn is_true(row: &Row, place: usize) -> bool {
    optional(row, place).as_deref() == Some("t")
}

fn unexpected(row: &Row, place: usize) -> Failure {
    Failure::failed(format!(
        "ERROR:  the server's catalogs are not as expected: value {} of {row:?}",
        place + 1
    ))
}

/// The elements of `{1,2}`, or of `1 2` as PostgreSQL writes a vector.
fn numbers(list: &str) -> Vec<i16> {
    list.split(|c: char| !c.is_ascii_digit() && c != '-')
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// A type's name as both systems understand it: INTEGER has 64 bits in Cairn and 32 in PostgreSQL.
fn in_both(ty: String) -> String {
    match ty.strip_prefix("integer") {
        Some(rest) => format!("int4{rest}"),
        None => ty,
    }
}
