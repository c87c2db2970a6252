//! A node on the memory engine, and answers as text.

use std::sync::Arc;

use cairn_rows::datum_at;
use cairn_sql::{Answer, Node, NodeOptions, Session, SqlError};
use cairn_storage::{Engine, clock::Clock, memory::Memory};
use futures::{StreamExt, TryStreamExt};

pub struct Fixture {
    pub node: Arc<Node>,
    pub session: Session,
    _folder: tempfile::TempDir,
}

pub async fn start() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    Fixture::of(Arc::new(Memory::new(Clock::system())), folder).await
}

impl Fixture {
    pub async fn of(engine: Arc<dyn Engine>, folder: tempfile::TempDir) -> Fixture {
        let options = NodeOptions {
            engine,
            external_io_dir: Some(folder.path().join("extern")),
            secret_key: None,
            temporary_dir: folder.path().join("tmp"),
            query_memory: 64 << 20,
            statement_memory: 64 << 20,
        };
        let node = Node::start(options).await.unwrap();
        let session = node.session("root", "defaultdb").await.unwrap();
        Fixture {
            node,
            session,
            _folder: folder,
        }
    }

    /// Runs statements one after the other; the last one's answer, rows as `a|b` lines.
    pub async fn run(&mut self, text: &str) -> Result<String, SqlError> {
        run(&mut self.session, text).await
    }

    /// Runs what must succeed.
    pub async fn ok(&mut self, text: &str) -> String {
        match self.run(text).await {
            Ok(answer) => answer,
            Err(error) => panic!("{text}: {} {error:?}", error.sqlstate),
        }
    }

    /// Runs what must fail: `SQLSTATE message`.
    pub async fn error(&mut self, text: &str) -> String {
        match self.run(text).await {
            Ok(answer) => panic!("{text} succeeded: {answer}"),
            Err(error) => format!("{} {}", error.sqlstate, error.message),
        }
    }
}

pub async fn run(session: &mut Session, text: &str) -> Result<String, SqlError> {
    let mut shown = String::new();
    for prepared in session.split(text)? {
        let answer = session.execute(&prepared, &[]).await?;
        shown = match show(answer).await {
            Ok(shown) => shown,
            Err(error) => {
                session.fail();
                return Err(error);
            }
        };
    }
    Ok(shown)
}

async fn show(answer: Answer) -> Result<String, SqlError> {
    match answer {
        Answer::Done { tag } => Ok(tag),
        Answer::Empty => Ok(String::new()),
        Answer::Rows { stream, .. } => {
            let batches: Vec<_> = stream.try_collect().await?;
            let mut lines = Vec::new();
            for batch in batches {
                for row in 0..batch.num_rows() {
                    let cells: Vec<String> = batch
                        .columns()
                        .iter()
                        .map(|column| cell(column, row))
                        .collect();
                    lines.push(cells.join("|"));
                }
            }
            Ok(lines.join("\n"))
        }
        Answer::CopyIn(_) => Ok("COPY IN".to_owned()),
        Answer::CopyOut(mut copy) => {
            let mut out = Vec::new();
            while let Some(bytes) = copy.stream.next().await {
                out.extend_from_slice(&bytes?);
            }
            Ok(String::from_utf8(out).unwrap())
        }
    }
}

fn cell(column: &arrow::array::ArrayRef, row: usize) -> String {
    use arrow::datatypes::{DataType, TimeUnit};
    use cairn_catalog::ColumnType;
    let ty = match column.data_type() {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int16 => ColumnType::Int2,
        DataType::Int32 => ColumnType::Int4,
        DataType::Int64 => ColumnType::Int8,
        DataType::Float64 => ColumnType::Float8,
        DataType::Decimal128(precision, scale) => ColumnType::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::Utf8 => ColumnType::String { max: None },
        DataType::Binary => ColumnType::Bytes,
        DataType::Date32 => ColumnType::Date,
        DataType::Timestamp(TimeUnit::Microsecond, None) => ColumnType::Timestamp,
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => ColumnType::TimestampTz,
        DataType::FixedSizeBinary(16) => ColumnType::Uuid,
        _ => return arrow::util::display::array_value_to_string(column, row).unwrap(),
    };
    let datum = datum_at(column, row, &ty).unwrap();
    if datum.is_null() {
        return "NULL".to_owned();
    }
    let mut text = String::new();
    datum.write_text(&ty, &mut text);
    text
}
