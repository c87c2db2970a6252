//! The doorkeeper: asks who connects for a certificate or a password, where that is the rule.
//!
//! HOW DATA FLOWS
//!   1. A client that has shown a certificate in its TLS handshake is the user whom the certificate names, or refused.
//!   2. Every other one is asked for a password by SCRAM, bound to the server's certificate where both sides can.
//! INVARIANTS
//!   Unknown users, users without a password and wrong passwords get the same answers after the same work.
//!   Guessing is slow, and right passwords do not wait: `attempts`.
//!   Nothing that a client sends here is logged but the user's name.

use std::net::IpAddr;
use std::sync::Arc;

use cairn_sql::{Login, Node, SqlError, SqlState};
use parking_lot::Mutex;
use pgwire::messages::startup::{Authentication, PasswordMessageFamily};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use rand::distr::{Alphanumeric, SampleString};
use tokio::time::Instant;

use crate::attempts::Attempts;
use crate::channel::Channel;
use crate::complaints::Complaints;
use crate::error::{Error, Result};
use crate::scram::{Binding, Exchange, MECHANISM, MECHANISM_PLUS, Verifier};
use crate::tls::Shown;

/// How many characters of a nonce the server draws.
const NONCE_CHARACTERS: usize = 24;

/// So many failed logins are remembered: at most a few MiB.
const REMEMBERED: usize = 10_000;

/// How clients show who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginRule {
    /// They say so, and are believed.
    Trust,
    /// By a certificate, or by password with SCRAM-SHA-256.
    Password,
}

/// One for all connections of a server.
pub struct Doorkeeper {
    rule: LoginRule,
    attempts: Mutex<Attempts>,
    complaints: Complaints,
    /// What logins can be bound to.
    end_point: Option<Arc<[u8]>>,
}

/// Who knocks.
#[derive(Debug, Clone, Copy)]
pub struct Knock<'a> {
    pub user: &'a str,
    pub address: IpAddr,
}

impl Doorkeeper {
    pub fn new(rule: LoginRule, end_point: Option<Arc<[u8]>>) -> Doorkeeper {
        Doorkeeper {
            rule,
            attempts: Mutex::new(Attempts::new(REMEMBERED)),
            complaints: Complaints::default(),
            end_point,
        }
    }

    /// Lets a user in, or says why not; `None`: the client has gone.
    pub async fn admit(
        &self,
        channel: &mut Channel,
        node: &Node,
        knock: Knock<'_>,
    ) -> Result<Option<cairn_sql::Result<()>>> {
        match (self.rule, channel.shown()) {
            (LoginRule::Trust, _) => Ok(Some(Ok(()))),
            (LoginRule::Password, Some(shown)) => Ok(Some(self.compare(knock, &shown))),
            (LoginRule::Password, None) => self.ask(channel, node, knock).await,
        }
    }

    /// A certificate lets in whom it names, and nobody else.
    fn compare(&self, knock: Knock<'_>, shown: &Shown) -> cairn_sql::Result<()> {
        let user = knock.user.to_lowercase();
        if shown.name.as_deref() == Some(&user) {
            return Ok(());
        }
        self.complain(knock, "the certificate is another user's");
        let problem = match &shown.name {
            Some(name) => format!("its certificate is for user {name:?}"),
            None => "its certificate names no user".to_owned(),
        };
        Err(SqlError::new(
            SqlState::InvalidAuthorization,
            format!("certificate authentication failed for user {user:?}: {problem}"),
        )
        .hint("show the user's own certificate, or none to be asked for a password"))
    }

    async fn ask(
        &self,
        channel: &mut Channel,
        node: &Node,
        knock: Knock<'_>,
    ) -> Result<Option<cairn_sql::Result<()>>> {
        let locked =
            self.attempts
                .lock()
                .locked(&knock.user.to_lowercase(), knock.address, Instant::now());
        if let Some(left) = locked {
            self.complain(knock, "the user is locked out there for a while");
            return Ok(Some(Err(locked_out(knock.user, left))));
        }
        let verifier = match verifier(node, knock.user).await {
            Ok(verifier) => verifier,
            Err(error) => return Ok(Some(Err(error))),
        };
        let end_point = match channel.is_encrypted() {
            true => self.end_point.as_deref(),
            false => None,
        };
        let offered = match end_point {
            Some(_) => vec![MECHANISM_PLUS.to_owned(), MECHANISM.to_owned()],
            None => vec![MECHANISM.to_owned()],
        };
        say(channel, Authentication::SASL(offered)).await?;
        let Some(message) = hear(channel).await? else {
            return Ok(None);
        };
        let drawn = draw_nonce();
        let (bound_to, first) = initial_response(&message, end_point)?;
        let exchange = Exchange::begin(verifier, first, &drawn, bound_to).map_err(malformed)?;
        let challenge = exchange.server_first().as_bytes().to_vec();
        say(channel, Authentication::SASLContinue(challenge.into())).await?;
        let Some(message) = hear(channel).await? else {
            return Ok(None);
        };
        match exchange.finish(&message).map_err(malformed)? {
            Some(signature) => {
                let user = knock.user.to_lowercase();
                self.attempts.lock().succeeded(&user, knock.address);
                let last = Authentication::SASLFinal(signature.into_bytes().into());
                channel.put(PgWireBackendMessage::Authentication(last))?;
                Ok(Some(Ok(())))
            }
            None => Ok(Some(Err(self.refuse(knock).await))),
        }
    }

    /// A wrong password.
    async fn refuse(&self, knock: Knock<'_>) -> SqlError {
        let user = knock.user.to_lowercase();
        let pause = self
            .attempts
            .lock()
            .failed(&user, knock.address, Instant::now());
        #[expect(
            clippy::disallowed_methods,
            reason = "guessing passwords is made slow here; nothing is waited for"
        )]
        tokio::time::sleep(pause).await;
        self.complain(knock, "no such user and password");
        SqlError::new(
            SqlState::InvalidPassword,
            format!("password authentication failed for user {:?}", knock.user),
        )
    }

    fn complain(&self, knock: Knock<'_>, reason: &str) {
        if self.complaints.may_be_written() {
            let Knock { user, address } = knock;
            tracing::warn!(user, %address, reason, "a login was refused");
        }
    }
}

fn locked_out(user: &str, left: std::time::Duration) -> SqlError {
    let seconds = left.as_secs() + 1;
    SqlError::new(
        SqlState::InvalidAuthorization,
        format!(
            "too many failed logins of user {user:?} from this address; try again in {seconds} s"
        ),
    )
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

/// The client's first message: the mechanism, a length, and what is for the mechanism; and what the mechanism binds the login to.
fn initial_response<'a>(
    message: &'a [u8],
    end_point: Option<&'a [u8]>,
) -> Result<(Binding<'a>, &'a [u8])> {
    let ended = || Error::Protocol("a SASL response that ends early".to_owned());
    let (mechanism, rest) = message
        .iter()
        .position(|byte| *byte == 0)
        .and_then(|end| Some((message.get(..end)?, message.get(end + 1..)?)))
        .ok_or_else(ended)?;
    let bound_to = match (std::str::from_utf8(mechanism), end_point) {
        (Ok(MECHANISM_PLUS), Some(end_point)) => Binding::EndPoint(end_point),
        (Ok(MECHANISM), Some(_)) => Binding::Declined,
        (Ok(MECHANISM), None) => Binding::Impossible,
        _ => {
            return Err(Error::Protocol(
                "a SASL mechanism that was not offered".to_owned(),
            ));
        }
    };
    let (length, data) = rest.split_first_chunk::<4>().ok_or_else(ended)?;
    match usize::try_from(u32::from_be_bytes(*length)) {
        Ok(length) if length == data.len() => Ok((bound_to, data)),
        _ => Err(ended()),
    }
}

fn malformed(problem: &'static str) -> Error {
    Error::Protocol(format!("malformed SCRAM message: {problem}"))
}
