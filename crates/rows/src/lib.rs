//! How a row becomes keys and values, and a span of them Arrow batches, both ways.
//!
//! WHAT
//!   The bytes are fixed in `docs/keys.md`, the types in `docs/types.md`. Nothing here reads or writes the store but
//!   `users`, and nothing knows SQL or Parquet.
//!
//! HOW DATA FLOWS
//!   Single rows: `TableCodec::encode` makes a key (`element`) and a value (`value`) of datums, `decode` the reverse;
//!   `index_entry` makes the entry of a secondary index, and `primary_key_of_entry` finds the way back.
//!   Spans: `BatchDecoder` reads stored bytes straight into the buffers of Arrow arrays (`columns`);
//!   `BatchEncoder` reads arrays (`source`) straight into stored bytes.
//!   Histories: `revisions` does both for rows with versions, while columns come and go.
//!   Texts: `Datum::parse_text` and `text::write_*` are PostgreSQL's forms.
//!   Bulk loads: `sort` brings entries of any number into the order of keys.
//!
//! INVARIANTS
//!   The order of keys is the order of values, and no key is the beginning of another in its index.
//!   One row has one encoding; readers refuse others, so that `Fingerprinter` may hash bytes as they are.
//!   `TableCodec` and the batch forms give the same bytes and values.
//!   The tests prove these over all types, directions, NULLs and awkward bytes.
//!
//! ERRORS
//!   `Error::kind` says what the user must do. No bytes make a decoder panic: they are `Damaged`.

mod codec;
mod columns;
mod convert;
mod datum;
mod decoder;
mod element;
mod encoder;
mod error;
mod file_form;
mod fingerprint;
pub mod inet;
pub mod interval;
pub mod json;
pub mod numeric;
mod revisions;
mod rowid;
#[cfg(test)]
mod samples;
mod schema;
mod shape;
pub mod sort;
mod source;
mod span;
pub mod text;
pub mod users;
mod value;
pub mod zone;

pub use codec::TableCodec;
pub use convert::{array_of, batch_from_rows, datum_at};
pub use datum::Datum;
pub use decoder::BatchDecoder;
pub use encoder::BatchEncoder;
pub use error::{Error, ErrorKind, Result};
pub use file_form::{FileForm, file_schema, is_ordered_in_files};
pub use fingerprint::{Fingerprint, Fingerprinter};
pub use inet::Inet;
pub use interval::Interval;
pub use numeric::Numeric;
pub use revisions::{RevisionDecoder, RevisionEncoder, WindowShape};
pub use rowid::RowIds;
pub use schema::{
    DELETED_COLUMN, DELETED_FIELD, FIELD_ID, SQL_TYPE, TIME_COLUMN, TIME_FIELD, UTC,
    VERSION_COLUMN, VERSION_FIELD, arrow_field, arrow_schema, arrow_type, column_ids, column_type,
    field_type, zone_of,
};
pub use source::interval_of;
pub use span::{after, equal_span, index_span, key_bound, primary_span, range_span};
pub use text::calendar;
pub use zone::Zone;
