//! Functions of numbers: of doubles with PostgreSQL's errors, of DECIMALs without limits.

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::numeric::NumericError;
use cairn_rows::{Datum, Numeric};
use datafusion::logical_expr::ScalarUDF;

use super::{mismatch, overloaded::Overloaded};
use crate::query::elementwise::{Body, Elementwise};
use crate::{Result, SqlError, SqlState};

const FLOAT: ColumnType = ColumnType::Float8;
const NUMERIC: ColumnType = ColumnType::Numeric;
const INT: ColumnType = ColumnType::Int4;

pub(super) fn function(name: &str, otherwise: Option<&Arc<ScalarUDF>>) -> Option<Arc<ScalarUDF>> {
    let float = |name, body: Body| Elementwise::new(name, &[FLOAT], FLOAT, body);
    let exact = |name, body: Body| Elementwise::new(name, &[NUMERIC], NUMERIC, body);
    let pair = |name, body: Body| Elementwise::new(name, &[NUMERIC, NUMERIC], NUMERIC, body);
    let digits = |name, body: Body| Elementwise::new(name, &[NUMERIC, INT], NUMERIC, body);
    let theirs = |name, bodies| Some(Overloaded::function(name, bodies, otherwise.cloned()));
    let ours = |name, bodies| Some(Overloaded::function(name, bodies, None));
    match name {
        "round" => {
            let whole = Elementwise::new("round", &[ColumnType::Int8], FLOAT, |row| match row {
                [Datum::Int8(number)] => Ok(Datum::Float8(*number as f64)),
                _ => Err(mismatch()),
            });
            let floats = float("round", |row| of_float(row, f64::round_ties_even));
            let bodies = vec![
                floats,
                whole,
                exact("round", |row| of_numeric(row, |number| number.rounded(0))),
                digits("round", round),
            ];
            theirs("round", bodies)
        }
        "trunc" => ours(
            "trunc",
            vec![
                float("trunc", |row| of_float(row, f64::trunc)),
                exact("trunc", |row| of_numeric(row, |number| number.truncated(0))),
                digits("trunc", truncate),
            ],
        ),
        "ceil" => ours(
            "ceil",
            vec![
                float("ceil", |row| of_float(row, f64::ceil)),
                exact("ceil", |row| of_numeric(row, Numeric::ceiling)),
            ],
        ),
        "floor" => ours(
            "floor",
            vec![
                float("floor", |row| of_float(row, f64::floor)),
                exact("floor", |row| of_numeric(row, Numeric::floor)),
            ],
        ),
        "abs" => theirs(
            "abs",
            vec![exact("abs", |row| of_numeric(row, Numeric::absolute))],
        ),
        "sign" | "signum" => ours(
            "sign",
            vec![
                float("sign", |row| {
                    of_float(row, |x| if x == 0.0 { 0.0 } else { x.signum() })
                }),
                exact("sign", |row| of_numeric(row, sign)),
            ],
        ),
        "mod" => ours(
            "mod",
            vec![
                Elementwise::new(
                    "mod",
                    &[ColumnType::Int8, ColumnType::Int8],
                    ColumnType::Int8,
                    remainder,
                ),
                pair("mod", |row| of_pair(row, Numeric::remainder)),
            ],
        ),
        "bitwise_not" => {
            let whole = [ColumnType::Int2, ColumnType::Int4, ColumnType::Int8];
            let each = |ty| Elementwise::new("bitwise_not", &[ty], ty, bitwise_not);
            ours("bitwise_not", whole.map(each).into())
        }
        "div" => ours(
            "div",
            vec![pair("div", |row| of_pair(row, Numeric::quotient))],
        ),
        "scale" => ours(
            "scale",
            vec![Elementwise::new("scale", &[NUMERIC], INT, |row| {
                scale(row, Numeric::scale)
            })],
        ),
        "min_scale" => ours(
            "min_scale",
            vec![Elementwise::new("min_scale", &[NUMERIC], INT, |row| {
                scale(row, |number| number.trimmed().scale())
            })],
        ),
        "trim_scale" => ours(
            "trim_scale",
            vec![exact("trim_scale", |row| of_numeric(row, Numeric::trimmed))],
        ),
        "sqrt" => ours(
            "sqrt",
            vec![float("sqrt", square_root), exact("sqrt", exact_square_root)],
        ),
        "ln" => ours("ln", vec![float("ln", |row| logarithm(row, f64::ln))]),
        "log10" => ours(
            "log10",
            vec![float("log10", |row| logarithm(row, f64::log10))],
        ),
        "log" => ours(
            "log",
            vec![
                float("log", |row| logarithm(row, f64::log10)),
                Elementwise::new("log", &[FLOAT, FLOAT], FLOAT, logarithm_to_base),
            ],
        ),
        "exp" => ours(
            "exp",
            vec![float("exp", |row| of_float_within(row, f64::exp))],
        ),
        "power" | "pow" => ours(
            "power",
            vec![Elementwise::new("power", &[FLOAT, FLOAT], FLOAT, power)],
        ),
        "acos" => ours("acos", vec![float("acos", |row| of_sine(row, f64::acos))]),
        "asin" => ours("asin", vec![float("asin", |row| of_sine(row, f64::asin))]),
        "width_bucket" => ours(
            "width_bucket",
            vec![
                Elementwise::new("width_bucket", &[FLOAT, FLOAT, FLOAT, INT], INT, bucket),
                Elementwise::new(
                    "width_bucket",
                    &[NUMERIC, NUMERIC, NUMERIC, INT],
                    INT,
                    exact_bucket,
                ),
            ],
        ),
        _ => None,
    }
}

fn of_float(row: &[Datum], f: fn(f64) -> f64) -> Result<Datum> {
    match row {
        [Datum::Float8(x)] => Ok(Datum::Float8(f(*x))),
        _ => Err(mismatch()),
    }
}

/// Of a function that can grow beyond all bounds, or vanish.
fn of_float_within(row: &[Datum], f: fn(f64) -> f64) -> Result<Datum> {
    match row {
        [Datum::Float8(x)] if x.is_finite() => within(f(*x)),
        _ => of_float(row, f),
    }
}

/// What a function of finite numbers that is never zero gives.
fn within(value: f64) -> Result<Datum> {
    if value.is_infinite() {
        return Err(out_of_range("value out of range: overflow"));
    }
    if value == 0.0 {
        return Err(out_of_range("value out of range: underflow"));
    }
    Ok(Datum::Float8(value))
}

fn of_sine(row: &[Datum], f: fn(f64) -> f64) -> Result<Datum> {
    match row {
        [Datum::Float8(x)] if x.abs() > 1.0 => Err(out_of_range("input is out of range")),
        _ => of_float(row, f),
    }
}

fn out_of_range(message: &str) -> SqlError {
    SqlError::new(SqlState::NumericValueOutOfRange, message)
}

fn square_root(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Float8(x)] if *x < 0.0 => Err(no_root()),
        _ => of_float(row, f64::sqrt),
    }
}

fn no_root() -> SqlError {
    SqlError::new(
        SqlState::InvalidArgumentForPower,
        "cannot take square root of a negative number",
    )
}

fn exact_square_root(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Numeric(number)] => Ok(Datum::Numeric(number.square_root().ok_or_else(no_root)?)),
        _ => Err(mismatch()),
    }
}

fn logarithm(row: &[Datum], f: fn(f64) -> f64) -> Result<Datum> {
    if let [Datum::Float8(x)] = row {
        check_logarithm(*x)?;
    }
    of_float(row, f)
}

fn check_logarithm(x: f64) -> Result<()> {
    let problem = match x {
        0.0 => "cannot take logarithm of zero",
        x if x < 0.0 => "cannot take logarithm of a negative number",
        _ => return Ok(()),
    };
    Err(SqlError::new(
        SqlState::InvalidArgumentForLogarithm,
        problem,
    ))
}

fn logarithm_to_base(row: &[Datum]) -> Result<Datum> {
    let [Datum::Float8(base), Datum::Float8(x)] = row else {
        return Err(mismatch());
    };
    check_logarithm(*base)?;
    check_logarithm(*x)?;
    if *base == 1.0 {
        return Err(SqlError::new(SqlState::DivisionByZero, "division by zero"));
    }
    Ok(Datum::Float8(x.log(*base)))
}

fn power(row: &[Datum]) -> Result<Datum> {
    let [Datum::Float8(base), Datum::Float8(exponent)] = row else {
        return Err(mismatch());
    };
    let refused = |problem| Err(SqlError::new(SqlState::InvalidArgumentForPower, problem));
    if *base == 0.0 && *exponent < 0.0 {
        return refused("zero raised to a negative power is undefined");
    }
    if *base < 0.0 && base.is_finite() && exponent.is_finite() && exponent.fract() != 0.0 {
        return refused("a negative number raised to a non-integer power yields a complex result");
    }
    let value = base.powf(*exponent);
    match base.is_finite() && exponent.is_finite() && *base != 0.0 {
        true => within(value),
        false => Ok(Datum::Float8(value)),
    }
}

fn of_numeric(row: &[Datum], f: fn(&Numeric) -> Numeric) -> Result<Datum> {
    match row {
        [Datum::Numeric(number)] => Ok(Datum::Numeric(f(number))),
        _ => Err(mismatch()),
    }
}

fn of_pair(
    row: &[Datum],
    f: fn(&Numeric, &Numeric) -> std::result::Result<Numeric, NumericError>,
) -> Result<Datum> {
    crate::query::operators::calculate(row, f)
}

fn bitwise_not(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Int2(number)] => Ok(Datum::Int2(!number)),
        [Datum::Int4(number)] => Ok(Datum::Int4(!number)),
        [Datum::Int8(number)] => Ok(Datum::Int8(!number)),
        _ => Err(mismatch()),
    }
}

fn remainder(row: &[Datum]) -> Result<Datum> {
    match row {
        [_, Datum::Int8(0)] => Err(SqlError::new(SqlState::DivisionByZero, "division by zero")),
        [Datum::Int8(value), Datum::Int8(divisor)] => Ok(Datum::Int8(value.wrapping_rem(*divisor))),
        _ => Err(mismatch()),
    }
}

fn sign(number: &Numeric) -> Numeric {
    match (number.is_nan(), number.is_zero(), number.is_negative()) {
        (true, ..) => Numeric::nan(),
        (_, true, _) => Numeric::from_scaled(0, 0),
        (.., negative) => Numeric::from_scaled(if negative { -1 } else { 1 }, 0),
    }
}

fn scale(row: &[Datum], f: fn(&Numeric) -> u16) -> Result<Datum> {
    match row {
        [Datum::Numeric(number)] if number.is_finite() => Ok(Datum::Int4(f(number).into())),
        [Datum::Numeric(_)] => Ok(Datum::Null),
        _ => Err(mismatch()),
    }
}

fn round(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Numeric(number), Datum::Int4(digits)] => {
            Ok(Datum::Numeric(number.rounded(i64::from(*digits))))
        }
        _ => Err(mismatch()),
    }
}

fn truncate(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Numeric(number), Datum::Int4(digits)] => {
            Ok(Datum::Numeric(number.truncated(i64::from(*digits))))
        }
        _ => Err(mismatch()),
    }
}

fn bucket(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::Float8(value),
        Datum::Float8(low),
        Datum::Float8(high),
        Datum::Int4(count),
    ] = row
    else {
        return Err(mismatch());
    };
    if [value, low, high].iter().any(|number| number.is_nan()) {
        return Err(no_bucket(
            "operand, lower bound, and upper bound cannot be NaN",
        ));
    }
    check_buckets(*count, low == high, low.is_finite() && high.is_finite())?;
    let (beyond, part) = match low < high {
        true => ((value < low, value >= high), (value - low) / (high - low)),
        false => ((value > low, value <= high), (low - value) / (low - high)),
    };
    in_bucket(*count, beyond, || (part * f64::from(*count)).floor() as i64)
}

fn exact_bucket(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::Numeric(value),
        Datum::Numeric(low),
        Datum::Numeric(high),
        Datum::Int4(count),
    ] = row
    else {
        return Err(mismatch());
    };
    if [value, low, high].iter().any(|number| number.is_nan()) {
        return Err(no_bucket(
            "operand, lower bound, and upper bound cannot be NaN",
        ));
    }
    check_buckets(*count, low == high, low.is_finite() && high.is_finite())?;
    let beyond = match low < high {
        true => (value < low, value >= high),
        false => (value > low, value <= high),
    };
    let place = || {
        let number = Numeric::from_scaled((*count).into(), 0);
        let part = value.subtract(low)?.multiply(&number)?;
        part.quotient(&high.subtract(low)?)
    };
    let place = place().map_err(|_| cairn_rows::Error::TooManyDigits)?;
    in_bucket(*count, beyond, || {
        place
            .to_scaled(0)
            .and_then(|place| i64::try_from(place).ok())
            .unwrap_or(0)
    })
}

fn check_buckets(count: i32, equal: bool, finite: bool) -> Result<()> {
    if count <= 0 {
        return Err(no_bucket("count must be greater than zero"));
    }
    if !finite {
        return Err(no_bucket("lower and upper bounds must be finite"));
    }
    if equal {
        return Err(no_bucket("lower bound cannot equal upper bound"));
    }
    Ok(())
}

fn no_bucket(problem: &str) -> SqlError {
    SqlError::new(SqlState::InvalidArgumentForWidthBucket, problem)
}

/// The number of a bucket, from 1; `beyond` says whether the value lies below the first, or above the last.
fn in_bucket(count: i32, beyond: (bool, bool), place: impl FnOnce() -> i64) -> Result<Datum> {
    let bucket = match beyond {
        (true, _) => 0,
        (_, true) => i64::from(count) + 1,
        _ => place().min(i64::from(count) - 1) + 1,
    };
    Ok(Datum::Int4(
        i32::try_from(bucket).map_err(|_| out_of_range("integer out of range"))?,
    ))
}
