//! What every store must do, whatever is behind it. Panics on the first breach.
//!
//! Give each check a store that holds nothing under the names it uses: a fresh location.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;

use crate::error::{Error, Kind};
use crate::store::{Put, Store};

/// Runs all checks.
///
/// # Panics
/// When the store breaks its contract.
#[expect(
    clippy::expect_used,
    reason = "a test's assertions, outside `cfg(test)` so that other crates can use them"
)]
pub async fn check(store: Arc<dyn Store>) {
    check_alone(&store).await;
    one_wins(store).await.expect("exactly one of many creates");
}

/// The checks without races, for servers that look first and write then, whatever was asked of them.
///
/// # Panics
/// When the store breaks its contract.
#[expect(
    clippy::expect_used,
    reason = "a test's assertions, outside `cfg(test)` so that other crates can use them"
)]
pub async fn check_alone(store: &Arc<dyn Store>) {
    check_filled(store).await;
    empty(&**store).await.expect("an empty object");
}

/// The same without empty objects, which nginx cannot take and no backup has.
///
/// # Panics
/// When the store breaks its contract.
#[expect(
    clippy::panic,
    reason = "a test's assertions, outside `cfg(test)` so that other crates can use them"
)]
pub async fn check_filled(store: &Arc<dyn Store>) {
    for (what, outcome) in [
        ("create and read", create_and_read(&**store).await),
        ("ranges", ranges(&**store).await),
        ("absent objects", absent(&**store).await),
        ("names are written once", written_once(&**store).await),
        ("uploads", uploads(&**store).await),
        ("abandoned uploads", abandoned(&**store).await),
        ("deletes", deletes(&**store).await),
        ("names", names(&**store).await),
    ] {
        if let Err(breach) = outcome {
            panic!("{store}: {what}: {breach}");
        }
    }
}

type Outcome = Result<(), String>;

fn require(holds: bool, rule: &str) -> Outcome {
    if holds { Ok(()) } else { Err(rule.to_owned()) }
}

fn failed(error: Error) -> String {
    error.to_string()
}

async fn expect(store: &dyn Store, name: &str, range: Range<u64>, bytes: &[u8]) -> Outcome {
    let got = store.get(name, range.clone()).await.map_err(failed)?;
    if got == bytes {
        Ok(())
    } else {
        Err(format!("{name} {range:?}: {got:?} instead of {bytes:?}"))
    }
}

async fn create_and_read(store: &dyn Store) -> Outcome {
    let put = store
        .put_if_absent("a/b/small.json", Bytes::from_static(b"hello"))
        .await
        .map_err(failed)?;
    require(put == Put::Created, "a new object is created")?;
    expect(store, "a/b/small.json", 0..u64::MAX, b"hello").await?;
    require(
        store.size("a/b/small.json").await.map_err(failed)? == Some(5),
        "its size is told",
    )
}

async fn empty(store: &dyn Store) -> Outcome {
    let put = store.put_if_absent("a/b/empty", Bytes::new()).await;
    require(
        put.map_err(failed)? == Put::Created,
        "an empty object is created",
    )?;
    require(
        store.size("a/b/empty").await.map_err(failed)? == Some(0),
        "an empty object exists",
    )?;
    expect(store, "a/b/empty", 0..10, b"").await
}

async fn ranges(store: &dyn Store) -> Outcome {
    let name = "ranges";
    require(
        store
            .put_if_absent(name, Bytes::from_static(b"0123456789"))
            .await
            .map_err(failed)?
            == Put::Created,
        "a new object is created",
    )?;
    expect(store, name, 0..4, b"0123").await?;
    expect(store, name, 4..10, b"456789").await?;
    expect(store, name, 8..20, b"89").await?;
    expect(store, name, 10..11, b"").await?;
    expect(store, name, 1000..u64::MAX, b"").await?;
    expect(store, name, 3..3, b"").await
}

async fn absent(store: &dyn Store) -> Outcome {
    require(
        store.size("absent").await.map_err(failed)?.is_none(),
        "an absent object has no size",
    )?;
    require(
        store.size("absent/too").await.map_err(failed)?.is_none(),
        "nor has one in an absent directory",
    )?;
    match store.get("absent", 0..1).await {
        Err(error) => require(
            error.kind() == Kind::NotFound,
            "reading an absent object is NotFound",
        ),
        Ok(_) => Err("an absent object can be read".to_owned()),
    }
}

async fn written_once(store: &dyn Store) -> Outcome {
    let name = "once";
    require(
        store
            .put_if_absent(name, Bytes::from_static(b"first"))
            .await
            .map_err(failed)?
            == Put::Created,
        "a new object is created",
    )?;
    require(
        store
            .put_if_absent(name, Bytes::from_static(b"second"))
            .await
            .map_err(failed)?
            == Put::AlreadyThere,
        "an object is not created twice",
    )?;
    let mut upload = store.upload(name).await.map_err(failed)?;
    upload
        .write(Bytes::from_static(b"third"))
        .await
        .map_err(failed)?;
    match upload.finish().await {
        Err(error) => require(
            error.kind() == Kind::AlreadyExists,
            "an upload onto an object is AlreadyExists",
        )?,
        Ok(()) => return Err("an upload overwrites an object".to_owned()),
    }
    expect(store, name, 0..100, b"first").await
}

async fn uploads(store: &dyn Store) -> Outcome {
    let name = "data/104/0-abc.parquet";
    let mut upload = store.upload(name).await.map_err(failed)?;
    let mut whole = Vec::new();
    for part in 0..5_u8 {
        let bytes = vec![part; 100_000];
        whole.extend_from_slice(&bytes);
        upload.write(Bytes::from(bytes)).await.map_err(failed)?;
        require(
            store.size(name).await.map_err(failed)?.is_none(),
            "an unfinished object is invisible",
        )?;
    }
    upload.finish().await.map_err(failed)?;
    require(
        store.size(name).await.map_err(failed)? == Some(whole.len() as u64),
        "a finished object is whole",
    )?;
    expect(store, name, 0..u64::MAX, &whole).await
}

async fn abandoned(store: &dyn Store) -> Outcome {
    let mut upload = store.upload("given-up").await.map_err(failed)?;
    upload
        .write(Bytes::from_static(b"x"))
        .await
        .map_err(failed)?;
    upload.abort().await.map_err(failed)?;
    require(
        store.size("given-up").await.map_err(failed)?.is_none(),
        "an aborted object is not there",
    )?;
    let mut upload = store.upload("dropped").await.map_err(failed)?;
    upload
        .write(Bytes::from_static(b"x"))
        .await
        .map_err(failed)?;
    drop(upload);
    require(
        store.size("dropped").await.map_err(failed)?.is_none(),
        "a dropped object is not there",
    )?;
    let put = store
        .put_if_absent("given-up", Bytes::from_static(b"y"))
        .await
        .map_err(failed)?;
    require(put == Put::Created, "the name of an aborted upload is free")
}

async fn deletes(store: &dyn Store) -> Outcome {
    let put = store.put_if_absent("gone", Bytes::from_static(b"x")).await;
    require(put.map_err(failed)? == Put::Created, "it is created")?;
    store.delete("gone").await.map_err(failed)?;
    require(
        store.size("gone").await.map_err(failed)?.is_none(),
        "a deleted object is not there",
    )
}

async fn names(store: &dyn Store) -> Outcome {
    for name in [
        "",
        "/etc/passwd",
        "../up",
        "a/../../up",
        "a//b",
        "a\\..\\..\\b",
        "nul\0",
        ".partial-1",
    ] {
        let outcomes = [
            store.put_if_absent(name, Bytes::new()).await.err(),
            store.upload(name).await.err(),
            store.get(name, 0..1).await.err(),
            store.size(name).await.err(),
            store.delete(name).await.err(),
        ];
        for error in outcomes {
            let refused = error.is_some_and(|error| error.kind() == Kind::Invalid);
            require(refused, &format!("the name {name:?} is refused everywhere"))?;
        }
    }
    Ok(())
}

/// Many at once create one name: one of them does, and the object is its, whole.
async fn one_wins(store: Arc<dyn Store>) -> Outcome {
    for round in 0..20 {
        let name = format!("race/{round}");
        let attempts = (0..8_u8).map(|writer| {
            let (store, name) = (Arc::clone(&store), name.clone());
            tokio::spawn(async move {
                (
                    writer,
                    store.put_if_absent(&name, vec![writer; 1000].into()).await,
                )
            })
        });
        let mut winners = Vec::new();
        for attempt in join_all(attempts).await {
            let (writer, put) = attempt.map_err(|error| error.to_string())?;
            if put.map_err(failed)? == Put::Created {
                winners.push(writer);
            }
        }
        let [winner] = winners.as_slice() else {
            return Err(format!("{} created {name}", winners.len()));
        };
        expect(&*store, &name, 0..u64::MAX, &vec![*winner; 1000]).await?;
    }
    Ok(())
}
