//! `pg_stat_activity`: the sessions of this node.

use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    oid,
    relation::Relation,
    rows::{Rows, text},
};
use crate::{Result, query::Scope};

/// What others do is told to root alone; that they are there, to everybody.
const HIDDEN: &str = "<insufficient privilege>";

pub(crate) fn sessions(scope: &Scope, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for entry in scope.node.activity().entries() {
        let sees = scope.access.is_root() || scope.facts.user == entry.user;
        let shown = |value: &str| text(Some(value.to_owned()).filter(|_| sees));
        let time = |micros: Option<i64>| {
            Scalar::TimestampMicrosecond(micros.filter(|_| sees), Some(cairn_rows::UTC.into()))
        };
        let database = scope.view.database(&entry.database);
        let address = Some(entry.client).filter(|_| sees);
        rows.push([
            (
                "datid",
                Scalar::UInt32(database.map(|database| oid::database(database.id))),
            ),
            ("datname", Scalar::from(entry.database.as_str())),
            ("pid", Scalar::from(entry.number)),
            ("usesysid", Scalar::from(oid::user(&entry.user))),
            ("usename", Scalar::from(entry.user.as_str())),
            ("application_name", shown(&entry.application)),
            (
                "client_addr",
                text(address.map(|address| address.ip().to_string())),
            ),
            (
                "client_port",
                Scalar::Int32(address.map(|address| i32::from(address.port()))),
            ),
            ("backend_start", time(Some(entry.began))),
            ("xact_start", time(entry.transaction_began)),
            ("query_start", time(entry.statement_began)),
            ("state_change", time(Some(entry.changed))),
            ("state", shown(entry.state)),
            (
                "query",
                text(Some(if sees {
                    entry.statement
                } else {
                    HIDDEN.to_owned()
                })),
            ),
            ("backend_type", Scalar::from("client backend")),
        ])?;
    }
    rows.table()
}
