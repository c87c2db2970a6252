//! ALTER INDEX, DROP INDEX and ALTER PRIMARY KEY.

use sqlparser::tokenizer::Token;

use super::{dotted, reader::Reader};
use crate::{Alter, IndexName, error::Result};

/// Reads one of these forms, if the statement is one.
pub(crate) fn alter(reader: &mut Reader<'_>) -> Result<Option<Alter>> {
    if reader.accept(&["ALTER", "INDEX"]) {
        let if_exists = reader.accept(&["IF", "EXISTS"]);
        let index = index_name(reader)?;
        reader.expect("RENAME")?;
        reader.expect("TO")?;
        let to = reader.name("an index's name")?;
        return Ok(Some(Alter::RenameIndex {
            if_exists,
            index,
            to,
        }));
    }
    if reader.accept(&["DROP", "INDEX"]) {
        // Every schema change leaves readers and writers alone, so the word changes nothing.
        reader.accept(&["CONCURRENTLY"]);
        let if_exists = reader.accept(&["IF", "EXISTS"]);
        let mut indexes = vec![index_name(reader)?];
        while reader.take(&Token::Comma) {
            indexes.push(index_name(reader)?);
        }
        let cascade = reader.accept(&["CASCADE"]);
        if !cascade {
            reader.accept(&["RESTRICT"]);
        }
        return Ok(Some(Alter::DropIndex {
            if_exists,
            indexes,
            cascade,
        }));
    }
    primary_key(reader)
}

/// `table@index`, or a dotted name.
fn index_name(reader: &mut Reader<'_>) -> Result<IndexName> {
    let name = dotted(reader, "an index's name")?;
    if !reader.take(&Token::AtSign) {
        return Ok(IndexName { table: None, name });
    }
    Ok(IndexName {
        table: Some(name),
        name: vec![reader.name("an index's name")?],
    })
}

/// Stands where it stood if the ALTER TABLE is about something else.
fn primary_key(reader: &mut Reader<'_>) -> Result<Option<Alter>> {
    let mut ahead = reader.clone();
    if !ahead.accept(&["ALTER", "TABLE"]) {
        return Ok(None);
    }
    let if_exists = ahead.accept(&["IF", "EXISTS"]);
    let Ok(table) = dotted(&mut ahead, "a table's name") else {
        return Ok(None);
    };
    if !ahead.accept(&["ALTER", "PRIMARY", "KEY"]) {
        return Ok(None);
    }
    *reader = ahead;
    reader.expect("USING")?;
    reader.expect("COLUMNS")?;
    reader.require(&Token::LParen)?;
    let columns = reader.key_parts()?;
    reader.require(&Token::RParen)?;
    Ok(Some(Alter::PrimaryKey {
        if_exists,
        table,
        columns,
    }))
}
