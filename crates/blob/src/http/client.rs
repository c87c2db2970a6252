//! Requests, and which of them are made again.

use std::fmt;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, redirect};

use crate::error::{Error, Result, chain};
use crate::patience::{Met, Patience, Trial};
use crate::settings::{Settings, bad_certificates, certificates};

/// So much of what a server says with an error is told.
const SAID_BYTES: usize = 300;

/// Why a request did not do what it should.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said so.
    Status { status: StatusCode, said: String },
    /// No whole answer came.
    Lost { why: String },
    /// What came cannot be used, and would not be another the next time.
    Unusable { why: String },
}

impl Failure {
    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Failure::Status { status, .. } => Some(*status),
            Failure::Lost { .. } | Failure::Unusable { .. } => None,
        }
    }

    pub(super) fn of(error: reqwest::Error) -> Failure {
        // The URL has the secrets.
        let why = chain(&error.without_url());
        // A certificate does not become valid by waiting.
        match why.contains("invalid peer certificate") {
            true => Failure::Unusable { why },
            false => Failure::Lost { why },
        }
    }

    /// Whether another try may end better.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Failure::Status { status, .. } => {
                let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
                let lasting = [
                    StatusCode::NOT_IMPLEMENTED,
                    StatusCode::INSUFFICIENT_STORAGE,
                ];
                passing.contains(status) || status.is_server_error() && !lasting.contains(status)
            }
            Failure::Lost { .. } => true,
            Failure::Unusable { .. } => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Status { status, said } => {
                write!(f, "error response from server: {status} {said:?}")
            }
            Failure::Lost { why } | Failure::Unusable { why } => f.write_str(why),
        }
    }
}

#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    /// For bodies of any length: silent while it sends.
    streams: reqwest::Client,
    patience: Patience,
    met: Met,
}

impl Client {
    pub(super) fn new(settings: &Settings) -> Result<Client> {
        cairn_tls::install_provider();
        let patience = settings.patience;
        let trusted = settings.custom_ca().map(certificates).transpose()?;
        let build = || {
            reqwest::Client::builder()
                .connect_timeout(patience.connect)
                .redirect(redirect::Policy::none())
                .tls_certs_merge(trusted.clone().unwrap_or_default())
        };
        let http = build()
            .read_timeout(patience.silence)
            .timeout(patience.request);
        let failed = |error: reqwest::Error| match &trusted {
            Some(_) => bad_certificates(),
            None => Error::Setting {
                problem: format!("no HTTP client can be made: {}", chain(&error)),
            },
        };
        Ok(Client {
            http: http.build().map_err(failed)?,
            streams: build().build().map_err(failed)?,
            patience,
            met: Met::default(),
        })
    }

    /// How long one step of a long upload may take.
    pub(super) fn step(&self) -> Duration {
        self.patience.request
    }

    pub(super) fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.http.request(method, url.clone())
    }

    pub(super) fn stream(&self, url: &Url) -> RequestBuilder {
        self.streams.request(Method::PUT, url.clone())
    }

    /// Begins a call.
    pub(super) fn begin(&self) -> Trial<'_> {
        self.patience.begin(&self.met)
    }

    /// Sends a request, once, and takes every success but an unexpected one.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(Failure::of)?;
        self.met.answered();
        answered(response).await
    }
}

async fn answered(mut response: Response) -> Result<Response, Failure> {
    let status = response.status();
    let is_success = matches!(
        status,
        StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT | StatusCode::PARTIAL_CONTENT
    );
    if is_success {
        return Ok(response);
    }
    let mut said = Vec::new();
    while said.len() < SAID_BYTES
        && let Ok(Some(more)) = response.chunk().await
    {
        said.extend_from_slice(&more);
    }
    said.truncate(SAID_BYTES);
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    Err(Failure::Status { status, said })
}

/// Adds to `collected` what `response`, which begins at `at`, holds of an object behind it, up to `end`. `collected` begins at `start`.
pub(super) async fn collect(
    mut response: Response,
    mut at: u64,
    start: u64,
    end: u64,
    collected: &mut Vec<u8>,
) -> Result<(), Failure> {
    let from = start + collected.len() as u64;
    while at < end
        && let Some(chunk) = response.chunk().await.map_err(Failure::of)?
    {
        let clamp = |place: u64| {
            let offset = place.saturating_sub(at);
            usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(chunk.len())
        };
        collected.extend_from_slice(chunk.get(clamp(from)..clamp(end)).unwrap_or_default());
        at += chunk.len() as u64;
    }
    Ok(())
}
