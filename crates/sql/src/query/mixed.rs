//! Values of several types side by side: in CASE, COALESCE, GREATEST, LEAST, NULLIF, UNION, IN and BETWEEN.
//!
//! DataFusion knows no DECIMAL without limits, and takes a DECIMAL beside a float for the exact one. As in PostgreSQL a double among
//! numbers makes all of them doubles, a REAL beside exact ones makes all of them REALs (but where two are compared: doubles), and a
//! DECIMAL without limits all of them such. A text that is a literal is of the others' type; days and instants become what they are
//! compared as (`instants`).

use std::{iter, sync::Arc};

use arrow::datatypes::{DataType, FieldRef};
use cairn_catalog::ColumnType;
use cairn_rows::arrow_type;
use datafusion::{
    common::{
        Column, DFSchema, Result, ScalarValue,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    logical_expr::{
        Between, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Projection, ReturnFieldArgs,
        ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Union, Volatility,
        expr::{Case, InList, ScalarFunction},
        simplify::{ExprSimplifyResult, SimplifyContext},
        type_coercion::functions::fields_with_udf,
        when,
    },
    prelude::lit,
};

use super::{cast, convert::known_type, instants, operators::meet_as_floats, peers};
use crate::{SqlError, SqlState};

/// The type of a value, and whether it is a literal.
pub(super) type Kind = (DataType, bool);

/// The type that such values have in common, if DataFusion would find none or another.
pub(super) fn common(kinds: impl Iterator<Item = Kind>) -> Option<ColumnType> {
    let (mut literals, mut known) = (false, Vec::new());
    for (ty, literal) in kinds {
        match known_type(&ty) {
            Some(ColumnType::String { .. }) if literal => literals = true,
            Some(ty) => known.push(ty),
            None if ty == DataType::Null => {}
            None => return None,
        }
    }
    numbers(&known)
        .or_else(|| instants::common(&known))
        .or_else(|| same(&known).filter(|_| literals))
}

/// The type of values of which one is shown as it is: a DECIMAL beside an integer, or one of another scale, keeps its own digits.
fn chosen(kinds: impl Iterator<Item = Kind> + Clone) -> Option<ColumnType> {
    common(kinds.clone()).or_else(|| {
        let mut scales = Vec::new();
        for (ty, _) in kinds {
            match known_type(&ty) {
                Some(ColumnType::Decimal { scale, .. }) => scales.push(scale),
                Some(ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8) => scales.push(0),
                None if ty == DataType::Null => {}
                _ => return None,
            }
        }
        let (first, rest) = scales.split_first()?;
        rest.iter()
            .any(|scale| scale != first)
            .then_some(ColumnType::Numeric)
    })
}

fn numbers(types: &[ColumnType]) -> Option<ColumnType> {
    let (mut unlimited, mut exact, mut float) = (false, false, None);
    for ty in types {
        match ty {
            ColumnType::Numeric => unlimited = true,
            ColumnType::Decimal { .. } => exact = true,
            ColumnType::Float4 => float = float.or(Some(ColumnType::Float4)),
            ColumnType::Float8 => float = Some(ColumnType::Float8),
            ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8 => {}
            _ => return None,
        }
    }
    match (unlimited, exact, float) {
        (true, _, Some(float)) | (_, true, Some(float)) => Some(float),
        (true, ..) => Some(ColumnType::Numeric),
        _ => None,
    }
}

/// The type in which values of such types are compared one by one, if DataFusion would find none or another.
pub(super) fn compared(kinds: &[Kind]) -> Option<ColumnType> {
    let known: Vec<ColumnType> = kinds.iter().filter_map(|(ty, _)| known_type(ty)).collect();
    let mut pairs = known
        .iter()
        .flat_map(|one| known.iter().map(move |other| (one, other)));
    match pairs.any(|(one, other)| meet_as_floats(one, other)) {
        true => Some(ColumnType::Float8),
        false => common(kinds.iter().cloned()),
    }
}

/// The one type that there is.
fn same(types: &[ColumnType]) -> Option<ColumnType> {
    let (first, rest) = types.split_first()?;
    rest.iter().all(|ty| ty == first).then_some(*first)
}

/// NULLIF compares a DATE with an instant and shows the DATE.
fn is_instant(ty: ColumnType) -> bool {
    matches!(ty, ColumnType::Timestamp | ColumnType::TimestampTz)
}

fn kinds<'a>(exprs: impl Iterator<Item = &'a Expr>, schema: &DFSchema) -> Result<Vec<Kind>> {
    exprs
        .map(|expr| Ok((expr.get_type(schema)?, matches!(expr, Expr::Literal(..)))))
        .collect()
}

pub(super) fn as_type(expr: Expr, ty: ColumnType, schema: &DFSchema) -> Result<Expr> {
    Ok(match expr.get_type(schema)? == arrow_type(&ty) {
        true => expr,
        false => cast::to(ty).call(vec![expr]),
    })
}

/// Makes values of one type of those that CASE and the functions below choose from.
pub(super) fn unify(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Case(case) => unify_case(case, schema),
        Expr::InList(list) => listed(list, schema),
        Expr::Between(range) => ranged(range, schema),
        Expr::ScalarFunction(ScalarFunction { func, args }) => {
            let Some(choice) = func.inner().downcast_ref::<Choice>() else {
                return Ok(Transformed::no(Expr::ScalarFunction(ScalarFunction {
                    func,
                    args,
                })));
            };
            let ty = chosen(kinds(args.iter(), schema)?.into_iter());
            if let ("nullif", Some(ty), [value, other]) = (choice.inner.name(), ty, args.as_slice())
                && is_instant(ty)
                && !value.is_volatile()
            {
                let equal =
                    as_type(value.clone(), ty, schema)?.eq(as_type(other.clone(), ty, schema)?);
                return unless(equal, value);
            }
            let args = match ty {
                Some(ty) => args
                    .into_iter()
                    .map(|arg| as_type(arg, ty, schema))
                    .collect::<Result<_>>()?,
                None => args,
            };
            if let ("nullif", [value, other]) = (choice.inner.name(), args.as_slice())
                && !value.is_volatile()
                && let Some(equal) = peers::equal(value, other, schema)?
            {
                return unless(equal, value);
            }
            Ok(Transformed::yes(choice.inner.call(args)))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// A value where it does not equal another one. It stands there twice, so each NULLIF in the first place of another one doubles it:
/// what would grow without a bound is refused.
fn unless(equal: Expr, value: &Expr) -> Result<Transformed<Expr>> {
    const MOST: usize = 1_000;
    let mut parts = 0;
    value.apply(|_| {
        parts += 1;
        Ok(match parts > MOST {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    })?;
    if parts > MOST {
        let message = "NULLIF stands within NULLIF too often";
        return Err(SqlError::new(SqlState::StatementTooComplex, message).into());
    }
    let chosen = when(equal, lit(ScalarValue::Null)).otherwise(value.clone())?;
    Ok(Transformed::yes(chosen))
}

fn unify_case(mut case: Case, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let operands = compare_operands(&mut case, schema)?;
    let results = case
        .when_then_expr
        .iter()
        .map(|(_, then)| then)
        .chain(&case.else_expr);
    let Some(ty) = chosen(kinds(results.map(Box::as_ref), schema)?.into_iter()) else {
        return Ok(Transformed::new_transformed(Expr::Case(case), operands));
    };
    let result =
        |expr: Box<Expr>| -> Result<Box<Expr>> { Ok(Box::new(as_type(*expr, ty, schema)?)) };
    let branches = case.when_then_expr.into_iter();
    let branches = branches.map(|(when, then)| Ok((when, result(then)?)));
    Ok(Transformed::yes(Expr::Case(Case {
        expr: case.expr,
        when_then_expr: branches.collect::<Result<_>>()?,
        else_expr: case.else_expr.map(result).transpose()?,
    })))
}

/// `CASE x WHEN y`: makes of `x` and each `y` what DataFusion finds equal where they are; whether anything was to do.
fn compare_operands(case: &mut Case, schema: &DFSchema) -> Result<bool> {
    let Some(operand) = &mut case.expr else {
        return Ok(false);
    };
    let whens = case.when_then_expr.iter_mut().map(|(when, _)| when);
    let mut operands: Vec<&mut Expr> = whens.chain([operand]).map(Box::as_mut).collect();
    let ty = compared(&kinds(operands.iter().map(|operand| &**operand), schema)?);
    if let Some(ty) = ty {
        for operand in &mut operands {
            **operand = as_type(std::mem::take(*operand), ty, schema)?;
        }
    }
    Ok(peers::replace(operands, schema) || ty.is_some())
}

/// The float that a list or a range is compared as. As in PostgreSQL the constants of a list have one type among them.
fn listed(list: InList, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let constants = list
        .list
        .iter()
        .filter(|item| item.column_refs().is_empty());
    let has_type = constants.count() > 1;
    let kinds = kinds(iter::once(list.expr.as_ref()).chain(&list.list), schema)?;
    let found = match has_type {
        true => common(kinds.into_iter()),
        false => compared(&kinds),
    };
    let Some(ty) = found.filter(is_float) else {
        return Ok(Transformed::no(Expr::InList(list)));
    };
    let items = list.list.into_iter().map(|item| as_type(item, ty, schema));
    Ok(Transformed::yes(Expr::InList(InList {
        expr: Box::new(as_type(*list.expr, ty, schema)?),
        list: items.collect::<Result<_>>()?,
        negated: list.negated,
    })))
}

fn ranged(range: Between, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let operands = [&range.expr, &range.low, &range.high];
    let kinds = kinds(operands.into_iter().map(Box::as_ref), schema)?;
    let Some(ty) = compared(&kinds).filter(is_float) else {
        return Ok(Transformed::no(Expr::Between(range)));
    };
    let operand = |expr: Box<Expr>| as_type(*expr, ty, schema).map(Box::new);
    Ok(Transformed::yes(Expr::Between(Between {
        expr: operand(range.expr)?,
        negated: range.negated,
        low: operand(range.low)?,
        high: operand(range.high)?,
    })))
}

fn is_float(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Float4 | ColumnType::Float8)
}

/// The same for the columns of a UNION.
pub(super) fn unify_union(union: Union) -> Result<Transformed<LogicalPlan>> {
    let width = union.schema.fields().len();
    let column = |place: usize| {
        let kinds = union.inputs.iter().filter_map(|input| {
            let field = input.schema().fields().get(place)?;
            Some((field.data_type().clone(), gives_literal(input, place)))
        });
        chosen(kinds)
    };
    let wanted: Vec<Option<ColumnType>> = (0..width).map(column).collect();
    if wanted.iter().all(Option::is_none) {
        return Ok(Transformed::no(LogicalPlan::Union(union)));
    }
    let inputs = union.inputs.into_iter().map(|input| {
        let schema = input.schema().clone();
        let columns = schema.iter().zip(&wanted).map(|((qualifier, field), ty)| {
            let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
            match ty {
                Some(ty) => Ok(as_type(column, *ty, &schema)?
                    .alias_qualified(qualifier.cloned(), field.name())),
                None => Ok(column),
            }
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(LogicalPlan::Projection(Projection::try_new(
            columns, input,
        )?)))
    });
    let union = Union::try_new_with_loose_types(inputs.collect::<Result<_>>()?)?;
    Ok(Transformed::yes(LogicalPlan::Union(union)))
}

/// Whether a column is a literal that a SELECT gives.
fn gives_literal(input: &LogicalPlan, place: usize) -> bool {
    let LogicalPlan::Projection(projection) = input else {
        return false;
    };
    let mut expr = projection.expr.get(place);
    while let Some(Expr::Alias(alias)) = expr {
        expr = Some(&alias.expr);
    }
    matches!(expr, Some(Expr::Literal(..)))
}

/// DataFusion's function of that name, if it chooses one of its arguments.
pub(super) fn function(name: &str, inner: Option<&Arc<ScalarUDF>>) -> Option<Arc<ScalarUDF>> {
    if !matches!(name, "coalesce" | "greatest" | "least" | "nullif") {
        return None;
    }
    Some(Arc::new(ScalarUDF::new_from_impl(Choice {
        inner: inner?.clone(),
        signature: Signature::user_defined(Volatility::Immutable),
    })))
}

/// Stands for such a function until `unify` puts it back.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Choice {
    inner: Arc<ScalarUDF>,
    signature: Signature,
}

impl Choice {
    fn fields(&self, args: &ReturnFieldArgs) -> Result<Vec<FieldRef>> {
        let fields = args.arg_fields;
        let kinds = fields
            .iter()
            .zip(args.scalar_arguments)
            .map(|(field, literal)| (field.data_type().clone(), literal.is_some()));
        let ty = chosen(kinds).filter(|ty| self.inner.name() != "nullif" || !is_instant(*ty));
        match ty {
            Some(ty) => Ok(fields
                .iter()
                .map(|field| Arc::new(field.as_ref().clone().with_data_type(arrow_type(&ty))))
                .collect()),
            None => fields_with_udf(fields, self.inner.as_ref()),
        }
    }
}

impl ScalarUDFImpl for Choice {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// What the arguments are is seen to by `return_field_from_args`.
    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types.to_vec())
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Err(SqlError::internal("a choice has a field").into())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let fields = self.fields(&args)?;
        self.inner.return_field_from_args(ReturnFieldArgs {
            arg_fields: &fields,
            scalar_arguments: args.scalar_arguments,
        })
    }

    /// For expressions that are evaluated without an analyzer before.
    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let kinds = args
            .iter()
            .map(|arg| Ok((info.get_data_type(arg)?, matches!(arg, Expr::Literal(..)))));
        let kinds = kinds.collect::<Result<Vec<_>>>()?;
        let ty = chosen(kinds.iter().cloned());
        let args = args
            .into_iter()
            .zip(&kinds)
            .map(|(arg, (found, _))| match ty {
                Some(ty) if arrow_type(&ty) != *found => cast::to(ty).call(vec![arg]),
                _ => arg,
            });
        Ok(ExprSimplifyResult::Simplified(
            self.inner.call(args.collect()),
        ))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Err(SqlError::internal("a choice of values was not settled").into())
    }
}
