//! Why a bill could not be read.

use crate::source::SourceError;
use crate::write::WriteError;
use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use std::io;

/// Columns of a file; the fullest reports have a few hundred and one for each tag.
pub(crate) const COLUMNS_MAX: usize = 10_000;
/// Periods that the rows of one report may belong to.
pub(crate) const PERIODS_MAX: usize = 10_000;

/// A row of a part, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) part: &'a str,
    /// Counted from 1; a CSV's header is row 1.
    pub(crate) row: u64,
}

/// Why a report could not be converted. Nothing of it is in the lake then.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A part cannot be opened, breaks off, or is not what its name says.
    #[error("cannot read `{part}`")]
    Unreadable {
        /// The part.
        part: String,
        /// What the system or the decompressor said.
        source: io::Error,
    },
    /// A Parquet part is damaged or cut off.
    #[error("cannot read `{part}` as Parquet")]
    Parquet {
        /// The part.
        part: String,
        /// What the decoder said.
        source: ParquetError,
    },
    /// A Parquet part's column has a type or value that cannot be taken.
    #[error("cannot decode column `{column}` of `{part}`")]
    Column {
        /// The part.
        part: String,
        /// The column, as the file names it.
        column: String,
        /// What the decoder said.
        source: ArrowError,
    },
    /// A Parquet part's rows cannot be decoded.
    #[error("cannot decode the rows of `{part}`")]
    Arrow {
        /// The part.
        part: String,
        /// What the decoder said.
        source: ArrowError,
    },
    /// The manifest promises columns that a part lacks.
    #[error(transparent)]
    Columns(Box<SourceError>),
    /// A part lacks a column that its kind of report always has.
    #[error("`{part}` has no column `{column}`, without which its rows cannot be booked")]
    MissingColumn {
        /// The part.
        part: String,
        /// The column, as FOCUS or the legacy CUR calls it.
        column: &'static str,
    },
    /// A part has a column twice, and nobody knows which of them is meant.
    #[error("`{part}` has two columns `{column}`, and a row can be booked by one only")]
    ColumnTwice {
        /// The part.
        part: String,
        /// The second of them, as the file names it.
        column: String,
    },
    /// A part has more columns than any report.
    #[error("`{part}` has {columns} columns; a report has at most {}", COLUMNS_MAX)]
    TooManyColumns {
        /// The part.
        part: String,
        /// How many.
        columns: usize,
    },
    /// A value of a row cannot be taken.
    #[error("row {row} of `{part}`: {column} `{value}` is {problem}")]
    Row {
        /// The part.
        part: String,
        /// Counted from 1; a CSV's header is row 1.
        row: u64,
        /// The column as the file names it, or `the row`.
        column: String,
        /// The value as the file has it.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value of a row cannot be taken, and though bad rows are to be set aside, this one cannot be.
    #[error("{row}, and the row cannot be set aside: {because}")]
    NotSetAside {
        /// What is wrong with the row: [`Self::Row`].
        row: Box<ReadError>,
        /// Why it cannot be set aside.
        because: String,
    },
    /// A row belongs to another period than its manifest says.
    #[error("row {row} of `{part}` belongs to {found}, but its manifest is of {expected}")]
    OtherPeriod {
        /// The part.
        part: String,
        /// The row.
        row: u64,
        /// The row's period.
        found: String,
        /// The manifest's period.
        expected: String,
    },
    /// Rows of one period are in two currencies.
    #[error("{payer} {period} has amounts in {first} and in {second}; one period has one currency")]
    MixedCurrencies {
        /// The payer account.
        payer: String,
        /// The period.
        period: String,
        /// One currency.
        first: String,
        /// The other.
        second: String,
    },
    /// Rows belong to more periods than one report can have.
    #[error("the report has rows of more than {} payers and months", PERIODS_MAX)]
    TooManyPeriods,
    /// A decoder broke down instead of refusing a damaged file.
    #[error("`{part}` broke its reader")]
    Panicked {
        /// The part.
        part: String,
    },
    /// A file of the lake could not be written.
    #[error("cannot write the charges")]
    Write(#[from] WriteError),
    /// A file of rows set aside could not be written.
    #[error("cannot write the rows set aside")]
    Quarantine(#[source] io::Error),
}

impl ReadError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::Parquet { .. } | Self::Column { .. } | Self::Arrow { .. } | Self::Panicked { .. } => {
                "the file is damaged or not whole: download it again, or have AWS deliver the report again"
            }
            Self::Columns(_) => "files of two deliveries are mixed: download the whole report folder again",
            Self::ColumnTwice { .. } => "remove one of the two columns, or have AWS deliver the report again",
            Self::NotSetAside { .. } => {
                "look at that row: a file with such rows is damaged or of another kind; have AWS deliver it again, or name its kind with --as"
            }
            Self::TooManyPeriods => "import the folders of a few payers at a time",
            Self::MissingColumn { .. } | Self::TooManyColumns { .. } => {
                "if this is another kind of report, name it with --as legacy-cur, --as cur2 or --as focus"
            }
            Self::Row { .. } => "correct the row, or import with --quarantine to set such rows aside, counted and summed",
            Self::OtherPeriod { .. } => "files of two periods are mixed: keep each period in its own folder, as AWS delivers them",
            Self::MixedCurrencies { .. } => "import the parts of each currency as payers of their own",
            Self::Write(_) | Self::Quarantine(_) => "free space on the lake's file system, then import again; the lake is as it was",
        }
    }
}
