//! Storage URLs: parsed, judged, and only ever shown without their secrets.
//!
//! WHAT
//!   `scheme://[user[:password]@]host/path?PARAMETER=value&…`. The text is cut by hand: a general URL library would resolve
//!   `..` in the path before it could be refused, and take neither an empty nor a comma-separated host.
//!
//! INVARIANTS
//!   No error of `Location::parse` repeats a part of the text that could be secret.
//!   Parsing a URL and printing it with `to_url_with_secrets` gives the same text.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::parameters::{Parameters, decode, redact_query};
use crate::settings::Settings;
use crate::store::Store;
use crate::{azure, gs, http, nodelocal, s3};

/// How a location is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Nodelocal,
    S3,
    Azure,
    Gs,
    Http,
    Https,
}

impl Scheme {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Nodelocal => "nodelocal",
            Scheme::S3 => "s3",
            Scheme::Azure => "azure",
            Scheme::Gs => "gs",
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn of(name: &str) -> Result<Scheme> {
        match name.to_ascii_lowercase().as_str() {
            "nodelocal" => Ok(Scheme::Nodelocal),
            "s3" => Ok(Scheme::S3),
            "azure" => Ok(Scheme::Azure),
            "gs" => Ok(Scheme::Gs),
            "http" => Ok(Scheme::Http),
            "https" => Ok(Scheme::Https),
            later @ ("external" | "userfile") => Err(Error::Unsupported {
                location: format!("{later}://"),
                what: format!("storage scheme {later:?}"),
            }),
            _ => Err(Error::UnsupportedScheme {
                scheme: name.to_owned(),
            }),
        }
    }
}

/// A storage URL whose text has been judged. Nothing has been opened yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    url: String,
    scheme: Scheme,
    /// Decoded, as far as the provider understands it.
    pub(crate) host: String,
    /// Decoded, with its leading slash; empty when the URL has none.
    pub(crate) path: String,
    pub(crate) has_userinfo: bool,
    pub(crate) parameters: Parameters,
}

impl Location {
    /// Parses a URL and checks what its provider demands.
    ///
    /// # Errors
    /// Kinds `Invalid`, `Unsupported` (a parameter of later versions) and `Refused` (a path outside the external I/O
    /// directory).
    pub fn parse(url: &str) -> Result<Location> {
        if url.chars().any(char::is_control) {
            return Err(Error::Malformed {
                reason: "it contains a control character",
            });
        }
        if url.contains('#') {
            return Err(Error::Malformed {
                reason: "write # as %23",
            });
        }
        let pieces = Pieces::cut(url);
        let scheme = Scheme::of(pieces.scheme)?;
        let Some(authority) = pieces.authority else {
            return Err(Error::Malformed {
                reason: "the scheme must be followed by ://",
            });
        };
        let (userinfo, host) = split_userinfo(authority);
        let location = Location {
            url: url.to_owned(),
            scheme,
            host: decode(host)?,
            path: decode(pieces.path)?,
            has_userinfo: userinfo.is_some(),
            parameters: Parameters::parse(pieces.query.unwrap_or(""))?,
        };
        match scheme {
            Scheme::Nodelocal => nodelocal::parameters::check(&location)?,
            Scheme::S3 => s3::parameters::check(&location)?,
            Scheme::Azure => azure::parameters::check(&location)?,
            Scheme::Gs => gs::parameters::check(&location)?,
            Scheme::Http | Scheme::Https => http::parameters::check(&location)?,
        }
        Ok(location)
    }

    /// Makes a store of the location. Touches nothing: the first call on the store does.
    ///
    /// # Errors
    /// `Disabled` when the node has no external I/O directory, `Setting` when a cluster setting that it needs is absent or wrong,
    /// `SecretKey` when one cannot be unsealed.
    pub fn open(&self, settings: &Settings) -> Result<Arc<dyn Store>> {
        match self.scheme {
            Scheme::Nodelocal => nodelocal::open(self, settings),
            Scheme::S3 => s3::open(self, settings),
            Scheme::Azure => azure::open(self, settings),
            Scheme::Gs => gs::open(self, settings),
            Scheme::Http | Scheme::Https => http::open(self, settings),
        }
    }

    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The URL as it was given, for a job's sealed payload only. Never print it.
    #[must_use]
    pub fn to_url_with_secrets(&self) -> &str {
        &self.url
    }

    /// Refuses credentials before the host, for providers that take them as parameters.
    pub(crate) fn refuse_userinfo(&self) -> Result<()> {
        if self.has_userinfo {
            let message = format!(
                "{} uri does not take a user or password before the host",
                self.scheme.name()
            );
            return Err(Error::Parameter { message });
        }
        Ok(())
    }

    /// Refuses an empty host, which the provider would call `what`.
    pub(crate) fn require_host(&self, what: &str) -> Result<()> {
        if self.host.is_empty() {
            return Err(Error::Parameter {
                message: format!("{} uri missing {what}", self.scheme.name()),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.url))
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl std::str::FromStr for Location {
    type Err = Error;

    fn from_str(url: &str) -> Result<Location> {
        Location::parse(url)
    }
}

/// The URL as anyone may see it: parameter names stay, secret values become `redacted`, passwords too.
///
/// Never fails, because what does not parse must be shown in statements and logs as well.
#[must_use]
pub fn redact(url: &str) -> String {
    let (front, behind) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    // A password with one of these characters reaches beyond them, if an @ follows.
    let torn = !front.contains('@') && behind.contains('@');
    let (url, fragment) = match url.split_once('#') {
        Some((url, _)) => (url, "#redacted"),
        None => (url, ""),
    };
    let pieces = Pieces::cut_at(url, end_of_shown_authority);
    let mut shown = String::with_capacity(url.len());
    if let Some(authority) = pieces.authority {
        shown.push_str(pieces.scheme);
        shown.push_str("://");
        match split_userinfo(authority) {
            (Some(userinfo), host) => {
                match userinfo.split_once(':') {
                    Some((user, _)) if !(userinfo.contains('/') && user.contains('@')) => {
                        shown.push_str(user);
                        shown.push_str(":redacted@");
                    }
                    // Alone, it may as well be a token.
                    _ => shown.push_str("redacted@"),
                }
                shown.push_str(host);
            }
            (None, host) => match host.split_once(':') {
                Some((user, _)) if torn && !is_hosts(host) => {
                    shown.push_str(user);
                    shown.push_str(":redacted");
                }
                _ => shown.push_str(host),
            },
        }
    }
    shown.push_str(pieces.path);
    if let Some(query) = pieces.query {
        shown.push('?');
        shown.push_str(&redact_query(query));
    }
    shown.push_str(fragment);
    shown
}

/// Where the authority ends, as far as it may hold a password: whoever writes one with a slash in it means `user:pa/ss@host`.
/// A path with an `@` after `host:port` loses its beginning by this, which is the smaller harm.
fn end_of_shown_authority(rest: &str) -> usize {
    let slash = end_of_authority(rest);
    match (rest.find(':'), rest.rfind('@')) {
        (Some(colon), Some(at)) if colon < slash && at > slash => {
            let (_, host) = rest.split_at(at);
            at + end_of_authority(host)
        }
        _ => slash,
    }
}

fn end_of_authority(rest: &str) -> usize {
    rest.find('/').unwrap_or(rest.len())
}

/// Whether this is `host` or `host:port`, or several with commas.
fn is_hosts(authority: &str) -> bool {
    authority.split(',').all(|host| {
        host.split_once(':')
            .is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// A URL cut at its separators, nothing decoded.
pub(crate) struct Pieces<'a> {
    pub(crate) scheme: &'a str,
    /// What is between `://` and the path; `None` without `://`, and then all before `?` is in `path`.
    pub(crate) authority: Option<&'a str>,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

impl Pieces<'_> {
    pub(crate) fn cut(url: &str) -> Pieces<'_> {
        Pieces::cut_at(url, end_of_authority)
    }

    /// With the rule where the authority ends, in what follows `://` up to the query.
    fn cut_at(url: &str, end: impl Fn(&str) -> usize) -> Pieces<'_> {
        let (front, query) = match url.split_once('?') {
            Some((front, query)) => (front, Some(query)),
            None => (url, None),
        };
        match front.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_at(end(rest));
                Pieces {
                    scheme,
                    authority: Some(authority),
                    path,
                    query,
                }
            }
            None => {
                let scheme = front.split_once(':').map_or("", |(scheme, _)| scheme);
                Pieces {
                    scheme,
                    authority: None,
                    path: front,
                    query,
                }
            }
        }
    }
}

/// Splits `user:password@host` at its last `@`.
pub(crate) fn split_userinfo(authority: &str) -> (Option<&str>, &str) {
    match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    }
}

#[cfg(test)]
mod tests;
