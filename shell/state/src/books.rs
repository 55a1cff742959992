//! What the ledger says of orders, folded once for as long as the ledger stays as it is: for whoever shows it, again and again.
//!
//! Whoever decides by it does not take it from here: they verify and fold every byte anew ([`View::book`]).

use crate::error::StateError;
use crate::state::View;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tenor_ledger::{Head, OrderId};
use tenor_order::{Book, Order};

/// What a ledger says of orders, with their contents.
#[derive(Debug)]
pub struct Folded {
    /// Where the ledger ended.
    pub head: Head,
    /// What it says.
    pub book: Book,
    /// The contents of all its orders.
    pub orders: BTreeMap<OrderId, Order>,
}

/// The last fold of one home's ledger.
#[derive(Debug, Default)]
pub struct Books(Mutex<Option<Arc<Folded>>>);

impl Books {
    /// What the ledger says now. Who asks while it is folded waits for that.
    ///
    /// # Errors
    /// As [`View::book`] and [`View::orders`].
    pub fn of(&self, view: &View) -> Result<Arc<Folded>, StateError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let head = view.ledger_head()?;
        if let Some(folded) = kept.as_ref().filter(|folded| folded.head == head) {
            return Ok(Arc::clone(folded));
        }
        let book = view.book()?;
        let orders = view.orders(&book)?;
        let folded = Arc::new(Folded { head: view.ledger_head()?, book, orders });
        // Where an entry came meanwhile nobody can tell which head this is the fold of.
        *kept = (folded.head == head).then(|| Arc::clone(&folded));
        Ok(folded)
    }
}
