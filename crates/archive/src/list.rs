use crate::manifest::Manifest;
/// Prints what is in a backup, one line per table.
pub struct Listing<'a>(pub &'a Manifest);
