//! What the home's ledger says of orders, with what AWS said right before each call.

use crate::connect::keep;
use crate::context::Context;
use crate::order::desk::{self, Desk};
use crate::report::Refused;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_execute::{Encoded, Intent, Snapshot};
use tenor_ledger::{ContentHash, OrderId};
use tenor_order::reconcile::{Ordered, Quote};
use tenor_state::View;

/// What the ledger says.
pub(super) struct Told {
    pub(super) ordered: Vec<Ordered>,
    /// When the first order was made.
    pub(super) since: Option<Timestamp>,
    /// What was held then, as far as that order looked.
    pub(super) held_before: BTreeSet<String>,
}

pub(super) fn read(context: &Context) -> anyhow::Result<Told> {
    let view = keep::view(context)?;
    let desk = Desk::open(&view)?;
    let first = desk.book.orders().min_by_key(|(id, record)| (record.created, *id)).map(|(id, record)| (id, record.created.0));
    let held_before = match first.and_then(|(id, _)| desk.orders.get(&id)) {
        Some(order) => document::<Snapshot>(&view, order.inventory())?.ids().map(ToString::to_string).collect(),
        None => BTreeSet::new(),
    };
    let quotes = quotes(&view, &desk)?;
    Ok(Told { ordered: Ordered::all(&desk.book, &desk.orders, &quotes), since: first.map(|(_, created)| created), held_before })
}

/// What AWS said last that each step costs, before its call left.
fn quotes(view: &View, desk: &Desk) -> anyhow::Result<BTreeMap<(OrderId, u32), Quote>> {
    let mut quotes = BTreeMap::new();
    for (id, record) in desk.book.orders() {
        for (number, course) in (1_u32..).zip(&record.steps) {
            // What leaves again goes by the price of the first call.
            for intent in course.intents().iter().rev() {
                let intent: Intent = document(view, intent.request)?;
                if let (Some(hourly), Some(upfront)) = (intent.hourly, intent.upfront) {
                    quotes.insert((id, number), Quote { hourly, upfront });
                    break;
                }
            }
        }
    }
    Ok(quotes)
}

fn document<T: Encoded>(view: &View, hash: ContentHash) -> anyhow::Result<T> {
    let cannot = |why| Refused::new(format!("the content {hash}, which the ledger names, cannot be read: {why}"));
    Ok(T::read(&desk::document(view, hash)?).map_err(cannot)?)
}
