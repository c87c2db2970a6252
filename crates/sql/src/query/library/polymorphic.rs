//! Functions of arrays, whose elements are of any type: `anyarray` and `anyelement` of PostgreSQL.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array};
use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::{Zone, arrow_type};
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

use super::TEXT;
use crate::query::convert::{known_type, postgres_name};
use crate::query::elementwise::{Body, answers, invoke};
use crate::{SqlError, SqlState};

/// The type of an argument or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Array,
    Element,
    Of(ColumnType),
}

#[derive(Debug)]
pub(super) struct Polymorphic {
    name: &'static str,
    takes: &'static [Place],
    /// How many arguments there are at least.
    least: usize,
    gives: Place,
    /// Whether the answer is NULL where an argument is.
    strict: bool,
    /// Whether the body is told, after the arguments, what the first array counts from.
    counts: bool,
    body: Body,
    signature: Signature,
}

impl Polymorphic {
    /// A function that is not called where an argument is NULL.
    pub fn strict(name: &'static str, takes: &'static [Place], gives: Place, body: Body) -> Self {
        Polymorphic {
            name,
            takes,
            least: takes.len(),
            gives,
            strict: true,
            counts: false,
            body,
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }

    /// One that is.
    pub fn lenient(name: &'static str, takes: &'static [Place], gives: Place, body: Body) -> Self {
        Polymorphic {
            strict: false,
            ..Self::strict(name, takes, gives, body)
        }
    }

    /// With arguments at the end that may be left out.
    pub fn at_least(self, least: usize) -> Self {
        Polymorphic { least, ..self }
    }

    /// With the number of the first element as one more argument of the body.
    pub fn counting(self) -> Self {
        Polymorphic {
            counts: true,
            ..self
        }
    }

    pub fn function(self) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(self))
    }

    /// The type of the elements: that of the first array, or of the element where no array has a type.
    fn element(&self, types: &[DataType]) -> crate::Result<ColumnType> {
        if !(self.least..=self.takes.len()).contains(&types.len()) {
            return Err(self.unknown(types));
        }
        let mut element = None;
        for (place, ty) in self.takes.iter().zip(types) {
            match (place, known_type(ty)) {
                (Place::Array, Some(ColumnType::Array(element))) => {
                    return Ok(element.column_type());
                }
                (Place::Array, Some(other)) if !matches!(other, ColumnType::String { .. }) => {
                    return Err(self.unknown(types));
                }
                (Place::Element, known) => element = element.or(known),
                _ => {}
            }
        }
        Ok(element.unwrap_or(TEXT))
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

    fn rows(&self, arguments: &[ArrayRef], rows: usize, zone: Zone) -> crate::Result<ArrayRef> {
        let types: Vec<DataType> = arguments
            .iter()
            .map(|array| array.data_type().clone())
            .collect();
        let element = self.element(&types)?;
        let mut takes = self
            .takes
            .iter()
            .map(|place| place.of(&element))
            .collect::<crate::Result<Vec<_>>>()?;
        let mut arguments = arguments.to_vec();
        if self.counts {
            let first = i32::from(!matches!(types.first(), Some(DataType::LargeList(_))));
            arguments.push(Arc::new(Int32Array::from_value(first, rows)));
            takes.push(ColumnType::Int4);
        }
        let gives = self.gives.of(&element)?;
        answers(
            &arguments,
            &takes,
            &gives,
            self.strict,
            rows,
            zone,
            self.body,
        )
    }
}

impl Place {
    fn of(self, element: &ColumnType) -> crate::Result<ColumnType> {
        match self {
            Place::Of(ty) => Ok(ty),
            Place::Element => Ok(*element),
            Place::Array => match element.as_element() {
                Some(element) => Ok(ColumnType::Array(element)),
                None => Err(SqlError::unsupported("an array of arrays")),
            },
        }
    }
}

impl PartialEq for Polymorphic {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.takes == other.takes
    }
}

impl Eq for Polymorphic {}

impl Hash for Polymorphic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, self.takes).hash(state);
    }
}

impl ScalarUDFImpl for Polymorphic {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(&self.gives.of(&self.element(types)?)?))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(args, |arrays, rows, zone| self.rows(arrays, rows, zone))
    }
}
