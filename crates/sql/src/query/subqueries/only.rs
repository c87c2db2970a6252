//! The value of the only row: what a subquery is that stands for a value.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
};

use crate::{SqlError, SqlState};

/// The value of the only row of a group, NULL if there is none; 21000 if there are several.
pub(super) fn only(value: Expr) -> Expr {
    let function = AggregateUDF::new_from_impl(Only {
        signature: Signature::any(1, Volatility::Immutable),
    });
    function.call(vec![value])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Only {
    signature: Signature,
}

impl AggregateUDFImpl for Only {
    fn name(&self) -> &str {
        "only_row"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Row {
            value: ScalarValue::try_from(args.return_field.data_type())?,
            rows: 0,
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let ty = args.return_field.data_type().clone();
        Ok(vec![
            Arc::new(Field::new(format!("{}[value]", args.name), ty, true)),
            Arc::new(Field::new(
                format!("{}[rows]", args.name),
                DataType::Int64,
                false,
            )),
        ])
    }
}

#[derive(Debug)]
struct Row {
    value: ScalarValue,
    rows: i64,
}

impl Row {
    fn add(&mut self, values: &ArrayRef, place: usize, rows: i64) -> Result<()> {
        self.rows = self.rows.saturating_add(rows);
        if self.rows > 1 {
            return Err(SqlError::new(
                SqlState::CardinalityViolation,
                "more than one row returned by a subquery used as an expression",
            )
            .into());
        }
        if rows == 1 {
            self.value = ScalarValue::try_from_array(values, place)?;
        }
        Ok(())
    }
}

impl Accumulator for Row {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        match values {
            [values] if !values.is_empty() => {
                let rows = i64::try_from(values.len()).unwrap_or(i64::MAX);
                self.add(values, 0, rows)
            }
            _ => Ok(()),
        }
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size() - size_of_val(&self.value)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![
            self.value.clone(),
            ScalarValue::Int64(Some(self.rows)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [values, rows] = states else {
            return Err(SqlError::internal("a state of only_row has two parts").into());
        };
        let rows = rows.as_primitive::<Int64Type>();
        for (place, rows) in rows.iter().enumerate() {
            self.add(values, place, rows.unwrap_or(0))?;
        }
        Ok(())
    }
}
