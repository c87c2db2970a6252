//! Azure Blob Storage. Parsed and checked; opening is refused.

pub(crate) mod parameters;
