//! The binary `cairn` under another name, so that the tests always run the code they were built with.
//!
//! Where the variable `CAIRN_TEST_HAND` names a directory, the server's clock stands still until a test turns it, and the
//! background's work is done when a test says so: `hand`.

mod hand;

fn main() -> std::process::ExitCode {
    match std::env::var_os("CAIRN_TEST_HAND") {
        Some(directory) => cairn_cli::main_with(hand::surroundings(directory.into())),
        None => cairn_cli::main(),
    }
}
