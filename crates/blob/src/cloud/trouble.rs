//! An S3 server behind a proxy that spoils requests: what is repeated, what is resumed, what counts as stored.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_faultproxy::{Fault, Faults, Operation, Plan, Proxy, Refusal, Trap};

use super::tests::{SECRET, Server, server};
use crate::patience::Patience;
use crate::{Kind, Location, Put, Result, Settings, Store};

/// A server, a proxy before it, and a store that goes through the proxy.
struct Bench {
    server: Server,
    proxy: Proxy,
    store: Arc<dyn Store>,
}

impl Bench {
    async fn new(plan: Plan, patience: Patience) -> Bench {
        let server = server().await;
        let proxy = Proxy::start(server.address, plan).await.unwrap();
        let url = format!(
            "s3://backups/x?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY={}&AWS_ENDPOINT=http://{}",
            SECRET.replace('/', "%2F").replace('+', "%2B"),
            proxy.address()
        );
        let settings = Settings::default().with_patience(patience);
        let store = Location::parse(&url).unwrap().open(&settings).unwrap();
        Bench {
            server,
            proxy,
            store,
        }
    }

    /// The first `times` requests of a kind that aim at `target` are spoilt.
    async fn trap(operation: Operation, target: &'static str, times: u32, fault: Fault) -> Bench {
        let trap = Trap {
            operation,
            target,
            skip: 0,
            times,
            fault,
        };
        let plan = Plan {
            faults: Faults::Traps(vec![trap]),
            storm: 1,
            ..Plan::default()
        };
        Bench::new(plan, short()).await
    }

    fn direct(&self) -> Arc<dyn Store> {
        self.server.open("backups/x", SECRET)
    }

    fn struck(&self, fault: Fault) -> u64 {
        self.proxy.tally().faults(fault)
    }
}

/// Enough for a few tries.
fn short() -> Patience {
    Patience {
        retry_for: Duration::from_secs(4),
        stranger: Duration::from_secs(1),
        ..Patience::default()
    }
}

/// Bytes that differ from place to place.
fn numbers(length: usize) -> Bytes {
    (0..length)
        .map(|at| (at / 7) as u8 ^ (at >> 13) as u8)
        .collect()
}

async fn upload(store: &dyn Store, name: &str, bytes: &Bytes) -> Result<()> {
    let mut upload = store.upload(name).await?;
    for part in bytes.chunks(3 << 20) {
        upload.write(Bytes::copy_from_slice(part)).await?;
    }
    upload.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_survives_what_passes() {
    for fault in [
        Fault::Reset,
        Fault::LostAnswer,
        Fault::Storm,
        Fault::WrongUpload,
        Fault::IdlePut,
        Fault::Delay,
    ] {
        let bench = Bench::trap(Operation::Put, "/a", 1, fault).await;
        let bytes = numbers(100_000);
        let put = bench.store.put_if_absent("a", bytes.clone()).await;
        assert_eq!(put.unwrap(), Put::Created, "{fault:?}");
        assert_eq!(bench.struck(fault), 1, "{fault:?}");
        let there = bench.direct().get("a", 0..u64::MAX).await.unwrap();
        assert_eq!(there, bytes, "{fault:?}");
    }
}

// Neither the object that was written nor the one of which the answer was lost is another's because a byte came wrong.
#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_comes_wrong_while_it_is_read_back_is_read_again() {
    let bench = Bench::trap(Operation::Get, "/a", 1, Fault::WrongBytes).await;
    let bytes = numbers(100_000);
    let put = bench.store.put_if_absent("a", bytes.clone()).await;
    assert_eq!(put.unwrap(), Put::Created);
    assert_eq!(bench.struck(Fault::WrongBytes), 1);

    let trap = |operation, fault| Trap {
        operation,
        target: "/b",
        skip: 0,
        times: 1,
        fault,
    };
    let traps = vec![
        trap(Operation::Put, Fault::LostAnswer),
        trap(Operation::Get, Fault::WrongBytes),
    ];
    bench.proxy.set_plan(Plan {
        faults: Faults::Traps(traps),
        ..Plan::default()
    });
    upload(&*bench.store, "b", &bytes).await.unwrap();
    assert_eq!(bench.struck(Fault::WrongBytes), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_stay_wrong_are_other_bytes() {
    let bench = Bench::trap(Operation::Get, "/a", u32::MAX, Fault::WrongBytes).await;
    let put = bench.store.put_if_absent("a", numbers(100_000)).await;
    let said = put.unwrap_err().to_string();
    assert!(said.contains("other bytes than were sent"), "{said}");
}

/// A name that is taken is not ours because the first answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_answer_others_bytes_are_not_taken_for_ours() {
    let bench = Bench::trap(Operation::Put, "/a", 1, Fault::Storm).await;
    let direct = bench.direct();
    let theirs = direct.put_if_absent("a", Bytes::from_static(b"theirs"));
    assert_eq!(theirs.await.unwrap(), Put::Created);
    let ours = bench
        .store
        .put_if_absent("a", Bytes::from_static(b"ours"))
        .await;
    assert_eq!(ours.unwrap(), Put::AlreadyThere);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_keeps_nothing_is_found_out() {
    let bench = Bench::trap(Operation::Put, "/a", u32::MAX, Fault::IdlePut).await;
    let lied = bench
        .store
        .put_if_absent("a", Bytes::from_static(b"1"))
        .await;
    let lied = lied.unwrap_err().to_string();
    assert!(
        lied.contains("does not have it") && lied.contains("s3://backups/x"),
        "{lied}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_goes_on_where_it_was_broken_off() {
    for fault in [
        Fault::Truncated,
        Fault::Reset,
        Fault::LostAnswer,
        Fault::Storm,
    ] {
        let bench = Bench::trap(Operation::Get, "/a", 2, fault).await;
        let bytes = numbers(2 << 20);
        upload(&*bench.direct(), "a", &bytes).await.unwrap();
        let read = bench.store.get("a", 1000..u64::MAX).await;
        assert_eq!(read.unwrap(), bytes.slice(1000..), "{fault:?}");
        // Exactly to its end, and beyond.
        let read = bench.store.get("a", 1000..(2 << 20) + 1).await;
        assert_eq!(read.unwrap(), bytes.slice(1000..), "{fault:?}");
        assert_eq!(bench.struck(fault), 2, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_parts_survives_what_passes() {
    for (operation, target, fault) in [
        (Operation::Post, "uploads", Fault::Reset),
        (Operation::Post, "uploads", Fault::LostAnswer),
        (Operation::Put, "partNumber=2", Fault::LostAnswer),
        (Operation::Put, "partNumber=1", Fault::WrongUpload),
        (Operation::Put, "partNumber=2", Fault::Twice),
        (Operation::Post, "uploadId=", Fault::Storm),
        (Operation::Post, "uploadId=", Fault::LostAnswer),
    ] {
        let bench = Bench::trap(operation, target, 1, fault).await;
        let bytes = numbers(9 << 20);
        let sent = upload(&*bench.store, "a", &bytes).await;
        sent.unwrap_or_else(|error| panic!("{target} {fault:?}: {error}"));
        assert_eq!(bench.struck(fault), 1, "{target} {fault:?}");
        let there = bench.direct().get("a", 0..u64::MAX).await.unwrap();
        assert!(there == bytes, "{target} {fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_removed() {
    let bench = Bench::new(Plan::default(), short()).await;
    let bytes = numbers(17 << 20);
    let mut begun = bench.store.upload("a").await.unwrap();
    begun.write(bytes.clone()).await.unwrap();
    begun.abort().await.unwrap();
    assert_eq!(bench.proxy.tally().requests(Operation::Delete), 1);

    let refused = Plan {
        refusals: vec![Refusal::All(Operation::Put)],
        ..Plan::default()
    };
    let mut begun = bench.store.upload("b").await.unwrap();
    begun.write(bytes.clone()).await.unwrap();
    bench.proxy.set_plan(refused);
    // A part that is refused ends the upload.
    let mut written = Ok(());
    while written.is_ok() {
        written = begun.write(bytes.clone()).await;
    }
    assert_eq!(written.unwrap_err().kind(), Kind::Denied);
    drop(begun);
    let removed = async {
        while bench.proxy.tally().requests(Operation::Delete) < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), removed)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_may_only_be_written_to_is_believed_and_says_so() {
    let plan = Plan {
        refusals: vec![
            Refusal::All(Operation::Get),
            Refusal::All(Operation::Head),
            Refusal::All(Operation::List),
            Refusal::All(Operation::Delete),
        ],
        ..Plan::default()
    };
    let bench = Bench::new(plan, short()).await;
    let put = bench
        .store
        .put_if_absent("a", Bytes::from_static(b"1"))
        .await;
    assert_eq!(put.unwrap(), Put::Created);
    upload(&*bench.store, "b", &numbers(9 << 20)).await.unwrap();
    let caution = bench.store.caution().unwrap();
    assert!(caution.contains("may only be written to"), "{caution}");
    let tally = bench.proxy.tally();
    let asked = tally.requests(Operation::Head) + tally.requests(Operation::Get);
    assert!(asked <= 4, "what is refused is not asked again: {asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_answers_is_given_up_soon() {
    let server = server().await;
    let proxy = Proxy::start(server.address, Plan::default()).await.unwrap();
    let url = format!(
        "s3://backups/x?AWS_ACCESS_KEY_ID=AKIA&AWS_SECRET_ACCESS_KEY=s&AWS_ENDPOINT=http://{}",
        proxy.address()
    );
    drop(proxy);
    let patience = Patience {
        retry_for: Duration::MAX,
        stranger: Duration::from_millis(300),
        ..Patience::default()
    };
    let settings = Settings::default().with_patience(patience);
    let store = Location::parse(&url).unwrap().open(&settings).unwrap();
    let error = store.get("a", 0..1).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Io, "{error}");
    assert!(error.to_string().contains("s3://backups/x"), "{error}");
}

/// Whatever happens: success means that the bytes are there.
#[tokio::test(flavor = "multi_thread")]
async fn at_random_an_object_is_whole_or_an_error() {
    let kinds = [
        Fault::Delay,
        Fault::Reset,
        Fault::LostAnswer,
        Fault::Storm,
        Fault::Truncated,
        Fault::Twice,
        Fault::WrongUpload,
        Fault::IdlePut,
        Fault::IdleDelete,
    ];
    let bytes = numbers(9 << 20);
    let mut whole = 0;
    for seed in 0..12 {
        let faults = Faults::Random {
            seed,
            one_in: 4,
            kinds: kinds.to_vec(),
        };
        let plan = Plan {
            faults,
            delay: Duration::from_millis(20),
            ..Plan::default()
        };
        let bench = Bench::new(plan, short()).await;
        let bytes = match seed % 4 {
            0 => bytes.clone(),
            _ => bytes.slice(..70_000),
        };
        let direct = bench.direct();
        match upload(&*bench.store, "a", &bytes).await {
            Ok(()) => {
                whole += 1;
                assert!(
                    direct.get("a", 0..u64::MAX).await.unwrap() == bytes,
                    "seed {seed}"
                );
                if let Ok(read) = bench.store.get("a", 0..u64::MAX).await {
                    assert!(read == bytes, "seed {seed}");
                }
            }
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains("s3://backups/x"), "seed {seed}: {said}");
            }
        }
    }
    assert!(whole >= 6, "{whole} of 12");
}
