//! Sorted revisions on the local disk: what the layers of a long chain are merged into before they are merged with the rest.
//!
//! A run is a sequence of `key length u32 LE, value length u32 LE (FFFFFFFF: a deletion), version u64 LE, key, value`. It means
//! nothing after a crash.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use cairn_storage::{Revisions, Version};

use crate::error::{Error, Result};

const PAGE: usize = 128 << 10;
const DELETED: u32 = u32::MAX;
const HEAD: usize = 16;

/// A run being written, in a file without a name.
pub struct RunWriter {
    folder: PathBuf,
    file: BufWriter<File>,
}

impl RunWriter {
    pub fn create(folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder).map_err(|source| failed(folder, source))?;
        Ok(RunWriter {
            folder: folder.to_owned(),
            file: BufWriter::with_capacity(PAGE, file),
        })
    }

    pub fn push(&mut self, key: &[u8], version: Version, value: Option<&[u8]>) -> Result<()> {
        self.try_push(key, version, value)
            .map_err(|source| failed(&self.folder, source))
    }

    fn try_push(&mut self, key: &[u8], version: Version, value: Option<&[u8]>) -> io::Result<()> {
        // Keys and values are far below 4 GiB: the engine's limits.
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(DELETED);
        self.file.write_all(&length(key).to_le_bytes())?;
        self.file
            .write_all(&value.map_or(DELETED, length).to_le_bytes())?;
        self.file.write_all(&version.0.to_le_bytes())?;
        self.file.write_all(key)?;
        self.file.write_all(value.unwrap_or_default())
    }

    pub fn finish(self) -> Result<RunReader> {
        let RunWriter { folder, file } = self;
        let rewound = file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(0))?;
                Ok(file)
            });
        let file = rewound.map_err(|source| failed(&folder, source))?;
        Ok(RunReader {
            folder,
            file: BufReader::with_capacity(PAGE, file),
        })
    }
}

/// A run being read.
pub struct RunReader {
    folder: PathBuf,
    file: BufReader<File>,
}

impl RunReader {
    /// About `bytes` of revisions; nothing at the end.
    pub fn next(&mut self, bytes: usize) -> Result<Revisions> {
        let mut chunk = Revisions::with_capacity(0, bytes);
        let (mut key, mut value) = (Vec::new(), Vec::new());
        while chunk.bytes() < bytes {
            let version = self.read(&mut key, &mut value);
            match version.map_err(|source| failed(&self.folder, source))? {
                Some((version, true)) => chunk.push(&key, version, None),
                Some((version, false)) => chunk.push(&key, version, Some(&value)),
                None => break,
            }
        }
        Ok(chunk)
    }

    /// The next revision's version and whether it is a deletion.
    fn read(
        &mut self,
        key: &mut Vec<u8>,
        value: &mut Vec<u8>,
    ) -> io::Result<Option<(Version, bool)>> {
        let mut head = [0; HEAD];
        let [first, rest @ ..] = &mut head;
        if self.file.read(std::slice::from_mut(first))? == 0 {
            return Ok(None);
        }
        self.file.read_exact(rest)?;
        let [a, b, c, d, e, f, g, h, version @ ..] = head;
        let (key_length, value_length) = (
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        );
        let deleted = value_length == DELETED;
        key.resize(key_length as usize, 0);
        value.resize(if deleted { 0 } else { value_length as usize }, 0);
        self.file.read_exact(key)?;
        self.file.read_exact(value)?;
        Ok(Some((Version(u64::from_le_bytes(version)), deleted)))
    }
}

fn failed(folder: &Path, source: io::Error) -> Error {
    Error::Scratch {
        path: folder.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Revisions::new();
        for number in 0..1000_u64 {
            let key = format!("key {:05}", number / 3);
            let value = vec![7; (number % 50) as usize];
            let value = (number % 4 > 0).then_some(value.as_slice());
            expected.push(key.as_bytes(), Version(5000 - number), value);
        }
        let mut run = RunWriter::create(folder.path()).unwrap();
        for revision in expected.iter() {
            run.push(revision.key, revision.version, revision.value)
                .unwrap();
        }
        let mut run = run.finish().unwrap();
        let mut found = Revisions::new();
        loop {
            let chunk = run.next(300).unwrap();
            if chunk.is_empty() {
                break;
            }
            for revision in chunk.iter() {
                found.push(revision.key, revision.version, revision.value);
            }
        }
        assert_eq!(found, expected);
    }
}
