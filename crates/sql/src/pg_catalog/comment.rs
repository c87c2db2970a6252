//! Comments, by the oid of what they are about: `pg_description` and the functions that look there.

use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    class::shown_columns,
    constraint,
    directory::{Directory, shown_indexes},
    oid,
    relation::Relation,
    rows::Rows,
};
use crate::Result;

/// One comment: the oid it is about, the catalog that oid is of, and the number of a column.
pub(crate) struct Comment {
    pub object: u32,
    pub class: u32,
    pub column: i32,
    pub text: String,
}

/// All comments on tables of a database and what they hold.
pub(crate) fn of_tables(directory: &Directory) -> Vec<Comment> {
    let mut comments = Vec::new();
    for table in directory.tables() {
        let mut add = |object, class, column, text: Option<&String>| {
            comments.extend(text.map(|text| Comment {
                object,
                class,
                column,
                text: text.clone(),
            }));
        };
        let table_oid = oid::table(table.id);
        add(table_oid, oid::PG_CLASS, 0, table.comment.as_ref());
        for (number, column) in shown_columns(table) {
            let number = i32::from(number);
            add(table_oid, oid::PG_CLASS, number, column.comment.as_ref());
        }
        for index in shown_indexes(table) {
            let object = oid::index(table.id, index.id);
            add(object, oid::PG_CLASS, 0, index.comment.as_ref());
        }
        for constraint in constraint::of(table) {
            let object = constraint.oid(table);
            add(object, oid::PG_CONSTRAINT, 0, constraint.comment());
        }
    }
    comments
}

pub(crate) fn descriptions(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for comment in of_tables(directory) {
        rows.push([
            ("objoid", Scalar::from(comment.object)),
            ("classoid", Scalar::from(comment.class)),
            ("objsubid", Scalar::from(comment.column)),
            ("description", Scalar::from(comment.text)),
        ])?;
    }
    rows.table()
}

/// The comment on an object, or with a column's number on that column. `catalog` says which one the oid is of, where it matters.
pub(crate) fn find(
    directory: &Directory,
    object: u32,
    column: i64,
    catalog: Option<&str>,
) -> Option<String> {
    let class = match catalog {
        Some("pg_class") => Some(oid::PG_CLASS),
        Some("pg_constraint") => Some(oid::PG_CONSTRAINT),
        Some("pg_database") => return of_database(directory, object),
        Some(_) => return None,
        None => None,
    };
    of_tables(directory)
        .into_iter()
        .find(|comment| {
            comment.object == object
                && i64::from(comment.column) == column
                && class.is_none_or(|class| comment.class == class)
        })
        .map(|comment| comment.text)
}

fn of_database(directory: &Directory, object: u32) -> Option<String> {
    directory
        .view()
        .databases()
        .find(|database| oid::database(database.id) == object)?
        .comment
        .clone()
}
