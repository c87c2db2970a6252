//! Microsoft's emulator.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use cairn_blob::testing::conformance;
use cairn_blob::{Location, Settings};

use super::{Place, suite};
use crate::tools;

/// As Azurite documents them.
const ACCOUNT: &str = "devstoreaccount1";
const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const CREATE_CONTAINER: &str = "
import sys
from azure.storage.blob import BlobServiceClient
client = BlobServiceClient(account_url=sys.argv[1], credential=sys.argv[2])
client.create_container('backups')
";

#[tokio::test(flavor = "multi_thread")]
async fn azurite() {
    let Some(azurite) = tools::find("azurite-blob") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Azurite::start(&azurite, folder.path());
    let key = ACCOUNT_KEY.replace('/', "%2F").replace('+', "%2B");
    let endpoint = server.endpoint.replace(':', "%3A").replace('/', "%2F");
    let place = Place {
        front: "azure://backups/sql".to_owned(),
        behind: format!(
            "?AZURE_ACCOUNT_NAME={ACCOUNT}&AZURE_ACCOUNT_KEY={key}&AZURE_ENDPOINT={endpoint}"
        ),
        secrets: vec![ACCOUNT_KEY.to_owned(), key],
        settings: Vec::new(),
        is_cautioned: false,
        custom_ca: None,
        environment: Vec::new(),
    };
    let location = Location::parse(&place.url("store")).expect("a location");
    let store = location.open(&Settings::default()).expect("a store");
    conformance::check(store).await;
    suite(&place).await;
}

/// Microsoft's emulator, with a container `backups`. Dropping it stops it.
struct Azurite {
    process: Child,
    endpoint: String,
}

impl Azurite {
    fn start(program: &Path, folder: &Path) -> Azurite {
        let mut command = Command::new(program);
        command
            .args([
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                "0",
                "--silent",
                "--disableTelemetry",
                "--skipApiVersionCheck",
            ])
            .arg("--location")
            .arg(folder);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("azurite");
        let said = BufReader::new(process.stdout.take().expect("a pipe"));
        let address = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("listens on ")?.1.to_owned()))
            .expect("azurite says where it listens");
        let endpoint = format!("{}/{ACCOUNT}", address.trim());
        let mut create = Command::new(tools::python());
        tools::run(create.args(["-c", CREATE_CONTAINER, &endpoint, ACCOUNT_KEY]));
        Azurite { process, endpoint }
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It ends with the test at the latest.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
