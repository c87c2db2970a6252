//! Plain HTTP(S) servers that take PUT and GET. Parsed and checked; opening is refused.

pub(crate) mod parameters;
