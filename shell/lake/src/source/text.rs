//! The text of a CSV part, whatever it is packed in.

use super::Format;
use super::bytes::{Part, PartBytes};
use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

const BUFFER: usize = 64 << 10;

/// Opens the text of a part.
pub(super) fn open(part: &Part) -> io::Result<Box<dyn Read + Send>> {
    match part.format {
        Format::Csv => part.bytes.stream(),
        // Some writers join several gzip members into one file; all of them are the text.
        Format::CsvGzip => Ok(Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(BUFFER, part.bytes.stream()?)))),
        Format::CsvZip => open_zip(part),
        Format::Parquet => Err(io::Error::new(io::ErrorKind::InvalidInput, "Parquet has no text")),
    }
}

/// Names of the files in a zip file, folders left out.
pub(super) fn zip_members(bytes: &Arc<dyn PartBytes>, size: u64) -> io::Result<Vec<String>> {
    let archive = ZipArchive::new(Seekable::new(Arc::clone(bytes), size)).map_err(io::Error::other)?;
    Ok(archive.file_names().filter(|name| !name.ends_with('/')).map(str::to_owned).collect())
}

/// Where the only member of a zip file lies.
struct Member {
    start: u64,
    packed: u64,
    unpacked: u64,
    crc32: u32,
    method: CompressionMethod,
}

fn open_zip(part: &Part) -> io::Result<Box<dyn Read + Send>> {
    let member = only_member(part)?;
    let mut stream = part.bytes.stream()?;
    let skipped = io::copy(&mut stream.by_ref().take(member.start), &mut io::sink())?;
    if skipped != member.start {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let packed = io::BufReader::with_capacity(BUFFER, stream.take(member.packed));
    let text: Box<dyn Read + Send> = match member.method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        method => return Err(invalid(format!("its member is packed with {method}; only deflate is read"))),
    };
    Ok(Box::new(Checked { text: CrcReader::new(text), read: 0, size: member.unpacked, crc32: member.crc32 }))
}

fn only_member(part: &Part) -> io::Result<Member> {
    let mut archive = ZipArchive::new(Seekable::new(Arc::clone(&part.bytes), part.size)).map_err(io::Error::other)?;
    let members: Vec<String> = archive.file_names().filter(|name| !name.ends_with('/')).map(str::to_owned).collect();
    let [name] = members.as_slice() else {
        return Err(invalid(format!("the zip file holds {} files, and a report's holds one", members.len())));
    };
    let index = archive.index_for_name(name).expect("the archive has just named it");
    let member = archive.by_index_raw(index).map_err(io::Error::other)?;
    if member.encrypted() {
        return Err(invalid("the zip file is encrypted".to_owned()));
    }
    Ok(Member {
        start: member.data_start(),
        packed: member.compressed_size(),
        unpacked: member.size(),
        crc32: member.crc32(),
        method: member.compression(),
    })
}

/// A zip member's text, held against the length and checksum that the archive gives for it.
struct Checked {
    text: CrcReader<Box<dyn Read + Send>>,
    read: u64,
    size: u64,
    crc32: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.read += read as u64;
        if read == 0 && !buffer.is_empty() && (self.read != self.size || self.text.crc().sum() != self.crc32) {
            return Err(invalid("the zip file is damaged: its member has another length or checksum".to_owned()));
        }
        Ok(read)
    }
}

/// A part as a seekable reader, for the directory at the end of a zip file.
struct Seekable {
    bytes: Arc<dyn PartBytes>,
    size: u64,
    position: u64,
    /// Bytes read ahead from `position` on.
    block: ::bytes::Bytes,
}

impl Seekable {
    fn new(bytes: Arc<dyn PartBytes>, size: u64) -> Self {
        Self { bytes, size, position: 0, block: ::bytes::Bytes::new() }
    }
}

impl Read for Seekable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            let left = usize::try_from(self.size.saturating_sub(self.position)).unwrap_or(usize::MAX);
            self.block = self.bytes.range(self.position, left.min(BUFFER))?;
        }
        let length = buffer.len().min(self.block.len());
        buffer[..length].copy_from_slice(&self.block.split_to(length));
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for Seekable {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        let position = position.ok_or(io::ErrorKind::InvalidInput)?;
        let ahead = usize::try_from(position.wrapping_sub(self.position)).unwrap_or(usize::MAX);
        self.block = if ahead <= self.block.len() { self.block.slice(ahead..) } else { ::bytes::Bytes::new() };
        self.position = position;
        Ok(position)
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
