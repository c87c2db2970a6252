//! `SELECT … FROM sequence`: its one row, with what this node has handed out of its last block.

use std::{fmt, sync::Arc};

use arrow::{
    array::{BooleanArray, Int64Array, RecordBatch},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use cairn_catalog::TableDescriptor;
use cairn_storage::Read;
use datafusion::{catalog::MemTable, logical_expr::TableType};

use super::{late::Late, scope::Scope};
use crate::{
    Result,
    sequence::{Numbers, State, read_row},
};

pub(crate) struct Sequence {
    descriptor: Arc<TableDescriptor>,
    read: Arc<dyn Read>,
    numbers: Arc<Numbers>,
    schema: SchemaRef,
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sequence({})", self.descriptor.name)
    }
}

impl Sequence {
    pub fn new(scope: &Scope, descriptor: Arc<TableDescriptor>) -> Self {
        let field = |name, ty| Field::new(name, ty, false);
        Sequence {
            descriptor,
            read: scope.read.clone(),
            numbers: scope.numbers.clone(),
            schema: Arc::new(Schema::new(vec![
                field("last_value", DataType::Int64),
                field("log_cnt", DataType::Int64),
                field("is_called", DataType::Boolean),
            ])),
        }
    }
}

#[async_trait]
impl Late for Sequence {
    const TYPE: TableType = TableType::Base;

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    async fn rows(&self) -> Result<MemTable> {
        let stored = read_row(self.read.as_ref(), &self.descriptor).await?;
        let (state, left): (State, u64) = match self.numbers.past {
            true => (stored, 0),
            false => self.numbers.reserve.shown(self.descriptor.id, stored),
        };
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        let row = RecordBatch::try_new(
            self.schema.clone(),
            vec![
                Arc::new(Int64Array::from(vec![state.last_value])),
                Arc::new(Int64Array::from(vec![left])),
                Arc::new(BooleanArray::from(vec![state.is_called])),
            ],
        )?;
        Ok(MemTable::try_new(self.schema.clone(), vec![vec![row]])?)
    }
}
