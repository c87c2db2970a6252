//! The reading desk: statement texts become values, and values become texts again.
//!
//! WHAT
//!   `sqlparser` reads ordinary SQL. Around it stand Cairn's own verbs, which no dialect of it has: BACKUP, RESTORE, SHOW …, job
//!   control, COPY with STDIN and STDOUT, `AS OF SYSTEM TIME`, `SELECT … FROM [SHOW …]`, UPSERT. Nothing here knows a catalog: names stay names.
//!
//! HOW DATA FLOWS
//!   1. `parse` cuts a text into tokens, and at its semicolons into statements (`parser::split`).
//!   2. `depth::check` refuses a statement whose tree would be too deep to walk.
//!   3. `parser::statement` looks at the first words. Own verbs are read by `parser::{backup, show, copy, …}` with sqlparser's token reader.
//!   4. In every other statement `parser::query::extract` first takes out what sqlparser cannot read: AS OF and bracketed SHOWs leave
//!      marker tables behind, so that they stand at their exact place when the statement is printed, and cannot stand anywhere but in a FROM list.
//!
//! INVARIANTS
//!   `parse(display(s)) == s` for every statement: tests/corpus.rs.
//!   Only `Statement::redacted` may be stored, logged or shown when a statement holds storage URLs.
//!
//! ERRORS
//!   `SyntaxError` says what was expected, where (characters from 1), and how to go on. A form that Cairn knows of and does not do yet
//!   parses as `Statement::Later`, so that it can be refused by name.

mod alter;
mod as_of;
mod backup;
mod comment;
mod copy;
mod depth;
mod encoding;
mod error;
mod expression;
mod interleave;
mod location;
mod name;
mod parser;
mod query;
mod readings;
mod relations;
mod sequence;
mod setting;
mod show;
mod statement;
mod target;
mod user;
mod vacuum;
mod verb;
mod void;

pub use alter::{Alter, IndexName};
pub use as_of::AsOf;
pub use backup::{Backup, OptionValue, Restore, WithOption};
pub use comment::{Comment, CommentTarget, RelationKind};
pub use copy::{Copy, CopyDirection, CopyFormat, CopyOptions, CopySource};
pub use encoding::{InvalidUtf8, text_of};
pub use error::{SyntaxError, SyntaxErrorKind};
pub use expression::{columns_of, rename_column, unqualified};
pub use interleave::CreateInterleaved;
pub use location::LocationExpr;
pub use name::{Name, quote, reserved_words};
pub use parser::{Parsed, parse, parse_expression, parse_one, parse_targets, parse_type};
pub use query::{Overriding, Query};
pub use relations::{
    NamedRelation, calls_sequences, identifier, object_name, parse_query, parts,
    plain_sequence_names, rename_relations, rename_sequences, visit_relations, visit_sequences,
};
pub use sequence::{AlterSequence, CreateSequence, Rename, RenamedKind, SequenceOption};
pub use setting::{ConfigureZone, SetClusterSetting, ZoneChange, ZoneObject};
pub use show::{BackupForm, CreatedKind, Show};
pub use sqlparser::ast;
pub use statement::{JobVerb, Statement};
pub use target::{TablePattern, Targets, database_of};
pub use user::{Grant, GrantVerb, Password, UserStatement};
pub use vacuum::Vacuum;
pub use verb::VERBS;
