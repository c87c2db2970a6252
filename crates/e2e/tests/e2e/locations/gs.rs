//! Google Cloud Storage as its XML API speaks: `s3s-fs` behind a layer that verifies the bearer's token and knows Google's condition.

use std::process::Command;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cairn_blob::settings::GS_DEFAULT_KEY;
use cairn_blob::testing::conformance;
use cairn_blob::{Location, Settings};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::s3::{s3s, serve};
use super::{Place, suite};
use crate::tools;

/// Prints the JSON key of a service account in a line, and its public half (PKCS#1, base64) in another.
const MAKE_KEY: &str = "
import base64, json
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization as s
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pem = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
account = {'type': 'service_account', 'private_key_id': 'k1', 'private_key': pem, 'client_email': 'backup@test'}
print(json.dumps(account))
public = key.public_key().public_bytes(s.Encoding.DER, s.PublicFormat.PKCS1)
print(base64.urlsafe_b64encode(public).decode().rstrip('='))
";

#[tokio::test(flavor = "multi_thread")]
async fn google() {
    if tools::find("moto").is_none() {
        return;
    }
    let made = tools::run(Command::new(tools::python()).args(["-c", MAKE_KEY]));
    let made = String::from_utf8(made.stdout).expect("a key");
    let (json, public) = made.trim().split_once('\n').expect("two halves");
    let public = BASE64_URL_SAFE_NO_PAD.decode(public).expect("base64");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let router = s3s(&folder, None).await;
    let router = router.layer(from_fn_with_state(Arc::new(public), translate));
    let endpoint = serve(router).await.replace(':', "%3A").replace('/', "%2F");
    let credentials = folder.path().join("credentials.json");
    std::fs::write(&credentials, json).expect("credentials");
    let credentials = credentials.display().to_string();
    let place = Place {
        front: "gs://backups/sql".to_owned(),
        behind: format!("?GS_ENDPOINT={endpoint}"),
        secrets: vec!["PRIVATE KEY".to_owned()],
        settings: vec![format!("SET CLUSTER SETTING {GS_DEFAULT_KEY} = '{json}'")],
        is_cautioned: false,
        custom_ca: None,
        environment: vec![("GOOGLE_APPLICATION_CREDENTIALS".to_owned(), credentials)],
    };
    let settings = Settings::default();
    let sealed = settings.seal_gs_key(json).expect("a sealed key");
    let settings = settings.with_stored(&[(GS_DEFAULT_KEY.to_owned(), sealed)].into());
    let location = Location::parse(&place.url("store")).expect("a location");
    conformance::check_alone(&location.open(&settings).expect("a store")).await;
    suite(&place).await;
}

/// What Google asks for, in the words of S3.
async fn translate(
    State(public): State<Arc<Vec<u8>>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !is_signed(request.headers(), &public) {
        let mut refused = Response::new(Body::from("Invalid Credentials"));
        *refused.status_mut() = StatusCode::UNAUTHORIZED;
        return refused;
    }
    let headers = request.headers_mut();
    headers.remove(AUTHORIZATION);
    if let Some(generation) = headers.remove("x-goog-if-generation-match") {
        assert_eq!(generation, "0");
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
    }
    next.run(request).await
}

/// Whether the token is one that the key has signed.
fn is_signed(headers: &HeaderMap, public: &[u8]) -> bool {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let parts = token.and_then(|token| token.strip_prefix("Bearer ")?.rsplit_once('.'));
    let Some((message, signature)) = parts else {
        return false;
    };
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
    signature.is_ok_and(|signature| key.verify(message.as_bytes(), &signature).is_ok())
}
