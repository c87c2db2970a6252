//! Ordinary statements with the two things sqlparser cannot read: AS OF SYSTEM TIME and bracketed SHOWs.

use std::{borrow::Cow, fmt, ops::ControlFlow};

use sqlparser::{
    ast::{
        self, ObjectName, ObjectNamePart, SetExpr, TableFactor, TableWithJoins, VisitMut,
        VisitorMut,
    },
    tokenizer::Token,
};

use crate::{AsOf, Statement, SyntaxError, error::Result, location::Shown};

/// First character of a marker table's name: no text contains it, `parse` refuses control characters there.
pub(crate) const MARK: char = '\u{1}';

/// A statement of sqlparser's, with marker tables where AS OF clauses and bracketed SHOWs stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    marked: Box<ast::Statement>,
    as_of: Vec<AsOf>,
    sources: Vec<Statement>,
    top: Option<usize>,
}

impl Query {
    /// Whether the markers of all AS OF clauses stand in FROM lists.
    pub(crate) fn has_in_from_lists(marked: &ast::Statement, as_of: usize) -> bool {
        strip(&mut marked.clone()).len() == as_of
    }

    /// Checks that the top level has the AS OF, and that all say the same.
    pub(crate) fn new(
        marked: ast::Statement,
        as_of: Vec<AsOf>,
        sources: Vec<Statement>,
    ) -> Result<Self> {
        let top = match &marked {
            ast::Statement::Query(query) => top_level(&query.body),
            ast::Statement::Explain { statement, .. } => match statement.as_ref() {
                ast::Statement::Query(query) => top_level(&query.body),
                _ => None,
            },
            _ => None,
        };
        if top.is_none() && !as_of.is_empty() {
            return Err(SyntaxError::new(
                "AS OF SYSTEM TIME must be provided on a top-level statement",
            ));
        }
        if as_of.windows(2).any(|pair| pair.first() != pair.last()) {
            return Err(SyntaxError::new(
                "cannot specify AS OF SYSTEM TIME with different timestamps",
            ));
        }
        Ok(Query {
            marked: Box::new(marked),
            as_of,
            sources,
            top,
        })
    }

    /// The statement with its marker tables.
    pub(crate) fn marked(&self) -> &ast::Statement {
        &self.marked
    }

    pub(crate) fn marked_mut(&mut self) -> &mut ast::Statement {
        &mut self.marked
    }

    /// The statement as sqlparser knows it; bracketed SHOWs are tables named by `source_name`.
    pub fn statement(&self) -> ast::Statement {
        let mut statement = (*self.marked).clone();
        strip(&mut statement);
        strip_overriding(&mut statement);
        statement
    }

    /// What an INSERT says about the values of identity columns.
    pub fn overriding(&self) -> Option<Overriding> {
        strip_overriding(&mut (*self.marked).clone())
    }

    pub fn as_of(&self) -> Option<&AsOf> {
        self.top.and_then(|index| self.as_of.get(index))
    }

    /// The bracketed SHOWs, by the name of the table that stands for each.
    pub fn sources(&self) -> impl Iterator<Item = (String, &Statement)> {
        self.sources
            .iter()
            .enumerate()
            .map(|(index, source)| (source_name(index), source))
    }

    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        let mut text = match shown {
            Shown::Whole => self.marked.to_string(),
            Shown::Redacted(_) => without_arguments(&self.marked).to_string(),
        };
        for (index, as_of) in self.as_of.iter().enumerate() {
            text = text.replace(
                &format!(", \"{}\"", as_of_name(index)),
                &format!(" {as_of}"),
            );
        }
        for overriding in [Overriding::System, Overriding::User] {
            let (name, word) = (overriding_name(overriding), overriding.word());
            let clause = format!("OVERRIDING {word} VALUE");
            text = text.replace(&format!("(\"{name}\")"), &clause);
            text = text.replace(&format!(", \"{name}\")"), &format!(") {clause}"));
        }
        for (index, source) in self.sources.iter().enumerate() {
            text = text.replace(
                &format!("\"{}\"", source_name(index)),
                &format!("[{}]", source.shown(shown)),
            );
        }
        f.write_str(&text)
    }
}

/// EXECUTE may give a location or a password to what was prepared, and nothing in it says which argument that is.
fn without_arguments(statement: &ast::Statement) -> Cow<'_, ast::Statement> {
    let mut shown = Cow::Borrowed(statement);
    let executed = match statement {
        ast::Statement::Execute { .. } => shown.to_mut(),
        ast::Statement::Explain { statement, .. }
            if matches!(**statement, ast::Statement::Execute { .. }) =>
        {
            match shown.to_mut() {
                ast::Statement::Explain { statement, .. } => statement.as_mut(),
                other => other,
            }
        }
        _ => return shown,
    };
    if let ast::Statement::Execute {
        parameters, using, ..
    } = executed
    {
        let redacted = || {
            let text = ast::Value::SingleQuotedString("redacted".to_owned());
            ast::Expr::Value(text.into())
        };
        parameters.fill_with(redacted);
        for argument in using {
            argument.expr = redacted();
        }
    }
    shown
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Shown::Whole)
    }
}

pub(crate) fn as_of_name(index: usize) -> String {
    format!("{MARK}as of {index}{MARK}")
}

/// Whether a token is such a marker.
pub(crate) fn is_as_of(token: &Token) -> bool {
    matches!(token, Token::Word(word) if as_of_index(&word.value).is_some())
}

fn as_of_index(name: &str) -> Option<usize> {
    name.strip_prefix(MARK)?
        .strip_prefix("as of ")?
        .strip_suffix(MARK)?
        .parse()
        .ok()
}

pub(crate) fn source_name(index: usize) -> String {
    format!("{MARK}source {index}{MARK}")
}

fn marker_index(table: &TableWithJoins) -> Option<usize> {
    let TableFactor::Table {
        name: ObjectName(parts),
        ..
    } = &table.relation
    else {
        return None;
    };
    let [ObjectNamePart::Identifier(ident)] = parts.as_slice() else {
        return None;
    };
    as_of_index(&ident.value)
}

/// Which values an INSERT may give identity columns: `OVERRIDING SYSTEM VALUE`, `OVERRIDING USER VALUE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overriding {
    System,
    User,
}

impl Overriding {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Overriding::System => "SYSTEM",
            Overriding::User => "USER",
        }
    }
}

/// The name of the last column of an INSERT that says OVERRIDING …: sqlparser does not know the clause.
pub(crate) fn overriding_name(overriding: Overriding) -> String {
    format!("{MARK}overriding {}{MARK}", overriding.word())
}

/// Removes the column that stands for OVERRIDING …, and says which it was.
fn strip_overriding(statement: &mut ast::Statement) -> Option<Overriding> {
    let ast::Statement::Insert(insert) = statement else {
        return None;
    };
    let last = insert.columns.last()?.0.last()?.as_ident()?;
    let found = [Overriding::System, Overriding::User]
        .into_iter()
        .find(|overriding| last.value == overriding_name(*overriding))?;
    insert.columns.pop();
    Some(found)
}

/// Removes the markers from every FROM list, and says which were there.
fn strip(statement: &mut ast::Statement) -> Vec<usize> {
    struct Strip(Vec<usize>);
    impl VisitorMut for Strip {
        type Break = ();
        fn pre_visit_select(&mut self, select: &mut ast::Select) -> ControlFlow<()> {
            select.from.retain(|table| match marker_index(table) {
                Some(index) => {
                    self.0.push(index);
                    false
                }
                None => true,
            });
            ControlFlow::Continue(())
        }
    }
    let mut visitor = Strip(Vec::new());
    let _ = VisitMut::visit(statement, &mut visitor);
    visitor.0
}

/// The AS OF of the outermost SELECT; parentheses round it do not matter.
fn top_level(body: &SetExpr) -> Option<usize> {
    match body {
        SetExpr::Select(select) => select.from.iter().find_map(marker_index),
        SetExpr::Query(query) => top_level(&query.body),
        SetExpr::SetOperation { left, right, .. } => top_level(left).or_else(|| top_level(right)),
        _ => None,
    }
}
