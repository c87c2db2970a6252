//! Places on HTTP servers: URLs of objects, and errors as they may be shown.

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use reqwest::{StatusCode, Url};

use super::client::Failure;
use super::store::WRITE;
use crate::create::{Condition, Knowledge};
use crate::error::{Call, Error, Result};
use crate::kept::Sight;
use crate::location::{Location, Pieces, split_userinfo};
use crate::name;
use crate::parameters::decode;
use crate::secrets::Secrets;

/// The longest host that is looked at, in bytes; names in the DNS have at most 253. What reads international names takes time with the
/// square of their length.
const LONGEST_HOST: usize = 1024;

#[derive(Debug)]
pub(super) struct Place {
    /// One per host, in the order of the URL.
    bases: Vec<Url>,
    /// The redacted URL.
    pub(super) location: String,
    /// Passwords and all values of the query.
    secrets: Secrets,
    pub(super) condition: Condition,
    pub(super) sight: Sight,
}

/// A URL per host, with the path and the query of all.
pub(super) fn urls(location: &Location) -> Result<Vec<Url>> {
    let pieces = Pieces::cut(location.to_url_with_secrets());
    let (userinfo, hosts) = split_userinfo(pieces.authority.unwrap_or_default());
    let userinfo = userinfo.map_or_else(String::new, |userinfo| format!("{userinfo}@"));
    let query = pieces
        .query
        .map_or_else(String::new, |query| format!("?{query}"));
    let url = |host: &str| {
        if host.len() > LONGEST_HOST {
            return Err(Error::Malformed {
                reason: "a host is longer than 1024 bytes",
            });
        }
        let scheme = location.scheme().name();
        let text = format!("{scheme}://{userinfo}{host}{}{query}", pieces.path);
        Url::parse(&text).map_err(|_| Error::Malformed {
            reason: "it is not host or host:port, or several with commas",
        })
    };
    hosts.split(',').map(url).collect()
}

impl Place {
    pub(super) fn new(location: &Location) -> Result<Place> {
        let mut secrets = location.parameters.values();
        let bases = urls(location)?;
        for base in &bases {
            // Alone, a user may as well be a token.
            let secret = base.password().unwrap_or_else(|| base.username());
            secrets.extend([secret.to_owned(), decode(secret)?]);
            let (user, password) = (decode(base.username())?, base.password());
            let password = password.map(decode).transpose()?.unwrap_or_default();
            // As a server that repeats its headers would show them.
            secrets.push(STANDARD.encode(format!("{user}:{password}")));
        }
        Ok(Place {
            bases,
            location: location.to_string(),
            secrets: Secrets::new(secrets),
            condition: Condition::new(Knowledge::Nothing),
            sight: Sight::default(),
        })
    }

    /// Where the object is: its name decides the host.
    pub(super) fn url(&self, name: &str) -> Result<Url> {
        name::check(name)?;
        let hosts = u32::try_from(self.bases.len()).unwrap_or(u32::MAX).max(1);
        let host = usize::try_from(fnv32a(name) % hosts).unwrap_or_default();
        let base = self.bases.get(host).cloned();
        let mut url = base.ok_or(Error::Malformed {
            reason: "it has no host",
        })?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(name.split('/'));
        }
        Ok(url)
    }

    pub(super) fn call<'a>(&'a self, action: &'static str, name: &'a str) -> Call<'a> {
        Call {
            location: &self.location,
            action,
            name,
        }
    }

    /// Says what a failed request means here.
    pub(super) fn error(&self, action: &'static str, name: &str, failure: &Failure) -> Error {
        let call = self.call(action, name);
        let source = io::Error::other(self.secrets.hide(&failure.to_string()));
        match failure.status() {
            Some(StatusCode::NOT_FOUND | StatusCode::GONE) if action != WRITE => call.not_found(),
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => call.denied(source),
            Some(StatusCode::INSUFFICIENT_STORAGE) => call.full(source),
            _ if failure.may_pass() => call.unavailable(source),
            _ => call.failed(source),
        }
    }
}

/// Fowler, Noll and Vo's hash, 32 bits, variant 1a: any client can find an object's host by it.
fn fnv32a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_HOST, Place, fnv32a};
    use crate::location::Location;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv32a(""), 0x811c_9dc5);
        assert_eq!(fnv32a("a"), 0xe40c_292c);
        assert_eq!(fnv32a("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn a_name_has_one_host_and_the_query_goes_along() {
        let location = Location::parse("http://user:pa%40ss@h0:80,h1:81,[::1]:82/a%20b/?sig=x%2F1");
        let place = Place::new(&location.unwrap()).unwrap();
        for name in ["manifest.json", "data/104/0-abc.parquet", "lock-1.json"] {
            let url = place.url(name).unwrap();
            let host = ["h0", "h1", "[::1]"][fnv32a(name) as usize % 3];
            assert_eq!(url.host_str(), Some(host), "{name}");
            assert_eq!(url.path(), format!("/a%20b/{name}"));
            assert_eq!(url.query(), Some("sig=x%2F1"));
            assert_eq!(url.password(), Some("pa%40ss"));
        }
    }

    #[test]
    fn a_host_longer_than_any_name_is_refused() {
        let host = format!("xn--{}", "k".repeat(LONGEST_HOST));
        let error = Location::parse(&format!("http://good,{host}/p")).unwrap_err();
        assert!(error.to_string().contains("1024 bytes"), "{error}");
    }

    #[test]
    fn without_a_path_objects_are_at_the_root() {
        let place = Place::new(&Location::parse("http://host").unwrap()).unwrap();
        assert_eq!(place.url("a/b").unwrap().as_str(), "http://host/a/b");
    }
}
