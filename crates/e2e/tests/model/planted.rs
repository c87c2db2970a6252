//! The mistakes that `cairn_faults` plants are each found by a short run.

use cairn_faults::{Fault, VARIABLE};

use crate::model::Model;

/// So many steps of so many seeds are tried with each fault.
const STEPS: usize = 500;
const SEEDS: std::ops::Range<u64> = 100..104;

/// What a run said that found a fault, and the seed.
async fn find(fault: Fault) -> Option<(u64, String)> {
    for seed in SEEDS {
        let run = tokio::spawn(async move {
            let mut model = Model::start(seed, &[(VARIABLE, &format!("{fault:?}"))]).await;
            model.probe(STEPS).await;
        });
        if let Err(ended) = run.await {
            let panic = ended.into_panic();
            let said = panic.downcast_ref::<String>().cloned();
            return Some((seed, said.unwrap_or_default()));
        }
    }
    None
}

/// Two at a time: the faults at these places of the list, by twos.
async fn find_all(first: usize) {
    for fault in Fault::SILENT.into_iter().skip(first).step_by(2) {
        let (seed, said) = find(fault)
            .await
            .unwrap_or_else(|| panic!("{fault:?} was not found"));
        let said = said.lines().last().unwrap_or_default().chars().take(160);
        println!(
            "{fault:?} was found with seed {seed}: {}",
            said.collect::<String>()
        );
    }
}

/// What finds faults finds none where there is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_found_where_nothing_is_planted() {
    let mut model = Model::start(SEEDS.start, &[]).await;
    model.probe(STEPS).await;
    model.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_of_the_planted_faults_are_found() {
    find_all(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_half_is_found() {
    find_all(1).await;
}
