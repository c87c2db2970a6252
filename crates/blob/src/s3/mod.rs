//! Amazon S3 and services that speak its language.

mod connector;
pub(crate) mod parameters;
mod store;

pub(crate) use store::open;
