//! `cairn sql` at a terminal, which `script` makes: commands, errors that are told, a statement that is stopped; and its use without one.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use cairn_testkit::CairnProcess;

use crate::tools;

const LONG: &str = "SELECT count(*) FROM generate_series(1, 1000000000000) AS g(n) WHERE n % 7 = 1";

async fn server(folder: &Path) -> CairnProcess {
    CairnProcess::builder(tools::CAIRN, folder.join("store"))
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_helped() {
    let Some(script) = tools::find("script") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path()).await;
    let shell = format!("'{}' sql --url {}", tools::CAIRN, cairn.url());
    let mut child = Command::new(script)
        .args(["-qec", &shell, "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a terminal");
    let mut keys = child.stdin.take().expect("the keyboard");
    let mut screen = child.stdout.take().expect("the screen");
    let reader = std::thread::spawn(move || {
        let mut shown = String::new();
        screen.read_to_string(&mut shown).map(|_| shown)
    });
    let mut press = |text: &str| keys.write_all(text.as_bytes()).expect("a key");
    press("\\?\n");
    press("CREATE TABLE accounts (id INT PRIMARY KEY, balance INT);\n");
    press("INSERT INTO accounts VALUES\n(1, 100),\n(2, 200);\n");
    press("SELECT sum(balance) FROM accounts;\n");
    press("\\d accounts\n\\dt\n\\timing\nSELECT 'timed';\n\\timing off\n");
    press("\\format csv\nSELECT 'a,b' AS x, NULL AS y, '' AS z;\n\\format table\n");
    press("SELECT nonsense;\n\\nonsense\n");
    press("COPY accounts FROM STDIN;\n3\t300\n4\t400\n\\.\n");
    press("SELECT count(*) AS accounts FROM accounts;\n");
    press(&format!("{LONG};\n"));
    let other = cairn.connect().await;
    let running = format!(
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '{}%'",
        &LONG[..20]
    );
    while other
        .query(&running, &[])
        .await
        .expect("sessions")
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    press("\x03");
    press("SELECT 'still here' AS it;\n\\q\n");
    drop(keys);
    let shown = reader.join().expect("the screen").expect("UTF-8");
    child.wait().expect("the end");
    for wanted in [
        "\\timing [on|off]",
        "INSERT 0 2",
        " 300",
        "accounts_pkey",
        "time: ",
        "x,y,z\r\n\"a,b\",,\"\"",
        "(42703)",
        "there is no \\nonsense",
        "COPY 2",
        "(57014)",
        "still here",
    ] {
        assert!(shown.contains(wanted), "{wanted:?} in\n{shown}");
    }
    cairn.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_runs_without_a_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path()).await;
    let text = "CREATE DATABASE d;\n\\connect \"d\"\nCREATE TABLE t (a INT, b STRING);\nCOPY public.t (a, b) FROM stdin;\n1\tx;y\n2\t\\N\n\\.\n\
                SELECT a, \\\n b FROM d.t ORDER BY a;\n";
    let run = |arguments: &[&str], text: &str| {
        let mut child = Command::new(tools::CAIRN)
            .args(["sql", "--url", &cairn.url()])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cairn sql");
        let mut input = child.stdin.take().expect("its input");
        input.write_all(text.as_bytes()).expect("the script");
        drop(input);
        let output = child.wait_with_output().expect("the end");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (status, shown, said) = run(&["--format", "csv"], text);
    assert_eq!(
        (status, shown.as_str(), said.as_str()),
        (Some(0), "a,b\n1,x;y\n2,\n", "")
    );
    let (status, shown, said) = run(&[], "SELECT 1 / 0;\nSELECT 'not reached';\n");
    assert_eq!(status, Some(1));
    assert!(
        said.contains("(22012)") && !shown.contains("not reached"),
        "{said}{shown}"
    );
    let (status, shown, _) = run(&["-e", "\\l", "-e", "SELECT 1 AS one; SELECT 2 AS two"], "");
    assert_eq!(status, Some(0));
    assert!(
        shown.contains("defaultdb") && shown.contains("two"),
        "{shown}"
    );
    cairn.stop().await;
}
