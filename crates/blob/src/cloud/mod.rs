//! Stores in a cloud, or that speak like one: what S3, Azure and Google Cloud have in common.
//!
//! WHAT
//!   The providers' folders (`s3`, `azure`, `gs`) turn a URL into a client of `object_store`; this room makes a [`Store`] of
//!   it. Requests are signed, timed and retried by the client; what it cannot repeat safely, a create, is repeated by `crate::create`.
//!
//! HOW DATA FLOWS
//!   An upload gathers parts of `PART_BYTES`. One that ends within its first part is a single conditional PUT; a larger one
//!   is a multipart upload, two parts under way at once, completed by `finish` (`upload`).
//!
//! INVARIANTS
//!   A secret never stands in an error, even if the server echoes it: `Place::error`. No call lists objects.
//!
//! ERRORS, RETRIES
//!   The client repeats what is safe to repeat on 408, 429, 5xx and lost connections, with growing pauses, no
//!   longer than `Patience` has it. The last error is told, with the location.
//!
//! CRASH
//!   Leaves parts of an unfinished multipart upload, which no reader sees; a lifecycle rule of the bucket removes them.
//!
//! LEFT OUT
//!   A large object is created unconditionally: its name is random, and that nothing is there is looked up before.

mod client;
mod place;
mod store;
mod upload;

pub(crate) use client::{is_plain_http, options, retry};
pub(crate) use store::{Client, open};

#[cfg(test)]
mod tests;
