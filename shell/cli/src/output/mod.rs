//! What a command answers, and the three ways to print it: a table for people, JSON and CSV for programs.
//!
//! The only place that writes to stdout. Amounts are exact in JSON and CSV and are text there; a table rounds them for reading.

mod csv;
mod json;
mod number;
mod text;

use std::io::{self, BufWriter, IsTerminal as _, Write};
use tenor_money::Money;

/// How to print an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
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
    /// Text as it is.
    Text(String),
    /// Text for people where programs see nothing: a label such as "longer than an hour".
    Label(&'static str),
    /// An exact amount of money or of anything else.
    Amount(Money),
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
    let mut out = stdout();
    match format {
        Format::Table => text::write(&mut out, table, terminal_width())?,
        Format::Json => json::write(&mut out, table)?,
        Format::Csv => csv::write(&mut out, table)?,
    }
    out.flush()
}

/// Stdout with a buffer; flush it, so that a failure is seen.
pub(crate) fn stdout() -> impl Write {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Columns of the terminal that stdout is; `None` when it is not one.
pub(crate) fn terminal_width() -> Option<u16> {
    let is_terminal = io::stdout().is_terminal();
    is_terminal.then(|| terminal_size::terminal_size().map_or(100, |(width, _)| width.0.max(40)))
}
