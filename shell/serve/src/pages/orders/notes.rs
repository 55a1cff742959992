//! What was told when orders were made. It is kept while the server runs, of the newest orders; what outlives that is told from documents.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenor_ledger::OrderId;

/// Of so many orders.
const ORDERS_MAX: usize = 64;

/// What was told when orders were made, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<VecDeque<(OrderId, Vec<String>)>>);

impl Notes {
    /// Keeps what was told of an order. The oldest gives way.
    pub(crate) fn keep(&self, order: OrderId, notes: Vec<String>) {
        if notes.is_empty() {
            return;
        }
        let mut kept = self.kept();
        kept.retain(|(held, _)| *held != order);
        if kept.len() >= ORDERS_MAX {
            kept.pop_front();
        }
        kept.push_back((order, notes));
    }

    /// What was told of an order; nothing where nobody remembers.
    pub(crate) fn of(&self, order: OrderId) -> Vec<String> {
        self.kept().iter().find(|(held, _)| *held == order).map(|(_, notes)| notes.clone()).unwrap_or_default()
    }

    /// It is whole between two statements, so whoever panicked left nothing half done.
    fn kept(&self) -> MutexGuard<'_, VecDeque<(OrderId, Vec<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Notes, ORDERS_MAX};
    use tenor_ledger::OrderId;

    #[test]
    fn the_newest_are_kept_and_the_oldest_gives_way() {
        let (notes, first) = (Notes::default(), OrderId::from_bytes([0; 32]));
        for number in 0..=u8::try_from(ORDERS_MAX).unwrap() {
            notes.keep(OrderId::from_bytes([number; 32]), vec![number.to_string()]);
        }
        assert_eq!((notes.of(first), notes.of(OrderId::from_bytes([1; 32]))), (Vec::new(), vec!["1".to_owned()]));
        notes.keep(first, Vec::new());
        assert_eq!(notes.of(OrderId::from_bytes([1; 32])), ["1"], "nothing told takes no place");
    }
}
