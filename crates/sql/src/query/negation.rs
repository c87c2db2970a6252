//! `-x`: DataFusion takes it of its own numbers only. A function stands for it until the types are known.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::ScalarFunction,
        simplify::{ExprSimplifyResult, SimplifyContext},
    },
};

use crate::SqlError;

/// The name that `bind` calls it by.
pub(crate) const NAME: &str = "negate";

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    (name == NAME).then(|| {
        Arc::new(ScalarUDF::new_from_impl(Negation {
            signature: Signature::any(1, Volatility::Immutable),
        }))
    })
}

/// The negative that a call stands for.
pub(super) fn settle(expr: Expr) -> Expr {
    match expr {
        Expr::ScalarFunction(ScalarFunction { func, mut args })
            if func.inner().is::<Negation>() =>
        {
            match args.pop() {
                Some(argument) => Expr::Negative(Box::new(argument)),
                None => Expr::ScalarFunction(ScalarFunction { func, args }),
            }
        }
        other => other,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Negation {
    signature: Signature,
}

impl ScalarUDFImpl for Negation {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    /// For expressions that are evaluated without an analyzer before.
    fn simplify(&self, mut args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let Some(argument) = args.pop() else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        let numeric = info.get_data_type(&argument)? == DataType::LargeBinary;
        let negate = super::operators::function("numeric_negate").filter(|_| numeric);
        Ok(ExprSimplifyResult::Simplified(match negate {
            Some(negate) => negate.call(vec![argument]),
            None => Expr::Negative(Box::new(argument)),
        }))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Err(SqlError::internal("a negative was not settled").into())
    }
}
