//! What holds of the bills of all months that are over.

use super::state::{ROUNDING, sold_of};
use crate::closing::closing_rows;
use crate::cloud::Cloud;
use crate::cloud::bills::{has_run, request};
use crate::cloud::books::{Books, HeldPlan, HeldReservation};
use crate::cloud::ec2::{Origin, upfront_left};
use crate::fleet::Fleet;
use crate::hour::{Scratch, rows_of_hour};
use crate::line::LineItemType;
use crate::month::Month;
use crate::request::BillRequest;
use crate::sku::Sku;
use crate::truth::Sums;
use crate::world::World;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding, mul_div_round};

/// What all bills say of one commitment.
#[derive(Debug, Default, PartialEq, Eq)]
struct Billed {
    months: Vec<BillingPeriod>,
    paid: Money,
    refunded: Money,
    recurring: Money,
    amortized: Money,
}

/// What the books say that bills have to say.
struct Owed {
    arn: String,
    months: Vec<BillingPeriod>,
    paid: Money,
    refunded: Money,
    recurring: Money,
}

/// The bills have what was held: each commitment in every month of its life, paid for once and by the hour from start to end, and nothing else; and
/// what was paid upfront is spread over the time for which it was paid, or went with what was sold.
pub(super) fn check(cloud: &Cloud, skus: &mut Vec<Sku>) {
    let Some(until) = cloud.closed_months().last().map(|period| period.end().as_second()) else { return };
    let mut billed: BTreeMap<String, Billed> = BTreeMap::new();
    for period in cloud.closed_months() {
        let (start, end) = (period.start().as_second(), period.end().as_second());
        let (reservations, plans) = cloud.commitments(start..end, skus);
        for found in &reservations {
            let entry = billed.entry(found.arn.clone()).or_default();
            assert_ne!(entry.months.last(), Some(&period), "{} is twice on the bill of {period}", found.arn);
            entry.months.push(period);
            entry.recurring += found.recurring(start, end);
            entry.amortized += found.amortized(start, end);
            if (start..end).contains(&found.span.start) {
                entry.paid += found.paid;
            }
        }
        for plan in &plans {
            let entry = billed.entry(plan.arn.clone()).or_default();
            assert_ne!(entry.months.last(), Some(&period), "{} is twice on the bill of {period}", plan.arn);
            entry.months.push(period);
            if (start..end).contains(&plan.span.start) {
                entry.paid += plan.upfront;
            }
            if plan.refunded.is_some_and(|at| (start..end).contains(&at)) {
                entry.refunded += plan.upfront;
            }
        }
    }
    for owed in of_reservations(cloud, until, skus).chain(of_plans(cloud, until)) {
        let found = billed.get(&owed.arn);
        if owed.months.is_empty() {
            assert_eq!(found, None, "{} is billed and was not to be", owed.arn);
            continue;
        }
        let found = found.unwrap_or_else(|| panic!("{} is on no bill", owed.arn));
        assert_eq!((&found.months, found.paid, found.refunded), (&owed.months, owed.paid, owed.refunded), "{}", owed.arn);
        assert_eq!(found.recurring, owed.recurring, "{}", owed.arn);
    }
    let known: usize = of_reservations(cloud, until, skus).chain(of_plans(cloud, until)).filter(|owed| !owed.months.is_empty()).count();
    assert_eq!(billed.len(), known, "something is billed that nobody holds: {:?}", billed.keys());
    sunk_money_is_kept(cloud, until, &billed, skus);
}

/// What a month's bill says of each commitment, and how it is shared.
pub(super) fn told(cloud: &Cloud, period: BillingPeriod, skus: &mut Vec<Sku>) -> String {
    let (start, end) = (period.start().as_second(), period.end().as_second());
    let (reservations, plans) = cloud.commitments(start..end, skus);
    let within = |at: i64| (start..end).contains(&at);
    let mut told = vec![format!("{:?}", cloud.preferences_before(end))];
    for found in &reservations {
        let paid = if within(found.span.start) { found.paid } else { Money::ZERO };
        told.push(format!("{} {paid} {} {}", found.arn, found.recurring(start, end), found.amortized(start, end)));
    }
    for plan in &plans {
        let paid = if within(plan.span.start) { plan.upfront } else { Money::ZERO };
        let until = plan.span.end().min(end);
        told.push(format!("{} {paid} {until} {}", plan.arn, plan.refunded.is_some_and(within)));
    }
    told.sort();
    told.join("; ")
}

/// The months in which something runs that are over by `until`; the month of its start too where it is paid for then.
fn months(start: i64, end: i64, until: i64, is_paid: bool) -> Vec<BillingPeriod> {
    if start >= until || (end <= start && !is_paid) {
        return Vec::new();
    }
    let first = BillingPeriod::containing(crate::cloud::Moment(start).timestamp());
    let last = end.min(until);
    std::iter::successors(Some(first), |period| Some(period.next()))
        .take_while(|period| *period == first || period.start().as_second() < last)
        .collect()
}

/// A fee for each hour, second by second, to eight decimals (rounding rules 1.4 and 4.2).
fn by_the_second(hourly: i128, seconds: i64) -> Money {
    Money::from_units(mul_div_round(hourly, i128::from(seconds), 3600 * 10_000, Rounding::HalfEven) * 10_000)
}

fn of_reservations<'a>(cloud: &'a Cloud, until: i64, skus: &mut Vec<Sku>) -> impl Iterator<Item = Owed> + use<'a> {
    let owed: Vec<Owed> = cloud
        .books
        .reserved
        .iter()
        .map(|held| {
            let arn = cloud.billed(held, skus).expect("what is held is for a SKU").arn;
            let own = Money::from_units(held.upfront.units() * i128::from(held.count));
            let paid = own + if let Origin::Exchanged { due } = held.life.origin { due } else { Money::ZERO };
            let months = if has_run(held.standing) { months(held.start.0, held.end.0, until, !paid.is_zero()) } else { Vec::new() };
            let seconds = (held.end.0.min(until) - held.start.0).max(0);
            let recurring = by_the_second(held.hourly.units() * i128::from(held.count), seconds);
            Owed { arn, months, paid, refunded: Money::ZERO, recurring }
        })
        .collect();
    owed.into_iter()
}

fn of_plans(cloud: &Cloud, until: i64) -> impl Iterator<Item = Owed> {
    cloud.books.plans.iter().map(move |plan| {
        let end = plan.returned.map_or(plan.end(), |at| at.min(plan.end())).0;
        let months = if has_run(plan.standing) { months(plan.start.0, end, until, false) } else { Vec::new() };
        let refunded = if plan.returned.is_some_and(|at| at.0 < until) { plan.upfront } else { Money::ZERO };
        Owed { arn: cloud.plan_arn(plan), months, paid: plan.upfront, refunded, recurring: Money::ZERO }
    })
}

/// What was paid upfront is amortized, or still to be, or went with what was sold; an exchange costs at most the value of a running hour
/// ([EC2:ri-convertible-exchange]; the quote counts whole hours).
fn sunk_money_is_kept(cloud: &Cloud, until: i64, billed: &BTreeMap<String, Billed>, skus: &mut Vec<Sku>) {
    let books = &cloud.books;
    let (mut paid, mut spread, mut to_come, mut gone) = (Money::ZERO, Money::ZERO, Money::ZERO, Money::ZERO);
    let mut records = 0;
    for held in books.reserved.iter().filter(|held| has_run(held.standing) && held.start.0 < until) {
        let on_bill = cloud.billed(held, skus).expect("what is held is for a SKU");
        let amortized = billed.get(&on_bill.arn).map_or(Money::ZERO, |billed| billed.amortized);
        let rest = on_bill.upfront() - amortized;
        records += 1;
        paid += on_bill.paid;
        spread += amortized;
        if held.end.0 > until {
            to_come += rest;
        } else if held.life.term_end.is_none() {
            assert!(rest.is_zero(), "{rest} of {held:?} is never amortized");
        } else {
            let lost = rest - held.life.passed_on;
            check_loss(books, held, lost);
            gone += lost;
            // What is carried on into a month that is not over yet is on no bill yet.
            let is_carried_later = held.end.0 >= until;
            to_come += if is_carried_later { held.life.passed_on } else { Money::ZERO };
        }
    }
    let left = paid - spread - to_come - gone;
    assert!(left.abs() <= Money::from_units(ROUNDING.units() * (records + 1)), "{left} of {paid} paid upfront is unaccounted for");
}

fn check_loss(books: &Books, held: &HeldReservation, lost: Money) {
    let is_follower = |next: &&HeldReservation| next.product_code == held.product_code && next.life.from.contains(&held.id);
    let follower = books.reserved.iter().find(is_follower).map(|next| next.life.origin);
    let whole = upfront_left(held, held.end);
    let most = match follower {
        Some(Origin::Modified) => Money::ZERO,
        Some(Origin::Exchanged { .. }) => {
            let span = (held.term_end().0 - held.start.0).max(1);
            let all = Money::from_units(held.upfront.units() * i128::from(held.count)) + held.life.carried;
            Money::from_units(all.units() * 3600 / i128::from(span))
        }
        _ => whole.share(i128::from(sold_of(books, held)), i128::from(held.count), Rounding::HalfEven),
    };
    let slack = Money::from_units(ROUNDING.units() * 2);
    let is_sale = matches!(follower, None | Some(Origin::Unsold));
    let is_right = if is_sale { (lost - most).abs() <= slack } else { lost <= most + slack && lost >= -slack };
    assert!(is_right, "{lost} of {whole} is lost, at most {most} may be: {held:?}");
}

/// The rows of a month's bill add up to what its commitments cost, and what they cover costs nothing more.
///
/// The fleet, which takes long to make, is given back.
pub(super) fn check_rows(cloud: &Cloud, period: BillingPeriod, fleet: Fleet) -> Fleet {
    let request = BillRequest { start: period, ..request(&cloud.books.setup) };
    let own = fleet.skus.len();
    let mut world = cloud.world_of(&request, fleet);
    add_up(cloud, &world, period);
    world.fleet.skus.truncate(own);
    world.fleet
}

fn add_up(cloud: &Cloud, world: &World, period: BillingPeriod) {
    let month = Month::new(world, period);
    let (mut sums, mut scratch, mut rows) = (Sums::new(&month), Scratch::default(), Vec::new());
    let mut all: BTreeMap<(LineItemType, bool), Money> = BTreeMap::new();
    let mut add = |rows: &[crate::line::LineItem]| {
        for row in rows {
            let kind = &month.kinds[row.kind as usize];
            *all.entry((kind.line_type, kind.reservation.or(kind.plan).is_some())).or_default() += row.unblended;
        }
    };
    for hour in (month.start..month.end).step_by(3600) {
        rows_of_hour(&month, hour, &mut scratch, &mut rows);
        sums.add(&month, &rows);
        add(&rows);
    }
    add(&closing_rows(&month, &mut sums));
    let of = |line_type| all.get(&(line_type, true)).copied().unwrap_or_default();
    let within = |at: i64| (month.start..month.end).contains(&at);
    let (reservations, plans) = (&world.reservations, &world.plans);
    let fees: Money = reservations.iter().map(|found| found.recurring(month.start, month.end)).sum();
    let paid: Money = reservations.iter().filter(|found| within(found.span.start)).map(|found| found.paid).sum();
    let upfront: Money = plans.iter().filter(|plan| within(plan.span.start)).map(|plan| plan.upfront).sum();
    let refunds: Money = plans.iter().filter(|plan| plan.refunded.is_some_and(within)).map(|plan| plan.upfront).sum();
    let clock_hour = |second: i64| second.div_euclid(3600);
    let hours = |plan: &HeldPlan| {
        let end = plan.returned.map_or(plan.end(), |at| at.min(plan.end())).0;
        (clock_hour(end).min(clock_hour(month.end)) - clock_hour(plan.start.0).max(clock_hour(month.start))).max(0)
    };
    let held = cloud.books.plans.iter().filter(|plan| has_run(plan.standing));
    let hourly: Money = held.map(|plan| Money::from_units(plan.recurring.units() * i128::from(hours(plan)))).sum();
    assert_eq!(of(LineItemType::RiFee), fees, "{period}");
    assert_eq!(of(LineItemType::Fee), paid, "{period}");
    assert_eq!(of(LineItemType::SavingsPlanUpfrontFee), upfront, "{period}");
    assert_eq!(of(LineItemType::Refund), -refunds, "{period}");
    assert_eq!(of(LineItemType::SavingsPlanRecurringFee), hourly, "{period}");
    assert_eq!(of(LineItemType::DiscountedUsage), Money::ZERO, "{period}");
    assert_eq!(of(LineItemType::SavingsPlanCoveredUsage) + of(LineItemType::SavingsPlanNegation), Money::ZERO, "{period}");
}
