//! The functions that catalog queries call, each a rule from one row's arguments to its answer.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, new_empty_array},
    datatypes::{DataType, Field},
};
use datafusion::{
    common::Result as PlanResult,
    common::scalar::ScalarStructBuilder,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
    scalar::ScalarValue as Scalar,
};

use super::{
    comment, constraint,
    database::UTF8,
    definition,
    directory::{Directory, Found, schema_name, schema_oid},
    objects, oid, privileges, procedure, relation,
    rows::list,
    types,
};
use crate::{
    Result, SqlError, SqlState,
    query::{Scope, convert::postgres_name, names::PUBLIC},
};

/// What a function does with the arguments of one row.
pub(super) type Rule = Box<dyn Fn(&[Scalar]) -> Result<Scalar> + Send + Sync>;

/// The function of that name, if it is one of these.
pub(crate) fn function(scope: &Scope, name: &str) -> Option<Arc<ScalarUDF>> {
    let directory = Directory::new(&scope.view, &scope.facts.database);
    let (returns, rule) = named(name)
        .or_else(|| privileges::function(scope, name))
        .or_else(|| configured(scope, name))
        .or_else(|| described(directory.clone(), name))
        .or_else(|| registered(directory, name))?;
    Some(Arc::new(ScalarUDF::new_from_impl(RowFunction {
        name: name.to_owned(),
        returns,
        rule,
        signature: Signature::one_of(
            vec![
                datafusion::logical_expr::TypeSignature::VariadicAny,
                datafusion::logical_expr::TypeSignature::Nullary,
            ],
            Volatility::Stable,
        ),
    })))
}

pub(super) fn rule(
    returns: DataType,
    rule: impl Fn(&[Scalar]) -> Result<Scalar> + Send + Sync + 'static,
) -> Option<(Returns, Rule)> {
    Some((Returns::Always(returns), Box::new(rule)))
}

fn text(value: Option<String>) -> Result<Scalar> {
    Ok(Scalar::Utf8(value))
}

/// Functions whose answer does not depend on the catalog.
fn named(name: &str) -> Option<(Returns, Rule)> {
    let list_of = |element| DataType::List(Arc::new(Field::new_list_field(element, true)));
    match name {
        "format_type" => rule(DataType::Utf8, |args| {
            let modifier = number(args.get(1)).and_then(|modifier| i32::try_from(modifier).ok());
            text(oid(args).map(|oid| types::format(oid, modifier)))
        }),
        "pg_get_function_arguments" | "pg_get_function_identity_arguments" => {
            rule(DataType::Utf8, |args| {
                text(oid(args).and_then(procedure::arguments))
            })
        }
        "pg_get_functiondef" => rule(DataType::Utf8, |args| {
            text(oid(args).and_then(procedure::definition))
        }),
        "pg_get_function_result" => rule(DataType::Utf8, |args| {
            text(oid(args).and_then(procedure::result))
        }),
        // The "tree" of an expression is its text.
        "pg_get_expr" => rule(DataType::Utf8, |args| text(string(args.first()))),
        "pg_encoding_to_char" => rule(DataType::Utf8, |args| {
            text(number(args.first()).map(|encoding| {
                if encoding == i64::from(UTF8) {
                    "UTF8"
                } else {
                    ""
                }
                .to_owned()
            }))
        }),
        "pg_char_to_encoding" => rule(DataType::Int32, |args| {
            let utf8 = string(args.first())
                .is_some_and(|name| name.to_lowercase().replace('-', "") == "utf8");
            Ok(Scalar::from(if utf8 { UTF8 } else { -1 }))
        }),
        "pg_client_encoding" | "getdatabaseencoding" => {
            rule(DataType::Utf8, |_| text(Some("UTF8".to_owned())))
        }
        "pg_get_userbyid" => rule(DataType::Utf8, |args| {
            text(oid(args).map(|oid| match oid {
                oid::ROOT => cairn_rows::users::ROOT.to_owned(),
                other => format!("unknown (OID={other})"),
            }))
        }),
        "pg_type_is_visible"
        | "pg_function_is_visible"
        | "pg_collation_is_visible"
        | "pg_operator_is_visible"
        | "pg_opclass_is_visible"
        | "pg_conversion_is_visible"
        | "pg_opfamily_is_visible"
        | "pg_statistics_obj_is_visible"
        | "pg_ts_config_is_visible"
        | "pg_ts_dict_is_visible"
        | "pg_ts_parser_is_visible"
        | "pg_ts_template_is_visible"
        | "pg_relation_is_publishable"
        | "has_schema_privilege"
        | "has_column_privilege"
        | "has_function_privilege"
        | "has_tablespace_privilege"
        | "has_type_privilege"
        | "has_language_privilege"
        | "pg_has_role" => rule(DataType::Boolean, |_| Ok(Scalar::from(true))),
        "pg_is_other_temp_schema" | "row_security_active" => {
            rule(DataType::Boolean, |_| Ok(Scalar::from(false)))
        }
        "pg_my_temp_schema" => rule(DataType::UInt32, |_| Ok(Scalar::from(0_u32))),
        // Nothing of the kind exists, or is known.
        "pg_get_ruledef"
        | "pg_get_triggerdef"
        | "pg_get_function_sqlbody"
        | "pg_get_partkeydef"
        | "pg_get_statisticsobjdef"
        | "pg_get_statisticsobjdef_columns"
        | "pg_get_statisticsobjdef_expressions"
        | "pg_tablespace_location"
        | "inet_server_addr"
        | "inet_client_addr" => rule(DataType::Utf8, |_| text(None)),
        "pg_relation_size"
        | "pg_table_size"
        | "pg_total_relation_size"
        | "pg_indexes_size"
        | "pg_database_size"
        | "pg_tablespace_size" => rule(DataType::Int64, |_| Ok(Scalar::Int64(None))),
        "pg_size_pretty" => rule(DataType::Utf8, |args| {
            text(number(args.first()).map(pretty_size))
        }),
        "quote_ident" => rule(DataType::Utf8, |args| {
            text(string(args.first()).map(|name| cairn_syntax::quote(&name)))
        }),
        "current_schemas" => rule(list_of(DataType::Utf8), |args| {
            let implicit = matches!(args.first(), Some(Scalar::Boolean(Some(true))));
            let names = implicit
                .then_some(relation::PG_CATALOG)
                .into_iter()
                .chain([PUBLIC]);
            Ok(list(&DataType::Utf8, names.map(Scalar::from).collect()))
        }),
        "pg_typeof" => rule(DataType::Utf8, |args| {
            text(args.first().map(|value| type_name(&value.data_type())))
        }),
        "array_places" => rule(list_of(place_type()), places),
        "pg_stat_get_numscans" => rule(DataType::Int64, |_| Ok(Scalar::Int64(None))),
        "pg_blocking_pids" => rule(list_of(DataType::Int32), |_| {
            Ok(list(&DataType::Int32, Vec::new()))
        }),
        OR_EMPTY => Some((Returns::First, Box::new(or_empty))),
        _ => None,
    }
}

/// `set_config`, as far as it changes nothing: a query has no effects.
fn configured(scope: &Scope, name: &str) -> Option<(Returns, Rule)> {
    if name != "set_config" {
        return None;
    }
    let settings = scope.facts.settings.clone();
    rule(DataType::Utf8, move |args| {
        let (Some(name), Some(value)) = (string(args.first()), string(args.get(1))) else {
            return text(None);
        };
        match settings.get(&name.to_lowercase()) {
            Some(now) if now.eq_ignore_ascii_case(&value) => text(Some(value)),
            Some(_) => Err(SqlError::unsupported(format_args!(
                "set_config('{name}', …) to another value"
            ))
            .hint("use SET")),
            None => Err(SqlError::new(
                SqlState::UndefinedObject,
                format!("unrecognized configuration parameter {name:?}"),
            )),
        }
    })
}

/// Functions that say what an oid stands for.
fn described(directory: Directory, name: &str) -> Option<(Returns, Rule)> {
    match name {
        "pg_table_is_visible" => rule(DataType::Boolean, move |args| {
            Ok(Scalar::Boolean(
                oid(args).map(|oid| directory.is_visible(oid)),
            ))
        }),
        "pg_get_indexdef" => rule(DataType::Utf8, move |args| {
            let Some(Found::Index(table, index)) = oid(args).and_then(|oid| directory.find(oid))
            else {
                return text(None);
            };
            text(match number(args.get(1)) {
                None | Some(0) => Some(definition::index(table, index)),
                Some(column) => usize::try_from(column - 1)
                    .ok()
                    .and_then(|place| definition::index_column(table, index, place)),
            })
        }),
        "pg_get_constraintdef" => rule(DataType::Utf8, move |args| {
            text(oid(args).and_then(|oid| constraint_definition(&directory, oid)))
        }),
        "obj_description" | "shobj_description" => rule(DataType::Utf8, move |args| {
            let catalog = string(args.get(1));
            text(oid(args).and_then(|oid| comment::find(&directory, oid, 0, catalog.as_deref())))
        }),
        "col_description" => rule(DataType::Utf8, move |args| {
            let column = number(args.get(1)).unwrap_or_default();
            text(oid(args).and_then(|oid| comment::find(&directory, oid, column, Some("pg_class"))))
        }),
        "pg_get_viewdef" => rule(DataType::Utf8, move |args| {
            let named = || directory.find_name(&string(args.first())?);
            let view = oid(args).or_else(named);
            text(view.and_then(|oid| objects::view_definition(&directory, oid)))
        }),
        "pg_get_serial_sequence" => rule(DataType::Utf8, move |args| {
            match (string(args.first()), string(args.get(1))) {
                (Some(table), Some(column)) => {
                    objects::serial_sequence(&directory, &table, &column)
                }
                _ => text(None),
            }
        }),
        _ => None,
    }
}

fn constraint_definition(directory: &Directory, oid: u32) -> Option<String> {
    directory.tables().into_iter().find_map(|table| {
        let found = constraint::of(table).find(|constraint| constraint.oid(table) == oid)?;
        Some(found.definition(directory, table))
    })
}

/// `regclass_oid`, `to_regclass_name` and their kin: what `rewrite` puts in the place of casts to those types and of functions that look
/// names up.
fn registered(directory: Directory, name: &str) -> Option<(Returns, Rule)> {
    let (kind, form) = name.rsplit_once('_')?;
    let lenient = kind.strip_prefix("to_");
    let lookup: Lookup = match lenient {
        Some(_) => Registered::find,
        None => Registered::get,
    };
    let kind = Registered::named(lenient.unwrap_or(kind))?;
    match form {
        "oid" => rule(DataType::UInt32, move |args| {
            Ok(Scalar::UInt32(lookup(kind, &directory, args.first())?))
        }),
        // Columns hold the names of functions, though not each is listed.
        "name" if matches!(kind, Registered::Procedure) && lenient.is_none() => {
            rule(DataType::Utf8, |args| {
                let name = string(args.first());
                let plain = |name: String| name.trim_start_matches("pg_catalog.").to_owned();
                text(name.map(plain).or_else(|| Some(oid(args)?.to_string())))
            })
        }
        "name" => rule(DataType::Utf8, move |args| {
            let oid = lookup(kind, &directory, args.first())?;
            text(oid.map(|oid| kind.name(&directory, oid)))
        }),
        _ => None,
    }
}

type Lookup = fn(Registered, &Directory, Option<&Scalar>) -> Result<Option<u32>>;

/// The types whose values are oids and shown as names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Registered {
    Class,
    Type,
    Namespace,
    Role,
    Procedure,
    Operator,
}

impl Registered {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "regclass" => Registered::Class,
            "regtype" => Registered::Type,
            "regnamespace" => Registered::Namespace,
            "regrole" => Registered::Role,
            "regproc" | "regprocedure" => Registered::Procedure,
            "regoper" | "regoperator" => Registered::Operator,
            _ => return None,
        })
    }

    /// The oid of a value given as oid or as text; `None` for NULL and for a name that nothing has.
    fn find(self, directory: &Directory, value: Option<&Scalar>) -> Result<Option<u32>> {
        let Some(name) = string(value) else {
            return Ok(number(value).and_then(|oid| u32::try_from(oid).ok()));
        };
        if let Ok(oid) = name.parse() {
            return Ok(Some(oid));
        }
        if name == "-" {
            return Ok(Some(0));
        }
        let plain = name.trim_matches('"');
        Ok(match self {
            Registered::Class => directory.find_name(&name),
            Registered::Type => types::by_name(&name).map(|ty| ty.oid),
            Registered::Namespace => schema_oid(plain),
            Registered::Role => Some(oid::user(plain)),
            Registered::Procedure => procedure::find(&name),
            Registered::Operator => None,
        })
    }

    /// The same, where a name must be something's.
    fn get(self, directory: &Directory, value: Option<&Scalar>) -> Result<Option<u32>> {
        let found = self.find(directory, value)?;
        let (None, Some(name)) = (found, string(value)) else {
            return Ok(found);
        };
        let (state, what) = match self {
            Registered::Class => (SqlState::UndefinedTable, "relation"),
            Registered::Type => (SqlState::UndefinedObject, "type"),
            Registered::Namespace => (SqlState::InvalidSchemaName, "schema"),
            Registered::Role => (SqlState::UndefinedObject, "role"),
            Registered::Procedure => (SqlState::UndefinedFunction, "function"),
            Registered::Operator => (SqlState::UndefinedFunction, "operator"),
        };
        Err(SqlError::new(
            state,
            format!("{what} \"{name}\" does not exist"),
        ))
    }

    /// The name of an oid, or its digits when it stands for nothing.
    fn name(self, directory: &Directory, oid: u32) -> String {
        let known = match self {
            _ if oid == 0 => Some("-".to_owned()),
            Registered::Class => directory.name_of(oid),
            Registered::Type => types::by_oid(oid).map(|ty| types::format(ty.oid, None)),
            Registered::Namespace => schema_name(oid).map(str::to_owned),
            Registered::Role => (oid == oid::ROOT).then(|| cairn_rows::users::ROOT.to_owned()),
            Registered::Procedure => procedure::name(oid).map(str::to_owned),
            Registered::Operator => None,
        };
        known.unwrap_or_else(|| oid.to_string())
    }
}

fn type_name(ty: &DataType) -> String {
    match ty {
        DataType::Null => "unknown".to_owned(),
        DataType::UInt32 => "oid".to_owned(),
        other => postgres_name(other),
    }
}

/// An element, and its number from 1.
fn place_type() -> DataType {
    let fields = vec![
        Field::new("x", DataType::Int64, true),
        Field::new("n", DataType::Int32, true),
    ];
    DataType::Struct(fields.into())
}

/// What `information_schema._pg_expandarray` gives one by one. Catalogs hold arrays of numbers.
fn places(args: &[Scalar]) -> Result<Scalar> {
    let elements = match args.first() {
        Some(Scalar::List(array)) if array.is_valid(0) => array.value(0),
        Some(Scalar::LargeList(array)) if array.is_valid(0) => array.value(0),
        _ => new_empty_array(&DataType::Int64),
    };
    let places = (0..elements.len()).map(|place| {
        let element = Scalar::try_from_array(&elements, place)?.cast_to(&DataType::Int64)?;
        let number = i32::try_from(place + 1).unwrap_or(i32::MAX);
        let place = ScalarStructBuilder::new()
            .with_scalar(Field::new("x", DataType::Int64, true), element)
            .with_scalar(Field::new("n", DataType::Int32, true), Scalar::from(number));
        Ok(place.build()?)
    });
    let places = places.collect::<Result<Vec<_>>>()?;
    Ok(list(&place_type(), places))
}

/// Gives an array that is NULL no elements: what `ARRAY(SELECT …)` answers when there are no rows.
pub(crate) const OR_EMPTY: &str = "array_or_empty";

fn or_empty(args: &[Scalar]) -> Result<Scalar> {
    match args.first() {
        Some(Scalar::List(value)) if value.is_null(0) => Ok(list(&value.value_type(), Vec::new())),
        Some(value) => Ok(value.clone()),
        None => Ok(Scalar::Null),
    }
}

/// An argument that is an oid, or its digits.
fn oid(args: &[Scalar]) -> Option<u32> {
    number(args.first()).and_then(|oid| u32::try_from(oid).ok())
}

pub(super) fn number(value: Option<&Scalar>) -> Option<i64> {
    match value?.cast_to(&DataType::Int64).ok()? {
        Scalar::Int64(value) => value,
        _ => None,
    }
}

pub(super) fn string(value: Option<&Scalar>) -> Option<String> {
    match value? {
        Scalar::Utf8(value) | Scalar::Utf8View(value) | Scalar::LargeUtf8(value) => value.clone(),
        _ => None,
    }
}

/// As `pg_size_pretty`: units from 10 of the next smaller, rounded half up.
fn pretty_size(bytes: i64) -> String {
    let mut size = bytes;
    let mut units = ["bytes", "kB", "MB", "GB", "TB", "PB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    for next in units {
        if size.unsigned_abs() < 10 * 1024 {
            break;
        }
        size = size.saturating_add(512 * size.signum()) / 1024;
        unit = next;
    }
    format!("{size} {unit}")
}

/// What type a function's answers have.
pub(super) enum Returns {
    Always(DataType),
    /// That of its first argument.
    First,
}

/// A function computed row by row: catalogs are small.
struct RowFunction {
    name: String,
    returns: Returns,
    rule: Rule,
    signature: Signature,
}

impl fmt::Debug for RowFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Within one statement, where functions are compared, a name stands for one function.
impl PartialEq for RowFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RowFunction {}

impl Hash for RowFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for RowFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> PlanResult<DataType> {
        Ok(match &self.returns {
            Returns::Always(ty) => ty.clone(),
            Returns::First => types.first().cloned().unwrap_or(DataType::Null),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let all_scalar = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        if all_scalar {
            let values: Vec<Scalar> = args
                .args
                .iter()
                .filter_map(|arg| match arg {
                    ColumnarValue::Scalar(value) => Some(value.clone()),
                    ColumnarValue::Array(_) => None,
                })
                .collect();
            return Ok(ColumnarValue::Scalar((self.rule)(&values)?));
        }
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let answers = (0..args.number_rows)
            .map(|row| {
                let values = arrays
                    .iter()
                    .map(|array| Scalar::try_from_array(array, row))
                    .collect::<PlanResult<Vec<_>>>()?;
                Ok((self.rule)(&values)?)
            })
            .collect::<PlanResult<Vec<Scalar>>>()?;
        let array: ArrayRef = match answers.is_empty() {
            true => new_empty_array(args.return_field.data_type()),
            false => Scalar::iter_to_array(answers)?,
        };
        Ok(ColumnarValue::Array(array))
    }
}
