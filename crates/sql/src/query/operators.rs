//! Operators on types that DataFusion does not know: DECIMAL without limits, JSONB, INTERVAL, dates and times.
//!
//! The planner is asked before DataFusion coerces types; where a rule of ours fits the types of both sides, a function
//! of `elementwise` takes the operator's place. Everything else is left as it is.

use cairn_catalog::ColumnType;
use cairn_rows::numeric::NumericError;
use cairn_rows::{Datum, Inet, Interval, Numeric, Zone, column_type, text::parse_json};
use cairn_syntax::ast::BinaryOperator;
use datafusion::{
    common::{DFSchema, Result, ScalarValue, tree_node::Transformed},
    logical_expr::{
        BinaryExpr, Expr, ExprSchemable, Operator, ScalarUDF, binary_expr,
        planner::{ExprPlanner, PlannerResult, RawBinaryExpr},
    },
};
use std::cmp::Ordering;
use std::sync::Arc;

use super::cast;
use super::convert::MICROS_PER_DAY;
use super::elementwise::{Body, Elementwise};
use super::json_operators;
use super::mixed::as_type;
use crate::{SqlError, SqlState};

const NUMERIC: ColumnType = ColumnType::Numeric;
const INTERVAL: ColumnType = ColumnType::Interval;
const BOOL: ColumnType = ColumnType::Bool;
const BYTES: ColumnType = ColumnType::Bytes;

#[derive(Debug)]
pub(crate) struct OperatorPlanner;

impl ExprPlanner for OperatorPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let expr = with_typed_literals(expr, schema);
        let (left, right) = (side(&expr.left, schema), side(&expr.right, schema));
        let Some(choice) = choose(&expr.op, left.as_ref(), right.as_ref()) else {
            return Ok(PlannerResult::Original(expr));
        };
        Ok(match choice {
            Choice::Call(function) => {
                PlannerResult::Planned(function.call(vec![expr.left, expr.right]))
            }
            Choice::Swapped(function) => {
                PlannerResult::Planned(function.call(vec![expr.right, expr.left]))
            }
            Choice::AsFloats => PlannerResult::Original(RawBinaryExpr {
                left: as_type(expr.left, ColumnType::Float8, schema)?,
                right: as_type(expr.right, ColumnType::Float8, schema)?,
                op: expr.op,
            }),
        })
    }
}

/// An operator that was planned for other types than its sides have.
pub(super) fn replan(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let raw = RawBinaryExpr {
        op: match binary.op {
            Operator::Plus => BinaryOperator::Plus,
            Operator::Minus => BinaryOperator::Minus,
            Operator::Multiply => BinaryOperator::Multiply,
            Operator::Divide => BinaryOperator::Divide,
            Operator::Modulo => BinaryOperator::Modulo,
            Operator::Eq => BinaryOperator::Eq,
            Operator::NotEq => BinaryOperator::NotEq,
            Operator::Lt => BinaryOperator::Lt,
            Operator::LtEq => BinaryOperator::LtEq,
            Operator::Gt => BinaryOperator::Gt,
            Operator::GtEq => BinaryOperator::GtEq,
            _ => return Ok(Transformed::no(Expr::BinaryExpr(binary))),
        },
        left: *binary.left,
        right: *binary.right,
    };
    Ok(match OperatorPlanner.plan_binary_op(raw, schema)? {
        PlannerResult::Planned(expr) => Transformed::yes(expr),
        PlannerResult::Original(raw) => {
            Transformed::yes(binary_expr(raw.left, binary.op, raw.right))
        }
    })
}

/// The function of that name.
pub(crate) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let function = match name {
        "numeric_negate" => {
            Elementwise::new("numeric_negate", &[NUMERIC], NUMERIC, |row| match row {
                [Datum::Numeric(number)] => Ok(Datum::Numeric(number.negated())),
                _ => Err(mismatch()),
            })
        }
        "host" => Elementwise::new(
            "host",
            &[ColumnType::Inet],
            ColumnType::String { max: None },
            |row| Ok(Datum::String(inet(row)?.address().to_string())),
        ),
        "masklen" => Elementwise::new("masklen", &[ColumnType::Inet], ColumnType::Int4, |row| {
            Ok(Datum::Int4(i32::from(inet(row)?.prefix())))
        }),
        "family" => Elementwise::new("family", &[ColumnType::Inet], ColumnType::Int4, |row| {
            Ok(Datum::Int4(if inet(row)?.is_v4() { 4 } else { 6 }))
        }),
        _ => json_operators::function(name)?,
    };
    Some(function.function())
}

fn inet(row: &[Datum]) -> crate::Result<&Inet> {
    match row {
        [Datum::Inet(inet)] => Ok(inet),
        _ => Err(mismatch()),
    }
}

/// What stands beside an operator.
struct Side {
    ty: ColumnType,
    /// A text literal, which takes the other side's type.
    literal: bool,
}

fn side(expr: &Expr, schema: &DFSchema) -> Option<Side> {
    let literal = matches!(expr, Expr::Literal(ScalarValue::Utf8(_), _));
    let ty = column_type(&expr.get_type(schema).ok()?)?;
    Some(Side { ty, literal })
}

/// Gives a literal that stands beside a value of another type the type that PostgreSQL takes it for, as in `d - '2024-01-01'`.
fn with_typed_literals(mut expr: RawBinaryExpr, schema: &DFSchema) -> RawBinaryExpr {
    let typed = |literal: &Expr, other: &Expr| {
        let unknown = matches!(
            literal,
            Expr::Literal(ScalarValue::Utf8(_) | ScalarValue::Null, _)
        );
        let other = column_type(&other.get_type(schema).ok()?)?;
        let ty = literal_type(&expr.op, other).filter(|_| unknown)?;
        Some(cast::to(ty).call(vec![literal.clone()]))
    };
    let (left, right) = (
        typed(&expr.left, &expr.right),
        typed(&expr.right, &expr.left),
    );
    expr.left = left.unwrap_or(expr.left);
    expr.right = right.unwrap_or(expr.right);
    expr
}

/// The type of a literal beside a value of type `other`, for operators that do not compare: the same type where there is such an
/// operator, or the only one there is.
fn literal_type(operator: &BinaryOperator, other: ColumnType) -> Option<ColumnType> {
    use BinaryOperator::{ArrowAt, AtArrow, Divide, Minus, Modulo, Multiply, Plus, StringConcat};
    use ColumnType::{
        Array, Date, Decimal, Float4, Float8, Int2, Int4, Int8, Time, Timestamp, TimestampTz,
    };
    match (operator, other) {
        (Plus | Minus | Multiply | Divide | Modulo, Decimal { .. }) => Some(NUMERIC),
        (Plus | Minus | Multiply | Divide | Modulo, Int2 | Int4 | Int8 | Float4 | Float8)
        | (Minus, Date | Time | Timestamp | TimestampTz)
        | (Plus | Minus, INTERVAL)
        | (StringConcat | AtArrow | ArrowAt, Array(_)) => Some(other),
        (Plus, Timestamp | TimestampTz) => Some(INTERVAL),
        (Multiply | Divide, INTERVAL) => Some(Float8),
        _ => None,
    }
}

/// What takes an operator's place.
enum Choice {
    Call(Elementwise),
    /// With its sides exchanged.
    Swapped(Elementwise),
    /// The same operator on doubles.
    AsFloats,
}

fn choose(operator: &BinaryOperator, left: Option<&Side>, right: Option<&Side>) -> Option<Choice> {
    let (a, b) = (left.map(|side| side.ty), right.map(|side| side.ty));
    let like = |ty: ColumnType, side: Option<&Side>| {
        side.is_some_and(|side| side.ty == ty || side.literal)
    };
    if a == Some(ColumnType::Jsonb) || b == Some(ColumnType::Jsonb) && like(ColumnType::Jsonb, left)
    {
        return json_operators::operator(operator, b.as_ref()).map(Choice::Call);
    }
    if let (Some(a), Some(b)) = (a, b)
        && meet_as_floats(&a, &b)
    {
        return Some(Choice::AsFloats);
    }
    // A quotient of DECIMALs has more digits than they have.
    let quotient = *operator == BinaryOperator::Divide
        && [a, b]
            .iter()
            .any(|ty| matches!(ty, Some(ColumnType::Decimal { .. })));
    let of_interval = a == Some(INTERVAL) || b == Some(INTERVAL);
    if (a == Some(NUMERIC) || b == Some(NUMERIC) || quotient) && !of_interval {
        return numbers(operator, left?, right?);
    }
    let bytes = a == Some(BYTES) && like(BYTES, right) || b == Some(BYTES) && like(BYTES, left);
    if bytes && *operator == BinaryOperator::StringConcat {
        let function = Elementwise::new("bytes_concat", &[BYTES, BYTES], BYTES, concatenate);
        return Some(Choice::Call(function));
    }
    let intervals =
        a == Some(INTERVAL) && like(INTERVAL, right) || b == Some(INTERVAL) && like(INTERVAL, left);
    if intervals && let Some(comparison) = comparison(operator, INTERVAL) {
        return Some(Choice::Call(comparison));
    }
    temporal(operator, a?, b?)
}

/// Whether an operator sees numbers of these types as doubles, which DataFusion would make exact ones or REALs of.
pub(super) fn meet_as_floats(left: &ColumnType, right: &ColumnType) -> bool {
    use ColumnType::{Decimal, Float4, Float8, Int2, Int4, Int8};
    let pair = |float: &ColumnType, exact: &ColumnType| match *exact {
        NUMERIC | Decimal { .. } => matches!(float, Float4 | Float8),
        Int2 | Int4 | Int8 => *float == Float4,
        _ => false,
    };
    pair(left, right) || pair(right, left)
}

fn numbers(operator: &BinaryOperator, left: &Side, right: &Side) -> Option<Choice> {
    use ColumnType::{Decimal, Int2, Int4, Int8};
    let exact = |side: &Side| {
        side.literal || matches!(side.ty, NUMERIC | Int2 | Int4 | Int8 | Decimal { .. })
    };
    if !exact(left) || !exact(right) {
        return None;
    }
    let arithmetic =
        |name, body: Body| Choice::Call(Elementwise::new(name, &[NUMERIC, NUMERIC], NUMERIC, body));
    Some(match operator {
        BinaryOperator::Plus => arithmetic("numeric_add", |row| calculate(row, Numeric::add)),
        BinaryOperator::Minus => arithmetic("numeric_sub", |row| calculate(row, Numeric::subtract)),
        BinaryOperator::Multiply => {
            arithmetic("numeric_mul", |row| calculate(row, Numeric::multiply))
        }
        BinaryOperator::Divide => arithmetic("numeric_div", |row| calculate(row, Numeric::divide)),
        BinaryOperator::Modulo => {
            arithmetic("numeric_mod", |row| calculate(row, Numeric::remainder))
        }
        _ => return comparison(operator, NUMERIC).map(Choice::Call),
    })
}

pub(super) type Calculation = fn(&Numeric, &Numeric) -> std::result::Result<Numeric, NumericError>;

pub(super) fn calculate(row: &[Datum], calculation: Calculation) -> crate::Result<Datum> {
    let [Datum::Numeric(left), Datum::Numeric(right)] = row else {
        return Err(mismatch());
    };
    calculation(left, right)
        .map(Datum::Numeric)
        .map_err(|error| match error {
            NumericError::DivisionByZero => {
                SqlError::new(SqlState::DivisionByZero, "division by zero")
            }
            _ => cairn_rows::Error::TooManyDigits.into(),
        })
}

/// A comparison of two values of a type by their order as datums.
pub(super) fn comparison(operator: &BinaryOperator, ty: ColumnType) -> Option<Elementwise> {
    let (name, body): (_, Body) = match Comparison::of(operator)? {
        Comparison::Equal => ("eq", |row| compare(row, Comparison::Equal)),
        Comparison::NotEqual => ("ne", |row| compare(row, Comparison::NotEqual)),
        Comparison::Less => ("lt", |row| compare(row, Comparison::Less)),
        Comparison::LessOrEqual => ("le", |row| compare(row, Comparison::LessOrEqual)),
        Comparison::Greater => ("gt", |row| compare(row, Comparison::Greater)),
        Comparison::GreaterOrEqual => ("ge", |row| compare(row, Comparison::GreaterOrEqual)),
    };
    Some(Elementwise::new(name, &[ty, ty], BOOL, body))
}

/// What a comparison asks of the order of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn of(operator: &BinaryOperator) -> Option<Self> {
        Self::named(&operator.to_string())
    }

    pub fn named(operator: &str) -> Option<Self> {
        Some(match operator {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    pub fn is_of_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// The order of two values of a type. Intervals of equal length are equal, whatever their fields, and so are documents of equal numbers.
pub(super) fn compared(left: &Datum, right: &Datum) -> Ordering {
    match (left, right) {
        (Datum::Interval(left), Datum::Interval(right)) => left.length().cmp(&right.length()),
        (Datum::Jsonb(left), Datum::Jsonb(right)) if same_document(left, right) => Ordering::Equal,
        _ => left.cmp(right),
    }
}

fn same_document(left: &str, right: &str) -> bool {
    let documents = (parse_json(left), parse_json(right));
    matches!(documents, (Ok(left), Ok(right)) if left == right)
}

fn compare(row: &[Datum], comparison: Comparison) -> crate::Result<Datum> {
    match row {
        [left, right] => Ok(Datum::Bool(comparison.holds(compared(left, right)))),
        _ => Err(mismatch()),
    }
}

fn concatenate(row: &[Datum]) -> crate::Result<Datum> {
    match row {
        [Datum::Bytes(left), Datum::Bytes(right)] => {
            Ok(Datum::Bytes([left.as_slice(), right].concat()))
        }
        _ => Err(mismatch()),
    }
}

fn mismatch() -> SqlError {
    SqlError::internal("an operator's arguments are not of its types")
}

/// Dates, times and intervals.
fn temporal(operator: &BinaryOperator, left: ColumnType, right: ColumnType) -> Option<Choice> {
    use BinaryOperator::{Divide, Minus, Multiply, Plus};
    use ColumnType::{Date, Int8, Interval, Time, Timestamp, TimestampTz};
    let call = |name, takes: [ColumnType; 2], gives, body: Body| {
        Choice::Call(Elementwise::new(name, &takes, gives, body))
    };
    let whole = |ty| matches!(ty, ColumnType::Int2 | ColumnType::Int4 | Int8);
    let number = |ty| {
        whole(ty)
            || matches!(
                ty,
                ColumnType::Float4 | ColumnType::Float8 | NUMERIC | ColumnType::Decimal { .. }
            )
    };
    Some(match (operator, left, right) {
        (Plus, Timestamp, Interval) => call("instant_pl_interval", [left, Interval], left, plus),
        (Minus, Timestamp, Interval) => call("instant_mi_interval", [left, Interval], left, minus),
        (Plus, TimestampTz, Interval) => Choice::Call(Elementwise::zoned(
            "timestamptz_pl_interval",
            &[TimestampTz, Interval],
            TimestampTz,
            plus_in_zone,
        )),
        (Minus, TimestampTz, Interval) => Choice::Call(Elementwise::zoned(
            "timestamptz_mi_interval",
            &[TimestampTz, Interval],
            TimestampTz,
            minus_in_zone,
        )),
        (Plus, Date, Interval) => call("date_pl_interval", [Timestamp, Interval], Timestamp, plus),
        (Minus, Date, Interval) => {
            call("date_mi_interval", [Timestamp, Interval], Timestamp, minus)
        }
        (Plus, Time, Interval) => call("time_pl_interval", [Time, Interval], Time, plus),
        (Minus, Time, Interval) => call("time_mi_interval", [Time, Interval], Time, minus),
        (Plus, Interval, Timestamp | TimestampTz | Date | Time) => {
            match temporal(&Plus, right, left)? {
                Choice::Call(function) => Choice::Swapped(function),
                other => other,
            }
        }
        (Minus, Date, Date) => call("date_mi", [Date, Date], Int8, minus),
        (Minus, TimestampTz, Timestamp | TimestampTz | Date)
        | (Minus, Timestamp | Date, TimestampTz) => call(
            "timestamptz_mi",
            [TimestampTz, TimestampTz],
            Interval,
            minus,
        ),
        (Minus, Timestamp | Date, Timestamp | Date) => {
            call("instant_mi", [Timestamp, Timestamp], Interval, minus)
        }
        (Minus, Time, Time) => call("time_mi", [Interval, Interval], Interval, minus),
        (Plus, Date, Time) => call("date_pl_time", [Timestamp, Interval], Timestamp, plus),
        (Plus, Date, ty) if whole(ty) => call("date_pli", [Date, Int8], Date, plus),
        (Minus, Date, ty) if whole(ty) => call("date_mii", [Date, Int8], Date, minus),
        (Plus, Interval, Interval) => call("interval_pl", [Interval, Interval], Interval, plus),
        (Minus, Interval, Interval) => call("interval_mi", [Interval, Interval], Interval, minus),
        (Multiply, Interval, ty) if number(ty) => call(
            "interval_mul",
            [Interval, ColumnType::Float8],
            Interval,
            times,
        ),
        (Multiply, ty, Interval) if number(ty) => Choice::Swapped(Elementwise::new(
            "interval_mul",
            &[Interval, ColumnType::Float8],
            Interval,
            times,
        )),
        (Divide, Interval, ty) if number(ty) => call(
            "interval_div",
            [Interval, ColumnType::Float8],
            Interval,
            divided,
        ),
        _ => return None,
    })
}

fn plus(row: &[Datum]) -> crate::Result<Datum> {
    let [left, right] = row else {
        return Err(mismatch());
    };
    add(left, right)
}

fn plus_in_zone(row: &[Datum], zone: Zone) -> crate::Result<Datum> {
    match row {
        [Datum::TimestampTz(instant), Datum::Interval(interval)] => {
            later(*instant, interval, zone).map(Datum::TimestampTz)
        }
        _ => Err(mismatch()),
    }
}

fn minus_in_zone(row: &[Datum], zone: Zone) -> crate::Result<Datum> {
    match row {
        [Datum::TimestampTz(instant), Datum::Interval(interval)] => {
            let negated = interval.negated().ok_or_else(|| out_of_range("interval"))?;
            later(*instant, &negated, zone).map(Datum::TimestampTz)
        }
        _ => Err(mismatch()),
    }
}

/// The instant behind another: months and days are those of the zone's calendar, what is shorter is time that passes.
pub(super) fn later(instant: i64, interval: &Interval, zone: Zone) -> crate::Result<i64> {
    let found = (|| {
        let date = Interval {
            micros: 0,
            ..*interval
        };
        let day = match (date.months, date.days) {
            (0, 0) => instant,
            _ => zone.instant(date.after(zone.local(instant)?)?)?,
        };
        let time = Interval {
            micros: interval.micros,
            ..Interval::default()
        };
        time.after(day)
    })();
    found.ok_or_else(|| out_of_range("timestamp"))
}

fn minus(row: &[Datum]) -> crate::Result<Datum> {
    match row {
        [left, Datum::Interval(interval)] => {
            let negated = interval.negated().ok_or_else(|| out_of_range("interval"))?;
            add(left, &Datum::Interval(negated))
        }
        [Datum::Date(later), Datum::Date(earlier)] => {
            match (is_infinite(*later), is_infinite(*earlier)) {
                (false, false) => Ok(Datum::Int8(i64::from(*later) - i64::from(*earlier))),
                _ => Err(SqlError::new(
                    SqlState::DatetimeFieldOverflow,
                    "cannot subtract infinite dates",
                )),
            }
        }
        [Datum::Date(date), Datum::Int8(days)] => {
            let days = days.checked_neg().ok_or_else(|| out_of_range("date"))?;
            add(&Datum::Date(*date), &Datum::Int8(days))
        }
        [Datum::Timestamp(later), Datum::Timestamp(earlier)]
        | [Datum::TimestampTz(later), Datum::TimestampTz(earlier)] => {
            let interval = Interval::between(*earlier, *later).and_then(Interval::checked);
            Ok(Datum::Interval(
                interval.ok_or_else(|| out_of_range("interval"))?,
            ))
        }
        _ => Err(mismatch()),
    }
}

fn add(left: &Datum, right: &Datum) -> crate::Result<Datum> {
    Ok(match (left, right) {
        (Datum::Timestamp(instant), Datum::Interval(interval)) => Datum::Timestamp(
            interval
                .after(*instant)
                .ok_or_else(|| out_of_range("timestamp"))?,
        ),
        // Months and days do not move a time of day, and it goes round.
        (Datum::Time(time), Datum::Interval(interval)) => {
            Datum::Time((time + interval.micros % MICROS_PER_DAY).rem_euclid(MICROS_PER_DAY))
        }
        (Datum::Interval(left), Datum::Interval(right)) => {
            Datum::Interval(left.add(right).ok_or_else(|| out_of_range("interval"))?)
        }
        (Datum::Date(date), Datum::Int8(_)) if is_infinite(*date) => Datum::Date(*date),
        (Datum::Date(date), Datum::Int8(days)) => {
            let sum = i64::from(*date)
                .checked_add(*days)
                .ok_or_else(|| out_of_range("date"))?;
            let mut text = String::new();
            let sum = i32::try_from(sum)
                .ok()
                .filter(|sum| !is_infinite(*sum))
                .ok_or_else(|| out_of_range("date"))?;
            // The range of dates is that of their texts.
            cairn_rows::text::write_date(sum, &mut text);
            Datum::parse_text(&ColumnType::Date, &text).map_err(|_| out_of_range("date"))?
        }
        _ => return Err(mismatch()),
    })
}

fn is_infinite(days: i32) -> bool {
    matches!(days, i32::MIN | i32::MAX)
}

fn times(row: &[Datum]) -> crate::Result<Datum> {
    match row {
        [Datum::Interval(interval), Datum::Float8(factor)] => scaled(interval.times(*factor)),
        _ => Err(mismatch()),
    }
}

fn divided(row: &[Datum]) -> crate::Result<Datum> {
    match row {
        [_, Datum::Float8(0.0)] => Err(SqlError::new(SqlState::DivisionByZero, "division by zero")),
        [Datum::Interval(interval), Datum::Float8(divisor)] => scaled(interval.divided(*divisor)),
        _ => Err(mismatch()),
    }
}

fn scaled(interval: Option<Interval>) -> crate::Result<Datum> {
    let interval = interval.ok_or_else(|| out_of_range("interval"))?;
    Ok(Datum::Interval(interval))
}

fn out_of_range(what: &str) -> SqlError {
    SqlError::new(
        SqlState::DatetimeFieldOverflow,
        format!("{what} out of range"),
    )
}
