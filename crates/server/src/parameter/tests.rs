use arrow::datatypes::{DataType, TimeUnit};
use bytes::BytesMut;
use cairn_rows::Zone;
use cairn_sql::SqlState;
use cairn_wire::numeric;
use datafusion::scalar::ScalarValue;

use super::decode;
use crate::types::Format;

fn binary(bytes: &[u8], kind: &DataType) -> ScalarValue {
    decode(1, Some(bytes), kind, Format::Binary, Zone::UTC).unwrap()
}

#[test]
fn text_and_binary_give_the_same_value() {
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
    let mut decimal = BytesMut::new();
    numeric::write(-1_250, 2, &mut decimal);
    let cases: [(&str, &[u8], DataType); 9] = [
        ("t", &[1], DataType::Boolean),
        ("-2", &[0xff, 0xfe], DataType::Int16),
        ("7", &[0, 0, 0, 7], DataType::Int32),
        ("7", &[0, 0, 0, 0, 0, 0, 0, 7], DataType::Int64),
        ("0.5", &0.5_f64.to_be_bytes(), DataType::Float64),
        ("-12.50", &decimal, DataType::Decimal128(10, 2)),
        ("2000-01-02", &[0, 0, 0, 1], DataType::Date32),
        (
            "2000-01-01 00:00:00.000001",
            &[0, 0, 0, 0, 0, 0, 0, 1],
            timestamp,
        ),
        (
            "11111111-1111-1111-1111-111111111111",
            &[0x11; 16],
            DataType::FixedSizeBinary(16),
        ),
    ];
    for (text, bytes, kind) in cases {
        let from_text = decode(1, Some(text.as_bytes()), &kind, Format::Text, Zone::UTC).unwrap();
        assert_eq!(from_text, binary(bytes, &kind), "{kind}");
        assert_eq!(from_text.data_type(), kind);
    }
}

#[test]
fn a_narrower_integer_is_taken_and_a_wider_one_must_fit() {
    assert_eq!(
        binary(&[0, 0, 0, 7], &DataType::Int64),
        ScalarValue::Int64(Some(7))
    );
    let error = decode(
        2,
        Some(&[0, 0, 0, 1, 0, 0, 0, 0]),
        &DataType::Int32,
        Format::Binary,
        Zone::UTC,
    )
    .unwrap_err();
    assert_eq!(error.sqlstate, SqlState::NumericValueOutOfRange);
    assert!(error.message.contains("$2"), "{error}");
}

#[test]
fn null_keeps_its_type() {
    let null = decode(1, None, &DataType::Int64, Format::Text, Zone::UTC).unwrap();
    assert_eq!(null, ScalarValue::Int64(None));
}

#[test]
fn broken_values_are_errors_and_not_panics() {
    for kind in [
        DataType::Boolean,
        DataType::Int32,
        DataType::Float64,
        DataType::Date32,
        DataType::FixedSizeBinary(16),
    ] {
        assert!(
            decode(1, Some(&[1, 2, 3]), &kind, Format::Binary, Zone::UTC).is_err(),
            "{kind}"
        );
    }
    assert!(decode(1, Some(&[0xff]), &DataType::Utf8, Format::Text, Zone::UTC).is_err());
    assert!(decode(1, Some(b"x"), &DataType::Int64, Format::Text, Zone::UTC).is_err());
}
