//! A series as a table of one column, made while it is read.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone, arrow_type};
use datafusion::{
    catalog::{TableProvider, streaming::StreamingTable},
    common::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{stream::RecordBatchStreamAdapter, streaming::PartitionStream},
};

use super::values::Series;

/// The series from the first value to the second by the third; without rows if one of them is NULL.
pub(super) fn provider(
    arguments: Vec<Datum>,
    ty: ColumnType,
    zone: Zone,
) -> Result<Arc<dyn TableProvider>> {
    let schema = Arc::new(Schema::new(vec![Field::new(
        "value",
        arrow_type(&ty),
        true,
    )]));
    let rows = Rows {
        schema: schema.clone(),
        arguments,
        ty,
        zone,
    };
    rows.series()?;
    Ok(Arc::new(StreamingTable::try_new(
        schema,
        vec![Arc::new(rows)],
    )?))
}

#[derive(Debug)]
struct Rows {
    schema: SchemaRef,
    arguments: Vec<Datum>,
    ty: ColumnType,
    zone: Zone,
}

impl Rows {
    fn series(&self) -> crate::Result<Option<Series>> {
        match self.arguments.iter().any(Datum::is_null) {
            true => Ok(None),
            false => Series::new(&self.arguments, self.zone).map(Some),
        }
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (schema, ty) = (self.schema.clone(), self.ty);
        let mut series = self.series().ok().flatten();
        let rows = context.session_config().batch_size();
        let batches = std::iter::from_fn(move || {
            let values = series
                .as_mut()?
                .take(rows)
                .collect::<crate::Result<Vec<Datum>>>();
            let batch = values.and_then(|values| {
                let column = cairn_rows::array_of(&ty, values.iter())?;
                Ok(RecordBatch::try_new(schema.clone(), vec![column])?)
            });
            match batch {
                Ok(batch) if batch.num_rows() == 0 => None,
                batch => Some(batch.map_err(Into::into)),
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(
            self.schema.clone(),
            futures::stream::iter(batches),
        ))
    }
}
