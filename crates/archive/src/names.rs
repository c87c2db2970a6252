//! Names of objects below a destination, and the random numbers in them.
//!
//! An attempt's number is drawn anew for every try, so no name is ever written twice.

/// The object whose presence makes a backup.
pub const MANIFEST: &str = "manifest.json";

/// The name of a user table's data file, different at every call.
#[must_use]
pub fn data_file_path(table: u32, piece: u64) -> String {
    format!("data/{table}/{piece}-{}.parquet", attempt())
}

/// The name of a system table's data file, such as `users`, different at every call.
#[must_use]
pub fn system_file_path(table_name: &str) -> String {
    format!("system/{table_name}-{}.parquet", attempt())
}

/// The name of one part of a manifest's list, different at every call.
pub(crate) fn part_path(list: &str, number: usize) -> String {
    format!("parts/{list}-{number}-{}.json", attempt())
}

/// The name of the `number`-th lock, counted from 1.
pub(crate) fn lock_path(number: u32) -> String {
    format!("lock-{number}.json")
}

/// A random number by which a store recognises a backup that it sealed itself.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the seal number must not be guessed or drawn twice"
)]
pub fn new_seal() -> u64 {
    rand::random()
}

#[expect(
    clippy::disallowed_methods,
    reason = "no try may use the name of another, in this process or an earlier one"
)]
fn attempt() -> String {
    format!("{:016x}", rand::random::<u64>())
}
