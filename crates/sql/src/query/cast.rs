//! `CAST`: functions of ours in the place of DataFusion's casts, which round, overflow and print otherwise.
//!
//! `bind` puts a call of `cast_to <type>` where a statement casts. A cast that cannot fail or change anything is left
//! to DataFusion again (`simplify`), so that filters over it still find their keys.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use cairn_catalog::ColumnType;
use cairn_rows::SQL_TYPE;
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        Cast, ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
        Signature, Volatility,
        simplify::{ExprSimplifyResult, SimplifyContext},
    },
};

use super::convert::{Purpose, convert, is_limited};
use super::elementwise::zone_of;
use crate::SqlError;

const PREFIX: &str = "cast_to ";

/// The name of the function that casts to a type.
pub(crate) fn name_of(ty: &ColumnType) -> String {
    format!("{PREFIX}{ty}")
}

/// The function of such a name, whose letters SQL may have folded.
pub(crate) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let ty = name.strip_prefix(PREFIX)?.to_uppercase().parse().ok()?;
    Some(to(ty))
}

/// The function that casts to a type.
pub(crate) fn to(ty: ColumnType) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(CastTo {
        ty,
        name: name_of(&ty),
        signature: Signature::any(1, Volatility::Immutable),
    }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CastTo {
    ty: ColumnType,
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for CastTo {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(cairn_rows::arrow_type(&self.ty))
    }

    /// A limit of texts is said beside, as tables say those of their columns.
    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> Result<FieldRef> {
        let field = Field::new(self.name(), cairn_rows::arrow_type(&self.ty), true);
        Ok(Arc::new(match is_limited(&self.ty) {
            true => field.with_metadata([(SQL_TYPE.to_owned(), self.ty.to_string())].into()),
            false => field,
        }))
    }

    fn simplify(&self, mut args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let Some(argument) = args.first() else {
            return Ok(ExprSimplifyResult::Original(args));
        };
        if !widens(&info.get_data_type(argument)?, &self.ty) {
            return Ok(ExprSimplifyResult::Original(args));
        }
        let target = cairn_rows::arrow_type(&self.ty);
        Ok(ExprSimplifyResult::Simplified(Expr::Cast(Cast::new(
            Box::new(args.remove(0)),
            target,
        ))))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = zone_of(&args.config_options);
        let cast = |array: &ArrayRef| convert(array, &self.ty, Purpose::Cast, zone);
        match args.args.into_iter().next() {
            Some(ColumnarValue::Array(array)) => Ok(ColumnarValue::Array(cast(&array)?)),
            Some(ColumnarValue::Scalar(value)) => {
                let array = cast(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                    &array, 0,
                )?))
            }
            None => Err(SqlError::internal("a cast takes one argument").into()),
        }
    }
}

/// Whether every value of one type is one of the other, so that the cast cannot fail, round or cut.
fn widens(from: &DataType, to: &ColumnType) -> bool {
    use DataType::{Int16, Int32, Int64};
    match to {
        ColumnType::Int2 => from == &Int16,
        ColumnType::Int4 => matches!(from, Int16 | Int32),
        ColumnType::Int8 => matches!(from, Int16 | Int32 | Int64),
        ColumnType::Float8 => from == &DataType::Float64,
        ColumnType::Bool
        | ColumnType::Date
        | ColumnType::Timestamp
        | ColumnType::TimestampTz
        | ColumnType::Uuid => from == &cairn_rows::arrow_type(to),
        ColumnType::String { max: None } => from == &DataType::Utf8,
        _ => false,
    }
}
