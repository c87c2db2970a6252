//! The grammar of COMMENT ON.

use sqlparser::tokenizer::Token;

use super::{dotted, reader::Reader};
use crate::{Comment, CommentTarget, Name, RelationKind, error::Result};

pub(crate) fn comment(reader: &mut Reader<'_>) -> Result<Comment> {
    reader.expect("COMMENT")?;
    reader.expect("ON")?;
    let on = target(reader)?;
    reader.expect("IS")?;
    let text = match reader.accept(&["NULL"]) {
        true => None,
        false => Some(reader.string("the comment as a string")?),
    };
    Ok(Comment { on, text })
}

fn target(reader: &mut Reader<'_>) -> Result<CommentTarget> {
    let word = reader.word_at(0).unwrap_or_default();
    let relation = |kind| move |name| CommentTarget::Relation { kind, name };
    let what = "DATABASE, TABLE, VIEW, SEQUENCE, COLUMN, INDEX or CONSTRAINT";
    Ok(match word.as_str() {
        "DATABASE" => {
            reader.skip();
            CommentTarget::Database(reader.name("the database's name")?)
        }
        "TABLE" | "VIEW" | "SEQUENCE" => {
            reader.skip();
            let kind = match word.as_str() {
                "VIEW" => RelationKind::View,
                "SEQUENCE" => RelationKind::Sequence,
                _ => RelationKind::Table,
            };
            relation(kind)(dotted(reader, "the relation's name")?)
        }
        "COLUMN" => {
            reader.skip();
            CommentTarget::Column(column(reader)?)
        }
        "INDEX" => {
            reader.skip();
            let first = dotted(reader, "the index's name")?;
            match reader.take(&Token::AtSign) {
                true => CommentTarget::Index {
                    table: Some(first),
                    index: vec![reader.name("the index's name")?],
                },
                false => CommentTarget::Index {
                    table: None,
                    index: first,
                },
            }
        }
        "CONSTRAINT" => {
            reader.skip();
            let name = reader.name("the constraint's name")?;
            reader.expect("ON")?;
            CommentTarget::Constraint {
                name,
                table: dotted(reader, "the table's name")?,
            }
        }
        _ => return Err(reader.unexpected(what)),
    })
}

/// A table's name, which has up to three parts, and the column's.
fn column(reader: &mut Reader<'_>) -> Result<Vec<Name>> {
    let mut parts = vec![reader.name("the table's name")?];
    reader.require(&Token::Period)?;
    parts.push(reader.name("the column's name")?);
    while parts.len() < 4 && reader.take(&Token::Period) {
        parts.push(reader.name("the column's name")?);
    }
    Ok(parts)
}
