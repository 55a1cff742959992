//! One row of a source, whatever the file format.

use crate::write::{TEXT_BYTES_MAX, TextError};
use tenor_money::{Decimal, DecimalError};

/// What a mapping wants of a source column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Text; empty when absent.
    Text,
    /// An exact number.
    Amount,
    /// A moment in UTC.
    Moment,
    /// A map of text to text, as the text of a JSON object.
    Map,
}

/// A source column that a mapping asked for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Place of the column in the file.
    pub(crate) index: usize,
    /// Its name as the file writes it.
    pub(crate) name: String,
    /// How to read it.
    pub(crate) want: Want,
}

/// Why a value of a row cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The wanted column, by place in the list of wanted columns; `None` when the row as a whole is at fault.
    pub(crate) column: Option<usize>,
    /// What is wrong with it.
    pub(crate) problem: Problem,
}

/// What can be wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("not an amount ({0})")]
    Amount(DecimalError),
    #[error("not a date and time")]
    Moment,
    #[error("not UTF-8 text")]
    Text,
    #[error("longer than the {} KiB that a text may have", TEXT_BYTES_MAX >> 10)]
    Long,
    #[error("not a JSON object of texts")]
    Map,
    #[error("empty, which it must not be")]
    Missing,
    #[error("not an account id")]
    Account,
    #[error("not a provider's name")]
    Provider,
    #[error("not a currency's code of three letters")]
    Currency,
    #[error("{0} fields long where the header has {1}")]
    Fields(usize, usize),
    #[error("text over several lines that holds whole rows: a quote before it is not closed")]
    Lines,
    #[error("{0}")]
    Other(String),
}

impl From<TextError> for Problem {
    fn from(error: TextError) -> Self {
        match error {
            TextError::NotUtf8 => Self::Text,
            TextError::TooLong => Self::Long,
        }
    }
}

impl Fault {
    pub(crate) fn at(column: usize, problem: Problem) -> Self {
        Self { column: Some(column), problem }
    }
}

/// A row, read by wanted column.
pub(crate) trait Row {
    /// The text of a column wanted as text or map. Empty for null.
    fn text(&self, wanted: usize) -> &[u8];

    /// The number of a column wanted as an amount.
    fn amount(&self, wanted: usize) -> Result<Option<Decimal>, Fault>;

    /// Microseconds since 1970 of a column wanted as a moment.
    fn moment(&self, wanted: usize) -> Result<Option<i64>, Fault>;

    /// Any column's value as a person would write it, for messages and quarantine.
    fn shown(&self, wanted: usize) -> String;

    /// The whole row as a JSON array of its values, for quarantine.
    fn record(&self) -> String;
}
