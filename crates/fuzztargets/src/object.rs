//! Objects with a checksum of their own, as `docs/format.md` has them.

/// The object with the checksum that its first line should have; as it is where that is no first line.
pub fn mended(bytes: &[u8]) -> Vec<u8> {
    mend(bytes).unwrap_or_else(|| bytes.to_vec())
}

fn mend(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, body) = bytes.split_at_checked(end + 1)?;
    let first = std::str::from_utf8(first).ok()?;
    let (kind, rest) = first
        .strip_prefix("{\"cairn\":\"")?
        .split_once("\",\"format_version\":")?;
    let (version, _) = rest.split_once(',')?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("cairn {kind} {version}\n").as_bytes());
    hasher.update(body);
    let checksum = hasher.finalize().to_hex();
    let first =
        format!("{{\"cairn\":\"{kind}\",\"format_version\":{version},\"blake3\":\"{checksum}\",\n");
    Some([first.as_bytes(), body].concat())
}
