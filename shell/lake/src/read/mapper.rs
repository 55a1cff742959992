//! What a mapping from one kind of report must do.

use super::row::{Fault, Row, Wanted};
use super::sink::{RowError, Sink};

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

/// Turns the rows of one file into charges.
pub(crate) trait Mapper: Sized {
    /// Binds the columns of a file, by their names as written.
    ///
    /// # Errors
    /// The name of a column that the kind of report must have and the file has not.
    fn bind(columns: &[String]) -> Result<Self, &'static str>;

    /// The columns to read.
    fn wanted(&self) -> &[Wanted];

    /// The period a row belongs to.
    fn key<'a, R: Row>(&self, row: &'a R) -> Result<RowKey<'a>, Fault>;

    /// Takes one row into its period.
    fn map<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), RowError>;

    /// The row's cost, where it can be read, for the sums of quarantined rows.
    fn cost<R: Row>(&self, row: &R) -> Option<i128>;

    /// A word of CSV files that stands for null besides the empty one.
    const NULL_WORD: &'static [u8];
}
