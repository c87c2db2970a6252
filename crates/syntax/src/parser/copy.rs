//! The grammar of COPY: the bracketed options of today's PostgreSQL, and the bare words of old.

use sqlparser::tokenizer::Token;

use super::{backup::list, dotted, reader::Reader};
use crate::{
    Copy, CopyDirection, CopyFormat, CopySource, SyntaxError, copy::CopyOptions, error::Result,
};

pub(crate) fn copy(reader: &mut Reader<'_>) -> Result<Copy> {
    reader.expect("COPY")?;
    let source = if reader.take(&Token::LParen) {
        let tokens = reader.until_closed()?;
        CopySource::Query(Box::new(super::query::query(tokens)?))
    } else {
        let name = dotted(reader, "a table name")?;
        let columns = if reader.take(&Token::LParen) {
            let columns = list(reader, |reader| reader.name("a column name"))?;
            reader.require(&Token::RParen)?;
            columns
        } else {
            Vec::new()
        };
        CopySource::Table { name, columns }
    };
    let direction = if reader.accept(&["FROM", "STDIN"]) {
        CopyDirection::FromStdin
    } else if reader.accept(&["TO", "STDOUT"]) {
        CopyDirection::ToStdout
    } else {
        return Err(reader.unexpected("FROM STDIN or TO STDOUT"));
    };
    if direction == CopyDirection::FromStdin && matches!(source, CopySource::Query(_)) {
        return Err(SyntaxError::new(
            "syntax error: COPY of a query goes TO STDOUT only",
        ));
    }
    let options = options(reader)?;
    Ok(Copy {
        source,
        direction,
        options,
    })
}

fn options(reader: &mut Reader<'_>) -> Result<CopyOptions> {
    let mut options = CopyOptions {
        format: CopyFormat::Text,
        delimiter: None,
        null: None,
        header: false,
        quote: None,
        escape: None,
    };
    reader.accept(&["WITH"]);
    if reader.take(&Token::LParen) {
        list(reader, |reader| option(reader, &mut options))?;
        reader.require(&Token::RParen)?;
    } else {
        while reader.token().is_some() {
            option(reader, &mut options)?;
        }
    }
    check(&options)?;
    Ok(options)
}

fn option(reader: &mut Reader<'_>, options: &mut CopyOptions) -> Result<()> {
    let word = reader.word_at(0).unwrap_or_default();
    let unknown =
        reader.unexpected("FORMAT, DELIMITER, NULL, HEADER, QUOTE, ESCAPE, FREEZE or ENCODING");
    reader.skip();
    match word.as_str() {
        "FORMAT" => {
            options.format = match reader.name("text or csv")?.as_str() {
                "text" => CopyFormat::Text,
                "csv" => CopyFormat::Csv,
                "binary" => CopyFormat::Binary,
                other => {
                    return Err(SyntaxError::new(format!(
                        "COPY format \"{other}\" not recognized"
                    )));
                }
            }
        }
        "CSV" => options.format = CopyFormat::Csv,
        "BINARY" => options.format = CopyFormat::Binary,
        "HEADER" => options.header = truth(reader)?,
        "DELIMITER" | "DELIMITERS" => options.delimiter = Some(character(reader, "DELIMITER")?),
        "QUOTE" => options.quote = Some(character(reader, "QUOTE")?),
        "ESCAPE" => options.escape = Some(character(reader, "ESCAPE")?),
        "NULL" => {
            reader.accept(&["AS"]);
            options.null = Some(reader.string("the text that stands for NULL")?);
        }
        // Rows have no age here that it could fix.
        "FREEZE" => {
            truth(reader)?;
        }
        "ENCODING" => {
            let encoding = reader.string("an encoding")?.replace('-', "");
            if !encoding.eq_ignore_ascii_case("utf8") {
                return Err(SyntaxError::new(
                    "the COPY encoding is not recognized: only UTF8 is",
                ));
            }
        }
        _ => return Err(unknown),
    }
    Ok(())
}

fn truth(reader: &mut Reader<'_>) -> Result<bool> {
    for (word, value) in [
        ("TRUE", true),
        ("ON", true),
        ("FALSE", false),
        ("OFF", false),
    ] {
        if reader.accept(&[word]) {
            return Ok(value);
        }
    }
    match reader.token() {
        Some(Token::Number(number, _)) if number == "0" || number == "1" => {
            let value = number == "1";
            reader.skip();
            Ok(value)
        }
        _ if reader.sees(&["MATCH"]) => Err(reader.unexpected("true or false")),
        _ => Ok(true),
    }
}

fn character(reader: &mut Reader<'_>, what: &str) -> Result<char> {
    reader.accept(&["AS"]);
    let text = reader.string("a single character")?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None)
            if character.is_ascii() && character != '\n' && character != '\r' =>
        {
            Ok(character)
        }
        _ => Err(SyntaxError::new(format!(
            "COPY {} must be a single one-byte character",
            what.to_lowercase()
        ))),
    }
}

fn check(options: &CopyOptions) -> Result<()> {
    if options.format != CopyFormat::Csv {
        for (given, what) in [
            (options.quote.is_some(), "QUOTE"),
            (options.escape.is_some(), "ESCAPE"),
        ] {
            if given {
                return Err(SyntaxError::new(format!("COPY {what} requires CSV mode")));
            }
        }
    }
    if options.quote.is_some() && options.quote == options.delimiter {
        return Err(SyntaxError::new(
            "COPY delimiter and quote must be different",
        ));
    }
    Ok(())
}
