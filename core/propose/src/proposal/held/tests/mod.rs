//! Changes of what a small organization holds.

mod organization;

use super::super::inputs::Inputs;
use super::super::policy::Kind;
use super::super::propose;
use super::HeldStep;
use crate::solve::OneByOne;
use organization::{DAY, YEAR, holds, idle, idle_until, plan, second, sells, uses};
use tenor_money::Money;

/// What is proposed of what is held, and what could not be looked at.
fn told(inputs: &Inputs) -> String {
    let proposal = propose(inputs, "", &OneByOne).unwrap();
    assert_eq!(proposal.steps, [], "nothing is bought here");
    let line = |step: &HeldStep| {
        let until = step.deadline.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
        format!(
            "{}. {} {}: {}\n   {} -> {}\n   {} now{until}; saves {}, {} to {}\n   {}\n",
            step.number,
            step.action,
            step.id,
            step.what,
            step.from,
            step.to,
            step.money_now,
            step.savings.expected,
            step.savings.p10,
            step.savings.p90,
            step.reason
        )
    };
    let steps: String = proposal.changes.iter().map(line).collect();
    let limits: String = proposal.limitations.iter().map(|limit| format!("note: {limit}\n")).collect();
    let saved = if steps.is_empty() { "nothing".to_owned() } else { format!("saves {}", proposal.certificate.changes) };
    format!("{steps}{limits}{saved}")
}

fn with(inputs: &Inputs, change: impl FnOnce(&mut Inputs)) -> String {
    let mut inputs = inputs.clone();
    change(&mut inputs);
    told(&inputs)
}

#[test]
fn a_zonal_reservation_becomes_regional_where_its_zone_uses_less() {
    let mut inputs = idle();
    holds(&mut inputs, 0, Some("use1-az1"), None, 100);
    uses(&mut inputs, 0, Some("use1-az1"), 4);
    uses(&mut inputs, 1, None, 3);
    insta::assert_snapshot!(told(&inputs), @"
    1. modify ri-1: 10 × m5.large reservation in us-east-1
       zonal in use1-az1 -> regional: every size of m5 in any zone of us-east-1
       0 now; saves 2764.8, 967.68 to 3663.36
       Over 3 futures 30.1% of it is used in use1-az1; as a regional one it covers every size of m5 in any zone of us-east-1.
    note: EC2 reservations held that are not used fully and of which the bill does not say whether they are standard or convertible: 1; to exchange or to sell them was not considered
    saves 2764.8
    ");
    let windows = with(&idle(), |inputs| {
        holds(inputs, 3, Some("use1-az1"), Some(false), 100);
        uses(inputs, 3, None, 10);
    });
    insta::assert_snapshot!(windows, @"
    1. modify ri-1: 10 × m5.large standard reservation for RunInstances:0002 in us-east-1
       zonal in use1-az1 -> regional: m5.large in any zone of us-east-1
       0 now; saves 9013.472, 3126.816 to 11956.8
       Over 3 futures 0.0% of it is used in use1-az1; as a regional one it covers m5.large in any zone of us-east-1.
    saves 9013.472
    ");
}

#[test]
fn a_zonal_reservation_stays_where_that_brings_nothing_or_is_not_allowed() {
    let mut inputs = idle();
    inputs.policy.held.exchange = false;
    holds(&mut inputs, 0, Some("use1-az1"), None, 100);
    uses(&mut inputs, 0, Some("use1-az1"), 4);
    let only_there = told(&inputs);
    uses(&mut inputs, 1, None, 3);
    let forbidden = with(&inputs, |inputs| inputs.policy.held.modify = false);
    let queued = with(&inputs, |inputs| inputs.held_reservations[0].start += 101 * DAY);
    assert_eq!([only_there.as_str(), &forbidden, &queued], ["nothing"; 3]);
}

#[test]
fn a_plan_that_costs_more_than_it_covers_is_returned() {
    let mut inputs = idle();
    uses(&mut inputs, 0, None, 10);
    plan(&mut inputs, "2024-05-15T10:00:00Z", "2");
    insta::assert_snapshot!(told(&inputs), @"
    1. return sp-1: Compute Savings Plan of 4 an hour
       held until 2025-05-15T10:00:00Z -> returned; what it covers goes to other commitments or on demand
       17520 now until 2024-05-22T10:00:00Z; saves 26580.128, 26574.752 to 26590.88
       Over 3 futures 17.5% of it is used, and what it covers costs less without it than its fees.
    saves 26580.128
    ");
}

#[test]
fn a_plan_is_kept_where_it_pays_or_the_rules_do_not_take_it_back() {
    let mut inputs = idle();
    uses(&mut inputs, 0, None, 10);
    let at = |start: &str, recurring: &str| {
        let mut inputs = inputs.clone();
        plan(&mut inputs, start, recurring);
        inputs
    };
    let idle_plan = at("2024-05-15T10:00:00Z", "2");
    let pays = told(&at("2024-05-15T10:00:00Z", "0.25"));
    let week_over = told(&at("2024-05-10T00:00:00Z", "2"));
    let too_large = told(&at("2024-05-15T10:00:00Z", "50.0001"));
    let no_returns_left = with(&idle_plan, |inputs| inputs.policy.purchase.returns_left = 0);
    let forbidden = with(&idle_plan, |inputs| inputs.policy.held.returns = false);
    let mut june = idle_until("2024-06-01T00:00:00Z");
    uses(&mut june, 0, None, 10);
    plan(&mut june, "2024-05-30T10:00:00Z", "2");
    assert_eq!([pays.as_str(), &week_over, &too_large, &no_returns_left, &forbidden, &told(&june)], ["nothing"; 6]);
    assert_ne!(told(&at("2024-05-15T10:00:00Z", "50")), "nothing", "100 an hour is not too much");
    assert_ne!(told(&at("2024-05-10T01:00:00Z", "2")), "nothing", "the last hour of the week");
}

#[test]
fn no_more_plans_are_returned_than_returns_are_left() {
    let mut inputs = idle();
    uses(&mut inputs, 0, None, 10);
    inputs.policy.purchase.returns_left = 1;
    plan(&mut inputs, "2024-05-15T10:00:00Z", "2");
    plan(&mut inputs, "2024-05-16T10:00:00Z", "3");
    insta::assert_snapshot!(told(&inputs), @"
    1. return sp-2: Compute Savings Plan of 6 an hour
       held until 2025-05-16T10:00:00Z -> returned; what it covers goes to other commitments or on demand
       26280 now until 2024-05-23T10:00:00Z; saves 52494.96, 52494.96 to 52494.96
       Over 3 futures 0.0% of it is used, and what it covers costs less without it than its fees.
    saves 52494.96
    ");
}

#[test]
fn a_convertible_reservation_nobody_uses_is_exchanged_for_what_is_used() {
    let mut inputs = idle();
    holds(&mut inputs, 0, None, Some(true), 100);
    uses(&mut inputs, 2, None, 9);
    sells(&mut inputs, 2, "No Upfront", "0.08", "0");
    sells(&mut inputs, 2, "All Upfront", "0", "690");
    let without_upfront = told(&inputs);
    insta::assert_snapshot!(without_upfront, @"
    1. exchange ri-1: 10 × m5 convertible reservation of 4 normalized units each in us-east-1
       10 held -> 8 × r5.large convertible reservation, 1yr No Upfront, in us-east-1 until 2025-02-06T00:00:00Z
       0 now until 2025-02-05T00:00:00Z; saves 4584, 1439.04 to 6156.48
       Over 3 futures 0.0% of it is used, and r5 in us-east-1 pays on demand for what 8 × r5.large would cover.
    saves 4584
    ");
    let all_upfront = with(&inputs, |inputs| {
        inputs.held_reservations[0].hourly = "0".parse().unwrap();
        inputs.held_reservations[0].upfront = Money::from_whole(5_000);
    });
    insta::assert_snapshot!(all_upfront, @"
    1. exchange ri-1: 10 × m5 convertible reservation of 4 normalized units each in us-east-1
       10 held -> 8 × r5.large convertible reservation, 1yr All Upfront, in us-east-1 until 2025-02-06T00:00:00Z
       -377.5342 now until 2025-02-05T00:00:00Z; saves 4460.8658, 1315.9058 to 6033.3458
       Over 3 futures 0.0% of it is used, and r5 in us-east-1 pays on demand for what 8 × r5.large would cover.
    saves 4460.8658
    ");
    let in_part = with(&inputs, |inputs| uses(inputs, 0, None, 5));
    insta::assert_snapshot!(in_part, @"
    1. exchange ri-1: 6 × m5 convertible reservation of 4 normalized units each in us-east-1
       10 held; split off by a modification first -> 5 × r5.large convertible reservation, 1yr No Upfront, in us-east-1 until 2025-02-06T00:00:00Z
       0 now until 2025-02-05T00:00:00Z; saves 3294.96, 3087.408 to 3655.632
       Over 3 futures 36.4% of it is used, and r5 in us-east-1 pays on demand for what 5 × r5.large would cover.
    saves 3294.96
    ");
}

#[test]
fn a_reservation_is_not_exchanged_where_that_is_dearer_or_the_rules_forbid_it() {
    let mut inputs = idle();
    holds(&mut inputs, 0, None, Some(true), 100);
    uses(&mut inputs, 2, None, 9);
    let not_sold = told(&inputs);
    sells(&mut inputs, 2, "No Upfront", "0.08", "0");
    let forbidden = with(&inputs, |inputs| inputs.policy.held.exchange = false);
    let standard = with(&inputs, |inputs| inputs.held_reservations[0].is_convertible = Some(false));
    let last_day = with(&inputs, |inputs| inputs.held_reservations[0].start = second("2024-05-17T23:00:00Z") - YEAR);
    let price_is_lower = with(&inputs, |inputs| inputs.held_reservations[0].hourly = "0.081".parse().unwrap());
    let modified_before = with(&inputs, |inputs| inputs.held_reservations[0].seconds -= DAY);
    let used = with(&inputs, |inputs| {
        uses(inputs, 0, None, 40);
        inputs.skus[2].on_demand = "0.01".parse().unwrap();
    });
    let all = [not_sold.as_str(), &forbidden, &standard, &last_day, &price_is_lower, &modified_before, &used];
    assert_eq!(all, ["nothing"; 7]);
    insta::assert_snapshot!(with(&inputs, |inputs| inputs.held_reservations[0].is_convertible = None), @"
    note: EC2 reservations held that are not used fully and of which the bill does not say whether they are standard or convertible: 1; to exchange or to sell them was not considered
    nothing
    ");
}

#[test]
fn a_standard_reservation_nobody_uses_is_listed_at_what_its_owner_expects() {
    let mut inputs = idle();
    inputs.policy.held.resale = Some("70%".parse().unwrap());
    holds(&mut inputs, 0, None, Some(false), 100);
    uses(&mut inputs, 2, None, 9);
    insta::assert_snapshot!(told(&inputs), @"
    1. list ri-1: 10 × m5 standard reservation of 4 normalized units each in us-east-1
       10 held -> 10 listed on the marketplace for 0 upfront in all; the buyer takes over the recurring fees
       0 now until 2025-01-07T00:00:00Z; saves 3816, 3816 to 3816
       Over 3 futures 0.0% of it is used, and what is expected for it, with the fees that end, comes to more than its usage costs without it.
    saves 3816
    ");
    let in_part = with(&inputs, |inputs| {
        inputs.held_reservations[0].hourly = "0.03".parse().unwrap();
        inputs.held_reservations[0].upfront = Money::from_whole(2_600);
        uses(inputs, 0, None, 4);
    });
    insta::assert_snapshot!(in_part, @"
    1. list ri-1: 7 × m5 standard reservation of 4 normalized units each in us-east-1
       10 held -> 7 listed on the marketplace for 924.91 upfront in all; the buyer takes over the recurring fees
       813.9208 now until 2025-01-07T00:00:00Z; saves 1710.2248, 1538.9608 to 2052.7528
       Over 3 futures 29.1% of it is used, and what is expected for it, with the fees that end, comes to more than its usage costs without it.
    saves 1710.2248
    ");
}

#[test]
fn a_reservation_is_not_listed_where_it_pays_or_the_marketplace_refuses_it() {
    let mut inputs = idle();
    inputs.policy.held.resale = Some("70%".parse().unwrap());
    holds(&mut inputs, 0, None, Some(false), 30);
    uses(&mut inputs, 2, None, 9);
    assert_ne!(told(&inputs), "nothing", "30 days are enough");
    let young = with(&inputs, |inputs| inputs.held_reservations[0].start += 3_600);
    let old = with(&inputs, |inputs| inputs.held_reservations[0].start = second("2024-06-15T23:00:00Z") - YEAR);
    let convertible = with(&inputs, |inputs| inputs.held_reservations[0].is_convertible = Some(true));
    let unasked = with(&inputs, |inputs| inputs.policy.held.resale = None);
    let used = with(&inputs, |inputs| uses(inputs, 0, None, 40));
    let opt_in = with(&inputs, |inputs| {
        inputs.held_reservations[0].family = Some("EC2 me-south-1 m5 RunInstances default".to_owned());
    });
    assert_eq!([young.as_str(), &old, &convertible, &unasked, &used, &opt_in], ["nothing"; 6]);
}

#[test]
fn no_change_takes_usage_from_steps_that_need_it() {
    let mut inputs = idle();
    inputs.scenarios = 4;
    holds(&mut inputs, 0, None, Some(true), 100);
    // Among equals the smaller id covers first.
    inputs.held_reservations[0].id = "arn:ri-1".to_owned();
    inputs.held_reservations[0].hourly = "0.02".parse().unwrap();
    uses(&mut inputs, 2, None, 9);
    sells(&mut inputs, 2, "No Upfront", "0.02", "0");
    inputs.policy.kinds = vec![Kind::ConvertibleReservation];
    inputs.policy.limits.hourly = Some("0.1".parse().unwrap());
    inputs.policy.utilization.probability = "50%".parse().unwrap();
    let told = |at_least: &str| {
        let mut inputs = inputs.clone();
        inputs.policy.utilization.at_least = at_least.parse().unwrap();
        let proposal = propose(&inputs, "", &OneByOne).unwrap();
        let steps = proposal.steps.iter().map(|step| format!("{} {}\n", step.action, step.what));
        let changes = proposal.changes.iter().map(|step| format!("{} {}, saves {}\n", step.action, step.what, step.savings.expected));
        steps.chain(changes).collect::<String>()
    };
    insta::assert_snapshot!(told("0%"), @"
    buy 5 × r5.large convertible reservation, 1yr No Upfront, us-east-1
    exchange 10 × m5 convertible reservation of 4 normalized units each in us-east-1, saves 1941.408
    ");
    insta::assert_snapshot!(told("80%"), @"buy 5 × r5.large convertible reservation, 1yr No Upfront, us-east-1");
}

#[test]
fn a_change_says_what_it_relies_on() {
    let mut inputs = idle();
    inputs.policy.held.resale = Some("70%".parse().unwrap());
    holds(&mut inputs, 0, None, Some(false), 100);
    holds(&mut inputs, 0, None, Some(true), 100);
    holds(&mut inputs, 3, Some("use1-az1"), None, 100);
    uses(&mut inputs, 2, None, 9);
    uses(&mut inputs, 3, None, 9);
    sells(&mut inputs, 2, "No Upfront", "0.08", "0");
    plan(&mut inputs, "2024-05-15T10:00:00Z", "2");
    let proposal = propose(&inputs, "", &OneByOne).unwrap();
    let told = |step: &HeldStep| format!("{} {}\n  {}\n", step.action, step.id, step.conditions.join("\n  "));
    insta::assert_snapshot!(proposal.changes.iter().map(told).collect::<String>(), @"
    return sp-1
      bought within seven days and in the same month (UTC), at most 100 an hour, active and not payment-pending
      returned by the account that bought it, with one of the 10 returns left this year under the management account of the purchase
      all that was paid upfront is refunded within 24 hours; whether AWS refunds the hours billed since the start is UNVERIFIED, and none is counted
      a return cannot be undone
      not sold by AWS Brazil or AWS Turkey, which take no plan back that was paid upfront; UNVERIFIED for this one
    modify ri-3
      the reservation is active, has no modification pending and is not listed on the marketplace; the bill tells none of these
      its zone no longer holds capacity for it
      AWS makes a new reservation of it with an id of its own, the same end and an upfront fee of 0; no fee is due
      it holds from the start of the hour in which it is asked for; a pending request cannot be cancelled, and another modification undoes it while there is capacity in the zone
    exchange ri-2
      active, no exchange pending, at least 24 hours left; a convertible offering of the same Region that AWS sells now
      AWS counts: as many as are worth at least 3816, the old ones' upfront fee and hourly prices for the hours left; ask for a quote, and accept only 8 at a payment of at most 0
      the end stays that of the old one; that AWS prorates the new upfront fee by the second is UNVERIFIED
      without upfront fees the new hourly price may not be below the old one; whether AWS compares one instance or all is UNVERIFIED, and one was compared
      an exchange cannot be undone; another one can follow
    list ri-1
      an expectation: that somebody buys at once at 70% of what is left of the upfront fee, as the policy says; until then the fees are owed on
      AWS keeps 12% of the price; the money comes some days after the sale, to a US bank account of a registered seller
      active for at least 30 days with the upfront fee received, and at least one month left; that a month is 30 days is UNVERIFIED
      not bought with a volume discount and not sold by AWS India; UNVERIFIED for this one, as is what holds under private pricing
      whether a regional one is accepted as it is, or has to be modified to a zonal one first, is UNVERIFIED: AWS's documents disagree
      a seller may list 50,000 USD and 5,000 reservations in all unless AWS raises that
    ");
}
