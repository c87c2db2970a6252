//! Places that can do everything, some of it, and nothing.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::time::{Duration, timeout};

use super::{Finding, Outcome, probe};
use crate::testing::memory::Memory;
use crate::{Location, Settings, Store};

fn words(findings: &[Finding]) -> Vec<&'static str> {
    findings
        .iter()
        .map(|finding| finding.outcome.word())
        .collect()
}

fn open(url: &str) -> Arc<dyn Store> {
    let location = Location::parse(url).unwrap();
    location.open(&Settings::default().impatient()).unwrap()
}

#[tokio::test]
async fn a_place_that_can_everything_is_left_as_it_was() {
    let memory = Memory::new();
    let findings = probe(&memory).await;
    assert_eq!(words(&findings), ["works"; 6]);
    let timed = findings
        .iter()
        .filter(|finding| finding.bytes_per_second.is_some());
    assert_eq!(timed.count(), 2);
    assert!(memory.names().is_empty());
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [
        format!("http://{address}/x"),
        format!(
            "s3://b/x?AWS_ACCESS_KEY_ID=a&AWS_SECRET_ACCESS_KEY=CANARY&AWS_ENDPOINT=http:%2F%2F{address}"
        ),
        format!(
            "azure://c/x?AZURE_ACCOUNT_NAME=acct&AZURE_ACCOUNT_KEY=Q0FOQVJZ&AZURE_ENDPOINT=http:%2F%2F{address}"
        ),
    ] {
        let store = open(&url);
        let findings = timeout(Duration::from_secs(10), probe(store.as_ref())).await;
        let findings = findings.expect("an answer within seconds");
        let expected = [
            "fails",
            "not tried",
            "not tried",
            "not tried",
            "not tried",
            "not tried",
        ];
        assert_eq!(words(&findings), expected, "{url}");
        let problem = findings[0].outcome.problem().unwrap();
        assert!(problem.contains(&store.to_string()), "{problem}");
    }
}

/// A server that takes connections and says nothing.
#[tokio::test]
async fn a_place_that_is_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let silent = open(&format!("http://{address}/x"));
    let began = tokio::time::Instant::now();
    let findings = probe(silent.as_ref()).await;
    assert!(matches!(findings[0].outcome, Outcome::Fails(_)));
    assert!(began.elapsed() < Duration::from_secs(15));
}
