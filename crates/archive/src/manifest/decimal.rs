//! 64-bit integers as decimal strings.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<T: Display, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display> + Display,
    D: Deserializer<'de>,
{
    parse(&String::deserialize(deserializer)?)
}

/// Takes only the form that `serialize` writes: no plus sign, no leading zeros.
fn parse<T: FromStr<Err: Display> + Display, E: Error>(text: &str) -> Result<T, E> {
    let value: T = text.parse().map_err(E::custom)?;
    if value.to_string() == text {
        Ok(value)
    } else {
        Err(E::custom(format!("{text:?} is not a plain decimal")))
    }
}

/// The same for a value that may be `null`.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, parse};

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display> + Display,
        D: Deserializer<'de>,
    {
        let text: Option<String> = Option::deserialize(deserializer)?;
        text.map(|text| parse(&text)).transpose()
    }
}
