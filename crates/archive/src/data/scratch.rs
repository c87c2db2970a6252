//! Local space for files on their way in.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::PART_BYTES;
use crate::error::{Error, Result};

/// A directory for files without a name: they vanish when they are closed, and when the process dies.
#[derive(Clone, Debug)]
pub struct Scratch {
    directory: PathBuf,
    /// Objects up to this size are held in memory.
    memory: u64,
}

impl Scratch {
    /// `directory` must exist when the first file is opened.
    pub fn new(directory: impl AsRef<Path>) -> Scratch {
        Scratch {
            directory: directory.as_ref().to_owned(),
            memory: PART_BYTES as u64,
        }
    }

    /// The same place for someone who opens many objects at once: each holds at most `memory` bytes.
    #[must_use]
    pub fn holding(&self, memory: u64) -> Scratch {
        Scratch {
            directory: self.directory.clone(),
            memory,
        }
    }

    /// Where the files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn failed(&self, source: io::Error) -> Error {
        Error::Scratch {
            directory: self.directory.display().to_string(),
            source,
        }
    }

    /// Room for `bytes` bytes: in memory if they are few.
    pub(super) fn spool(&self, bytes: u64) -> Result<Spooling> {
        if bytes <= self.memory {
            return Ok(Spooling::Memory(BytesMut::new()));
        }
        let file = tempfile::tempfile_in(&self.directory).map_err(|source| self.failed(source))?;
        Ok(Spooling::File { file, bytes: 0 })
    }
}

/// A copy of an object that is being made.
pub(super) enum Spooling {
    Memory(BytesMut),
    File { file: File, bytes: u64 },
}

impl Spooling {
    pub(super) fn append(&mut self, part: &[u8]) -> io::Result<()> {
        match self {
            Spooling::Memory(buffer) => buffer.extend_from_slice(part),
            Spooling::File { file, bytes } => {
                file.write_all(part)?;
                *bytes += part.len() as u64;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Spool {
        match self {
            Spooling::Memory(buffer) => Spool::Memory(buffer.freeze()),
            Spooling::File { file, bytes } => Spool::File {
                file: Arc::new(file),
                bytes,
            },
        }
    }
}

/// A local copy of an object, for the Parquet reader.
#[derive(Clone, Debug)]
pub(super) enum Spool {
    Memory(Bytes),
    File { file: Arc<File>, bytes: u64 },
}

impl Length for Spool {
    fn len(&self) -> u64 {
        match self {
            Spool::Memory(bytes) => bytes.len() as u64,
            Spool::File { bytes, .. } => *bytes,
        }
    }
}

impl ChunkReader for Spool {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> std::result::Result<Self::T, ParquetError> {
        match self {
            Spool::Memory(bytes) => Ok(Box::new(Inside(bytes.get_read(start)?))),
            Spool::File { file, .. } => Ok(Box::new(Inside(BufReader::with_capacity(
                512,
                Positioned {
                    file: Arc::clone(file),
                    at: start,
                },
            )))),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> std::result::Result<Bytes, ParquetError> {
        match self {
            Spool::Memory(bytes) => {
                // `Bytes` itself adds the two without a check.
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                let inside = bytes.get(start..).is_some_and(|rest| rest.len() >= length);
                let end_of_file = || ParquetError::EOF(format!("{length} bytes at {start}"));
                let mut rest = bytes.slice(inside.then_some(start).ok_or_else(end_of_file)?..);
                Ok(rest.copy_to_bytes(length))
            }
            Spool::File { file, bytes } => {
                if start
                    .checked_add(length as u64)
                    .is_none_or(|end| end > *bytes)
                {
                    return Err(ParquetError::EOF(format!("{length} bytes at {start}")));
                }
                let mut buffer = vec![0; length];
                file.read_exact_at(&mut buffer, start)?;
                Ok(Bytes::from(buffer))
            }
        }
    }
}

/// Reads on, and never beyond the end: Parquet's reader passes over as many values there as a file says it has, for days.
struct Inside<R>(R);

impl<R: Read> Read for Inside<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

/// Reads on from an offset without moving the file's own.
struct Positioned {
    file: Arc<File>,
    at: u64,
}

impl Read for Positioned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};

    use parquet::file::reader::ChunkReader;

    use super::Scratch;

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(directory.path());
        for memory in [0, 3] {
            let mut spooling = scratch.holding(memory).spool(3).unwrap();
            spooling.append(b"abc").unwrap();
            let mut read = spooling.finish().get_read(1).unwrap();
            let mut two = [0; 2];
            read.read_exact(&mut two).unwrap();
            assert_eq!(&two, b"bc");
            let skipped = std::io::copy(&mut read.take(1 << 40), &mut std::io::sink());
            assert_eq!(skipped.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        }
    }
}
