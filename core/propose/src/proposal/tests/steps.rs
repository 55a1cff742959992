//! What is proposed, and what is not.

use super::{NOW, QUARTER, inputs, is_office_hour, limits, proposal, told};
use crate::proposal::{Kind, Limits, Term};

#[test]
fn steady_usage_is_committed_to_with_what_outlives_its_family_where_a_family_may_end() {
    insta::assert_snapshot!(told(&inputs(QUARTER).using("m5", |_| 10)), @"buy Compute Savings Plan of 0.7 an hour, 1yr No Upfront, from 2025-04-01T00:00Z: 1.000 used, saves 2628");
}

#[test]
fn who_does_not_mind_idle_reservations_reserves() {
    let steady = inputs(QUARTER).using("m5", |_| 10).careless();
    insta::assert_snapshot!(told(&steady.under(|policy| policy.kinds = vec![Kind::StandardReservation])), @"buy 10 × m5.large standard reservation, 1yr No Upfront, us-east-1, from 2025-04-01T00:00Z: 0.719 used, saves 1045.5");
}

#[test]
fn usage_of_office_hours_alone_is_not_committed_to() {
    assert_eq!(told(&inputs(QUARTER).using("m5", |hour| if is_office_hour(QUARTER, hour) { 10 } else { 0 })), "nothing");
}

#[test]
fn a_spike_of_an_hour_moves_nothing() {
    let spiked = inputs(QUARTER).using("m5", |hour| if hour == QUARTER - 100 { 500 } else { 10 });
    let counts = |inputs| proposal(inputs).steps.iter().map(|step| (step.what.clone(), step.count)).collect::<Vec<_>>();
    assert_eq!(counts(&spiked), counts(&inputs(QUARTER).using("m5", |_| 10)));
}

#[test]
fn a_family_that_is_being_left_is_not_reserved_for_three_years() {
    let old = |hour: usize| 20 - (hour * 16 / QUARTER) as u64;
    let moving = inputs(QUARTER).using("m5", old).using("m7i", |hour| 20 - old(hour));
    let moving = moving.under(|policy| policy.terms = vec![Term::OneYear, Term::ThreeYears]);
    let told = told(&moving);
    assert!(!told.lines().any(|line| line.contains("m5.large") && line.contains("3yr")), "{told}");
    insta::assert_snapshot!(told, @"buy Compute Savings Plan of 1 an hour, 3yr No Upfront, from 2025-04-01T00:00Z: 0.963 used, saves 24347.5957");
}

#[test]
fn what_ends_is_replaced_and_not_doubled() {
    let usage = || inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![Kind::StandardReservation]);
    insta::assert_snapshot!(told(&usage().holding("m5", 10, 240)), @"
    queue 10 × m5.large standard reservation, 1yr No Upfront, us-east-1, from 2025-04-11T00:00Z: 0.711 used, saves 949.5
    arn:held m5 ends 2025-04-11T00:00:00Z, replaced by [1]
    ");
    insta::assert_snapshot!(told(&usage().holding("m5", 6, 240)), @"
    buy 4 × m5.large standard reservation, 1yr No Upfront, us-east-1, from 2025-04-01T00:00Z: 0.729 used, saves 453.9
    queue 6 × m5.large standard reservation, 1yr No Upfront, us-east-1, from 2025-04-11T00:00Z: 0.704 used, saves 534
    arn:held m5 ends 2025-04-11T00:00:00Z, replaced by [2]
    ");
    assert_eq!(told(&usage().holding("m5", 10, 9_000)), "nothing");
}

#[test]
fn what_ends_of_each_kind_of_plan_is_replaced_on_the_hour() {
    for (name, kind) in [
        ("Compute", Kind::ComputePlan),
        ("EC2 Instance", Kind::Ec2InstancePlan),
        ("SageMaker", Kind::SagemakerPlan),
        ("Database", Kind::DatabasePlan),
    ] {
        let mut usage = inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![kind]).holding_plan("0.7", 240);
        for plan in &mut usage.plans {
            plan.kind = name.into();
            if kind == Kind::Ec2InstancePlan {
                (plan.family, plan.region) = ("m5".into(), "us-east-1".into());
            }
        }
        usage.held_plans[0].kind = name.into();
        let told = told(&usage);
        assert!(told.starts_with("queue ") && told.contains(", from 2025-04-11T00:00Z: "), "{name}: {told}");
        assert!(told.ends_with("arn:held plan ends 2025-04-11T00:00:00Z, replaced by [1]\n"), "{name}: {told}");
    }
}

/// A later proposal replaces it: until then nothing of what is bought now would cover anything.
#[test]
fn what_ends_in_some_months_is_not_bought_long_before() {
    let usage = || inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![Kind::StandardReservation]);
    assert_eq!(told(&usage().holding("m5", 10, 2_000)), "nothing");
    let plan = inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![Kind::ComputePlan]);
    assert_eq!(told(&plan.holding_plan("0.7", 1_000)), "nothing");
}

#[test]
fn what_a_plan_held_covers_is_not_bought_again() {
    let usage = inputs(QUARTER).using("m5", |_| 10).under(|policy| policy.kinds = vec![Kind::ComputePlan]);
    assert_eq!(told(&usage.clone().holding_plan("0.7", 9_000)), "nothing");
    insta::assert_snapshot!(told(&usage.holding_plan("0.35", 9_000)), @"buy Compute Savings Plan of 0.35 an hour, 1yr No Upfront, from 2025-04-01T00:00Z: 1.000 used, saves 1314");
}

#[test]
fn limits_hold_and_say_so_in_what_is_left() {
    let usage = || inputs(QUARTER).using("m5", |_| 10);
    let hourly = |text: &str| limits(|limits| limits.hourly = Some(text.parse().unwrap()));
    insta::assert_snapshot!(told(&usage().under(|policy| policy.limits = hourly("0.25"))), @"buy Compute Savings Plan of 0.25 an hour, 1yr No Upfront, from 2025-04-01T00:00Z: 1.000 used, saves 938.5714");
    assert_eq!(told(&usage().under(|policy| policy.limits = hourly("0"))), "nothing");
    let step = limits(|limits| limits.step = Some("30%".parse().unwrap()));
    insta::assert_snapshot!(told(&usage().under(|policy| policy.limits = step)), @"buy Compute Savings Plan of 0.3 an hour, 1yr No Upfront, from 2025-04-01T00:00Z: 1.000 used, saves 1126.2857");
    let ending = limits(|limits| limits.ending_in_a_month = Some("50%".parse().unwrap()));
    // 0.3 an hour are held and end in that month; 0.5 may.
    insta::assert_snapshot!(told(&usage().holding("m5", 5, 8_760).under(|policy| policy.limits = ending)), @"buy Compute Savings Plan of 0.2 an hour, 1yr No Upfront, from 2025-04-01T00:00Z: 1.000 used, saves 750.8571");
}

#[test]
fn a_month_is_not_bought_in_whose_end_is_near() {
    let mut late = inputs(QUARTER).using("m5", |_| 10).under(|policy| policy.kinds = vec![Kind::ComputePlan]);
    late.first -= 48;
    let found = proposal(&late);
    assert_eq!(found.as_of, "2025-03-30T00:00Z");
    let step = &found.steps[0];
    assert_eq!((step.action.as_str(), step.starts.as_str()), ("queue", "2025-04-01T00:00Z"));
    assert_eq!(step.returnable_until.as_deref(), Some("2025-04-08T00:00:00Z"));
    let early = proposal(&late.under(|policy| policy.purchase.avoid_month_end = false));
    assert_eq!((early.steps[0].action.as_str(), early.steps[0].returnable_until.as_deref()), ("buy", Some("2025-04-01T00:00:00Z")));
}

#[test]
fn a_large_plan_is_bought_in_slices_that_can_be_returned() {
    let usage = inputs(QUARTER).using("m5", |_| 5_000).under(|policy| policy.kinds = vec![Kind::ComputePlan]);
    let found = proposal(&usage);
    let step = &found.steps[0];
    assert_eq!((step.commitment.as_deref(), step.slices.join(" ").as_str()), (Some("350"), "87.5 87.5 87.5 87.5"));
    assert_eq!([10, 3, 0].map(|left| step.returnable_parts(left)), [4, 3, 0], "as many as returns are left");
    let large = proposal(&usage.under(|policy| policy.purchase.slice = "200".parse().unwrap()));
    let step = &large.steps[0];
    assert_eq!((step.slices.join(" ").as_str(), step.returnable_until.as_deref(), step.returnable_parts(10)), ("175 175", None, 0));
}

#[test]
fn a_change_that_the_owner_knows_of_is_heeded() {
    let mut usage = inputs(QUARTER).using("m5", |_| 10);
    usage.changes.push(crate::proposal::KnownChange {
        account: None,
        service: None,
        region: None,
        family: Some("m5".to_owned()),
        from: NOW + 1_000,
        until: None,
        thousandths: 0,
    });
    assert_eq!(told(&usage), "nothing");
}

#[test]
fn a_change_that_was_over_before_the_decision_is_not_undone() {
    let with = |from: i64, until: i64, thousandths: u64| {
        let mut usage = inputs(QUARTER).using("m5", |_| 10);
        let (account, service, region, family) = (None, None, None, None);
        usage.changes.push(crate::proposal::KnownChange { account, service, region, family, from, until: Some(until), thousandths });
        told(&usage)
    };
    let nothing = told(&inputs(QUARTER).using("m5", |_| 10));
    assert_eq!(with(NOW - 1_000, NOW - 1, 3_000), nothing, "it is in no hour of the history's end");
    let halved = "buy Compute Savings Plan of 0.35 an hour";
    assert!(with(NOW - 1_000, NOW, 2_000).starts_with(halved), "it still held in the last hour: {}", with(NOW - 1_000, NOW, 2_000));
    assert!(with(NOW - 1_000, NOW + 24, 2_000).starts_with(halved));
}

#[test]
fn what_is_taken_off_a_plan_s_fee_is_not_paid_and_its_commitment_counts_in_full() {
    let found = |fee: &str, limits: Limits| {
        let mut usage = inputs(QUARTER).using("m5", |_| 10).under(|policy| policy.limits = limits);
        for plan in &mut usage.plans {
            (plan.fee, plan.payment) = (fee.parse().unwrap(), "Partial Upfront".to_owned());
        }
        let found = proposal(&usage);
        let step = &found.steps[0];
        let prices = [&step.cost_per_hour, &step.hourly, &step.upfront, &step.ceiling_upfront, &step.cash, &step.obligation];
        let prices = prices.map(String::as_str).join(" ");
        format!("{} {}: {prices} {} saves {}", step.what, step.price_source, step.utilization.expected, step.savings.expected)
    };
    let told = [found("1", Limits::default()), found("0.9", Limits::default())];
    insta::assert_snapshot!(told.join("\n"), @"
    Compute Savings Plan of 0.7 an hour, 1yr Partial Upfront list: 0.7 0.35 3066 3066 3066 6132 1.000000 saves 2628
    Compute Savings Plan of 0.7 an hour, 1yr Partial Upfront private: 0.63 0.315 2759.4 2759.4 2759.4 5518.8 1.000000 saves 3241.2
    ");
    let cash = limits(|limits| limits.upfront = Some("2700".parse().unwrap()));
    assert!(found("0.9", cash).contains("of 0.684 an hour"), "{}", found("0.9", cash));
}

#[test]
fn an_alternative_that_breaks_a_limit_is_not_taken() {
    let usage = || {
        let mut usage = inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![Kind::StandardReservation]);
        let all = crate::proposal::ReservedOffer {
            payment: "All Upfront".into(),
            hourly: "0".parse().unwrap(),
            upfront: "450".parse().unwrap(),
            ..usage.reserved[0].clone()
        };
        usage.reserved.push(all);
        usage
    };
    assert!(told(&usage()).contains("All Upfront"), "it is the cheaper one");
    let cash = limits(|limits| limits.upfront = Some("0".parse().unwrap()));
    let found = proposal(&usage().under(|policy| policy.limits = cash));
    assert_eq!((found.summary.upfront.as_str(), found.steps[0].payment.as_str()), ("0", "No Upfront"));
    let owed = limits(|limits| limits.obligation = Some("2000".parse().unwrap()));
    let found = proposal(&usage().under(|policy| policy.limits = owed));
    assert!(found.summary.obligation.parse::<tenor_money::Money>().unwrap() <= "2000".parse().unwrap(), "{:?}", found.summary);
}

#[test]
fn each_pool_has_a_forecast_of_its_own_whatever_their_names() {
    // By name the pools come in another order than the groups of the forecast: engine before family, family before engine.
    let mut usage = inputs(QUARTER).using("db.m5", |_| 9).using("db.r5", |_| 1).using("db.m5b", |_| 4);
    for (sku, (family, engine, operation)) in
        usage.skus.iter_mut().zip([("db.m5", "MySQL", "0002"), ("db.r5", "MySQL", "0002"), ("db.m5", "PostgreSQL", "0014")])
    {
        sku.service = "AmazonRDS".into();
        sku.operation = format!("CreateDBInstance:{operation}");
        sku.instance_type = format!("{family}.large");
        sku.families = vec![format!("AmazonRDS us-east-1 {family} {engine}")];
    }
    usage.policy.terms = vec![Term::OneYear];
    let counts: Vec<_> = proposal(&usage.careless().under(|policy| policy.kinds = vec![Kind::StandardReservation]))
        .steps
        .iter()
        .map(|step| (step.operation.clone(), step.instance_type.clone(), step.count))
        .collect();
    insta::assert_snapshot!(format!("{counts:?}"), @r#"[("CreateDBInstance:0002", "db.m5.large", Some(9)), ("CreateDBInstance:0014", "db.m5.large", Some(4)), ("CreateDBInstance:0002", "db.r5.large", Some(1))]"#);
}

#[test]
fn no_more_is_saved_than_a_promise_of_spend_leaves() {
    let found = |amount: &str| {
        let mut usage = inputs(QUARTER).using("m5", |_| 10);
        let (amount, expected) = (amount.parse().unwrap(), "10000".parse().unwrap());
        usage.promises = vec![crate::proposal::Promise { amount, until: NOW + 4_380, expected }];
        let found = proposal(&usage);
        let short = found.limitations.into_iter().find(|told| told.contains("promised"));
        (found.steps.first().and_then(|step| step.count), found.summary.savings.expected, short)
    };
    let told = ["8600", "9000", "10001"].map(|amount| format!("{amount}: {:?}", found(amount)));
    // Half of what is saved in the year is saved by then. What is short already is short whatever is bought.
    insta::assert_snapshot!(told.join("\n"), @r#"
    8600: (None, "2628", None)
    9000: (None, "1989.7714", None)
    10001: (None, "2628", Some("of the 10001 promised until 2025-09-30T12:00Z, 1315 would not be spent with these steps; what falls short is owed all the same"))
    "#);
}
