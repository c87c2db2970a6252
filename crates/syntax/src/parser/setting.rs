//! The grammar of cluster settings and zone configurations (reference 1.7, 1.8).

use sqlparser::{
    ast::{Expr, Ident},
    tokenizer::Token,
};

use super::{dotted, reader::Reader};
use crate::{
    ConfigureZone, Name, SetClusterSetting, Statement, ZoneChange, ZoneObject, error::Result,
};

/// `SET CLUSTER SETTING name = value`, `RESET CLUSTER SETTING name`.
pub(crate) fn cluster_setting(reader: &mut Reader<'_>) -> Result<Statement> {
    let reset = reader.accept(&["RESET"]);
    if !reset {
        reader.expect("SET")?;
    }
    reader.expect("CLUSTER")?;
    reader.expect("SETTING")?;
    let name = key(reader, "a setting's name")?;
    let value = match reset {
        true => None,
        false => {
            if !reader.take(&Token::Eq) {
                reader.expect("TO")?;
            }
            value(reader)?.map(Box::new)
        }
    };
    Ok(Statement::SetClusterSetting(SetClusterSetting {
        name,
        value,
    }))
}

/// A name with dots in it, in lower case.
pub(crate) fn key(reader: &mut Reader<'_>, what: &str) -> Result<String> {
    let mut name = reader.name(what)?.0;
    while reader.take(&Token::Period) {
        name = format!("{name}.{}", reader.name("the rest of the name")?.0);
    }
    Ok(name.to_lowercase())
}

/// A constant, or a bare word, which stands for itself; `None`: DEFAULT.
fn value(reader: &mut Reader<'_>) -> Result<Option<Expr>> {
    if reader.accept(&["DEFAULT"]) {
        return Ok(None);
    }
    match (reader.token(), reader.token_at(1)) {
        // `on` and the like are no expressions.
        (Some(Token::Word(word)), None | Some(Token::Comma)) => {
            let word = Ident {
                value: word.value.clone(),
                quote_style: word.quote_style,
                span: sqlparser::tokenizer::Span::empty(),
            };
            reader.skip();
            Ok(Some(Expr::Identifier(word)))
        }
        _ => reader.expression().map(Some),
    }
}

/// Whether an `ALTER …` configures a zone. The object's name has at most six tokens.
pub(crate) fn is_zone(reader: &Reader<'_>) -> bool {
    (2..12).any(|at| {
        reader.word_at(at).as_deref() == Some("CONFIGURE")
            && reader.word_at(at + 1).as_deref() == Some("ZONE")
            && reader.token_at(at - 1) != Some(&Token::Period)
    })
}

/// `ALTER object [EXPERIMENTAL] CONFIGURE ZONE …`.
pub(crate) fn zone(reader: &mut Reader<'_>) -> Result<Statement> {
    reader.expect("ALTER")?;
    let object = zone_object(reader)?;
    reader.accept(&["EXPERIMENTAL"]);
    reader.expect("CONFIGURE")?;
    reader.expect("ZONE")?;
    let change = if reader.accept(&["DISCARD"]) || reader.accept(&["NULL"]) {
        ZoneChange::Discard
    } else if reader.accept(&["USING", "DEFAULT"]) {
        ZoneChange::Default
    } else if reader.accept(&["USING"]) {
        ZoneChange::Using(values(reader)?)
    } else {
        reader.take(&Token::Eq);
        ZoneChange::Yaml(yaml(reader)?)
    };
    Ok(Statement::ConfigureZone(ConfigureZone { object, change }))
}

fn yaml(reader: &mut Reader<'_>) -> Result<String> {
    if let Some(Token::SingleQuotedByteStringLiteral(text)) = reader.token() {
        let text = text.clone();
        reader.skip();
        return Ok(text);
    }
    reader.string("the zone configuration as a string, USING or DISCARD")
}

fn values(reader: &mut Reader<'_>) -> Result<Vec<(String, Option<Expr>)>> {
    let mut values = Vec::new();
    loop {
        let key = key(reader, "a zone's key")?;
        reader.require(&Token::Eq)?;
        let value = match reader.accept(&["COPY", "FROM", "PARENT"]) {
            true => None,
            false => value(reader)?,
        };
        values.push((key, value));
        if !reader.take(&Token::Comma) {
            return Ok(values);
        }
    }
}

/// `RANGE name | DATABASE name | TABLE name | INDEX table@index`.
pub(crate) fn zone_object(reader: &mut Reader<'_>) -> Result<ZoneObject> {
    if reader.accept(&["RANGE"]) {
        // `.default` is how the command line of old wrote it.
        reader.take(&Token::Period);
        return Ok(ZoneObject::Range(reader.name("a range's name")?));
    }
    if reader.accept(&["DATABASE"]) {
        return Ok(ZoneObject::Database(reader.name("a database name")?));
    }
    if reader.accept(&["TABLE"]) {
        return Ok(ZoneObject::Table(dotted(reader, "a table name")?));
    }
    reader.expect("INDEX")?;
    let table = dotted(reader, "a table name")?;
    // Without a table it is an index's name: the table is looked for.
    if !reader.take(&Token::AtSign) {
        return Err(reader.unexpected("@ and the index's name"));
    }
    let index: Name = reader.name("an index name")?;
    Ok(ZoneObject::Index { table, index })
}
