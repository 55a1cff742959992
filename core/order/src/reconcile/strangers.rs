//! Strangers' purchases as the ledger names them, each once.

use super::report::{Reconciliation, Verdict};
use super::sources::Name;
use crate::book::Book;
use crate::service::Service;
use std::collections::BTreeSet;
use tenor_ledger::{Event, Text};

impl Reconciliation {
    /// Each purchase that no order made and a ledger does not know of. What may still be an order's is none.
    #[must_use]
    pub fn strangers(&self, book: &Book) -> Vec<Event> {
        let mut seen = BTreeSet::new();
        let mut events = Vec::new();
        for Name { account, service, region, id } in self.rows.iter().filter(|row| row.verdict == Verdict::NotOrdered).map(|row| &row.name)
        {
            let Some(account) = account.as_ref().filter(|_| !id.is_empty()) else { continue };
            if book.knows_stranger(account, id) || !seen.insert((account, id)) {
                continue;
            }
            let words = [service.map_or("", Service::as_str), region.as_deref().unwrap_or_default(), id.as_str()];
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            events.push(Event::StrangerFound { account: account.clone(), commitment: Text::fitted(&words.join(" ")) });
        }
        events
    }
}
