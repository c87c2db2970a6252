//! Queries: from a statement's tree to a stream of batches, through DataFusion.
//!
//! WHAT
//!   DataFusion plans and runs; names, tables, types and arithmetic are ours. Only this folder and `change` hand it statements.
//!
//! HOW DATA FLOWS
//!   1. `Scope` is all a statement sees: the catalog and the data at one instant, the session's database, the values of now().
//!   2. `Scope::plan` gives SqlToRel our `names::Names`, which finds tables, functions (`library`) and types; GROUP BY
//!      a key is completed before (`grouped`).
//!   3. Before DataFusion coerces types, `canonical::CanonicalForms` sees to what it would compare, order, add or join otherwise
//!      (`totals`, `mixed`, `instants`, `peers`).
//!   4. The analyzer's last rules are ours: `lateral::UnnestBeside` unnests arrays of a row beside or outside, `subqueries` joins
//!      those that DataFusion cannot,
//!      `checked::CheckedArithmetic` makes overflow an error, `zoned::ZonedCasts` sees to the session's time zone.
//!   5. `table::Table` turns filters into key ranges (`ranges`) and streams chunks from storage as batches.
//!
//! INVARIANTS
//!   A statement reads at one instant, the one of `Scope::read`: `table::Table` has no other.
//!   A table's rows are read only after its descriptor was noted in `Scope::touched`; an explicit transaction then reads the
//!   descriptors' keys, so that schema changes conflict with it.
//!
//! CANCELLATION
//!   Dropping a stream of rows ends its statement. So that the executor gets to drop it, joins pause after every batch: `yielding`.
//!
//! LEFT OUT
//!   Statistics of values: joins are ordered by DataFusion's own rules and the estimated sizes of tables (`estimate`).

mod batches;
mod canonical;
pub(crate) mod cast;
pub(crate) mod checked;
pub(crate) mod convert;
pub(crate) mod copies;
mod elementwise;
pub(crate) mod engine;
mod estimate;
mod expressions;
pub(crate) mod functions;
mod grouped;
mod instants;
mod json_operators;
pub(crate) mod late;
mod lateral;
pub(crate) mod library;
pub(crate) mod literal;
mod memory;
mod mixed;
pub(crate) mod names;
pub(crate) mod negation;
mod operators;
mod ordered;
pub(crate) mod origin;
pub(crate) mod output;
mod patterns;
mod peers;
mod qualifiers;
pub(crate) mod ranges;
pub(crate) mod scope;
pub(crate) mod sequence;
pub(crate) mod series;
mod sizes;
mod subqueries;
pub(crate) mod table;
mod totals;
pub(crate) mod view;
mod yielding;
mod zoned;

pub(crate) use scope::{Facts, Scope};
