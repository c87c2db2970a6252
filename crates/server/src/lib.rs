//! The front door: PostgreSQL's wire protocol before a [`cairn_sql::Session`], and over HTTP what those want to know who watch over it.
//!
//! It knows bytes, messages and sessions, and no SQL: a statement's text goes in, an answer comes out. With certificates it takes
//! encrypted connections only; without them it listens on loopback, unless told that the network may read along.
//!
//! HOW DATA FLOWS
//!   1. `listener::accept` takes a connection and gives it a task of its own on the `workers`: `listener::serve`.
//!   2. `startup::open` encrypts (`tls`), serves cancel requests, has the user admitted (`login`, `scram`) and opens the session.
//!   3. `Conversation::turn` takes one message at a time. A Query runs its statements one after the other, each
//!      answered before the next begins; Parse, Bind, Describe, Execute and Close work on `portal::Names`.
//!   4. Parameters become values in `parameter::decode`; batches become DataRow messages in `encode::RowWriter`;
//!      COPY passes through `answer::receive_copy` and `answer::send_copy`.
//!   5. What is queued in `Channel` goes out when it is large, and at the end of each answer: `Conversation::ready`.
//! INVARIANTS
//!   A message is queued whole or not at all, and sent whole: `Channel::send` is never dropped half-way.
//!   ReadyForQuery tells the session's own transaction status, asked for at that moment: `Conversation::ready`.
//!   Portals live no longer than their transaction: same place.
//!   Nobody listens beyond loopback without encryption, unless it was accepted: `listener::bind`.
//!   Connections without a session, sessions, what each holds, notes of failed logins, log lines that strangers cause: all are bounded
//!   (`lobby`, `cancel::Sessions`, `channel`, `attempts`, `complaints`).
//! ERRORS, RETRIES
//!   `SqlError` is told to the client (`fault`) and the session goes on; in the extended protocol what follows is
//!   skipped up to Sync. `Error` ends the connection. A panic ends its connection only: `listener::serve`.
//!   Nothing is retried here.
//! SLOW CLIENTS
//!   Writing waits for the client, and while it waits its statement produces nothing. No other task is involved.
//! CRASH
//!   Nothing here is durable. A COPY or transaction of a lost connection is dropped with its session.
//! LEFT OUT
//!   COPY in binary form, the function call protocol, notifications, replication; noticing a lost
//!   client while its statement produces no rows.

mod answer;
mod attempts;
mod cancel;
mod channel;
mod complaints;
mod conversation;
mod encode;
mod error;
mod fault;
mod http;
mod listener;
mod lobby;
mod login;
mod metrics;
mod parameter;
mod portal;
mod scram;
mod startup;
mod tls;
mod types;
mod workers;

pub use error::{Error, ErrorKind, Result};
pub use listener::{Limits, Server, ServerOptions};
pub use login::LoginRule;
