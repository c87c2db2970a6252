//! An HTTP proxy that does to a store's client what networks and stores do on their bad days.
//!
//! WHAT
//!   A test puts a [`Proxy`] between its client and a real server. The proxy passes requests on, and spoils some of them as its
//!   [`Plan`] says: answers that come late, broken off or never, 503 for a while, requests delivered twice, bytes changed on
//!   the way, a success for what was not done ([`Fault`]). It can also refuse kinds of requests, as a store with few permissions
//!   does ([`Refusal`]), and let only so many bytes pass in a second. It counts what it saw ([`Tally`]).
//!
//! HOW DATA FLOWS
//!   1. `listener`: a connection is accepted, and its requests are served one after the other.
//!   2. `Plan::judge`: request number n is refused, spoilt or let through. The n-th draw is a function of the seed and of n alone,
//!      so that a run with the same seed and the same requests meets the same faults.
//!   3. `passage`: the request goes to the server over a connection of its own, `Host` and signature untouched, and the answer
//!      comes back, both through the `Throttle`.
//!
//! ERRORS
//!   A server that cannot be reached is a 502. A client that goes away takes its request along.
//!
//! LEFT OUT
//!   TLS and HTTP/2. Only tests use this crate.

mod listener;
mod passage;
mod plan;
mod tally;
mod throttle;

pub use listener::Proxy;
pub use plan::{Fault, Faults, Operation, Plan, Refusal, Trap};
pub use tally::Tally;

#[cfg(test)]
mod tests;
