//! The bytes of a report's files, wherever they are.

use super::{Format, SourceError, listing, local, text};
use ::bytes::Bytes;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// One file of a report.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its path below the source, as messages name it.
    pub name: String,
    /// How its rows are written.
    pub format: Format,
    /// Bytes as stored.
    pub size: u64,
    /// How to get at the bytes.
    pub bytes: Arc<dyn PartBytes>,
}

/// The bytes of a part, wherever they are. Two implementations: a local file, an object in a store.
pub trait PartBytes: std::fmt::Debug + Send + Sync {
    /// The whole file from its beginning, streamed with bounded memory.
    ///
    /// # Errors
    /// When it cannot be opened; a reader that fails midway returns the error from `read`. That the file is shorter or longer than
    /// when it was found, or was replaced, is such an error.
    fn stream(&self) -> io::Result<Box<dyn Read + Send>>;

    /// `length` bytes from `start`, for Parquet. In a store each call is one request: ask for much at once, or take [`Part::nearby`].
    ///
    /// # Errors
    /// When the range cannot be read whole.
    fn range(&self, start: u64, length: usize) -> io::Result<Bytes>;

    /// Whether the bytes are on this machine, so that many small ranges cost little.
    fn is_local(&self) -> bool {
        false
    }
}

impl Part {
    /// The rows as text: decompressed, streamed, checked against the archive's own checksum.
    ///
    /// # Errors
    /// When it cannot be opened, or is Parquet.
    pub fn text(&self) -> io::Result<Box<dyn Read + Send>> {
        text::open(self)
    }

    /// This part on this machine: itself when it is a local file, else a copy in `folder`, which is the caller's to delete.
    ///
    /// Parquet is read in thousands of small pieces; one streamed copy of a part is far cheaper than as many requests.
    ///
    /// # Errors
    /// When the part cannot be read whole or the copy cannot be written.
    pub fn nearby(&self, folder: &Path) -> io::Result<Self> {
        if self.bytes.is_local() {
            return Ok(self.clone());
        }
        let path = folder.join(blake3::hash(self.name.as_bytes()).to_hex().as_str());
        io::copy(&mut self.bytes.stream()?, &mut File::create(&path)?)?;
        Ok(Self { bytes: Arc::new(local::LocalFile::at(path)?), ..self.clone() })
    }
}

/// A file or an object that is not any more what was found. It travels inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
#[error("{what} since it was found")]
pub(super) struct Changed {
    what: &'static str,
}

impl Changed {
    /// As the error of a read; `what` happened to it.
    pub(super) fn error(what: &'static str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self { what })
    }

    /// Whether this is why a read failed.
    pub(super) fn is_behind(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|cause| cause.is::<Self>())
    }
}

/// The whole of a small file, a manifest for example.
pub(super) fn read_small(entry: &listing::Entry, size_max: u64) -> Result<Vec<u8>, SourceError> {
    let failed = |source| SourceError::Read { part: entry.name.clone(), source };
    if entry.size > size_max {
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, format!("{} bytes, and at most {size_max} are read", entry.size))));
    }
    let mut content = Vec::new();
    entry.bytes.stream().map_err(failed)?.read_to_end(&mut content).map_err(failed)?;
    Ok(content)
}
