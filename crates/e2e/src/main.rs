//! The binary `cairn` under another name, so that the tests always run the code they were built with.

fn main() -> std::process::ExitCode {
    cairn_cli::main()
}
