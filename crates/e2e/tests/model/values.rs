//! Values as texts: the oracle knows of types only which texts a server prints for what was written.

use crate::chance::Chance;

/// As a server prints it; `None` is NULL.
pub type Value = Option<String>;

pub struct Type {
    pub name: &'static str,
    /// Texts that come back as they are; no two of them are equal.
    pool: &'static [&'static str],
    /// Whether it may be part of a key or an index.
    pub is_ordered: bool,
}

pub const INT8: &Type = &Type {
    name: "INT8",
    pool: &[
        "0",
        "1",
        "2",
        "3",
        "5",
        "8",
        "13",
        "21",
        "34",
        "55",
        "89",
        "-1",
        "-7",
        "9223372036854775807",
        "-9223372036854775808",
    ],
    is_ordered: true,
};

pub const STRING: &Type = &Type {
    name: "STRING",
    pool: &[
        "",
        "a",
        "it's",
        "ünï",
        "NULL",
        "longer than the others",
        "back\\slash",
        "x y",
        "a\u{1}",
        "zz",
    ],
    is_ordered: true,
};

const TYPES: &[&Type] = &[
    INT8,
    STRING,
    &Type {
        name: "INT2",
        pool: &["0", "7", "-32768", "32767"],
        is_ordered: true,
    },
    &Type {
        name: "INT4",
        pool: &["0", "1", "-2147483648", "2147483647", "77"],
        is_ordered: true,
    },
    &Type {
        name: "BOOL",
        pool: &["t", "f"],
        is_ordered: true,
    },
    &Type {
        name: "VARCHAR(12)",
        pool: &["twelve chars", "a", "", "ä"],
        is_ordered: true,
    },
    &Type {
        name: "DECIMAL(10,2)",
        pool: &["0.00", "1.50", "-99999999.99", "12.34"],
        is_ordered: true,
    },
    &Type {
        name: "DECIMAL",
        pool: &["0", "1.50", "-3", "123456789012345678901234567890.5"],
        is_ordered: false,
    },
    &Type {
        name: "FLOAT8",
        pool: &["0", "0.1", "-2.5", "1e+15", "NaN", "Infinity"],
        is_ordered: true,
    },
    &Type {
        name: "DATE",
        pool: &["2026-11-22", "1999-12-31", "0001-01-01", "infinity"],
        is_ordered: true,
    },
    &Type {
        name: "TIMESTAMP",
        pool: &["2026-11-22 10:15:00.25", "1969-12-31 23:59:59.999999"],
        is_ordered: true,
    },
    &Type {
        name: "TIMESTAMPTZ",
        pool: &["2026-11-22 10:15:00.25+00", "1970-01-01 00:00:00+00"],
        is_ordered: true,
    },
    &Type {
        name: "UUID",
        pool: &[
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            "00000000-0000-0000-0000-000000000000",
        ],
        is_ordered: true,
    },
    &Type {
        name: "BYTES",
        pool: &["\\x", "\\x00", "\\xdeadbeef", "\\xff00ff"],
        is_ordered: true,
    },
    &Type {
        name: "INTERVAL",
        pool: &["1 year 2 mons -3 days +04:05:06", "00:00:01", "1 mon"],
        is_ordered: true,
    },
    &Type {
        name: "INET",
        pool: &["10.1.2.3/8", "::1", "192.168.0.1"],
        is_ordered: true,
    },
    &Type {
        name: "JSONB",
        pool: &["{\"a\": [1, 2.50]}", "[]", "null", "\"text\""],
        is_ordered: false,
    },
    &Type {
        name: "INT8[]",
        pool: &["{}", "{1,NULL,3}", "{-5}"],
        is_ordered: false,
    },
    &Type {
        name: "STRING[]",
        pool: &["{a,\"b c\"}", "{\"\",NULL}"],
        is_ordered: false,
    },
];

impl Type {
    pub fn any(chance: &mut Chance) -> &'static Type {
        TYPES[chance.below(TYPES.len())]
    }

    pub fn value(&self, chance: &mut Chance) -> String {
        match self.name {
            "INT8" if !chance.one_in(3) => chance.below(200).to_string(),
            "STRING" if !chance.one_in(3) => format!("text {}", chance.below(500)),
            _ => self.pool[chance.below(self.pool.len())].to_owned(),
        }
    }
}

/// A value as SQL.
pub fn literal(value: &Value) -> String {
    match value {
        None => "NULL".to_owned(),
        Some(text) => format!("'{}'", text.replace('\'', "''")),
    }
}

/// A value as SQL where its type does not follow from the place.
pub fn typed(value: &Value, ty: &Type) -> String {
    format!("{}::{}", literal(value), ty.name)
}

/// A value as a field of COPY's text format.
pub fn copied(value: &Value) -> String {
    match value {
        None => "\\N".to_owned(),
        Some(text) => text
            .replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n"),
    }
}
