//! An `s3` URL as a client.

use std::sync::Arc;

use object_store::ClientOptions;
use object_store::aws::{AmazonS3Builder, resolve_bucket_region};

use crate::cloud;
use crate::create::Knowledge;
use crate::error::Result;
use crate::location::Location;
use crate::patience::Met;
use crate::settings::Settings;
use crate::store::Store;

/// Where a service with an endpoint of its own says nothing else.
const ANY_REGION: &str = "us-east-1";

pub(crate) fn open(location: &Location, settings: &Settings) -> Result<Arc<dyn Store>> {
    let parameters = &location.parameters;
    let met = Arc::<Met>::default();
    let endpoint = parameters.get("AWS_ENDPOINT");
    let options = cloud::options(settings, endpoint)?;
    let mut builder = match parameters.get("AUTH") {
        Some("implicit") => AmazonS3Builder::from_env(),
        _ => AmazonS3Builder::new(),
    };
    builder = builder
        .with_bucket_name(&location.host)
        .with_client_options(options.clone())
        .with_retry(cloud::once())
        .with_http_connector(cloud::Watch(Arc::clone(&met)));
    let mut secrets = Vec::new();
    if let Some(id) = parameters.get("AWS_ACCESS_KEY_ID") {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = parameters.get("AWS_SECRET_ACCESS_KEY") {
        builder = builder.with_secret_access_key(secret);
        secrets.push(secret.to_owned());
    }
    if let Some(token) = parameters.get("AWS_SESSION_TOKEN") {
        builder = builder.with_token(token);
        secrets.push(token.to_owned());
    }
    if let Some(endpoint) = endpoint {
        // Path style, as services with an endpoint of their own want it.
        builder = builder
            .with_endpoint(endpoint)
            .with_virtual_hosted_style_request(false);
    }
    // Amazon keeps the condition of a create; of others it has to be found out.
    let condition = match endpoint {
        Some(_) => Knowledge::Nothing,
        None => Knowledge::Keeps,
    };
    let region = parameters
        .get("AWS_REGION")
        .map(ToOwned::to_owned)
        .or_else(|| endpoint.map(|_| ANY_REGION.to_owned()));
    let bucket = location.host.clone();
    let connect = move || {
        let connected = connect(
            builder.clone(),
            bucket.clone(),
            region.clone(),
            options.clone(),
        );
        Box::pin(connected) as futures::future::BoxFuture<'static, _>
    };
    Ok(cloud::open(
        location,
        settings,
        met,
        secrets,
        condition,
        Box::new(connect),
    ))
}

async fn connect(
    builder: AmazonS3Builder,
    bucket: String,
    region: Option<String>,
    options: ClientOptions,
) -> cloud::Client {
    let region = match region {
        Some(region) => region,
        None => resolve_bucket_region(&bucket, &options).await?,
    };
    Ok(Arc::new(builder.with_region(region).build()?))
}
