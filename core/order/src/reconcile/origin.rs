//! Where each entry comes from, and what it was to cost: first what others are made of.

use super::due::price;
use super::gather::Entry;
use super::judge::start;
use super::lineage::age;
use super::report::Origin;
use super::sources::{Ordered, Quote, Sources};
use crate::order::Action;

/// What is known of an entry before it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) origin: Origin,
    /// What it was to cost; none where nobody can tell.
    pub(super) price: Option<Quote>,
}

/// The same of all entries. Nothing is made of what is younger, so what each is made of is known before it.
pub(super) fn know(entries: &[Entry<'_>], sources: &Sources<'_>) -> Vec<Known> {
    let mut places: Vec<usize> = (0..entries.len()).collect();
    places.sort_by_key(|place| age(entries, *place));
    let mut known = vec![Known { origin: Origin::Stranger, price: None }; entries.len()];
    for place in places {
        let (origin, price) = (origin(entries, place, sources, &known), price(entries, place, &known));
        known[place] = Known { origin, price };
    }
    known
}

fn origin(entries: &[Entry<'_>], place: usize, sources: &Sources<'_>, known: &[Known]) -> Origin {
    let entry = &entries[place];
    let of = |step: &Ordered| Origin::Ordered { order: step.order, step: step.step.number, is_descendant: false };
    if let Some(step) = entry.bought_by {
        return of(step);
    }
    if let Some(step) = entry.made_by.filter(|step| step.step.action == Action::Exchange) {
        return of(step);
    }
    // What parts of several things were made of is an order's, if one of them is.
    let inherited = entry.parents.iter().map(|parent| known[*parent].origin).min_by_key(|origin| match origin {
        Origin::Ordered { .. } => 0,
        Origin::Stranger => 1,
        Origin::Before => 2,
    });
    match inherited {
        Some(Origin::Ordered { order, step, .. }) => Origin::Ordered { order, step, is_descendant: true },
        Some(other) => other,
        None if is_before(entry, sources) => Origin::Before,
        None => Origin::Stranger,
    }
}

/// Whether it was held before an order had to be there: nobody was here to make one.
fn is_before(entry: &Entry<'_>, sources: &Sources<'_>) -> bool {
    let Some(since) = sources.since else { return true };
    if entry.trail.is_some_and(|bought| bought.at >= since) {
        return false;
    }
    let first_fee = || entry.billed?.fees.iter().map(|fee| fee.period.end()).min();
    let is_early = start(entry).or_else(first_fee).is_some_and(|start| start < since);
    is_early || entry.trail.is_some() || sources.held_before.contains(&entry.name.id)
}
