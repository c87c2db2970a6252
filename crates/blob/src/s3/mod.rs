//! Amazon S3 and services that speak its language.

pub(crate) mod parameters;
mod store;

pub(crate) use store::open;
