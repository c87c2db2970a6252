//! A function with several bodies under one name, of which the types of the arguments choose one, as PostgreSQL does.
//!
//! Bodies whose types are just those of the arguments come first, then DataFusion's function of that name, if it has one and takes
//! the arguments, then the body that needs the fewest and shortest conversions.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use cairn_catalog::ColumnType;
use cairn_rows::column_type;
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
        Signature, Volatility,
        simplify::{ExprSimplifyResult, SimplifyContext},
        type_coercion::functions::fields_with_udf,
    },
};

use crate::query::convert::postgres_name;
use crate::query::elementwise::Elementwise;
use crate::{SqlError, SqlState};

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Overloaded {
    name: &'static str,
    bodies: Vec<Elementwise>,
    otherwise: Option<Arc<ScalarUDF>>,
    signature: Signature,
}

/// What answers a call.
enum Choice<'a> {
    Ours(&'a Elementwise),
    Theirs(&'a ScalarUDF),
}

impl Overloaded {
    pub fn function(
        name: &'static str,
        bodies: Vec<Elementwise>,
        otherwise: Option<Arc<ScalarUDF>>,
    ) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(Overloaded {
            name,
            bodies,
            otherwise,
            signature: Signature::user_defined(Volatility::Immutable),
        }))
    }

    fn choose(&self, types: &[DataType]) -> Result<Choice<'_>> {
        let exact = self.bodies.iter().find(|body| is_exact(body, types));
        if let Some(body) = exact {
            return Ok(Choice::Ours(body));
        }
        if let Some(theirs) = &self.otherwise
            && coerced(theirs, types).is_ok()
        {
            return Ok(Choice::Theirs(theirs));
        }
        let reachable = self.bodies.iter();
        let reachable = reachable.filter_map(|body| Some((distance(body, types)?, body)));
        match reachable.min_by_key(|(distance, _)| *distance) {
            Some((_, body)) => Ok(Choice::Ours(body)),
            None => Err(self.unknown(types).into()),
        }
    }

    fn unknown(&self, types: &[DataType]) -> SqlError {
        let types: Vec<String> = types.iter().map(postgres_name).collect();
        SqlError::new(
            SqlState::UndefinedFunction,
            format!(
                "function {}({}) does not exist",
                self.name,
                types.join(", ")
            ),
        )
    }
}

fn coerced(function: &ScalarUDF, types: &[DataType]) -> Result<Vec<DataType>> {
    let fields: Vec<FieldRef> = types
        .iter()
        .map(|ty| Arc::new(arrow::datatypes::Field::new("", ty.clone(), true)))
        .collect();
    let fields = fields_with_udf(&fields, function)?;
    Ok(fields
        .iter()
        .map(|field| field.data_type().clone())
        .collect())
}

/// Whether a body takes just these types.
fn is_exact(body: &Elementwise, types: &[DataType]) -> bool {
    let same = |(to, from): (&ColumnType, &DataType)| column_type(from) == Some(*to);
    body.takes().len() == types.len() && body.takes().iter().zip(types).all(same)
}

/// How far the arguments are from what a body takes; None if it cannot take them.
fn distance(body: &Elementwise, types: &[DataType]) -> Option<u32> {
    let takes = body.takes();
    if takes.len() != types.len() {
        return None;
    }
    let each = takes.iter().zip(types).map(|(to, from)| step(from, to));
    each.sum()
}

/// How far one type is from another along PostgreSQL's implicit casts; a text may be a literal, which takes any type.
pub(super) fn step(from: &DataType, to: &ColumnType) -> Option<u32> {
    use ColumnType::{Char, Date, Decimal, Float4, Float8, Int2, Int4, Int8, Numeric};
    use ColumnType::{String, Timestamp, TimestampTz};
    if from == &DataType::Null {
        return Some(0);
    }
    let number = |ty: &ColumnType| match ty {
        Int2 => Some(0),
        Int4 => Some(1),
        Int8 => Some(2),
        Decimal { .. } | Numeric => Some(3),
        Float4 => Some(4),
        Float8 => Some(5),
        _ => None,
    };
    // And of all instants, those with a zone.
    let instant = |from: &ColumnType, to: &ColumnType| match (from, to) {
        (Date | Timestamp, TimestampTz) => Some(1),
        (Date, Timestamp) => Some(2),
        _ => None,
    };
    let from = column_type(from)?;
    match (&from, to) {
        (Decimal { .. }, Numeric) | (String { .. } | Char { .. }, String { .. }) => Some(0),
        (from, to) if from == to => Some(0),
        (String { .. }, _) => Some(10),
        // An integer is a BIGINT here until it is told otherwise.
        (Int8, Int4 | Int2) => Some(3),
        (from, to) => {
            // Of all numbers, PostgreSQL prefers doubles.
            if let (Some(from), Some(rank)) = (number(from), number(to)) {
                return (from < rank).then_some(if *to == Float8 { 1 } else { 1 + rank });
            }
            instant(from, to)
        }
    }
}

impl ScalarUDFImpl for Overloaded {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match self.choose(types)? {
            Choice::Ours(_) => Ok(types.to_vec()),
            Choice::Theirs(function) => coerced(function, types),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match self.choose(types)? {
            Choice::Ours(body) => body.return_type(types),
            Choice::Theirs(function) => function.return_type(types),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args
            .arg_fields
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        match self.choose(&types)? {
            Choice::Ours(body) => body.return_field_from_args(args),
            Choice::Theirs(function) => function.return_field_from_args(args),
        }
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let types = args.iter().map(|arg| info.get_data_type(arg));
        match self.choose(&types.collect::<Result<Vec<_>>>()?)? {
            Choice::Ours(_) => Ok(ExprSimplifyResult::Original(args)),
            Choice::Theirs(function) => function.simplify(args, info),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = args.args.iter().map(ColumnarValue::data_type).collect();
        match self.choose(&types)? {
            Choice::Ours(body) => body.invoke_with_args(args),
            Choice::Theirs(function) => function.invoke_with_args(args),
        }
    }
}
