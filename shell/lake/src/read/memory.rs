//! A part whose bytes are in memory already: what tests and fuzzers read.

use crate::source::PartBytes;
use bytes::{Buf, Bytes};
use std::io::{self, Read};

/// Bytes in memory as a part.
#[derive(Debug, Clone)]
pub struct InMemory(pub Bytes);

impl PartBytes for InMemory {
    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(self.0.clone().reader()))
    }

    fn range(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let start = usize::try_from(start).map_err(io::Error::other)?;
        let end = start.checked_add(length).filter(|end| *end <= self.0.len());
        end.map(|end| self.0.slice(start..end)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
