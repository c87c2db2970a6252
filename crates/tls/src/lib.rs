//! Certificates: made, read, and turned into what rustls needs, for servers and for clients.
//!
//! It knows files, keys and rules of trust; sockets are others' business. Everything that encrypts does so with the one provider of
//! cryptography that [`install_provider`] installs.
//!
//! A FOLDER OF CERTIFICATES (`--certs-dir`)
//!   `ca.crt`                          who is trusted
//!   `node.crt`, `node.key`            what a server shows
//!   `client.USER.crt`, `.key`         what a user shows: the certificate's common name is the user's
//!   The authority's own key lies elsewhere (`--ca-key`): servers and users do not need it.
//! HOW DATA FLOWS
//!   1. `create_ca`, `create_node`, `create_client` write keys first, then certificates.
//!   2. `server_config` reads a folder for a server: TLS 1.2 and 1.3; a client may show a certificate, and if it does it must be valid.
//!   3. `client_config` does the same for a client, as strict as `Trust` says.
//!   4. `common_name` says whose certificate a client has shown, `end_point` what SCRAM binds a login to.
//! INVARIANTS
//!   No file is ever overwritten, and keys can be read by their owner only: `write_new`. A key that others can read is refused: `read_key`.
//!   A server's certificate cannot be used as a client's, nor the other way: extended key usages in `create`.
//! ERRORS
//!   Each names the file, and what to do about it; none shows a key.
//! LEFT OUT
//!   Revocation lists; reloading while a server runs.

mod client;
mod create;
mod error;
mod file;
mod name;
mod provider;
mod server;

pub use client::{Identity, Trust, client_config};
pub use create::{Validity, create_ca, create_client, create_node};
pub use error::{Error, Result};
pub use file::{CA_CERTIFICATE, client_certificate, client_key};
pub use name::{common_name, end_point};
pub use provider::install_provider;
pub use server::server_config;

#[cfg(test)]
mod tests;
