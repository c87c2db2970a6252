//! Changes of the catalog by SQL: CREATE and DROP.
pub(crate) mod types;
