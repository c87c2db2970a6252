//! What a statement's calls of nextval, currval, lastval and setval work with.

use std::{collections::HashMap, fmt, sync::Arc};

use cairn_catalog::{Privilege, TableDescriptor, TableId, View};
use cairn_rows::RowIds;
use cairn_storage::{Engine, Transaction};
use cairn_syntax::{Name, ast::Expr};
use parking_lot::Mutex;

use super::{
    reserve::{Ahead, Reserve, advance, wait},
    row::{self, State},
};
use crate::{Result, SqlError, SqlState, access::Access, query::names::find_relation};

/// What a session remembers of the values it took.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    values: HashMap<TableId, i64>,
    last: Option<TableId>,
}

/// Sequences as one statement sees them.
#[derive(Clone)]
pub(crate) struct Numbers {
    pub reserve: Arc<Reserve>,
    pub row_ids: Arc<RowIds>,
    pub engine: Arc<dyn Engine>,
    pub memory: Arc<Mutex<Memory>>,
    pub view: Arc<View>,
    pub database: String,
    pub access: Access,
    /// The transaction that the statement runs in, if it writes into one.
    pub transaction: Option<Arc<Transaction>>,
    /// Whether the statement reads the past, where nothing can be taken.
    pub past: bool,
    /// Whether the transaction is read-only.
    pub read_only: bool,
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Numbers({})", self.database)
    }
}

impl Numbers {
    /// The next values of a sequence.
    pub fn next(&self, name: &str, wanted: u64) -> Result<Vec<i64>> {
        let sequence = self.find(name)?;
        self.may_take(&sequence)?;
        self.in_present("nextval")?;
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let values = match self.own(&sequence) {
            Some(transaction) => {
                let increment = row::options(&sequence)?.increment;
                let (first, _) = wait(advance(transaction, &sequence, wanted, Ahead::Nothing))?;
                let values = (0..wanted).scan(first, |next, _| {
                    let value = *next;
                    *next = next.saturating_add(increment);
                    Some(value)
                });
                values.collect()
            }
            None => self.reserve.next(&sequence, wanted)?,
        };
        if let Some(last) = values.last() {
            self.remember(sequence.id, *last);
        }
        Ok(values)
    }

    /// Puts a sequence somewhere else.
    pub fn set(&self, name: &str, value: i64, is_called: bool) -> Result<i64> {
        let sequence = self.find(name)?;
        self.access.relation(&sequence, Privilege::Update)?;
        self.in_present("setval")?;
        let options = row::options(&sequence)?;
        if !(options.min..=options.max).contains(&value) {
            return Err(SqlError::new(
                SqlState::NumericValueOutOfRange,
                format!(
                    "setval: value {value} is out of bounds for sequence {:?} ({}..{})",
                    sequence.name, options.min, options.max
                ),
            ));
        }
        let state = State {
            last_value: value,
            is_called,
        };
        match self.own(&sequence) {
            Some(transaction) => row::write(transaction, &sequence, state)?,
            None => self.reserve.set(sequence.id, state)?,
        }
        if is_called {
            self.remember(sequence.id, value);
        }
        Ok(value)
    }

    /// The value that this session took last from a sequence.
    pub fn current(&self, name: &str) -> Result<i64> {
        let sequence = self.find(name)?;
        self.access
            .relation(&sequence, Privilege::Select)
            .or_else(|_| self.may_take(&sequence))?;
        let known = self.memory.lock().values.get(&sequence.id).copied();
        known.ok_or_else(|| {
            SqlError::new(
                SqlState::ObjectNotInPrerequisiteState,
                format!(
                    "currval of sequence {:?} is not yet defined in this session",
                    sequence.name
                ),
            )
            .hint("call nextval first")
        })
    }

    /// The value that this session took last, from whichever sequence.
    pub fn last(&self) -> Result<i64> {
        let memory = self.memory.lock();
        let known = memory.last.and_then(|id| memory.values.get(&id).copied());
        known.ok_or_else(|| {
            SqlError::new(
                SqlState::ObjectNotInPrerequisiteState,
                "lastval is not yet defined in this session",
            )
            .hint("call nextval first")
        })
    }

    /// A number like no other.
    pub fn row_id(&self) -> i64 {
        self.row_ids.next(self.engine.timeline())
    }

    /// The sequence that a text names, as `'name'::regclass` does.
    pub fn find(&self, name: &str) -> Result<Arc<TableDescriptor>> {
        let parts = relation_parts(name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let relation = find_relation(&self.view, &self.database, &parts)?;
        row::options(&relation)?;
        Ok(relation)
    }

    /// Who may write rows of the table that a sequence was made for may take its values.
    fn may_take(&self, sequence: &TableDescriptor) -> Result<()> {
        let refused = match self.access.relation(sequence, Privilege::Update) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        let owner = row::options(sequence)?.owner;
        let owner = owner.and_then(|owner| self.view.table_by_id(owner.table));
        match owner {
            Some(table) => self
                .access
                .relation(table, Privilege::Insert)
                .map_err(|_| refused),
            None => Err(refused),
        }
    }

    fn in_present(&self, function: &str) -> Result<()> {
        match self.past {
            false if self.read_only => Err(SqlError::read_only(&format!("{function}()"))),
            false => Ok(()),
            true => Err(SqlError::new(
                SqlState::ReadOnlySqlTransaction,
                format!("cannot execute {function}() in a statement with AS OF SYSTEM TIME"),
            )),
        }
    }

    /// The open transaction, if it made the sequence: then nobody else can see it.
    fn own(&self, sequence: &TableDescriptor) -> Option<&Arc<Transaction>> {
        self.transaction
            .as_ref()
            .filter(|_| sequence.public_since.is_none())
    }

    fn remember(&self, id: TableId, value: i64) {
        let mut memory = self.memory.lock();
        memory.values.insert(id, value);
        memory.last = Some(id);
    }
}

/// The parts of a relation's name that stands in a text: folded, unless they are quoted there.
pub(crate) fn relation_parts(name: &str) -> Result<Vec<String>> {
    let invalid = || {
        SqlError::new(
            SqlState::InvalidName,
            format!("invalid name of a relation: {name:?}"),
        )
    };
    let folded = |ident| Name::folded(ident).0;
    match cairn_syntax::parse_expression(name).map_err(|_| invalid())? {
        Expr::Identifier(ident) => Ok(vec![folded(&ident)]),
        Expr::CompoundIdentifier(parts) => Ok(parts.iter().map(folded).collect()),
        _ => Err(invalid()),
    }
}
