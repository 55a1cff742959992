//! Volume discounts: the more the organization has reserved in a Region, the cheaper its next standard reservations are.

use super::PRODUCT;
use crate::cloud::Cloud;
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::moment::Moment;
use crate::price::{OfferingClass, ReservedPrice, Term};
use tenor_money::{Money, Quantity, Rounding, UnitPrice};

/// From which list value on how many percent are taken off upfront and hourly prices. The first threshold is
/// [EC2:concepts-reserved-instances-application]'s; the second, and the percentages, are UNVERIFIED (from memory).
const TIERS: [(i64, u8); 3] = [(0, 0), (500_000, 5), (4_000_000, 10)];

/// What one unit costs over its whole term at public prices ([EC2:concepts-reserved-instances-application]: 60.00 + 0.007 * 8760 = 121.32).
pub(super) fn list_value(price: ReservedPrice, term: Term) -> Money {
    price.upfront + price.hourly.charge(Quantity::from_whole(term.seconds() / 3600), Rounding::HalfEven)
}

/// How many units of a purchase are had at which discount, when reservations of list value `before` are there: a unit counts by what is there
/// before it.
pub(super) fn parts(before: Money, each: Money, count: u32) -> Vec<(u32, u8)> {
    let mut found: Vec<(u32, u8)> = Vec::new();
    for unit in 0..count {
        let there = before.units() + each.units() * i128::from(unit);
        let tier = TIERS.iter().rfind(|(from, _)| Money::from_whole(*from).units() <= there);
        let percent = tier.map_or(0, |(_, percent)| *percent);
        match found.last_mut() {
            Some((units, last)) if *last == percent => *units += 1,
            _ => found.push((1, percent)),
        }
    }
    found
}

/// A price after a discount: exact, since prices have few decimals.
pub(in crate::cloud) fn discounted(price: ReservedPrice, percent: u8) -> ReservedPrice {
    let left = |units: i128| units * i128::from(100 - percent) / 100;
    ReservedPrice { upfront: Money::from_units(left(price.upfront.units())), hourly: UnitPrice::from_units(left(price.hourly.units())) }
}

/// Splits a reservation at its public price where it crosses tiers ([EC2:concepts-reserved-instances-application]: "multiple entries for that
/// purchase"). Only what AWS sells of the standard class has discounts.
pub(super) fn split(cloud: &Cloud, held: &HeldReservation, at: Moment) -> Vec<HeldReservation> {
    let price = ReservedPrice { upfront: held.upfront, hourly: held.hourly };
    let each = list_value(price, held.term);
    let sizes = match held.class {
        OfferingClass::Standard => parts(there(cloud, held.region, at), each, held.count),
        OfferingClass::Convertible => vec![(held.count, 0)],
    };
    let part = |(count, percent): (u32, u8)| {
        let price = discounted(price, percent);
        let mut part = HeldReservation { count, upfront: price.upfront, hourly: price.hourly, ..held.clone() };
        part.life.discount_percent = percent;
        part.life.list_value = Money::from_units(each.units() * i128::from(count));
        part
    };
    sizes.into_iter().map(part).collect()
}

/// Queued reservations that start by `to` are bought then, at the discount of then, in the order of time and id. The first part keeps the id.
pub(super) fn begin(cloud: &mut Cloud, to: Moment) {
    let is_due = |held: &&HeldReservation| held.product_code == PRODUCT && held.standing == Standing::Queued && held.start <= to;
    let mut due: Vec<(Moment, String)> = cloud.books.reserved.iter().filter(is_due).map(|held| (held.start, held.id.clone())).collect();
    due.sort();
    for (start, id) in due {
        let Some(index) = cloud.books.reserved.iter().position(|held| held.product_code == PRODUCT && held.id == id) else { continue };
        let mut parts = split(cloud, &cloud.books.reserved[index], start).into_iter();
        if let Some(first) = parts.next() {
            cloud.books.reserved[index] = first;
        }
        for mut part in parts {
            part.id = cloud.fresh_id();
            cloud.books.reserved.push(part);
        }
    }
}

/// The list value of what runs in a Region, all accounts together ([EC2:concepts-reserved-instances-application]).
fn there(cloud: &Cloud, region: u32, at: Moment) -> Money {
    let runs = |held: &&HeldReservation| {
        let is_bought = matches!(held.standing, Standing::Active | Standing::PaymentPending | Standing::Queued);
        held.product_code == PRODUCT && held.region == region && is_bought && held.start <= at && at < held.end
    };
    cloud.books.reserved.iter().filter(runs).map(|held| held.life.list_value).sum()
}

#[cfg(test)]
mod tests {
    use super::{discounted, list_value, parts};
    use crate::price::{ReservedPrice, Term};
    use tenor_money::Money;

    fn price(upfront: &str, hourly: &str) -> ReservedPrice {
        ReservedPrice { upfront: upfront.parse().unwrap(), hourly: hourly.parse().unwrap() }
    }

    #[test]
    fn the_list_value_is_that_of_the_guides_example() {
        assert_eq!(list_value(price("60", "0.007"), Term::OneYear).to_string(), "121.32");
    }

    #[test]
    fn a_purchase_that_crosses_tiers_is_split() {
        let cases = [
            ("0", "100000", 4, vec![(4, 0)]),
            ("0", "100000", 6, vec![(5, 0), (1, 5)]),
            ("499999.99", "100000", 2, vec![(1, 0), (1, 5)]),
            ("500000", "1", 3, vec![(3, 5)]),
            ("0", "2000000", 4, vec![(1, 0), (1, 5), (2, 10)]),
        ];
        for (before, each, count, wanted) in cases {
            let amount = |text: &str| text.parse::<Money>().unwrap();
            assert_eq!(parts(amount(before), amount(each), count), wanted, "{before} + {count} * {each}");
        }
    }

    #[test]
    fn a_discount_is_taken_off_both_prices() {
        let after = discounted(price("489", "0.041"), 5);
        assert_eq!((after.upfront.to_string(), after.hourly.to_string()), ("464.55".to_owned(), "0.03895".to_owned()));
    }
}
