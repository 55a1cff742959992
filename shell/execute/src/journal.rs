//! Where it is made durable what happened, before anything depends on it.

use std::collections::BTreeMap;
use tenor_ledger::{ContentHash, Event, Head, Moment, OrderId, Text};
use tenor_order::{Book, Order};

/// Where it is made durable what happened. One process writes at a time; whoever has a journal has that right.
pub trait Journal {
    /// All that was recorded.
    fn book(&self) -> &Book;

    /// Where the ledger ends.
    fn head(&self) -> &Head;

    /// The contents of all recorded orders.
    fn orders(&self) -> &BTreeMap<OrderId, Order>;

    /// A content that an entry names.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    fn document(&self, hash: ContentHash) -> Result<Option<String>, JournalError>;

    /// Records events, and the contents that they name, durably: all of them when it returns, or none.
    ///
    /// # Errors
    /// When they could not be made durable. Nothing may be begun then.
    fn write(&mut self, now: Moment, events: &[Event], documents: &[String]) -> Result<(), JournalError>;

    /// Why nothing may be sent, as the kill switch says it this very moment, whoever set it.
    ///
    /// # Errors
    /// When that cannot be told.
    fn halted(&self) -> Result<Option<Text>, JournalError>;
}

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct JournalError {
    what: String,
    hint: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl JournalError {
    /// What cannot be done, what to do about it, and why.
    #[must_use]
    pub fn new(what: &str, hint: &str, source: Option<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { what: what.to_owned(), hint: hint.to_owned(), source }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}
