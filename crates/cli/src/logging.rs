//! What is logged, where to and in which form.
//!
//! A panic is logged once, here, as an event like any other: so it is in the log that machines read, too.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::arguments::{LogFormat, Verb};

/// The parser's own events show the texts of statements, with the secrets in them: never, whatever is asked for.
const NEVER: &str = "sqlparser=off";

/// `CAIRN_LOG` chooses what is logged, such as `debug` or `cairn_server=debug`.
pub fn start(verb: &Verb) {
    let (default, format) = match verb {
        Verb::Start(start) => ("info,fjall=warn,lsm_tree=warn", start.log_format),
        _ => ("warn", LogFormat::Text),
    };
    let filter = EnvFilter::try_from_env("CAIRN_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let filter = match NEVER.parse() {
        Ok(never) => filter.add_directive(never),
        Err(_) => EnvFilter::new(default),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    if matches!(verb, Verb::Start(_)) {
        log_panics();
    }
}

fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("a panic without words");
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let trace = Backtrace::capture();
        let trace = match trace.status() {
            BacktraceStatus::Captured => trace.to_string(),
            _ => String::new(),
        };
        tracing::error!(what, place, trace, "a bug: something panicked");
    }));
}
