//! An `azure` URL as a client.

use std::sync::Arc;

use object_store::azure::MicrosoftAzureBuilder;

use crate::cloud;
use crate::create::Knowledge;
use crate::error::Result;
use crate::location::Location;
use crate::patience::Met;
use crate::settings::Settings;
use crate::store::Store;

const SCHEME: &str = "azure";

pub(crate) fn open(location: &Location, settings: &Settings) -> Result<Arc<dyn Store>> {
    let parameters = &location.parameters;
    let met = Arc::<Met>::default();
    let endpoint = parameters.get("AZURE_ENDPOINT");
    let key = parameters.require(SCHEME, "AZURE_ACCOUNT_KEY")?;
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(parameters.require(SCHEME, "AZURE_ACCOUNT_NAME")?)
        .with_access_key(key)
        .with_container_name(&location.host)
        .with_client_options(cloud::options(settings, endpoint)?)
        .with_retry(cloud::once())
        .with_http_connector(cloud::Watch(Arc::clone(&met)));
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_endpoint(endpoint.to_owned())
            .with_allow_http(cloud::is_plain_http(Some(endpoint)));
    }
    let connect = move || {
        let client = builder.clone().build();
        let client = client.map(|client| Arc::new(client) as Arc<dyn cloud::Provider>);
        Box::pin(std::future::ready(client)) as futures::future::BoxFuture<'static, _>
    };
    Ok(cloud::open(
        location,
        settings,
        met,
        vec![key.to_owned()],
        Knowledge::Keeps,
        Box::new(connect),
    ))
}
