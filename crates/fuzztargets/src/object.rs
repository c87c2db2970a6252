//! Objects with a checksum of their own, as `docs/format.md` has them.

use cairn_archive::MANIFEST;

/// The objects of a backup but its data files, by their names: the manifest, and what it names. Each is two lines of the bytes. One that is
/// named is the next two, whatever the manifest says of its length and hash; a lock that is missing is made.
pub fn of_backup(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut objects = in_twos(bytes);
    let manifest = objects.next().unwrap_or_default();
    let Ok(manifest) = std::str::from_utf8(manifest) else {
        return vec![(MANIFEST.to_owned(), mended(manifest))];
    };
    let mut named = Vec::new();
    let (mut whole, mut rest) = (String::new(), manifest);
    while let Some((before, path, behind)) = next_reference(rest) {
        let lock = path.starts_with("lock").then_some(LOCK);
        let object = objects.next().or(lock).map(mended).unwrap_or_default();
        let (length, hash) = (object.len(), blake3::hash(&object).to_hex());
        let is = format!("{before}\"path\":\"{path}\",\"bytes\":{length},\"blake3\":\"{hash}\"}}");
        whole.push_str(&is);
        named.push((path.to_owned(), object));
        rest = behind;
    }
    whole.push_str(rest);
    named.push((MANIFEST.to_owned(), mended(whole.as_bytes())));
    named
}

const LOCK: &[u8] = b"{\"cairn\":\"lock\",\"format_version\":1,\"blake3\":\"\",
\"content\":{\"cluster\":\"00000000-0000-0000-0000-000000000007\",\"job\":\"1\"}}
";

fn in_twos(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut ends = 0;
    bytes.split_inclusive(move |byte| {
        ends += u32::from(*byte == b'\n');
        *byte == b'\n' && ends % 2 == 0
    })
}

/// What is before it, its path, what is behind it.
fn next_reference(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices("\"path\":\"").find_map(|(at, begin)| {
        let (before, reference) = text.split_at(at);
        let (path, reference) = reference.get(begin.len()..)?.split_once("\",\"bytes\":")?;
        let (length, reference) = reference.split_once(",\"blake3\":\"")?;
        let (hash, behind) = reference.split_once("\"}")?;
        let is_one = !path.contains('"')
            && length.bytes().all(|byte| byte.is_ascii_digit())
            && !hash.contains('"');
        is_one.then_some((before, path, behind))
    })
}

/// The object with the checksum that its first line should have; as it is where that is no first line.
fn mended(bytes: &[u8]) -> Vec<u8> {
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
