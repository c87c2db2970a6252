use cairn_syntax::CopyFormat;

use super::*;

fn format(format: CopyFormat, header: bool) -> Format {
    let (delimiter, null, quote, escape) = (None, None, None, None);
    Format::new(&cairn_syntax::CopyOptions {
        format,
        delimiter,
        null,
        header,
        quote,
        escape,
    })
    .unwrap()
}

fn csv() -> Format {
    format(CopyFormat::Csv, false)
}

fn text() -> Format {
    format(CopyFormat::Text, false)
}

type Records = std::result::Result<Vec<(u64, String)>, String>;

/// The records of an input that arrives in these pieces; blocks are taken whenever there is one.
fn split<'a>(format: &Format, pieces: impl IntoIterator<Item = &'a [u8]>) -> Records {
    let mut splitter = Splitter::new(format);
    let mut records = Vec::new();
    let run = || {
        for piece in pieces {
            splitter.push(piece)?;
            keep(splitter.take(1), &mut records);
        }
        splitter.finish()?;
        keep(splitter.take(0), &mut records);
        Ok::<(), Error>(())
    };
    match run() {
        Ok(()) => Ok(records),
        Err(error) => Err(error.to_string()),
    }
}

fn keep(block: Option<Block>, records: &mut Vec<(u64, String)>) {
    for (line, record) in block.iter().flat_map(Block::records) {
        records.push((line, String::from_utf8_lossy(record).into_owned()));
    }
}

/// The same whole, byte by byte, and cut in two and in three at every place.
fn split_everywhere(format: &Format, input: &str) -> Records {
    let bytes = input.as_bytes();
    let whole = split(format, [bytes]);
    assert_eq!(
        split(format, bytes.chunks(1)),
        whole,
        "byte by byte: {input:?}"
    );
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(
                split(format, pieces),
                whole,
                "cut at {first} and {second}: {input:?}"
            );
        }
    }
    whole
}

fn ok(format: &Format, input: &str) -> Vec<(u64, String)> {
    split_everywhere(format, input).unwrap()
}

fn lines(records: &[(u64, &str)]) -> Vec<(u64, String)> {
    records
        .iter()
        .map(|(line, record)| (*line, (*record).to_owned()))
        .collect()
}

#[test]
fn lines_may_end_in_three_ways_and_the_last_in_none() {
    for format in [text(), csv()] {
        for end in ["\n", "\r\n", "\r"] {
            let expected = lines(&[(1, "a"), (2, ""), (3, "b")]);
            assert_eq!(ok(&format, &["a", "", "b"].join(end)), expected);
            assert_eq!(ok(&format, &["a", "", "b", ""].join(end)), expected);
        }
        assert_eq!(ok(&format, ""), lines(&[]));
        assert_eq!(ok(&format, "\n"), lines(&[(1, "")]));
    }
}

#[test]
fn line_ends_are_not_mixed() {
    let error = |format: &Format, input| split_everywhere(format, input).unwrap_err();
    assert_eq!(
        error(&text(), "a\nb\rc\n"),
        "literal carriage return found in data"
    );
    assert_eq!(error(&text(), "a\r\nb\nc"), "literal newline found in data");
    assert_eq!(
        error(&text(), "a\r\nb\rc"),
        "literal carriage return found in data"
    );
    assert_eq!(error(&text(), "a\rb\nc"), "literal newline found in data");
    assert_eq!(
        error(&csv(), "a\nb\r\n"),
        "unquoted carriage return found in data"
    );
    assert_eq!(error(&csv(), "a\r\nb\n"), "unquoted newline found in data");
}

#[test]
fn a_backslash_takes_the_next_byte_with_it() {
    assert_eq!(
        ok(&text(), "a\\\nb\nc\\\\\nd\n"),
        lines(&[(1, "a\\\nb"), (3, "c\\\\"), (4, "d")])
    );
    assert_eq!(ok(&text(), "a\\\\.b\n"), lines(&[(1, "a\\\\.b")]));
    assert_eq!(ok(&text(), "a\\"), lines(&[(1, "a\\")]));
    assert_eq!(ok(&csv(), "a\\\nb\n"), lines(&[(1, "a\\"), (2, "b")]));
}

#[test]
fn quotes_hold_line_ends() {
    let expected = lines(&[(1, "a,\"x\ny\"\"\nz\",b"), (4, "c")]);
    assert_eq!(ok(&csv(), "a,\"x\ny\"\"\nz\",b\nc\n"), expected);
    let mut apart = csv();
    apart.quotes = Some(Quotes {
        quote: b'\'',
        escape: b'\\',
    });
    assert_eq!(
        ok(&apart, "'a\\'\n\\\\',b\nc"),
        lines(&[(1, "'a\\'\n\\\\',b"), (3, "c")])
    );
    assert_eq!(ok(&apart, "a\\'\n'\nb"), lines(&[(1, "a\\'\n'"), (3, "b")]));
    // Not closed: the record is what is left, and `fields` refuses it.
    assert_eq!(
        ok(&csv(), "a\n\"b\nc\n"),
        lines(&[(1, "a"), (2, "\"b\nc\n")])
    );
}

#[test]
fn nothing_counts_behind_the_end_marker() {
    for end in ["\n", "\r\n"] {
        let input = ["a", "\\.", "b\\x", ""].join(end);
        assert_eq!(ok(&text(), &input), lines(&[(1, "a")]));
        assert_eq!(ok(&csv(), &input), lines(&[(1, "a")]));
    }
    assert_eq!(ok(&text(), "a\n\\."), lines(&[(1, "a")]));
    assert_eq!(ok(&text(), "\\.\n"), lines(&[]));
    let error = |input| split_everywhere(&text(), input).unwrap_err();
    assert_eq!(error("\\.x\n"), "end-of-copy marker corrupt");
    assert_eq!(
        error("a\\.\n"),
        "end-of-copy marker is not alone on its line"
    );
    assert_eq!(
        ok(&csv(), "\\.x\na\\.\n\"\n\\.\n\"\n"),
        lines(&[(1, "\\.x"), (2, "a\\."), (3, "\"\n\\.\n\"")])
    );
}

#[test]
fn a_header_is_skipped_and_counted() {
    let csv = format(CopyFormat::Csv, true);
    assert_eq!(ok(&csv, "\"k\nk\",v\r\n1,2\r\n"), lines(&[(3, "1,2")]));
    assert_eq!(ok(&csv, "k,v"), lines(&[]));
}

#[test]
fn a_missing_quote_does_not_fill_the_memory() {
    let mut splitter = Splitter::new(&csv());
    let piece = vec![b'x'; 1 << 20];
    splitter.push(b"ok\n\"").unwrap();
    let error = (0..=LONGEST >> 20)
        .find_map(|_| splitter.push(&piece).err())
        .unwrap();
    assert_eq!(error.to_string(), "line 2 is longer than 64 MiB");
    assert_eq!(error.hint(), Some("is a closing quote missing?"));
}
