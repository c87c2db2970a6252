//! `sum`, `avg`, `variance`, `stddev` and their kin: of DECIMALs and integers exact, of floats (`floats`) with PostgreSQL's arithmetic;
//! and `avg` of INTERVALs (`intervals`).
//!
//! HOW A CALL FINDS ITS BODY
//!   `Totals` stands for an aggregate while a statement is planned, and says what type it gives. Before types are coerced `settle`
//!   puts DataFusion's function back wherever that answers as PostgreSQL does: for sums that fit 38 digits.

mod floats;
mod intervals;

use std::collections::{BTreeMap, BTreeSet};
use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use cairn_rows::{Numeric, numeric::NumericError};
use datafusion::{
    common::{DFSchema, Result, ScalarValue, tree_node::Transformed},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Expr, ExprSchemable, GroupsAccumulator,
        Signature, Volatility, WindowFunctionDefinition,
        function::{AccumulatorArgs, StateFieldsArgs},
        type_coercion::functions::fields_with_udf,
    },
};

use self::floats::{DistinctFloats, FloatTotal, FloatTotals, Recipe, SlidingFloats};
use self::intervals::{INTERVAL, IntervalMean};
use crate::SqlError;

/// The most digits that a sum of DataFusion's can take without passing 38 in any number of rows there can be.
const SUMMED_DIGITS: u8 = 28;

/// What is made of a sum, the sum of squares, and a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Sum,
    Average,
    Variance { population: bool },
    Deviation { population: bool },
}

/// The aggregate of that name; `theirs` finds DataFusion's.
pub(super) fn function(
    name: &str,
    theirs: impl Fn(&str) -> Option<Arc<AggregateUDF>>,
) -> Option<Arc<AggregateUDF>> {
    let (kind, inner) = match name {
        "sum" => (Kind::Sum, "sum"),
        "avg" => (Kind::Average, "avg"),
        "variance" | "var_samp" => (Kind::Variance { population: false }, "var_samp"),
        "var_pop" => (Kind::Variance { population: true }, "var_pop"),
        "stddev" | "stddev_samp" => (Kind::Deviation { population: false }, "stddev"),
        "stddev_pop" => (Kind::Deviation { population: true }, "stddev_pop"),
        _ => return None,
    };
    Some(Arc::new(AggregateUDF::new_from_impl(Totals {
        kind,
        name: name.to_owned(),
        inner: theirs(inner)?,
        signature: Signature::user_defined(Volatility::Immutable),
    })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Totals {
    kind: Kind,
    name: String,
    /// DataFusion's.
    inner: Arc<AggregateUDF>,
    signature: Signature,
}

impl Totals {
    fn is_ours(&self, types: &[DataType]) -> bool {
        let [ty] = types else {
            return false;
        };
        match ty {
            DataType::LargeBinary | DataType::Float32 | DataType::Float64 => true,
            _ if self.is_of_intervals(ty) => true,
            DataType::Decimal128(digits, _) => self.kind != Kind::Sum || *digits > SUMMED_DIGITS,
            _ => self.kind != Kind::Sum && ty.is_signed_integer(),
        }
    }

    fn is_of_intervals(&self, ty: &DataType) -> bool {
        self.kind == Kind::Average && *ty == INTERVAL
    }

    /// How floats are totalled, if these are floats.
    fn recipe(&self, arguments: &[FieldRef]) -> Option<Recipe> {
        let ty = arguments.first()?.data_type();
        ty.is_floating().then(|| Recipe {
            kind: self.kind,
            single: self.kind == Kind::Sum && *ty == DataType::Float32,
        })
    }

    fn their_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let fields = types
            .iter()
            .map(|ty| Arc::new(Field::new("", ty.clone(), true)));
        let fields = fields_with_udf(&fields.collect::<Vec<_>>(), self.inner.as_ref())?;
        Ok(fields
            .iter()
            .map(|field| field.data_type().clone())
            .collect())
    }
}

/// Puts DataFusion's function in the place of one that is not ours to answer.
pub(super) fn settle(mut expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let settled = match &mut expr {
        Expr::AggregateFunction(call) => match theirs(&call.func, &call.params.args, schema)? {
            Some(func) => {
                call.func = func;
                true
            }
            None => false,
        },
        Expr::WindowFunction(window) => match &window.fun {
            WindowFunctionDefinition::AggregateUDF(func) => {
                match theirs(func, &window.params.args, schema)? {
                    Some(func) => {
                        window.fun = WindowFunctionDefinition::AggregateUDF(func);
                        true
                    }
                    None => false,
                }
            }
            WindowFunctionDefinition::WindowUDF(_) => false,
        },
        _ => false,
    };
    Ok(Transformed::new_transformed(expr, settled))
}

fn theirs(
    func: &AggregateUDF,
    args: &[Expr],
    schema: &DFSchema,
) -> Result<Option<Arc<AggregateUDF>>> {
    let Some(totals) = func.inner().downcast_ref::<Totals>() else {
        return Ok(None);
    };
    let types = args
        .iter()
        .map(|arg| arg.get_type(schema))
        .collect::<Result<Vec<_>>>()?;
    Ok((!totals.is_ours(&types)).then(|| totals.inner.clone()))
}

impl AggregateUDFImpl for Totals {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match self.is_ours(types) {
            true => Ok(types.to_vec()),
            false => self.their_types(types),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Float32] if self.kind == Kind::Sum => Ok(DataType::Float32),
            [ty] if ty.is_floating() => Ok(DataType::Float64),
            [ty] if self.is_of_intervals(ty) => Ok(INTERVAL),
            _ if self.is_ours(types) => Ok(DataType::LargeBinary),
            _ => self.inner.return_type(&self.their_types(types)?),
        }
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if *args.return_field.data_type() == INTERVAL {
            return match args.is_distinct {
                true => Err(SqlError::unsupported("avg(DISTINCT …) of an INTERVAL").into()),
                false => Ok(Box::new(IntervalMean::default())),
            };
        }
        if let Some(recipe) = self.recipe(args.expr_fields) {
            return Ok(match args.is_distinct {
                true => Box::new(DistinctFloats::new(recipe)),
                false => Box::new(FloatTotal::new(recipe)),
            });
        }
        Ok(match args.is_distinct {
            true => Box::new(DistinctTotal {
                kind: self.kind,
                seen: BTreeSet::new(),
                bytes: 0,
            }),
            false => Box::new(Total::new(self.kind)),
        })
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match self.recipe(args.expr_fields) {
            Some(recipe) => Ok(Box::new(SlidingFloats::new(recipe))),
            None => self.accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct && self.recipe(args.expr_fields).is_some()
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        match self.recipe(args.expr_fields) {
            Some(recipe) => Ok(Box::new(FloatTotals::new(recipe))),
            None => Err(SqlError::internal("only floats are totalled by groups").into()),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |name: &str, ty: DataType| {
            Arc::new(Field::new(format!("{}[{name}]", args.name), ty, true))
        };
        if *args.return_field.data_type() == INTERVAL {
            return Ok(vec![
                field("sum", INTERVAL),
                field("count", DataType::Int64),
            ]);
        }
        let float = self.recipe(args.input_fields).is_some();
        let number = match float {
            true => DataType::Float64,
            false => DataType::LargeBinary,
        };
        Ok(match args.is_distinct {
            true => vec![field("values", DataType::new_list(number, true))],
            false if float => vec![
                field("count", number.clone()),
                field("sum", number.clone()),
                field("squares", number),
            ],
            false => vec![
                field("sum", number.clone()),
                field("squares", number),
                field("count", DataType::Int64),
                field("nan", DataType::Int64),
                field("infinite", DataType::Int64),
                field("negative_infinite", DataType::Int64),
            ],
        })
    }
}

/// The numbers of one group.
#[derive(Debug)]
struct Total {
    kind: Kind,
    count: i64,
    nan: i64,
    infinite: i64,
    negative_infinite: i64,
    /// A part of the sum, as long as it fits, of numbers that all have `scale` digits behind their points.
    fast: i128,
    scale: i8,
    sum: Numeric,
    squares: Numeric,
    /// How many numbers show how many digits behind their points: a sum shows the most of them.
    scales: BTreeMap<u16, i64>,
}

impl Total {
    fn new(kind: Kind) -> Self {
        let zero = Numeric::from_scaled(0, 0);
        Total {
            kind,
            count: 0,
            nan: 0,
            infinite: 0,
            negative_infinite: 0,
            fast: 0,
            scale: 0,
            sum: zero.clone(),
            squares: zero,
            scales: BTreeMap::new(),
        }
    }

    fn squared(&self) -> bool {
        matches!(self.kind, Kind::Variance { .. } | Kind::Deviation { .. })
    }

    /// Adds the numbers of an array, or takes them away; `sign` is 1 or -1.
    fn take(&mut self, array: &ArrayRef, sign: i64) -> crate::Result<()> {
        let scale = match array.data_type() {
            DataType::LargeBinary => {
                for bytes in array.as_binary::<i64>().iter().flatten() {
                    let number = Numeric::from_bytes(bytes).map_err(SqlError::internal)?;
                    self.take_number(&number, sign)?;
                }
                return Ok(());
            }
            DataType::Decimal128(_, scale) => *scale,
            _ => 0,
        };
        let values = arrow::compute::cast(array, &DataType::Decimal128(38, scale))?;
        for value in values.as_primitive::<Decimal128Type>().iter().flatten() {
            self.take_scaled(value, scale, sign)?;
        }
        Ok(())
    }

    fn take_scaled(&mut self, value: i128, scale: i8, sign: i64) -> crate::Result<()> {
        if self.squared() {
            return self.take_number(&Numeric::from_scaled(value, scale), sign);
        }
        if self.count == 0 {
            self.scale = scale;
            self.scales.insert(u16::try_from(scale).unwrap_or(0), 1);
        }
        self.count += sign;
        let change = if sign < 0 { -value } else { value };
        self.fast = match self.fast.checked_add(change) {
            Some(sum) => sum,
            None => {
                self.sum = add(&self.sum, &Numeric::from_scaled(self.fast, self.scale))?;
                change
            }
        };
        Ok(())
    }

    fn take_number(&mut self, number: &Numeric, sign: i64) -> crate::Result<()> {
        self.count += sign;
        if !number.is_finite() {
            let counter = match (number.is_nan(), number.is_negative()) {
                (true, _) => &mut self.nan,
                (_, true) => &mut self.negative_infinite,
                _ => &mut self.infinite,
            };
            *counter += sign;
            return Ok(());
        }
        *self.scales.entry(number.scale()).or_default() += sign;
        let signed = |number: Numeric| if sign < 0 { number.negated() } else { number };
        if self.squared() {
            let square = number.multiply(number).map_err(too_many_digits)?;
            self.squares = add(&self.squares, &signed(square))?;
        }
        self.sum = add(&self.sum, &signed(number.clone()))?;
        Ok(())
    }

    /// The sum of all finite numbers.
    fn whole_sum(&self) -> crate::Result<Numeric> {
        let sum = add(&self.sum, &Numeric::from_scaled(self.fast, self.scale))?;
        let shown = self
            .scales
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(scale, _)| *scale)
            .max();
        Ok(sum.rounded(shown.unwrap_or(0).into()))
    }

    fn value(&self) -> crate::Result<Option<Numeric>> {
        if self.count == 0 {
            return Ok(None);
        }
        let special = match (self.nan > 0, self.infinite > 0, self.negative_infinite > 0) {
            (false, false, false) => None,
            (false, true, false) => Some(Numeric::infinity(false)),
            (false, false, true) => Some(Numeric::infinity(true)),
            _ => Some(Numeric::nan()),
        };
        let count = Numeric::from_scaled(self.count.into(), 0);
        match (self.kind, special) {
            (Kind::Sum | Kind::Average, Some(special)) => Ok(Some(special)),
            (Kind::Sum, None) => self.whole_sum().map(Some),
            (Kind::Average, None) => Ok(Some(
                self.whole_sum()?.divide(&count).map_err(too_many_digits)?,
            )),
            (Kind::Variance { population } | Kind::Deviation { population }, special) => {
                if self.count == 1 && !population {
                    return Ok(None);
                }
                match special {
                    Some(_) => Ok(Some(Numeric::nan())),
                    None => self
                        .spread(&count, population)
                        .map(Some)
                        .map_err(too_many_digits),
                }
            }
        }
    }

    /// The mean square of the distances from the mean, or the root of that.
    fn spread(&self, count: &Numeric, population: bool) -> Result<Numeric, NumericError> {
        let sum = &self.sum;
        let squares = count
            .multiply(&self.squares)?
            .subtract(&sum.multiply(sum)?)?;
        if squares.is_zero() || squares.is_negative() {
            return Ok(Numeric::from_scaled(0, 0));
        }
        let others = match population {
            true => count.clone(),
            false => count.subtract(&Numeric::from_scaled(1, 0))?,
        };
        let variance = squares.divide(&count.multiply(&others)?)?;
        Ok(match self.kind {
            Kind::Deviation { .. } => variance
                .square_root_to(variance.scale().into())
                .unwrap_or(variance),
            _ => variance,
        })
    }
}

fn add(left: &Numeric, right: &Numeric) -> crate::Result<Numeric> {
    left.add(right).map_err(too_many_digits)
}

fn too_many_digits(_: NumericError) -> SqlError {
    cairn_rows::Error::TooManyDigits.into()
}

fn scalar(number: Option<Numeric>) -> ScalarValue {
    ScalarValue::LargeBinary(number.map(|number| number.as_bytes().to_vec()))
}

fn number_at(array: &ArrayRef, row: usize) -> crate::Result<Numeric> {
    let bytes = array.as_binary_opt::<i64>().map(|array| array.value(row));
    Numeric::from_bytes(bytes.unwrap_or_default()).map_err(SqlError::internal)
}

impl Accumulator for Total {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.iter().try_for_each(|array| Ok(self.take(array, 1)?))
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values
            .iter()
            .try_for_each(|array| Ok(self.take(array, -1)?))
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(scalar(self.value()?))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.sum.as_bytes().len() + self.squares.as_bytes().len()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let counts = [self.count, self.nan, self.infinite, self.negative_infinite];
        let counts = counts.map(|count| ScalarValue::Int64(Some(count)));
        let sums = [
            scalar(Some(self.whole_sum()?)),
            scalar(Some(self.squares.clone())),
        ];
        Ok(sums.into_iter().chain(counts).collect())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [sums, squares, counts @ ..] = states else {
            return Err(SqlError::internal("the state of a total").into());
        };
        for row in 0..sums.len() {
            let counted: Vec<i64> = counts
                .iter()
                .filter_map(|counts| Some(counts.as_primitive_opt::<Int64Type>()?.value(row)))
                .collect();
            let [count, nan, infinite, negative_infinite] = counted.as_slice() else {
                return Err(SqlError::internal("the state of a total").into());
            };
            if *count == 0 {
                continue;
            }
            let sum = number_at(sums, row)?;
            self.count += count;
            self.nan += nan;
            self.infinite += infinite;
            self.negative_infinite += negative_infinite;
            *self.scales.entry(sum.scale()).or_default() += 1;
            self.sum = add(&self.sum, &sum)?;
            self.squares = add(&self.squares, &number_at(squares, row)?)?;
        }
        Ok(())
    }
}

/// The different numbers of one group.
#[derive(Debug)]
struct DistinctTotal {
    kind: Kind,
    seen: BTreeSet<Numeric>,
    bytes: usize,
}

impl DistinctTotal {
    fn see(&mut self, number: Numeric) {
        let length = number.as_bytes().len() + size_of_val(&number);
        if self.seen.insert(number) {
            self.bytes += length;
        }
    }
}

impl Accumulator for DistinctTotal {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for array in values {
            let numbers = super::convert::convert(
                array,
                &cairn_catalog::ColumnType::Numeric,
                super::convert::Purpose::Cast,
                cairn_rows::Zone::UTC,
            )?;
            for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row)) {
                self.see(number_at(&numbers, row)?);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut total = Total::new(self.kind);
        for number in &self.seen {
            total.take_number(number, 1)?;
        }
        Ok(scalar(total.value()?))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let seen: Vec<ScalarValue> = self
            .seen
            .iter()
            .map(|number| scalar(Some(number.clone())))
            .collect();
        let list = ScalarValue::new_list(&seen, &DataType::LargeBinary, true);
        Ok(vec![ScalarValue::List(list)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for lists in states
            .iter()
            .filter_map(|states| states.as_list_opt::<i32>())
        {
            for numbers in lists.iter().flatten() {
                for row in 0..numbers.len() {
                    self.see(number_at(&numbers, row)?);
                }
            }
        }
        Ok(())
    }
}
