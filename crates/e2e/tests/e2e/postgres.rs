//! PostgreSQL 15 beside Cairn.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::tools;

/// PostgreSQL on a cluster of its own, gone when dropped.
pub struct Postgres {
    control: PathBuf,
    folder: TempDir,
    pub port: u16,
}

impl Postgres {
    /// `program` is PostgreSQL's server; its tools lie beside it.
    pub fn start(program: &Path) -> Postgres {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if tools::is_root() {
            // It refuses to run as root.
            tools::run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let data = folder.path().join("data");
        tools::run(
            as_postgres(&program.with_file_name("initdb"))
                .args([
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--encoding=UTF8",
                ])
                .arg("--locale=C.UTF-8")
                .arg("--pgdata")
                .arg(&data),
        );
        let control = program.with_file_name("pg_ctl");
        let port = free_port();
        let options = format!(
            "-F -c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c timezone=UTC",
            folder.path().display()
        );
        tools::run(
            as_postgres(&control)
                .arg("start")
                .arg("--wait")
                .arg("--pgdata")
                .arg(&data)
                .arg("--log")
                .arg(folder.path().join("log"))
                .arg("--options")
                .arg(options),
        );
        Postgres {
            control,
            folder,
            port,
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stopped = as_postgres(&self.control)
            .args(["stop", "--mode=immediate", "--pgdata"])
            .arg(self.folder.path().join("data"))
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            println!("PostgreSQL did not stop");
        }
    }
}

fn as_postgres(program: &Path) -> Command {
    let mut command;
    if tools::is_root() {
        command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
    } else {
        command = Command::new(program);
    }
    command.current_dir("/").stdout(std::process::Stdio::null());
    command
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its number").port()
}
