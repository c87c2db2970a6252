//! Making an authority, and the certificates that it vouches for.

use std::path::Path;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use time::OffsetDateTime;

use crate::file::{
    self, CA_CERTIFICATE, NODE_CERTIFICATE, NODE_KEY, client_certificate, client_key, write_new,
};
use crate::name::{common_name, public_key};
use crate::{Error, Result};

/// Clocks of machines differ: a new certificate is valid a little before it is made.
const BACKDATED: Duration = Duration::from_secs(300);

/// A common name is at most this long (RFC 5280).
const LONGEST_NAME: usize = 64;

/// Every authority of ours has this common name.
const AUTHORITY: &str = "Cairn CA";

const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;

/// From when until when a certificate is good.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    pub from: OffsetDateTime,
    pub until: OffsetDateTime,
}

impl Validity {
    /// From now on, for so many days. `now` is in microseconds since 1970.
    ///
    /// # Errors
    /// An end that no certificate can say.
    pub fn days(now: u64, days: u32) -> Result<Validity> {
        let out_of_range = || Error::Make(rcgen::Error::Time);
        let seconds = i64::try_from(now / 1_000_000).map_err(|_| out_of_range())?;
        let now = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| out_of_range())?;
        let until = now
            .checked_add(time::Duration::days(i64::from(days)))
            .filter(|until| until.year() <= 9999)
            .ok_or_else(out_of_range)?;
        Ok(Validity {
            from: now - BACKDATED,
            until,
        })
    }
}

/// Makes an authority: its certificate in the folder, its key where `ca_key` says.
pub fn create_ca(folder: &Path, ca_key: &Path, validity: Validity) -> Result<()> {
    let certificate = folder.join(CA_CERTIFICATE);
    must_be_absent(&certificate)?;
    let mut params = authority();
    set_validity(&mut params, validity);
    let key = KeyPair::generate()?;
    let made = params.self_signed(&key)?;
    make_folder(folder)?;
    write_new(ca_key, &key.serialize_pem(), KEY_MODE)?;
    write_new(&certificate, &made.pem(), CERTIFICATE_MODE)
}

/// What an authority says of itself. It is also how those that it signs name it.
fn authority() -> CertificateParams {
    let mut params = named(AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    params
}

/// Makes a server's certificate for all names and addresses that clients know it by.
pub fn create_node(
    folder: &Path,
    ca_key: &Path,
    hosts: &[String],
    validity: Validity,
) -> Result<()> {
    if let Some(host) = hosts.iter().find(|host| host.trim().is_empty()) {
        return Err(refused(host, "server", "it is empty"));
    }
    let mut params = named("node");
    params.subject_alt_names = CertificateParams::new(hosts)?.subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let (certificate, key) = (folder.join(NODE_CERTIFICATE), folder.join(NODE_KEY));
    issue(folder, ca_key, params, validity, &certificate, &key)
}

/// Makes a user's certificate.
pub fn create_client(folder: &Path, ca_key: &Path, user: &str, validity: Validity) -> Result<()> {
    if user.is_empty() || user.len() > LONGEST_NAME {
        return Err(refused(user, "user", "it must have 1 to 64 bytes"));
    }
    if user.contains('/') || user.chars().any(char::is_control) {
        return Err(refused(user, "user", "it is part of a file's name"));
    }
    if user != user.to_lowercase() {
        return Err(refused(user, "user", "names of users are lower case"));
    }
    let mut params = named(user);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (certificate, key) = (client_certificate(folder, user), client_key(folder, user));
    issue(folder, ca_key, params, validity, &certificate, &key)
}

fn refused(name: &str, what: &'static str, problem: &'static str) -> Error {
    Error::Name {
        name: name.to_owned(),
        what,
        problem,
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Cairn");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn set_validity(params: &mut CertificateParams, validity: Validity) {
    params.not_before = validity.from;
    params.not_after = validity.until;
}

/// Has the folder's authority sign, and writes the key and then the certificate: without the latter the former is nothing.
fn issue(
    folder: &Path,
    ca_key: &Path,
    mut params: CertificateParams,
    validity: Validity,
    certificate: &Path,
    key: &Path,
) -> Result<()> {
    must_be_absent(certificate)?;
    let signer = read_signer(ca_key)?;
    check_authority(&folder.join(CA_CERTIFICATE), &signer, ca_key)?;
    let issuer = Issuer::new(authority(), signer);
    set_validity(&mut params, validity);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let own = KeyPair::generate()?;
    let made = params.signed_by(&own, &issuer)?;
    write_new(key, &own.serialize_pem(), KEY_MODE)?;
    write_new(certificate, &made.pem(), CERTIFICATE_MODE)
}

fn read_signer(ca_key: &Path) -> Result<KeyPair> {
    KeyPair::try_from(&file::read_key(ca_key)?).map_err(|error| Error::Unusable {
        path: ca_key.to_owned(),
        problem: error.to_string(),
    })
}

/// Whether the folder's authority is one that `create_ca` made, with this key: what another would have to say is not known here, and
/// a foreign key would sign what nobody accepts.
fn check_authority(authority: &Path, signer: &KeyPair, ca_key: &Path) -> Result<()> {
    let certificates = file::read_certificates(authority)?;
    let certificate = certificates.first().map_or(&[][..], |first| first.as_ref());
    let unusable = |path: &Path, problem: String| Error::Unusable {
        path: path.to_owned(),
        problem,
    };
    if common_name(certificate).as_deref() != Some(AUTHORITY) {
        let problem = "it was not made by cairn cert create-ca".to_owned();
        return Err(unusable(authority, problem));
    }
    if public_key(certificate).as_deref() != Some(signer.public_key_raw()) {
        let problem = format!("it is not the key of {}", authority.display());
        return Err(unusable(ca_key, problem));
    }
    Ok(())
}

fn must_be_absent(path: &Path) -> Result<()> {
    match path.exists() {
        true => Err(Error::Exists {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Write {
        path: folder.to_owned(),
        source,
    })
}
