//! The command line: `cairn start`, `sql`, `dump`, `demo`, `workload`, `backup`, `cert`.
//!
//! WHAT IS WHERE
//!   `arguments` is the whole surface, as clap reads it. Each verb has a file of its own. `client` speaks to a server
//!   over the wire as any driver does, where `address` says; `table` prints answers as psql would; `script` finds where statements end.
//!   `instance` is a server inside this process, for `start` and `demo`.
//! EXIT STATUS
//!   0 done, 1 failed (for `backup verify`: the backup is damaged), 2 the command line was wrong.
//! FOR TESTS
//!   `client`, `table`, `instance` and `tpch_queries` are public: the script runner of `testkit` and the end-to-end tests
//!   speak to servers with the same code as a user does. [`main_with`] is `main` of a server whose clock a test turns.
//! OUTPUT
//!   Answers go to stdout; logs, errors and progress to stderr. Progress is drawn on a terminal only. A location is
//!   printed without its secrets.

mod address;
mod allocator;
mod arguments;
mod backup;
mod cert;
pub mod client;
mod demo;
mod dump;
pub mod failure;
pub mod instance;
mod logging;
mod progress;
mod script;
mod sql;
mod start;
pub mod table;
mod workload;

pub use workload::tpch_queries;

use std::process::ExitCode;
use std::sync::Arc;

use cairn_storage::Engine;
use cairn_storage::clock::Clock;
use clap::Parser;

use crate::arguments::{Arguments, Verb};
use crate::failure::{Failure, Outcome};
use crate::instance::Node;

/// Work beside a server, begun once it serves.
pub type Beside = Box<dyn FnOnce(&Arc<Node>, &Arc<dyn Engine>) + Send>;

/// What a test gives a server in the place of its own.
pub struct Surroundings {
    pub clock: Clock,
    pub beside: Beside,
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
    allocator::limit_arenas();
    let arguments = Arguments::parse();
    logging::start(&arguments.verb);
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
        Verb::Dump(dump) => dump::run(dump).await,
        Verb::Demo => demo::run().await,
        Verb::Workload(workload) => workload::run(workload).await,
        Verb::Backup(backup) => backup::run(backup).await,
        Verb::Cert(cert) => cert::run(cert),
    }
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::from(failure.status())
}
