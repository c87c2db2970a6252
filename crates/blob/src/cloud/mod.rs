//! Stores in a cloud, or that speak like one: what S3, Azure and Google Cloud have in common.
//!
//! WHAT
//!   The providers' folders (`s3`, `azure`, `gs`) turn a URL into a client of `object_store`; this room makes a [`Store`] of
//!   it. Requests are signed and timed by the client, which tries once; `crate::patience` decides on more.
//!
//! HOW DATA FLOWS
//!   An upload gathers parts of `PART_BYTES`. One that ends within its first part is a single conditional PUT; a larger one
//!   is a multipart upload, its parts under way in `lanes`, completed by `finish` (`upload`). A read goes on where it was broken
//!   off (`CloudStore::read_on`).
//!
//! INVARIANTS
//!   A secret never stands in an error, even if the server echoes it: `Place::error`. No call lists objects.
//!
//! ERRORS, RETRIES
//!   Lost connections, 408, 429 and 5xx are `Error::Unavailable`, which `watch` finds among the client's words. The last error is
//!   told, with the location.
//!
//! CRASH
//!   Leaves parts of an unfinished multipart upload, which no reader sees; a lifecycle rule of the bucket removes them.
//!
//! LEFT OUT
//!   A large object is created unconditionally: its name is random, and that nothing is there is looked up before.

mod client;
mod lanes;
mod place;
mod store;
mod upload;
mod watch;

pub(crate) use client::{Provider, is_plain_http, once, options};
pub(crate) use store::{Client, open};
pub(crate) use watch::Watch;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod trouble;
