//! `pg_roles` and its kin, from `system.users`. The rows are read when the query runs, at the statement's instant.

use std::{fmt, sync::Arc};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use cairn_catalog::{TableDescriptor, USERS_TABLE};
use cairn_rows::users::{self, ROOT};
use cairn_storage::Read;
use datafusion::{
    catalog::memory::MemTable,
    datasource::{TableProvider, TableType},
    scalar::ScalarValue as Scalar,
};

use super::{oid, relation::Relation, rows::Rows};
use crate::query::late::{Late, LateTable};
use crate::{Result, SqlError, query::Scope};

/// The relations that list users.
pub(crate) const NAMES: [&str; 4] = ["pg_authid", "pg_roles", "pg_shadow", "pg_user"];

pub(crate) fn table(
    scope: &Scope,
    relation: &'static Relation,
) -> Result<Option<Arc<dyn TableProvider>>> {
    if !NAMES.contains(&relation.name) {
        return Ok(None);
    }
    let users = scope.view.table_by_id(USERS_TABLE).cloned();
    let users =
        users.ok_or_else(|| SqlError::internal("the table system.users is not in the catalog"))?;
    Ok(Some(Arc::new(LateTable(Users {
        relation,
        users,
        read: scope.read.clone(),
    }))))
}

struct Users {
    relation: &'static Relation,
    users: Arc<TableDescriptor>,
    read: Arc<dyn Read>,
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.relation.name)
    }
}

#[async_trait]
impl Late for Users {
    const TYPE: TableType = TableType::View;

    fn schema(&self) -> SchemaRef {
        self.relation.arrow_schema()
    }

    async fn rows(&self) -> Result<MemTable> {
        let mut rows = Rows::new(self.relation);
        for user in users::list(self.read.as_ref(), &self.users).await? {
            let (oid, name, root) = (
                Scalar::from(oid::user(&user.name)),
                Scalar::from(user.name.as_str()),
                user.name == ROOT,
            );
            match self.relation.name {
                "pg_authid" | "pg_roles" => rows.push([
                    ("oid", oid),
                    ("rolname", name),
                    ("rolsuper", Scalar::from(root)),
                    ("rolinherit", Scalar::from(true)),
                    ("rolcreaterole", Scalar::from(root)),
                    ("rolcreatedb", Scalar::from(root)),
                    ("rolcanlogin", Scalar::from(true)),
                    ("rolreplication", Scalar::from(false)),
                    ("rolconnlimit", Scalar::from(-1_i32)),
                    ("rolbypassrls", Scalar::from(root)),
                ])?,
                _ => rows.push([
                    ("usename", name),
                    ("usesysid", oid),
                    ("usecreatedb", Scalar::from(root)),
                    ("usesuper", Scalar::from(root)),
                    ("userepl", Scalar::from(false)),
                    ("usebypassrls", Scalar::from(root)),
                ])?,
            }
        }
        rows.table()
    }
}
