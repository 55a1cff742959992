//! What a command answers, and the three ways to print it: a table for people, JSON and CSV for programs.
//!
//! The only place that writes to stdout. Amounts are exact in JSON and CSV and are text there; a table rounds them for reading.

mod csv;
mod json;
mod number;
mod readable;
mod text;

pub(crate) use json::Part;
pub(crate) use readable::readable;

use std::cell::RefCell;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use tenor_cover::inventory::Ratio;
use tenor_money::Money;

/// How to print an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Aligned columns for reading.
    Table,
    /// An array of objects, one for each row.
    Json,
    /// Comma-separated text with a header.
    Csv,
}

/// A column of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name in JSON and CSV.
    pub(crate) key: String,
    /// Its heading in a table.
    pub(crate) heading: String,
    /// Whether it is aligned to the right.
    pub(crate) is_number: bool,
}

impl Column {
    /// A column of text.
    pub(crate) fn text(key: impl Into<String>, heading: impl Into<String>) -> Self {
        Self { key: key.into(), heading: heading.into(), is_number: false }
    }

    /// A column of amounts or counts.
    pub(crate) fn number(key: impl Into<String>, heading: impl Into<String>) -> Self {
        Self { key: key.into(), heading: heading.into(), is_number: true }
    }
}

/// One value of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing; `null` in JSON, empty elsewhere.
    Null,
    /// Text as it is; a table shows it in one line.
    Text(String),
    /// Text of our own in several lines: the plan of a query.
    Lines(String),
    /// Text for people where programs see nothing: a label such as "longer than an hour".
    Label(String),
    /// An exact amount of money or of anything else; a table rounds it for reading.
    Amount(Money),
    /// A share of something: four decimals, which a table shows as a percentage.
    Share {
        /// `0.7909`.
        ratio: String,
        /// `79.09`.
        percent: String,
    },
    /// An exact decimal that a table shows to its last digit.
    Exact(String),
    /// A whole or floating number, as text.
    Number(String),
    /// A count.
    Count(u64),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Money> for Cell {
    fn from(amount: Money) -> Self {
        Self::Amount(amount)
    }
}

impl From<Ratio> for Cell {
    fn from(ratio: Ratio) -> Self {
        Self::Share { ratio: ratio.to_string(), percent: ratio.percent() }
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An answer: columns, rows, and a total that only a table shows.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    total: Option<Vec<Cell>>,
}

impl Table {
    /// Without rows yet.
    pub(crate) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), total: None }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When it has not one cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<_> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(cells);
    }

    /// Sets the last line of a table; JSON and CSV leave it out.
    ///
    /// # Panics
    /// When it has not one cell for each column.
    pub(crate) fn total(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<_> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "a total has a cell for each column");
        self.total = Some(cells);
    }
}

/// Prints a table to stdout.
pub(super) fn print(table: &Table, format: Format) -> io::Result<()> {
    if format == Format::Table {
        let mut out = stdout();
        text::write(&mut out, table, terminal_width())?;
        return out.flush();
    }
    let mut printer = Printer::new(stdout(), format, table.columns.clone())?;
    table.rows.iter().try_for_each(|row| printer.row(row.clone()))?;
    printer.finish()
}

/// What would be printed, for tests of what commands answer.
#[cfg(test)]
pub(crate) fn printed(table: &Table, format: Format) -> String {
    let mut out = Vec::new();
    if format == Format::Table {
        text::write(&mut out, table, None).unwrap();
    } else {
        let mut printer = Printer::new(&mut out, format, table.columns.clone()).unwrap();
        table.rows.iter().for_each(|row| printer.row(row.clone()).unwrap());
        printer.finish().unwrap();
    }
    String::from_utf8(out).unwrap()
}

/// Prints a JSON object to stdout.
pub(crate) fn print_object(parts: &[(&str, Part<'_>)]) -> io::Result<()> {
    let mut out = stdout();
    json::object(&mut out, parts)?;
    out.flush()
}

/// Prints a line of text to stdout.
pub(crate) fn print_line(text: &str) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{text}")?;
    out.flush()
}

/// An amount as a sentence has it: `1,234.50`, rounded half-even.
pub(crate) fn sentence_amount(amount: Money) -> String {
    number::amount(amount, 2)
}

/// Rows of a table that are aligned with each other; an answer of more is printed in blocks, so that any number of rows can pass.
const BLOCK_ROWS: usize = 1_000;

/// Prints rows as they come, with bounded memory.
pub(crate) struct Printer<W: Write> {
    out: W,
    format: Format,
    block: Table,
    keys: Vec<String>,
    rows: u64,
}

impl<W: Write> Printer<W> {
    /// For rows of these columns; begins to print.
    pub(crate) fn new(mut out: W, format: Format, columns: Vec<Column>) -> io::Result<Self> {
        let keys = columns.iter().map(|column| json::quote(&column.key)).collect();
        match format {
            Format::Table => {}
            Format::Json => out.write_all(b"[")?,
            Format::Csv => csv::header(&mut out, &columns)?,
        }
        Ok(Self { out, format, block: Table::new(columns), keys, rows: 0 })
    }

    /// Prints a row, or keeps it until its block is full.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.rows += 1;
        match self.format {
            Format::Json => json::row(&mut self.out, &self.keys, &cells, self.rows == 1),
            Format::Csv => csv::row(&mut self.out, &cells),
            Format::Table => {
                self.block.row(cells);
                if self.block.rows.len() < BLOCK_ROWS { Ok(()) } else { self.print_block() }
            }
        }
    }

    /// Prints what is left; an answer without rows still has its columns.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match self.format {
            Format::Table if self.rows == 0 || !self.block.rows.is_empty() => self.print_block()?,
            Format::Table | Format::Csv => {}
            Format::Json => self.out.write_all(if self.rows == 0 { b"]\n" } else { b"\n]\n" })?,
        }
        self.out.flush()
    }

    fn print_block(&mut self) -> io::Result<()> {
        text::write(&mut self.out, &self.block, terminal_width())?;
        self.block.rows.clear();
        Ok(())
    }
}

/// Stdout with a buffer; flush it, so that a failure is seen.
pub(crate) fn stdout() -> impl Write {
    let is_captured = CAPTURED.with_borrow(Option::is_some);
    BufWriter::with_capacity(1 << 16, Marked(if is_captured { Out::Captured } else { Out::Stdout(io::stdout().lock()) }))
}

thread_local! {
    /// What this thread prints, while it is caught.
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// So much of what is printed is caught; the rest goes nowhere.
const CAPTURED_BYTES_MAX: usize = 64 << 10;

/// Does some work, and catches what it prints on this thread: a job of the server has no stdout of its own. What was caught before goes on afterwards.
pub(crate) fn captured<T>(work: impl FnOnce() -> T) -> (T, String) {
    let before = CAPTURED.replace(Some(Vec::new()));
    let done = work();
    let text = CAPTURED.replace(before).unwrap_or_default();
    (done, String::from_utf8_lossy(&text).into_owned())
}

/// Where answers go.
enum Out {
    Stdout(io::StdoutLock<'static>),
    Captured,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Captured => {
                CAPTURED.with_borrow_mut(|text| {
                    let text = text.get_or_insert_default();
                    let room = CAPTURED_BYTES_MAX.saturating_sub(text.len());
                    text.extend_from_slice(&bytes[..bytes.len().min(room)]);
                });
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Captured => Ok(()),
        }
    }
}

/// Whoever read our stdout has closed it. It travels inside an [`io::Error`], to be told from any other pipe that breaks.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub(crate) struct StdoutClosed;

impl StdoutClosed {
    /// A failure to write stdout, marked if it is this one.
    pub(crate) fn mark(error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::BrokenPipe { io::Error::new(error.kind(), Self) } else { error }
    }

    /// Whether this is what an error is of.
    pub(crate) fn is_behind(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|cause| cause.is::<Self>())
    }
}

/// Stdout whose end is marked.
struct Marked<W>(W);

impl<W: Write> Write for Marked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(StdoutClosed::mark)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(StdoutClosed::mark)
    }
}

/// Columns of the terminal that stdout is; `None` when it is not one.
fn terminal_width() -> Option<u16> {
    let is_terminal = io::stdout().is_terminal() && CAPTURED.with_borrow(Option::is_none);
    is_terminal.then(|| terminal_size::terminal_size().map_or(100, |(width, _)| width.0.max(40)))
}

#[cfg(test)]
mod tests {
    use super::{CAPTURED_BYTES_MAX, captured, print_line};

    #[test]
    fn of_what_is_caught_no_more_is_kept_than_there_is_room_for() {
        let ((), text) = captured(|| (0..1_000).for_each(|_| print_line(&"x".repeat(999)).unwrap()));
        assert_eq!(text.len(), CAPTURED_BYTES_MAX);
    }
}
