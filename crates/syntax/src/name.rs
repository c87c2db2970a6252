//! Identifiers: folded when they are read, quoted when they are printed and need it.

use std::{collections::BTreeSet, fmt};

use sqlparser::{ast::Ident, keywords};

/// An identifier as it is looked up: lower case unless it was quoted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub String);

impl Name {
    pub fn new(name: impl Into<String>) -> Self {
        Name(name.into())
    }

    /// Folds an identifier as PostgreSQL does.
    pub fn folded(ident: &Ident) -> Self {
        match ident.quote_style {
            Some(_) => Name(ident.value.clone()),
            None => Name(ident.value.to_lowercase()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quote(&self.0))
    }
}

/// Words that introduce something in a target list, and so cannot stand there as a name.
const TARGET_WORDS: [&str; 9] = [
    "table",
    "database",
    "to",
    "from",
    "as",
    "in",
    "into",
    "with",
    "incremental",
];

/// The words that PostgreSQL 15 reserves: what is quoted for it is read by it.
const POSTGRESQL_RESERVED: [&str; 100] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// The identifier as it must be written to be read back as `name`.
pub fn quote(name: &str) -> String {
    let mut characters = name.chars();
    let simple = characters
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if simple && !is_reserved(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// The words that `quote` quotes.
pub fn reserved_words() -> BTreeSet<String> {
    let known = keywords::ALL_KEYWORDS
        .iter()
        .map(|word| word.to_lowercase());
    let ours = POSTGRESQL_RESERVED.iter().chain(&TARGET_WORDS);
    known
        .filter(|word| is_reserved(word))
        .chain(ours.map(|word| (*word).to_owned()))
        .collect()
}

fn is_reserved(name: &str) -> bool {
    if TARGET_WORDS.contains(&name) {
        return true;
    }
    let upper = name.to_uppercase();
    let Ok(index) = keywords::ALL_KEYWORDS.binary_search(&upper.as_str()) else {
        return false;
    };
    let Some(keyword) = keywords::ALL_KEYWORDS_INDEX.get(index) else {
        return false;
    };
    keywords::RESERVED_FOR_TABLE_ALIAS.contains(keyword)
        || keywords::RESERVED_FOR_COLUMN_ALIAS.contains(keyword)
        || keywords::RESERVED_FOR_IDENTIFIER.contains(keyword)
        || POSTGRESQL_RESERVED.contains(&name)
}
