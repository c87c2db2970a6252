//! The bytes of a COPY.

use cairn_copy::{Block, Error, Fields, Format, Splitter};
use cairn_rows::Datum;
use cairn_syntax::{CopyFormat, CopyOptions};

use crate::value::COLUMNS;

type Records = Result<Vec<Result<Vec<Option<String>>, Error>>, Error>;

/// Reads records and their fields, however they arrive; writes them and reads them again; reads each field as each type. The first
/// byte chooses the options, the second where the rest is cut.
pub fn copy(bytes: &[u8]) {
    let [options, cut, data @ ..] = bytes else {
        return;
    };
    let Ok(format) = Format::new(&chosen(*options)) else {
        return;
    };
    let whole = read(&format, data, data.len());
    let torn = read(&format, data, usize::from(*cut % 16) + 1);
    assert_eq!(whole, torn, "pieces of {}", cut % 16 + 1);
    for record in whole.into_iter().flatten().flatten() {
        write(&format, &record);
        for text in record.into_iter().flatten() {
            for column in COLUMNS.iter() {
                if let Ok(value) = Datum::parse_text(&column.ty, &text) {
                    column.keeps(&value);
                }
            }
        }
    }
}

/// Eight choices, some of them awkward.
fn chosen(number: u8) -> CopyOptions {
    let plain = |format| CopyOptions {
        format,
        delimiter: None,
        null: None,
        header: number & 8 != 0,
        quote: None,
        escape: None,
    };
    match number % 8 {
        0 | 1 => plain(CopyFormat::Text),
        2 | 3 => plain(CopyFormat::Csv),
        4 => CopyOptions {
            delimiter: Some(','),
            null: Some("\\Q".to_owned()),
            ..plain(CopyFormat::Text)
        },
        5 => CopyOptions {
            delimiter: Some(':'),
            null: Some("a".to_owned()),
            quote: Some('-'),
            ..plain(CopyFormat::Csv)
        },
        6 => CopyOptions {
            escape: Some('\\'),
            quote: Some('\''),
            ..plain(CopyFormat::Csv)
        },
        _ => CopyOptions {
            quote: Some('\\'),
            ..plain(CopyFormat::Csv)
        },
    }
}

fn read(format: &Format, data: &[u8], piece: usize) -> Records {
    let mut splitter = Splitter::new(format);
    let mut fields = Fields::default();
    let mut records = Vec::new();
    let mut keep = |block: Option<Block>| {
        for (_, record) in block.iter().flat_map(Block::records) {
            records.push(fields.read(format, record).map(|()| {
                let text = |place| fields.get(place).map(str::to_owned);
                (0..fields.count()).map(text).collect()
            }));
        }
    };
    for piece in data.chunks(piece.max(1)) {
        splitter.push(piece)?;
        keep(splitter.take(1));
    }
    splitter.finish()?;
    keep(splitter.take(0));
    Ok(records)
}

/// Writes a record and reads it again.
fn write(format: &Format, record: &[Option<String>]) {
    let mut line = String::new();
    if format.header {
        line.push('\n');
    }
    for (place, text) in record.iter().enumerate() {
        if place > 0 {
            line.push(char::from(format.delimiter));
        }
        match text {
            Some(text) => format.write_field(text, record.len() == 1, &mut line),
            None => line.push_str(&format.null),
        }
    }
    line.push('\n');
    let again = read(format, line.as_bytes(), line.len());
    assert_eq!(again, Ok(vec![Ok(record.to_vec())]), "{line:?}");
}
