//! What those see who watch over a server: `/health`, `/ready`, `/metrics`, its log, and the examples and packages in `contrib`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cairn_testkit::CairnProcess;

use crate::tools;

fn contrib(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../contrib")
        .join(file)
}

/// The body of an answer that must be a good one.
fn body(answer: &str) -> &str {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body
}

/// The names of all metrics in the text form; a histogram has three.
fn names(metrics: &str) -> BTreeSet<String> {
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    types
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(name, kind)| match kind {
            "histogram" => ["_bucket", "_sum", "_count"]
                .map(|end| format!("{name}{end}"))
                .to_vec(),
            _ => vec![name.to_owned()],
        })
        .collect()
}

/// All words of a text that look like names of our metrics, or of the process's.
fn mentioned(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.starts_with("cairn_") || word.starts_with("process_"))
        .map(str::to_owned)
        .collect()
}

/// Has a program check what it is given on its standard input.
fn check(program: &Path, arguments: &[&str], input: &str) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}\n{input}");
}

/// A server that has done a little of everything, and what it tells.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_well_formed_and_the_examples_name_only_what_exists() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .argument("--log-format")
        .argument("json")
        .start()
        .await;
    let client = server.connect().await;
    for statement in [
        "CREATE DATABASE bank",
        "CREATE TABLE bank.t (k INT PRIMARY KEY)",
        "INSERT INTO bank.t VALUES (1)",
        "BACKUP DATABASE bank TO 'nodelocal:///canary-place'",
    ] {
        client.batch_execute(statement).await.expect(statement);
    }
    client
        .batch_execute("SELECT 'canary' FROM nothing")
        .await
        .expect_err("no such table");
    assert_eq!(body(&server.http_get("/health").await), "ok\n");
    assert_eq!(body(&server.http_get("/ready").await), "ready\n");
    let answer = server.http_get("/metrics").await;
    let metrics = body(&answer);
    for line in [
        "cairn_errors_total{class=\"42\"} 1",
        "cairn_jobs{status=\"succeeded\",type=\"BACKUP\"} 1",
        "cairn_jobs{status=\"failed\",type=\"RESTORE\"} 0",
        "cairn_protected_age_seconds 0",
        "cairn_sessions 1",
        "cairn_store_readable 1",
        "cairn_statement_seconds_count{kind=\"backup\"} 1",
        "cairn_statement_seconds_count{kind=\"schema\"} 2",
    ] {
        assert!(
            metrics.lines().any(|told| told == line),
            "{line}\n{metrics}"
        );
    }
    let backed_up = "cairn_backup_last_success_seconds{target=\"DATABASE bank\"} ";
    let time = metrics
        .lines()
        .find_map(|line| line.strip_prefix(backed_up));
    let time: f64 = time.and_then(|time| time.parse().ok()).expect("a time");
    assert!(time > 1.7e9, "{time}");
    assert!(!metrics.contains("canary"), "{metrics}");

    // Each metric says what it is, and the examples name no other.
    let known = names(metrics);
    for name in metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
    {
        let name = name.split(' ').next().unwrap_or_default();
        assert!(metrics.contains(&format!("# HELP {name} ")), "{name}");
    }
    for example in ["prometheus/alerts.yml", "grafana/cairn.json"] {
        let text = std::fs::read_to_string(contrib(example)).expect("an example");
        let unknown: Vec<_> = mentioned(&text).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{example} names {unknown:?}");
    }
    // And what a dashboard does not show nobody sees.
    let dashboard = std::fs::read_to_string(contrib("grafana/cairn.json")).expect("the dashboard");
    let shown = mentioned(&dashboard);
    let hidden: Vec<_> = known.difference(&shown).collect();
    assert!(hidden.is_empty(), "the dashboard does not show {hidden:?}");

    for line in server.log().lines() {
        assert!(
            line.starts_with('{') && line.ends_with('}'),
            "no JSON: {line}"
        );
    }
    assert!(
        server.log().contains("\"message\":\"ready"),
        "{}",
        server.log()
    );
    if let Some(promtool) = tools::find("promtool") {
        check(&promtool, &["check", "metrics"], metrics);
        let path = |file: &str| contrib(file).to_str().expect("UTF-8").to_owned();
        check(
            &promtool,
            &["check", "rules", &path("prometheus/alerts.yml")],
            "",
        );
        check(
            &promtool,
            &["check", "config", &path("prometheus/prometheus.yml")],
            "",
        );
    }
    drop(client);
    server.stop().await;
}

/// All words of a text that look like options of a command.
fn options(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '-')
        .filter(|word| word.starts_with("--"))
        .collect()
}

/// What a unit, a container and a package start is what `cairn start` takes, and what is packed is there.
#[test]
fn packages_name_only_what_exists() {
    let help = tools::run(Command::new(tools::CAIRN).args(["start", "--help"]));
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    let known = options(&help);
    let read = |path: PathBuf| {
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
    };
    let from = |text: &str, begin: &str| {
        let lines = text.lines().filter(|line| line.contains(begin));
        lines.collect::<Vec<_>>().join("\n")
    };
    for (file, begin) in [
        ("systemd/cairn.service", "ExecStart="),
        ("systemd/cairn.default", "CAIRN_OPTIONS="),
        ("container/Containerfile", "ENTRYPOINT"),
        ("container/Containerfile", "podman run"),
    ] {
        let starts = from(&read(contrib(file)), begin);
        assert!(!starts.is_empty(), "{file} has no {begin}");
        let unknown: Vec<_> = options(&starts)
            .into_iter()
            .filter(|option| !known.contains(option))
            .collect();
        assert!(unknown.is_empty(), "{file} gives {unknown:?}");
    }
    let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli");
    let manifest = read(cli.join("Cargo.toml"));
    let packed = manifest
        .split('"')
        .filter(|word| word.starts_with("../../"))
        .map(|word| cli.join(word.trim_end_matches("/*.yml")));
    let packed: Vec<PathBuf> = packed.collect();
    assert!(packed.len() > 5, "{packed:?}");
    for path in packed {
        assert!(path.exists(), "{path:?} is packed and is not there");
    }
}
