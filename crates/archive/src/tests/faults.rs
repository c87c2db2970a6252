//! A store that fails at its n-th call, for every n: no failure is ever reported as success.

use std::sync::Arc;

use cairn_blob::testing::faults::{Fault, Faulty};
use cairn_blob::testing::memory::Memory;

use super::sample::{IN_PARTS, fixed_names, random_names, scratch, write_files};
use crate::{Depth, Manifest, Result, Sealed, verify};

async fn make(store: &Faulty) -> Result<Sealed> {
    write_files(store, random_names)
        .await?
        .seal_cut(store, IN_PARTS)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failing_call_fails_the_backup() {
    let counting = Faulty::new(Arc::new(Memory::new()), 0, Fault::Before);
    make(&counting).await.unwrap();
    assert!(counting.calls() > 20);
    for fault in [Fault::Before, Fault::After] {
        for failing in 1..=counting.calls() {
            let memory = Memory::new();
            let store = Faulty::new(Arc::new(memory.clone()), failing, fault);
            let made = make(&store).await;
            assert!(store.struck(), "call {failing} was never made");
            assert!(
                made.is_err(),
                "{fault:?} call {failing}: a lost write is a success"
            );
            // What is there is no backup, or all of it: when only the answer to the last call was lost.
            match Manifest::read(&memory).await {
                Err(_) => assert!(
                    memory.object("manifest.json").is_none(),
                    "{fault:?} call {failing}"
                ),
                Ok(_) => {
                    assert_eq!((fault, failing), (Fault::After, counting.calls()));
                    assert!(
                        verify(&memory, Depth::Content, &scratch())
                            .await
                            .unwrap()
                            .is_sound()
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failing_call_fails_the_reading() {
    let memory = Memory::new();
    let manifest = write_files(&memory, fixed_names).await.unwrap();
    manifest.seal_cut(&memory, IN_PARTS).await.unwrap();
    let counting = Faulty::new(Arc::new(memory.clone()), 0, Fault::Before);
    assert!(
        verify(&counting, Depth::Content, &scratch())
            .await
            .unwrap()
            .is_sound()
    );
    for failing in 1..=counting.calls() {
        let store = Faulty::new(Arc::new(memory.clone()), failing, Fault::Before);
        let sound = verify(&store, Depth::Content, &scratch())
            .await
            .is_ok_and(|report| report.is_sound());
        assert!(!sound, "call {failing}");
    }
}

// A byte that changes on its way is no damage: what came is read again.
#[tokio::test(flavor = "multi_thread")]
async fn a_byte_that_came_wrong_once_is_no_damage() {
    let memory = Memory::new();
    let manifest = write_files(&memory, fixed_names).await.unwrap();
    manifest.seal_cut(&memory, IN_PARTS).await.unwrap();
    let (mut call, mut struck) = (0, 0);
    loop {
        call += 1;
        let store = Faulty::new(Arc::new(memory.clone()), call, Fault::Changed);
        let report = verify(&store, Depth::Content, &scratch()).await.unwrap();
        assert!(report.is_sound(), "call {call}: {report}");
        struck += u32::from(store.struck());
        if store.calls() < call {
            break;
        }
    }
    assert!(struck > 10, "{struck} of {call}");
}

#[tokio::test]
async fn a_seal_whose_answer_was_lost_is_found_again() {
    let memory = Memory::new();
    let manifest = write_files(&memory, random_names).await.unwrap();
    let lost = Faulty::new(Arc::new(memory.clone()), 1, Fault::After);
    manifest.seal(&lost).await.unwrap_err();
    match manifest.seal(&memory).await.unwrap() {
        Sealed::Before(there) => assert_eq!(*there, manifest),
        Sealed::Now => panic!("the manifest was written twice"),
    }
}
