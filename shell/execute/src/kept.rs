//! The journal as the home keeps it: entries and documents in its database, and what they say folded beside them.

use crate::journal::{Journal, JournalError};
use std::collections::BTreeMap;
use std::error::Error;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, Moment, OrderId, Text};
use tenor_order::{Book, Order};
use tenor_state::{Document, DocumentKind, Randomness, State, StateError};

const BROKEN: &str = "verify the ledger (tenor ledger verify); nothing is sent before it is whole";

/// The journal of a home, for whoever has the right to write there.
pub struct Kept<'a> {
    state: &'a mut State,
    random: &'a dyn Randomness,
    actor: Actor,
    halted: &'a (dyn Fn() -> Result<Option<String>, StateError> + Sync),
    book: Book,
    orders: BTreeMap<OrderId, Order>,
    head: Head,
    /// Whether a write failed: it may be in the ledger all the same, so nothing is decided by what is known here any more.
    is_broken: bool,
}

impl<'a> Kept<'a> {
    /// The journal of an open state. `halted` looks at the kill switch each time it is asked.
    ///
    /// # Errors
    /// When the ledger is not whole, says what cannot be, or an order's content is gone.
    pub fn new(
        state: &'a mut State,
        random: &'a dyn Randomness,
        actor: Actor,
        halted: &'a (dyn Fn() -> Result<Option<String>, StateError> + Sync),
    ) -> Result<Self, JournalError> {
        let read = || -> Result<_, StateError> {
            let book = state.book()?;
            Ok((state.orders(&book)?, state.ledger_head()?, book))
        };
        let (orders, head, book) = read().map_err(failed("the ledger cannot be read"))?;
        Ok(Self { state, random, actor, halted, book, orders, head, is_broken: false })
    }

    /// The database, for what is no part of a journal.
    #[must_use]
    pub const fn state(&self) -> &State {
        self.state
    }

    /// Records events with the documents that they name.
    ///
    /// # Errors
    /// When they could not be made durable, or say what cannot be.
    pub fn record(&mut self, now: Moment, events: &[Event], documents: &[Document]) -> Result<(), JournalError> {
        if self.is_broken {
            return Err(JournalError::new(
                "an earlier write failed, and may stand all the same",
                "begin anew: what is recorded is read again",
                None,
            ));
        }
        // What cannot be is found before it is written: a ledger that contradicts itself decides nothing any more.
        let (mut book, mut orders) = (self.book.clone(), self.orders.clone());
        for (number, event) in events.iter().enumerate() {
            // Of what is written together, the first alone stands behind an entry that has a hash by now.
            let previous = if number == 0 { Some(self.head.hash()) } else { None };
            let at = book.counts_now(&self.head, now);
            let entered = Book::check_place(event, self.head.first(), previous).and_then(|()| book.enter(at, event));
            entered.map_err(|error| JournalError::new("this cannot have happened", BROKEN, Some(Box::new(error))))?;
        }
        for document in documents.iter().filter(|document| document.kind() == DocumentKind::Order) {
            let order = Order::read(document.content());
            let order = order.map_err(|error| JournalError::new("this is no order", BROKEN, Some(Box::new(error))))?;
            orders.insert(order.id(), order);
        }
        let draft = |event: &Event| Draft { moment: now.0, actor: self.actor.clone(), event: event.clone() };
        let group: Vec<Draft> = events.iter().map(draft).collect();
        let written = self.state.append_with(&group, documents, self.random);
        self.is_broken = written.is_err();
        self.head = written.map_err(failed("what happened cannot be recorded"))?;
        (self.book, self.orders) = (book, orders);
        Ok(())
    }
}

impl Journal for Kept<'_> {
    fn book(&self) -> &Book {
        &self.book
    }

    fn head(&self) -> &Head {
        &self.head
    }

    fn orders(&self) -> &BTreeMap<OrderId, Order> {
        &self.orders
    }

    fn document(&self, hash: ContentHash) -> Result<Option<String>, JournalError> {
        self.state.document(hash).map_err(failed("what an entry names cannot be read"))
    }

    fn write(&mut self, now: Moment, events: &[Event], documents: &[String]) -> Result<(), JournalError> {
        let documents: Vec<_> = documents.iter().map(|content| Document::new(DocumentKind::Intent, content.clone())).collect();
        self.record(now, events, &documents)
    }

    fn halted(&self) -> Result<Option<Text>, JournalError> {
        let halted = (self.halted)().map_err(failed("nobody can tell whether everything is stopped"))?;
        Ok(halted.map(|why| Text::fitted(&why)))
    }
}

fn failed(what: &'static str) -> impl Fn(StateError) -> JournalError {
    move |error| JournalError::new(what, error.hint(), Some(Box::new(error) as Box<dyn Error + Send + Sync>))
}
