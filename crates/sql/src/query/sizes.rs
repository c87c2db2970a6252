//! Functions whose answers can be of any size, whatever the size of their arguments: `repeat`, `lpad`, `rpad`. What is too large is
//! refused before memory is taken for it.

use std::sync::Arc;

use arrow::{
    array::AsArray,
    compute::kernels::length::length,
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature},
};

use crate::{SqlError, SqlState};

/// The most bytes of one value, as in PostgreSQL.
const MAX_VALUE_BYTES: i64 = (1 << 30) - 1;

/// The most bytes of the values of a batch: Arrow counts them in 32 bits.
const MAX_BATCH_BYTES: i64 = i32::MAX as i64;

/// The most bytes of a character.
const CHARACTER_BYTES: i64 = 4;

/// The function with its limits, if the engine beneath has it.
pub(super) fn function(name: &str, theirs: Option<&Arc<ScalarUDF>>) -> Option<Arc<ScalarUDF>> {
    let size = match name {
        "repeat" => Size::Times,
        "lpad" | "rpad" => Size::Width,
        _ => return None,
    };
    let theirs = theirs?.clone();
    Some(Arc::new(ScalarUDF::new_from_impl(Limited { theirs, size })))
}

/// What the second argument says of the answer's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    /// So many times the first one.
    Times,
    /// So many characters.
    Width,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Limited {
    theirs: Arc<ScalarUDF>,
    size: Size,
}

impl ScalarUDFImpl for Limited {
    fn name(&self) -> &str {
        self.theirs.name()
    }

    fn signature(&self) -> &Signature {
        self.theirs.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.theirs.return_type(types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if let [text, count, ..] = args.args.as_slice() {
            check(self.size, text, count, args.number_rows)?;
        }
        self.theirs.invoke_with_args(args)
    }
}

fn check(size: Size, text: &ColumnarValue, count: &ColumnarValue, rows: usize) -> Result<()> {
    let is_one = |value: &ColumnarValue| matches!(value, ColumnarValue::Scalar(_));
    let rows = if is_one(text) && is_one(count) {
        1
    } else {
        rows
    };
    let mut total = 0_i64;
    for (bytes, count) in lengths(text, rows)?.into_iter().zip(numbers(count, rows)?) {
        let count = count.max(0);
        let (least, most) = match size {
            Size::Times => (bytes.saturating_mul(count), bytes.saturating_mul(count)),
            Size::Width => (count, count.saturating_mul(CHARACTER_BYTES)),
        };
        total = total.saturating_add(least);
        if most > MAX_VALUE_BYTES {
            return Err(too_large("requested length too large").into());
        }
    }
    match total > MAX_BATCH_BYTES {
        true => Err(too_large("the values of one batch of rows have more than 2 GiB").into()),
        false => Ok(()),
    }
}

fn too_large(message: &str) -> SqlError {
    SqlError::new(SqlState::ProgramLimitExceeded, message)
}

/// The bytes of each text.
fn lengths(texts: &ColumnarValue, rows: usize) -> Result<Vec<i64>> {
    let lengths = match texts {
        ColumnarValue::Scalar(text) => {
            let length = length(&text.to_array()?)?;
            ColumnarValue::Scalar(ScalarValue::try_from_array(&length, 0)?)
        }
        ColumnarValue::Array(array) => ColumnarValue::Array(length(array)?),
    };
    numbers(&lengths, rows)
}

/// Each number; 0 for NULL.
fn numbers(numbers: &ColumnarValue, rows: usize) -> Result<Vec<i64>> {
    let numbers = numbers.cast_to(&DataType::Int64, None)?;
    Ok(match &numbers {
        ColumnarValue::Scalar(ScalarValue::Int64(number)) => vec![number.unwrap_or(0); rows],
        ColumnarValue::Scalar(_) => Vec::new(),
        ColumnarValue::Array(array) => {
            let numbers = array.as_primitive::<Int64Type>().iter();
            numbers.map(Option::unwrap_or_default).collect()
        }
    })
}
