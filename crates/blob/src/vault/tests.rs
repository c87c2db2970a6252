use super::*;

const SECRET: &str = "s3://bucket/place?AWS_ACCESS_KEY_ID=id&AWS_SECRET_ACCESS_KEY=kEy%2Fof40characters&AWS_REGION=eu";

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.key");
    (folder, file)
}

#[test]
fn what_is_sealed_comes_back_also_in_the_next_process() {
    let (_folder, file) = file();
    let vault = Vault::at(file.clone());
    assert!(!file.exists());
    let sealed = vault.seal("location", SECRET).unwrap();
    assert!(!sealed.contains("kEy"), "{sealed}");
    assert_ne!(sealed, vault.seal("location", SECRET).unwrap());
    for vault in [vault, Vault::at(file)] {
        assert_eq!(vault.unseal("location", &sealed).unwrap(), SECRET);
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, file) = file();
    Vault::at(file.clone()).seal("location", "x").unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_lost_or_foreign_or_damaged_key_is_named_and_never_replaced() {
    let (_folder, file) = file();
    let sealed = Vault::at(file.clone()).seal("location", SECRET).unwrap();
    let key = fs::read_to_string(&file).unwrap();
    let failure = |vault: &Vault| vault.unseal("location", &sealed).unwrap_err().to_string();

    fs::remove_file(&file).unwrap();
    let vault = Vault::at(file.clone());
    let lost = failure(&vault);
    assert!(
        lost.contains(file.to_str().unwrap()) && lost.contains("missing"),
        "{lost}"
    );
    assert!(!file.exists());
    // Somebody seals something new meanwhile: another key.
    vault.seal("location", "new").unwrap();
    let foreign = failure(&vault);
    assert!(
        foreign.contains(file.to_str().unwrap()) && foreign.contains("another key"),
        "{foreign}"
    );

    fs::write(&file, "cairn secret key 1 00").unwrap();
    let damaged = failure(&Vault::at(file.clone()));
    assert!(damaged.contains("does not hold a key"), "{damaged}");
    let overwritten = Vault::at(file.clone()).seal("location", "x").unwrap_err();
    assert!(overwritten.to_string().contains("does not hold a key"));

    fs::write(&file, key).unwrap();
    assert_eq!(Vault::at(file).unseal("location", &sealed).unwrap(), SECRET);
}

/// The bytes are documented: what this key sealed once opens for ever.
#[test]
fn the_first_format_opens() {
    let (_folder, file) = file();
    fs::write(&file, format!("cairn secret key 1 {}\n", "2a".repeat(32))).unwrap();
    let sealed = include_str!("fixture.txt").trim();
    let vault = Vault::at(file);
    assert_eq!(vault.unseal("location", sealed).unwrap(), "a secret");
    let reused = vault.unseal("setting", sealed).unwrap_err().to_string();
    assert!(reused.contains("damaged"), "{reused}");
    let mut bad = sealed.to_owned();
    let last = if bad.pop() == Some('0') { '1' } else { '0' };
    bad.push(last);
    assert!(vault.unseal("location", &bad).is_err());
}

#[test]
fn a_location_without_secrets_stays_readable() {
    let vault = Vault::in_memory();
    let location = Location::parse("nodelocal:///place").unwrap();
    let stored = SealedLocation::new(&location, &vault).unwrap();
    assert_eq!(stored.sealed, None);
    assert_eq!(stored.unseal(&Vault::in_memory()).unwrap(), location);

    let location = Location::parse(SECRET).unwrap();
    let stored = SealedLocation::new(&location, &vault).unwrap();
    assert!(
        stored.shown.contains("AWS_SECRET_ACCESS_KEY=redacted"),
        "{}",
        stored.shown
    );
    assert_eq!(stored.unseal(&vault).unwrap(), location);
    assert!(stored.unseal(&Vault::in_memory()).is_err());
}
