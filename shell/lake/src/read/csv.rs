//! Rows of comma-separated text.

use super::moment::{is_plausible, parse_moment};
use super::row::{Fault, Problem, Row, Wanted};
use crate::source::Part;
use csv::{ByteRecord, ReaderBuilder};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use tenor_money::Decimal;

/// Bytes handed from the thread that inflates to the one that reads rows.
const BLOCK: usize = 1 << 20;
/// Blocks in flight.
const BLOCKS: usize = 4;

/// Bytes a record may have. A bill's rows have about a thousand; what is longer is text after a quote that nobody closed.
const RECORD_BYTES_MAX: usize = 8 << 20;

/// What follows the last byte of a file: a record of its own, unless a quote before it is open and takes it in.
const END_MARK: &[u8] = b"\n\0tenor: end of file\0\n";

/// A part's rows as records.
pub(crate) struct CsvPart {
    reader: csv::Reader<Bounded>,
    at: Arc<At>,
    /// Whether the last record has a line break in it.
    spans_lines: bool,
    /// Column names as the file writes them. Empty for a file without a single byte.
    pub(crate) columns: Vec<String>,
}

impl CsvPart {
    /// Opens a part and reads its header.
    pub(crate) fn open(part: &Part) -> io::Result<Self> {
        let mut text = part.text()?;
        let text = ReadAhead::spawn(move |send| read_blocks(&mut text, send));
        let at = Arc::new(At::default());
        let bounded = Bounded { text, at: Arc::clone(&at) };
        let reader = ReaderBuilder::new().flexible(true).has_headers(false).buffer_capacity(BLOCK).from_reader(bounded);
        let mut part = Self { reader, at, spans_lines: false, columns: Vec::new() };
        let mut header = ByteRecord::new();
        if !part.next(&mut header)? {
            return Ok(part);
        }
        let utf8 = |name: &[u8]| {
            String::from_utf8(name.to_vec()).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the header is not UTF-8"))
        };
        let mut columns = header.iter().map(utf8).collect::<io::Result<Vec<_>>>()?;
        if let Some(first) = columns.first_mut() {
            *first = first.trim_start_matches('\u{feff}').to_owned();
        }
        part.columns = columns;
        Ok(part)
    }

    /// Reads the next record into `record`; false at the end.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> io::Result<bool> {
        self.at.since_record.store(0, Ordering::Relaxed);
        let line = self.reader.position().line();
        let found = self.reader.read_byte_record(record).map_err(into_io)?;
        // An empty line is skipped and counts as well, so this is a hint that saves looking at nearly every record.
        self.spans_lines = self.reader.position().line() - line > 1;
        if self.at.ended.load(Ordering::Relaxed) { self.is_last(found, record) } else { Ok(found) }
    }

    /// Whether a record read after the file's last byte is a row, or the mark of the end.
    fn is_last(&self, found: bool, record: &ByteRecord) -> io::Result<bool> {
        let mark = END_MARK.trim_ascii();
        if found && record.len() == 1 && record.get(0) == Some(mark) {
            return Ok(false);
        }
        let swallowed = record.as_slice().windows(mark.len()).any(|window| window == mark);
        if !found || swallowed {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file ends inside a quoted value"));
        }
        Ok(true)
    }

    /// The last record as a row of the wanted columns, with `null` as a word that stands for null besides the empty one.
    pub(crate) fn row<'a>(&self, record: &'a ByteRecord, wanted: &'a [Wanted], null: &'a [u8]) -> CsvRow<'a> {
        CsvRow { record, wanted, width: self.columns.len(), null, spans_lines: self.spans_lines }
    }
}

/// How far the text was read.
#[derive(Default)]
struct At {
    /// Bytes read since the last record ended.
    since_record: AtomicUsize,
    /// Whether the mark of the end was handed out.
    ended: AtomicBool,
}

/// Text that ends in an error when a record does not, and in a mark when all is read.
struct Bounded {
    text: ReadAhead,
    at: Arc<At>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        if count == 0 && !self.at.ended.swap(true, Ordering::Relaxed) {
            // The reader fills a buffer of a block at a time, and only when it is empty.
            buffer[..END_MARK.len()].copy_from_slice(END_MARK);
            return Ok(END_MARK.len());
        }
        if self.at.since_record.fetch_add(count, Ordering::Relaxed) + count > RECORD_BYTES_MAX {
            let message = format!("a row is longer than {} MiB: a quote in it is not closed", RECORD_BYTES_MAX >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(count)
    }
}

fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
    }
}

/// A record with the columns that were wanted.
pub(crate) struct CsvRow<'a> {
    record: &'a ByteRecord,
    wanted: &'a [Wanted],
    /// Fields the header has.
    width: usize,
    /// A word that stands for null besides the empty one.
    null: &'a [u8],
    spans_lines: bool,
}

impl CsvRow<'_> {
    /// Whether the record has as many fields as the header, and each is a value of one row.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match self.record.len() {
            fields if fields != self.width => Err(Fault { column: None, problem: Problem::Fields(fields, self.width) }),
            _ if self.spans_lines && self.holds_rows() => Err(Fault { column: None, problem: Problem::Lines }),
            _ => Ok(()),
        }
    }

    /// Whether values have line breaks and as many commas as a whole row has: what a quote that is not closed takes in, until the next one
    /// closes it. A text of several lines has neither so many commas nor a reason to be refused.
    fn holds_rows(&self) -> bool {
        let values = self.record.as_slice();
        values.contains(&b'\n') && values.iter().filter(|byte| **byte == b',').count() >= self.width - 1
    }
}

impl Row for CsvRow<'_> {
    #[inline]
    fn text(&self, wanted: usize) -> &[u8] {
        let value = self.record.get(self.wanted[wanted].index).unwrap_or_default();
        if !self.null.is_empty() && value == self.null { &[] } else { value }
    }

    #[inline]
    fn amount(&self, wanted: usize) -> Result<Option<Decimal>, Fault> {
        match self.text(wanted) {
            [] => Ok(None),
            text => Decimal::parse(text).map(Some).map_err(|error| Fault::at(wanted, Problem::Amount(error))),
        }
    }

    fn moment(&self, wanted: usize) -> Result<Option<i64>, Fault> {
        match self.text(wanted) {
            [] => Ok(None),
            text => parse_moment(text).filter(is_plausible).map(Some).ok_or(Fault::at(wanted, Problem::Moment)),
        }
    }

    fn shown(&self, wanted: usize) -> String {
        String::from_utf8_lossy(self.text(wanted)).into_owned()
    }

    fn record(&self) -> String {
        let fields: Vec<_> = self.record.iter().map(|field| String::from_utf8_lossy(field)).collect();
        serde_json::to_string(&fields).expect("texts are JSON")
    }
}

/// Reads on another thread, a few blocks ahead, so that inflating and reading rows overlap.
struct ReadAhead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
    ended: bool,
}

impl ReadAhead {
    fn spawn(produce: impl FnOnce(&SyncSender<io::Result<Vec<u8>>>) + Send + 'static) -> Self {
        let (send, blocks) = sync_channel(BLOCKS);
        thread::spawn(move || produce(&send));
        Self { blocks, block: Vec::new(), at: 0, ended: false }
    }
}

fn read_blocks(from: &mut dyn Read, send: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        let read = from.take(BLOCK as u64).read_to_end(&mut block);
        let ended = block.is_empty() && read.is_ok();
        // What was read before a failure is handed on first: the row it breaks off in is named by the failure after it. An empty block
        // is the end, so that a thread that merely stopped is not taken for one.
        if send.send(Ok(block)).is_err() || ended {
            return;
        }
        if let Err(error) = read {
            // The reader may be gone already, having stopped at a bad row.
            let _ = send.send(Err(error));
            return;
        }
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if self.ended {
                return Ok(0);
            }
            match self.blocks.recv() {
                Ok(block) => (self.block, self.at) = (block?, 0),
                Err(_) => return Err(io::Error::other("its decompression stopped before the end")),
            }
            self.ended = self.block.is_empty();
        }
        let count = buffer.len().min(self.block.len() - self.at);
        buffer[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
