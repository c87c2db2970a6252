//! Where the outside programs are, and the server under test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The server that these tests run: the binary of this crate.
pub const CAIRN: &str = env!("CARGO_BIN_EXE_cairn-under-test");

/// The same, or the build that `CAIRN_BINARY` names: figures are those of a release build.
pub fn measured() -> PathBuf {
    std::env::var_os("CAIRN_BINARY").map_or_else(|| PathBuf::from(CAIRN), PathBuf::from)
}

/// Finds an outside program. `None` after saying so; a failure where CI promises that it is installed.
pub fn find(name: &str) -> Option<PathBuf> {
    let found = match name {
        // Has what makes keys of service accounts, too.
        "moto" => Some(python()).filter(|python| succeeds(python, &["-c", "import moto.server"])),
        "nginx" => Some(PathBuf::from("/usr/sbin/nginx")).filter(|program| program.is_file()),
        "duckdb" | "psycopg" | "sqlalchemy" => {
            Some(python()).filter(|python| succeeds(python, &["-c", &format!("import {name}")]))
        }
        "pg" => on_path("node").filter(|_| node_modules().join("pg").is_dir()),
        "jdbc" => on_path("java").filter(|_| Path::new(JDBC).is_file()),
        "pgbench" => Some(PathBuf::from("/usr/lib/postgresql/15/bin/pgbench"))
            .filter(|program| program.is_file()),
        "azurite-blob" => Some(node_modules().join(".bin/azurite-blob")).filter(|program| {
            program.is_file() && succeeds(&python(), &["-c", "import azure.storage.blob"])
        }),
        "postgres" => Some(PathBuf::from("/usr/lib/postgresql/15/bin/postgres"))
            .filter(|program| program.is_file()),
        "tmpfs" => tmpfs_mounts().then(|| PathBuf::from("mount")),
        _ => on_path(name),
    };
    if found.is_none() {
        assert!(
            std::env::var_os("CI").as_deref() != Some(OsStr::new("true")),
            "{name} is missing, and CI installs it by .ci/install"
        );
        println!("skipped: {name}");
    }
    found
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// PostgreSQL's driver for Java.
pub const JDBC: &str = "/usr/share/java/postgresql.jar";

/// Where Node finds what `.ci/install` has installed for it.
pub fn node_modules() -> PathBuf {
    folder().join("node/node_modules")
}

/// The Python that has DuckDB and the clients of clouds and databases.
pub fn python() -> PathBuf {
    folder().join("python/bin/python")
}

/// Where `.ci/install` puts what does not come from Debian.
fn folder() -> PathBuf {
    let tools = std::env::var_os("CAIRN_TOOLS").map(PathBuf::from);
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    tools.unwrap_or_else(|| home.join(".cache/cairn-tools"))
}

fn succeeds(program: &Path, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn tmpfs_mounts() -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    SmallDisk::mount(folder.path(), 1).is_some()
}

/// Some programs refuse to be run by root.
pub fn is_root() -> bool {
    let home = std::fs::metadata("/proc/self");
    home.is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}

/// A file system of a few MiB, gone when dropped.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn mount(folder: &Path, mebibytes: usize) -> Option<SmallDisk> {
        let size = format!("size={mebibytes}m");
        let folder_text = folder.to_str()?;
        succeeds(
            Path::new("mount"),
            &["-t", "tmpfs", "-o", &size, "tmpfs", folder_text],
        )
        .then(|| SmallDisk(folder.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Some(folder) = self.0.to_str() {
            succeeds(Path::new("umount"), &["-l", folder]);
        }
    }
}

/// Runs a program to its end; a failure shows what it printed.
pub fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// `psql` without the reader's own settings, stopping at the first error.
pub fn psql(psql: &Path, port: u16) -> Command {
    let mut command = Command::new(psql);
    command
        .args([
            "-X",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            "root",
            "-p",
        ])
        .arg(port.to_string())
        .arg("defaultdb");
    command
}
