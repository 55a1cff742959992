//! What was held at a moment: what an order is made on, and what an intent is found again by.

use crate::aws::Place;
use crate::encoded::Encoded;
use crate::held::{Held, Standing};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tenor_bill::AccountId;
use tenor_ledger::{Moment, Text, serial};
use tenor_order::Service;
use tenor_permit::RegionName;

/// The format of the documents here.
const FORMAT: u32 = 1;
/// More differences are counted and not told.
const TOLD_MAX: usize = 3;

/// What was held, place by place. Every place is complete: what could not be read makes no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    inventory: u32,
    at: Moment,
    places: Vec<PlaceHeld>,
}

/// What was held in a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceHeld {
    #[serde(with = "serial")]
    account: AccountId,
    service: Service,
    #[serde(with = "serial::optional")]
    region: Option<RegionName>,
    held: Vec<Held>,
}

impl Encoded for Snapshot {
    const FORMAT: u32 = FORMAT;

    fn format(&self) -> u32 {
        self.inventory
    }
}

impl Snapshot {
    /// What was held at a moment.
    #[must_use]
    pub fn new(at: Moment, places: BTreeMap<Place, Vec<Held>>) -> Self {
        let one = |(place, mut held): (Place, Vec<Held>)| {
            held.sort_by(|one, other| one.id.cmp(&other.id));
            PlaceHeld { account: place.account, service: place.service, region: place.region, held }
        };
        Self { inventory: FORMAT, at, places: places.into_iter().map(one).collect() }
    }

    /// When it was read.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }

    /// The ids of all that was held, wherever.
    pub fn ids(&self) -> impl Iterator<Item = &Text> {
        self.places.iter().flat_map(|place| &place.held).map(|held| &held.id)
    }

    /// What was held in a place; none when it was not looked at.
    #[must_use]
    pub fn of(&self, place: &Place) -> Option<&[Held]> {
        let is = |one: &&PlaceHeld| (&one.account, one.service, &one.region) == (&place.account, place.service, &place.region);
        self.places.iter().find(is).map(|one| one.held.as_slice())
    }
}

/// What we changed ourselves since a snapshot: that is no reason to stop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// Ids of what was made, given or changed.
    pub ids: BTreeSet<Text>,
    /// Whether something was modified, exchanged or offered: what is left of it gets new ids, with the rest of a term.
    pub splits: bool,
}

/// What differs from what was held before, in words; nothing when all that changed is our own doing or time's.
#[must_use]
pub fn differs(before: &[Held], held: &[Held], own: &Own, now: Moment) -> Option<Text> {
    let was: BTreeMap<&Text, &Held> = before.iter().map(|one| (&one.id, one)).collect();
    let is: BTreeMap<&Text, &Held> = held.iter().map(|one| (&one.id, one)).collect();
    let mut told = Vec::new();
    for (id, one) in &is {
        if was.contains_key(id) || own.ids.contains(*id) || !one.is_owed() {
            continue;
        }
        let is_rest = own.splits && one.term.is_none();
        if !is_rest {
            told.push(format!("{id} ({}, {}) was bought meanwhile", one.goods, one.quantity));
        }
    }
    for (id, one) in &was {
        if own.ids.contains(*id) || !one.is_owed() {
            continue;
        }
        match is.get(id) {
            None => told.push(format!("{id} is not listed any more")),
            Some(now_is) if !now_is.is_owed() && !is_over(now_is, now) => told.push(format!("{id} is {} now", now_is.standing)),
            Some(now_is) if now_is.standing == Standing::Returning && one.standing != Standing::Returning => {
                told.push(format!("{id} is being returned"));
            }
            Some(now_is) if now_is.quantity != one.quantity => {
                told.push(format!("{id} is of {} now, and was of {}", now_is.quantity, one.quantity));
            }
            Some(_) => {}
        }
    }
    let mut words = told.iter().take(TOLD_MAX).cloned().collect::<Vec<_>>().join("; ");
    if told.len() > TOLD_MAX {
        let _ = write!(words, "; and {} more", told.len() - TOLD_MAX);
    }
    (!told.is_empty()).then(|| Text::fitted(&words))
}

/// Whether its term has come to its end by itself.
fn is_over(held: &Held, now: Moment) -> bool {
    held.standing == Standing::Ended && held.end.is_some_and(|end| end <= now)
}
