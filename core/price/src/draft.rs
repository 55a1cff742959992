//! Prices on their way into a book, in any order and from several files.

use crate::book::{Basis, Listed, ListedSku, PriceBook};
use crate::encoding;
use crate::key::SkuKey;
use crate::offer::{PlanOffer, ReservedOffer};
use crate::rate::{Rate, ReservedPrice, Source};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Two different prices of one thing from sources of the same standing. Neither is taken: the book has no such price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {sku} has two prices: {held} and {other}")]
pub struct Clash {
    /// Of what.
    pub sku: SkuKey,
    /// What of it.
    pub what: String,
    /// The price that came first.
    pub held: String,
    /// The one after it.
    pub other: String,
}

/// Characters of an origin that are kept.
const ORIGIN_MAX: usize = 200;

/// A price as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot<T> {
    /// One price.
    One(T),
    /// Several that contradict each other.
    Unclear(Source),
}

/// What is known of a SKU.
#[derive(Debug, Default)]
struct Entry {
    unit: String,
    code: String,
    on_demand: Option<Slot<Rate>>,
    reserved: BTreeMap<ReservedOffer, Slot<ReservedPrice>>,
}

/// Collects prices.
#[derive(Debug, Default)]
pub struct Draft {
    places: BTreeMap<SkuKey, u32>,
    entries: Vec<Entry>,
    plans: BTreeMap<PlanOffer, BTreeMap<u32, Slot<Rate>>>,
    origins: BTreeSet<String>,
}

trait Priced: Copy + PartialEq {
    fn source(&self) -> Source;
    fn text(&self) -> String;
}

impl Priced for Rate {
    fn source(&self) -> Source {
        self.source
    }
    fn text(&self) -> String {
        self.price.to_string()
    }
}

impl Priced for ReservedPrice {
    fn source(&self) -> Source {
        self.source
    }
    fn text(&self) -> String {
        format!("{} and {} upfront", self.hourly, self.upfront)
    }
}

impl Draft {
    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes where prices come from, as a book says it: `AmazonEC2 20250404000000`. Not a file's name, which changes nothing.
    pub fn origin(&mut self, origin: &str) {
        // A line of the encoding, whatever a list calls itself.
        let line: String = origin.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ORIGIN_MAX).collect();
        let line = line.trim_end();
        if !line.is_empty() {
            self.origins.insert(line.to_owned());
        }
    }

    /// Notes the unit and AWS's code of a SKU; empty text says nothing.
    pub fn describe(&mut self, sku: &SkuKey, unit: &str, code: &str) {
        let place = self.place(sku);
        let entry = &mut self.entries[place as usize];
        // Of two descriptions the smaller stands, so that the order of files does not matter.
        for (held, said) in [(&mut entry.unit, unit), (&mut entry.code, code)] {
            if !said.is_empty() && (held.is_empty() || said < held.as_str()) {
                said.clone_into(held);
            }
        }
    }

    /// Takes an on-demand rate in.
    ///
    /// # Errors
    /// When it has another already; the draft then has none.
    pub fn on_demand(&mut self, sku: &SkuKey, rate: Rate) -> Result<(), Box<Clash>> {
        let place = self.place(sku);
        put(&mut self.entries[place as usize].on_demand, rate).map_err(|held| clash(sku, "the on-demand rate".to_owned(), &held, &rate))
    }

    /// Takes the price of a reservation in.
    ///
    /// # Errors
    /// When it has another already; the draft then has none.
    pub fn reserved(&mut self, sku: &SkuKey, offer: ReservedOffer, price: ReservedPrice) -> Result<(), Box<Clash>> {
        let place = self.place(sku);
        let mut slot = self.entries[place as usize].reserved.remove(&offer);
        let put = put(&mut slot, price).map_err(|held| clash(sku, format!("the {offer} reservation"), &held, &price));
        self.entries[place as usize].reserved.extend(slot.map(|slot| (offer, slot)));
        put
    }

    /// Takes a plan's rate in.
    ///
    /// # Errors
    /// When it has another already; the draft then has none.
    pub fn plan_rate(&mut self, offer: &PlanOffer, sku: &SkuKey, rate: Rate) -> Result<(), Box<Clash>> {
        let place = self.place(sku);
        if !self.plans.contains_key(offer) {
            self.plans.insert(offer.clone(), BTreeMap::new());
        }
        let table = self.plans.get_mut(offer).expect("it was just put there");
        let mut slot = table.remove(&place);
        let put = put(&mut slot, rate).map_err(|held| clash(sku, format!("the rate under {offer}"), &held, &rate));
        table.extend(slot.map(|slot| (place, slot)));
        put
    }

    /// The book of that date and currency.
    #[must_use]
    pub fn finish(self, date: Date, currency: impl Into<String>) -> PriceBook {
        let known = |table: BTreeMap<u32, Slot<Rate>>| table.into_iter().filter_map(|(place, slot)| Some((place, slot.known()?))).collect();
        let plans = self.plans.into_iter().map(|(offer, table)| (offer, known(table)));
        let mut plans: BTreeMap<PlanOffer, Vec<(u32, Rate)>> = plans.filter(|(_, rates): &(_, Vec<_>)| !rates.is_empty()).collect();
        let in_plans: BTreeSet<u32> = plans.values().flatten().map(|(place, _)| *place).collect();
        let mut entries: Vec<Option<Entry>> = self.entries.into_iter().map(Some).collect();
        let mut order = vec![0_u32; entries.len()];
        let mut skus = Vec::with_capacity(entries.len());
        for (key, place) in self.places {
            let entry = entries[place as usize].take().expect("each place is one key's");
            let reserved: Vec<_> = entry.reserved.into_iter().filter_map(|(offer, slot)| Some((offer, slot.known()?))).collect();
            let on_demand = entry.on_demand.and_then(Slot::known);
            if on_demand.is_some() || !reserved.is_empty() || in_plans.contains(&place) {
                order[place as usize] = u32::try_from(skus.len()).expect("there are no more SKUs than places");
                skus.push(ListedSku { key, unit: entry.unit, code: entry.code, on_demand, reserved });
            }
        }
        for rates in plans.values_mut() {
            rates.iter_mut().for_each(|(place, _)| *place = order[*place as usize]);
            rates.sort_unstable_by_key(|(place, _)| *place);
        }
        let listed = Listed { date, currency: currency.into(), origins: self.origins.into_iter().collect(), skus, plans };
        let version = encoding::version(&listed);
        PriceBook { version, listed, basis: Basis::List, plan_fees: BTreeMap::new() }
    }

    /// Whether an on-demand rate of the SKU was taken in.
    #[must_use]
    pub fn has_on_demand(&self, sku: &SkuKey) -> bool {
        self.entry(sku).is_some_and(|entry| entry.on_demand.is_some())
    }

    /// All SKUs.
    pub(crate) fn keys(&self) -> Vec<SkuKey> {
        self.places.keys().cloned().collect()
    }

    /// The on-demand rate of a SKU, if it is known.
    pub(crate) fn known_on_demand(&self, sku: &SkuKey) -> Option<Rate> {
        self.entry(sku)?.on_demand.and_then(Slot::known)
    }

    /// The reservations of a SKU that are known.
    pub(crate) fn known_reserved(&self, sku: &SkuKey) -> Vec<(ReservedOffer, ReservedPrice)> {
        let reserved = self.entry(sku).into_iter().flat_map(|entry| &entry.reserved);
        reserved.filter_map(|(offer, slot)| Some((*offer, slot.known()?))).collect()
    }

    /// The offers of plans that any list has rates of.
    pub(crate) fn listed_plans(&self) -> BTreeSet<PlanOffer> {
        let is_listed = |slot: &Slot<Rate>| slot.source() > Source::Simulated;
        self.plans.iter().filter(|(_, table)| table.values().any(is_listed)).map(|(offer, _)| offer.clone()).collect()
    }

    fn entry(&self, sku: &SkuKey) -> Option<&Entry> {
        self.places.get(sku).map(|place| &self.entries[*place as usize])
    }

    fn place(&mut self, sku: &SkuKey) -> u32 {
        if let Some(place) = self.places.get(sku) {
            return *place;
        }
        let place = u32::try_from(self.entries.len()).expect("a price list has fewer than four billion SKUs");
        self.places.insert(sku.clone(), place);
        self.entries.push(Entry::default());
        place
    }
}

impl<T: Priced> Slot<T> {
    fn source(&self) -> Source {
        match self {
            Self::One(price) => price.source(),
            Self::Unclear(source) => *source,
        }
    }

    fn known(self) -> Option<T> {
        match self {
            Self::One(price) => Some(price),
            Self::Unclear(_) => None,
        }
    }
}

/// A private price stands above a listed one, a listed one above a simulated one; the answer does not depend on which came first.
fn put<T: Priced>(slot: &mut Option<Slot<T>>, price: T) -> Result<(), String> {
    match slot.as_ref().map(Slot::source) {
        Some(held) if held > price.source() => Ok(()),
        Some(held) if held == price.source() => match *slot {
            Some(Slot::One(one)) if one == price => Ok(()),
            Some(Slot::One(one)) => {
                *slot = Some(Slot::Unclear(held));
                Err(one.text())
            }
            _ => Err("several".to_owned()),
        },
        _ => {
            *slot = Some(Slot::One(price));
            Ok(())
        }
    }
}

fn clash<T: Priced>(sku: &SkuKey, what: String, held: &str, other: &T) -> Box<Clash> {
    Box::new(Clash { sku: sku.clone(), what, held: held.to_owned(), other: other.text() })
}
