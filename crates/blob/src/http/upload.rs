//! A large object on its way, as the body of one PUT.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::Stream;
use futures::stream::unfold;
use reqwest::header::IF_NONE_MATCH;
use reqwest::{Body, StatusCode, Url};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::client::Failure;
use super::store::{HttpStore, WRITE};
use crate::create::{Creating, create_at_random_name};
use crate::error::{Error, Result};
use crate::kept::is_kept;
use crate::store::{Store, Upload};

/// What ends within this is sent in one piece, and again if need be.
const WHOLE_BYTES: usize = 8 << 20;
/// Pieces that wait to be sent, so that a slow server slows the writer down.
const WAITING: usize = 2;

pub(super) struct HttpUpload {
    store: HttpStore,
    name: String,
    url: Url,
    gathered: BytesMut,
    sending: Option<Sending>,
    failed: bool,
}

/// A PUT under way.
struct Sending {
    body: Sender<Piece>,
    answer: JoinHandle<Result<(), Failure>>,
    bytes: u64,
}

enum Piece {
    Bytes(Bytes),
    /// The body is whole. One that ends without it was given up.
    End,
}

impl HttpUpload {
    pub(super) fn new(store: HttpStore, name: &str, url: Url) -> HttpUpload {
        HttpUpload {
            store,
            name: name.to_owned(),
            url,
            gathered: BytesMut::new(),
            sending: None,
            failed: false,
        }
    }

    /// What may pass is too late for this body, of which what was sent is gone.
    fn error(&self, failure: &Failure) -> Error {
        let call = self.store.writing(&self.name);
        match failure.status() {
            Some(StatusCode::PRECONDITION_FAILED) => call.already_exists(),
            _ => match self.store.place.error(WRITE, &self.name, failure) {
                Error::Unavailable { source, .. } => call.astray(source),
                error => error,
            },
        }
    }

    fn astray(&self, why: &str) -> Error {
        let why = io::Error::other(why.to_owned());
        self.store.writing(&self.name).astray(why)
    }

    /// Begins the PUT, unless something of that name is there.
    async fn begin(&mut self) -> Result<()> {
        match self.store.size(&self.name).await {
            Ok(Some(_)) => return Err(self.store.writing(&self.name).already_exists()),
            // Who may only write may not look: the name is random.
            Ok(None) | Err(Error::Denied { .. }) => {}
            Err(error) => return Err(error),
        }
        let (body, pieces) = channel(WAITING);
        let request = self.store.client.stream(&self.url);
        let request = request
            .header(IF_NONE_MATCH, "*")
            .body(Body::wrap_stream(self::body(pieces)));
        let client = Arc::clone(&self.store.client);
        self.sending = Some(Sending {
            body,
            answer: tokio::spawn(async move { client.send(request).await.map(|_| ()) }),
            bytes: 0,
        });
        Ok(())
    }

    async fn send(&mut self, piece: Piece) -> Result<()> {
        let step = self.store.client.step();
        let Some(sending) = &mut self.sending else {
            return Err(self.astray("the upload failed before"));
        };
        if let Piece::Bytes(bytes) = &piece {
            sending.bytes += bytes.len() as u64;
        }
        match timeout(step, sending.body.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            // The server has answered already, and that cannot be well.
            Ok(Err(_)) => match self.answer().await {
                Ok(_) => Err(self.astray("the server answered before it had the whole object")),
                Err(error) => Err(error),
            },
            Err(_) => Err(self.astray("the server takes no more bytes")),
        }
    }

    /// What the server says to it all, and how much that was.
    async fn answer(&mut self) -> Result<u64> {
        let step = self.store.client.step();
        let Some(Sending {
            mut answer,
            bytes,
            body,
        }) = self.sending.take()
        else {
            return Err(self.astray("the upload failed before"));
        };
        let answered = timeout(step, &mut answer).await;
        drop(body);
        match answered {
            Ok(Ok(Ok(()))) => Ok(bytes),
            Ok(Ok(Err(failure))) => Err(self.error(&failure)),
            Ok(Err(_)) => Err(Error::Panicked { pool: "upload" }),
            Err(_) => {
                answer.abort();
                Err(self.astray("the server does not answer"))
            }
        }
    }

    async fn write_all(&mut self, part: Bytes) -> Result<()> {
        if self.sending.is_none() {
            self.gathered.extend_from_slice(&part);
            if self.gathered.len() <= WHOLE_BYTES {
                return Ok(());
            }
            self.begin().await?;
            let gathered = std::mem::take(&mut self.gathered).freeze();
            return self.send(Piece::Bytes(gathered)).await;
        }
        self.send(Piece::Bytes(part)).await
    }

    async fn complete(&mut self) -> Result<()> {
        if self.sending.is_none() {
            let whole = std::mem::take(&mut self.gathered).freeze();
            return create_at_random_name(&self.store, &self.name, whole).await;
        }
        self.send(Piece::End).await?;
        let sent = self.answer().await?;
        match is_kept(&self.store, &self.name, sent).await {
            Err(Error::Unavailable { source, .. }) => {
                Err(self.store.writing(&self.name).astray(source))
            }
            looked => looked,
        }
    }
}

/// The pieces as a body, which fails unless its end was told.
fn body(pieces: Receiver<Piece>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(pieces))),
            Some(Piece::End) => None,
            None => Some((Err(io::Error::other("the upload was given up")), None)),
        }
    })
}

#[async_trait]
impl Upload for HttpUpload {
    async fn write(&mut self, part: Bytes) -> Result<()> {
        if self.failed {
            return Err(self.astray("the upload failed before"));
        }
        self.failed = true;
        self.write_all(part).await?;
        self.failed = false;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        if self.failed {
            return Err(self.astray("the upload failed before"));
        }
        self.complete().await
    }

    /// What was sent of a body that does not end is not kept by a server.
    async fn abort(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

impl Drop for HttpUpload {
    fn drop(&mut self) {
        if let Some(sending) = &self.sending {
            sending.answer.abort();
        }
    }
}
