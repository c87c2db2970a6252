//! What must hold of every value that was read of a stranger's bytes.

#![expect(clippy::expect_used, reason = "what fails is a finding")]

use std::sync::LazyLock;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, ElementType, IndexColumn,
    TableDescriptor,
};
use cairn_rows::{Datum, TableCodec, array_of, datum_at};

/// A type, and the rows that have a value of it outside of their key, and inside if that can be.
pub struct Column {
    pub ty: ColumnType,
    rows: TableCodec,
}

/// One of each kind that a column can have.
pub static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = TYPES.iter().map(|ty| Column::new(*ty));
    columns.map(|column| column.expect("a table")).collect()
});

const TYPES: [ColumnType; 21] = [
    ColumnType::Bool,
    ColumnType::Int2,
    ColumnType::Int4,
    ColumnType::Int8,
    ColumnType::Float4,
    ColumnType::Float8,
    ColumnType::Decimal {
        precision: 20,
        scale: 5,
    },
    ColumnType::Numeric,
    ColumnType::String { max: None },
    ColumnType::Char { length: 4 },
    ColumnType::Bytes,
    ColumnType::Date,
    ColumnType::Time,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Interval,
    ColumnType::Uuid,
    ColumnType::Inet,
    ColumnType::Jsonb,
    ColumnType::Array(ElementType::String { max: None }),
    ColumnType::Array(ElementType::TimestampTz),
];

impl Column {
    fn new(ty: ColumnType) -> cairn_rows::Result<Column> {
        let (key, value) = (ColumnId(1), ColumnId(2));
        let key_ty = match ty.is_indexable() {
            true => ty,
            false => ColumnType::Bool,
        };
        let columns = vec![
            ColumnDescriptor::new(key, "k", key_ty),
            ColumnDescriptor::new(value, "v", ty),
        ];
        let direction = Direction::Descending;
        let primary = vec![IndexColumn {
            column: key,
            direction,
        }];
        let table = TableDescriptor::new(DatabaseId(100), "t", columns, primary);
        let rows = TableCodec::new(&table)?;
        Ok(Column { ty, rows })
    }

    /// A value comes back from each form that it has.
    pub fn keeps(&self, value: &Datum) {
        if !value.is_null() {
            self.keeps_text(value);
            self.keeps_bytes(value);
            self.keeps_array(value);
        }
    }

    /// The text is read back, and is that of the value that comes of it.
    fn keeps_text(&self, value: &Datum) {
        let text = self.text(value);
        let again = Datum::parse_text(&self.ty, &text).map(|again| self.text(&again));
        let again = again.map_err(|error| error.to_string());
        assert_eq!(
            again.as_deref(),
            Ok(text.as_str()),
            "{}: {value:?}",
            self.ty
        );
    }

    fn text(&self, value: &Datum) -> String {
        let mut text = String::new();
        value.write_text(&self.ty, &mut text);
        text
    }

    /// What is stored is read back, and is what is stored of that.
    fn keeps_bytes(&self, value: &Datum) {
        let key = match self.ty.is_indexable() {
            true => value.clone(),
            false => Datum::Bool(true),
        };
        let row = [key, value.clone()];
        let stored = self.rows.encode(&row);
        let (key, bytes) = stored.as_ref().expect("a value of its type");
        let again = self.rows.decode(key, bytes).expect("what was stored");
        assert_eq!(again, row, "{}", self.ty);
        let text = again.last().map(|value| self.text(value));
        assert_eq!(text, Some(self.text(value)), "{}: {value:?}", self.ty);
        let twice = self.rows.encode(&again);
        assert_eq!(twice.ok(), stored.ok(), "{}: {value:?}", self.ty);
    }

    /// So is what a query has of it.
    fn keeps_array(&self, value: &Datum) {
        let array = array_of(&self.ty, [value].into_iter()).expect("a value of its type");
        let again = datum_at(&array, 0, &self.ty).expect("a value of its type");
        assert_eq!(
            self.text(&again),
            self.text(value),
            "{}: {value:?}",
            self.ty
        );
    }
}
