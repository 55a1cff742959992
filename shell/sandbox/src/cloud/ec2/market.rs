//! The marketplace as buyers see it: what strangers sell, from the seed, and what the organization's other accounts do.

use super::records::{Match, Seller};
use super::{MONTH, PRODUCT, worth};
use crate::cloud::Cloud;
use crate::cloud::ask::Ask;
use crate::cloud::books::HeldReservation;
use crate::cloud::moment::Moment;
use crate::cloud::offers::ReservedOffer;
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::price_list::reserved_prices;
use crate::random::{below, hash, uuid};
use crate::region::ZONES;
use crate::sku::{Kind, Sku, text_key};
use std::collections::BTreeMap;
use tenor_money::{Money, Quantity, Rounding, UnitPrice};

/// Strangers come in spells: so long one is in which new ones may appear.
const SPELL: i64 = 14 * 86_400;
/// For how many spells one may stay.
const SPELLS_MAX: i64 = 5;

/// Reserved Instances that are alike but for their sellers: by remaining months and hourly price ([EC2:ri-market-general]).
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: String,
    /// Index into the offers' SKUs.
    pub(super) sku: usize,
    pub(super) zone: Option<u32>,
    pub(super) payment: Payment,
    pub(super) hourly: UnitPrice,
    /// Whole months that remain at least.
    pub(super) months: i64,
    /// The cheapest first.
    pub(super) lots: Vec<Lot>,
}

/// What one seller has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lot {
    pub(super) id: String,
    /// The listing, for an account of the organization.
    pub(super) listing: Option<String>,
    /// The term it was first sold with.
    pub(super) term: Term,
    pub(super) end: Moment,
    /// Of one.
    pub(super) price: Money,
    pub(super) count: u32,
}

type Key = (usize, Option<u32>, Payment, UnitPrice, i64);

impl Group {
    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.lots.iter().map(|lot| lot.count).sum()
    }

    /// What a seller of it offers.
    pub(super) fn offer(&self, lot: &Lot) -> ReservedOffer {
        ReservedOffer {
            id: self.id.clone(),
            sku: self.sku,
            class: OfferingClass::Standard,
            term: lot.term,
            payment: self.payment,
            price: ReservedPrice { upfront: lot.price, hourly: self.hourly },
            zone: self.zone,
        }
    }

    /// How long a buyer has them at least, in seconds.
    pub(super) fn seconds(&self) -> i64 {
        self.months * MONTH
    }

    /// How many there are at which price, the lowest first.
    pub(super) fn prices(&self) -> Vec<(u32, Money)> {
        let mut prices: BTreeMap<Money, u32> = BTreeMap::new();
        for lot in &self.lots {
            *prices.entry(lot.price).or_default() += lot.count;
        }
        prices.into_iter().map(|(price, count)| (count, price)).collect()
    }

    /// So many of the cheapest; none when there are not so many.
    pub(super) fn cheapest(&self, count: u32) -> Option<Vec<(&Lot, u32)>> {
        let mut wanted = count;
        let mut taken = Vec::new();
        for lot in &self.lots {
            let part = lot.count.min(wanted);
            if part > 0 {
                taken.push((lot, part));
            }
            wanted -= part;
        }
        (wanted == 0).then_some(taken)
    }
}

/// What the caller can buy in a Region. One's own listings are not among it ([BOTO:ec2 DescribeReservedInstancesOfferings]).
pub(super) fn groups(cloud: &Cloud, ask: &Ask<'_>, region: u32) -> Vec<Group> {
    let mut by_key: BTreeMap<Key, Vec<Lot>> = BTreeMap::new();
    let now = cloud.books.now;
    let mut add = |sku: usize, zone: Option<u32>, payment: Payment, hourly: UnitPrice, lot: Lot| {
        let months = (lot.end.0 - now.0).div_euclid(MONTH);
        if months > 0 && lot.count > 0 {
            by_key.entry((sku, zone, payment, hourly, months)).or_default().push(lot);
        }
    };
    for (index, sku) in cloud.offers.skus.iter().enumerate().filter(|(_, sku)| sku.region == region && is_instance(sku)) {
        for stranger in strangers(cloud, sku) {
            stranger.lots.into_iter().for_each(|lot| add(index, stranger.zone, stranger.payment, stranger.price.hourly, lot));
        }
    }
    for (held, lot) in listed(cloud, ask.caller.account, region) {
        let sku = cloud.offers.skus.iter().position(|sku| sku.usage_type == held.usage_type && sku.operation == held.operation);
        let sku = sku.expect("a reservation is for something that was on sale");
        add(sku, held.zone, held.payment, held.hourly, lot);
    }
    by_key.into_iter().map(|(key, lots)| group(cloud, key, lots)).collect()
}

/// Sets aside what somebody buys until it is paid for.
pub(super) fn set_aside(cloud: &mut Cloud, lot: &Lot, count: u32, reservation: String) {
    let seller = match &lot.listing {
        Some(listing) => {
            let now = cloud.books.now;
            cloud.set_listing(listing, |listing| (listing.matched, listing.updated) = (listing.matched + count, now));
            Seller::Listing(listing.clone())
        }
        None => {
            *cloud.books.ec2.taken.entry(lot.id.clone()).or_default() += count;
            Seller::Stranger(lot.id.clone())
        }
    };
    cloud.books.ec2.matches.push(Match { reservation, seller, count });
}

fn is_instance(sku: &Sku) -> bool {
    sku.product_code == PRODUCT && matches!(sku.kind, Kind::Ec2 { .. }) && !sku.unused_capacity
}

fn group(cloud: &Cloud, key: Key, mut lots: Vec<Lot>) -> Group {
    let (sku, zone, payment, hourly, months) = key;
    lots.sort_by(|a, b| (a.price, &a.id).cmp(&(b.price, &b.id)));
    let sold = &cloud.offers.skus[sku];
    let text = format!("{} {} {zone:?} {} {hourly} {months}", sold.usage_type, sold.operation, payment.text());
    Group { id: uuid(&[cloud.books.setup.seed, 73, text_key(&text)]), sku, zone, payment, hourly, months, lots }
}

/// What the other accounts have listed in a Region.
fn listed(cloud: &Cloud, caller: u32, region: u32) -> impl Iterator<Item = (&HeldReservation, Lot)> {
    let now = cloud.books.now;
    let open = cloud.books.ec2.listings.iter().filter(move |listing| {
        listing.state == super::records::ListingState::Active && listing.account != caller && listing.region == region
    });
    open.filter_map(move |listing| {
        let held = cloud.listed_reservation(listing)?;
        let price = listing.price_at(worth::months_left(held.end, now)).price;
        let id = Some(listing.id.clone());
        Some((held, Lot { id: listing.id.clone(), listing: id, term: held.term, end: held.end, price, count: listing.left() }))
    })
}

/// Sellers outside the organization who have the same to sell.
struct Strangers {
    zone: Option<u32>,
    payment: Payment,
    price: ReservedPrice,
    lots: Vec<Lot>,
}

/// Who sells reservations for a SKU now. All of it is simulated: they come from the seed and the calendar, and go again.
fn strangers(cloud: &Cloud, sku: &Sku) -> Vec<Strangers> {
    let now = cloud.books.now;
    let spell = now.0.div_euclid(SPELL);
    let kind = text_key(&format!("{} {}", sku.usage_type, sku.operation));
    let prices = reserved_prices(sku);
    let mut found = Vec::new();
    for spell in spell - SPELLS_MAX + 1..=spell {
        let key = hash(&[cloud.books.setup.seed, 70, kind, spell as u64]);
        let chance = |bound: u64, salt: u64| below(bound, &[key, salt]);
        let stays = SPELL + chance((SPELLS_MAX - 1) as u64 * SPELL as u64, 2) as i64;
        let since = spell * SPELL;
        if chance(3, 1) > 0 || now.0 >= since + stays {
            continue;
        }
        let (term, months) = if chance(2, 3) == 0 { (Term::OneYear, 12) } else { (Term::ThreeYears, 36) };
        let payment = [Payment::Half, Payment::Everything, Payment::Half, Payment::Nothing][chance(4, 4) as usize];
        let zone = (chance(2, 5) == 1).then(|| sku.region * ZONES + chance(u64::from(ZONES), 6) as u32);
        let end = Moment(since + (3 + chance(months - 4, 7) as i64) * MONTH + chance(MONTH as u64, 8) as i64);
        let listed = prices.iter().find(|(class, of, by, _)| (*class, *of, *by) == (OfferingClass::Standard, term, payment));
        let Some((.., price)) = listed else { continue };
        let worth = worth_of(*price, term, worth::months_left(end, now));
        let lots = (0..=chance(3, 9)).map(|seller| {
            let key = hash(&[key, 10, seller]);
            let id = format!("{key:016x}");
            let percent = 40 + below(71, &[key, 1]);
            let taken = cloud.books.ec2.taken.get(&id).copied().unwrap_or_default();
            let count = (1 + below(8, &[key, 2]) as u32).saturating_sub(taken);
            let price = Money::from_units(worth.units() * i128::from(percent) / 100).round_to(2, Rounding::HalfEven);
            Lot { id, listing: None, term, end, price, count }
        });
        found.push(Strangers { zone, payment, price: *price, lots: lots.collect() });
    }
    found
}

/// What a seller might think one is worth upfront: what is left of its upfront price, or a twentieth of its fees where there was none.
fn worth_of(price: ReservedPrice, term: Term, months: i64) -> Money {
    if price.upfront.is_zero() {
        let hours = Quantity::from_whole(months * MONTH / 3600);
        return Money::from_units(price.hourly.charge(hours, Rounding::HalfEven).units() / 20);
    }
    price.upfront_part(months * MONTH, term)
}

impl ReservedPrice {
    /// The part of its upfront price for so many seconds of a term.
    pub(super) fn upfront_part(&self, seconds: i64, term: Term) -> Money {
        let seconds = seconds.min(term.seconds());
        Money::from_units(tenor_money::mul_div_round(
            self.upfront.units(),
            i128::from(seconds),
            i128::from(term.seconds()),
            Rounding::HalfEven,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{Group, Lot};
    use crate::cloud::moment::Moment;
    use crate::price::{Payment, Term};
    use tenor_money::{Money, UnitPrice};

    /// [EC2:ri-market-general]: the lowest upfront price first, then the next lowest, until the order is fulfilled.
    #[test]
    fn the_cheapest_are_sold_first() {
        let lot = |id: &str, price, count| Lot {
            id: id.to_owned(),
            listing: None,
            term: Term::OneYear,
            end: Moment(0),
            price: Money::from_whole(price),
            count,
        };
        let lots = vec![lot("a", 50, 1), lot("b", 60, 2), lot("c", 60, 4)];
        let group = Group { id: String::new(), sku: 0, zone: None, payment: Payment::Half, hourly: UnitPrice::ZERO, months: 9, lots };
        let told = |count| group.cheapest(count).map(|taken| taken.iter().map(|(lot, n)| format!("{n} {}", lot.id)).collect::<Vec<_>>());
        assert_eq!(told(1), Some(vec!["1 a".to_owned()]));
        assert_eq!(told(4), Some(vec!["1 a".to_owned(), "2 b".to_owned(), "1 c".to_owned()]));
        assert_eq!(told(8), None);
        assert_eq!(group.prices(), [(1, Money::from_whole(50)), (6, Money::from_whole(60))]);
    }
}
