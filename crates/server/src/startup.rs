//! From a new connection to an open session: it is encrypted where that is the rule, the user is checked, the session's parameters
//! are told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use cairn_sql::{Node, Session, SqlError, SqlState};
use cairn_wire::Opening;
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::startup::{
    Authentication, BackendKeyData, NegotiateProtocolVersion, ParameterStatus, SecretKey, Startup,
};

use crate::cancel::Ticket;
use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::fault;
use crate::listener::House;
use crate::login::Knock;

/// The database of a client that names none.
const DEFAULT_DATABASE: &str = "defaultdb";

/// What the server tells of itself at startup and when it changes, as far as the session has a value for it.
pub const REPORTED: [&str; 12] = [
    "server_version",
    "server_encoding",
    "client_encoding",
    "application_name",
    "is_superuser",
    "session_authorization",
    "DateStyle",
    "IntervalStyle",
    "TimeZone",
    "integer_datetimes",
    "standard_conforming_strings",
    "default_transaction_isolation",
];

/// A session that has been opened for a client.
pub struct Opened {
    pub session: Session,
    pub ticket: Ticket,
}

/// Receives what comes before a session, and opens it. `None`: there is none to serve (the client went, asked for
/// a cancel, or was refused and told why).
pub async fn open(
    channel: &mut Channel,
    house: &House,
    peer: SocketAddr,
) -> Result<Option<Opened>> {
    let Some(startup) = receive_startup(channel, house).await? else {
        return Ok(None);
    };
    if startup.protocol_number_minor > 0 {
        negotiate(channel, &startup)?;
    }
    let user = startup.parameters.get("user").cloned();
    let user = user.unwrap_or_default();
    let knock = Knock {
        user: &user,
        address: peer.ip(),
    };
    let admitted = if house.tls.is_some() && !channel.is_encrypted() {
        Some(Err(not_encrypted()))
    } else if user.is_empty() {
        Some(Err(nameless()))
    } else {
        house.doorkeeper.admit(channel, &house.node, knock).await?
    };
    let opened = match admitted {
        None => return Ok(None),
        Some(Ok(())) => enter(house, startup.parameters, peer).await,
        Some(Err(error)) => Err(error),
    };
    match opened {
        Ok((session, ticket)) => {
            greet(channel, &session, &ticket)?;
            Ok(Some(Opened { session, ticket }))
        }
        Err(error) => {
            channel.put(fault::fatal(&error))?;
            channel.send().await?;
            Ok(None)
        }
    }
}

/// Opens the session of a user who was let in, if there is room for it.
async fn enter(
    house: &House,
    parameters: BTreeMap<String, String>,
    client: SocketAddr,
) -> cairn_sql::Result<(Session, Ticket)> {
    let user = parameters.get("user").map(|user| user.to_lowercase());
    let is_root = user.as_deref() == Some("root");
    let Some(ticket) = house.sessions.enter(is_root) else {
        return Err(full(house.sessions.room()));
    };
    let mut session = open_session(&house.node, parameters).await?;
    session.announce(ticket.number, client);
    Ok((session, ticket))
}

fn full(room: usize) -> SqlError {
    SqlError::new(
        SqlState::TooManyConnections,
        format!("sorry, too many clients already: {room} sessions are open"),
    )
    .hint("close some, or start the server with a larger --max-connections")
}

fn not_encrypted() -> SqlError {
    SqlError::new(
        SqlState::InvalidAuthorization,
        "this server takes encrypted connections only",
    )
    .hint(
        "connect with sslmode=verify-full and sslrootcert=ca.crt, or at least with sslmode=require",
    )
}

async fn receive_startup(channel: &mut Channel, house: &House) -> Result<Option<Startup>> {
    // A client may ask for each kind of encryption once.
    for _ in 0..3 {
        match channel.receive_opening().await? {
            None => return Ok(None),
            Some(Opening::Tls) => match &house.tls {
                Some(tls) if !channel.is_encrypted() => {
                    channel.send_byte(b'S').await?;
                    channel.encrypt(tls).await?;
                }
                _ => channel.send_byte(b'N').await?,
            },
            Some(Opening::Gss) => channel.send_byte(b'N').await?,
            // Drivers send these without encryption; the secret is what counts.
            Some(Opening::Cancel(request)) => {
                if let Some(secret) = request.secret_key.as_i32() {
                    house.sessions.cancel(request.pid, secret);
                }
                return Ok(None);
            }
            Some(Opening::Startup(startup)) => return Ok(Some(startup)),
        }
    }
    Err(Error::Protocol(
        "encryption was asked for again and again".to_owned(),
    ))
}

/// Tells a client that knows a newer minor version, or options of one, that we speak 3.0.
fn negotiate(channel: &mut Channel, startup: &Startup) -> Result<()> {
    let unknown = startup
        .parameters
        .keys()
        .filter(|name| name.starts_with("_pq_."))
        .cloned()
        .collect();
    channel.put(PgWireBackendMessage::NegotiateProtocolVersion(
        NegotiateProtocolVersion::new(Startup::PROTOCOL_VERSION_3_0, unknown),
    ))
}

async fn open_session(
    node: &Arc<Node>,
    mut parameters: BTreeMap<String, String>,
) -> cairn_sql::Result<Session> {
    let user = parameters.remove("user").ok_or_else(nameless)?;
    if parameters
        .remove("replication")
        .is_some_and(|value| !matches!(value.as_str(), "false" | "off" | "no" | "0"))
    {
        return Err(SqlError::unsupported("the replication protocol"));
    }
    let database = parameters
        .remove("database")
        .unwrap_or_else(|| DEFAULT_DATABASE.to_owned());
    let mut session = node.session(&user, &database).await?;
    if let Some(options) = parameters.remove("options") {
        for (name, value) in parse_options(&options)? {
            session.set_variable(&name, &value)?;
        }
    }
    for (name, value) in parameters
        .into_iter()
        .filter(|(name, _)| !name.starts_with("_pq_."))
    {
        session.set_variable(&name, &value)?;
    }
    Ok(session)
}

fn nameless() -> SqlError {
    SqlError::new(SqlState::InvalidAuthorization, "no user name was given")
}

/// Reads `-c name=value` and `--name=value`; a backslash keeps the next character from ending a word.
fn parse_options(options: &str) -> cairn_sql::Result<Vec<(String, String)>> {
    let mut words = vec![String::new()];
    let mut characters = options.chars();
    while let Some(character) = characters.next() {
        let taken = match character {
            '\\' => characters.next(),
            space if space.is_whitespace() => {
                words.push(String::new());
                continue;
            }
            other => Some(other),
        };
        if let (Some(word), Some(taken)) = (words.last_mut(), taken) {
            word.push(taken);
        }
    }
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("--") {
            Some(setting) => setting.to_owned(),
            None if word == "-c" => words.next().unwrap_or_default(),
            None => word.strip_prefix("-c").unwrap_or_default().to_owned(),
        };
        let (name, value) = setting.split_once('=').ok_or_else(|| {
            SqlError::new(
                SqlState::SyntaxError,
                format!("invalid command-line option \"{word}\""),
            )
            .hint("options are given as -c name=value")
        })?;
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

/// The values of what is told, in its order.
pub fn parameters(session: &Session) -> Vec<Option<String>> {
    REPORTED.iter().map(|name| session.variable(name)).collect()
}

fn greet(channel: &mut Channel, session: &Session, ticket: &Ticket) -> Result<()> {
    channel.put(PgWireBackendMessage::Authentication(Authentication::Ok))?;
    for (name, value) in REPORTED.into_iter().zip(parameters(session)) {
        if let Some(value) = value {
            channel.put(PgWireBackendMessage::ParameterStatus(ParameterStatus::new(
                name.to_owned(),
                value,
            )))?;
        }
    }
    channel.put(PgWireBackendMessage::BackendKeyData(BackendKeyData::new(
        ticket.number,
        SecretKey::I32(ticket.secret),
    )))
}

#[cfg(test)]
mod tests;
