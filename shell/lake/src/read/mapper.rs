//! What a mapping from one kind of report must do.

use super::row::{Fault, Row, Wanted};
use super::sink::{RowError, Sink};
use tenor_bill::Reported;

/// What tells which period a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowKey<'a> {
    /// The billing account.
    pub(crate) payer: &'a [u8],
    /// Start of the billing period, in microseconds since 1970.
    pub(crate) period_start: i64,
    /// The provider; empty for AWS.
    pub(crate) provider: &'a [u8],
}

/// A part of [`RowKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPart {
    Payer,
    PeriodStart,
    Provider,
}

/// Why the columns of a file cannot be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BindError {
    /// A column that the kind of report must have and the file has not, as FOCUS or the legacy CUR calls it.
    Missing(&'static str),
    /// Two columns of the file are one and the same; the name of the second as written.
    Twice(String),
}

/// Turns the rows of one file into charges.
pub(crate) trait Mapper: Sized {
    /// Binds the columns of a file, by their names as written.
    ///
    /// # Errors
    /// [`BindError`] when a column is missing, or there twice so that nobody knows which is meant.
    fn bind(columns: &[String]) -> Result<Self, BindError>;

    /// The columns to read.
    fn wanted(&self) -> &[Wanted];

    /// The period a row belongs to.
    fn key<'a, R: Row>(&self, row: &'a R) -> Result<RowKey<'a>, Fault>;

    /// The wanted column behind a part of the key.
    fn key_column(&self, part: KeyPart) -> Option<usize>;

    /// Takes one row into its period.
    fn map<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), RowError>;

    /// What the row costs, where that can be read, for the sums of quarantined rows; nothing where it repeats the cost of others.
    fn cost<R: Row>(&self, row: &R) -> Option<Reported>;

    /// A word of CSV files that stands for null besides the empty one.
    const NULL_WORD: &'static [u8];
}
