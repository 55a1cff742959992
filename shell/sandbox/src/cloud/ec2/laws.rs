//! What holds whatever is bought, modified, exchanged and sold.

use super::records::{Origin, Sale};
use super::{exchange, listings, modify, purchase};
use crate::cloud::ask::{Answered, Ask, Caller};
use crate::cloud::books::Standing;
use crate::cloud::{Cloud, Setup};
use crate::price::{OfferingClass, Payment, Term};
use crate::random::below;
use crate::sku::instance_type_of;
use tenor_money::Money;
use tenor_wire::{Decimal, Value};

const DAY: i64 = 86_400;

fn cloud(seed: u64) -> Cloud {
    Cloud::new(Setup { seed, secret: 1, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 })
}

fn call(cloud: &mut Cloud, operation: fn(&mut Cloud, &Ask<'_>) -> Answered, input: Value) -> Answered {
    let caller = Caller { account: 0, arn: String::new(), access_key: String::new(), role: None, source_identity: String::new() };
    cloud.advance(1);
    operation(cloud, &Ask { caller: &caller, region: "us-east-1", host: "", input: &input, wall: jiff::Timestamp::UNIX_EPOCH })
}

fn offering(cloud: &Cloud, instance_type: &str, class: OfferingClass, term: Term, payment: Payment) -> String {
    let fits = |(offer, sku): &(&crate::cloud::offers::ReservedOffer, &crate::sku::Sku)| {
        (instance_type_of(sku), sku.operation, offer.class, offer.term, offer.payment, offer.zone)
            == (instance_type, "RunInstances", class, term, payment, None)
    };
    cloud.offers.reserved_in("AmazonEC2", 0).find(fits).unwrap().0.id.clone()
}

fn buy(cloud: &mut Cloud, offering: &str, count: i64) -> String {
    let input = Value::of([("ReservedInstancesOfferingId", offering.into()), ("InstanceCount", count.into())]);
    let answer = call(cloud, purchase::purchase, input).unwrap();
    answer.text("ReservedInstancesId").unwrap().to_owned()
}

fn list(cloud: &mut Cloud, id: &str, count: i64, price: &str) -> String {
    let schedule = Value::of([("Price", Value::Decimal(Decimal::parse(price).unwrap()))]);
    let input = Value::of([
        ("ReservedInstancesId", id.into()),
        ("InstanceCount", count.into()),
        ("PriceSchedules", vec![schedule].into()),
        ("ClientToken", id.into()),
    ]);
    let answer = call(cloud, listings::create, input).unwrap();
    answer.list("ReservedInstancesListings").unwrap()[0].text("ReservedInstancesListingId").unwrap().to_owned()
}

/// A listing of ten half-paid `m5.large` with eleven months left, in a fresh cloud.
fn listed(seed: u64, price: &str) -> (Cloud, String) {
    let mut cloud = cloud(seed);
    let offering = offering(&cloud, "m5.large", OfferingClass::Standard, Term::OneYear, Payment::Half);
    let id = buy(&mut cloud, &offering, 10);
    cloud.advance(31 * DAY);
    let listing = list(&mut cloud, &id, 10, price);
    (cloud, listing)
}

fn sales(cloud: &Cloud, listing: &str) -> Vec<Sale> {
    cloud.listing(listing).unwrap().sales.clone()
}

#[test]
fn the_same_is_sold_in_one_step_as_day_by_day() {
    let told = |cloud: &Cloud, listing: &str| sales(cloud, listing).iter().map(|sale| (sale.at, sale.count)).collect::<Vec<_>>();
    let mut numbers = Vec::new();
    for seed in 1..6 {
        let (mut at_once, listing) = listed(seed, "150");
        let (mut daily, same) = listed(seed, "150");
        at_once.advance(100 * DAY);
        (0..100).for_each(|_| daily.advance(DAY));
        assert_eq!(told(&at_once, &listing), told(&daily, &same), "seed {seed}");
        numbers.push(told(&daily, &same).len());
    }
    assert!(numbers.iter().sum::<usize>() > 5, "{numbers:?}");
}

/// A new one costs 252 dollars for a year, so about 230 for the eleven months.
#[test]
fn the_cheaper_a_listing_the_more_of_it_is_sold() {
    let sold = |price: &str| -> u32 {
        let each = (1..6).map(|seed| {
            let (mut cloud, listing) = listed(seed, price);
            cloud.advance(10 * DAY);
            sales(&cloud, &listing).iter().map(|sale| sale.count).sum::<u32>()
        });
        each.sum()
    };
    let numbers = ["0", "100", "230", "400"].map(sold);
    assert!(numbers.is_sorted_by(|cheaper, dearer| cheaper >= dearer), "{numbers:?}");
    assert!(numbers[0] > 40 && numbers[3] == 0, "{numbers:?}");
}

#[test]
fn aws_keeps_twelve_percent_of_what_a_buyer_pays() {
    let (mut cloud, listing) = listed(1, "33.35");
    cloud.advance(100 * DAY);
    for sale in sales(&cloud, &listing) {
        assert_eq!(sale.fee.units() * 100, sale.price.units() * i128::from(sale.count) * 12);
    }
    assert_eq!(cloud.listing(&listing).unwrap().left(), 0);
}

/// Every dollar that was paid upfront is borne by some reservation, and no other one is.
fn check_balance(cloud: &Cloud, what: &str) {
    let (mut paid, mut borne) = (Money::ZERO, Money::ZERO);
    for held in &cloud.books.reserved {
        let own = Money::from_units(held.upfront.units() * i128::from(held.count));
        paid += own + if let Origin::Exchanged { due } = held.life.origin { due } else { Money::ZERO };
        borne += own + held.life.carried - held.life.passed_on;
        assert!(held.life.carried >= Money::ZERO && held.end <= held.term_end(), "{what}");
    }
    assert_eq!(paid, borne, "{what}");
}

fn try_modify(cloud: &mut Cloud, id: &str, count: u32, luck: u64) {
    let half = i64::from(count / 2);
    let target = |count: i64, zone: Option<&str>| {
        let mut target = Value::of([("InstanceCount", count.into())]);
        match zone {
            Some(zone) => target.set("AvailabilityZone", zone.into()),
            None => target.set("Scope", "Region".into()),
        }
        target
    };
    let targets = if luck == 0 && half > 0 {
        vec![target(half, None), target(i64::from(count) - half, Some("us-east-1b"))]
    } else {
        vec![target(i64::from(count), Some("us-east-1a"))]
    };
    let input = Value::of([("ReservedInstancesIds", vec![id].into()), ("TargetConfigurations", targets.into())]);
    drop(call(cloud, modify::modify, input));
}

#[test]
fn upfront_money_is_neither_lost_nor_made() {
    let mut done = [0; 4];
    for seed in 0..4 {
        let mut cloud = cloud(seed);
        let types = ["m5.large", "m5.xlarge", "c5.large", "r5.large"];
        for turn in 0..120_u64 {
            let luck = |bound: u64, salt: u64| below(bound, &[seed, turn, salt]);
            let active: Vec<(String, u32)> = cloud
                .books
                .reserved
                .iter()
                .filter(|held| held.standing == Standing::Active)
                .map(|held| (held.id.clone(), held.count))
                .collect();
            let payment = [Payment::Nothing, Payment::Half, Payment::Everything][luck(3, 1) as usize];
            let class = [OfferingClass::Standard, OfferingClass::Convertible][luck(2, 2) as usize];
            let wanted = types[luck(4, 3) as usize];
            let chosen = active.get(luck(active.len().max(1) as u64, 4) as usize).cloned();
            let before = (cloud.books.reserved.len(), cloud.books.ec2.modifications.len(), cloud.books.ec2.listings.len());
            match (luck(4, 5), chosen) {
                (0, _) | (_, None) => {
                    let offering = offering(&cloud, wanted, class, Term::OneYear, payment);
                    let input =
                        Value::of([("ReservedInstancesOfferingId", offering.into()), ("InstanceCount", (1 + luck(4, 6) as i64).into())]);
                    drop(call(&mut cloud, purchase::purchase, input));
                    done[0] += cloud.books.reserved.len() - before.0;
                }
                (1, Some((id, count))) => {
                    try_modify(&mut cloud, &id, count, luck(2, 7));
                    done[1] += cloud.books.ec2.modifications.len() - before.1;
                }
                (2, Some((id, _))) => {
                    let offering = offering(&cloud, wanted, OfferingClass::Convertible, Term::OneYear, payment);
                    let target = Value::of([("OfferingId", offering.into())]);
                    let input = Value::of([("ReservedInstanceIds", vec![id].into()), ("TargetConfigurations", vec![target].into())]);
                    drop(call(&mut cloud, exchange::accept, input));
                    done[2] += cloud.books.reserved.len() - before.0;
                }
                (_, Some((id, count))) => {
                    let schedule = Value::of([("Price", Value::Decimal(Decimal::from(luck(100, 8) as i64)))]);
                    let input = Value::of([
                        ("ReservedInstancesId", id.into()),
                        ("InstanceCount", i64::from(count).into()),
                        ("PriceSchedules", vec![schedule].into()),
                        ("ClientToken", turn.to_string().into()),
                    ]);
                    drop(call(&mut cloud, listings::create, input));
                    done[3] += cloud.books.ec2.listings.len() - before.2;
                }
            }
            cloud.advance(1 + luck(6 * DAY as u64, 9) as i64);
            check_balance(&cloud, &format!("seed {seed}, turn {turn}"));
        }
        let kept = serde_json::to_string(&cloud.books).unwrap();
        let found: crate::cloud::Books = serde_json::from_str(&kept).unwrap();
        assert_eq!(serde_json::to_string(&found).unwrap(), kept);
    }
    assert!(done.iter().all(|times| *times > 20), "{done:?}");
}
