//! SQL over Cairn's storage: sessions, transactions, binding, queries through DataFusion.

mod answer;
mod copy;
mod error;
mod node;
mod session;

pub use answer::{Answer, Notice, Prepared, Severity, TransactionStatus};
pub use copy::{CopyIn, CopyOut};
pub use error::{Result, SqlError, SqlState};
pub use node::{Node, NodeOptions};
pub use session::Session;
