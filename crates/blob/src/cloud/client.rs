//! How the clients of all providers connect, wait and repeat.

use std::time::Duration;

use object_store::{BackoffConfig, ClientOptions, RetryConfig};

/// Nothing is repeated longer than this after the first try.
const RETRY_FOR: Duration = Duration::from_secs(180);
const RETRIES: usize = 10;
const CONNECT: Duration = Duration::from_secs(10);
/// Without a byte for so long, a connection counts as lost.
const SILENCE: Duration = Duration::from_secs(60);
/// One request, whatever it carries.
const REQUEST: Duration = Duration::from_secs(600);

pub(crate) fn options(plain_http: bool) -> ClientOptions {
    cairn_tls::install_provider();
    ClientOptions::new()
        .with_allow_http(plain_http)
        .with_connect_timeout(CONNECT)
        .with_read_timeout(SILENCE)
        .with_timeout(REQUEST)
}

pub(crate) fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(15),
            base: 2.0,
        },
        max_retries: RETRIES,
        retry_timeout: RETRY_FOR,
    }
}
