//! A value of any type as the text that a client is sent, which of a BOOL is not what a cast gives.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

use super::{TEXT, mismatch};
use crate::query::convert::{Purpose, convert};
use crate::query::elementwise::invoke;

/// The name that `bind` calls it by.
pub(crate) const OUTPUT_TEXT: &str = "output_text";

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    (name == OUTPUT_TEXT).then(|| {
        Arc::new(ScalarUDF::new_from_impl(Output {
            signature: Signature::any(1, Volatility::Immutable),
        }))
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Output {
    signature: Signature,
}

impl ScalarUDFImpl for Output {
    fn name(&self) -> &str {
        OUTPUT_TEXT
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(args, |arrays, _, zone| {
            let array = arrays.first().ok_or_else(mismatch)?;
            match array.as_boolean_opt() {
                Some(flags) => {
                    let letter = |flag: bool| if flag { "t" } else { "f" };
                    let texts = flags.iter().map(|flag| flag.map(letter));
                    Ok(Arc::new(texts.collect::<StringArray>()) as ArrayRef)
                }
                None => convert(array, &TEXT, Purpose::Cast, zone),
            }
        })
    }
}
