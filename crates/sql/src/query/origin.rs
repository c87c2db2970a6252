//! Where the columns of an answer come from, as RowDescription tells it: drivers find by it which rows their users change.
//!
//! A column that comes as it is from a table has that table's oid, and its own number in it, through subqueries, joins and groups. What
//! is computed, or comes of several queries, has none. A view's column is the view's, as in PostgreSQL.

use std::any::Any;

use arrow::datatypes::{Field, Schema, SchemaRef};
use cairn_catalog::{ColumnId, TableDescriptor, TableId};
use cairn_rows::FIELD_ID;
use datafusion::{
    common::{JoinType, TableReference},
    datasource::source_as_provider,
    logical_expr::{Distinct, Expr, Join, LogicalPlan, TableScan},
};

use super::table::Table;
use crate::{change::returning, pg_catalog};

/// The keys in the metadata of an answer's fields.
const RELATION: &str = "cairn:relation";
const ATTRIBUTE: &str = "cairn:attribute";

/// In front of a view's oid, where no alias of a user has anything: EXPLAIN shows it.
const VIEW: &str = "view oid";

/// A column of a relation, by the numbers that it has in `pg_attribute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The relation's oid.
    pub relation: u32,
    /// The column's number in it, from 1.
    pub attribute: i16,
}

impl Origin {
    /// What a field of an answer says.
    #[must_use]
    pub fn of(field: &Field) -> Option<Origin> {
        let number = |key: &str| field.metadata().get(key);
        Some(Origin {
            relation: number(RELATION)?.parse().ok()?,
            attribute: number(ATTRIBUTE)?.parse().ok()?,
        })
    }

    fn of_column(table: &TableDescriptor, column: ColumnId) -> Option<Origin> {
        Some(Origin {
            relation: pg_catalog::oid_of(table.id),
            attribute: pg_catalog::number_of(table, column)?,
        })
    }
}

/// Says of each field where its column comes from.
pub(crate) fn marked(schema: &Schema, origins: &[Option<Origin>]) -> SchemaRef {
    let fields = schema.fields().iter().zip(origins);
    let fields = fields.map(|(field, origin)| {
        let mut field = field.as_ref().clone();
        if let Some(origin) = origin {
            let metadata = field.metadata_mut();
            metadata.insert(RELATION.to_owned(), origin.relation.to_string());
            metadata.insert(ATTRIBUTE.to_owned(), origin.attribute.to_string());
        }
        field
    });
    Schema::new(fields.collect::<Vec<_>>()).into()
}

/// The name under which the query of a view stands in a plan, so that its columns are found to be the view's.
pub(crate) fn name_of_view(view: TableId) -> TableReference {
    TableReference::partial(VIEW, pg_catalog::oid_of(view).to_string())
}

fn view_of(name: &TableReference) -> Option<u32> {
    let is_view = name.schema() == Some(VIEW);
    is_view.then(|| name.table().parse().ok())?
}

/// Of each column of a plan that is not optimized yet; `written` is the table of the rows that a RETURNING is about.
pub(crate) fn of_plan(
    plan: &LogicalPlan,
    written: Option<&TableDescriptor>,
) -> Vec<Option<Origin>> {
    let columns = 0..plan.schema().fields().len();
    columns
        .map(|place| Search { written }.column(plan, place))
        .collect()
}

struct Search<'a> {
    written: Option<&'a TableDescriptor>,
}

impl Search<'_> {
    fn column(&self, plan: &LogicalPlan, place: usize) -> Option<Origin> {
        match plan {
            LogicalPlan::TableScan(scan) => self.scanned(scan, place),
            LogicalPlan::SubqueryAlias(named) => match view_of(&named.alias) {
                Some(relation) => Some(Origin {
                    relation,
                    attribute: i16::try_from(place + 1).ok()?,
                }),
                None => self.column(&named.input, place),
            },
            LogicalPlan::Projection(projection) => {
                self.expression(&projection.input, projection.expr.get(place)?)
            }
            LogicalPlan::Distinct(Distinct::On(distinct)) => {
                self.expression(&distinct.input, distinct.select_expr.get(place)?)
            }
            LogicalPlan::Aggregate(aggregate) => {
                self.expression(&aggregate.input, aggregate.group_expr.get(place)?)
            }
            LogicalPlan::Window(window) => {
                let passed = window.input.schema().fields().len();
                (place < passed).then(|| self.column(&window.input, place))?
            }
            LogicalPlan::Join(join) => self.joined(join, place),
            LogicalPlan::Filter(filter) => self.column(&filter.input, place),
            LogicalPlan::Sort(sort) => self.column(&sort.input, place),
            LogicalPlan::Limit(limit) => self.column(&limit.input, place),
            LogicalPlan::Distinct(Distinct::All(input)) => self.column(input, place),
            LogicalPlan::Subquery(subquery) => self.column(&subquery.subquery, place),
            _ => None,
        }
    }

    /// Of an expression that is a column of `input` and nothing more.
    fn expression(&self, input: &LogicalPlan, expr: &Expr) -> Option<Origin> {
        match expr {
            Expr::Alias(alias) => self.expression(input, &alias.expr),
            Expr::Column(column) => {
                let place = input.schema().maybe_index_of_column(column)?;
                self.column(input, place)
            }
            _ => None,
        }
    }

    fn joined(&self, join: &Join, place: usize) -> Option<Origin> {
        let left = join.left.schema().fields().len();
        match join.join_type {
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                match place.checked_sub(left) {
                    Some(place) => self.column(&join.right, place),
                    None => self.column(&join.left, place),
                }
            }
            JoinType::LeftSemi | JoinType::LeftAnti => self.column(&join.left, place),
            JoinType::RightSemi | JoinType::RightAnti => self.column(&join.right, place),
            JoinType::LeftMark | JoinType::RightMark => None,
        }
    }

    fn scanned(&self, scan: &TableScan, place: usize) -> Option<Origin> {
        let place = match &scan.projection {
            Some(places) => *places.get(place)?,
            None => place,
        };
        let schema = scan.source.schema();
        let id = schema.fields().get(place)?.metadata().get(FIELD_ID)?;
        let column = ColumnId(id.parse().ok()?);
        let provider = source_as_provider(&scan.source).ok()?;
        let provider: &dyn Any = &*provider;
        match provider.downcast_ref::<Table>() {
            Some(table) => Origin::of_column(table.descriptor(), column),
            None if scan.table_name.table() == returning::ROWS => {
                Origin::of_column(self.written?, column)
            }
            None => None,
        }
    }
}
