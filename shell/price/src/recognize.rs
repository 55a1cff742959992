//! Opens a file and finds out what it is by how it begins.

use crate::error::ReadError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Longest beginning of a file that a message shows.
const SHOWN: usize = 80;
/// Longest first line that is looked at.
const LINE_MAX: u64 = 1 << 16;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// AWS's JSON: products and terms, or a Savings Plan's rates.
    Json,
    /// AWS's CSV, with five lines of facts before the header.
    OfferCsv,
    /// The columns of `docs/spec/prices.md` 2.
    Simple,
    /// The instance prices collected by ec2.shop.
    Ec2Shop,
    /// Database, cache and warehouse prices collected by ec2.shop.
    Ec2ShopNodes,
}

/// A file, unpacked if need be.
pub(crate) type Input = BufReader<Box<dyn Read>>;

/// Opens a file that may be compressed with gzip.
pub(crate) fn open(path: &Path) -> io::Result<Input> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let is_gzip = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let read: Box<dyn Read> = if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut input = BufReader::with_capacity(1 << 18, read);
    if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(input)
}

/// Facts before a header, the header, and how many lines that were.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    pub(crate) facts: Vec<String>,
    pub(crate) header: String,
    pub(crate) lines: u64,
}

impl Beginning {
    /// As much of the header as a message shows.
    pub(crate) fn begins(&self) -> String {
        self.header.chars().take(SHOWN).collect()
    }
}

/// What the file is. Of CSV, facts and header are read.
pub(crate) fn recognize(file: &str, input: &mut Input) -> Result<(Kind, Beginning), ReadError> {
    let io = |source| ReadError::Io { file: file.into(), source };
    let first = input.fill_buf().map_err(io)?.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(b'{') {
        return Ok((Kind::Json, Beginning::default()));
    }
    let mut beginning = Beginning::default();
    loop {
        let mut line = Vec::new();
        let read = input.take(LINE_MAX).read_until(b'\n', &mut line).map_err(io)?;
        beginning.lines += 1;
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
        if text.starts_with('#') && read > 0 {
            beginning.facts.push(text);
            continue;
        }
        beginning.header = text;
        break;
    }
    let has = |names: &[&str]| {
        let columns: Vec<&str> = beginning.header.split(',').map(|name| name.trim_matches('"')).collect();
        names.iter().all(|name| columns.contains(name))
    };
    let kind = if beginning.header.trim_start_matches('"').starts_with("FormatVersion") {
        Kind::OfferCsv
    } else if has(&["offering", "service", "usage_type", "operation", "rate"]) {
        Kind::Simple
    } else if has(&["region", "instance_type", "term_type", "lease_purchase", "rate_code"]) {
        Kind::Ec2Shop
    } else if has(&["location", "Instance Type", "PurchaseOption", "riupfront:PricePerUnit", "OnDemand:PricePerUnit"]) {
        Kind::Ec2ShopNodes
    } else {
        return Err(ReadError::Unknown { file: file.to_owned(), begins: beginning.begins() });
    };
    Ok((kind, beginning))
}
