//! The functions: those of PostgreSQL that Cairn answers, with its oids. `functions.txt`, read once.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    oid,
    relation::{Relation, lines},
    rows::{Rows, list},
    types,
};
use crate::Result;

/// What is built in is written in this language.
const INTERNAL: u32 = 12;

/// One row of `pg_proc`.
#[derive(Debug)]
struct Procedure {
    oid: u32,
    name: &'static str,
    kind: &'static str,
    volatility: &'static str,
    strict: bool,
    set: bool,
    result: u32,
    arguments: Vec<u32>,
}

static PROCEDURES: LazyLock<Vec<Procedure>> = LazyLock::new(|| {
    lines(include_str!("functions.txt"))
        .filter_map(read)
        .collect()
});

fn read(line: &'static str) -> Option<Procedure> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    Some(Procedure {
        oid: next()?.parse().ok()?,
        name: next()?,
        kind: next()?,
        volatility: next()?,
        strict: next()? == "t",
        set: next()? == "t",
        result: next()?.parse().ok()?,
        arguments: words.filter_map(|oid| oid.parse().ok()).collect(),
    })
}

impl Procedure {
    fn argument_types(&self) -> String {
        let types = self.arguments.iter().map(|oid| types::format(*oid, None));
        types.collect::<Vec<_>>().join(", ")
    }
}

fn by_oid(oid: u32) -> Option<&'static Procedure> {
    PROCEDURES.iter().find(|one| one.oid == oid)
}

/// `prokind` of the functions of a name; `None`: none is listed.
pub(crate) fn kind_of(name: &str) -> Option<&'static str> {
    let named = PROCEDURES.iter().find(|one| one.name == name);
    named.map(|one| one.kind)
}

/// `pg_proc`.
pub(crate) fn procedures(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for one in PROCEDURES.iter() {
        let count = i16::try_from(one.arguments.len()).unwrap_or(i16::MAX);
        let arguments = one.arguments.iter().map(|oid| Scalar::from(*oid)).collect();
        rows.push([
            ("oid", Scalar::from(one.oid)),
            ("proname", Scalar::from(one.name)),
            ("pronamespace", Scalar::from(oid::PG_CATALOG)),
            ("proowner", Scalar::from(oid::ROOT)),
            ("prolang", Scalar::from(INTERNAL)),
            ("procost", Scalar::from(1.0_f32)),
            ("prokind", Scalar::from(one.kind)),
            ("proisstrict", Scalar::from(one.strict)),
            ("proretset", Scalar::from(one.set)),
            ("provolatile", Scalar::from(one.volatility)),
            ("proparallel", Scalar::from("s")),
            ("pronargs", Scalar::from(count)),
            ("prorettype", Scalar::from(one.result)),
            ("proargtypes", list(&DataType::UInt32, arguments)),
            ("prosrc", Scalar::from(one.name)),
        ])?;
    }
    rows.table()
}

/// `pg_language`.
pub(crate) fn languages(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    rows.push([
        ("oid", Scalar::from(INTERNAL)),
        ("lanname", Scalar::from("internal")),
        ("lanowner", Scalar::from(oid::ROOT)),
    ])?;
    rows.table()
}

/// What `pg_get_function_arguments` says.
pub(crate) fn arguments(oid: u32) -> Option<String> {
    by_oid(oid).map(Procedure::argument_types)
}

/// What `pg_get_function_result` says.
pub(crate) fn result(oid: u32) -> Option<String> {
    let one = by_oid(oid)?;
    let result = types::format(one.result, None);
    Some(match one.set {
        true => format!("SETOF {result}"),
        false => result,
    })
}

/// What `pg_get_functiondef` says of all but aggregates.
pub(crate) fn definition(oid: u32) -> Option<String> {
    let one = by_oid(oid).filter(|one| one.kind != "a")?;
    let (name, arguments, result) = (one.name, one.argument_types(), result(oid)?);
    let window = if one.kind == "w" { " WINDOW" } else { "" };
    let volatility = match one.volatility {
        "i" => " IMMUTABLE",
        "s" => " STABLE",
        _ => "",
    };
    let strict = if one.strict { " STRICT" } else { "" };
    Some(format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.{name}({arguments})\n RETURNS {result}\n LANGUAGE internal\n\
         {window}{volatility} PARALLEL SAFE{strict}\nAS $function${name}$function$\n"
    ))
}

/// The function of a name that no other has, or of a name with the types of the arguments: `length(text)`.
pub(crate) fn find(text: &str) -> Option<u32> {
    let text = text.strip_prefix("pg_catalog.").unwrap_or(text);
    let (name, types) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((name, types)) => (name, Some(types)),
        None => (text, None),
    };
    let wanted = types.map(|types| {
        let types = types.split(',').filter(|ty| !ty.trim().is_empty());
        types
            .map(|ty| types::by_name(ty).map(|ty| ty.oid))
            .collect::<Option<Vec<u32>>>()
    });
    let mut found = PROCEDURES.iter().filter(|one| {
        let same = |wanted: &Option<Vec<u32>>| wanted.as_ref() == Some(&one.arguments);
        one.name == name && wanted.as_ref().is_none_or(same)
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one.oid),
        _ => None,
    }
}

/// A function's name.
pub(crate) fn name(oid: u32) -> Option<&'static str> {
    by_oid(oid).map(|one| one.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_function_is_read_and_has_known_types() {
        let written = lines(include_str!("functions.txt")).count();
        let oids: BTreeSet<u32> = PROCEDURES.iter().map(|one| one.oid).collect();
        assert_eq!(oids.len(), written);
        for one in PROCEDURES.iter() {
            for ty in one.arguments.iter().chain([&one.result]) {
                assert!(types::by_oid(*ty).is_some(), "{one:?}");
            }
        }
    }
}
