//! SCRAM-SHA-256 (RFC 5802, 7677), the server's side: who logs in proves that he knows the password without sending it, and the
//! server proves that it knows the verifier.
//!
//! HOW DATA FLOWS
//!   1. `Exchange::begin` reads the client's first message, and answers with a nonce, the user's salt and the iterations.
//!   2. `Exchange::finish` checks the client's proof against the stored key, and answers with the server's signature.
//! INVARIANTS
//!   A user who cannot log in gets the same messages as one who can, up to the verdict: `Verifier::mock`.
//!   Keys are compared in constant time: `same`.
//!   A login that is bound to the server's certificate cannot be passed on by somebody in between, and nobody in between can talk a client
//!   out of binding: `check_flag`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

/// The mechanism's name on the wire.
pub const MECHANISM: &str = "SCRAM-SHA-256";

/// The same, bound to the server's certificate.
pub const MECHANISM_PLUS: &str = "SCRAM-SHA-256-PLUS";

/// The kind of binding that we know (RFC 5929).
const END_POINT: &str = "p=tls-server-end-point";

/// What mock verifiers say, as PostgreSQL's and ours do.
const ITERATIONS: u32 = 4096;

const KEY_BYTES: usize = 32;

/// What is stored of a password: `SCRAM-SHA-256$iterations:salt$stored key:server key`, the last three in Base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: u32,
    /// In Base64.
    salt: String,
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
    /// Whether any password fits it.
    genuine: bool,
}

impl Verifier {
    /// `None` for what is no verifier.
    pub fn parse(stored: &[u8]) -> Option<Verifier> {
        let text = std::str::from_utf8(stored).ok()?;
        let mut parts = text.split('$');
        let (mechanism, salted, keys) = (parts.next()?, parts.next()?, parts.next()?);
        let (iterations, salt) = salted.split_once(':')?;
        let (stored_key, server_key) = keys.split_once(':')?;
        let verifier = Verifier {
            iterations: iterations.parse().ok().filter(|count| *count > 0)?,
            salt: salt.to_owned(),
            stored_key: STANDARD.decode(stored_key).ok()?,
            server_key: STANDARD.decode(server_key).ok()?,
            genuine: true,
        };
        let whole = mechanism == MECHANISM
            && parts.next().is_none()
            && STANDARD.decode(salt).is_ok()
            && verifier.stored_key.len() == KEY_BYTES
            && verifier.server_key.len() == KEY_BYTES;
        whole.then_some(verifier)
    }

    /// For a user who cannot log in: always the same for the same name, and no password fits.
    pub fn mock(secret: &[u8], user: &str) -> Verifier {
        let drawn = sign(secret, user.as_bytes());
        let salt = drawn.as_ref().get(..16).unwrap_or_default();
        Verifier {
            iterations: ITERATIONS,
            salt: STANDARD.encode(salt),
            stored_key: drawn.as_ref().to_vec(),
            server_key: drawn.as_ref().to_vec(),
            genuine: false,
        }
    }
}

/// What a login is bound to.
#[derive(Debug, Clone, Copy)]
pub enum Binding<'a> {
    /// Nothing, and nothing was offered.
    Impossible,
    /// Nothing, although the client could have.
    Declined,
    /// The server's certificate.
    EndPoint(&'a [u8]),
}

/// A login under way.
#[derive(Debug)]
pub struct Exchange {
    verifier: Verifier,
    /// What the client said of channel binding, in Base64; it must say the same again.
    binding: String,
    client_first: String,
    server_first: String,
    nonce: String,
}

impl Exchange {
    /// `drawn` is the server's part of the nonce.
    ///
    /// # Errors
    /// What is wrong with the message, for the client.
    pub fn begin(
        verifier: Verifier,
        message: &[u8],
        drawn: &str,
        bound_to: Binding<'_>,
    ) -> Result<Exchange, &'static str> {
        let text = std::str::from_utf8(message).map_err(|_| "it is not UTF-8")?;
        let mut parts = text.splitn(3, ',');
        let (flag, identity, bare) = (parts.next(), parts.next(), parts.next());
        check_flag(flag.unwrap_or_default(), bound_to)?;
        if identity != Some("") {
            return Err("it asks for another identity");
        }
        let bare = bare.ok_or("it ends early")?;
        let (user, rest) = bare.split_once(',').ok_or("it ends early")?;
        if user.starts_with("m=") {
            return Err("it demands an extension that is not known");
        }
        let theirs = rest
            .split(',')
            .next()
            .and_then(|part| part.strip_prefix("r="));
        let theirs = theirs.filter(|nonce| is_nonce(nonce) && user.starts_with("n="));
        let nonce = format!("{}{drawn}", theirs.ok_or("it has no nonce")?);
        let header = text.strip_suffix(bare).unwrap_or_default();
        let mut binding = header.as_bytes().to_vec();
        if let Binding::EndPoint(end_point) = bound_to {
            binding.extend_from_slice(end_point);
        }
        Ok(Exchange {
            server_first: format!("r={nonce},s={},i={}", verifier.salt, verifier.iterations),
            binding: STANDARD.encode(binding),
            client_first: bare.to_owned(),
            nonce,
            verifier,
        })
    }

    /// The server's first message.
    pub fn server_first(&self) -> &str {
        &self.server_first
    }

    /// The server's final message; `None`: the password is not the right one.
    ///
    /// # Errors
    /// What is wrong with the message, for the client.
    pub fn finish(&self, message: &[u8]) -> Result<Option<String>, &'static str> {
        let text = std::str::from_utf8(message).map_err(|_| "it is not UTF-8")?;
        let (unproved, proof) = text.rsplit_once(",p=").ok_or("it has no proof")?;
        let mut parts = unproved.split(',');
        if parts.next().and_then(|part| part.strip_prefix("c=")) != Some(self.binding.as_str()) {
            return Err("its channel binding is not the one it began with");
        }
        if parts.next().and_then(|part| part.strip_prefix("r=")) != Some(self.nonce.as_str()) {
            return Err("its nonce is another one");
        }
        let proof = STANDARD
            .decode(proof)
            .map_err(|_| "its proof is not Base64")?;
        if proof.len() != KEY_BYTES {
            return Err("its proof has the wrong length");
        }
        let said = format!("{},{},{unproved}", self.client_first, self.server_first);
        let signature = sign(&self.verifier.stored_key, said.as_bytes());
        let client_key: Vec<u8> = proof
            .iter()
            .zip(signature.as_ref())
            .map(|(proof, signature)| proof ^ signature)
            .collect();
        let shown = digest::digest(&digest::SHA256, &client_key);
        let fits = same(shown.as_ref(), &self.verifier.stored_key) & self.verifier.genuine;
        let answer = sign(&self.verifier.server_key, said.as_bytes());
        Ok(fits.then(|| format!("v={}", STANDARD.encode(answer))))
    }
}

/// What the client says of binding must go with the mechanism that it chose.
fn check_flag(flag: &str, bound_to: Binding<'_>) -> Result<(), &'static str> {
    match (flag, bound_to) {
        ("n", Binding::Impossible | Binding::Declined) | ("y", Binding::Impossible) => Ok(()),
        ("y", Binding::Declined) => Err(
            "it was told that channel binding is not offered, and it is: somebody is in between",
        ),
        (END_POINT, Binding::EndPoint(_)) => Ok(()),
        ("n" | "y", Binding::EndPoint(_)) => Err("its mechanism binds, and it does not"),
        (flag, Binding::EndPoint(_)) if flag.starts_with("p=") => {
            Err("it asks for a kind of channel binding that is not known")
        }
        (flag, _) if flag.starts_with("p=") => {
            Err("it asks for channel binding, and its mechanism does not bind")
        }
        _ => Err("it does not begin with a channel-binding flag"),
    }
}

fn sign(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}

/// Looks at every byte, however soon two differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differences) == 0
}

/// Printable, without a comma.
fn is_nonce(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b',')
}

#[cfg(test)]
mod tests;
