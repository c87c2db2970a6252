//! Where copied rows go: held back, into a transaction, or in bulk.

use std::sync::Arc;

use bytes::Bytes;
use cairn_copy::{Block, Splitter};
use cairn_storage::{Savepoint, Transaction};

use super::{bulk::Bulk, target::Target};
use crate::{
    Result, SqlError, SqlState,
    change::writer::Writer,
    constraint::{
        consequences::look_for,
        log::{Log, Tables},
    },
};

/// How many bytes make a block: what is parsed at one go between two pauses.
const BLOCK: usize = 128 << 10;
/// What is held back until it is known whether more comes.
const HELD: usize = 4 << 20;
/// How much text of a COPY that is not atomic is held back.
const CHUNK: usize = 8 << 20;
/// How many bytes of keys and values end a commit of it: one block more stays below 8 MiB, the least that a commit may be limited to.
const ENOUGH: usize = 4 << 20;
/// How often rows that are still held back are written when their commit meets others.
const ATTEMPTS: usize = 20;

/// A COPY … FROM STDIN under way. Dropping it is the same as `abort`.
pub struct CopyIn {
    target: Arc<Target>,
    splitter: Splitter,
    atomic: bool,
    way: Way,
}

enum Way {
    /// In memory: `rows` of earlier blocks are committed.
    Held {
        blocks: Vec<Block>,
        bytes: usize,
        limit: usize,
        rows: u64,
    },
    Transaction(InTransaction),
    Bulk(Box<Bulk>),
    /// It failed.
    Ended,
}

impl CopyIn {
    /// `transaction` is the session's explicit one.
    pub(super) fn new(
        target: Arc<Target>,
        transaction: Option<Arc<Transaction>>,
        atomic: bool,
    ) -> Self {
        let way = match transaction {
            Some(transaction) => Way::Transaction(InTransaction::of_session(transaction)),
            None => Way::Held {
                blocks: Vec::new(),
                bytes: 0,
                limit: HELD,
                rows: 0,
            },
        };
        CopyIn {
            splitter: Splitter::new(&target.format),
            target,
            atomic,
            way,
        }
    }

    /// How many columns a line has.
    pub fn columns(&self) -> usize {
        self.target.columns()
    }

    /// Takes the next bytes; they need not end at a line's end.
    pub async fn write(&mut self, data: Bytes) -> Result<()> {
        let taken = self.take(&data).await;
        if taken.is_err() {
            self.end().await;
        }
        taken
    }

    /// Writes what was sent. The tag is `COPY <rows>`.
    pub async fn finish(mut self) -> Result<u64> {
        let finished = self.take_rest().await;
        if finished.is_err() {
            self.end().await;
        }
        finished
    }

    /// The client gave up: nothing of it is kept.
    pub async fn abort(mut self) {
        self.end().await;
    }

    fn at_line(&self, error: cairn_copy::Error) -> SqlError {
        SqlError::from(error).context(self.target.place(self.splitter.line()))
    }

    async fn take(&mut self, data: &[u8]) -> Result<()> {
        self.splitter
            .push(data)
            .map_err(|error| self.at_line(error))?;
        match self.splitter.take(BLOCK) {
            Some(block) => self.accept(block).await,
            None => Ok(()),
        }
    }

    async fn take_rest(&mut self) -> Result<u64> {
        self.splitter
            .finish()
            .map_err(|error| self.at_line(error))?;
        if let Some(block) = self.splitter.take(0) {
            self.accept(block).await?;
        }
        match &mut self.way {
            Way::Held { .. } => self.commit_held().await,
            Way::Transaction(transaction) => transaction.finish(&self.target).await,
            Way::Bulk(bulk) => bulk.finish().await,
            Way::Ended => Err(ended()),
        }
    }

    async fn accept(&mut self, block: Block) -> Result<()> {
        match &mut self.way {
            Way::Held {
                blocks,
                bytes,
                limit,
                ..
            } => {
                *bytes += block.bytes();
                blocks.push(block);
                if *bytes >= *limit {
                    self.decide().await?;
                }
                Ok(())
            }
            Way::Transaction(transaction) => transaction.insert(&self.target, &block).await,
            Way::Bulk(bulk) => bulk.feed(block).await,
            Way::Ended => Err(ended()),
        }
    }

    /// More has come than is held back.
    async fn decide(&mut self) -> Result<()> {
        let Way::Held { limit, .. } = &mut self.way else {
            return Err(ended());
        };
        if *limit == CHUNK {
            return self.commit_held().await.map(drop);
        }
        if let Some(bulk) = Bulk::start(&self.target).await? {
            return self.go_on(Way::Bulk(Box::new(bulk))).await;
        }
        if self.atomic {
            let transaction = InTransaction::own(&self.target).await?;
            return self.go_on(Way::Transaction(transaction)).await;
        }
        *limit = CHUNK;
        Ok(())
    }

    /// Another way from here on, also for what was held back.
    async fn go_on(&mut self, way: Way) -> Result<()> {
        let Way::Held { blocks, .. } = std::mem::replace(&mut self.way, way) else {
            return Err(ended());
        };
        for block in blocks {
            match &mut self.way {
                Way::Transaction(transaction) => transaction.insert(&self.target, &block).await?,
                Way::Bulk(bulk) => bulk.feed(block).await?,
                Way::Held { .. } | Way::Ended => return Err(ended()),
            }
        }
        Ok(())
    }

    /// Commits what is held back; answers how many rows of this COPY are committed.
    async fn commit_held(&mut self) -> Result<u64> {
        let Way::Held {
            blocks,
            bytes,
            rows,
            ..
        } = &mut self.way
        else {
            return Err(ended());
        };
        match commit(&self.target, blocks, self.atomic, rows).await {
            Ok(()) => {
                blocks.clear();
                *bytes = 0;
                Ok(*rows)
            }
            Err(error) if *rows > 0 => Err(still_in(error, *rows)),
            Err(error) => Err(error),
        }
    }

    async fn end(&mut self) {
        if let Way::Bulk(bulk) = std::mem::replace(&mut self.way, Way::Ended) {
            bulk.abandon().await;
        }
    }
}

/// What `copy_from_atomic_enabled = off` owes the user.
fn still_in(error: SqlError, rows: u64) -> SqlError {
    let told = format!("the first {rows} rows are in the table and stay there");
    let detail = match &error.detail {
        Some(detail) => format!("{detail} {told}"),
        None => told,
    };
    error.detail(detail)
}

fn ended() -> SqlError {
    SqlError::internal("this COPY has ended")
}

/// Writes blocks in transactions of their own, each again when it meets another: in one, if it is to be atomic. Counts the rows that
/// are committed.
async fn commit(target: &Target, blocks: &[Block], atomic: bool, rows: &mut u64) -> Result<()> {
    let (mut rest, mut attempt) = (blocks, 1);
    while !rest.is_empty() {
        match commit_some(target, rest, atomic).await {
            Ok((taken, count)) => {
                *rows += count;
                (rest, attempt) = (rest.get(taken..).unwrap_or_default(), 1);
            }
            Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// One transaction: how many blocks it took, and their rows.
async fn commit_some(target: &Target, blocks: &[Block], atomic: bool) -> Result<(usize, u64)> {
    let mut transaction = InTransaction::own(target).await?;
    let mut taken = 0;
    for block in blocks {
        if !atomic && transaction.transaction.bytes() >= ENOUGH {
            break;
        }
        transaction.insert(target, block).await?;
        taken += 1;
    }
    let rows = transaction.finish(target).await?;
    Ok((taken, rows))
}

/// Rows as ordinary writes of a transaction.
struct InTransaction {
    transaction: Arc<Transaction>,
    /// In the session's transaction, the way back if this fails.
    savepoint: Option<Savepoint>,
    /// What the rows refer to: looked for when all of them are in.
    log: Option<Log>,
    rows: u64,
}

impl InTransaction {
    fn of_session(transaction: Arc<Transaction>) -> Self {
        let savepoint = Some(transaction.savepoint());
        InTransaction {
            transaction,
            savepoint,
            log: None,
            rows: 0,
        }
    }

    async fn own(target: &Target) -> Result<Self> {
        let transaction = Arc::new(Transaction::begin(target.engine().clone()).await?);
        check_table(target, &transaction).await?;
        Ok(InTransaction {
            transaction,
            savepoint: None,
            log: None,
            rows: 0,
        })
    }

    async fn insert(&mut self, target: &Target, block: &Block) -> Result<()> {
        let mut rows = Vec::with_capacity(block.count());
        target.rows(block, |_, row| {
            rows.push(row.to_vec());
            Ok(())
        })?;
        let count = rows.len() as u64;
        let before = self.transaction.savepoint();
        let log = match self.log.take() {
            Some(log) => log,
            None => self.open_log(target).await?,
        };
        let mut writer = Writer::new(&self.transaction, target.table.clone())?.noting(log);
        match writer.insert(&rows).await {
            Ok(_) => {
                self.rows += count;
                self.log = Some(writer.finish().await?);
            }
            Err(error) if error.sqlstate == SqlState::UniqueViolation => {
                self.transaction.rollback_to(&before);
                return Err(self.find_duplicate(target, block).await.unwrap_or(error));
            }
            Err(error) => return Err(self.explain(error)),
        }
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn open_log(&self, target: &Target) -> Result<Log> {
        let table = Arc::new(target.table.clone());
        Log::open(&self.transaction, &table, &mut Tables::default()).await
    }

    /// The same rows one by one: which line is the duplicate?
    async fn find_duplicate(&self, target: &Target, block: &Block) -> Option<SqlError> {
        let mut rows = Vec::with_capacity(block.count());
        let read = target.rows(block, |_, row| {
            rows.push(row.to_vec());
            Ok(())
        });
        read.ok()?;
        let mut writer = Writer::new(&self.transaction, target.table.clone()).ok()?;
        for ((line, record), row) in block.records().zip(rows) {
            if let Err(error) = writer.insert(&[row]).await {
                return Some(target.at_line(error, line, record));
            }
        }
        None
    }

    /// A transaction that is full says what to do about it.
    fn explain(&self, error: SqlError) -> SqlError {
        let row = self.transaction.engine().limits().row;
        let full =
            error.sqlstate == SqlState::ProgramLimitExceeded && self.transaction.bytes() > row;
        match full && self.savepoint.is_none() {
            true => error.hint("SET copy_from_atomic_enabled = off"),
            false => error,
        }
    }

    /// Commits, unless that is the session's matter; answers the number of rows.
    async fn finish(&mut self, target: &Target) -> Result<u64> {
        if let Some(log) = &self.log {
            look_for(&self.transaction, &log.wanted).await?;
        }
        if self.savepoint.take().is_none() {
            let committed = target.node().commit(&self.transaction).await;
            committed.map_err(|error| self.explain(error))?;
        }
        Ok(self.rows)
    }
}

impl Drop for InTransaction {
    fn drop(&mut self) {
        if let Some(savepoint) = self.savepoint {
            self.transaction.rollback_to(&savepoint);
        }
    }
}

/// Reads the table's definition, so that changes of it conflict, and refuses one that has changed already.
pub(super) async fn check_table(target: &Target, transaction: &Transaction) -> Result<()> {
    use cairn_catalog::Error;
    match cairn_catalog::read_table(transaction, target.table.id).await {
        Ok(mut table) => {
            table.public_since = target.table.public_since;
            if table == target.table {
                Ok(())
            } else {
                Err(changed(target))
            }
        }
        Err(Error::UnknownTableId { .. } | Error::UnknownTable { .. }) => Err(changed(target)),
        Err(error) => Err(error.into()),
    }
}

/// 40001: somebody else's change came in between.
pub(super) fn changed(target: &Target) -> SqlError {
    SqlError::new(
        SqlState::SerializationFailure,
        format!(
            "restart transaction: relation {:?} was changed while rows were being copied into it",
            target.table.name
        ),
    )
    .hint("run the COPY again")
}
