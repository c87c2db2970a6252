//! Aggregates that choose one of the values in an order: `percentile_disc` and `mode`, of any type that has one.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_empty_array};
use arrow::compute::{SortOptions, concat, sort};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
    physical_expr::expressions::Literal,
};

use crate::{SqlError, SqlState};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// The first value that so many of all are not behind.
    Percentile,
    /// The most frequent one; of several the first.
    Mode,
}

pub(super) fn function(name: &str) -> Option<Arc<AggregateUDF>> {
    let (kind, name, arguments) = match name {
        "percentile_disc" => (Kind::Percentile, "percentile_disc", 2),
        "mode" => (Kind::Mode, "mode", 1),
        _ => return None,
    };
    Some(Arc::new(AggregateUDF::new_from_impl(Ordered {
        kind,
        name,
        signature: Signature::any(arguments, Volatility::Immutable),
    })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Ordered {
    kind: Kind,
    name: &'static str,
    signature: Signature,
}

impl AggregateUDFImpl for Ordered {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let ty = args.return_field.data_type().clone();
        if matches!(ty, DataType::Interval(_) | DataType::LargeUtf8) {
            let ty = super::convert::postgres_name(&ty);
            return Err(SqlError::unsupported(format_args!("{} of {ty}", self.name)).into());
        }
        let descending = args.order_bys.first();
        let descending = descending.is_some_and(|order| order.options.descending);
        let fraction = match self.kind {
            Kind::Percentile => Some(fraction(&args)?),
            Kind::Mode => None,
        };
        Ok(Box::new(Values {
            ty,
            fraction,
            descending,
            batches: Vec::new(),
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = DataType::new_list(args.return_field.data_type().clone(), true);
        let name = format!("{}[values]", args.name);
        Ok(vec![Arc::new(Field::new(name, list, true))])
    }
}

/// The part of all values that the answer is not before.
fn fraction(args: &AccumulatorArgs) -> Result<f64> {
    let fraction = args.exprs.get(1);
    let fraction = fraction.and_then(|expr| expr.downcast_ref::<Literal>());
    let Some(fraction) = fraction else {
        return Err(SqlError::unsupported("a percentile that is no constant").into());
    };
    let value = match fraction.value() {
        ScalarValue::List(_) => {
            return Err(SqlError::unsupported("a list of percentiles").into());
        }
        value => value.cast_to(&DataType::Float64)?,
    };
    match value {
        ScalarValue::Float64(Some(value)) if (0.0..=1.0).contains(&value) => Ok(value),
        other => Err(SqlError::new(
            SqlState::NumericValueOutOfRange,
            format!("percentile value {other} is not between 0 and 1"),
        )
        .into()),
    }
}

#[derive(Debug)]
struct Values {
    ty: DataType,
    /// None: the mode is asked for.
    fraction: Option<f64>,
    descending: bool,
    batches: Vec<ArrayRef>,
}

impl Values {
    /// All values that are not NULL.
    fn all(&self) -> Result<ArrayRef> {
        let batches: Vec<&dyn Array> = self.batches.iter().map(AsRef::as_ref).collect();
        match batches.is_empty() {
            true => Ok(new_empty_array(&self.ty)),
            false => Ok(concat(&batches)?),
        }
    }

    fn add(&mut self, values: &ArrayRef) -> Result<()> {
        let known = arrow::compute::is_not_null(values)?;
        let values = arrow::compute::filter(values, &known)?;
        if !values.is_empty() {
            self.batches.push(values);
        }
        Ok(())
    }
}

/// The place of the first of the values that are the most frequent; they are in order.
fn most_frequent(values: &ArrayRef) -> Result<usize> {
    let (mut best, mut most) = (0, 0);
    for range in arrow::compute::partition(std::slice::from_ref(values))?.ranges() {
        if range.len() > most {
            (best, most) = (range.start, range.len());
        }
    }
    Ok(best)
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        values.first().map_or(Ok(()), |values| self.add(values))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let options = SortOptions {
            descending: self.descending,
            nulls_first: false,
        };
        let sorted = sort(&self.all()?, Some(options))?;
        if sorted.is_empty() {
            return ScalarValue::try_from(&self.ty);
        }
        let place = match self.fraction {
            Some(fraction) => {
                let behind = (fraction * sorted.len() as f64).ceil() as usize;
                behind.saturating_sub(1).min(sorted.len() - 1)
            }
            None => most_frequent(&sorted)?,
        };
        ScalarValue::try_from_array(&sorted, place)
    }

    fn size(&self) -> usize {
        let bytes = self
            .batches
            .iter()
            .map(|batch| batch.get_array_memory_size());
        size_of_val(self) + bytes.sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values = self.all()?;
        let field = Arc::new(Field::new_list_field(self.ty.clone(), true));
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([values.len()]);
        let list = arrow::array::ListArray::try_new(field, offsets, values, None)?;
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states
            .iter()
            .filter_map(|states| states.as_list_opt::<i32>());
        for values in lists.flat_map(|lists| lists.iter().flatten()) {
            self.add(&values)?;
        }
        Ok(())
    }
}
