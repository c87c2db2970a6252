//! Our tables as DataFusion sees them: projection, filters as key ranges, limits, chunks from storage as batches.

use std::{collections::VecDeque, fmt, sync::Arc};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use async_trait::async_trait;
use bytes::Bytes;
use cairn_catalog::{ColumnId, IndexDescriptor, TableDescriptor};
use cairn_rows::{BatchDecoder, TableCodec, primary_span};
use cairn_storage::{Chunk, Engine, Entries, Entry, Read, ScanLimit, Span};
use datafusion::{
    catalog::Session,
    common::Result as DataFusionResult,
    datasource::TableProvider,
    execution::{SendableRecordBatchStream, TaskContext},
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::{
        ExecutionPlan,
        stream::RecordBatchStreamAdapter,
        streaming::{PartitionStream, StreamingTableExec},
    },
};
use futures::stream;

use super::{
    estimate::{self, EstimatedScan},
    ranges,
    scope::Scope,
};
use crate::{Result, SqlError};

/// A table smaller than this is read by one stream.
const SPLIT_BYTES: u64 = 4 << 20;

/// So many rows that index entries point to are fetched at first: not many, while nothing is known of their size.
const FIRST_LOOKUP_ROWS: usize = 64;

pub(crate) struct Table {
    descriptor: Arc<TableDescriptor>,
    read: Arc<dyn Read>,
    engine: Arc<dyn Engine>,
    /// The columns that are seen, in this order.
    columns: Vec<ColumnId>,
    schema: SchemaRef,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({})", self.descriptor.name)
    }
}

impl Table {
    pub fn new(scope: &Scope, descriptor: Arc<TableDescriptor>) -> Result<Self> {
        // A row is changed as a whole: with the columns that are being added, which readers do not see.
        let descriptor = match scope.view.written_table(descriptor.id) {
            Some(written) if scope.hidden => written.clone(),
            _ => descriptor,
        };
        let columns: Vec<ColumnId> = descriptor
            .columns
            .iter()
            .filter(|column| scope.hidden || !column.hidden)
            .map(|column| column.id)
            .collect();
        let schema = BatchDecoder::new(&descriptor, &columns)?.schema().clone();
        Ok(Table {
            descriptor,
            read: scope.read.clone(),
            engine: scope.engine.clone(),
            columns,
            schema,
        })
    }

    pub fn descriptor(&self) -> &TableDescriptor {
        &self.descriptor
    }

    /// About what the spans take in the store. Single keys are not looked for: whoever asks for them asks for little.
    async fn stored_bytes(&self, spans: &[Span]) -> Result<u64> {
        match spans {
            [span] => Ok(self.engine.size(span).await?),
            many => Ok(many.len() as u64 * estimate::ROW_BYTES),
        }
    }

    /// Cuts a full scan into pieces for as many streams as the session wants.
    async fn pieces(
        &self,
        spans: Vec<Span>,
        stored: u64,
        partitions: usize,
    ) -> Result<Vec<Vec<Span>>> {
        let whole = primary_span(&self.descriptor);
        if spans != [whole.clone()] || partitions < 2 || stored < SPLIT_BYTES {
            return Ok(vec![spans]);
        }
        let cuts = self.engine.split(&whole, partitions).await?;
        let mut pieces = Vec::with_capacity(cuts.len() + 1);
        let mut start = whole.start;
        for cut in cuts {
            pieces.push(vec![Span {
                start,
                end: cut.clone(),
            }]);
            start = cut;
        }
        pieces.push(vec![Span {
            start,
            end: whole.end,
        }]);
        Ok(pieces)
    }
}

#[async_trait]
impl TableProvider for Table {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| match ranges::is_useful(&self.descriptor, filter) {
                true => TableProviderFilterPushDown::Inexact,
                false => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let columns: Vec<ColumnId> = match projection {
            Some(places) => places
                .iter()
                .filter_map(|place| self.columns.get(*place).copied())
                .collect(),
            None => self.columns.clone(),
        };
        let decoder =
            Arc::new(BatchDecoder::new(&self.descriptor, &columns).map_err(SqlError::from)?);
        let access = ranges::choose(&self.descriptor, filters)?;
        let secondary = self
            .descriptor
            .indexes
            .iter()
            .find(|index| index.id == access.index);
        let lookup = match secondary {
            Some(index) => Some(Arc::new(Lookup {
                index: index.clone(),
                codec: TableCodec::new(&self.descriptor).map_err(SqlError::from)?,
            })),
            None => None,
        };
        // A limited scan reads little; several streams would each read that much.
        let partitions = if limit.is_some() {
            1
        } else {
            state.config().target_partitions()
        };
        let source = Arc::new(Source {
            table: self.descriptor.name.clone(),
            read: self.read.clone(),
            engine: self.engine.clone(),
        });
        let stored = self.stored_bytes(&access.spans).await?;
        let pieces = self.pieces(access.spans, stored, partitions).await?;
        let streams = pieces
            .into_iter()
            .map(|spans| {
                Arc::new(Piece {
                    spans,
                    source: source.clone(),
                    decoder: decoder.clone(),
                    lookup: lookup.clone(),
                    limit,
                }) as Arc<dyn PartitionStream>
            })
            .collect();
        let scan =
            StreamingTableExec::try_new(decoder.schema().clone(), streams, None, [], false, limit)?;
        Ok(Arc::new(EstimatedScan::new(scan, stored)))
    }
}

/// How rows are found from a secondary index's entries.
struct Lookup {
    index: IndexDescriptor,
    codec: TableCodec,
}

impl Lookup {
    /// The keys of the rows that entries point to.
    fn keys(&self, entries: &Entries) -> Result<VecDeque<Bytes>> {
        let key = |entry: Entry<'_>| {
            self.codec
                .primary_key_of_entry(&self.index, entry.key, entry.value)
        };
        Ok(entries.iter().map(key).collect::<Result<_, _>>()?)
    }
}

/// Where rows are read, and what to call it where they cannot be.
struct Source {
    table: String,
    read: Arc<dyn Read>,
    engine: Arc<dyn Engine>,
}

impl Source {
    fn error(&self, error: cairn_storage::Error) -> SqlError {
        let what = format!("table {:?}", self.table);
        SqlError::of_past(error, self.engine.timeline(), &what)
    }
}

/// One stream's part of a scan.
struct Piece {
    spans: Vec<Span>,
    source: Arc<Source>,
    decoder: Arc<BatchDecoder>,
    lookup: Option<Arc<Lookup>>,
    limit: Option<usize>,
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({} spans)", self.spans.len())
    }
}

impl PartitionStream for Piece {
    fn schema(&self) -> &SchemaRef {
        self.decoder.schema()
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let cursor = Cursor {
            spans: self.spans.clone().into_iter().collect(),
            source: self.source.clone(),
            decoder: self.decoder.clone(),
            lookup: self.lookup.clone(),
            left: self.limit.unwrap_or(usize::MAX),
            keys: VecDeque::new(),
            at_once: FIRST_LOOKUP_ROWS,
            batches: Vec::new(),
            batch_rows: context.session_config().batch_size(),
        };
        let batches = stream::try_unfold(cursor, |mut cursor| async move {
            let batch = cursor.next().await?;
            Ok(batch.map(|batch| (batch, cursor)))
        });
        Box::pin(RecordBatchStreamAdapter::new(
            self.decoder.schema().clone(),
            batches,
        ))
    }
}

/// Where a stream stands.
struct Cursor {
    spans: VecDeque<Span>,
    source: Arc<Source>,
    decoder: Arc<BatchDecoder>,
    lookup: Option<Arc<Lookup>>,
    /// Rows still wanted.
    left: usize,
    /// The rows that index entries point to and that are not fetched yet.
    keys: VecDeque<Bytes>,
    /// How many rows are fetched at once.
    at_once: usize,
    /// What is decoded and not given out yet, last first.
    batches: Vec<RecordBatch>,
    batch_rows: usize,
}

impl Cursor {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.batches.pop() {
                self.left = self.left.saturating_sub(batch.num_rows());
                return Ok(Some(batch));
            }
            if self.left == 0 {
                return Ok(None);
            }
            if let Some(lookup) = self.lookup.clone()
                && !self.keys.is_empty()
            {
                let batch = self.look_up(&lookup).await?;
                self.batches = slices(batch, self.batch_rows);
                continue;
            }
            let Some(span) = self.spans.pop_front() else {
                return Ok(None);
            };
            let limit = ScanLimit {
                rows: self.left.min(ScanLimit::default().rows),
                ..ScanLimit::default()
            };
            let read = &self.source.read;
            let Chunk { items, resume } = read
                .scan(&span, limit)
                .await
                .map_err(|error| self.source.error(error))?;
            if let Some(start) = resume {
                self.spans.push_front(Span {
                    start,
                    end: span.end,
                });
            }
            if items.is_empty() {
                continue;
            }
            match &self.lookup {
                None => {
                    self.batches = slices(self.decoder.decode(&items)?, self.batch_rows);
                }
                Some(lookup) => self.keys = lookup.keys(&items)?,
            }
        }
    }

    /// Some of the rows that index entries point to. They may be much larger than their entries: how many are fetched at once follows
    /// the size of those before.
    async fn look_up(&mut self, lookup: &Lookup) -> Result<RecordBatch> {
        let count = self.at_once.min(self.keys.len());
        let keys: Vec<Bytes> = self.keys.drain(..count).collect();
        let read = &self.source.read;
        let found = read
            .get_many(&keys)
            .await
            .map_err(|error| self.source.error(error))?;
        let mut rows = Vec::with_capacity(keys.len());
        for (key, row) in keys.iter().zip(&found) {
            let Some(row) = row else {
                return Err(SqlError::new(
                    crate::SqlState::DataCorrupted,
                    format!(
                        "index {:?} has an entry for a row that is not there",
                        lookup.index.name
                    ),
                ));
            };
            rows.push((key.as_ref(), row.value.as_ref()));
        }
        let bytes: usize = rows.iter().map(|(_, value)| value.len()).sum();
        let wanted = ScanLimit::default().bytes;
        if bytes > wanted {
            self.at_once = (self.at_once / 2).max(1);
        } else if count == self.at_once && bytes < wanted / 2 {
            self.at_once *= 2;
        }
        Ok(self.decoder.decode_rows(rows.into_iter())?)
    }
}

/// Cuts a chunk's batch into batches of so many rows; last first.
fn slices(batch: RecordBatch, rows: usize) -> Vec<RecordBatch> {
    let mut slices: Vec<RecordBatch> = (0..batch.num_rows())
        .step_by(rows)
        .map(|start| batch.slice(start, rows.min(batch.num_rows() - start)))
        .collect();
    slices.reverse();
    slices
}
