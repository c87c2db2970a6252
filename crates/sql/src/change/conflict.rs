//! New rows whose keys are taken: ON CONFLICT, and UPSERT.
//!
//! HOW DATA FLOWS
//!   1. `OnConflict::bind` finds the indexes a clause means (its arbiters), and plans nothing yet.
//!   2. `Placing::place` takes a batch of new rows in order. A row that nothing is in the way of is written; one whose way an arbiter
//!      bars is skipped, or put aside with the row it met; any other clash is an error.
//!   3. `Placing::settle` gives the rows that were met their new values, all at once: SET and WHERE are one query over pairs of the row
//!      that is there and the one that was `excluded`. It runs at the end of a batch, and before a row that meets one of them again.
//!
//! INVARIANT
//!   A row that this statement wrote is never changed by it again (21000).

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch},
    datatypes::{DataType, Field, Int64Type, Schema},
};
use bytes::Bytes;
use cairn_catalog::{ColumnDescriptor, IndexDescriptor, TableDescriptor};
use cairn_rows::{Datum, batch_from_rows};
use cairn_storage::IndexId;
use cairn_syntax::ast::{
    self, ConflictTarget, DoUpdate, Ident, Insert, OnConflictAction, OnInsert,
};
use datafusion::{
    catalog::memory::MemTable,
    common::Column,
    datasource::provider_as_source,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit},
};
use futures::TryStreamExt;

use super::{
    Change, assign, ident,
    insert::{column_named, target},
    name_parts,
    update::assigned,
    writer::{Clash, Replacement, Writer},
};
use crate::{
    Result, SqlError, SqlState, bind,
    constraint::{self, Checks, log::Log},
    query::Scope,
};

/// The pairs' numbers: a subquery in SET may bring them out of order.
const PLACE: &str = "\u{2}place";

/// What an INSERT or UPSERT does about a row whose key is taken.
pub(crate) enum OnConflict {
    Fail,
    Skip(Arbiters),
    /// UPSERT: these columns of the row that is there get the new row's values.
    Replace(Vec<ColumnDescriptor>),
    Update(Arbiters, Box<Setting>),
}

/// The indexes whose clashes a clause speaks of; none stands for all.
pub(crate) struct Arbiters(Vec<IndexId>);

/// DO UPDATE SET … WHERE ….
pub(crate) struct Setting {
    columns: Vec<ColumnDescriptor>,
    values: Vec<ast::Expr>,
    condition: Option<ast::Expr>,
    /// What the statement calls the table.
    qualifier: Ident,
}

impl Arbiters {
    fn cover(&self, index: IndexId) -> bool {
        self.0.is_empty() || self.0.contains(&index)
    }

    fn bind(conflict_target: &Option<ConflictTarget>, table: &TableDescriptor) -> Result<Self> {
        let is_unique = |index: &&IndexDescriptor| index.unique || index.id == table.primary.id;
        let index = match conflict_target {
            None => return Ok(Arbiters(Vec::new())),
            Some(ConflictTarget::Columns(names)) => {
                let mut wanted = HashSet::new();
                for name in names {
                    let name = cairn_syntax::Name::folded(name).0;
                    wanted.insert(column_named(table, &name)?.id);
                }
                let columns = |index: &&IndexDescriptor| {
                    let columns: HashSet<_> =
                        index.columns.iter().map(|part| part.column).collect();
                    columns == wanted
                };
                table.all_indexes().filter(is_unique).find(columns).ok_or_else(|| {
                    SqlError::new(
                        SqlState::InvalidColumnReference,
                        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
                    )
                    .hint("name the columns of the primary key or of a unique index")
                })?
            }
            Some(ConflictTarget::OnConstraint(name)) => {
                let name = name_parts(name)?.pop().unwrap_or_default();
                let named = |index: &&IndexDescriptor| index.name == name;
                table
                    .all_indexes()
                    .filter(is_unique)
                    .find(named)
                    .ok_or_else(|| {
                        SqlError::new(
                            SqlState::UndefinedObject,
                            format!(
                                "constraint {name:?} for table {:?} does not exist",
                                table.name
                            ),
                        )
                    })?
            }
        };
        Ok(Arbiters(vec![index.id]))
    }
}

impl OnConflict {
    pub fn bind(
        scope: &Scope,
        insert: &Insert,
        upsert: bool,
        table: &TableDescriptor,
    ) -> Result<Self> {
        let on = match &insert.on {
            None if upsert => return Ok(OnConflict::Replace(replaced(insert, table)?)),
            None => return Ok(OnConflict::Fail),
            Some(OnInsert::OnConflict(on)) => on,
            Some(_) => return Err(SqlError::unsupported("ON DUPLICATE KEY UPDATE")),
        };
        let arbiters = Arbiters::bind(&on.conflict_target, table)?;
        match &on.action {
            OnConflictAction::DoNothing => Ok(OnConflict::Skip(arbiters)),
            OnConflictAction::DoUpdate(_) if arbiters.0.is_empty() => Err(SqlError::new(
                SqlState::SyntaxError,
                "ON CONFLICT DO UPDATE requires inference specification or constraint name",
            )
            .hint("for example, ON CONFLICT (column_name)")),
            OnConflictAction::DoUpdate(update) => {
                let setting = Setting::bind(insert, update, table)?;
                // Wrong names and types are told even if no row is in the way.
                setting.plan(scope, table, Vec::new())?;
                Ok(OnConflict::Update(arbiters, Box::new(setting)))
            }
        }
    }
}

impl OnConflict {
    /// The query of DO UPDATE, over no rows.
    pub fn plan(&self, scope: &Scope, table: &TableDescriptor) -> Result<Option<LogicalPlan>> {
        match self {
            OnConflict::Update(_, setting) => Ok(Some(setting.plan(scope, table, Vec::new())?)),
            _ => Ok(None),
        }
    }
}

/// The columns that an UPSERT sets in a row that is there: those it names, or all.
fn replaced(insert: &Insert, table: &TableDescriptor) -> Result<Vec<ColumnDescriptor>> {
    if insert.columns.is_empty() {
        let seen = table.columns.iter().filter(|column| !column.hidden);
        return Ok(seen.cloned().collect());
    }
    insert
        .columns
        .iter()
        .map(|name| {
            let name = name_parts(name)?.pop().unwrap_or_default();
            Ok(column_named(table, &name)?.clone())
        })
        .collect()
}

impl Setting {
    fn bind(insert: &Insert, update: &DoUpdate, table: &TableDescriptor) -> Result<Self> {
        let mut setting = Setting {
            columns: Vec::new(),
            values: Vec::new(),
            condition: update.selection.clone(),
            qualifier: match &insert.table_alias {
                Some(alias) => alias.alias.clone(),
                None => ident(&name_parts(target(insert)?)?.pop().unwrap_or_default()),
            },
        };
        for assignment in &update.assignments {
            for (column, value) in assigned(assignment, table)? {
                if setting.columns.iter().any(|known| known.id == column.id) {
                    return Err(SqlError::new(
                        SqlState::SyntaxError,
                        format!("multiple assignments to same column {:?}", column.name),
                    ));
                }
                setting.columns.push(column.clone());
                setting.values.push(value);
            }
        }
        Ok(setting)
    }

    /// The query for the values to set, and whether to, over rows that are there beside the rows that were excluded.
    fn plan(
        &self,
        scope: &Scope,
        table: &TableDescriptor,
        pairs: Vec<RecordBatch>,
    ) -> Result<LogicalPlan> {
        let (stored, pair_schema) = pair_schema(table);
        let source = MemTable::try_new(Arc::new(pair_schema), vec![pairs])?;
        let qualifier = cairn_syntax::Name::folded(&self.qualifier).0;
        let mut columns = Vec::new();
        for (place, column) in table.columns.iter().enumerate() {
            for (side, relation) in [(0, qualifier.as_str()), (stored, "excluded")] {
                let column = match column.hidden {
                    true => format!("\u{2}{}", column.name),
                    false => column.name.clone(),
                };
                columns.push(
                    col(format!("c{}", side + place)).alias_qualified(Some(relation), column),
                );
            }
        }
        columns.push(Expr::Column(Column::new_unqualified(PLACE)));
        let pairs = LogicalPlanBuilder::scan("pairs", provider_as_source(Arc::new(source)), None)?
            .project(columns)?
            .build()?;
        let mut items = Vec::with_capacity(self.values.len() + 1);
        for (place, (value, column)) in self.values.iter().zip(&self.columns).enumerate() {
            let mut parameters = Vec::new();
            bind::note_parameter(value, &cairn_rows::arrow_type(&column.ty), &mut parameters);
            let value = scope.plan_value(value.clone(), pairs.schema(), &parameters)?;
            items.push(value.alias(format!("set {place}")));
        }
        items.push(match &self.condition {
            Some(condition) => scope
                .plan_value(condition.clone(), pairs.schema(), &[])?
                .alias("condition"),
            None => lit(true).alias("condition"),
        });
        items.push(Expr::Column(Column::new_unqualified(PLACE)));
        Ok(LogicalPlanBuilder::from(pairs).project(items)?.build()?)
    }
}

/// The columns of a row that is there, then those of the row excluded, then the pair's number; and how many each row has.
fn pair_schema(table: &TableDescriptor) -> (usize, Schema) {
    let schema = cairn_rows::arrow_schema(table);
    let both = schema.fields().iter().chain(schema.fields().iter());
    let mut fields: Vec<_> = both
        .enumerate()
        .map(|(place, field)| field.as_ref().clone().with_name(format!("c{place}")))
        .collect();
    fields.push(Field::new(PLACE, DataType::Int64, false));
    (schema.fields().len(), Schema::new(fields))
}

/// Puts new rows in their places.
pub(crate) struct Placing<'a> {
    change: &'a Change<'a>,
    table: TableDescriptor,
    conflict: OnConflict,
    writer: Writer<'a>,
    /// What the rows meet that were given new values.
    checks: &'a Checks,
    aside: Vec<Aside>,
    met: HashSet<Bytes>,
}

/// A new row that met another.
struct Aside {
    /// Its place in the batch.
    place: usize,
    /// The primary key of the row it met.
    met: Bytes,
    row: Vec<Datum>,
}

/// What becomes of a new row that met another.
enum Fate {
    Skipped,
    Aside,
}

impl<'a> Placing<'a> {
    pub async fn new(
        change: &'a Change<'a>,
        table: &TableDescriptor,
        conflict: OnConflict,
        checks: &'a Checks,
    ) -> Result<Self> {
        Ok(Placing {
            change,
            table: table.clone(),
            conflict,
            writer: constraint::writer(change.transaction, table).await?,
            checks,
            aside: Vec::new(),
            met: HashSet::new(),
        })
    }

    /// Places a batch of rows; gives the rows as they are written.
    pub async fn place(&mut self, rows: &[Vec<Datum>]) -> Result<Vec<Vec<Datum>>> {
        let first = match &self.conflict {
            OnConflict::Skip(arbiters) | OnConflict::Update(arbiters, _) => arbiters.0.clone(),
            OnConflict::Replace(_) => vec![self.table.primary.id],
            OnConflict::Fail => Vec::new(),
        };
        let mut known = self.writer.look_up(rows).await?;
        let mut written = vec![None; rows.len()];
        for (place, row) in rows.iter().enumerate() {
            let mut clash = self.writer.clash(&known, row, &first)?;
            if clash
                .as_ref()
                .is_some_and(|clash| self.met.contains(&clash.key))
            {
                self.settle(&mut written).await?;
                known = self.writer.look_up(rows).await?;
                clash = self.writer.clash(&known, row, &first)?;
            }
            match clash {
                None => {
                    self.writer.put(row)?;
                    set(&mut written, place, row.clone());
                }
                Some(clash) => match self.fate(&clash, row)? {
                    Fate::Skipped => {}
                    Fate::Aside => {
                        self.met.insert(clash.key.clone());
                        self.aside.push(Aside {
                            place,
                            met: clash.key,
                            row: row.clone(),
                        });
                    }
                },
            }
        }
        self.settle(&mut written).await?;
        Ok(written.into_iter().flatten().collect())
    }

    fn fate(&self, clash: &Clash, row: &[Datum]) -> Result<Fate> {
        let aside = || {
            match self.change.view.has_written(&clash.key) {
            true => Err(SqlError::new(
                SqlState::CardinalityViolation,
                match self.conflict {
                    OnConflict::Replace(_) => "UPSERT command cannot affect row a second time",
                    _ => "ON CONFLICT DO UPDATE command cannot affect row a second time",
                },
            )
            .hint("ensure that no rows proposed for insertion within the same command have duplicate constrained values")),
            false => Ok(Fate::Aside),
        }
        };
        match &self.conflict {
            OnConflict::Skip(arbiters) if arbiters.cover(clash.index) => Ok(Fate::Skipped),
            OnConflict::Update(arbiters, _) if arbiters.cover(clash.index) => aside(),
            OnConflict::Replace(_) if clash.index == self.table.primary.id => aside(),
            _ => Err(self.writer.duplicate(clash.index, row)),
        }
    }

    /// Changes the rows that were met, and notes them as they are now.
    async fn settle(&mut self, written: &mut [Option<Vec<Datum>>]) -> Result<()> {
        self.met.clear();
        let aside = std::mem::take(&mut self.aside);
        if aside.is_empty() {
            return Ok(());
        }
        let keys: Vec<Bytes> = aside.iter().map(|aside| aside.met.clone()).collect();
        let mut stored = Vec::with_capacity(keys.len());
        for row in self.writer.rows_at(&keys).await? {
            stored.push(row.ok_or_else(|| {
                SqlError::new(
                    SqlState::DataCorrupted,
                    format!(
                        "a unique index of {:?} names a row that is not there",
                        self.table.name
                    ),
                )
            })?);
        }
        let excluded: Vec<&Vec<Datum>> = aside.iter().map(|aside| &aside.row).collect();
        let values = match &self.conflict {
            OnConflict::Replace(columns) => self.replacing(columns, &excluded),
            OnConflict::Update(_, setting) => self.setting(setting, &stored, &excluded).await?,
            OnConflict::Fail | OnConflict::Skip(_) => Vec::new(),
        };
        let columns: &[ColumnDescriptor] = match &self.conflict {
            OnConflict::Replace(columns) => columns,
            OnConflict::Update(_, setting) => &setting.columns,
            OnConflict::Fail | OnConflict::Skip(_) => &[],
        };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut places = Vec::with_capacity(values.len());
        for (pair, values) in values {
            let (Some(old), Some(aside)) = (stored.get(pair), aside.get(pair)) else {
                continue;
            };
            let mut new = old.clone();
            for (column, value) in columns.iter().zip(values) {
                let place = self.place_of(column);
                if let Some(cell) = place.and_then(|place| new.get_mut(place)) {
                    *cell = value;
                }
            }
            places.push(aside.place);
            before.push(old.clone());
            after.push(new);
        }
        self.checks.before(&mut after)?;
        for (place, row) in places.into_iter().zip(&after) {
            set(written, place, row.clone());
        }
        let changes: Vec<Replacement> = before.into_iter().zip(after).collect();
        self.writer.update(&changes).await
    }

    /// What UPSERT sets in each pair's row.
    fn replacing(
        &self,
        columns: &[ColumnDescriptor],
        excluded: &[&Vec<Datum>],
    ) -> Vec<(usize, Vec<Datum>)> {
        let value = |row: &[Datum], column| {
            let place = self.place_of(column);
            place.and_then(|place| row.get(place)).cloned()
        };
        let values = |row: &[Datum]| {
            let values = columns.iter().map(|column| value(row, column));
            values.map(|value| value.unwrap_or(Datum::Null)).collect()
        };
        excluded.iter().map(|row| values(row)).enumerate().collect()
    }

    /// Evaluates SET and WHERE; leaves out the pairs that WHERE does.
    async fn setting(
        &self,
        setting: &Setting,
        stored: &[Vec<Datum>],
        excluded: &[&Vec<Datum>],
    ) -> Result<Vec<(usize, Vec<Datum>)>> {
        let (_, schema) = pair_schema(&self.table);
        let sides = [
            batch_from_rows(&self.table.columns, stored)?,
            batch_from_rows(&self.table.columns, excluded)?,
        ];
        let numbers: Int64Array = (0_i64..).take(stored.len()).collect();
        let columns = sides.iter().flat_map(|side| side.columns().to_vec());
        let columns = columns.chain([Arc::new(numbers) as ArrayRef]).collect();
        let pairs = RecordBatch::try_new(Arc::new(schema), columns)?;
        let plan = setting.plan(self.change.scope, &self.table, vec![pairs])?;
        let mut source = self.change.rows(plan).await?;
        let columns: Vec<&ColumnDescriptor> = setting.columns.iter().collect();
        let mut values = Vec::with_capacity(stored.len());
        while let Some(batch) = source.try_next().await? {
            let chosen = chosen(&batch, columns.len())?.into_iter();
            let rows = assign::rows(&batch, &columns, self.change.scope.facts.zone)?;
            values.extend(
                chosen
                    .zip(rows)
                    .filter_map(|(pair, row)| Some((pair?, row))),
            );
        }
        Ok(values)
    }

    fn place_of(&self, column: &ColumnDescriptor) -> Option<usize> {
        self.table
            .columns
            .iter()
            .position(|known| known.id == column.id)
    }

    /// Ends the statement; the answer is what its changes mean for foreign keys.
    pub async fn finish(self) -> Result<Log> {
        self.writer.finish().await
    }
}

fn set(written: &mut [Option<Vec<Datum>>], place: usize, row: Vec<Datum>) {
    if let Some(cell) = written.get_mut(place) {
        *cell = Some(row);
    }
}

/// The numbers of the pairs that the WHERE takes; `None` for the others.
fn chosen(batch: &RecordBatch, place: usize) -> Result<Vec<Option<usize>>> {
    let column = |place: usize| batch.columns().get(place);
    let condition = column(place)
        .and_then(|column| column.as_boolean_opt())
        .ok_or_else(|| {
            SqlError::new(
                SqlState::DatatypeMismatch,
                "argument of WHERE must be type boolean",
            )
        })?;
    let numbers = column(place + 1)
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| SqlError::internal("pairs without numbers"))?;
    Ok((0..batch.num_rows())
        .map(|row| {
            let is_chosen = condition.is_valid(row) && condition.value(row);
            usize::try_from(numbers.value(row))
                .ok()
                .filter(|_| is_chosen)
        })
        .collect())
}
