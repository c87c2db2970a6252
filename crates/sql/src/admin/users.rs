//! CREATE, ALTER and DROP USER, and what authentication asks.

use cairn_catalog::{USERS_TABLE, View, read_table};
use cairn_rows::users::{self, ROOT, User};
use cairn_storage::Transaction;
use cairn_syntax::{Name, Password, UserStatement};
use datafusion::scalar::ScalarValue;

use super::{Attempt, settings::ClusterSettings};
use crate::{Node, Notice, Result, Session, SqlError, SqlState, show::Columns};

/// The longest name of a user, in characters.
const MAX_NAME: usize = 63;

/// Names that stand for something else.
const RESERVED: [&str; 3] = ["public", "none", "node"];

/// What a SCRAM verifier begins with.
const SCRAM: &str = "SCRAM-SHA-256$";

/// Runs a statement about users.
pub(super) async fn change(
    attempt: &mut Attempt<'_>,
    statement: &UserStatement,
) -> Result<&'static str> {
    match statement {
        UserStatement::Create {
            name,
            if_not_exists,
            password,
        } => {
            attempt.scope.access.root("CREATE USER")?;
            let name = new_name(name)?;
            if find(attempt, &name).await?.is_some() {
                if *if_not_exists {
                    let notice = Notice::skipping(&format!("user {name} already exists"));
                    attempt.notices.push(notice);
                    return Ok("CREATE USER");
                }
                return Err(SqlError::new(
                    SqlState::DuplicateObject,
                    format!("user {name} already exists"),
                ));
            }
            let hashed_password = match password {
                Some(password) => verifier(attempt, password)?,
                None => None,
            };
            put(attempt, name, hashed_password).await?;
            Ok("CREATE USER")
        }
        UserStatement::Alter {
            name,
            if_exists,
            password,
        } => {
            attempt.scope.access.root("ALTER USER")?;
            let name = folded(name);
            if existing(attempt, &name, *if_exists).await? {
                let hashed_password = verifier(attempt, password)?;
                put(attempt, name, hashed_password).await?;
            }
            Ok("ALTER USER")
        }
        UserStatement::Drop { names, if_exists } => {
            attempt.scope.access.root("DROP USER")?;
            for name in names {
                drop(attempt, &folded(name), *if_exists).await?;
            }
            Ok("DROP USER")
        }
    }
}

async fn drop(attempt: &mut Attempt<'_>, name: &str, if_exists: bool) -> Result<()> {
    if name != ROOT && !existing(attempt, name, if_exists).await? {
        return Ok(());
    }
    check_droppable(attempt.transaction, &[name]).await?;
    Ok(users::remove_user(attempt.transaction, name).await?)
}

/// Refuses that users go who must stay.
///
/// # Errors
/// 2BP01 for root, and for who holds privileges.
pub(super) async fn check_droppable(transaction: &Transaction, names: &[&str]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    if names.contains(&ROOT) {
        return Err(SqlError::new(
            SqlState::DependentObjectsStillExist,
            "cannot drop user root: the system requires it",
        ));
    }
    // Read through the transaction, so that a GRANT meanwhile is a conflict.
    let view = View::load(transaction).await?;
    for name in names {
        let held = held(&view, name);
        if !held.is_empty() {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!(
                    "cannot drop user {name}: grants still exist on {}",
                    held.join(", ")
                ),
            )
            .hint(format!("REVOKE ALL ON … FROM {name}")));
        }
    }
    Ok(())
}

/// What a user has privileges on.
fn held(view: &View, user: &str) -> Vec<String> {
    let of_user = |grants: &[cairn_catalog::Grant]| grants.iter().any(|grant| grant.user == user);
    let databases = view
        .databases()
        .filter(|database| of_user(&database.grants))
        .map(|database| format!("database {}", database.name));
    let tables = view
        .tables()
        .filter(|table| of_user(&table.grants))
        .map(|table| {
            let database = view.database_by_id(table.database);
            let database = database.map_or("", |database| database.name.as_str());
            format!("{database}.{}", table.name)
        });
    let mut held: Vec<String> = databases.chain(tables).collect();
    held.sort();
    held
}

/// A user as the transaction sees it.
async fn find(attempt: &Attempt<'_>, name: &str) -> Result<Option<User>> {
    let table = read_table(attempt.transaction, USERS_TABLE).await?;
    Ok(users::find(attempt.transaction, &table, name).await?)
}

/// Whether the user is there; if not, that is an error or a notice.
async fn existing(attempt: &mut Attempt<'_>, name: &str, if_exists: bool) -> Result<bool> {
    if find(attempt, name).await?.is_some() {
        return Ok(true);
    }
    if !if_exists {
        return Err(unknown(name));
    }
    let notice = Notice::skipping(&format!("user {name} does not exist"));
    attempt.notices.push(notice);
    Ok(false)
}

/// Refuses a grantee that is no user, and reads its row, so that dropping it meanwhile is a conflict.
pub(super) async fn grantee(attempt: &Attempt<'_>, name: &Name) -> Result<String> {
    let name = folded(name);
    match find(attempt, &name).await? {
        Some(_) => Ok(name),
        None if name == "public" => Err(SqlError::unsupported("GRANT to PUBLIC")),
        None => Err(unknown(&name)),
    }
}

fn unknown(name: &str) -> SqlError {
    SqlError::new(
        SqlState::UndefinedObject,
        format!("user {name} does not exist"),
    )
}

async fn put(attempt: &Attempt<'_>, name: String, hashed_password: Option<Vec<u8>>) -> Result<()> {
    let user = User {
        name,
        hashed_password,
    };
    Ok(users::put_user(attempt.transaction, &user).await?)
}

/// Names of users are the same in any case, quoted or not.
pub(super) fn folded(name: &Name) -> String {
    name.as_str().to_lowercase()
}

/// # Errors
/// 42602 for what cannot be a user's name.
fn new_name(name: &Name) -> Result<String> {
    let name = folded(name);
    check_name(&name)?;
    Ok(name)
}

/// # Errors
/// 42602 for what cannot be stored as a user's name.
pub(super) fn check_name(name: &str) -> Result<()> {
    let mut characters = name.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    let goes_on = characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let problem = if RESERVED.contains(&name) {
        "it is reserved"
    } else if name != name.to_lowercase() {
        "it has no upper-case letters"
    } else if !begins || !goes_on {
        "it begins with a letter or underscore, and goes on with letters, digits, underscores, dashes and points"
    } else if name.chars().count() > MAX_NAME {
        "it has at most 63 characters"
    } else {
        return Ok(());
    };
    Err(SqlError::new(
        SqlState::InvalidName,
        format!("{name:?} cannot be a user's name: {problem}"),
    ))
}

/// What is stored of a password.
fn verifier(attempt: &Attempt<'_>, password: &Password) -> Result<Option<Vec<u8>>> {
    let text = match password {
        Password::Null => return Ok(None),
        Password::Text(text) => text,
        Password::Placeholder(number) => match parameter(*number, attempt.values)? {
            None => return Ok(None),
            Some(text) => text,
        },
    };
    // As PostgreSQL does: a verifier is stored as it is, so that users can be moved without their passwords.
    if text.starts_with(SCRAM) {
        return Ok(Some(text.as_bytes().to_vec()));
    }
    let least = ClusterSettings::of(&attempt.scope.view).min_password_length();
    check_password(text, least)?;
    Ok(Some(hashed(text)))
}

/// Whether it is a verifier in the form that logging in reads: `SCRAM-SHA-256$iterations:salt$stored key:server key`.
pub(super) fn is_verifier(stored: &[u8]) -> bool {
    /// 32 bytes in Base64.
    const KEY: usize = 44;
    let is_base64 = |text: &str| {
        let mut bytes = text.trim_end_matches('=').bytes();
        !text.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
    };
    let is_key = |text: &str| text.len() == KEY && is_base64(text);
    let parts = || {
        let text = std::str::from_utf8(stored).ok()?;
        let (salted, keys) = text.strip_prefix(SCRAM)?.split_once('$')?;
        Some((salted.split_once(':')?, keys.split_once(':')?))
    };
    parts().is_some_and(|((iterations, salt), (stored_key, server_key))| {
        let iterations = iterations.parse::<u32>().is_ok_and(|count| count > 0);
        iterations && is_base64(salt) && is_key(stored_key) && is_key(server_key)
    })
}

fn hashed(password: &str) -> Vec<u8> {
    postgres_protocol::password::scram_sha_256(password.as_bytes()).into_bytes()
}

/// # Errors
/// 28P01 for a password that is too short, or that no client can send.
fn check_password(text: &str, least: usize) -> Result<()> {
    let length = text.chars().count();
    if length == 0 || length < least {
        let problem = match length {
            0 => "empty passwords are not permitted".to_owned(),
            _ => format!("password too short: it must have at least {least} characters"),
        };
        return Err(SqlError::new(SqlState::InvalidPassword, problem));
    }
    if text.contains('\0') {
        return Err(SqlError::new(
            SqlState::InvalidPassword,
            "a password cannot contain a NUL character",
        ));
    }
    Ok(())
}

/// The text that was given for `$n`.
fn parameter(number: usize, values: &[ScalarValue]) -> Result<Option<&String>> {
    match number.checked_sub(1).and_then(|place| values.get(place)) {
        Some(ScalarValue::Utf8(text)) => Ok(text.as_ref()),
        Some(ScalarValue::Null) => Ok(None),
        Some(_) => Err(SqlError::new(
            SqlState::DatatypeMismatch,
            format!("parameter ${number} must be a text"),
        )),
        None => Err(SqlError::new(
            SqlState::UndefinedParameter,
            format!("there is no parameter ${number}"),
        )),
    }
}

/// What is known of a user who wants to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    Unknown,
    /// Without a password nobody can log in where passwords are asked for.
    NoPassword,
    /// A SCRAM verifier, as it is stored.
    Verifier(Vec<u8>),
}

impl Node {
    /// What `system.users` holds of a user now.
    pub async fn login(&self, user: &str) -> Result<Login> {
        let snapshot = cairn_storage::Snapshot::now(self.engine().clone()).await?;
        let view = self.view(&snapshot).await?;
        let table = users_table(&view)?;
        let found = users::find(&snapshot, table, &user.to_lowercase()).await?;
        Ok(match found.map(|user| user.hashed_password) {
            None => Login::Unknown,
            Some(None) => Login::NoPassword,
            Some(Some(verifier)) => Login::Verifier(verifier),
        })
    }

    /// Whether anybody could log in with a password.
    pub async fn has_passwords(&self) -> Result<bool> {
        let snapshot = cairn_storage::Snapshot::now(self.engine().clone()).await?;
        let view = self.view(&snapshot).await?;
        let users = users::list(&snapshot, users_table(&view)?).await?;
        Ok(users.iter().any(|user| user.hashed_password.is_some()))
    }
}

impl Node {
    /// Gives root a password if it has none. The answer says whether it has this one now.
    pub async fn set_first_password(&self, password: &str) -> Result<bool> {
        check_password(password, 1)?;
        loop {
            let transaction = Transaction::begin(self.engine().clone()).await?;
            let table = read_table(&transaction, USERS_TABLE).await?;
            let root = users::find(&transaction, &table, ROOT).await?;
            if root.is_some_and(|root| root.hashed_password.is_some()) {
                return Ok(false);
            }
            let root = User {
                name: ROOT.to_owned(),
                hashed_password: Some(hashed(password)),
            };
            users::put_user(&transaction, &root).await?;
            match self.commit(&transaction).await {
                Ok(_) => return Ok(true),
                Err(error) if error.is_retryable() => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn users_table(view: &View) -> Result<&cairn_catalog::TableDescriptor> {
    match view.table_by_id(USERS_TABLE) {
        Some(table) => Ok(table),
        None => Err(SqlError::new(
            SqlState::DataCorrupted,
            "the table system.users is missing",
        )),
    }
}

impl Session {
    pub(crate) async fn show_users(&self, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        let table = users_table(&scope.view)?;
        for user in users::list(scope.read.as_ref(), table).await? {
            rows.push(vec![user.name.into()])?;
        }
        Ok(())
    }
}
