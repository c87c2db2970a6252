//! Progress of long work, drawn on a terminal only; and how long things took.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::client::{Client, Event};

/// A bar over a number of bytes or things; draws nothing when standard error is no terminal.
pub fn bar(what: &str, total: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "{msg:<12} [{bar:32}] {percent:>3} %  {human_pos}/{human_len}  {eta}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total)
        .with_style(style)
        .with_message(what.to_owned())
}

/// How often a running job is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(500);

const NEWEST_JOB: &str = "SELECT type, fraction_completed FROM [SHOW JOBS] WHERE status = 'running' ORDER BY created DESC LIMIT 1";

/// A bar for the job that a statement waits for, drawn beside it by a connection of its own.
pub struct JobWatch(Option<(JoinHandle<()>, ProgressBar)>);

impl JobWatch {
    /// Draws nothing unless the text begins with BACKUP or RESTORE and somebody is looking.
    pub fn start(url: &str, text: &str) -> JobWatch {
        let first = text
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_uppercase();
        if !matches!(first.as_str(), "BACKUP" | "RESTORE") || !std::io::stderr().is_terminal() {
            return JobWatch(None);
        }
        let bar = bar(&first, 1_000);
        let watching = tokio::spawn(watch_job(url.to_owned(), bar.clone()));
        JobWatch(Some((watching, bar)))
    }
}

impl Drop for JobWatch {
    fn drop(&mut self) {
        if let Some((watching, bar)) = &self.0 {
            watching.abort();
            bar.finish_and_clear();
        }
    }
}

async fn watch_job(url: String, bar: ProgressBar) {
    let Ok(mut client) = Client::connect(&url).await else {
        return;
    };
    let mut ticks = tokio::time::interval(ASK_EVERY);
    loop {
        ticks.tick().await;
        let asked = client.run(NEWEST_JOB, |event| {
            if let Event::Row(row) = event
                && let Some(fraction) = row
                    .get(1)
                    .and_then(|value| value.as_deref()?.parse::<f64>().ok())
            {
                bar.set_position((fraction * 1_000.0) as u64);
            }
            Ok(())
        });
        if asked.await.is_err() {
            return;
        }
    }
}

/// A stopwatch.
#[derive(Debug, Clone, Copy)]
pub struct Watch(Instant);

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "this file owns how long the command line's work takes"
    )]
    pub fn start() -> Watch {
        Watch(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// `count` per second so far.
    pub fn rate(&self, count: u64) -> f64 {
        count as f64 / self.elapsed().as_secs_f64().max(1e-9)
    }
}
