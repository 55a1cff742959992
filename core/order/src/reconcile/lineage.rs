//! What became of what: a modification, an exchange or a sale in part leaves other ids in place of those that were bought.
//!
//! EC2's lists do not say what an exchange made, so descent is told by time: what begins when others ended before their terms did.

use super::gather::Entry;
use super::sources::{Name, Ordered};
use crate::order::Action;
use crate::service::Service;
use crate::state::StepState;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::AccountId;

/// A modification counts from the start of the hour in which it was asked for. Source: `[EC2:ri-modifying]`.
const APART_SECONDS_MAX: i64 = 3_600;
const YEAR_SECONDS: i64 = 31_536_000;

/// What an entry was made of, as places, and the step that made it of them.
type Parents<'a> = (Vec<usize>, Option<&'a Ordered>);

/// What ended before its term did, by account and Region: the ends in order, with places and the steps that did away with them.
type Ended<'e, 'a> = BTreeMap<(Option<&'e AccountId>, Option<&'e str>), Vec<(i64, usize, Option<&'a Ordered>)>>;

/// Finds what each entry that nobody bought was made of, and by which step.
pub(super) fn link<'a>(entries: &mut [Entry<'a>], ordered: &'a [Ordered]) {
    let found = all_parents(entries, ordered);
    for (entry, (parents, made_by)) in entries.iter_mut().zip(found) {
        (entry.parents, entry.made_by) = (parents, made_by);
    }
}

/// The step that did away with something: modified, exchanged, offered for sale, returned or taken out of the queue. What an exchange took is gone also
/// where AWS was not paid for what it gave.
pub(super) fn closed_by<'a>(ordered: &'a [Ordered], name: &Name) -> Option<&'a Ordered> {
    let closes = |action| matches!(action, Action::Modify | Action::Exchange | Action::List | Action::Return | Action::CancelQueued);
    let is_done = |step: &Ordered| step.state == StepState::Done || is_unpaid_exchange(step);
    ordered.iter().find(|step| is_done(step) && closes(step.step.action) && step.changes(&name.id) && step.name(&name.id).fits(name))
}

/// Whether a step exchanged something, and AWS was not paid for what it gave.
pub(super) fn is_unpaid_exchange(step: &Ordered) -> bool {
    step.step.action == Action::Exchange && step.state == StepState::Failed
}

/// What is made of something else is younger: of two that began at once, the one that was read later.
pub(super) fn age(entries: &[Entry<'_>], place: usize) -> (Option<Timestamp>, usize) {
    (entries[place].listed().and_then(|listed| listed.start), place)
}

fn all_parents<'a>(entries: &[Entry<'a>], ordered: &'a [Ordered]) -> Vec<Parents<'a>> {
    let mut ended = Ended::new();
    for (place, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.name.service == Some(Service::Ec2)) {
        if let Some(end) = entry.listed().filter(|listed| listed.ended_early()).and_then(|listed| listed.end) {
            ended.entry(location(&entry.name)).or_default().push((end.as_second(), place, closed_by(ordered, &entry.name)));
        }
    }
    for there in ended.values_mut() {
        there.sort_by_key(|(end, place, _)| (*end, *place));
    }
    (0..entries.len()).map(|place| parents(entries, &ended, place)).collect()
}

fn location(name: &Name) -> (Option<&AccountId>, Option<&str>) {
    (name.account.as_ref(), name.region.as_deref())
}

fn parents<'a>(entries: &[Entry<'a>], ended: &Ended<'_, 'a>, place: usize) -> Parents<'a> {
    let child = &entries[place];
    let none = (Vec::new(), None);
    let is_bought = child.bought_by.is_some() || child.trail.is_some();
    let (Some(listed), Some(Service::Ec2), false) = (child.listed(), child.name.service, is_bought) else { return none };
    let (Some(start), Some(there)) = (listed.start.map(Timestamp::as_second), ended.get(&location(&child.name))) else { return none };
    let is_rest = listed.seconds % YEAR_SECONDS != 0;
    let is_of = |at: usize, step: Option<&Ordered>| {
        let (began, _) = age(entries, at);
        let is_older = began.is_some() && age(entries, at) < age(entries, place);
        is_older
            && match step.filter(|step| step.step.action == Action::Exchange) {
                Some(exchange) => exchange.step.count() == listed.count,
                // What is left of something has the rest of its term.
                None => is_rest,
            }
    };
    let first = there.partition_point(|(end, ..)| *end < start - APART_SECONDS_MAX);
    let near = there[first..].iter().take_while(|(end, ..)| *end <= start + APART_SECONDS_MAX);
    let found: Vec<_> = near.filter(|(_, at, step)| is_of(*at, *step)).map(|(end, at, step)| ((end - start).abs(), *at, *step)).collect();
    // What our own steps did explains more than what only happened at the same time.
    let Some((_, _, by)) = found.iter().min_by_key(|(apart, at, step)| (step.is_none(), *apart, *at)).copied() else { return none };
    let same = |step: &Option<&Ordered>| step.map(|step| (step.order, step.step.number)) == by.map(|by| (by.order, by.step.number));
    let mut parents: Vec<usize> = found.iter().filter(|(_, _, step)| same(step)).map(|(_, at, _)| *at).collect();
    parents.sort_unstable();
    (parents, by)
}
