use cairn_syntax::{CopyFormat, CopyOptions};

use super::*;

fn format(format: CopyFormat) -> Format {
    let (delimiter, null, quote, escape) = (None, None, None, None);
    Format::new(&CopyOptions {
        format,
        delimiter,
        null,
        header: false,
        quote,
        escape,
    })
    .unwrap()
}

fn read(format: &Format, record: &[u8]) -> std::result::Result<Vec<Option<String>>, String> {
    let mut fields = Fields::default();
    match fields.read(format, record) {
        Ok(()) => Ok((0..fields.count())
            .map(|place| fields.get(place).map(str::to_owned))
            .collect()),
        Err(error) => Err(error.to_string()),
    }
}

fn shown(format: &Format, record: &str) -> String {
    match read(format, record.as_bytes()) {
        Ok(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    field
                        .as_ref()
                        .map_or("NULL".into(), |text| format!("[{text}]"))
                })
                .collect();
            fields.join(" ")
        }
        Err(error) => error,
    }
}

#[test]
fn text_has_backslashes() {
    let text = format(CopyFormat::Text);
    assert_eq!(shown(&text, "a\t\tb"), "[a] [] [b]");
    assert_eq!(shown(&text, ""), "[]");
    assert_eq!(shown(&text, "\\N\t\\\\N\tN\t\\n"), "NULL [\\N] [N] [\n]");
    assert_eq!(
        shown(&text, "\\b\\f\\n\\r\\t\\v"),
        "[\u{8}\u{c}\n\r\t\u{b}]"
    );
    assert_eq!(
        shown(&text, "\\101\\x41\\x4g\\1012\\xg\\q"),
        "[AA\u{4}gA2xgq]"
    );
    assert_eq!(shown(&text, "a\\\tb\ta\\\nb"), "[a\tb] [a\nb]");
    assert_eq!(shown(&text, "a\\"), "[a]");
    assert_eq!(shown(&text, "\\303\\244\t\\xc3\\xa4"), "[ä] [ä]");
}

#[test]
fn csv_has_quotes() {
    let csv = format(CopyFormat::Csv);
    assert_eq!(shown(&csv, "a,,\"\",b"), "[a] NULL [] [b]");
    assert_eq!(shown(&csv, "\"a,\"\"b\"\"\n\",c"), "[a,\"b\"\n] [c]");
    assert_eq!(shown(&csv, "x\"a,b\"y,\"a\"\"b\"c"), "[xa,by] [a\"bc]");
    assert_eq!(shown(&csv, "\\N, a "), "[\\N] [ a ]");
    assert_eq!(shown(&csv, "a,\"b"), "unterminated CSV quoted field");
    let mut other = csv.clone();
    other.delimiter = b';';
    other.null = "nil".into();
    other.quotes = Some(Quotes {
        quote: b'\'',
        escape: b'\\',
    });
    assert_eq!(
        shown(&other, "nil;'nil';'a\\'b\\\\c\\d';\\'e'"),
        "NULL [nil] [a'b\\c\\d] [\\e]"
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let text = format(CopyFormat::Text);
    assert_eq!(
        read(&text, b"a\xff"),
        Err("invalid byte sequence for encoding \"UTF8\": 0xff".into())
    );
    assert_eq!(
        read(&text, b"a\0b"),
        Err("invalid byte sequence for encoding \"UTF8\": 0x00".into())
    );
    // Neither field is text, though both together would be.
    assert_eq!(
        read(&text, b"\xc3\t\xa4"),
        Err("invalid byte sequence for encoding \"UTF8\": 0xc3".into())
    );
    assert!(read(&text, "\\xc3\t\\xa4".as_bytes()).is_err());
}
