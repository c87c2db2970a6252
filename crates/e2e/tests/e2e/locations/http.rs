//! nginx with WebDAV: two hosts, with a password, over TLS of a private authority. It ignores the condition of a create.

use std::fmt::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cairn_blob::settings::HTTP_CUSTOM_CA;
use cairn_blob::testing::conformance;
use cairn_blob::{Location, Settings};
use cairn_tls::Validity;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use super::{Place, suite};
use crate::tools;

/// Of `user:pa/ss`, as nginx wants it.
const PASSWORDS: &str = "user:{PLAIN}pa/ss\n";

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    let Some(nginx) = tools::find("nginx") else {
        return;
    };
    let authority = Authority::new();
    let server = Nginx::start(&nginx, &authority);
    let place = Place {
        front: format!("https://user:pa%2Fss@{}/sql", server.hosts.join(",")),
        behind: "?token=tOkEn".to_owned(),
        secrets: ["pa/ss", "pa%2Fss", "tOkEn"].map(str::to_owned).to_vec(),
        settings: authority.settings(),
        is_cautioned: true,
        custom_ca: Some(authority.path("ca.crt")),
        environment: Vec::new(),
    };
    let settings = Settings::default().with_custom_ca(authority.certificate());
    let location = Location::parse(&place.url("store")).expect("a location");
    conformance::check_filled(&location.open(&settings).expect("a store")).await;
    // Each name has its host.
    for file in ["0/sql/store/once", "1/sql/store/ranges"] {
        assert!(server.folder.path().join(file).is_file(), "{file}");
    }
    suite(&place).await;
}

/// A private authority, with a certificate for 127.0.0.1.
pub(super) struct Authority {
    folder: TempDir,
}

impl Authority {
    pub(super) fn new() -> Authority {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = folder.path().join("ca.key");
        let from = OffsetDateTime::now_utc() - Duration::HOUR;
        let validity = Validity {
            from,
            until: from + Duration::DAY,
        };
        cairn_tls::create_ca(folder.path(), &key, validity).expect("an authority");
        let hosts = ["127.0.0.1".to_owned()];
        cairn_tls::create_node(folder.path(), &key, &hosts, validity).expect("a certificate");
        Authority { folder }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn certificate(&self) -> String {
        std::fs::read_to_string(self.path("ca.crt")).expect("a certificate")
    }

    /// So that a server trusts it.
    pub(super) fn settings(&self) -> Vec<String> {
        let pem = self.certificate();
        vec![format!("SET CLUSTER SETTING {HTTP_CUSTOM_CA} = '{pem}'")]
    }
}

/// Two virtual servers, each with a folder. Dropping it stops it.
struct Nginx {
    process: Child,
    folder: TempDir,
    hosts: Vec<String>,
}

impl Nginx {
    fn start(program: &Path, authority: &Authority) -> Nginx {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().display();
        std::fs::write(folder.path().join("passwords"), PASSWORDS).expect("a file of passwords");
        let hosts: Vec<String> = free_addresses();
        let mut servers = String::new();
        for (number, host) in hosts.iter().enumerate() {
            std::fs::create_dir(folder.path().join(number.to_string())).expect("a root");
            let (crt, key) = (authority.path("node.crt"), authority.path("node.key"));
            let (crt, key) = (crt.display(), key.display());
            writeln!(
                servers,
                "server {{ listen {host} ssl; ssl_certificate {crt}; ssl_certificate_key {key}; root {path}/{number};
                 dav_methods PUT DELETE; create_full_put_path on;
                 auth_basic backups; auth_basic_user_file {path}/passwords; }}"
            )
            .expect("a string");
        }
        let user = if tools::is_root() { "user root;" } else { "" };
        let configuration = format!(
            "daemon off; {user} worker_processes 1; pid {path}/pid; error_log {path}/errors; events {{}}
             http {{ access_log off; client_max_body_size 0; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
             fastcgi_temp_path {path}/fastcgi; scgi_temp_path {path}/scgi; uwsgi_temp_path {path}/uwsgi;\n{servers}}}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), configuration).expect("a configuration");
        let mut command = Command::new(program);
        command.arg("-c").arg(folder.path().join("nginx.conf"));
        command.arg("-e").arg(folder.path().join("errors"));
        let mut process = command.stderr(Stdio::null()).spawn().expect("nginx");
        while TcpStream::connect(&hosts[1]).is_err() {
            let ended = process.try_wait().expect("nginx's state");
            let errors = std::fs::read_to_string(folder.path().join("errors"));
            assert!(ended.is_none(), "nginx ended: {errors:?}");
            std::thread::yield_now();
        }
        Nginx {
            process,
            folder,
            hosts,
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master takes its workers along only if it is told to end, not if it is killed.
        let told = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        if told.is_ok_and(|status| status.success()) {
            let _ = self.process.wait();
        }
    }
}

/// Two addresses that were free a moment ago: nginx cannot choose one itself.
fn free_addresses() -> Vec<String> {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    let address = |listener: &TcpListener| listener.local_addr().expect("an address").to_string();
    listeners.iter().map(address).collect()
}
