use super::*;

fn entry(number: u32) -> (Vec<u8>, Vec<u8>) {
    let mut key = b"prefix88".to_vec();
    key.extend_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    key.extend_from_slice(b"tail");
    (key, number.to_le_bytes().to_vec())
}

fn drain(runs: &Runs) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut merge = runs.merge()?;
    let mut all = Vec::new();
    while merge.fill(100, |key, value| all.push((key.to_vec(), value.to_vec())))? > 0 {}
    Ok(all)
}

/// Many more runs than are merged at once, with a memory that spills every few entries.
#[test]
fn sorts_through_several_passes() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::create(folder.path().join("index")).unwrap();
    let mut expected = Vec::new();
    for writer in 0..3 {
        let mut run = runs.writer(256);
        for number in 0..2_000 {
            let (key, value) = entry(writer * 2_000 + number);
            run.push(&key, &value).unwrap();
            expected.push((key, value));
        }
        run.finish().unwrap();
    }
    expected.sort();
    assert_eq!(runs.entries(), 6_000);
    assert_eq!(drain(&runs).unwrap(), expected);
}

/// Keys that share their first 16 bytes are told apart by the rest.
#[test]
fn compares_beyond_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::create(folder.path().join("index")).unwrap();
    let mut run = runs.writer(1 << 20);
    for last in [b'c', b'a', b'b'] {
        run.push(&[b"prefix88longlonglong".as_slice(), &[last]].concat(), b"")
            .unwrap();
    }
    run.push(b"prefix88", b"short").unwrap();
    run.finish().unwrap();
    let keys: Vec<u8> = drain(&runs)
        .unwrap()
        .iter()
        .map(|(key, _)| *key.last().unwrap())
        .collect();
    assert_eq!(keys, [b'8', b'a', b'b', b'c']);
}

#[test]
fn equal_keys_are_an_error_across_runs() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::create(folder.path().join("index")).unwrap();
    for _ in 0..2 {
        let mut run = runs.writer(1 << 20);
        run.push(b"prefix88same", b"").unwrap();
        run.finish().unwrap();
    }
    assert!(matches!(drain(&runs), Err(SortError::Duplicate { key }) if key == b"prefix88same"));
}

#[test]
fn nothing_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::create(folder.path().join("index")).unwrap();
    runs.writer(10).finish().unwrap();
    assert!(drain(&runs).unwrap().is_empty());
}

/// A run cut short by a full disk or a meddler is an error, never a shorter index.
#[test]
fn a_cut_run_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let runs = Runs::create(folder.path().join("index")).unwrap();
    let mut run = runs.writer(1 << 20);
    for number in 0..10 {
        let (key, value) = entry(number);
        run.push(&key, &value).unwrap();
    }
    run.finish().unwrap();
    let path = folder.path().join("index/run-1");
    let length = std::fs::metadata(&path).unwrap().len();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length - 3)
        .unwrap();
    assert!(matches!(drain(&runs), Err(SortError::Io { .. })));
}
