//! Azure Blob Storage.

pub(crate) mod parameters;
mod store;

pub(crate) use store::open;
