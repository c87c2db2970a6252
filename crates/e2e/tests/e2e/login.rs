//! Passwords, as `psql` gives them: a server without `--insecure`, its first password, a user of one's own.

use std::path::Path;

use cairn_testkit::CairnProcess;

use crate::tools;

/// What `psql` prints for a statement, or what it says went wrong.
fn ask(
    psql: &Path,
    port: u16,
    user: &str,
    password: &str,
    statement: &str,
) -> Result<String, String> {
    let mut command = tools::psql(psql, port);
    // The last one of two counts.
    command.args(["-U", user, "-At", "-w", "-c", statement]);
    let output = command.env("PGPASSWORD", password).output().expect("psql");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn psql_logs_in_with_a_password() {
    let Some(psql) = tools::find("psql") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let (status, said) = CairnProcess::builder(tools::CAIRN, &store)
        .first_password("")
        .try_start()
        .await
        .expect_err("an empty password is none");
    assert!(
        !status.success() && said.contains("empty passwords"),
        "{said}"
    );
    let cairn = CairnProcess::builder(tools::CAIRN, &store)
        .first_password("first")
        .start()
        .await;
    let port = cairn.port();
    let made = ask(
        &psql,
        port,
        "root",
        "first",
        "CREATE USER amy PASSWORD 'hers'",
    );
    assert_eq!(made.as_deref(), Ok("CREATE USER"));
    let whoami = ask(&psql, port, "amy", "hers", "SELECT current_user");
    assert_eq!(whoami.as_deref(), Ok("amy"));
    for (user, password) in [("amy", "first"), ("root", "hers"), ("eve", "hers")] {
        let refused = ask(&psql, port, user, password, "SELECT 1").expect_err("no such password");
        assert!(
            refused.contains("password authentication failed"),
            "{refused}"
        );
    }
    cairn.stop().await;
    // Another first password changes nothing.
    let cairn = CairnProcess::builder(tools::CAIRN, &store)
        .first_password("second")
        .start()
        .await;
    assert!(ask(&psql, cairn.port(), "root", "second", "SELECT 1").is_err());
    assert_eq!(
        ask(&psql, cairn.port(), "root", "first", "SELECT 1").as_deref(),
        Ok("1")
    );
    cairn.stop().await;
}
