//! `pg_sleep`: waits on the executor, so that a cancel request or a timeout ends it.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{AsArray, StringArray};
use arrow::datatypes::{DataType, Float64Type};
use async_trait::async_trait;
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        async_udf::{AsyncScalarUDF, AsyncScalarUDFImpl},
    },
};

use super::mismatch;
use crate::SqlError;

/// The longest wait: a year.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    (name == "pg_sleep").then(|| {
        let sleep = Sleep {
            signature: Signature::exact(vec![DataType::Float64], Volatility::Volatile),
        };
        Arc::new(AsyncScalarUDF::new(Arc::new(sleep)).into_scalar_udf())
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sleep {
    signature: Signature,
}

impl ScalarUDFImpl for Sleep {
    fn name(&self) -> &str {
        "pg_sleep"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Err(SqlError::unsupported("pg_sleep in this place").into())
    }
}

#[async_trait]
impl AsyncScalarUDFImpl for Sleep {
    async fn invoke_async_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let seconds = args.args.into_iter().next().ok_or_else(mismatch)?;
        let seconds = seconds.into_array(rows)?;
        let seconds = seconds.as_primitive::<Float64Type>();
        for seconds in seconds.iter().flatten() {
            let time = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST);
            #[expect(
                clippy::disallowed_methods,
                reason = "a function whose meaning is to wait"
            )]
            tokio::time::sleep(time.min(LONGEST)).await;
        }
        // PostgreSQL's void.
        let nothing: StringArray = seconds.iter().map(|time| time.map(|_| "")).collect();
        Ok(ColumnarValue::Array(Arc::new(nothing)))
    }
}
