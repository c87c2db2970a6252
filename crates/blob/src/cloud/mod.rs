//! Stores in a cloud, or that speak like one: what S3 and Azure have in common.
//!
//! WHAT
//!   The providers' folders (`s3`, `azure`) turn a URL into a client of `object_store`; this room makes a [`Store`] of
//!   it. Requests are signed, timed and retried by the client; what it cannot repeat safely, a create, is repeated here.
//!
//! HOW DATA FLOWS
//!   An upload gathers parts of `PART_BYTES`. One that ends within its first part is a single conditional PUT; a larger one
//!   is a multipart upload, two parts under way at once, completed by `finish` (`upload`).
//!
//! INVARIANTS
//!   A create whose answer was lost is repeated, and "already exists" then counts as success only if the object there holds
//!   our bytes: `CloudStore::create`. A secret of the URL never stands in an error, even if the server echoes it:
//!   `Place::error`. No call lists or deletes objects.
//!
//! ERRORS, RETRIES
//!   The client repeats what is safe to repeat on 408, 429, 5xx and lost connections, with growing pauses, for `RETRY_FOR` at
//!   most. The last error is told, with the location.
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

pub(crate) use client::{options, retry};
pub(crate) use store::open;

#[cfg(test)]
mod tests;
