//! Rows of comma-separated text.

use super::moment::{is_plausible, parse_moment};
use super::row::{Fault, Problem, Row, Wanted};
use crate::source::Part;
use csv::{ByteRecord, ReaderBuilder};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use tenor_money::Decimal;

/// Bytes handed from the thread that inflates to the one that reads rows.
const BLOCK: usize = 1 << 20;
/// Blocks in flight.
const BLOCKS: usize = 4;

/// Bytes a record may have. A bill's rows have about a thousand; what is longer is text after a quote that nobody closed.
const RECORD_BYTES_MAX: usize = 8 << 20;

/// A part's rows as records.
pub(crate) struct CsvPart {
    reader: csv::Reader<Bounded>,
    /// Bytes read since the last record ended.
    since_record: Arc<AtomicUsize>,
    /// Column names as the file writes them. Empty for a file without a single byte.
    pub(crate) columns: Vec<String>,
}

impl CsvPart {
    /// Opens a part and reads its header.
    pub(crate) fn open(part: &Part) -> io::Result<Self> {
        let mut text = part.text()?;
        let text = ReadAhead::spawn(move |send| read_blocks(&mut text, send));
        let since_record = Arc::new(AtomicUsize::new(0));
        let bounded = Bounded { text, since_record: Arc::clone(&since_record) };
        let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).buffer_capacity(BLOCK).from_reader(bounded);
        let mut header = ByteRecord::new();
        reader.read_byte_record(&mut header).map_err(into_io)?;
        let utf8 = |name: &[u8]| {
            String::from_utf8(name.to_vec()).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the header is not UTF-8"))
        };
        let mut columns = header.iter().map(utf8).collect::<io::Result<Vec<_>>>()?;
        if let Some(first) = columns.first_mut() {
            *first = first.trim_start_matches('\u{feff}').to_owned();
        }
        Ok(Self { reader, since_record, columns })
    }

    /// Reads the next record into `record`; false at the end.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> io::Result<bool> {
        self.since_record.store(0, Ordering::Relaxed);
        self.reader.read_byte_record(record).map_err(into_io)
    }
}

/// Text that ends in an error when a record does not.
struct Bounded {
    text: ReadAhead,
    since_record: Arc<AtomicUsize>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        if self.since_record.fetch_add(count, Ordering::Relaxed) + count > RECORD_BYTES_MAX {
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
    pub(crate) record: &'a ByteRecord,
    pub(crate) wanted: &'a [Wanted],
    /// Fields the header has.
    pub(crate) width: usize,
    /// A word that stands for null besides the empty one.
    pub(crate) null: &'a [u8],
}

impl CsvRow<'_> {
    /// Whether the record has as many fields as the header.
    pub(crate) fn check_width(&self) -> Result<(), Fault> {
        match self.record.len() {
            fields if fields == self.width => Ok(()),
            fields => Err(Fault { column: None, problem: Problem::Fields(fields, self.width) }),
        }
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
