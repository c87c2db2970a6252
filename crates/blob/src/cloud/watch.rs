//! Sees each answer before the client does.
//!
//! The client tells of a failed request in words only. An answer that another try may better is therefore told to it as
//! [`Busy`], which [`may_pass`] finds again among the causes of the client's error.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, Error as StoreError};
use reqwest::{Method, StatusCode};

use crate::patience::Met;

/// Errors of S3 that pass, though their status does not say so: what was sent came broken, too slowly, or together with another's.
const PASSING_CODES: [&str; 5] = [
    "<Code>RequestTimeout</Code>",
    "<Code>BadDigest</Code>",
    "<Code>XAmzContentSHA256Mismatch</Code>",
    "<Code>ConditionalRequestConflict</Code>",
    "<Code>OperationAborted</Code>",
];

/// Makes connections that are watched.
#[derive(Clone, Debug)]
pub(crate) struct Watch(pub(crate) Arc<Met>);

impl HttpConnector for Watch {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        let met = Arc::clone(&self.0);
        Ok(HttpClient::new(Watched { inner, met }))
    }
}

#[derive(Debug)]
struct Watched {
    inner: HttpClient,
    met: Arc<Met>,
}

/// What a server says that cannot now.
#[derive(Debug)]
struct Busy {
    status: StatusCode,
    said: String,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}: {}", self.status, self.said)
    }
}

impl std::error::Error for Busy {}

#[async_trait]
impl HttpService for Watched {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // S3 completes an upload with a status of success, and may say in the body that it did not.
        let completes = request.method() == Method::POST;
        let answer = self.inner.execute(request).await?;
        self.met.answered();
        let status = answer.status();
        let passes = is_passing(status);
        let may_say = matches!(status, StatusCode::BAD_REQUEST | StatusCode::CONFLICT);
        let is_read = passes || may_say || (completes && status.is_success());
        if !is_read {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        let body = body.bytes().await?;
        let said = String::from_utf8_lossy(&body);
        let says_so = match may_say {
            true => PASSING_CODES.iter().any(|code| said.contains(code)),
            false => said.contains("<Error>"),
        };
        if passes || says_so {
            let said = said.into_owned();
            let busy = Busy { status, said };
            return Err(HttpError::new(HttpErrorKind::Unknown, busy));
        }
        Ok(HttpResponse::from_parts(head, body.into()))
    }
}

fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
}

/// Whether another try may end better: the server was busy, or its answer did not come, or not whole.
pub(super) fn may_pass(error: &StoreError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut lost = false;
    while let Some(error) = cause {
        lost |= error.is::<HttpError>();
        // A certificate does not become valid by waiting.
        if error.to_string().contains("invalid peer certificate") {
            return false;
        }
        cause = error.source();
    }
    lost
}
