//! Google Cloud Storage.

pub(crate) mod parameters;
mod store;

pub(crate) use store::{check_key, open};
