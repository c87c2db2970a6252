//! A folder of an HTTP server, or of several, as a store.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderName, IF_NONE_MATCH, RANGE};
use reqwest::{Method, StatusCode, Url};

use super::client::{Client, Failure, collect};
use super::place::Place;
use super::upload::HttpUpload;
use crate::create::{self, Answer, Condition, Creating};
use crate::error::{Call, Error, Result};
use crate::kept::Sight;
use crate::location::Location;
use crate::patience::Trial;
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

    fn sight(&self) -> &Sight {
        &self.place.sight
    }

    fn begin(&self) -> Trial<'_> {
        self.client.begin()
    }

    fn writing<'a>(&'a self, name: &'a str) -> Call<'a> {
        self.place.call(WRITE, name)
    }

    async fn put_if_none_match(&self, name: &str, bytes: Bytes) -> Result<Answer> {
        let url = self.place.url(name)?;
        let request = self.client.request(Method::PUT, &url).body(bytes);
        match self.client.send(request.header(IF_NONE_MATCH, "*")).await {
            Ok(_) => Ok(Answer::Stored),
            Err(failure) => match failure.status() {
                Some(StatusCode::PRECONDITION_FAILED) => Ok(Answer::Taken),
                Some(StatusCode::NOT_IMPLEMENTED) => Ok(Answer::NoCondition),
                _ => Err(self.place.error(WRITE, name, &failure)),
            },
        }
    }

    async fn put_anyway(&self, name: &str, bytes: Bytes) -> Result<()> {
        let url = self.place.url(name)?;
        let request = self.client.request(Method::PUT, &url).body(bytes);
        let put = self.client.send(request).await;
        put.map(|_| ())
            .map_err(|failure| self.place.error(WRITE, name, &failure))
    }
}

impl HttpStore {
    /// Goes on reading behind what is `collected` of the range.
    async fn read_on(
        &self,
        url: &Url,
        Range { start, end }: &Range<u64>,
        collected: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let from = start + collected.len() as u64;
        let mut request = self.client.request(Method::GET, url);
        if let Some(wanted) = wanted(from, *end) {
            request = request.header(RANGE, wanted);
        }
        let response = self.client.send(request).await?;
        let at = match response.status() {
            StatusCode::PARTIAL_CONTENT => begins_at(response.headers(), from)?,
            // The server knows no ranges: all of the object comes.
            _ => 0,
        };
        collect(response, at, *start, *end, collected).await
    }

    /// The length that the server tells with HEAD; of one that does not tell it there, that with the first byte.
    async fn ask_size(&self, url: &Url) -> Result<u64, Failure> {
        let head = self.client.request(Method::HEAD, url);
        let head = self.client.send(head).await?;
        if let Some(length) = number(head.headers(), &CONTENT_LENGTH) {
            return Ok(length);
        }
        let first = self.client.request(Method::GET, url);
        let answer = self.client.send(first.header(RANGE, "bytes=0-0")).await?;
        let total = match answer.status() {
            StatusCode::PARTIAL_CONTENT => total(answer.headers()),
            _ => number(answer.headers(), &CONTENT_LENGTH),
        };
        total.ok_or_else(|| Failure::Unusable {
            why: "the server tells no object's length, neither with HEAD nor with a range"
                .to_owned(),
        })
    }
}

#[async_trait]
impl Store for HttpStore {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        create::create(self, name, bytes).await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        let url = self.place.url(name)?;
        Ok(Box::new(HttpUpload::new(self.clone(), name, url)))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        let url = self.place.url(name)?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let mut collected = Vec::new();
        let mut trial = self.begin();
        loop {
            let failure = match self.read_on(&url, &range, &mut collected).await {
                Ok(()) => return Ok(collected.into()),
                Err(failure) => failure,
            };
            // Servers refuse a range that begins behind the end.
            let refused = failure.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE);
            let at = range.start + collected.len() as u64;
            let error = self.place.error(READ, name, &failure);
            if refused {
                return match self.size(name).await {
                    Ok(Some(size)) if size <= at => Ok(collected.into()),
                    _ => Err(error),
                };
            }
            if !trial.again(&error).await {
                return Err(error);
            }
        }
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        let url = self.place.url(name)?;
        let look = || async {
            let size = self.ask_size(&url).await;
            match size.map_err(|failure| self.place.error(LOOK_AT, name, &failure)) {
                Ok(size) => Ok(Some(size)),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.begin().repeat(look).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let url = self.place.url(name)?;
        let delete = || async {
            let request = self.client.request(Method::DELETE, &url);
            let deleted = self.client.send(request).await;
            deleted
                .map(|_| ())
                .map_err(|failure| self.place.error(DELETE, name, &failure))
        };
        self.begin().repeat(delete).await
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn caution(&self) -> Option<String> {
        create::caution(self)
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
        _ => Err(Failure::Unusable {
            why: format!("the server sent {text:?} instead of the bytes from {start} on"),
        }),
    }
}

/// The whole object's length, as the answer to a range tells it.
fn total(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    text.rsplit_once('/')?.1.parse().ok()
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
