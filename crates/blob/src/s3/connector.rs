//! 501 is an answer for ever.
//!
//! Services that do not know the condition of a create say 501 to it. The client would ask them again for a minute, as it does with all
//! of 5xx; handed on as 405, the answer is taken at once.

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use reqwest::StatusCode;

#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service(client)))
    }
}

#[derive(Debug)]
struct Service(HttpClient);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut response = self.0.execute(request).await?;
        if response.status() == StatusCode::NOT_IMPLEMENTED {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        }
        Ok(response)
    }
}
