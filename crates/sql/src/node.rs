//! One running Cairn.

use std::{path::PathBuf, sync::Arc};

use cairn_storage::Engine;

use crate::{Result, Session};

/// What a node is started with.
pub struct NodeOptions {
    pub engine: Arc<dyn Engine>,
    /// Where `nodelocal:` URLs point; `None`: they are refused.
    pub external_io_dir: Option<PathBuf>,
    /// For spilled sorts and COPY runs; emptied at start.
    pub temporary_dir: PathBuf,
    /// What queries may hold in memory, in bytes, before they spill or fail.
    pub query_memory: usize,
}

pub struct Node {}

impl Node {
    /// Opens the catalog (creating the first databases and users in an empty store), adopts what a crash left, starts background work.
    pub async fn start(_options: NodeOptions) -> Result<Arc<Node>> {
        todo!()
    }

    /// A session of `user`, with `database` as the current one.
    pub async fn session(self: &Arc<Self>, _user: &str, _database: &str) -> Result<Session> {
        todo!()
    }

    /// Stops the background work and waits for it.
    pub async fn shutdown(&self) {
        todo!()
    }
}
