//! From tokens to statements: the first words decide who reads the rest.

mod alter;
mod backup;
mod brackets;
mod comment;
mod copy;
mod dialect;
mod distinct;
mod identity;
mod interleave;
mod junk;
mod later;
mod lexical;
mod literals;
mod masked;
mod names;
mod query;
mod reader;
mod sequence;
mod setting;
mod show;
mod table;
mod user;

use sqlparser::{
    ast,
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan, Tokenizer, Word},
};

use crate::{
    JobVerb, Name, Statement, SyntaxError, Targets, Vacuum, depth,
    error::Result,
    query::{MARK, Query},
    readings,
};
use dialect::POSTGRES;
use reader::{Reader, position};

/// How many levels sqlparser may descend. Its own stack grows as needed (its feature `recursive-protection`).
const RECURSION_LIMIT: usize = 400;

/// A statement and the part of the text it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    pub statement: Statement,
    pub text: String,
}

/// Reads every statement of a text. Empty statements are left out.
pub fn parse(text: &str) -> Result<Vec<Parsed>> {
    let mut statements = Vec::new();
    for tokens in split(text)? {
        let piece = reader::source(text, &tokens);
        let statement = statement(&tokens).map_err(|error| reader::locate(error, text, &tokens))?;
        statements.push(Parsed {
            statement,
            text: piece,
        });
    }
    Ok(statements)
}

/// Reads a text that must hold at most one statement.
pub fn parse_one(text: &str) -> Result<Option<Parsed>> {
    let mut statements = parse(text)?;
    match statements.len() {
        0 | 1 => Ok(statements.pop()),
        _ => Err(SyntaxError::new(
            "cannot insert multiple commands into a prepared statement",
        )),
    }
}

/// Reads one scalar expression, such as a stored DEFAULT.
pub fn parse_expression(text: &str) -> Result<ast::Expr> {
    let tokens = split(text)?.into_iter().next().unwrap_or_default();
    check(&tokens)?;
    let mut reader = Reader::new(&tokens);
    let expression = reader.expression()?;
    reader.end()?;
    Ok(expression)
}

/// Reads one type name.
pub fn parse_type(text: &str) -> Result<ast::DataType> {
    let tokens = split(text)?.into_iter().next().unwrap_or_default();
    check(&tokens)?;
    let mut reader = Reader::new(&tokens);
    let ty = reader.data_type()?;
    reader.end()?;
    Ok(ty)
}

/// Reads the targets of a BACKUP or RESTORE, as they are printed.
pub fn parse_targets(text: &str) -> Result<Targets> {
    let tokens = split(text)?.into_iter().next().unwrap_or_default();
    let mut reader = Reader::new(&tokens);
    let targets = backup::printed_targets(&mut reader)?;
    reader.end()?;
    Ok(targets)
}

/// Cuts a text into tokens, without blanks and comments, one list per statement.
fn split(text: &str) -> Result<Vec<Vec<TokenWithSpan>>> {
    let wrong = |problem: &str, place| SyntaxError {
        position: position(text, place),
        ..SyntaxError::new(format!("syntax error: {problem}"))
    };
    let tokens = Tokenizer::new(&POSTGRES, text)
        .tokenize_with_location()
        .map_err(|error| wrong(&reader::lower_first(&error.message), error.location))?;
    let mut statements = vec![Vec::new()];
    let mut gap = lexical::Gap::default();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let start = token.span.start;
        if let Some(problem) = literals::problem(&token.token) {
            return Err(wrong(&problem, start));
        }
        if let Some(junk) = junk::behind(&token, tokens.peek()) {
            return Err(junk.error(text, start));
        }
        match &token.token {
            Token::Whitespace(blank) => gap.widen(blank),
            Token::EOF => {}
            Token::SemiColon => statements.push(Vec::new()),
            Token::Word(Word { value, .. }) if value.contains(MARK) => {
                return Err(wrong("an identifier holds a control character", start));
            }
            _ => {
                if let Some(statement) = statements.last_mut() {
                    lexical::push(statement, token, &std::mem::take(&mut gap))
                        .map_err(|problem| wrong(problem, start))?;
                }
            }
        }
    }
    statements.retain(|tokens| !tokens.is_empty());
    Ok(statements)
}

/// Refuses tokens that would take too much time or stack.
fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    readings::check(tokens)?;
    depth::check(tokens)
}

/// Reads one statement. `tokens` are not empty.
fn statement(tokens: &[TokenWithSpan]) -> Result<Statement> {
    check(tokens)?;
    let mut reader = Reader::new(tokens);
    if let Some(what) = later::known(&reader) {
        return Ok(Statement::Later {
            what,
            text: later::text(tokens),
        });
    }
    if !setting::is_zone(&reader)
        && let Some(alter) = alter::alter(&mut reader)?
    {
        reader.end()?;
        return Ok(Statement::Alter(alter));
    }
    let statement = match reader.word_at(0).as_deref() {
        Some("BACKUP") => {
            backup::backup(&mut reader).map_err(|error| error.hint("try \\h BACKUP"))?
        }
        Some("RESTORE") => {
            backup::restore(&mut reader).map_err(|error| error.hint("try \\h RESTORE"))?
        }
        Some("SHOW") => Statement::Show(show::show(&mut reader)?),
        Some("COPY") => Statement::Copy(copy::copy(&mut reader)?),
        Some("COMMENT") => Statement::Comment(comment::comment(&mut reader)?),
        Some("PREPARE") if reader.word_at(1).as_deref() != Some("TRANSACTION") => {
            prepare(&mut reader, tokens)?
        }
        Some("PAUSE" | "RESUME" | "CANCEL") => return job(&mut reader, tokens),
        Some("CREATE" | "ALTER" | "DROP") if reader.word_at(1).as_deref() == Some("USER") => {
            user::user(&mut reader)?
        }
        Some("GRANT" | "REVOKE") => user::grant(&mut reader)?,
        Some("SET" | "RESET") if reader.word_at(1).as_deref() == Some("CLUSTER") => {
            setting::cluster_setting(&mut reader)?
        }
        Some("ALTER") if setting::is_zone(&reader) => setting::zone(&mut reader)?,
        Some("EXPERIMENTAL") => Statement::Show(show::experimental(&mut reader)?),
        Some("CREATE") if reader.sees(&["CREATE", "SEQUENCE"]) => sequence::create(&mut reader)?,
        Some("ALTER") if sequence::alters(&reader) => sequence::alter(&mut reader)?,
        Some("CREATE") if let Some(place) = interleave::clause(tokens) => {
            return interleave::create(tokens, place);
        }
        Some("VACUUM") => Statement::Vacuum(vacuum(&mut reader)?),
        Some("UPSERT") => return Ok(Statement::Upsert(Box::new(upsert(tokens)?))),
        _ => return Ok(Statement::Sql(Box::new(query::query(tokens)?))),
    };
    if !matches!(statement, Statement::Prepare { .. }) {
        reader.end()?;
    }
    Ok(statement)
}

fn vacuum(reader: &mut Reader<'_>) -> Result<Vacuum> {
    reader.expect("VACUUM")?;
    let analyze = reader.accept(&["ANALYZE"]);
    let tables = match reader.token() {
        Some(_) => backup::list(reader, |reader| dotted(reader, "a table name"))?,
        None => Vec::new(),
    };
    Ok(Vacuum { analyze, tables })
}

fn prepare(reader: &mut Reader<'_>, tokens: &[TokenWithSpan]) -> Result<Statement> {
    reader.expect("PREPARE")?;
    let name = reader.name("the prepared statement's name")?;
    let types = if reader.take(&Token::LParen) {
        let types = backup::list(reader, |reader| reader.data_type())?;
        reader.require(&Token::RParen)?;
        types
    } else {
        Vec::new()
    };
    reader.expect("AS")?;
    let rest = tokens.get(reader.index()..).unwrap_or_default();
    if rest.is_empty() {
        return Err(reader.unexpected("a statement"));
    }
    Ok(Statement::Prepare {
        name,
        types,
        statement: Box::new(statement(rest)?),
    })
}

fn job(reader: &mut Reader<'_>, tokens: &[TokenWithSpan]) -> Result<Statement> {
    let verb = match reader.word_at(0).as_deref() {
        Some("PAUSE") => JobVerb::Pause,
        Some("RESUME") => JobVerb::Resume,
        _ => JobVerb::Cancel,
    };
    reader.skip();
    reader.expect("JOB")?;
    // Everything that may stand behind SELECT may stand here, bracketed SHOWs too; but just one expression.
    let Some((_, [job, expression @ ..])) = tokens.split_first() else {
        return Err(reader.unexpected("a job's id"));
    };
    let mut select = job.clone();
    select.token = Token::Word(Word {
        value: "SELECT".into(),
        quote_style: None,
        keyword: Keyword::SELECT,
    });
    let query = query::query(&[&[select], expression].concat())?;
    match query.statement() {
        ast::Statement::Query(select) if is_one_expression(&select) => Ok(Statement::Job {
            verb,
            job: Box::new(query),
        }),
        _ => Err(reader.unexpected("a job's id")),
    }
}

/// Whether a query is `SELECT expression` and nothing else.
fn is_one_expression(query: &ast::Query) -> bool {
    let plain = format!(
        "SELECT {}",
        match query.body.as_ref() {
            ast::SetExpr::Select(select) => match select.projection.as_slice() {
                [ast::SelectItem::UnnamedExpr(expression)] => expression.to_string(),
                _ => return false,
            },
            _ => return false,
        }
    );
    query.to_string() == plain
}

/// `UPSERT INTO` is read as the `INSERT INTO` it looks like.
fn upsert(tokens: &[TokenWithSpan]) -> Result<Query> {
    let mut tokens = tokens.to_vec();
    if let Some(first) = tokens.first_mut() {
        first.token = Token::Word(Word {
            value: "INSERT".into(),
            quote_style: None,
            keyword: Keyword::INSERT,
        });
    }
    let query = query::query(&tokens)?;
    match query.statement() {
        ast::Statement::Insert(insert) if insert.on.is_none() => Ok(query),
        _ => Err(SyntaxError::new(
            "syntax error: UPSERT takes no ON CONFLICT clause",
        )),
    }
}

/// The identifiers of a dotted name, folded.
pub(crate) fn dotted(reader: &mut Reader<'_>, what: &str) -> Result<Vec<Name>> {
    let mut parts = vec![reader.name(what)?];
    while reader.take(&Token::Period) {
        parts.push(reader.name(what)?);
    }
    if parts.len() > 3 {
        return Err(reader.unexpected("a name of at most three parts"));
    }
    Ok(parts)
}
