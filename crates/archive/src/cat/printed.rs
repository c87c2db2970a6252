//! Values of a data file as texts: as Arrow prints them, but for what it cannot, or prints so that two values look alike.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray};
use arrow::datatypes::{
    DataType, Date32Type, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// 24:00, which is later than all that a clock shows.
const END_OF_DAY: i64 = 86_400_000_000;

/// A column as it is printed.
pub(super) struct Printed {
    /// Its values, of a list all elements. Times with a zone are in UTC: here they are times without.
    values: ArrayRef,
    /// What a time in UTC has behind it.
    suffix: &'static str,
    list: Option<ListArray>,
}

impl Printed {
    pub fn of(column: &ArrayRef) -> Printed {
        let list = column.as_list_opt::<i32>().cloned();
        let values = list.as_ref().map_or(column, ListArray::values);
        let (values, suffix) = without_zone(values);
        Printed {
            values,
            suffix,
            list,
        }
    }
}

fn without_zone(array: &ArrayRef) -> (ArrayRef, &'static str) {
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let times = array.as_primitive::<TimestampMicrosecondType>().clone();
            (Arc::new(times.with_timezone_opt(None::<&str>)), "Z")
        }
        _ => (ArrayRef::clone(array), ""),
    }
}

/// Prints the fields of one column.
pub(super) struct Printer<'a> {
    column: &'a Printed,
    formatter: ArrayFormatter<'a>,
}

impl<'a> Printer<'a> {
    pub fn new(column: &'a Printed) -> Result<Self, ArrowError> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new();
        Ok(Printer {
            column,
            formatter: ArrayFormatter::try_new(column.values.as_ref(), &OPTIONS)?,
        })
    }

    /// `None` is NULL.
    pub fn field(&self, row: usize) -> Result<Option<String>, ArrowError> {
        let Some(list) = &self.column.list else {
            return self.value(row);
        };
        match list.value_offsets().get(row..row + 2) {
            Some([from, to]) if list.is_valid(row) => self.elements(*from, *to).map(Some),
            _ => Ok(None),
        }
    }

    /// An array as PostgreSQL writes it.
    fn elements(&self, from: i32, to: i32) -> Result<String, ArrowError> {
        let mut text = String::from("{");
        for place in from..to {
            if place > from {
                text.push(',');
            }
            match self.value(usize::try_from(place).unwrap_or_default())? {
                Some(element) => push_element(&mut text, &element),
                None => text.push_str("NULL"),
            }
        }
        text.push('}');
        Ok(text)
    }

    fn value(&self, place: usize) -> Result<Option<String>, ArrowError> {
        if self.column.values.is_null(place) {
            return Ok(None);
        }
        if let Some(odd) = self.odd(place) {
            return Ok(Some(odd));
        }
        let mut text = self.formatter.value(place).try_to_string()?;
        text.push_str(self.column.suffix);
        Ok(Some(text))
    }

    /// What Arrow cannot print: the end of a day, infinite dates and times, and those beyond its years, which are their number of
    /// days or microseconds since 1970.
    fn odd(&self, place: usize) -> Option<String> {
        let values = &self.column.values;
        let (number, least, greatest) = match values.data_type() {
            DataType::Time64(TimeUnit::Microsecond) => {
                let time = values.as_primitive::<Time64MicrosecondType>().value(place);
                return (time == END_OF_DAY).then(|| "24:00:00".to_owned());
            }
            DataType::Date32 => {
                let days = values.as_primitive::<Date32Type>().value(place);
                (days.into(), i32::MIN.into(), i32::MAX.into())
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let times = values.as_primitive::<TimestampMicrosecondType>();
                (times.value(place), i64::MIN, i64::MAX)
            }
            _ => return None,
        };
        match number {
            infinite if infinite == greatest => Some("infinity".to_owned()),
            infinite if infinite == least => Some("-infinity".to_owned()),
            _ => {
                let printed = self.formatter.value(place).try_to_string();
                printed.is_err().then(|| number.to_string())
            }
        }
    }
}

/// Quotes what would be read otherwise: the empty text, the word NULL, and what has a character of the array's own.
fn push_element(text: &mut String, element: &str) {
    let own =
        |symbol: char| matches!(symbol, '{' | '}' | ',' | '"' | '\\') || symbol.is_whitespace();
    if !element.is_empty() && !element.eq_ignore_ascii_case("null") && !element.contains(own) {
        text.push_str(element);
        return;
    }
    text.push('"');
    for symbol in element.chars() {
        if matches!(symbol, '"' | '\\') {
            text.push('\\');
        }
        text.push(symbol);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        ListBuilder, PrimitiveArray, StringBuilder, Time64MicrosecondArray,
        TimestampMicrosecondArray,
    };

    use super::*;

    fn fields(column: ArrayRef) -> Vec<Option<String>> {
        let printed = Printed::of(&column);
        let printer = Printer::new(&printed).unwrap();
        let rows = 0..column.len();
        rows.map(|row| printer.field(row).unwrap()).collect()
    }

    fn texts(column: ArrayRef) -> Vec<String> {
        let fields = fields(column).into_iter();
        fields
            .map(|field| field.unwrap_or_else(|| "-".to_owned()))
            .collect()
    }

    #[test]
    fn times_of_every_kind() {
        let times = Time64MicrosecondArray::from(vec![Some(END_OF_DAY), Some(1_000_000), None]);
        assert_eq!(texts(Arc::new(times)), ["24:00:00", "00:00:01", "-"]);
        let days = PrimitiveArray::<Date32Type>::from(vec![i32::MAX, i32::MIN, 0, 1 << 30]);
        assert_eq!(
            texts(Arc::new(days)),
            ["infinity", "-infinity", "1970-01-01", "1073741824"]
        );
        let instants = TimestampMicrosecondArray::from(vec![i64::MAX, i64::MIN, 1, i64::MAX - 1]);
        let instants = Arc::new(instants.with_timezone("UTC"));
        assert_eq!(
            texts(instants),
            [
                "infinity",
                "-infinity",
                "1970-01-01T00:00:00.000001Z",
                "9223372036854775806"
            ]
        );
    }

    /// NULL, the empty text and the word NULL are three things, in an array too; an empty array is not NULL.
    #[test]
    fn elements_are_told_apart() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("a"), Some(""), None, Some("null"), Some("b c")]);
        lists.append_value([Some("{1,\"\\}")]);
        lists.append_value([None::<&str>; 0]);
        lists.append_null();
        let lists = lists.finish();
        assert_eq!(
            fields(Arc::new(lists.slice(1, 3))),
            [
                Some(r#"{"{1,\"\\}"}"#.to_owned()),
                Some("{}".to_owned()),
                None
            ]
        );
        assert_eq!(
            texts(Arc::new(lists)).first().map(String::as_str),
            Some(r#"{a,"",NULL,"null","b c"}"#)
        );
    }

    #[test]
    fn an_element_that_arrow_cannot_print() {
        let times = Time64MicrosecondArray::from(vec![END_OF_DAY, 0]);
        let field = arrow::datatypes::Field::new_list_field(times.data_type().clone(), true);
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([2]);
        let list = ListArray::new(Arc::new(field), offsets, Arc::new(times), None);
        assert_eq!(texts(Arc::new(list)), ["{24:00:00,00:00:00}"]);
    }
}
