//! Commitments as text, and what is said of them.

use super::{
    Attention, Commitment, ExitRules, Exits, Facts, Horizon, Kind, LockIn, Ratio, ReportedFacts, Sums, Totals, Units, by_attention,
    cost_ahead, hourly_commitment, term_of_bill, term_of_fee,
};
use jiff::Timestamp;
use proptest::prelude::*;
use tenor_money::{Money, Quantity};

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A reservation of one year from its words: id, start, used hours of 744, cost of an hour, list cost covered.
fn reservation(id: &str, start: &str, used: i64, cost: &str, list: &str) -> Commitment {
    let start = moment(start).as_second();
    let facts = Facts::read(&ReportedFacts {
        commitment_id: format!("arn:aws:ec2:us-east-1:111122223333:reserved-instances/{id}"),
        category: Some("Usage".to_owned()),
        usage_type: Some("HeavyUsage:c4.large".to_owned()),
        offering_class: Some("standard".to_owned()),
        start: Some(start),
        end: Some(start + 31_536_000 - 1),
        count: Some(Quantity::from_whole(1)),
        pays_by_the_hour: true,
        ..ReportedFacts::default()
    });
    let cost: Money = cost.parse().unwrap();
    let of_hours = |hours: i64| Money::from_units(cost.units() * i128::from(hours));
    let units = |hours: i64| Quantity::from_whole(hours);
    let sums = Sums {
        used_cost: of_hours(used),
        unused_cost: of_hours(744 - used),
        list_cost: list.parse().unwrap(),
        recurring_fee: of_hours(744),
        hours: Units { held: units(744), used: units(used), unused: units(744 - used) },
        normalized: Units { held: units(744 * 4), used: units(used * 4), unused: units((744 - used) * 4) },
        ..Sums::default()
    };
    Commitment { facts, sums, newest: sums, hourly_commitment: None, quantity_unit: None, is_gone: false }
}

/// A plan of one year: start, payment option, commitment of an hour, seller.
fn plan(start: &str, payment: &str, hourly: &str, seller: &str) -> Commitment {
    let start = moment(start).as_second();
    let facts = Facts::read(&ReportedFacts {
        commitment_id: "arn:aws:savingsplans::111122223333:savingsplan/1".to_owned(),
        kind: Some("ComputeSavingsPlans".to_owned()),
        payment_option: Some(payment.to_owned()),
        seller: Some(seller.to_owned()),
        start: Some(start),
        end: Some(start + 31_536_000),
        ..ReportedFacts::default()
    });
    let hourly_commitment = Some(hourly.parse().unwrap());
    Commitment { facts, sums: Sums::default(), newest: Sums::default(), hourly_commitment, quantity_unit: None, is_gone: false }
}

fn show(ratio: Option<Ratio>) -> String {
    ratio.map_or("-".to_owned(), |ratio| ratio.to_string())
}

#[test]
fn a_legacy_fee_row_tells_all_but_the_offering_class() {
    let reported = ReportedFacts {
        commitment_id: "arn:aws:ec2:us-east-1:836060457634:reserved-instances/3a2944f2".to_owned(),
        category: Some("Usage".to_owned()),
        usage_type: Some("HeavyUsage:c4.large".to_owned()),
        offering_class: Some(String::new()),
        start: Some(moment("2018-04-24T00:34:01Z").as_second()),
        end: Some(moment("2019-04-24T00:34:00Z").as_second()),
        count: Some(Quantity::from_whole(1)),
        pays_by_the_hour: true,
        amortizes_upfront: true,
        ..ReportedFacts::default()
    };
    let facts = Facts::read(&reported);
    let told = format!(
        "{} {} {} {} {} {}",
        facts.kind.name(),
        facts.owner.as_ref().unwrap(),
        facts.region.as_deref().unwrap(),
        facts.instance_type.as_deref().unwrap(),
        facts.family.as_deref().unwrap(),
        facts.payment.unwrap().name()
    );
    assert_eq!(told, "EC2 reservation 836060457634 us-east-1 c4.large c4 Partial Upfront");
    assert_eq!(facts.term.unwrap().end(), moment("2019-04-24T00:34:01Z").as_second(), "the bill's end is the last second held");
    assert_eq!(facts.unknown(), ["offering class"]);
}

#[test]
fn reserved_capacity_has_no_type_and_is_used_by_the_units_of_its_bill() {
    let told = [("redshift-serverless", "RPU-Hrs"), ("dynamodb", "WriteCapacityUnit-Hrs")].map(|(service, unit)| {
        let start = moment("2018-04-01T00:00:00Z").as_second();
        let facts = Facts::read(&ReportedFacts {
            commitment_id: format!("arn:aws:{service}:us-east-1:111122223333:reserved/1"),
            category: Some("Usage".to_owned()),
            start: Some(start),
            end: Some(start + 31_536_000 - 1),
            count: Some(Quantity::from_whole(4)),
            pays_by_the_hour: true,
            ..ReportedFacts::default()
        });
        assert_eq!(facts.unknown(), [""; 0], "{service}");
        let mut commitment = Commitment { facts, ..reservation("a", "2018-04-01T00:00:00Z", 372, "0.06", "37.2") };
        (commitment.sums.hours, commitment.sums.normalized) = (Units::default(), Units::default());
        let [held, used, unused] = [400, 300, 100].map(Quantity::from_whole);
        commitment.sums.quantity = Units { held, used, unused };
        commitment.quantity_unit = Some(unit.to_owned());
        let Facts { kind, owner, region, .. } = &commitment.facts;
        let (owner, region) = (owner.as_ref().unwrap(), region.as_deref().unwrap());
        format!("{} of {owner} in {region}: {} used", kind.name(), show(commitment.figures().utilization))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    Redshift Serverless reservation of 111122223333 in us-east-1: 0.7500 used
    DynamoDB reservation of 111122223333 in us-east-1: 0.7500 used
    ");
}

#[test]
fn nothing_is_guessed_where_nothing_is_told() {
    let facts = Facts::read(&ReportedFacts { commitment_id: "a 3rd party's".to_owned(), ..ReportedFacts::default() });
    assert_eq!(facts.kind, Kind::Reservation(None));
    let unknown = ["kind", "owner", "type", "family", "region", "term", "payment option", "count"];
    assert_eq!(facts.unknown(), unknown);
}

#[test]
fn a_region_comes_from_the_arn_the_zone_or_the_usage_type() {
    let region = |commitment_id: &str, zone: &str, usage_type: &str| {
        let text = |text: &str| Some(text.to_owned());
        let reported =
            ReportedFacts { commitment_id: commitment_id.to_owned(), zone: text(zone), usage_type: text(usage_type), ..Default::default() };
        Facts::read(&reported).region.unwrap_or_else(|| "-".to_owned())
    };
    assert_eq!(region("arn:aws:rds:eu-west-1:1:ri:x", "us-east-1a", "USW2-HeavyUsage:db.r5.large"), "eu-west-1");
    assert_eq!(region("x", "us-east-1a", "USW2-HeavyUsage:m5.large"), "us-east-1");
    assert_eq!(region("x", "use1-az1", "USW2-HeavyUsage:m5.large"), "us-west-2");
    assert_eq!(region("x", "", "HeavyUsage:m5.large"), "-");
}

#[test]
fn what_breaks_even_pays() {
    // 0.06 an hour against 0.1 on demand: it breaks even at 60% of 744 hours, 446.4.
    let told = [0, 446, 447, 744].map(|used| {
        let list = Money::from_units(i128::from(used) * 100_000_000_000).to_string();
        let figures = reservation("a", "2018-04-01T00:00:00Z", used, "0.06", &list).figures();
        let net = figures.net_savings.unwrap();
        format!("{} of {}: {net} {}", show(figures.utilization), show(figures.break_even_utilization), figures.break_even.name())
    });
    insta::assert_snapshot!(told.join("\n"), @"
    0.0000 of -: -44.64 loses
    0.5995 of 0.6000: -0.04 loses
    0.6008 of 0.6000: 0.06 pays
    1.0000 of 0.6000: 29.76 pays
    ");
}

#[test]
fn savings_are_not_told_where_the_bill_lacks_the_cost() {
    let mut commitment = reservation("a", "2018-04-01T00:00:00Z", 744, "0", "74.4");
    commitment.sums.charges_without_cost = 1;
    let figures = commitment.figures();
    assert_eq!((figures.net_savings, figures.break_even.name()), (None, "unknown"));
    assert_eq!(Totals::of([&commitment]).net_savings(), None);
    // A fully used reservation whose usage has no on-demand price does not lose all that it costs.
    let mut commitment = reservation("a", "2018-04-01T00:00:00Z", 744, "0.06", "0");
    commitment.sums.charges_without_list_cost = 1;
    let figures = commitment.figures();
    assert_eq!((figures.net_savings, show(figures.break_even_utilization), figures.break_even.name()), (None, "-".to_owned(), "unknown"));
    assert_eq!(Totals::of([&commitment]).net_savings(), None);
    assert_eq!(Horizon { as_of: 0, soon_seconds: 0 }.attention(&commitment), Attention::Fine);
}

#[test]
fn what_costs_nothing_in_the_bill_is_judged_by_its_units() {
    let horizon = Horizon { as_of: moment("2018-11-01T00:00:00Z").as_second(), soon_seconds: 0 };
    let attention = |used: i64, list: &str| horizon.attention(&reservation("a", "2018-04-01T00:00:00Z", used, "0", list)).name();
    assert_eq!([attention(0, "0"), attention(400, "40"), attention(744, "74.4")], ["wasted", "idle", "fine"]);
}

#[test]
fn what_is_gone_comes_last_and_binds_no_more() {
    let mut gone = reservation("gone", "2018-04-01T00:00:00Z", 0, "0.06", "0");
    gone.is_gone = true;
    let held = reservation("held", "2018-04-01T00:00:00Z", 744, "0.06", "74.4");
    let as_of = moment("2018-11-01T00:00:00Z");
    let lock_in = LockIn::of([&gone, &held], as_of, &ExitRules::default());
    assert_eq!((lock_in.obligation.to_string(), lock_in.gone, lock_in.unknown), ("217.44".to_owned(), 1, 0));
    let horizon = Horizon { as_of: as_of.as_second(), soon_seconds: i64::MAX };
    assert!(!horizon.is_expiring(&gone) && horizon.is_expiring(&held));
    let mut both = vec![gone, held];
    by_attention(&mut both, horizon);
    assert!(both[1].is_gone);
}

#[test]
fn a_modified_reservation_keeps_its_last_second() {
    let term = |start: &str, end: &str| term_of_bill(moment(start).as_second(), moment(end).as_second());
    let modified = term("2018-10-09T21:00:00Z", "2019-04-03T09:59:59Z").unwrap();
    assert_eq!(modified.end(), moment("2019-04-03T10:00:00Z").as_second());
    assert!(modified.covers_hour(tenor_bill::Hour::containing(moment("2019-04-03T09:00:00Z"))), "its last clock hour is whole");
    let plan = term("2025-01-20T09:00:00Z", "2026-01-20T09:00:00Z").unwrap();
    assert_eq!(plan.seconds, 31_536_000, "an end that makes whole years is the first second after");
    assert_eq!(term("2025-01-20T09:00:00Z", "2025-01-20T09:00:00Z"), None);
}

#[test]
fn a_retired_reservation_is_amortized_over_the_years_it_was_bought_for() {
    let second = |text: &str| moment(text).as_second();
    let billed = term_of_bill(second("2018-04-03T10:00:00Z"), second("2018-10-09T20:59:59Z")).unwrap();
    let october = (second("2018-10-01T00:00:00Z"), second("2018-11-01T00:00:00Z"));
    let upfront = Money::from_whole(876);
    // 213 hours of October: at 0.1 an hour over a year, at 0.0333 over three, at 0.19 over the time it was held.
    let told = |amortized: &str| {
        let term = term_of_fee(billed, upfront, amortized.parse().unwrap(), october);
        (term.seconds / 86_400, term.end() == billed.end(), term.retired.is_some())
    };
    assert_eq!(told("21.3"), (365, true, true));
    assert_eq!(told("7.1"), (1095, true, true));
    assert_eq!(told("41.02"), (189, true, false), "what a modification made carries what was left over what was left");
    assert_eq!(term_of_fee(billed, Money::ZERO, Money::ZERO, october), billed, "without an upfront fee nothing is amortized");
}

#[test]
fn a_plan_commits_by_the_hours_it_is_held() {
    let second = |text: &str| moment(text).as_second();
    let day = (second("2025-01-10T00:00:00Z"), second("2025-01-11T00:00:00Z"));
    let term = |start: &str| term_of_bill(second(start), second(start) + 31_536_000);
    let hourly = |amount: &str, term| hourly_commitment(amount.parse().unwrap(), day.0, day.1, term).map(|money| money.to_string());
    assert_eq!(hourly("900", term("2025-01-10T18:00:00Z")).as_deref(), Some("150"));
    assert_eq!(hourly("900", term("2025-01-10T18:20:00Z")).as_deref(), Some("150"), "its first clock hour is whole");
    assert_eq!(hourly("3600", term("2025-01-01T00:00:00Z")).as_deref(), Some("150"));
    assert_eq!(hourly("900", None).as_deref(), Some("37.5"));
    assert_eq!(hourly("900", term("2025-02-01T00:00:00Z")), None);
}

#[test]
fn amounts_beyond_any_bill_are_no_cost_ahead() {
    let big = Money::from_units(i128::MAX);
    assert_eq!(cost_ahead(big, Quantity::from_whole(1), Quantity::from_whole(1), i64::MAX), None);
    assert_eq!(cost_ahead(big, Quantity::from_units(i128::MAX), Quantity::from_whole(1), 3600), None);
    assert_eq!(hourly_commitment(big, 0, 1, None), None);
    assert_eq!(hourly_commitment(big, i64::MIN, i64::MAX, None), None);
    let mut commitment = reservation("a", "2018-04-01T00:00:00Z", 744, "0.06", "74.4");
    commitment.newest.used_cost = Money::from_units(i128::MAX / 2);
    assert_eq!(LockIn::of([&commitment], moment("2018-11-01T00:00:00Z"), &ExitRules::default()).unknown, 1);
}

#[test]
fn what_is_wasted_comes_first_and_what_has_ended_last() {
    let mut held = vec![
        reservation("fine", "2018-04-01T00:00:00Z", 744, "0.06", "74.4"),
        reservation("ended and wasted", "2017-04-01T00:00:00Z", 0, "9", "0"),
        reservation("idle", "2018-04-01T00:00:00Z", 700, "0.06", "70"),
        reservation("wasted", "2018-04-01T00:00:00Z", 0, "0.06", "0"),
        reservation("expiring", "2017-12-01T00:00:00Z", 744, "0.06", "74.4"),
        reservation("losing", "2018-04-01T00:00:00Z", 100, "0.06", "10"),
        reservation("wasted more", "2018-04-01T00:00:00Z", 0, "0.07", "0"),
    ];
    let horizon = Horizon { as_of: moment("2018-11-01T00:00:00Z").as_second(), soon_seconds: 30 * 86_400 };
    by_attention(&mut held, horizon);
    let told: Vec<_> = held
        .iter()
        .map(|commitment| {
            let name = commitment.facts.id.0.rsplit('/').next().unwrap();
            format!("{name}: {} {}", horizon.attention(commitment).name(), horizon.remaining_seconds(commitment).unwrap() / 3600)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    wasted more: wasted 3624
    wasted: wasted 3624
    losing: losing 3624
    expiring: expiring 720
    idle: idle 3624
    fine: fine 3624
    ended and wasted: wasted 0
    ");
}

#[test]
fn a_plan_can_be_returned_for_seven_days_of_its_month() {
    let until = |start: &str, payment, hourly, seller, as_of: &str| {
        let plan = plan(start, payment, hourly, seller);
        let exits = Exits::of(&plan.facts, plan.hourly_commitment, moment(as_of), &ExitRules::default());
        assert_eq!((exits.resellable, exits.exchangeable), (Some(false), Some(false)));
        exits.returnable_until.map_or("-".to_owned(), |moment| moment.to_string())
    };
    let (no, all) = ("No Upfront", "All Upfront");
    assert_eq!(until("2025-01-10T05:00:00Z", no, "100", "AWS", "2025-01-17T04:59:59Z"), "2025-01-17T05:00:00Z");
    assert_eq!(until("2025-01-10T05:00:00Z", no, "100", "AWS", "2025-01-17T05:00:00Z"), "-");
    assert_eq!(until("2025-01-30T05:00:00Z", no, "1", "AWS", "2025-01-31T00:00:00Z"), "2025-02-01T00:00:00Z");
    assert_eq!(until("2025-01-10T05:00:00Z", no, "100.00001", "AWS", "2025-01-11T00:00:00Z"), "-");
    assert_eq!(until("2025-01-10T05:00:00Z", all, "1", "Amazon AWS Serviços Brasil Ltda.", "2025-01-11T00:00:00Z"), "-");
    assert_eq!(until("2025-01-10T05:00:00Z", no, "1", "Amazon AWS Serviços Brasil Ltda.", "2025-01-11T00:00:00Z"), "2025-01-17T05:00:00Z");
    assert_eq!(until("2025-01-10T05:00:00Z", all, "1", "", "2025-01-11T00:00:00Z"), "-", "who sold it is not told");
    assert_eq!(until("2025-01-10T05:00:00Z", no, "1", "", "2025-01-11T00:00:00Z"), "2025-01-17T05:00:00Z");
}

#[test]
fn a_standard_reservation_is_sold_and_a_convertible_one_exchanged() {
    let sold_by = |seller: &str, class: &str, arn: &str, as_of: &str| {
        let start = moment("2018-04-01T00:00:00Z").as_second();
        let facts = Facts::read(&ReportedFacts {
            commitment_id: arn.to_owned(),
            offering_class: Some(class.to_owned()),
            seller: Some(seller.to_owned()),
            start: Some(start),
            end: Some(start + 31_536_000 - 1),
            ..ReportedFacts::default()
        });
        let exits = Exits::of(&facts, None, moment(as_of), &ExitRules::default());
        (exits.resellable, exits.exchangeable)
    };
    let exits = |class: &str, arn: &str, as_of: &str| sold_by("Amazon Web Services, Inc.", class, arn, as_of);
    let ec2 = "arn:aws:ec2:us-east-1:1:reserved-instances/x";
    assert_eq!(exits("standard", ec2, "2018-04-30T23:59:59Z"), (Some(false), Some(false)), "not yet 30 days");
    assert_eq!(exits("standard", ec2, "2018-05-01T00:00:00Z"), (Some(true), Some(false)));
    assert_eq!(exits("standard", ec2, "2019-03-02T00:00:01Z"), (Some(false), Some(false)), "not 30 days left");
    assert_eq!(exits("convertible", ec2, "2019-03-31T00:00:00Z"), (Some(false), Some(true)));
    assert_eq!(exits("convertible", ec2, "2019-03-31T00:00:01Z"), (Some(false), Some(false)), "not 24 hours left");
    assert_eq!(exits("", ec2, "2018-06-01T00:00:00Z"), (None, None));
    assert_eq!(exits("standard", "arn:aws:rds:us-east-1:1:ri:x", "2018-06-01T00:00:00Z"), (Some(false), Some(false)));
    assert_eq!(exits("", "x", "2018-06-01T00:00:00Z"), (None, None));
    let of = |seller: &str, region: &str| sold_by(seller, "standard", &ec2.replace("us-east-1", region), "2018-06-01T00:00:00Z").0;
    assert_eq!(of("", "us-east-1"), None, "who sold it is not told");
    assert_eq!(of("Amazon Internet Services Private Limited (AISPL), India", "us-east-1"), Some(false));
    assert_eq!(of("AWS", "me-south-1"), Some(false), "a Region that accounts have to switch on");
    assert_eq!((of("AWS", "us-gov-west-1"), of("AWS", "")), (None, None), "a Region that nothing is known of");
    assert_eq!(sold_by("", "standard", ec2, "2018-04-30T23:59:59Z").0, Some(false), "too early, whoever sold it");
}

#[test]
fn lock_in_is_what_is_left_of_each_term() {
    let as_of = moment("2018-11-01T00:00:00Z");
    let mut all_upfront = reservation("b", "2018-10-01T00:00:00Z", 744, "0.02", "74.4");
    all_upfront.newest.recurring_fee = Money::ZERO;
    let mut untold = reservation("c", "2018-10-01T00:00:00Z", 744, "0.02", "74.4");
    untold.facts.term = None;
    let held = [
        reservation("a", "2018-04-01T00:00:00Z", 744, "0.06", "74.4"),
        all_upfront,
        untold,
        reservation("ended", "2017-04-01T00:00:00Z", 744, "9", "74.4"),
    ];
    let lock_in = LockIn::of(&held, as_of, &ExitRules::default());
    // 3,624 hours at 0.06 and 8,016 at 0.02; months of 730 hours: (0.06 x 3624 + 0.02 x 8016) / 0.08 / 730.
    assert_eq!(lock_in.obligation.to_string(), "377.76");
    assert_eq!(lock_in.cash.to_string(), "217.44");
    assert_eq!((show(lock_in.weighted_months()), lock_in.unknown), ("6.4685".to_owned(), 1));
}

#[test]
fn a_plan_owes_its_commitment_times_what_is_left() {
    let mut plan = plan("2025-01-30T00:00:00Z", "No Upfront", "1.5", "AWS");
    let money = |text: &str| text.parse::<Money>().unwrap();
    // Two hours so far, with a private discount of a tenth.
    plan.newest.quantity.held = "3".parse().unwrap();
    plan.newest.used_cost = money("2.7");
    plan.newest.recurring_fee = money("2.7");
    let lock_in = LockIn::of([&plan], moment("2025-01-30T02:00:00Z"), &ExitRules::default());
    assert_eq!([lock_in.obligation, lock_in.cash, lock_in.returnable].map(|money| money.to_string()), ["11823.3"; 3]);
}

#[test]
fn utilization_of_several_units_is_by_cost() {
    let hours = reservation("a", "2018-04-01T00:00:00Z", 372, "0.06", "37.2");
    let mut plan = plan("2018-04-01T00:00:00Z", "No Upfront", "1", "AWS");
    plan.sums.used_cost = "22.32".parse().unwrap();
    plan.sums.quantity = Units { held: Quantity::from_whole(744), used: Quantity::from_whole(744), unused: Quantity::ZERO };
    assert_eq!(show(Totals::of([&hours]).utilization()), "0.5000");
    assert_eq!(show(Totals::of([&hours, &plan]).utilization()), "0.6667");
    assert_eq!(show(Totals::of([]).utilization()), "-");
}

#[test]
fn units_of_other_names_are_never_added_up() {
    let of_unit = |unit: Option<&str>, used: i64, cost: &str| {
        let mut commitment = reservation("a", "2018-04-01T00:00:00Z", 372, cost, "37.2");
        commitment.sums.hours = Units::default();
        commitment.sums.normalized = Units::default();
        let [held, used, unused] = [100, used, 100 - used].map(Quantity::from_whole);
        commitment.sums.quantity = Units { held, used, unused };
        commitment.quantity_unit = unit.map(str::to_owned);
        commitment
    };
    let (nodes, more_nodes) = (of_unit(Some("Nodes"), 25, "0.06"), of_unit(Some("Nodes"), 75, "0.06"));
    let (blocks, untold) = (of_unit(Some("Blocks"), 75, "0.06"), of_unit(None, 75, "0.06"));
    assert_eq!(show(nodes.figures().utilization), "0.2500");
    assert_eq!(show(untold.figures().utilization), "0.5000", "by cost");
    assert_eq!(show(Totals::of([&nodes, &nodes, &more_nodes]).utilization()), "0.4167");
    for others in [[&nodes, &blocks, &nodes], [&nodes, &untold, &nodes], [&untold, &untold, &untold]] {
        let totals = Totals::of(others);
        assert_eq!((show(totals.utilization()), totals.counted), ("0.5000".to_owned(), None));
    }
}

proptest! {
    #[test]
    fn pays_means_used_at_or_above_break_even(used in 0_i64..=744, cost in 1_i128..1_000_000, list in 1_i128..1_000_000) {
        let hourly = |units: i128| Money::from_units(units * 1_000_000);
        let list_cost = Money::from_units(hourly(list).units() * i128::from(used)).to_string();
        let commitment = reservation("a", "2018-04-01T00:00:00Z", used, &hourly(cost).to_string(), &list_cost);
        // utilization >= 1 - d, as whole numbers: used / 744 >= cost / list.
        let is_above = i128::from(used) * list >= 744 * cost;
        prop_assert_eq!(commitment.figures().break_even.name(), if is_above { "pays" } else { "loses" });
        let horizon = Horizon { as_of: 0, soon_seconds: 0 };
        prop_assert_eq!(horizon.attention(&commitment) == Attention::Wasted, used == 0);
    }

    #[test]
    fn order_is_that_of_no_input(shuffled in Just((0_i64..20).collect::<Vec<_>>()).prop_shuffle()) {
        let held = |n: &i64| reservation(&n.to_string(), "2018-04-01T00:00:00Z", 37 * n, "0.06", "20");
        let horizon = Horizon { as_of: 1_541_030_400, soon_seconds: 0 };
        let mut sorted: Vec<_> = (0..20).map(|n| held(&n)).collect();
        let mut other: Vec<_> = shuffled.iter().map(held).collect();
        by_attention(&mut sorted, horizon);
        by_attention(&mut other, horizon);
        prop_assert_eq!(sorted, other);
    }
}
