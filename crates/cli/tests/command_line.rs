//! The binary's exit status and words, as far as no server is needed.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::Path;
use std::process::{Command, Output};

fn cairn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cairn"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Exit status, standard output, standard error.
fn said(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A copy of the backup that the archive keeps as an example of its format, in `<directory>/v1`.
fn copy_of_a_backup(directory: &Path) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../archive/tests/golden/v1");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(golden)
        .arg(directory)
        .status()
        .unwrap();
    assert!(copied.success());
}

fn look(verb: &str, directory: &Path, rest: &[&str]) -> (i32, String, String) {
    let directory = directory.to_str().unwrap();
    let arguments = [
        &[
            "backup",
            verb,
            "nodelocal:///v1",
            "--external-io-dir",
            directory,
        ],
        rest,
    ]
    .concat();
    said(cairn(&arguments))
}

#[test]
fn a_sound_backup_is_listed_verified_and_printed() {
    let directory = tempfile::tempdir().unwrap();
    copy_of_a_backup(directory.path());
    let (status, listing, _) = look("ls", directory.path(), &[]);
    assert_eq!(status, 0);
    assert!(
        listing.contains("bank.accounts") && listing.contains("system.users"),
        "{listing}"
    );
    let (status, report, _) = look("verify", directory.path(), &[]);
    assert_eq!(status, 0);
    assert!(report.contains("sound"), "{report}");
    let (status, rows, _) = look("cat", directory.path(), &["bank.accounts"]);
    assert_eq!(status, 0);
    assert_eq!(rows.lines().count(), 151, "a header and 150 rows");
}

// The URL from a file or from standard input: it is not in the list of processes.
#[test]
fn urls_come_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    copy_of_a_backup(directory.path());
    let urls = directory.path().join("urls");
    std::fs::write(&urls, "\nnodelocal:///v1\n").unwrap();
    let (folder, file) = (directory.path().to_str().unwrap(), urls.to_str().unwrap());
    let run = |verb: &str, file: &str, more: &[&str]| {
        let options = ["--external-io-dir", folder, "--url-file", file];
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
        command.args(["backup", verb]).args(options).args(more);
        command.stdin(std::fs::File::open(&urls).unwrap());
        said(command.output().unwrap())
    };
    for file in [file, "-"] {
        let (status, listing, words) = run("ls", file, &[]);
        assert_eq!(status, 0, "{words}");
        assert!(listing.contains("bank.accounts"), "{listing}");
    }
    assert_eq!(run("verify", file, &[]).0, 0);
    let (status, rows, _) = run("cat", file, &["bank.accounts"]);
    assert_eq!(status, 0);
    assert_eq!(rows.lines().count(), 151, "a header and 150 rows");
    let (status, _, words) = run("verify", file, &["nodelocal:///v1"]);
    assert_eq!(status, 2);
    assert!(words.contains("not from both"), "{words}");
    let (status, _, words) = run("ls", "/no/such/file", &[]);
    assert_eq!(status, 2);
    assert!(words.contains("/no/such/file"), "{words}");
}

#[test]
fn a_damaged_object_is_named_and_the_status_is_1() {
    let directory = tempfile::tempdir().unwrap();
    copy_of_a_backup(directory.path());
    let object = "data/104/0-00000000000000ab.parquet";
    let path = directory.path().join("v1").join(object);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (status, report, _) = look("verify", directory.path(), &[]);
    assert_eq!(status, 1);
    assert!(report.contains(object), "{report}");
    std::fs::remove_file(&path).unwrap();
    let (status, report, _) = look("verify", directory.path(), &[]);
    assert_eq!(status, 1);
    assert!(
        report.contains(object) && report.contains("missing"),
        "{report}"
    );
}

#[test]
fn a_wrong_command_line_has_status_2() {
    let directory = tempfile::tempdir().unwrap();
    copy_of_a_backup(directory.path());
    let (status, _, words) = look("cat", directory.path(), &[]);
    assert_eq!(status, 2);
    assert!(
        words.contains("bank.accounts"),
        "the message lists the tables: {words}"
    );
    for arguments in [
        &["backup", "verify"][..],
        &["backup", "verify", "nonsense://x"],
        &["start"],
        &["start", "--insecure", "--listen", "0.0.0.0:0"],
        &["start", "--insecure", "--http", "8.8.8.8:0"],
        &["start", "--insecure", "--listen", "no port"],
        &["workload", "init", "bank", "--scale", "0"],
        &["sql", "-e", "SELECT 1", "--url", "nonsense"],
        &["nonsense"],
    ] {
        let (status, _, words) = said(cairn(arguments));
        assert_eq!(status, 2, "{arguments:?}: {words}");
    }
}

#[test]
fn no_server_is_status_1() {
    let (status, _, words) = said(cairn(&[
        "sql",
        "-e",
        "SELECT 1",
        "--url",
        "postgres://root@127.0.0.1:1/x",
    ]));
    assert_eq!(status, 1);
    assert!(words.contains("cannot connect"), "{words}");
}
