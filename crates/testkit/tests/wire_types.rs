//! Every type on the wire, text and binary, both ways: what a value is in one form it is in the other, and at its ends.

use bytes::BytesMut;
use cairn_testkit::TestServer;
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// The bytes of a value, whatever its type.
#[derive(Debug, Clone, PartialEq)]
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Raw {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Types with the oids that drivers know them by, and texts as PostgreSQL writes them.
fn samples() -> Vec<(&'static str, Type, Vec<&'static str>)> {
    vec![
        ("BOOL", Type::BOOL, vec!["t", "f"]),
        ("INT2", Type::INT2, vec!["-32768", "32767"]),
        ("INT4", Type::INT4, vec!["-2147483648", "2147483647"]),
        (
            "INT8",
            Type::INT8,
            vec!["-9223372036854775808", "9223372036854775807"],
        ),
        (
            "FLOAT4",
            Type::FLOAT4,
            vec![
                "0.1",
                "1e-45",
                "3.4028235e+38",
                "NaN",
                "-Infinity",
                "1.234567e+06",
            ],
        ),
        (
            "FLOAT8",
            Type::FLOAT8,
            vec![
                "0.1",
                "5e-324",
                "1.7976931348623157e+308",
                "NaN",
                "Infinity",
            ],
        ),
        (
            "DECIMAL(38, 10)",
            Type::NUMERIC,
            vec!["-9999999999999999999999999999.9999999999", "0.0000000001"],
        ),
        (
            "DECIMAL",
            Type::NUMERIC,
            vec![
                "0",
                "12.50",
                "-0.00001000",
                "NaN",
                "Infinity",
                "-Infinity",
                "123456789012345678901234567890123456789.1",
            ],
        ),
        ("STRING", Type::TEXT, vec!["", "é\\"]),
        ("VARCHAR(5)", Type::VARCHAR, vec!["abcde"]),
        ("CHAR(5)", Type::BPCHAR, vec!["ab"]),
        ("BYTES", Type::BYTEA, vec!["\\x", "\\x00ff00"]),
        (
            "DATE",
            Type::DATE,
            vec!["4714-11-24 BC", "5874897-12-31", "infinity", "-infinity"],
        ),
        (
            "TIME",
            Type::TIME,
            vec!["00:00:00", "23:59:59.999999", "24:00:00"],
        ),
        (
            "TIMESTAMP",
            Type::TIMESTAMP,
            vec![
                "4714-11-24 00:00:00 BC",
                "2026-11-22 10:15:00.25",
                "infinity",
            ],
        ),
        (
            "TIMESTAMPTZ",
            Type::TIMESTAMPTZ,
            vec!["294247-01-09 23:59:59.999999+00", "-infinity"],
        ),
        (
            "INTERVAL",
            Type::INTERVAL,
            vec![
                "00:00:00",
                "1 year 2 mons -3 days +04:05:06.000007",
                "-178956970 years -8 mons",
            ],
        ),
        (
            "UUID",
            Type::UUID,
            vec!["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        ),
        (
            "INET",
            Type::INET,
            vec!["10.1.2.3/8", "0.0.0.0", "::/0", "2001:db8::1"],
        ),
        (
            "JSONB",
            Type::JSONB,
            vec!["null", "{\"a\": [1, 2.50, \"x\"]}"],
        ),
        ("INT8[]", Type::INT8_ARRAY, vec!["{}", "{1,NULL,-3}"]),
        (
            "STRING[]",
            Type::TEXT_ARRAY,
            vec!["{\"\",\"NULL\",\"a,b\",NULL}"],
        ),
        ("DECIMAL[]", Type::NUMERIC_ARRAY, vec!["{1.50,NaN}"]),
        ("INTERVAL[]", Type::INTERVAL_ARRAY, vec!["{\"1 mon\"}"]),
        ("INET[]", Type::INET_ARRAY, vec!["{10.0.0.0/8}"]),
        (
            "JSONB[]",
            Type::JSONB_ARRAY,
            vec!["{\"{\\\"a\\\": 1}\",\"null\"}"],
        ),
        (
            "TIMESTAMPTZ[]",
            Type::TIMESTAMPTZ_ARRAY,
            vec!["{\"2026-11-22 10:15:00.25+00\",infinity}"],
        ),
        ("VARCHAR(3)[]", Type::VARCHAR_ARRAY, vec!["{abc}"]),
        ("BYTES[]", Type::BYTEA_ARRAY, vec!["{\"\\\\x00\"}"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn text_and_binary_are_one_value() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    for (place, (ty, kind, texts)) in samples().into_iter().enumerate() {
        let table = format!("t{place}");
        client
            .batch_execute(&format!(
                "CREATE TABLE {table} (k INT8 PRIMARY KEY, v {ty})"
            ))
            .await
            .unwrap();
        let insert = client
            .prepare(&format!("INSERT INTO {table} VALUES ($1, $2)"))
            .await
            .unwrap();
        for (k, text) in (0i64..).zip(&texts) {
            let literal = text.replace('\'', "''");
            let write = format!("INSERT INTO {table} VALUES ({k}, '{literal}')");
            client.batch_execute(&write).await.unwrap();
            let read = format!("SELECT v FROM {table} WHERE k = $1");
            let row = client.query_one(&read, &[&k]).await.unwrap();
            assert_eq!(*row.columns()[0].type_(), kind, "{ty}");
            let binary: Raw = row.get(0);
            client
                .execute(&insert, &[&(k + 100), &binary])
                .await
                .unwrap();
            for k in [k, k + 100] {
                let rows = client
                    .simple_query(&format!("SELECT v FROM {table} WHERE k = {k}"))
                    .await
                    .unwrap();
                let shown = rows.iter().find_map(|message| match message {
                    SimpleQueryMessage::Row(row) => row.get(0),
                    _ => None,
                });
                assert_eq!(shown, Some(*text), "{ty}");
            }
        }
    }
    server.stop().await;
}

/// The bytes that PostgreSQL sends.
#[tokio::test(flavor = "multi_thread")]
async fn binary_forms_are_postgresqls() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    for (expression, bytes) in [
        (
            "12.50::DECIMAL",
            vec![0, 2, 0, 0, 0, 0, 0, 2, 0, 12, 0x13, 0x88],
        ),
        (
            "'-0.0001'::DECIMAL",
            vec![0, 1, 0xFF, 0xFF, 0x40, 0, 0, 4, 0, 1],
        ),
        ("'NaN'::DECIMAL", vec![0, 0, 0, 0, 0xC0, 0, 0, 0]),
        ("'-Infinity'::DECIMAL", vec![0, 0, 0, 0, 0xF0, 0, 0, 0]),
        ("'10.1.2.3/8'::INET", vec![2, 8, 0, 4, 10, 1, 2, 3]),
        ("'infinity'::DATE", vec![0x7F, 0xFF, 0xFF, 0xFF]),
        ("'-infinity'::TIMESTAMP", vec![0x80, 0, 0, 0, 0, 0, 0, 0]),
        (
            "'1 mon 2 days 00:00:00.000003'::INTERVAL",
            vec![0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1],
        ),
        ("'[1]'::JSONB", b"\x01[1]".to_vec()),
        (
            "'{7,NULL}'::INT2[]",
            vec![
                0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7,
                0xFF, 0xFF, 0xFF, 0xFF,
            ],
        ),
    ] {
        let row = client
            .query_one(&format!("SELECT {expression}"), &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, Raw>(0), Raw(bytes), "{expression}");
    }
    server.stop().await;
}
