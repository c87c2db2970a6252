//! Secrets are given everywhere, also on ways that fail, and then looked for everywhere: they must be in no log, no file, no answer.
//!
//! What could go wrong: an error repeats a URL, a server repeats what it was sent, a job's record or a statement that is kept holds the
//! text as it was typed, a crash leaves what an orderly end would have removed.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use cairn_faultproxy::{Operation, Plan, Proxy, Refusal};
use cairn_testkit::CairnProcess;
use rand::Rng;
use rand::distr::Alphanumeric;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::s3::{S3, encoded};
use crate::tools;

/// Secrets that must not be seen, each with the place where it was given.
#[derive(Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    /// A secret with what a URL has to encode.
    fn secret(&mut self, place: &'static str) -> String {
        let core: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(36)
            .map(char::from)
            .collect();
        self.0.push((place, core.clone()));
        format!("k/{core}+z=")
    }

    /// The places whose secrets are in a text: as they are, URL-encoded or in base64.
    fn sing(&self, text: &str) -> Vec<&'static str> {
        let is_in = |core: &str| forms(core).iter().any(|form| text.contains(form));
        let singing = self.0.iter().filter(|(_, core)| is_in(core));
        singing.map(|(place, _)| *place).collect()
    }

    /// The lines of `grep` for all files below a folder: which file has which form of a secret.
    fn sing_in_files(&self, folder: &Path) -> String {
        let mut patterns = tempfile::NamedTempFile::new().expect("a file for patterns");
        for form in self.0.iter().flat_map(|(_, core)| forms(core)) {
            writeln!(patterns, "{form}").expect("a pattern");
        }
        let mut grep = Command::new("grep");
        grep.args([
            "--recursive",
            "--text",
            "--only-matching",
            "--fixed-strings",
            "--file",
        ]);
        let output = grep
            .arg(patterns.path())
            .arg(folder)
            .env("LC_ALL", "C")
            .output();
        let output = output.expect("grep");
        // Of a file that is gone meanwhile it complains.
        assert!(
            output.status.code() != Some(2) || !output.stderr.is_empty(),
            "{output:?}"
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The core, which no encoding of a URL changes, and what base64 makes of it wherever it stands in a text.
fn forms(core: &str) -> Vec<String> {
    let mut forms = vec![core.to_owned()];
    for before in 0..3 {
        let text = format!("{}{core}", &"???"[..before]);
        // Without the letters that also depend on the neighbours.
        let inner = |coded: String| coded[4..coded.len() - 4].to_owned();
        forms.push(inner(STANDARD.encode(&text)));
        forms.push(inner(URL_SAFE.encode(&text)));
    }
    forms
}

#[test]
fn a_canary_is_heard_in_every_form() {
    let mut canaries = Canaries::default();
    let secret = canaries.secret("here");
    for text in [
        secret.clone(),
        encoded(&secret),
        STANDARD.encode(format!("user:{secret}")),
        STANDARD.encode(format!("user1:{secret} and more")),
        URL_SAFE.encode(format!("u:{secret}")),
    ] {
        assert_eq!(canaries.sing(&text), ["here"], "{text}");
    }
    assert!(canaries.sing("nothing").is_empty());
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a"), [0xff, 0]).expect("a file");
    assert_eq!(canaries.sing_in_files(folder.path()), "");
    let text = format!("\0\n{}", STANDARD.encode(format!("user:{secret}")));
    std::fs::write(folder.path().join("b"), text).expect("a file");
    assert!(canaries.sing_in_files(folder.path()).contains("/b:"));
}

/// What a user sees of a server.
struct Witness {
    client: Client,
    seen: String,
}

impl Witness {
    /// Gives a statement, and keeps all that is said to it.
    async fn say(&mut self, statement: &str) -> bool {
        match self.client.simple_query(statement).await {
            Ok(messages) => {
                for message in messages {
                    if let SimpleQueryMessage::Row(row) = message {
                        for place in 0..row.len() {
                            self.seen.push_str(row.get(place).unwrap_or("NULL"));
                            self.seen.push('|');
                        }
                    }
                }
                true
            }
            Err(error) => {
                self.seen.push_str(&format!("{error:?}\n"));
                false
            }
        }
    }

    async fn succeed(&mut self, statement: &str) {
        assert!(self.say(statement).await, "{}", self.seen);
    }

    async fn fail(&mut self, statement: &str) {
        assert!(!self.say(statement).await, "it should fail: {statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_found_nowhere() {
    let mut canaries = Canaries::default();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let s3_secret = canaries.secret("the key of a location that works");
    let s3 = S3::start(&s3_secret).await;
    let mut server = CairnProcess::builder(tools::CAIRN, &store)
        .variable("CAIRN_LOG", "debug")
        .start()
        .await;
    let mut logs = String::new();
    let mut witness = Witness {
        client: server.connect().await,
        seen: String::new(),
    };
    witness
        .succeed("CREATE TABLE t (k INT PRIMARY KEY, v STRING)")
        .await;
    witness
        .succeed("INSERT INTO t SELECT n, md5(n::STRING) FROM generate_series(1, 20000) AS g (n)")
        .await;

    works(&mut witness, &s3).await;
    fails(&mut witness, &s3, &mut canaries).await;
    refused_by_servers(&mut witness, &s3, &s3_secret, &mut canaries).await;
    settings_and_passwords(&mut witness, &mut canaries).await;

    // A job is paused while it writes, and the server dies.
    let slow = Plan {
        bytes_per_second: Some(20_000),
        ..Plan::default()
    };
    let proxy = Proxy::start(s3.address, slow).await.expect("a port");
    let url = s3.url("paused", proxy.address());
    witness
        .succeed(&format!("BACKUP TABLE t TO '{url}' WITH detached"))
        .await;
    witness
        .succeed("PAUSE JOB (SELECT max(id) FROM [SHOW JOBS])")
        .await;
    until(&mut witness, "paused").await;
    witness.succeed("SHOW JOBS").await;
    listen(&canaries, "beside a paused job", &server, &store, &witness).await;
    logs.push_str(&server.log());
    server.kill().await;
    look_into(&canaries, "after kill -9", &store);
    server = server.restart().await;
    witness.client = server.connect().await;
    proxy.set_plan(Plan::default());
    witness
        .succeed("RESUME JOB (SELECT max(id) FROM [SHOW JOBS])")
        .await;
    until(&mut witness, "succeeded").await;
    witness.succeed("SHOW JOBS").await;

    listen(&canaries, "at the end", &server, &store, &witness).await;
    look_into(&canaries, "in the bucket", &s3.bucket());
    logs.push_str(&server.log());
    assert_eq!(canaries.sing(&logs), [""; 0], "in the log");
    assert!(logs.contains("=redacted"), "the log tells of locations");
    server.stop().await;
    look_into(&canaries, "after the end", &store);
    panics(canaries, &s3, &store).await;
}

/// BACKUP panics, with the location in what it says.
async fn panics(canaries: Canaries, s3: &S3, store: &Path) {
    let server = CairnProcess::builder(tools::CAIRN, store)
        .variable("CAIRN_LOG", "debug")
        .variable("RUST_BACKTRACE", "full")
        .variable(
            cairn_faults::VARIABLE,
            format!("{:?}", cairn_faults::Fault::BackupPanics),
        )
        .start()
        .await;
    let mut witness = Witness {
        client: server.connect().await,
        seen: String::new(),
    };
    let url = s3.url("panics", s3.address);
    for options in ["", " WITH detached"] {
        witness
            .say(&format!("BACKUP TABLE t TO '{url}'{options}"))
            .await;
    }
    witness.succeed("SHOW JOBS").await;
    listen(&canaries, "after a panic", &server, store, &witness).await;
    let log = server.log();
    assert!(log.contains("something panicked"), "{log}");
    assert_eq!(canaries.sing(&log), [""; 0], "in the log of a panic");
    server.stop().await;
    look_into(&canaries, "at the end after a panic", store);
}

async fn works(witness: &mut Witness, s3: &S3) {
    let url = |path: &str| s3.url(path, s3.address);
    let (full, incremental) = (url("full"), url("inc"));
    witness
        .succeed(&format!("BACKUP TABLE t TO '{full}'"))
        .await;
    witness
        .succeed(&format!(
            "BACKUP TABLE t TO '{incremental}' INCREMENTAL FROM '{full}'"
        ))
        .await;
    witness.succeed(&format!("SHOW BACKUP '{full}'")).await;
    witness.succeed("CREATE DATABASE other").await;
    witness
        .succeed(&format!(
            "RESTORE TABLE t FROM '{full}', '{incremental}' WITH into_db = 'other'"
        ))
        .await;
    // The same place again.
    witness.fail(&format!("BACKUP TABLE t TO '{full}'")).await;
    for asked in [
        "SHOW JOBS",
        "SELECT * FROM pg_catalog.pg_stat_activity",
        "SELECT * FROM pg_catalog.pg_prepared_statements",
        "SHOW ALL",
    ] {
        // Whatever of these there is.
        witness.say(asked).await;
    }
}

/// Statements that fail before, behind or because of a URL.
async fn fails(witness: &mut Witness, s3: &S3, canaries: &mut Canaries) {
    let address = s3.address;
    let location = |secret: &str, more: &str| {
        let endpoint = encoded(&format!("http://{address}"));
        let secret = encoded(secret);
        format!(
            "s3://backups/x?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={secret}&AWS_ENDPOINT={endpoint}{more}"
        )
    };
    let url = location(&canaries.secret("before a syntax error"), "");
    witness
        .fail(&format!("BACKUP TABLE t TO '{url}' FROBNICATE"))
        .await;
    let url = location(&canaries.secret("in a literal without an end"), "");
    witness.fail(&format!("BACKUP TABLE t TO '{url}")).await;
    let url = location(&canaries.secret("in a literal with a quote too many"), "");
    witness
        .fail(&format!("BACKUP TABLE t TO '{url}'' WITH detached"))
        .await;
    let url = location(&canaries.secret("where an option is unknown"), "");
    witness
        .fail(&format!(
            "BACKUP TABLE t TO '{url}' WITH nonsense = '{url}'"
        ))
        .await;
    let url = location(&canaries.secret("in the wrong place"), "");
    for statement in [
        "BACKUP DATABASE d LOCATION",
        "BACKUP TABLE t TO LOCATION INCREMENTAL LOCATION",
        "RESTORE DATABASE d FROM LOCATION LOCATION",
        "SHOW BACKUP LOCATION LOCATION",
        "SELECT * FROM t u LOCATION",
    ] {
        for quoted in [
            format!("'{url}'"),
            format!("E'{url}'"),
            format!("$${url}$$"),
            format!("\"{url}\""),
        ] {
            witness.fail(&statement.replace("LOCATION", &quoted)).await;
        }
    }
    let torn = canaries.secret("behind an & that is not encoded");
    witness
        .fail(&format!(
            "BACKUP TABLE t TO '{}'",
            location("x", &format!("&{torn}"))
        ))
        .await;
    let unknown = canaries.secret("in an unknown parameter");
    let more = format!("&AWS_SECRET_KEY={}", encoded(&unknown));
    witness
        .fail(&format!("BACKUP TABLE t TO '{}'", location("x", &more)))
        .await;
    let url = location(&canaries.secret("which the server does not know"), "");
    witness.fail(&format!("BACKUP TABLE t TO '{url}'")).await;
    let url = location(&canaries.secret("of a base that is not there"), "");
    witness
        .fail(&format!(
            "BACKUP TABLE t TO '{}' INCREMENTAL FROM '{url}'",
            location("x", "")
        ))
        .await;
    let url = location(&canaries.secret("of a backup that is not there"), "");
    witness.fail(&format!("RESTORE TABLE t FROM '{url}'")).await;
    witness.fail(&format!("SHOW BACKUP '{url}'")).await;
    let url = location(&canaries.secret("for a table that is not there"), "");
    witness
        .fail(&format!("BACKUP TABLE nowhere TO '{url}'"))
        .await;
    witness
        .say(&format!("EXPLAIN BACKUP TABLE t TO '{url}'"))
        .await;

    let url = location(&canaries.secret("in a prepared statement"), "");
    let statement = format!("BACKUP TABLE t TO '{url}'");
    if let Err(error) = witness.client.prepare(&statement).await {
        witness.seen.push_str(&format!("{error:?}"));
    }
    if let Err(error) = witness.client.query(&statement, &[]).await {
        witness.seen.push_str(&format!("{error:?}"));
    }
    witness.say(&format!("PREPARE p AS {statement}")).await;
    witness.say("EXECUTE p").await;
    witness
        .say("SELECT * FROM pg_catalog.pg_prepared_statements")
        .await;
    witness.say(&format!("BEGIN; {statement}; COMMIT")).await;
    witness.say("ROLLBACK").await;

    let secret = encoded(&canaries.secret("where nobody answers"));
    let nobody = "AWS_ENDPOINT=http%3A%2F%2F127.0.0.1%3A1";
    witness
        .fail(&format!(
            "SHOW BACKUP 's3://b/x?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={secret}&{nobody}'"
        ))
        .await;
    let secret = encoded(&canaries.secret("of an Azure account"));
    witness
        .fail(&format!(
            "SHOW BACKUP 'azure://b/x?AZURE_ACCOUNT_NAME=account&AZURE_ACCOUNT_KEY={secret}&AZURE_ENDPOINT=http%3A%2F%2F{address}'"
        ))
        .await;
    let secret = canaries.secret("in a scheme that is not known");
    witness
        .fail(&format!("BACKUP TABLE t TO 'ftp://user:{secret}@host/x'"))
        .await;
    let secret = canaries.secret("before a host that S3 does not have");
    witness
        .fail(&format!("BACKUP TABLE t TO 's3://user:{secret}@host/x'"))
        .await;
}

/// A server refuses, and repeats in its answer what it was sent, and more.
async fn refused_by_servers(
    witness: &mut Witness,
    s3: &S3,
    s3_secret: &str,
    canaries: &mut Canaries,
) {
    let password = canaries.secret("a password before a host");
    let parameter = canaries.secret("a parameter of an HTTP server");
    let token = canaries.secret("a token before a host");
    let proxy = Proxy::start(s3.address, Plan::default()).await;
    let proxy = proxy.expect("a port");
    let address = proxy.address();
    let http = |before: &str, behind: &str| format!("http://{before}{address}/x{behind}");
    let places = [
        (s3_secret, s3.url("refused", address)),
        (
            password.as_str(),
            http(&format!("user:{}@", encoded(&password)), ""),
        ),
        (token.as_str(), http(&format!("{}@", encoded(&token)), "")),
        (
            parameter.as_str(),
            http("", &format!("?signature={}", encoded(&parameter))),
        ),
    ];
    for (secret, place) in places {
        proxy.set_plan(repeating(secret));
        witness.fail(&format!("BACKUP TABLE t TO '{place}'")).await;
        witness.fail(&format!("SHOW BACKUP '{place}'")).await;
        witness
            .fail(&format!("RESTORE TABLE t FROM '{place}'"))
            .await;
        witness
            .say(&format!("SHOW BACKUP CONNECTION '{place}'"))
            .await;
    }
    assert!(witness.seen.contains("Access Denied"), "{}", witness.seen);
}

/// Every call is refused in a text that has the secret in all forms.
fn repeating(secret: &str) -> Plan {
    let text = [
        secret.to_owned(),
        encoded(secret),
        STANDARD.encode(secret),
        STANDARD.encode(format!("user:{secret}")),
        STANDARD.encode(format!("{secret}:")),
    ];
    let calls = [
        Operation::Get,
        Operation::Head,
        Operation::Put,
        Operation::Post,
    ];
    Plan {
        refusals: calls.map(Refusal::All).to_vec(),
        refusal_text: text.join(" "),
        ..Plan::default()
    }
}

async fn settings_and_passwords(witness: &mut Witness, canaries: &mut Canaries) {
    let password = canaries.secret("a user's password");
    witness
        .succeed(&format!("CREATE USER amy PASSWORD '{password}'"))
        .await;
    witness
        .succeed(&format!("ALTER USER amy PASSWORD '{password}'"))
        .await;
    let password = canaries.secret("a password before a syntax error");
    witness
        .fail(&format!("CREATE USER bob PASSWORD '{password}' NONSENSE"))
        .await;
    witness
        .fail(&format!("CREATE USER amy PASSWORD '{password}'"))
        .await;
    let password = canaries.secret("a password without its word");
    witness.fail(&format!("CREATE USER bob '{password}'")).await;
    witness
        .fail(&format!("ALTER USER amy WITH '{password}'"))
        .await;
    let key = canaries.secret("a setting's value without =");
    witness
        .fail(&format!(
            "SET CLUSTER SETTING cloudstorage.gs.default.key '{key}'"
        ))
        .await;
    let key = canaries.secret("a setting that is no key");
    witness
        .fail(&format!(
            "SET CLUSTER SETTING cloudstorage.gs.default.key = '{key}'"
        ))
        .await;
    witness
        .fail(&format!(
            "SET CLUSTER SETTING cloudstorage.gs.default.key = '{key}' NONSENSE"
        ))
        .await;
    witness
        .say("SHOW CLUSTER SETTING cloudstorage.gs.default.key")
        .await;
    witness.say("SHOW ALL CLUSTER SETTINGS").await;
}

/// Waits until the newest job is in this state.
async fn until(witness: &mut Witness, state: &str) {
    let reached = async {
        loop {
            let asked = "SELECT status FROM [SHOW JOBS] ORDER BY id DESC LIMIT 1";
            let row = witness.client.query_one(asked, &[]).await.expect("a job");
            if row.get::<_, String>(0) == state {
                return;
            }
        }
    };
    let reached = tokio::time::timeout(std::time::Duration::from_secs(60), reached).await;
    reached.unwrap_or_else(|_| panic!("the job is not {state}"));
}

/// Looks at all that can be seen of a running server.
async fn listen(
    canaries: &Canaries,
    when: &str,
    server: &CairnProcess,
    store: &Path,
    witness: &Witness,
) {
    assert_eq!(canaries.sing(&witness.seen), [""; 0], "{when}, in answers");
    for page in ["/metrics", "/ready", "/health"] {
        let said = server.http_get(page).await;
        assert_eq!(canaries.sing(&said), [""; 0], "{when}, at {page}");
    }
    look_into(canaries, when, store);
}

/// Looks into every file below a folder.
fn look_into(canaries: &Canaries, when: &str, folder: &Path) {
    assert_eq!(canaries.sing_in_files(folder), "", "{when}, in {folder:?}");
}
