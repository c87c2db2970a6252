//! Amazon S3 and services that speak its language. Parsed and checked; opening is refused.

pub(crate) mod parameters;
