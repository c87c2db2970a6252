//! Plain HTTP(S) servers that take PUT and GET.
//!
//! WHAT
//!   An object is a file below the URL's path; the query string goes with every request. Of several hosts, separated by commas, an
//!   object's name decides which one has it. Nothing beyond PUT, GET, HEAD and DELETE is asked for: no MKCOL, no listing.
//!
//! HOW DATA FLOWS
//!   An upload that ends within its first `WHOLE_BYTES` is one PUT, created as `crate::create` does it. A larger one is a single PUT,
//!   its body sent in chunks while it is written (`upload`).
//!
//! INVARIANTS
//!   A body that was given up never ends well, so that no server takes what was sent for the whole: `upload::body`. Redirects are not
//!   followed: credentials go to the hosts of the URL only. No secret of the URL stands in an error: `Place::error`.
//!
//! ERRORS, RETRIES
//!   As in `cloud`: 408, 429, 5xx and lost connections are `Error::Unavailable` (`Failure::may_pass`), and such calls are repeated. A
//!   chunked body cannot be repeated.
//!
//! LEFT OUT
//!   A large object is created unconditionally where the server ignores the condition: its name is random, and that nothing is there
//!   is looked up before.

mod client;
pub(crate) mod parameters;
mod place;
mod store;
mod upload;

pub(crate) use store::open;

#[cfg(test)]
mod tests;
