//! The main job as a user sees it in `psql`: the statements of the specification, their answers, their errors.
//!
//! `main_job/script.sql` runs against a fresh server; what `psql` prints is compared with `main_job/expected.out`, where ids of jobs
//! stand as `<id>`, times as `<time>` and fingerprints as `<fingerprint>`. Run with `UPDATE_GOLDEN=1` to write it anew, then read the difference.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cairn_testkit::CairnProcess;

use crate::tools;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psql_backs_up_and_restores() {
    run_script("main_job").await;
}

/// Runs `script.sql` of a folder in `psql`, and compares what it prints with the folder's `expected.out`.
pub async fn run_script(folder_of_script: &str) {
    let Some(psql) = tools::find("psql") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .start()
        .await;
    let room = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/e2e")
        .join(folder_of_script);
    // One pipe for answers and errors, so that each error stands behind its statement.
    let mut command = tools::psql(&psql, cairn.port());
    command.args([
        "-v",
        "ON_ERROR_STOP=0",
        "-v",
        "VERBOSITY=verbose",
        "-v",
        "SHOW_CONTEXT=never",
    ]);
    command
        .args(["-A", "-a", "-f", "script.sql"])
        .current_dir(&room);
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().expect("a pipe"))
        .stderr(writer);
    let mut child = command.spawn().expect("psql");
    drop(command);
    let mut output = String::new();
    reader
        .read_to_string(&mut output)
        .expect("what psql prints");
    child.wait().expect("the end of psql");
    let printed = stable(&output);
    compare(&room.join("expected.out"), &printed);
    cairn.stop().await;
}

fn compare(golden: &PathBuf, printed: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, printed).expect("the golden file");
    }
    let expected = std::fs::read_to_string(golden).expect("the golden file");
    for (number, (expected, printed)) in (1..).zip(expected.lines().zip(printed.lines())) {
        assert_eq!(expected, printed, "line {number} of {}", golden.display());
    }
    assert_eq!(
        expected.lines().count(),
        printed.lines().count(),
        "number of lines"
    );
}

/// Replaces what differs between runs.
fn stable(printed: &str) -> String {
    let mut stable = String::new();
    for line in printed.lines() {
        let cells: Vec<&str> = line.split('|').map(stable_cell).collect();
        stable.push_str(&cells.join("|"));
        stable.push('\n');
    }
    stable
}

fn stable_cell(cell: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if cell.len() >= 15 && digits(cell) {
        "<id>"
    } else if cell.len() == 32 && cell.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "<fingerprint>"
    } else if cell.len() >= 19
        && cell.as_bytes().get(4) == Some(&b'-')
        && cell.get(..4).is_some_and(digits)
        && cell.contains(':')
    {
        "<time>"
    } else {
        cell
    }
}
