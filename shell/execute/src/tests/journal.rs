//! A journal in memory: every entry in its line, folded as a home would; it can die at a write, and something can happen at one.

use crate::{Journal, JournalError};
use std::collections::BTreeMap;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, Moment, OrderId, Text, append};
use tenor_order::{Book, Order};

/// What happens at the moment when an intent has become durable.
pub(super) type OnIntent = Box<dyn Fn() + Send>;

/// Why nothing may be sent, asked each time.
pub(super) type Halted = Box<dyn Fn() -> Option<Text> + Send>;

/// At which write a process dies, counted from now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Death {
    pub(super) at: u32,
    /// Whether the write is lost with it.
    pub(super) is_before: bool,
}

pub(super) struct MemoryJournal {
    head: Head,
    book: Book,
    pub(super) orders: BTreeMap<OrderId, Order>,
    documents: BTreeMap<ContentHash, String>,
    pub(super) told: Vec<Event>,
    pub(super) on_intent: Option<OnIntent>,
    pub(super) halted: Halted,
    pub(super) death: Option<Death>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self {
            head: Head::EMPTY,
            book: Book::default(),
            orders: BTreeMap::new(),
            documents: BTreeMap::new(),
            told: Vec::new(),
            on_intent: None,
            halted: Box::new(|| None),
            death: None,
        }
    }
}

impl MemoryJournal {
    /// Makes all documents unreadable.
    pub(super) fn spoil(&mut self) {
        self.documents.values_mut().for_each(|document| "no document".clone_into(document));
    }

    /// One that asks the kill switch so.
    pub(super) fn halting(halted: Halted) -> Self {
        Self { halted, ..Self::default() }
    }
}

fn died() -> JournalError {
    JournalError::new("the process died", "begin another one", None)
}

impl Journal for MemoryJournal {
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
        Ok(self.documents.get(&hash).cloned())
    }

    fn write(&mut self, now: Moment, events: &[Event], documents: &[String]) -> Result<(), JournalError> {
        let dies = self.death.as_mut().is_some_and(|death| {
            let is_now = death.at == 0;
            death.at = death.at.wrapping_sub(1);
            is_now
        });
        let death = self.death.filter(|_| dies);
        if dies {
            self.death = None;
        }
        if death.is_some_and(|death| death.is_before) {
            return Err(died());
        }
        for document in documents {
            self.documents.insert(ContentHash::sha256(document.as_bytes()), document.clone());
        }
        for event in events {
            Book::check_place(event, self.head.first(), Some(self.head.hash())).unwrap();
            let at = self.book.counts_now(&self.head, now);
            let (_, head) = append(&self.head, &Draft { moment: now.0, actor: Actor::System, event: event.clone() });
            self.head = head;
            self.book.enter(at, event).unwrap();
            self.told.push(event.clone());
        }
        if events.iter().any(|event| matches!(event, Event::StepIntended { .. }))
            && let Some(happens) = self.on_intent.take()
        {
            happens();
        }
        if death.is_some() { Err(died()) } else { Ok(()) }
    }

    fn halted(&self) -> Result<Option<Text>, JournalError> {
        Ok((self.halted)())
    }
}
