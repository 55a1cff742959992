//! What became of what: a modification, an exchange or a sale in part leaves other ids in place of those that were bought.
//!
//! EC2's lists do not say what an exchange made, so descent is told by time: what begins when others ended before their terms did.

use super::gather::Entry;
use super::sources::{Name, Ordered};
use crate::order::Action;
use crate::service::Service;
use crate::state::StepState;

/// A modification counts from the start of the hour in which it was asked for. Source: `[EC2:ri-modifying]`.
const APART_SECONDS_MAX: i64 = 3_600;
const YEAR_SECONDS: i64 = 31_536_000;

/// Finds what each entry that nobody bought was made of, and by which step.
pub(super) fn link<'a>(entries: &mut [Entry<'a>], ordered: &'a [Ordered]) {
    let found: Vec<_> = (0..entries.len()).map(|place| parents(entries, place, ordered)).collect();
    for (entry, (parents, made_by)) in entries.iter_mut().zip(found) {
        (entry.parents, entry.made_by) = (parents, made_by);
    }
}

/// The step that did away with something: modified, exchanged, offered for sale, returned or taken out of the queue.
pub(super) fn closed_by<'a>(ordered: &'a [Ordered], name: &Name) -> Option<&'a Ordered> {
    let closes = |action| matches!(action, Action::Modify | Action::Exchange | Action::List | Action::Return | Action::CancelQueued);
    ordered
        .iter()
        .find(|step| step.state == StepState::Done && closes(step.step.action) && step.changes(&name.id) && step.name(&name.id).fits(name))
}

fn parents<'a>(entries: &[Entry<'a>], place: usize, ordered: &'a [Ordered]) -> (Vec<usize>, Option<&'a Ordered>) {
    let child = &entries[place];
    let none = (Vec::new(), None);
    let is_bought = child.bought_by.is_some() || child.trail.is_some();
    let (Some(listed), Some(Service::Ec2), false) = (child.listed(), child.name.service, is_bought) else { return none };
    let Some(start) = listed.start else { return none };
    let mut found: Vec<(i64, usize, Option<&'a Ordered>)> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let is_there = entry.name.fits(&Name { id: entry.name.id.clone(), ..child.name.clone() });
        let Some(ended) = entry.listed().filter(|ended| at != place && is_there && ended.ended_early()) else { continue };
        let apart = ended.end.map_or(i64::MAX, |end| (end.as_second() - start.as_second()).abs());
        if apart > APART_SECONDS_MAX || ended.start.is_none_or(|began| began > start) {
            continue;
        }
        let step = closed_by(ordered, &entry.name);
        let is_rest = listed.seconds % YEAR_SECONDS != 0;
        let is_it = match step.map(|step| step.step.action) {
            Some(Action::Exchange) => step.and_then(|step| step.step.count()) == listed.count,
            // What is left of something has the rest of its term.
            _ => is_rest,
        };
        if is_it {
            found.push((apart, at, step));
        }
    }
    // What our own steps did explains more than what only happened at the same time.
    let Some((_, _, by)) = found.iter().min_by_key(|(apart, at, step)| (step.is_none(), *apart, *at)).copied() else { return none };
    let same = |step: &Option<&Ordered>| step.map(|step| (step.order, step.step.number)) == by.map(|by| (by.order, by.step.number));
    (found.iter().filter(|(_, _, step)| same(step)).map(|(_, at, _)| *at).collect(), by)
}
