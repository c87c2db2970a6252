//! What a client keeps between messages of the extended protocol: statements and portals, by name.

use std::collections::HashMap;
use std::sync::Arc;

use cairn_rows::Zone;
use cairn_sql::{Prepared, SqlError, SqlState};
use datafusion::scalar::ScalarValue;
use pgwire::messages::extendedquery::Bind;
use postgres_types::Type;

use crate::answer::Rows;
use crate::fault::protocol_violation;
use crate::parameter;
use crate::types::{Format, wire_type};

/// A prepared statement bound to values, and what has been fetched of its answer.
pub struct Portal {
    pub prepared: Arc<Prepared>,
    pub values: Vec<ScalarValue>,
    /// One per result column.
    pub formats: Vec<Format>,
    pub progress: Progress,
}

pub enum Progress {
    /// Not executed yet.
    Bound,
    /// Executed; rows remain.
    Suspended(Rows),
    /// Executed to the end.
    Done,
}

/// A prepared statement, and the oids that the client has given its parameters; 0: it left the type to us.
#[derive(Clone)]
struct Statement {
    prepared: Arc<Prepared>,
    declared: Vec<u32>,
}

#[derive(Default)]
pub struct Names {
    statements: HashMap<String, Statement>,
    portals: HashMap<String, Portal>,
}

impl Names {
    /// Whether a statement may be prepared under this name: any number of times without one, else once.
    pub fn check_free(&self, name: &str) -> Result<(), SqlError> {
        if !name.is_empty() && self.statements.contains_key(name) {
            return Err(SqlError::new(
                SqlState::DuplicatePreparedStatement,
                format!("prepared statement \"{name}\" already exists"),
            ));
        }
        Ok(())
    }

    pub fn put_statement(&mut self, name: String, prepared: Prepared, declared: Vec<u32>) {
        let prepared = Arc::new(prepared);
        self.statements
            .insert(name, Statement { prepared, declared });
    }

    /// The types of a statement's parameters: as the client has declared them, where he has.
    pub fn parameters(&self, name: &str) -> Result<Vec<u32>, SqlError> {
        let statement = self.found(name)?;
        let inferred = statement.prepared.parameters().iter().enumerate();
        inferred
            .map(|(place, kind)| match statement.declared.get(place) {
                None | Some(0) => Ok(wire_type(kind)?.oid()),
                Some(oid) if *oid == Type::UNKNOWN.oid() => Ok(wire_type(kind)?.oid()),
                Some(oid) => Ok(*oid),
            })
            .collect()
    }

    pub fn statement(&self, name: &str) -> Result<Arc<Prepared>, SqlError> {
        Ok(self.found(name)?.prepared.clone())
    }

    fn found(&self, name: &str) -> Result<&Statement, SqlError> {
        self.statements.get(name).ok_or_else(|| {
            SqlError::new(
                SqlState::InvalidSqlStatementName,
                format!("prepared statement \"{name}\" does not exist"),
            )
        })
    }

    pub fn close_statement(&mut self, name: &str) {
        self.statements.remove(name);
    }

    /// Binds a statement's parameters, local times in `zone`, and makes a portal of it.
    pub fn bind(&mut self, bind: &Bind, zone: Zone) -> Result<(), SqlError> {
        let name = bind.portal_name.clone().unwrap_or_default();
        if !name.is_empty() && self.portals.contains_key(&name) {
            return Err(SqlError::new(
                SqlState::DuplicateCursor,
                format!("portal \"{name}\" already exists"),
            ));
        }
        let statement = bind.statement_name.as_deref().unwrap_or_default();
        let prepared = self.statement(statement)?;
        let wanted = prepared.parameters();
        if bind.parameters.len() != wanted.len() {
            return Err(protocol_violation(format!(
                "bind message supplies {} parameters, but prepared statement \"{statement}\" requires {}",
                bind.parameters.len(),
                wanted.len()
            )));
        }
        let formats = Format::expand(&bind.parameter_format_codes, wanted.len())?;
        let given = bind.parameters.iter().zip(wanted).zip(formats).enumerate();
        let values = given
            .map(|(index, ((bytes, kind), format))| {
                parameter::decode(index + 1, bytes.as_deref(), kind, format, zone)
            })
            .collect::<Result<_, SqlError>>()?;
        let columns = prepared.columns().map_or(0, |schema| schema.fields().len());
        let formats = Format::expand(&bind.result_column_format_codes, columns)?;
        self.portals.insert(
            name,
            Portal {
                prepared,
                values,
                formats,
                progress: Progress::Bound,
            },
        );
        Ok(())
    }

    pub fn portal(&mut self, name: &str) -> Result<&mut Portal, SqlError> {
        self.portals.get_mut(name).ok_or_else(|| {
            SqlError::new(
                SqlState::InvalidCursorName,
                format!("portal \"{name}\" does not exist"),
            )
        })
    }

    pub fn close_portal(&mut self, name: &str) {
        self.portals.remove(name);
    }

    /// A simple query replaces what has no name.
    pub fn drop_unnamed(&mut self) {
        self.statements.remove("");
        self.portals.remove("");
    }

    /// Portals live no longer than their transaction.
    pub fn drop_portals(&mut self) {
        self.portals.clear();
    }
}
