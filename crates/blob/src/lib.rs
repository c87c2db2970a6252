//! The dock: storage URLs become object stores.
//!
//! WHAT
//!   A [`Location`] is a parsed storage URL; [`Location::open`] makes a [`Store`] of it: create an object once, read a
//!   range of it, ask its size. This crate knows nothing about backups, tables or manifests. Each provider is a folder
//!   with the same file names: `parameters.rs` (what its URLs may say), `store.rs` and, where the room `cloud` does not do it,
//!   `upload.rs`. `testing` holds the conformance suite every store passes, a store in memory, and one that fails on demand.
//!
//! HOW DATA FLOWS
//!   1. `Location::parse` cuts the URL and lets the provider's `parameters::check` judge it, before anything is opened.
//!   2. `Location::open` joins it with the node's [`Settings`] and gives a [`Store`].
//!   3. `Store::upload` takes a large object part by part and makes it visible whole in `Upload::finish`;
//!      `Store::put_if_absent` does the same for a small one in one call.
//!   4. `Store::get` reads a range.
//!
//! INVARIANTS
//!   A name is written at most once, ever: no call overwrites an object (`testing::conformance`), as far as the server behind it
//!   lets us: `create`.
//!   An object is visible whole and durable, or not at all: [`Upload::finish`] is the only place that shows it.
//!   An object's name cannot leave its location: `name::check`; a nodelocal path cannot leave the external I/O
//!   directory: `nodelocal::parameters::check` on the text, `cap-std` on the links.
//!   Secrets never leave a `Location` except through `to_url_with_secrets`: `Display` and `Debug` are redacted. What is stored of
//!   one is a [`SealedLocation`]; a [`Vault`] has the key.
//!
//! ERRORS, RETRIES
//!   [`Error::kind`] says what the user must do. A call on a server whose error may pass (`Error::Unavailable`) is tried again, by one
//!   policy (`patience`). An object that went astray (`Error::Astray`) the caller may write again under a new name. What was written is
//!   looked at before it counts (`kept`); what comes wrong is read again before it counts as damage ([`agreed`]).
//!
//! CRASH
//!   A process that dies inside an upload leaves at most a file whose name begins with `.partial-`. No reader looks at
//!   such names, so it costs only its space.
//!
//! LEFT OUT
//!   Nothing lists objects, and only a [`probe`] deletes one: its own. Backups need neither.

mod agreement;
mod azure;
mod cloud;
mod create;
mod error;
mod gs;
mod http;
mod kept;
mod location;
mod name;
mod nodelocal;
mod parameters;
mod patience;
pub mod probe;
mod s3;
mod secrets;
pub mod settings;
mod store;
pub mod testing;
pub mod threads;
mod vault;

pub use agreement::agreed;
pub use error::{Error, Kind, Result};
pub use location::{Location, Scheme, redact};
pub use name::check as check_name;
pub use settings::Settings;
pub use store::{Put, Store, Upload};
pub use vault::{SealedLocation, Vault};
