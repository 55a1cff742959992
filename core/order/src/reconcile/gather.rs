//! Puts together what the sources say of the same thing. Each input is in one entry, and in no other.

use super::sources::{Billed, Bought, List, Listed, Name, Ordered, Sources};
use crate::service::Service;
use std::collections::BTreeMap;

/// What all sources say of one commitment, or of a step that may have made one.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    pub(super) name: Name,
    /// The step that bought it.
    pub(super) bought_by: Option<&'a Ordered>,
    /// How many ids that step made: one mostly, several where AWS splits a purchase by tiers of discounts.
    pub(super) of: usize,
    /// Whether another step says that it made the same.
    pub(super) is_claimed_twice: bool,
    pub(super) look: Look<'a>,
    pub(super) trail: Option<&'a Bought>,
    pub(super) billed: Option<&'a Billed>,
    /// What it was made of, as places among the entries; and the step that made it of them, if one did.
    pub(super) parents: Vec<usize>,
    pub(super) made_by: Option<&'a Ordered>,
}

/// What AWS's lists say of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Look<'a> {
    /// AWS was not asked.
    NotAsked,
    /// Nobody looked where it would be.
    NotLooked,
    /// It could not be read.
    Unread(&'a str),
    /// It is not there.
    Missing,
    /// It is there.
    Listed(&'a Listed),
}

impl Entry<'_> {
    pub(super) fn listed(&self) -> Option<&Listed> {
        if let Look::Listed(listed) = self.look { Some(listed) } else { None }
    }
}

/// The entries, found by id.
#[derive(Default)]
struct Entries<'a> {
    all: Vec<Entry<'a>>,
    by_id: BTreeMap<String, Vec<usize>>,
    by_arn: BTreeMap<String, usize>,
}

impl<'a> Entries<'a> {
    fn find(&self, name: &Name, is_free: impl Fn(&Entry<'a>) -> bool) -> Option<usize> {
        // What has no name is nothing in particular.
        let places = self.by_id.get(&name.id).filter(|_| !name.id.is_empty())?.iter().copied();
        places.into_iter().find(|place| self.all[*place].name.fits(name) && is_free(&self.all[*place]))
    }

    fn add(&mut self, name: Name, look: Look<'a>) -> usize {
        let place = self.all.len();
        self.by_id.entry(name.id.clone()).or_default().push(place);
        self.all.push(Entry {
            name,
            bought_by: None,
            of: 1,
            is_claimed_twice: false,
            look,
            trail: None,
            billed: None,
            parents: Vec::new(),
            made_by: None,
        });
        place
    }
}

/// Everything that any source names.
pub(super) fn gather<'a>(sources: &Sources<'a>) -> Vec<Entry<'a>> {
    let mut entries = Entries::default();
    for step in sources.ordered {
        order(&mut entries, step, sources);
    }
    listed(&mut entries, sources);
    for billed in &sources.bills.commitments {
        let is_free = |entry: &Entry<'_>| entry.billed.is_none();
        let by_arn = entries.by_arn.get(&billed.arn).copied().filter(|place| is_free(&entries.all[*place]));
        let found = by_arn.or_else(|| entries.find(&billed.name, is_free));
        let place = found.unwrap_or_else(|| entries.add(billed.name.clone(), look(sources.lists, &billed.name)));
        entries.all[place].billed = Some(billed);
    }
    recorded(&mut entries, sources);
    entries.all
}

/// What AWS lists. What two connections to one account list is one thing.
fn listed<'a>(entries: &mut Entries<'a>, sources: &Sources<'a>) {
    let mut known: BTreeMap<Name, usize> = BTreeMap::new();
    for list in sources.lists.into_iter().flatten() {
        for listed in list.held.iter().flatten() {
            let name = name(list, &listed.id);
            let place = known.get(&name).copied().unwrap_or_else(|| {
                let is_free = |entry: &Entry<'_>| entry.listed().is_none();
                entries.find(&name, is_free).unwrap_or_else(|| entries.add(name.clone(), Look::Missing))
            });
            known.insert(name, place);
            entries.all[place].look = Look::Listed(listed);
            if let Some(arn) = &listed.arn {
                entries.by_arn.insert(arn.clone(), place);
            }
        }
    }
}

/// What CloudTrail recorded, as often as it was asked. Plans are in no Region, wherever they are recorded.
fn recorded<'a>(entries: &mut Entries<'a>, sources: &Sources<'a>) {
    let mut known: BTreeMap<Name, usize> = BTreeMap::new();
    for trail in sources.trails {
        let region = Some(&trail.region).filter(|_| trail.service != Service::SavingsPlans);
        for bought in &trail.calls {
            let (account, service) = (Some(trail.account.clone()), Some(trail.service));
            let name = Name { account, service, region: region.cloned(), id: bought.id.clone() };
            let place = known.get(&name).copied().unwrap_or_else(|| {
                let is_free = |entry: &Entry<'_>| entry.trail.is_none();
                let found = entries.find(&name, is_free);
                found.unwrap_or_else(|| entries.add(name.clone(), look(sources.lists, &name)))
            });
            known.insert(name, place);
            entries.all[place].trail = Some(bought);
        }
    }
}

/// A step that buys: an entry for each id that it made, or one without an id while nobody knows whether it did.
fn order<'a>(entries: &mut Entries<'a>, step: &'a Ordered, sources: &Sources<'a>) {
    if !step.step.action.commits() {
        return;
    }
    // What exchanging EC2's made has other ids than the answer has: AWS's list tells of them.
    let made: &[String] = if is_number_of_exchange(step) { &[] } else { &step.made };
    if made.is_empty() && step.is_unresolved() {
        let look = look(sources.lists, &step.name(""));
        let place = entries.add(step.name(""), look);
        entries.all[place].bought_by = Some(step);
    }
    for id in made {
        let name = step.name(id);
        let is_claimed_twice = entries.find(&name, |entry| entry.bought_by.is_some()).is_some();
        let look = look(sources.lists, &name);
        let place = entries.add(name, look);
        let entry = &mut entries.all[place];
        (entry.bought_by, entry.of, entry.is_claimed_twice) = (Some(step), made.len(), is_claimed_twice);
    }
}

/// Whether what a step made is known by the number of an exchange alone.
pub(super) fn is_number_of_exchange(step: &Ordered) -> bool {
    step.step.action == crate::Action::Exchange && step.step.service == Service::Ec2
}

fn name(list: &List, id: &str) -> Name {
    Name { account: Some(list.account.clone()), service: Some(list.service), region: list.region.clone(), id: id.to_owned() }
}

/// What the lists say of something that is in none of them.
fn look<'a>(lists: Option<&'a [List]>, wanted: &Name) -> Look<'a> {
    let Some(lists) = lists else { return Look::NotAsked };
    let is_plan = |list: &List| [Some(list.service), wanted.service].contains(&Some(Service::SavingsPlans));
    let is_where = |list: &&List| {
        wanted.account.as_ref().is_none_or(|account| *account == list.account)
            && wanted.service.is_none_or(|service| service == list.service)
            && (is_plan(list) || wanted.region.as_ref().zip(list.region.as_ref()).is_none_or(|(one, other)| one == other))
    };
    let mut places = lists.iter().filter(is_where).peekable();
    if places.peek().is_none() {
        return Look::NotLooked;
    }
    places.find_map(|list| list.held.as_ref().err()).map_or(Look::Missing, |why| Look::Unread(why))
}
