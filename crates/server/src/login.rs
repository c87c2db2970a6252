//! The doorkeeper: asks who connects for a password, where that is the rule.
//!
//! INVARIANTS
//!   Unknown users, users without a password and wrong passwords get the same answers after the same work.
//!   Wrong passwords are answered one after the other, each after a pause, however many connections try: `Doorkeeper::refuse`.
//!   Right ones never wait.

use std::time::Duration;

use cairn_sql::{Login, Node, SqlError, SqlState};
use pgwire::messages::startup::{Authentication, PasswordMessageFamily};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use rand::distr::{Alphanumeric, SampleString};
use tokio::sync::Mutex;

use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::scram::{Exchange, MECHANISM, Verifier};

/// How long a wrong password's answer takes.
const PAUSE: Duration = Duration::from_millis(100);

/// How many characters of a nonce the server draws.
const NONCE_CHARACTERS: usize = 24;

/// How clients show who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRule {
    /// They say so, and are believed.
    Trust,
    /// By password, with SCRAM-SHA-256.
    Password,
}

/// One for all connections of a server.
pub struct Doorkeeper {
    rule: LoginRule,
    refusals: Mutex<()>,
}

impl Doorkeeper {
    pub fn new(rule: LoginRule) -> Doorkeeper {
        Doorkeeper {
            rule,
            refusals: Mutex::default(),
        }
    }

    /// Lets a user in, or says why not; `None`: the client has gone.
    pub async fn admit(
        &self,
        channel: &mut Channel,
        node: &Node,
        user: &str,
    ) -> Result<Option<cairn_sql::Result<()>>> {
        match self.rule {
            LoginRule::Trust => Ok(Some(Ok(()))),
            LoginRule::Password => self.ask(channel, node, user).await,
        }
    }

    async fn ask(
        &self,
        channel: &mut Channel,
        node: &Node,
        user: &str,
    ) -> Result<Option<cairn_sql::Result<()>>> {
        let verifier = match verifier(node, user).await {
            Ok(verifier) => verifier,
            Err(error) => return Ok(Some(Err(error))),
        };
        let offer = Authentication::SASL(vec![MECHANISM.to_owned()]);
        say(channel, offer).await?;
        let Some(message) = hear(channel).await? else {
            return Ok(None);
        };
        let drawn = draw_nonce();
        let first = initial_response(&message)?;
        let exchange = Exchange::begin(verifier, first, &drawn).map_err(malformed)?;
        let challenge = exchange.server_first().as_bytes().to_vec();
        say(channel, Authentication::SASLContinue(challenge.into())).await?;
        let Some(message) = hear(channel).await? else {
            return Ok(None);
        };
        match exchange.finish(&message).map_err(malformed)? {
            Some(signature) => {
                let last = Authentication::SASLFinal(signature.into_bytes().into());
                channel.put(PgWireBackendMessage::Authentication(last))?;
                Ok(Some(Ok(())))
            }
            None => Ok(Some(Err(self.refuse(user).await))),
        }
    }

    /// A wrong password.
    async fn refuse(&self, user: &str) -> SqlError {
        let turn = self.refusals.lock().await;
        #[expect(
            clippy::disallowed_methods,
            reason = "guessing passwords is made slow here; nothing is waited for"
        )]
        tokio::time::sleep(PAUSE).await;
        drop(turn);
        tracing::warn!(user, "a login was refused");
        SqlError::new(
            SqlState::InvalidPassword,
            format!("password authentication failed for user {user:?}"),
        )
    }
}

/// What the user's password is checked against; for those who cannot log in, something that none fits.
async fn verifier(node: &Node, user: &str) -> cairn_sql::Result<Verifier> {
    let login = node.login(user).await?;
    let mock = Verifier::mock(node.login_secret(), &user.to_lowercase());
    Ok(match login {
        Login::Unknown | Login::NoPassword => mock,
        Login::Verifier(stored) => Verifier::parse(&stored).unwrap_or_else(|| {
            tracing::warn!(
                user,
                "what system.users holds as this user's password is none"
            );
            mock
        }),
    })
}

async fn say(channel: &mut Channel, message: Authentication) -> Result<()> {
    channel.put(PgWireBackendMessage::Authentication(message))?;
    channel.send().await
}

#[expect(
    clippy::disallowed_methods,
    reason = "a nonce that could be foreseen would let an old login be repeated"
)]
fn draw_nonce() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), NONCE_CHARACTERS)
}

/// The inside of the client's next message; `None`: it has gone.
async fn hear(channel: &mut Channel) -> Result<Option<Vec<u8>>> {
    match channel.receive_login().await? {
        None => Ok(None),
        Some(PgWireFrontendMessage::PasswordMessageFamily(PasswordMessageFamily::Raw(body))) => {
            Ok(Some(body.to_vec()))
        }
        Some(_) => Err(Error::Protocol(
            "another message where a password was asked for".to_owned(),
        )),
    }
}

/// The client's first message: the mechanism, a length, and what is for the mechanism.
fn initial_response(message: &[u8]) -> Result<&[u8]> {
    let ended = || Error::Protocol("a SASL response that ends early".to_owned());
    let (mechanism, rest) = message
        .iter()
        .position(|byte| *byte == 0)
        .and_then(|end| Some((message.get(..end)?, message.get(end + 1..)?)))
        .ok_or_else(ended)?;
    if mechanism != MECHANISM.as_bytes() {
        return Err(Error::Protocol(format!(
            "a SASL mechanism other than {MECHANISM}"
        )));
    }
    let (length, data) = rest.split_first_chunk::<4>().ok_or_else(ended)?;
    match usize::try_from(u32::from_be_bytes(*length)) {
        Ok(length) if length == data.len() => Ok(data),
        _ => Err(ended()),
    }
}

fn malformed(problem: &'static str) -> Error {
    Error::Protocol(format!("malformed SCRAM message: {problem}"))
}
