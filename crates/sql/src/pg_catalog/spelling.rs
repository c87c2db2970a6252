//! Stored expressions and queries in PostgreSQL's words: what the catalogs show of them loads there, too.
//!
//! An INT of 64 bits is `bigint`, an INT4 stays `int4` (`integer` has 64 bits here), a STRING is `text`, and a relation of the same
//! database has no database before its name.

use std::{convert::Infallible, ops::ControlFlow};

use cairn_catalog::{ColumnType, ElementType};
use cairn_syntax::{
    ast::{self, DataType, Expr, Ident, ObjectName, VisitMut},
    object_name, parts,
};

use super::types;
use crate::schema::types::column_type;

/// An expression; `database` is the one that it is stored in.
pub(crate) fn expression(text: &str, database: &str) -> String {
    let Ok(mut expression) = cairn_syntax::parse_expression(text) else {
        return text.to_owned();
    };
    spell_types(&mut expression);
    let spelled: Result<(), Infallible> = cairn_syntax::visit_sequences(&mut expression, |name| {
        let parts = super::directory::parts(name);
        Ok(parts.and_then(|parts| Some(object_name(local(&parts, database)?).to_string())))
    });
    match spelled {
        Ok(()) => expression.to_string(),
        Err(never) => match never {},
    }
}

/// A query.
pub(crate) fn query(text: &str, database: &str) -> String {
    let Ok(mut query) = cairn_syntax::parse_query(text) else {
        return text.to_owned();
    };
    spell_types(&mut query);
    let spelled: Result<(), Infallible> = cairn_syntax::visit_relations(&mut query, |relation| {
        let parts = parts(relation.name);
        if let Some(local) = local(&parts, database) {
            *relation.name = object_name(local);
        }
        Ok(())
    });
    match spelled {
        Ok(()) => query.to_string(),
        Err(never) => match never {},
    }
}

/// A full name without its database, if it is that one.
fn local<'a>(parts: &'a [String], database: &str) -> Option<&'a [String]> {
    match parts {
        [first, local @ ..] if local.len() == 2 && first == database => Some(local),
        _ => None,
    }
}

fn spell_types<T: VisitMut>(tree: &mut T) {
    let _: ControlFlow<()> = ast::visit_expressions_mut(tree, |expr| {
        match expr {
            Expr::Cast { data_type, .. } => spell(data_type),
            Expr::TypedString(typed) => spell(&mut typed.data_type),
            _ => {}
        }
        ControlFlow::Continue(())
    });
}

fn spell(data_type: &mut DataType) {
    let Ok(ty) = column_type(data_type) else {
        return;
    };
    let name = match ty {
        ColumnType::Int4 => "int4".to_owned(),
        ColumnType::Array(ElementType::Int4) => "int4[]".to_owned(),
        ty => types::format(types::oid_of(&ty), Some(types::modifier(&ty))),
    };
    *data_type = DataType::Custom(ObjectName::from(vec![Ident::new(name)]), Vec::new());
}

#[cfg(test)]
mod tests {
    use super::{expression, query};

    #[test]
    fn types_and_names_are_those_that_postgresql_reads() {
        for (stored, spelled) in [
            ("CAST(a AS INT) + 1", "CAST(a AS bigint) + 1"),
            (
                "a::STRING || 'x'::VARCHAR(3)",
                "a::text || 'x'::character varying(3)",
            ),
            ("'{}'::INT[]", "'{}'::bigint[]"),
            ("'{}'::INT4[]", "'{}'::int4[]"),
            ("CAST(a AS INT4)", "CAST(a AS int4)"),
            ("a::DECIMAL(10, 2) > 0", "a::numeric(10,2) > 0"),
            ("nextval('shop.public.ids')", "nextval('public.ids')"),
            ("nextval('other.public.ids')", "nextval('other.public.ids')"),
            (
                "nextval('shop.public.\"q\"\"uo''te/ü_seq\"')",
                "nextval('public.\"q\"\"uo''te/ü_seq\"')",
            ),
            (
                "nextval('shop.\"\"\"public\".\"se\"\"\"')",
                "nextval('\"\"\"public\".\"se\"\"\"')",
            ),
            ("gen_random_uuid()", "gen_random_uuid()"),
        ] {
            assert_eq!(expression(stored, "shop"), spelled);
        }
        assert_eq!(
            query(
                "WITH t AS (SELECT a FROM shop.public.t) SELECT t.a::BYTES AS a FROM t, other.public.u",
                "shop"
            ),
            "WITH t AS (SELECT a FROM public.t) SELECT t.a::bytea AS a FROM t, other.public.u"
        );
    }
}
