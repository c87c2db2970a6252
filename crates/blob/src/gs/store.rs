//! A `gs` URL as a client.

use std::sync::Arc;

use futures::future::BoxFuture;
use object_store::gcp::GoogleCloudStorageBuilder;

use crate::cloud;
use crate::create::Knowledge;
use crate::error::{Error, Result};
use crate::location::Location;
use crate::patience::Met;
use crate::settings::{GS_DEFAULT_KEY, Settings};
use crate::store::Store;

const ENDPOINT: &str = "https://storage.googleapis.com";

pub(crate) fn open(location: &Location, settings: &Settings) -> Result<Arc<dyn Store>> {
    let parameters = &location.parameters;
    let met = Arc::<Met>::default();
    let endpoint = parameters.get("GS_ENDPOINT");
    let key = match parameters.get("AUTH") {
        Some("implicit") => None,
        auth => match (settings.gs_key()?, auth) {
            (None, Some("default")) => return Err(no_key()),
            (key, _) => key,
        },
    };
    let mut builder = match &key {
        // Else the environment would be asked, too, and the two would be at odds.
        Some(key) => GoogleCloudStorageBuilder::new().with_service_account_key(key),
        None => GoogleCloudStorageBuilder::from_env(),
    };
    builder = builder
        .with_bucket_name(&location.host)
        .with_base_url(endpoint.unwrap_or(ENDPOINT).trim_end_matches('/'))
        .with_client_options(cloud::options(settings, endpoint)?)
        .with_retry(cloud::once())
        .with_http_connector(cloud::Watch(Arc::clone(&met)));
    let connect = move || {
        let client = builder.clone().build();
        let client = client.map(|client| Arc::new(client) as Arc<dyn cloud::Provider>);
        Box::pin(std::future::ready(client)) as BoxFuture<'static, _>
    };
    Ok(cloud::open(
        location,
        settings,
        met,
        key.into_iter().collect(),
        Knowledge::Keeps,
        Box::new(connect),
    ))
}

/// Whether this is the JSON key of a service account.
///
/// # Errors
/// [`Error::Setting`], without a word of what is no key.
pub(crate) fn check_key(json: &str) -> Result<()> {
    let client = GoogleCloudStorageBuilder::new()
        .with_bucket_name("any")
        .with_service_account_key(json);
    cairn_tls::install_provider();
    client.build().map(|_| ()).map_err(|_| Error::Setting {
        problem: format!("{GS_DEFAULT_KEY} takes the JSON text of a service account's key"),
    })
}

fn no_key() -> Error {
    Error::Setting {
        problem: format!(
            "expected settings value for {GS_DEFAULT_KEY}: SET CLUSTER SETTING {GS_DEFAULT_KEY} = '…', the JSON text of a \
             service account's key"
        ),
    }
}
