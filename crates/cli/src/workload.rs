//! `cairn workload`: data sets to try things on, loaded and used through an ordinary driver.

mod bank;
mod tpch;
pub mod tpch_queries;

use bytes::Bytes;
use futures::SinkExt;
use tokio_postgres::{Client, CopyInSink, NoTls};

use crate::address::Address;
use crate::arguments::{Workload, WorkloadName, WorkloadVerb};
use crate::failure::{Failure, Outcome};

pub use bank::load as load_bank;

pub async fn run(arguments: Workload) -> Outcome {
    let (WorkloadVerb::Init(load) | WorkloadVerb::Run(load)) = &arguments.verb;
    if !(load.scale > 0.0 && load.scale <= 10_000.0) {
        return Err(Failure::usage(
            "ERROR:  --scale must be above 0 and at most 10000",
        ));
    }
    if load.clients == 0 {
        return Err(Failure::usage("ERROR:  --clients must be at least 1"));
    }
    let url = load.server.url()?;
    match (&arguments.verb, load.name) {
        (WorkloadVerb::Init(_), WorkloadName::Bank) => {
            let client = connect(&url).await?;
            bank::load(&client, load.scale).await
        }
        (WorkloadVerb::Init(_), WorkloadName::Tpch) => tpch::load(&url, load.scale).await,
        (WorkloadVerb::Run(_), WorkloadName::Bank) => bank::run(load, &url).await,
        (WorkloadVerb::Run(_), WorkloadName::Tpch) => tpch::run(&url, load.scale).await,
    }
}

/// Opens a connection; the driver's own half of it runs beside.
pub async fn connect(url: &str) -> Outcome<Client> {
    connect_to(&Address::read(url)?).await
}

async fn connect_to(address: &Address) -> Outcome<Client> {
    let stream = address.dial().await?.stream;
    let connecting = address.config.connect_raw(stream, NoTls);
    let (client, connection) = connecting.await.map_err(failed)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "the connection broke");
        }
    });
    Ok(client)
}

/// A driver's error with what the server said.
pub fn failed(error: tokio_postgres::Error) -> Failure {
    let Some(told) = error.as_db_error() else {
        return Failure::failed(format!("ERROR:  {error}"));
    };
    let hint = told
        .hint()
        .map(|hint| format!("\nHINT:  {hint}"))
        .unwrap_or_default();
    let detail = told
        .detail()
        .map(|detail| format!("\nDETAIL:  {detail}"))
        .unwrap_or_default();
    Failure::failed(format!(
        "ERROR:  {} ({}){detail}{hint}",
        told.message(),
        told.code().code()
    ))
}

/// Lines on their way into a COPY, sent in pieces of this many bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// A COPY … FROM STDIN that lines are written to.
pub struct Lines {
    sink: std::pin::Pin<Box<CopyInSink<Bytes>>>,
    pending: String,
}

impl Lines {
    pub async fn begin(client: &Client, statement: &str) -> Outcome<Lines> {
        let sink = Box::pin(client.copy_in(statement).await.map_err(failed)?);
        Ok(Lines {
            sink,
            pending: String::with_capacity(PIECE_BYTES + 1024),
        })
    }

    pub async fn push(&mut self, line: impl std::fmt::Display) -> Outcome {
        self.pending.push_str(&line.to_string());
        self.pending.push('\n');
        if self.pending.len() >= PIECE_BYTES {
            self.send().await
        } else {
            Ok(())
        }
    }

    /// Ends the COPY; how many rows it wrote.
    pub async fn finish(mut self) -> Outcome<u64> {
        self.send().await?;
        self.sink.as_mut().finish().await.map_err(failed)
    }

    async fn send(&mut self) -> Outcome {
        let piece = Bytes::from(std::mem::take(&mut self.pending));
        self.sink.send(piece).await.map_err(failed)
    }
}
