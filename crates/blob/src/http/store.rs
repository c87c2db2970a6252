//! A folder of an HTTP server, or of several, as a store.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderName, IF_NONE_MATCH, RANGE};
use reqwest::{Method, StatusCode};

use super::client::{Client, Failure, collect, send};
use super::place::Place;
use super::upload::HttpUpload;
use crate::create::{Answer, Condition, Creating, create};
use crate::error::{Error, Result};
use crate::location::Location;
use crate::settings::Settings;
use crate::store::{Put, Store, Upload};

/// What a call does, as messages have it.
pub(super) const WRITE: &str = "write";
const READ: &str = "read";
const LOOK_AT: &str = "look at";
const DELETE: &str = "delete";

pub(crate) fn open(location: &Location, settings: &Settings) -> Result<Arc<dyn Store>> {
    Ok(Arc::new(HttpStore {
        place: Arc::new(Place::new(location)?),
        client: Arc::new(Client::new(settings)?),
    }))
}

#[derive(Clone)]
pub(super) struct HttpStore {
    pub(super) place: Arc<Place>,
    pub(super) client: Arc<Client>,
}

#[async_trait]
impl Creating for HttpStore {
    fn condition(&self) -> &Condition {
        &self.place.condition
    }

    async fn put_if_none_match(&self, name: &str, bytes: Bytes) -> Result<Answer> {
        let url = self.place.url(name)?;
        let put = || {
            let request = self.client.request(Method::PUT, &url).body(bytes.clone());
            send(request.header(IF_NONE_MATCH, "*"))
        };
        match self.client.patiently(false, put).await {
            Ok(_) => Ok(Answer::Stored),
            Err(failure) => match failure.status() {
                Some(StatusCode::PRECONDITION_FAILED) => Ok(Answer::Taken),
                Some(StatusCode::NOT_IMPLEMENTED) => Ok(Answer::NoCondition),
                _ => Err(self.place.error(WRITE, name, failure)),
            },
        }
    }

    async fn put_anyway(&self, name: &str, bytes: Bytes) -> Result<()> {
        let url = self.place.url(name)?;
        let put = || send(self.client.request(Method::PUT, &url).body(bytes.clone()));
        let put = self.client.patiently(true, put).await;
        put.map(|_| ())
            .map_err(|failure| self.place.error(WRITE, name, failure))
    }
}

#[async_trait]
impl Store for HttpStore {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        create(self, name, bytes).await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        let url = self.place.url(name)?;
        Ok(Box::new(HttpUpload::new(self.clone(), name, url)))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        let url = self.place.url(name)?;
        let Range { start, end } = range;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let get = || async {
            let mut request = self.client.request(Method::GET, &url);
            if let Some(wanted) = wanted(start, end) {
                request = request.header(RANGE, wanted);
            }
            let response = send(request).await?;
            let at = match response.status() {
                StatusCode::PARTIAL_CONTENT => begins_at(response.headers(), start)?,
                // The server knows no ranges: all of the object comes.
                _ => 0,
            };
            collect(response, at, start, end).await
        };
        match self.client.patiently(true, get).await {
            Ok(bytes) => Ok(bytes),
            // Servers refuse a range that begins behind the end.
            Err(failure) if failure.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                match self.size(name).await {
                    Ok(Some(size)) if size <= start => Ok(Bytes::new()),
                    _ => Err(self.place.error(READ, name, failure)),
                }
            }
            Err(failure) => Err(self.place.error(READ, name, failure)),
        }
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        let url = self.place.url(name)?;
        let head = || send(self.client.request(Method::HEAD, &url));
        let head = self.client.patiently(true, head).await;
        let size = head.and_then(|response| {
            number(response.headers(), &CONTENT_LENGTH).ok_or_else(|| Failure::Lost {
                why: "the server's answer to HEAD has no Content-Length".to_owned(),
                sent: true,
            })
        });
        match size.map_err(|failure| self.place.error(LOOK_AT, name, failure)) {
            Ok(size) => Ok(Some(size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let url = self.place.url(name)?;
        let delete = || send(self.client.request(Method::DELETE, &url));
        let deleted = self.client.patiently(true, delete).await;
        deleted
            .map(|_| ())
            .map_err(|failure| self.place.error(DELETE, name, failure))
    }

    fn caution(&self) -> Option<String> {
        self.place.condition.caution(&self.place.location)
    }
}

/// The header `Range`; `None`: the whole object.
fn wanted(start: u64, end: u64) -> Option<String> {
    match (start, end) {
        (0, u64::MAX) => None,
        (start, u64::MAX) => Some(format!("bytes={start}-")),
        (start, end) => Some(format!("bytes={start}-{}", end - 1)),
    }
}

/// Where a part begins: at `start`, or the server sends something else.
fn begins_at(headers: &HeaderMap, start: u64) -> Result<u64, Failure> {
    let text = headers
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    let first = text.and_then(|text| text.strip_prefix("bytes ")?.split_once('-'));
    match first.and_then(|(first, _)| first.parse().ok()) {
        Some(first) if first == start => Ok(first),
        _ => Err(Failure::Lost {
            why: format!("the server sent {text:?} instead of the bytes from {start} on"),
            sent: true,
        }),
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

impl fmt::Display for HttpStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place.location)
    }
}

impl fmt::Debug for HttpStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpStore({self})")
    }
}
