//! What is on sale: every reservation and plan that the embedded prices have, each under an id of its own.

use super::Cloud;
use super::books::{HeldPlan, HeldReservation};
use super::ec2::{Modification, ModificationState};
use crate::account::Account;
use crate::commitment::PlanType;
use crate::fleet::Fleet;
use crate::node;
use crate::price::{self, OfferingClass, Payment, ReservedPrice, Term};
use crate::price_list;
use crate::random::uuid;
use crate::region::{REGIONS, ZONES};
use crate::sku::{self, Kind, Sku, text_key};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// A reservation on sale.
#[derive(Debug, Clone)]
pub(crate) struct ReservedOffer {
    /// A UUID, the same in every sandbox.
    pub(crate) id: String,
    /// Index into [`Offers::skus`].
    pub(crate) sku: usize,
    pub(crate) class: OfferingClass,
    pub(crate) term: Term,
    pub(crate) payment: Payment,
    /// For one unit.
    pub(crate) price: ReservedPrice,
    /// For a zonal one, the zone across all Regions.
    pub(crate) zone: Option<u32>,
}

/// A plan on sale.
#[derive(Debug, Clone)]
pub(crate) struct PlanOffer {
    pub(crate) id: String,
    pub(crate) kind: PlanType,
    pub(crate) term: Term,
    pub(crate) payment: Payment,
}

/// The catalogue.
pub(crate) struct Offers {
    /// What the organization uses first, then whatever else has a price.
    pub(crate) skus: Vec<Sku>,
    pub(crate) reserved: Vec<ReservedOffer>,
    pub(crate) plans: Vec<PlanOffer>,
    by_id: BTreeMap<String, Found>,
    /// The digest of all their prices, once somebody asks.
    prices: OnceLock<String>,
}

#[derive(Debug, Clone, Copy)]
enum Found {
    Reserved(usize),
    Plan(usize),
}

/// Everything that any organization can use: the SKUs of one that runs a little of all, and whatever else has a price.
pub(crate) fn catalogue(accounts: &[Account]) -> Vec<Sku> {
    Offers::new(&Fleet::new(1, accounts, 1, 0..0)).skus
}

impl Offers {
    /// All that is sold to an organization with this fleet.
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let mut seen = BTreeSet::new();
        let more = price::ec2().into_iter().flat_map(|price| [sku::ec2(&price, false), sku::ec2(&price, true)]);
        let more = more.chain(price::rds().into_iter().map(|price| sku::rds(&price)));
        let more = more.chain(node::nodes().into_iter().chain(node::dense_compute()).map(|price| node::sku(&price)));
        let more = more.chain(node::serverless());
        let all = fleet.skus.iter().cloned().chain(more);
        let skus: Vec<Sku> = all.filter(|sku| seen.insert((sku.product_code, sku.usage_type.clone(), sku.operation))).collect();
        let reserved = skus.iter().enumerate().flat_map(|(index, sku)| reserved_of(index, sku)).collect();
        let plans = price_list::kinds(&skus.iter().collect::<Vec<_>>());
        let plans =
            plans.iter().flat_map(|kind| price_list::terms_of(kind).into_iter().map(move |(term, payment)| plan(kind, term, payment)));
        let mut offers = Self { reserved, plans: plans.collect(), skus, by_id: BTreeMap::new(), prices: OnceLock::new() };
        let reserved = offers.reserved.iter().enumerate().map(|(index, offer)| (offer.id.clone(), Found::Reserved(index)));
        let plans = offers.plans.iter().enumerate().map(|(index, offer)| (offer.id.clone(), Found::Plan(index)));
        offers.by_id = reserved.chain(plans).collect();
        offers
    }

    /// The digest of all prices.
    pub(crate) fn prices(&self) -> &str {
        let digest = || blake3::hash(price_list::price_list(&self.skus).as_bytes()).to_hex().to_string();
        self.prices.get_or_init(digest)
    }

    /// The reservation on sale under an id.
    pub(crate) fn reserved(&self, id: &str) -> Option<&ReservedOffer> {
        match self.by_id.get(id)? {
            Found::Reserved(index) => self.reserved.get(*index),
            Found::Plan(_) => None,
        }
    }

    /// The plan on sale under an id.
    pub(crate) fn plan(&self, id: &str) -> Option<&PlanOffer> {
        match self.by_id.get(id)? {
            Found::Plan(index) => self.plans.get(*index),
            Found::Reserved(_) => None,
        }
    }

    /// The reservations on sale of a service in a Region.
    pub(crate) fn reserved_in(&self, product_code: &str, region: u32) -> impl Iterator<Item = (&ReservedOffer, &Sku)> {
        let with_sku = self.reserved.iter().map(|offer| (offer, &self.skus[offer.sku]));
        with_sku.filter(move |(_, sku)| sku.product_code == product_code && sku.region == region)
    }
}

impl Cloud {
    /// What is held and has no price any more, by name: books may be older than the embedded prices.
    pub(crate) fn gone(&self) -> Vec<String> {
        let skus: BTreeSet<(&str, &str, &str)> =
            self.offers.skus.iter().map(|sku| (sku.product_code, sku.usage_type.as_str(), sku.operation)).collect();
        let is_gone =
            |held: &&HeldReservation| !skus.contains(&(held.product_code.as_str(), held.usage_type.as_str(), held.operation.as_str()));
        let used = self.taken.iter().flat_map(|taken| taken.series()).zip(self.taken_skus.iter());
        let used = used.filter(|(_, sku)| sku.is_none()).map(|(series, _)| series.name());
        let reserved = self.books.reserved.iter().filter(is_gone);
        let reserved = reserved.map(|held| format!("{} {} of {} (reserved)", held.product_code, held.usage_type, held.operation));
        let is_no_offer = |held: &&HeldPlan| self.offers.plan(&held.offering).is_none();
        let plans = self.books.plans.iter().filter(is_no_offer);
        let plans = plans.map(|held| {
            let of = match &held.kind {
                PlanType::Ec2Instance { family, region } => format!("{family} in {}", REGIONS[*region as usize].code),
                kind => format!("{kind:?}"),
            };
            format!("{of}, {}, {} (a Savings Plan)", held.term.text(), held.payment.text())
        });
        let is_on_its_way = |modification: &&Modification| modification.state == ModificationState::Processing;
        let targets = self.books.ec2.modifications.iter().filter(is_on_its_way).flat_map(|modification| &modification.targets);
        let is_sold = |usage_type: &str| self.offers.skus.iter().any(|sku| sku.product_code == "AmazonEC2" && sku.usage_type == usage_type);
        let targets = targets.filter(|target| !is_sold(&target.usage_type));
        let targets = targets.map(|target| format!("AmazonEC2 {} (a modification's target)", target.usage_type));
        reserved.chain(plans).chain(targets).chain(used).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A SKU's reservations: regional ones, and for instances one for each zone at the same price (`aws-rules` §1.2).
fn reserved_of(index: usize, sku: &Sku) -> Vec<ReservedOffer> {
    let mut found = Vec::new();
    let zones: Vec<Option<u32>> = match &sku.kind {
        Kind::Ec2 { .. } if sku.unused_capacity => return found,
        Kind::Ec2 { .. } => std::iter::once(None).chain((0..ZONES).map(|zone| Some(sku.region * ZONES + zone))).collect(),
        _ => vec![None],
    };
    for (class, term, payment, price) in price_list::reserved_prices(sku) {
        for zone in &zones {
            let text = format!(
                "{} {} {} {} {} {} {zone:?}",
                REGIONS[sku.region as usize].code,
                sku.usage_type,
                sku.operation,
                class.text(),
                term.text(),
                payment.text()
            );
            let id = uuid(&[text_key(&text), text_key(sku.product_code)]);
            found.push(ReservedOffer { id, sku: index, class, term, payment, price, zone: *zone });
        }
    }
    found
}

fn plan(kind: &PlanType, term: Term, payment: Payment) -> PlanOffer {
    let text = format!("{kind:?} {} {}", term.text(), payment.text());
    PlanOffer { id: uuid(&[text_key(&text)]), kind: kind.clone(), term, payment }
}

#[cfg(test)]
impl Cloud {
    /// Puts a plan and a reservation into the books, as a purchase would.
    pub(crate) fn hold_one_of_each(&mut self) {
        use super::books::{Purchase, Standing};
        let now = self.books.now;
        let is_of_a_family = |offer: &&PlanOffer| matches!(offer.kind, PlanType::Ec2Instance { .. });
        let offer = self.offers.plans.iter().find(is_of_a_family).expect("plans are on sale").clone();
        let PlanOffer { id: offering, kind, term, payment } = offer;
        let plan = HeldPlan::compute("a-plan", 1, now);
        self.books.plans.push(HeldPlan { offering, kind, term, payment, standing: Standing::Active, ..plan });
        let is_large = |offer: &&ReservedOffer| self.offers.skus[offer.sku].usage_type.ends_with("BoxUsage:m5.large");
        let offer = self.offers.reserved.iter().find(is_large).expect("m5.large is on sale").clone();
        let sku = &self.offers.skus[offer.sku];
        let purchase = Purchase { id: "a-reservation".to_owned(), account: 0, offer: &offer, sku, count: 1, now, start: now };
        let held = HeldReservation { standing: Standing::Active, ..HeldReservation::ordered(purchase) };
        self.books.reserved.push(held);
    }
}
