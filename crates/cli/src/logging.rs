//! What is logged, where to and in which form.
//!
//! A panic is logged once, here, as an event like any other: so it is in the log that machines read, too. Whatever it had in hand, no
//! secret of a URL is shown (`without_secrets`), nor what its words quote: it may be a statement (`without_quotations`).

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
        let what = without_quotations(&without_secrets(what));
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

/// A text with its URLs as anyone may see them.
fn without_secrets(text: &str) -> String {
    let is_behind_url = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`');
    let words = text.split_inclusive(is_behind_url);
    let shown = words.map(|word| match word.contains("://") {
        true => {
            let url = word.trim_end_matches(is_behind_url);
            let behind = word.get(url.len()..).unwrap_or_default();
            cairn_blob::redact(url) + behind
        }
        false => word.to_owned(),
    });
    shown.collect()
}

/// The words without what stands between the first and the last quotation mark.
fn without_quotations(words: &str) -> String {
    let marks = ['"', '\'', '`'];
    match (words.find(marks), words.rfind(marks)) {
        (Some(first), Some(last)) => {
            let (front, _) = words.split_at(first + 1);
            let (_, behind) = words.split_at(if last > first { last } else { words.len() });
            format!("{front}…{behind}")
        }
        _ => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{without_quotations, without_secrets};

    #[test]
    fn a_panic_shows_no_secret_of_a_url() {
        let text = "no such \"s3://b/x?AWS_ACCESS_KEY_ID=id&AWS_SECRET_ACCESS_KEY=s3cr3t\", nor http://u:pw@h/x here";
        let shown = "no such \"s3://b/x?AWS_ACCESS_KEY_ID=id&AWS_SECRET_ACCESS_KEY=redacted\", nor http://u:redacted@h/x here";
        assert_eq!(without_secrets(text), shown);
        let plain = "index out of bounds: the len is 3, but `i` is 4\n";
        assert_eq!(without_secrets(plain), plain);
    }

    #[test]
    fn the_words_of_a_panic_quote_nothing() {
        for (words, shown) in [
            (
                "index out of bounds: the len is 3",
                "index out of bounds: the len is 3",
            ),
            (
                "no boundary in `PASSWORD 'x`y'` at 3",
                "no boundary in `…` at 3",
            ),
            ("it failed: \"one\" and 'two'!", "it failed: \"…'!"),
            ("not closed: 'secret", "not closed: '…"),
        ] {
            assert_eq!(without_quotations(words), shown);
        }
    }
}
