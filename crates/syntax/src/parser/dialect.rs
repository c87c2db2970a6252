//! PostgreSQL's dialect, as sqlparser has it, less what is past, and kept from reading the same tokens again and again.
//!
//! WHERE THE TIME WOULD GO
//!   sqlparser tries one reading and then another, at every level: what nests `n` deep it may read 2^n times. A function's
//!   arguments have just one reading here. What fails within some words keeps its two, and a bound; brackets behind FROM have theirs
//!   in `readings`.

use std::{
    any::TypeId,
    sync::atomic::{AtomicUsize, Ordering},
};

use sqlparser::{
    ast::Expr,
    dialect::{Dialect, PostgreSqlDialect, Precedence},
    keywords::Keyword,
    parser::{Parser, ParserError},
};

pub(super) static POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};

/// How often an operand may be read: some times for each token, and what a short statement of some levels takes.
const READS_PER_TOKEN: usize = 20;
const READS: usize = 20_000;

/// The dialect of one reading.
#[derive(Debug)]
pub(super) struct Bounded {
    reads_left: AtomicUsize,
}

impl Bounded {
    pub(super) fn new(tokens: usize) -> Self {
        Bounded {
            reads_left: AtomicUsize::new(
                READS.saturating_add(tokens.saturating_mul(READS_PER_TOKEN)),
            ),
        }
    }
}

macro_rules! as_postgres {
    ($($method:ident),* $(,)?) => {
        $(fn $method(&self) -> bool {
            POSTGRES.$method()
        })*
    };
}

impl Dialect for Bounded {
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    /// Reads nothing: counts the operands that sqlparser is about to read.
    fn parse_prefix(&self, _parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        let left = self.reads_left.load(Ordering::Relaxed);
        self.reads_left
            .store(left.saturating_sub(1), Ordering::Relaxed);
        (left == 0).then_some(Err(ParserError::RecursionLimitExceeded))
    }

    /// An argument's name is an identifier, so what has another form is read once.
    fn supports_named_fn_args_with_expr_name(&self) -> bool {
        false
    }

    /// `5 !` is nothing since PostgreSQL 14.
    fn supports_factorial_operator(&self) -> bool {
        false
    }

    /// What begins with a word that PostgreSQL reserves is not read once more as a function of that name.
    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        POSTGRES.is_reserved_for_identifier(keyword)
            || matches!(
                keyword,
                Keyword::ARRAY | Keyword::CASE | Keyword::CAST | Keyword::NOT
            )
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        POSTGRES.identifier_quote_style(identifier)
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        POSTGRES.is_delimited_identifier_start(character)
    }

    fn is_identifier_start(&self, character: char) -> bool {
        POSTGRES.is_identifier_start(character)
    }

    fn is_identifier_part(&self, character: char) -> bool {
        POSTGRES.is_identifier_part(character)
    }

    fn is_custom_operator_part(&self, character: char) -> bool {
        POSTGRES.is_custom_operator_part(character)
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        POSTGRES.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        POSTGRES.prec_value(precedence)
    }

    as_postgres! {
        allow_extract_custom,
        allow_extract_single_quotes,
        supports_alter_column_type_using,
        supports_array_typedef_with_brackets,
        supports_bitwise_shift_operators,
        supports_comma_separated_trim,
        supports_comment_on,
        supports_comment_optimizer_hint,
        supports_create_index_with_clause,
        supports_create_table_like_parenthesized,
        supports_empty_projections,
        supports_explain_with_utility_options,
        supports_filter_during_aggregation,
        supports_geometric_types,
        supports_group_by_expr,
        supports_insert_table_alias,
        supports_interval_options,
        supports_listen_notify,
        supports_load_extension,
        supports_named_fn_args_with_colon_operator,
        supports_nested_comments,
        supports_notnull_operator,
        supports_numeric_literal_underscores,
        supports_select_wildcard_with_alias,
        supports_set_names,
        supports_string_escape_constant,
        supports_unicode_string_literal,
        supports_xml_expressions,
    }
}
