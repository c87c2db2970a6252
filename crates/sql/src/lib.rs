//! SQL over Cairn's storage: sessions, transactions, queries through DataFusion, changes of rows and of the catalog.

mod access;
mod activity;
mod admin;
mod answer;
mod background;
mod bind;
mod change;
mod constraint;
mod copy;
mod error;
mod node;
mod pg_catalog;
mod query;
mod schema;
mod sequence;
mod session;
mod show;
mod vitals;

pub use admin::Login;
pub use answer::{Answer, Notice, Prepared, Severity, TransactionStatus};
pub use copy::{CopyIn, CopyOut};
pub use error::{Result, SqlError, SqlState};
pub use node::{Node, NodeOptions};
pub use query::origin::Origin;
pub use session::{Progress, Session};
pub use vitals::Vitals;

/// The stack that each thread of a runtime needs which runs sessions: the deepest statement the parser takes fits, in debug builds too.
pub const THREAD_STACK_BYTES: usize = 32 << 20;
