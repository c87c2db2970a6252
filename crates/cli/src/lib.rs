//! The command line: `cairn start`, `sql`, `demo`, `workload`, `backup`.
//!
//! WHAT IS WHERE
//!   `arguments` is the whole surface, as clap reads it. Each verb has a file of its own. `client` speaks to a server
//!   over the wire as any driver does; `table` prints answers as psql would; `script` finds where statements end.
//!   `instance` is a server inside this process, for `start` and `demo`.
//! EXIT STATUS
//!   0 done, 1 failed (for `backup verify`: the backup is damaged), 2 the command line was wrong.
//! FOR TESTS
//!   `client`, `table`, `instance` and `tpch_queries` are public: the script runner of `testkit` and the end-to-end tests
//!   speak to servers with the same code as a user does. [`main_with`] is `main` of a server whose clock a test turns.
//! OUTPUT
//!   Answers go to stdout; logs, errors and progress to stderr. Progress is drawn on a terminal only. A location is
//!   printed without its secrets.

mod arguments;
mod backup;
pub mod client;
mod demo;
pub mod failure;
pub mod instance;
mod progress;
mod script;
mod sql;
mod start;
pub mod table;
mod workload;

pub use workload::tpch_queries;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use cairn_storage::Engine;
use cairn_storage::clock::Clock;
use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Verb};
use crate::failure::{Failure, Outcome};
use crate::instance::Node;

/// What a test gives a server in the place of its own.
pub struct Surroundings {
    pub clock: Clock,
    /// Called once the server serves.
    pub beside: Box<dyn FnOnce(&Arc<Node>, &Arc<dyn Engine>) + Send>,
}

impl Default for Surroundings {
    fn default() -> Surroundings {
        Surroundings {
            clock: Clock::system(),
            beside: Box::new(|_, _| {}),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    main_with(Surroundings::default())
}

/// The same, in other surroundings.
pub fn main_with(surroundings: Surroundings) -> ExitCode {
    let arguments = Arguments::parse();
    start_logging(matches!(arguments.verb, Verb::Start(_)));
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(cairn_sql::THREAD_STACK_BYTES)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return report(&Failure::failed(format!(
                "cannot start the async runtime: {error}"
            )));
        }
    };
    match runtime.block_on(run(arguments, surroundings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

async fn run(arguments: Arguments, surroundings: Surroundings) -> Outcome {
    match arguments.verb {
        Verb::Start(start) => start::run(start, surroundings).await,
        Verb::Sql(sql) => sql::run(sql).await,
        Verb::Demo => demo::run().await,
        Verb::Workload(workload) => workload::run(workload).await,
        Verb::Backup(backup) => backup::run(backup).await,
    }
}

/// `CAIRN_LOG` chooses what is logged, such as `debug` or `cairn_server=debug`.
fn start_logging(server: bool) {
    let default = if server {
        "info,fjall=warn,lsm_tree=warn"
    } else {
        "warn"
    };
    let filter = EnvFilter::try_from_env("CAIRN_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::from(failure.status())
}
