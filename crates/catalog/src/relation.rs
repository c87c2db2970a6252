//! Relations that are not tables: the descriptors of views and sequences, and what must hold of them.
//!
//! A view has columns and no index columns: nothing is stored under its id. A sequence is stored as a table of one
//! row, so that all that reads, backs up or restores tables does the same with sequences.

use crate::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, Error, IndexColumn, ObjectKind,
    Result, SequenceOptions, TableDescriptor, ViewDefinition,
};

/// The columns of a sequence that `SELECT *` shows. Its key is a hidden column that is 0.
pub const LAST_VALUE: ColumnId = ColumnId(1);
pub const LOG_COUNT: ColumnId = ColumnId(2);
pub const IS_CALLED: ColumnId = ColumnId(3);
const ONLY_ROW: ColumnId = ColumnId(4);

impl TableDescriptor {
    /// A public view; `create_view` gives it its id.
    pub fn view(
        database: DatabaseId,
        name: &str,
        columns: Vec<ColumnDescriptor>,
        definition: ViewDefinition,
    ) -> Self {
        Self {
            kind: ObjectKind::View(definition),
            ..Self::new(database, name, columns, Vec::new())
        }
    }

    /// A public sequence; `create_table` gives it its id, and its row is the caller's to write.
    pub fn sequence(database: DatabaseId, name: &str, options: SequenceOptions) -> Self {
        let column = |id, name: &str, ty| ColumnDescriptor {
            nullable: false,
            ..ColumnDescriptor::new(id, name, ty)
        };
        let columns = vec![
            column(LAST_VALUE, "last_value", ColumnType::Int8),
            column(LOG_COUNT, "log_cnt", ColumnType::Int8),
            column(IS_CALLED, "is_called", ColumnType::Bool),
            ColumnDescriptor {
                hidden: true,
                ..column(ONLY_ROW, "only_row", ColumnType::Int8)
            },
        ];
        let key = vec![IndexColumn {
            column: ONLY_ROW,
            direction: Direction::Ascending,
        }];
        Self {
            kind: ObjectKind::Sequence(options),
            ..Self::new(database, name, columns, key)
        }
    }

    pub fn is_view(&self) -> bool {
        matches!(self.kind, ObjectKind::View(_))
    }

    pub fn is_table(&self) -> bool {
        matches!(self.kind, ObjectKind::Table)
    }

    pub fn view_definition(&self) -> Option<&ViewDefinition> {
        match &self.kind {
            ObjectKind::View(definition) => Some(definition),
            _ => None,
        }
    }

    pub fn sequence_options(&self) -> Option<&SequenceOptions> {
        match &self.kind {
            ObjectKind::Sequence(options) => Some(options),
            _ => None,
        }
    }

    /// What must hold of a view and of a sequence, and of an interleaved table.
    pub(crate) fn check_kind(&self) -> Result<()> {
        let problem = match &self.kind {
            ObjectKind::Table => self.interleave_problem(),
            ObjectKind::View(_) => self.view_problem(),
            ObjectKind::Sequence(options) => options.problem().or_else(|| self.sequence_problem()),
        };
        match problem {
            None => Ok(()),
            Some(problem) => Err(Error::Invalid {
                object: format!("{} {:?}", self.kind, self.name),
                problem,
            }),
        }
    }

    fn interleave_problem(&self) -> Option<String> {
        let interleave = self.interleave.as_ref()?;
        let shared = usize::try_from(interleave.shared_columns).unwrap_or(usize::MAX);
        (shared == 0 || shared > self.primary.columns.len())
            .then(|| "it shares more columns with its parent than its key has".to_owned())
    }

    fn view_problem(&self) -> Option<String> {
        let bare = self.primary.columns.is_empty()
            && self.indexes.is_empty()
            && self.checks.is_empty()
            && self.foreign_keys.is_empty()
            && self.interleave.is_none();
        if !bare {
            return Some("a view has no index and no constraint".to_owned());
        }
        self.columns
            .is_empty()
            .then(|| "a view has at least one column".to_owned())
    }

    fn sequence_problem(&self) -> Option<String> {
        let form = Self::sequence(self.database, &self.name, SequenceOptions::ascending());
        let same = |column: &ColumnDescriptor| (column.id, column.ty, column.hidden);
        let fits = self.columns.len() == form.columns.len()
            && self
                .columns
                .iter()
                .map(same)
                .eq(form.columns.iter().map(same))
            && self.primary.columns == form.primary.columns
            && self.indexes.is_empty();
        (!fits).then(|| "its columns are not those of a sequence".to_owned())
    }
}

impl SequenceOptions {
    /// 1, 2, 3, … to the largest INT8.
    pub fn ascending() -> Self {
        Self {
            increment: 1,
            min: 1,
            max: i64::MAX,
            start: 1,
            cache: 1,
            revision: 0,
            owner: None,
        }
    }

    /// What contradicts itself.
    pub fn problem(&self) -> Option<String> {
        let Self {
            increment,
            min,
            max,
            start,
            cache,
            ..
        } = self;
        if *increment == 0 {
            Some("INCREMENT must not be zero".to_owned())
        } else if min >= max {
            Some(format!(
                "MINVALUE ({min}) must be less than MAXVALUE ({max})"
            ))
        } else if start < min {
            Some(format!(
                "START value ({start}) cannot be less than MINVALUE ({min})"
            ))
        } else if start > max {
            Some(format!(
                "START value ({start}) cannot be greater than MAXVALUE ({max})"
            ))
        } else if *cache < 1 {
            Some(format!("CACHE ({cache}) must be greater than zero"))
        } else {
            None
        }
    }
}
