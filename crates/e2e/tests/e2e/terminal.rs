//! `cairn sql` at a terminal, which `script` makes: commands, errors that are told, a statement that is stopped, lines that are edited,
//! completed and remembered; and its use without one.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use cairn_testkit::CairnProcess;

use crate::tools;

const LONG: &str = "SELECT count(*) FROM generate_series(1, 1000000000000) AS g(n) WHERE n % 7 = 1";

const UP: &str = "\x1b[A";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// The terminal is told so when a line begins to be read: once for each, behind the change of its mode.
const READY: &str = "\x1b[?2004h";

/// What is shown is shown within this time.
const PATIENCE: Duration = Duration::from_secs(60);

async fn server(folder: &Path) -> CairnProcess {
    CairnProcess::builder(tools::CAIRN, folder.join("store"))
        .start()
        .await
}

/// Somebody at a terminal with `cairn sql`.
struct Person {
    child: Child,
    keys: ChildStdin,
    screen: Arc<(Mutex<String>, Condvar)>,
    /// So many bytes of what is on it have been looked at.
    seen: usize,
    reader: JoinHandle<()>,
}

impl Person {
    /// `None`: there is no program that makes terminals.
    fn sit_down(cairn: &CairnProcess, history: &Path) -> Option<Person> {
        let script = tools::find("script")?;
        let shell = format!("'{}' sql --url {}", tools::CAIRN, cairn.url());
        let mut child = Command::new(script)
            .args(["-qec", &shell, "/dev/null"])
            .env("TERM", "xterm")
            .env("CAIRN_HISTORY", history)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a terminal");
        let keys = child.stdin.take().expect("the keyboard");
        let mut output = child.stdout.take().expect("the screen");
        let screen = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let shown = Arc::clone(&screen);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..count]);
                shown.0.lock().expect("the screen").push_str(&text);
                shown.1.notify_all();
            }
        });
        Some(Person {
            child,
            keys,
            screen,
            seen: 0,
            reader,
        })
    }

    /// Keys for the next line that is read, pressed when it is.
    fn presses(&mut self, keys: &str) {
        self.sees(READY);
        self.interrupts(keys);
    }

    fn says(&mut self, line: &str) {
        self.presses(&format!("{line}\n"));
    }

    /// Keys now, whatever is going on.
    fn interrupts(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a key");
    }

    /// Waits until `text` is shown behind what has been seen.
    fn sees(&mut self, text: &str) {
        let (screen, changed) = &*self.screen;
        let shown = screen.lock().expect("the screen");
        let seen = self.seen;
        let (shown, late) = changed
            .wait_timeout_while(shown, PATIENCE, |shown| !shown[seen..].contains(text))
            .expect("the screen");
        let all = shown.clone();
        drop(shown);
        assert!(!late.timed_out(), "{text:?} in\n{all}");
        self.seen += all[seen..].find(text).expect("it is there") + text.len();
    }

    /// Waits for the end; answers all that was shown.
    fn gets_up(mut self) -> String {
        drop(self.keys);
        self.reader.join().expect("the screen");
        self.child.wait().expect("the end");
        let shown = self.screen.0.lock().expect("the screen");
        shown.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_is_helped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path()).await;
    let Some(mut person) = Person::sit_down(&cairn, &folder.path().join("history")) else {
        return;
    };
    for line in [
        "\\?",
        "CREATE TABLE accounts (id INT PRIMARY KEY, balance INT);",
        "INSERT INTO accounts VALUES",
        "(1, 100),",
        "(2, 200);",
        "SELECT sum(balance) FROM accounts;",
        "\\d accounts",
        "\\dt",
        "\\timing",
        "SELECT 'timed';",
        "\\timing off",
        "\\format csv",
        "SELECT 'a,b' AS x, NULL AS y, '' AS z;",
        "\\format table",
        "SELECT nonsense;",
        "\\nonsense",
        "COPY accounts FROM STDIN;",
        "3\t300",
        "4\t400",
        "\\.",
        "SELECT count(*) AS accounts FROM accounts;",
    ] {
        person.says(line);
    }
    person.says(&format!("{LONG};"));
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
    person.interrupts(CTRL_C);
    person.says("SELECT 'still here' AS it;");
    person.says("\\q");
    let shown = person.gets_up();
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

/// Tab completes keywords, commands and names; Ctrl-C drops a statement that was begun, and a COPY; Ctrl-D leaves what was begun undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_are_completed_and_dropped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path()).await;
    let Some(mut person) = Person::sit_down(&cairn, &folder.path().join("history")) else {
        return;
    };
    person.says("CREATE TABLE accounts (id INT PRIMARY KEY, balance INT);");
    person.says("INSE\t INTO accou\t VALUES (1, 40), (2, 2);");
    person.says("SELECT 'sum: ' || sum(bala\t)::STRING FROM defaultd\t.accou\t;");
    person.says("\\tim\t on");
    person.sees("timing is on");
    person.says("SELECT 'not this'");
    person.presses(&format!("|| nor_this{CTRL_C}"));
    person.says("COPY accounts FROM STDIN;");
    person.presses(&format!("3\t{CTRL_C}"));
    person.sees("COPY from stdin failed");
    person.says("SELECT 'rows: ' || count(*)::STRING FROM accounts;");
    person.sees("rows: 2");
    person.says("DROP TABLE accounts");
    person.presses(CTRL_D);
    let shown = person.gets_up();
    assert!(shown.contains("sum: 42"), "{shown}");
    assert!(!shown.contains("(42703)"), "{shown}");
    let other = cairn.connect().await;
    let counted = other.query("SELECT 1 FROM accounts", &[]).await;
    assert_eq!(counted.expect("the table").len(), 2);
    cairn.stop().await;
}

/// The arrow brings back whole statements, also in the next session; the file is its owner's, and no secret comes into it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_are_remembered_but_for_secrets() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path()).await;
    let file = folder.path().join("history");
    let Some(mut person) = Person::sit_down(&cairn, &file) else {
        return;
    };
    person.says("SELECT 'first ' ||");
    person.says("'answer';");
    person.sees("first answer");
    person.says("CREATE USER amy WITH PASSWORD 'hunter2';");
    person.says(UP);
    person.sees("first answer");
    person.says("\\q");
    person.gets_up();
    let kept = std::fs::read_to_string(&file).expect("the history");
    assert!(
        kept.contains("'answer';") && !kept.contains("hunter2"),
        "{kept}"
    );
    let mode = std::fs::metadata(&file)
        .expect("the history")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let mut person = Person::sit_down(&cairn, &file).expect("a terminal");
    person.says(UP);
    person.sees("first answer");
    person.says("\\q");
    person.gets_up();

    // Where it cannot be written, everything else works.
    let mut person =
        Person::sit_down(&cairn, &folder.path().join("not/there")).expect("a terminal");
    person.says("SELECT 'not ' || 'kept';");
    person.says("\\q");
    assert!(person.gets_up().contains("not kept"));
    cairn.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_runs_without_a_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = server(folder.path()).await;
    // With a byte order mark, as some editors write it.
    let text = "\u{feff}CREATE DATABASE d;\n\\connect \"d\"\nCREATE TABLE t (a INT, b STRING);\nCOPY public.t (a, b) FROM stdin;\n1\tx;y\n2\t\\N\n\\.\n\
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
