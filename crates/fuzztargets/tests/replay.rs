//! Every input of every corpus, and some mutations of each, through the functions that the fuzzers call.
//!
//! `CAIRN_MUTATIONS=100000 CAIRN_SEED=7` makes more and others than a run of the tests does; nothing guides them but chance.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cairn_fuzztargets::{TARGETS, Target};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Whether no panic gets as far as the caller. One on a pool's thread is an error there, as it is in the server.
fn holds(target: Target, bytes: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| (target.read)(bytes))).is_ok()
}

/// Names and bytes, in the order of the names.
fn corpus(target: Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let files = std::fs::read_dir(folder.join(target.name)).expect(target.name);
    let mut inputs: Vec<(String, Vec<u8>)> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let bytes = std::fs::read(&path).expect("its bytes");
            (path.display().to_string(), bytes)
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} has no corpus", target.name);
    inputs
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(otherwise, |text| text.parse().expect(variable))
}

#[test]
fn what_was_found_once_holds() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let inputs = corpus(target);
        println!("{}: {} inputs", target.name, inputs.len());
        let broken = inputs.iter().filter(|(_, bytes)| !holds(target, bytes));
        wrong.extend(broken.map(|(name, _)| name.clone()));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_like_it_holds() {
    let (seed, tries) = (number("CAIRN_SEED", 0), number("CAIRN_MUTATIONS", 1_000));
    let mut wrong = Vec::new();
    for target in TARGETS {
        let mut random = StdRng::seed_from_u64(seed);
        let inputs = corpus(target);
        for _ in 0..tries {
            let bytes = mutated(&mut random, &inputs);
            if !holds(target, &bytes) {
                wrong.push(format!("{}: {}", target.name, bytes.escape_ascii()));
            }
        }
    }
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
}

/// Some input with a few pieces changed, lost, doubled, or in the place of others.
fn mutated(random: &mut StdRng, inputs: &[(String, Vec<u8>)]) -> Vec<u8> {
    let any = |random: &mut StdRng| inputs[random.random_range(0..inputs.len())].1.clone();
    let mut bytes = any(random);
    for _ in 0..random.random_range(1..5) {
        let at = random.random_range(0..=bytes.len());
        let end = random.random_range(at..=bytes.len().min(at + 16));
        let piece = match random.random_range(0..6) {
            0 => vec![random.random()],
            1 => vec![[0, 1, 0x7f, 0x80, 0xff, b'\\', b'\'', b'"'][random.random_range(0..8)]],
            2 => Vec::new(),
            3 => bytes[at..end].repeat(2),
            _ => {
                let other = any(random);
                let from = random.random_range(0..=other.len());
                let to = random.random_range(from..=other.len().min(from + 32));
                other[from..to].to_vec()
            }
        };
        bytes.splice(at..end, piece);
    }
    bytes
}

/// `fuzz/` is not built with the workspace: that it has a fuzzer for each target is looked at here.
#[test]
fn each_target_has_its_fuzzer() {
    for target in TARGETS {
        let file = format!("../../fuzz/targets/{}.rs", target.name);
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
        let text = text.expect(target.name);
        assert!(
            text.contains(&format!("cairn_fuzztargets::{}(", target.name)),
            "{text}"
        );
    }
}
