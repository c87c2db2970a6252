//! Folders made and read; handshakes between a server and a client of rustls, in memory.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, Connection, ServerConnection};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::*;

/// Long enough for any machine on which this runs.
fn valid() -> Validity {
    Validity {
        from: OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 50),
        until: OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 200),
    }
}

fn expired() -> Validity {
    Validity {
        from: OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 30),
        until: OffsetDateTime::UNIX_EPOCH + Duration::days(365 * 40),
    }
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(TempDir::new().unwrap());
        create_ca(folder.path(), &folder.ca_key(), valid()).unwrap();
        let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        create_node(folder.path(), &folder.ca_key(), &hosts, valid()).unwrap();
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn ca_key(&self) -> std::path::PathBuf {
        self.path().join("ca.key")
    }

    fn client(&self, user: &str, validity: Validity) -> Identity {
        create_client(self.path(), &self.ca_key(), user, validity).unwrap();
        Identity {
            certificate: client_certificate(self.path(), user),
            key: client_key(self.path(), user),
        }
    }
}

/// Passes bytes to and fro until both are content or one is not; whose certificate the server saw then.
fn shake(
    server: &Folder,
    trust: &Trust,
    identity: Option<&Identity>,
    name: &str,
) -> std::result::Result<Option<String>, rustls::Error> {
    let (config, _) = server_config(server.path()).unwrap();
    let mut server = Connection::from(ServerConnection::new(config).unwrap());
    let config = client_config(trust, identity).unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = Connection::from(ClientConnection::new(Arc::clone(&config), name).unwrap());
    for _ in 0..10 {
        pass(&mut client, &mut server)?;
        pass(&mut server, &mut client)?;
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    let shown = server.peer_certificates().and_then(<[_]>::first);
    Ok(shown.and_then(|certificate| common_name(certificate)))
}

fn pass(from: &mut Connection, to: &mut Connection) -> std::result::Result<(), rustls::Error> {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut bytes = bytes.as_slice();
    while !bytes.is_empty() {
        to.read_tls(&mut bytes).unwrap();
        to.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn keys_are_their_owners_and_nothing_is_overwritten() {
    let folder = Folder::new();
    folder.client("amy", valid());
    for key in ["ca.key", "node.key", "client.amy.key"] {
        let mode = std::fs::metadata(folder.path().join(key)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{key}");
    }
    let (path, ca_key) = (folder.path(), folder.ca_key());
    let before = std::fs::read(path.join("ca.crt")).unwrap();
    let elsewhere = path.join("another.key");
    let again = [
        create_ca(path, &elsewhere, valid()),
        create_node(path, &ca_key, &["a".to_owned()], valid()),
        create_client(path, &ca_key, "amy", valid()),
    ];
    for refused in again {
        assert!(matches!(refused, Err(Error::Exists { .. })), "{refused:?}");
    }
    assert!(!elsewhere.exists());
    assert_eq!(std::fs::read(path.join("ca.crt")).unwrap(), before);
}

#[test]
fn another_authoritys_key_signs_nothing() {
    let (ours, theirs) = (Folder::new(), Folder::new());
    let refused = create_client(ours.path(), &theirs.ca_key(), "amy", valid());
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("it is not the key of"), "{said}");
}

#[test]
fn names_that_are_none_are_refused() {
    let folder = Folder::new();
    let long = "x".repeat(65);
    for name in ["", "../root", "Amy", "a\nb", &long] {
        let refused = create_client(folder.path(), &folder.ca_key(), name, valid());
        assert!(matches!(refused, Err(Error::Name { .. })), "{name:?}");
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = Folder::new();
    let key = folder.path().join("node.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = server_config(folder.path());
    assert!(matches!(refused, Err(Error::OpenKey { mode: 0o640, .. })));
}

#[test]
fn the_server_learns_who_shows_a_certificate() {
    let folder = Folder::new();
    let trust = Trust::AuthorityAndName(folder.path().join(CA_CERTIFICATE));
    let amy = folder.client("amy", valid());
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(shake(&folder, &trust, None, host), Ok(None));
        let shown = shake(&folder, &trust, Some(&amy), host);
        assert_eq!(shown, Ok(Some("amy".to_owned())));
    }
}

#[test]
fn expired_and_foreign_certificates_are_refused() {
    let (folder, other) = (Folder::new(), Folder::new());
    let trust = Trust::AuthorityAndName(folder.path().join(CA_CERTIFICATE));
    let late = folder.client("late", expired());
    assert!(shake(&folder, &trust, Some(&late), "localhost").is_err());
    let stranger = other.client("amy", valid());
    assert!(shake(&folder, &trust, Some(&stranger), "localhost").is_err());
    // A server's certificate is no user's.
    let node = Identity {
        certificate: folder.path().join("node.crt"),
        key: folder.path().join("node.key"),
    };
    assert!(shake(&folder, &trust, Some(&node), "localhost").is_err());
}

#[test]
fn a_client_is_as_strict_as_it_was_told() {
    let (folder, other) = (Folder::new(), Folder::new());
    let ours = folder.path().join(CA_CERTIFICATE);
    let theirs = other.path().join(CA_CERTIFICATE);
    let full = |path: &Path| Trust::AuthorityAndName(path.to_owned());
    assert!(shake(&folder, &full(&ours), None, "elsewhere").is_err());
    assert!(shake(&folder, &full(&theirs), None, "localhost").is_err());
    let authority = |path: &Path| Trust::Authority(path.to_owned());
    assert!(shake(&folder, &authority(&ours), None, "elsewhere").is_ok());
    assert!(shake(&folder, &authority(&theirs), None, "elsewhere").is_err());
    assert!(shake(&folder, &Trust::Anyone, None, "elsewhere").is_ok());
}

#[test]
fn the_end_point_is_the_certificates_hash() {
    let folder = Folder::new();
    let (_, own) = server_config(folder.path()).unwrap();
    let expected = ring::digest::digest(&ring::digest::SHA256, &own);
    assert_eq!(end_point(&own).as_deref(), Some(expected.as_ref()));
    assert_eq!(common_name(&own).as_deref(), Some("node"));
    assert_eq!(end_point(b"no certificate"), None);
}
