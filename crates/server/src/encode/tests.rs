use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{Int32Type, IntervalMonthDayNano};
use bytes::BytesMut;

use super::RowWriter;
use crate::types::Format;

/// The values of each row of a one-column batch, as they stand in the DataRow messages.
fn sent(column: ArrayRef, format: Format) -> Vec<Option<Vec<u8>>> {
    let rows = column.len();
    let batch = RecordBatch::try_from_iter([("c", column)]).unwrap();
    let mut writer = RowWriter::new(&batch, &[format]).unwrap();
    let mut out = BytesMut::new();
    (0..rows)
        .map(|row| {
            out.clear();
            writer.write(row, &mut out).unwrap();
            assert_eq!(out[0], b'D');
            assert_eq!(
                i32::from_be_bytes(out[1..5].try_into().unwrap()) as usize,
                out.len() - 1
            );
            assert_eq!(&out[5..7], [0, 1]);
            let length = i32::from_be_bytes(out[7..11].try_into().unwrap());
            assert_eq!(out.len(), 11 + length.max(0) as usize);
            (length >= 0).then(|| out[11..].to_vec())
        })
        .collect()
}

fn texts(column: impl Array + 'static) -> Vec<String> {
    let values = sent(Arc::new(column), Format::Text);
    values
        .into_iter()
        .map(|value| value.map_or("NULL".to_owned(), |v| String::from_utf8(v).unwrap()))
        .collect()
}

fn binary(column: impl Array + 'static) -> Vec<u8> {
    sent(Arc::new(column), Format::Binary).remove(0).unwrap()
}

#[test]
fn text_is_what_postgresql_writes() {
    assert_eq!(
        texts(BooleanArray::from(vec![Some(true), Some(false), None])),
        ["t", "f", "NULL"]
    );
    assert_eq!(texts(Int16Array::from(vec![i16::MIN, 0])), ["-32768", "0"]);
    assert_eq!(
        texts(Int64Array::from(vec![i64::MIN])),
        ["-9223372036854775808"]
    );
    assert_eq!(
        texts(Float64Array::from(vec![0.1, 1e15, 1.5e-7, f64::NAN])),
        ["0.1", "1e+15", "1.5e-07", "NaN"]
    );
    let decimals = Decimal128Array::from(vec![-5, 12345])
        .with_precision_and_scale(10, 2)
        .unwrap();
    assert_eq!(texts(decimals), ["-0.05", "123.45"]);
    assert_eq!(texts(StringArray::from(vec!["", "ä"])), ["", "ä"]);
    assert_eq!(
        texts(BinaryArray::from(vec![&b"\x00\xff"[..]])),
        [r"\x00ff"]
    );
    assert_eq!(
        texts(Date32Array::from(vec![0, 19_000])),
        ["1970-01-01", "2022-01-08"]
    );
    assert_eq!(
        texts(TimestampMicrosecondArray::from(vec![1_500_000])),
        ["1970-01-01 00:00:01.5"]
    );
    let zoned = TimestampMicrosecondArray::from(vec![0]).with_timezone("UTC");
    assert_eq!(texts(zoned), ["1970-01-01 00:00:00+00"]);
    assert_eq!(
        texts(Time64MicrosecondArray::from(vec![3_723_040_000])),
        ["01:02:03.04"]
    );
    let uuid = FixedSizeBinaryArray::try_from_iter([[0x11_u8; 16]].into_iter()).unwrap();
    assert_eq!(texts(uuid), ["11111111-1111-1111-1111-111111111111"]);
}

#[test]
fn intervals_are_written_in_the_style_postgres() {
    let interval = |months, days, seconds: i64| {
        IntervalMonthDayNano::new(months, days, seconds * 1_000_000_000)
    };
    let column = IntervalMonthDayNanoArray::from(vec![
        interval(0, 0, 0),
        interval(14, 3, 3_661),
        interval(-1, 2, 1),
        interval(1, 0, 0),
        interval(0, -1, 90_000),
        interval(0, 0, -1),
    ]);
    let wanted = [
        "00:00:00",
        "1 year 2 mons 3 days 01:01:01",
        "-1 mons +2 days 00:00:01",
        "1 mon",
        "-1 days +25:00:00",
        "-00:00:01",
    ];
    assert_eq!(texts(column), wanted);
}

#[test]
fn lists_quote_what_would_be_misread() {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([
        Some("a"),
        None,
        Some(""),
        Some("null"),
        Some(r#"x "y", \z"#),
    ]);
    list.append_value(Vec::<Option<&str>>::new());
    list.append_null();
    assert_eq!(
        texts(list.finish()),
        [r#"{a,NULL,"","null","x \"y\", \\z"}"#, "{}", "NULL"]
    );
}

#[test]
fn binary_forms_count_from_2000() {
    assert_eq!(binary(Int32Array::from(vec![-2])), [0xff, 0xff, 0xff, 0xfe]);
    assert_eq!(binary(Date32Array::from(vec![10_958])), [0, 0, 0, 1]);
    assert_eq!(
        binary(TimestampMicrosecondArray::from(vec![946_684_800_000_001])),
        [0, 0, 0, 0, 0, 0, 0, 1]
    );
    assert_eq!(binary(BooleanArray::from(vec![true])), [1]);
    let numeric = Decimal128Array::from(vec![12_345])
        .with_precision_and_scale(10, 2)
        .unwrap();
    assert_eq!(
        binary(numeric),
        [0, 2, 0, 0, 0, 0, 0, 2, 0, 123, 0x11, 0x94]
    );
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(7), None])]);
    let wanted = [
        0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7, 255,
        255, 255, 255,
    ];
    assert_eq!(binary(list), wanted);
}

#[test]
fn other_arrow_types_are_settled_first() {
    assert_eq!(texts(UInt64Array::from(vec![7])), ["7"]);
    assert_eq!(texts(StringViewArray::from(vec!["view"])), ["view"]);
    assert_eq!(
        texts(TimestampNanosecondArray::from(vec![1_000])),
        ["1970-01-01 00:00:00.000001"]
    );
    let dictionary: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    assert_eq!(texts(dictionary), ["a", "b", "a"]);
}

#[test]
fn a_row_that_cannot_be_written_leaves_nothing_behind() {
    let too_large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let batch = RecordBatch::try_from_iter([("c", too_large)]).unwrap();
    assert!(RowWriter::new(&batch, &[Format::Text]).is_err());
}
