//! Certificates made by `cairn cert`, and a server that encrypts, as `psql` and `cairn sql` see it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cairn_testkit::CairnProcess;
use cairn_tls::Validity;
use time::{Duration, OffsetDateTime};

use crate::tools;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// Runs `cairn`; its standard output, or what it says went wrong.
fn cairn(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(tools::CAIRN).args(arguments).output();
    said(output.expect("cairn runs"))
}

fn said(output: Output) -> Result<String, String> {
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

/// A folder of certificates, made as an operator makes it.
struct Certificates {
    folder: PathBuf,
    ca_key: PathBuf,
}

impl Certificates {
    fn make(parent: &Path, name: &str) -> Certificates {
        let made = Certificates {
            folder: parent.join(name),
            ca_key: parent.join(format!("{name}-ca.key")),
        };
        made.create(&["create-ca"]).expect("an authority");
        made.create(&["create-node", "localhost", "127.0.0.1"])
            .expect("a server's certificate");
        made
    }

    fn create(&self, what: &[&str]) -> Result<String, String> {
        let place = [
            "--certs-dir",
            self.folder.to_str().expect("UTF-8"),
            "--ca-key",
            self.ca_key.to_str().expect("UTF-8"),
        ];
        cairn(&[&["cert"], what, &place].concat())
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("UTF-8").to_owned()
    }
}

/// One question of `psql`'s, with everything about encryption said in the connection string.
struct Asker<'a> {
    psql: &'a Path,
    port: u16,
    authority: String,
}

impl Asker<'_> {
    fn ask(&self, user: &str, more: &str, password: &str) -> Result<String, String> {
        let Asker {
            port, authority, ..
        } = self;
        let target = format!(
            "host=localhost port={port} user={user} dbname=defaultdb sslmode=verify-full sslrootcert={authority} {more}"
        );
        let mut command = Command::new(self.psql);
        command.args(["-X", "-At", "-w", &target, "-c", "SELECT current_user"]);
        // Whoever runs the tests may have certificates and passwords of his own.
        command
            .env("HOME", "/nonexistent")
            .env("PGPASSWORD", password);
        said(command.output().expect("psql runs"))
    }

    fn refused(&self, user: &str, more: &str, password: &str, because: &str) {
        let refusal = self.ask(user, more, password).expect_err(because);
        assert!(
            refusal.contains(because),
            "{because:?} is not in {refusal:?}"
        );
    }
}

#[test]
fn keys_are_kept_close_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let certificates = Certificates::make(folder.path(), "certs");
    for key in [
        certificates.ca_key.clone(),
        certificates.folder.join("node.key"),
    ] {
        let metadata = std::fs::metadata(&key).expect("a key");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{key:?}");
    }
    let again = certificates
        .create(&["create-node", "localhost"])
        .expect_err("it is there");
    assert!(again.contains("is not overwritten"), "{again}");
}

#[test]
fn without_certificates_the_network_stays_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let store = store.to_str().expect("UTF-8");
    let start = ["start", "--insecure", "--store", store, "--listen"];
    let refused = cairn(&[&start[..], &["0.0.0.0:0"]].concat()).expect_err("not on loopback");
    assert!(refused.contains("--accept-insecure-network"), "{refused}");
    let refused = cairn(&[&start[..], &["127.0.0.1:0", "--certs-dir", "x"]].concat());
    assert!(
        refused
            .expect_err("one or the other")
            .contains("--insecure")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn psql_and_cairn_speak_encrypted() {
    let Some(psql) = tools::find("psql") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let certificates = Certificates::make(folder.path(), "certs");
    let others = Certificates::make(folder.path(), "others");
    for user in ["root", "amy"] {
        certificates
            .create(&["create-client", user])
            .expect("a user's certificate");
    }
    let long_ago = Validity {
        from: OffsetDateTime::UNIX_EPOCH,
        until: OffsetDateTime::UNIX_EPOCH + Duration::days(365),
    };
    let (path, ca_key) = (&certificates.folder, &certificates.ca_key);
    cairn_tls::create_client(path, ca_key, "late", long_ago).expect("an expired certificate");
    // Nobody has a password yet: root comes by certificate.
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .certificates(&certificates.folder)
        .start()
        .await;
    let asker = Asker {
        psql: &psql,
        port: server.port(),
        authority: certificates.file("ca.crt"),
    };
    let shows = |user: &str| {
        let (certificate, key) = (format!("client.{user}.crt"), format!("client.{user}.key"));
        let (certificate, key) = (certificates.file(&certificate), certificates.file(&key));
        format!("sslcert={certificate} sslkey={key}")
    };
    assert_eq!(asker.ask("root", &shows("root"), ""), Ok("root".to_owned()));
    for version in ["TLSv1.2", "TLSv1.3"] {
        let only = format!("ssl_min_protocol_version={version} ssl_max_protocol_version={version}");
        let shown = asker.ask("root", &format!("{} {only}", shows("root")), "");
        assert_eq!(shown, Ok("root".to_owned()), "{version}");
    }

    // `cairn` finds the same certificates by itself.
    let (url, dir) = (server.url(), certificates.file(""));
    let ours = ["--url", &url, "--certs-dir", &dir];
    let made = cairn(
        &[
            &["sql", "-e", "CREATE USER amy PASSWORD 'canary-of-amy'"],
            &ours[..],
        ]
        .concat(),
    );
    assert_eq!(made, Ok("CREATE USER".to_owned()));
    let workload = ["workload", "init", "bank", "--scale", "0.01"];
    assert_eq!(cairn(&[&workload[..], &ours].concat()), Ok(String::new()));
    let amys = format!(
        "postgres://amy:canary-of-amy@localhost:{}/defaultdb",
        server.port()
    );
    let trusting = format!("{amys}?sslrootcert={}", certificates.file("ca.crt"));
    let bound = cairn(&["sql", "-e", "SELECT current_user", "--url", &trusting]);
    assert!(bound.is_ok_and(|rows| rows.contains("amy")));
    let distrusting = format!("{amys}?sslrootcert={}", others.file("ca.crt"));
    let refused = cairn(&["sql", "-e", "SELECT 1", "--url", &distrusting]);
    assert!(refused.is_err_and(|said| said.contains("invalid peer certificate")));

    // Passwords, bound to the server's certificate.
    for binding in ["", "channel_binding=require", "channel_binding=disable"] {
        let shown = asker.ask("amy", binding, "canary-of-amy");
        assert_eq!(shown, Ok("amy".to_owned()), "{binding}");
    }

    // What must not pass.
    let distrusting = Asker {
        authority: others.file("ca.crt"),
        ..asker
    };
    distrusting.refused("root", &shows("root"), "", "certificate verify failed");
    let elsewhere = format!("{} host=elsewhere hostaddr=127.0.0.1", shows("root"));
    asker.refused("root", &elsewhere, "", "does not match host name");
    asker.refused("late", &shows("late"), "", "expired");
    asker.refused(
        "root",
        &shows("amy"),
        "",
        "its certificate is for user \"amy\"",
    );
    asker.refused("root", "sslmode=disable", "", "encrypted connections only");
    let forged = format!(
        "sslcert={} sslkey={}",
        others.file("node.crt"),
        others.file("node.key")
    );
    assert!(asker.ask("root", &forged, "").is_err());
    // The first locks are short: on a slow machine one may be over before the next try.
    let locked = (0..12).any(|_| {
        let refused = asker.ask("amy", "", "canary-of-eve");
        let refused = refused.expect_err("it is not her password");
        let wrong = refused.contains("password authentication failed");
        assert!(
            wrong || refused.contains("too many failed logins"),
            "{refused}"
        );
        !wrong
    });
    assert!(locked, "a guesser is never locked out");
    assert_eq!(asker.ask("amy", &shows("amy"), ""), Ok("amy".to_owned()));

    let log = server.log();
    assert!(log.contains("a login was refused"), "{log}");
    assert!(!log.contains("canary"), "a password is in the log: {log}");
    server.stop().await;
}
