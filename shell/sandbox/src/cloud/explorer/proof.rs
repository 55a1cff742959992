//! Cost Explorer and the bill of the same month say the same, to the last digit.

use super::cost::costs;
use super::plan_use::details;
use super::reservation_use::{coverage, utilization};
use crate::Format;
use crate::cloud::ask::{Answered, Ask, Caller, texts};
use crate::cloud::books::{HeldPlan, HeldReservation, Standing};
use crate::cloud::{Cloud, Moment, Setup};
use crate::commitment::PlanType;
use crate::price::{OfferingClass, Payment, Term};
use std::collections::BTreeMap;
use tenor_money::Money;
use tenor_wire::Value;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Two months, with plans and a reservation bought in the first.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new(Setup { seed: 7, secret: 1, accounts: 5, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 });
    let start = Moment(cloud.books.now.0 + 5 * 86_400 + 1_234);
    for (id, kind, payment, hourly, upfront, recurring) in [
        ("a", PlanType::Compute, Payment::Nothing, "1.5", "0", "1.5"),
        ("b", PlanType::Ec2Instance { family: "m5".to_owned(), region: 0 }, Payment::Half, "1", "4380", "0.5"),
    ] {
        let plan = HeldPlan::compute(id, 1, start);
        let (commitment, upfront, recurring) = (money(hourly), money(upfront), money(recurring));
        cloud.books.plans.push(HeldPlan { account: 1, kind, payment, commitment, upfront, recurring, standing: Standing::Active, ..plan });
    }
    cloud.books.reserved.push(HeldReservation {
        id: "r".to_owned(),
        aws_id: String::new(),
        product_code: "AmazonEC2".to_owned(),
        account: 2,
        region: 2,
        offering: String::new(),
        usage_type: "EU-BoxUsage:c5.large".to_owned(),
        operation: "RunInstances".to_owned(),
        class: OfferingClass::Standard,
        payment: Payment::Half,
        term: Term::OneYear,
        count: 3,
        zone: None,
        upfront: money("250"),
        hourly: "0.03".parse().unwrap(),
        bought: start,
        start,
        end: start.later(Term::OneYear.seconds()),
        standing: Standing::Active,
        tags: BTreeMap::new(),
        life: crate::cloud::ec2::Life::default(),
    });
    cloud.advance(40 * 86_400);
    cloud
}

/// Asks as an account for all of January and something more.
fn asked(cloud: &mut Cloud, account: u32, operation: fn(&mut Cloud, &Ask<'_>) -> Answered, more: &[(&'static str, Value)]) -> Value {
    let caller = Caller { account, arn: String::new(), access_key: String::new(), role: None, source_identity: String::new() };
    let mut input = Value::of([("TimePeriod", Value::of([("Start", "2025-01-01".into()), ("End", "2025-02-01".into())]))]);
    more.iter().for_each(|(member, value)| input.set(member, value.clone()));
    let ask = Ask { caller: &caller, region: "us-east-1", host: "", input: &input, wall: jiff::Timestamp::UNIX_EPOCH };
    operation(cloud, &ask).unwrap()
}

fn by(dimension: &str) -> (&'static str, Value) {
    ("GroupBy", Value::List(vec![Value::of([("Type", "DIMENSION".into()), ("Key", dimension.into())])]))
}

/// What `GetCostAndUsage` says by a dimension: unblended, amortized.
fn told(cloud: &mut Cloud, account: u32, dimension: &str) -> BTreeMap<String, (Money, Money)> {
    let monthly = [("Granularity", "MONTHLY".into()), ("Metrics", vec!["UnblendedCost", "AmortizedCost"].into()), by(dimension)];
    let answer = asked(cloud, account, costs, &monthly);
    let [month] = answer.list("ResultsByTime").unwrap() else { panic!("one month was asked for") };
    let group = |group: &Value| {
        let amount = |metric: &str| money(group.text(&format!("Metrics.{metric}.Amount")).unwrap());
        (texts(group, "Keys")[0].to_owned(), (amount("UnblendedCost"), amount("AmortizedCost")))
    };
    month.list("Groups").unwrap().iter().map(group).collect()
}

#[test]
fn a_closed_month_costs_what_its_bill_says() {
    let mut cloud = cloud();
    let dir = tempfile::tempdir().unwrap();
    let truth = cloud.write_bill("2025-01".parse().unwrap(), Format::LegacyCsv, dir.path(), 2).unwrap();
    let [period] = &truth.periods[..] else { panic!("one month was written") };
    let by_service = told(&mut cloud, 0, "SERVICE");
    let total = by_service.values().fold((Money::ZERO, Money::ZERO), |sum, (a, b)| (sum.0 + *a, sum.1 + *b));
    assert_eq!(total, (period.total().unblended, period.total().amortized));
    assert!(by_service.len() > 10 && total.0 != total.1, "{by_service:?}");
    let accounts: BTreeMap<String, (Money, Money)> =
        period.by_account.iter().map(|(id, totals)| (id.clone(), (totals.unblended, totals.amortized))).collect();
    assert_eq!(told(&mut cloud, 0, "LINKED_ACCOUNT"), accounts);
    // A member sees its own alone.
    let own = cloud.accounts[1].id.clone();
    assert_eq!(told(&mut cloud, 1, "LINKED_ACCOUNT"), BTreeMap::from([(own.clone(), accounts[&own])]));
    let by_type: BTreeMap<String, (Money, Money)> =
        period.by_type.iter().map(|(line_type, totals)| (line_type.text().to_owned(), (totals.unblended, totals.amortized))).collect();
    assert_eq!(told(&mut cloud, 0, "RECORD_TYPE"), by_type);
}

/// Three `c5.large` of four normalized units, bought on the sixth day at 00:20:34 for 250 each and 0.03 an hour.
#[test]
fn a_reservations_use_is_that_of_the_bills_commitment() {
    let mut cloud = cloud();
    let dir = tempfile::tempdir().unwrap();
    let truth = cloud.write_bill("2025-01".parse().unwrap(), Format::LegacyCsv, dir.path(), 2).unwrap();
    let (_, held) = truth.periods[0].commitments.iter().find(|(arn, _)| arn.contains("reserved-instances")).unwrap();
    let answer = asked(&mut cloud, 0, utilization, &[by("SUBSCRIPTION_ID")]);
    let [time] = answer.list("UtilizationsByTime").unwrap() else { panic!("one time was asked for") };
    let [group] = time.list("Groups").unwrap() else { panic!("one reservation is held") };
    let uses = |member: &str| money(group.text(&format!("Utilization.{member}")).unwrap());
    assert_eq!(uses("PurchasedUnits").to_string(), held.held.to_string());
    assert_eq!(uses("TotalAmortizedFee"), held.cost);
    assert_eq!(uses("AmortizedUpfrontFee"), held.amortized_upfront);
    assert_eq!(uses("RICostForUnusedHours"), held.unused_cost);
    // The first clock hour is covered whole, though a third of it was before the purchase.
    let most = held.used.min(held.held);
    assert_eq!(uses("TotalActualUnits").to_string(), most.to_string());
    assert_eq!(uses("NetRISavings"), uses("OnDemandCostOfRIHoursUsed") - held.cost);
    assert_eq!(uses("UtilizationPercentage"), uses("UtilizationPercentageInUnits"));
    assert_eq!(group.text("Attributes.instanceType"), Some("c5.large"));
    let days = asked(&mut cloud, 0, utilization, &[("Granularity", "DAILY".into())]);
    assert_eq!(
        (days.list("UtilizationsByTime").unwrap().len(), days.text("Total.TotalAmortizedFee")),
        (26, answer.text("Total.TotalAmortizedFee"))
    );
    // Whoever bought it sees it, and nobody else but the payer.
    let seen = [1, 2].map(|account| asked(&mut cloud, account, utilization, &[]).text("Total.PurchasedUnits").map(str::to_owned));
    assert_eq!(seen, [Some("0".to_owned()), answer.text("Total.PurchasedUnits").map(str::to_owned)]);
    // What it covered is what coverage says is covered.
    let covered = asked(&mut cloud, 0, coverage, &[("Granularity", "MONTHLY".into())]);
    assert_eq!(money(covered.text("Total.CoverageNormalizedUnits.ReservedNormalizedUnits").unwrap()).to_string(), held.used.to_string());
}

#[test]
fn a_plans_use_is_that_of_the_bills_commitment() {
    let mut cloud = cloud();
    let dir = tempfile::tempdir().unwrap();
    let truth = cloud.write_bill("2025-01".parse().unwrap(), Format::LegacyCsv, dir.path(), 2).unwrap();
    let answer = asked(&mut cloud, 0, details, &[]);
    let plans = answer.list("SavingsPlansUtilizationDetails").unwrap();
    assert_eq!(plans.len(), 2);
    for plan in plans {
        let held = &truth.periods[0].commitments[plan.text("SavingsPlanArn").unwrap()];
        let uses = |member: &str| money(plan.text(member).unwrap());
        assert_eq!(uses("Utilization.TotalCommitment"), held.cost);
        assert_eq!(uses("Utilization.UsedCommitment"), held.used_cost);
        assert_eq!(uses("Utilization.UnusedCommitment"), held.unused_cost);
        assert_eq!(uses("AmortizedCommitment.AmortizedUpfrontCommitment"), held.amortized_upfront);
    }
}

#[test]
fn facts_are_kept_while_what_was_held_stays_the_same() {
    let mut cloud = cloud();
    let first = told(&mut cloud, 0, "SERVICE");
    let kept = cloud.explored.values().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    assert_eq!(told(&mut cloud, 0, "SERVICE"), first);
    assert_eq!(cloud.explored.values().map(|(key, _)| key.clone()).collect::<Vec<_>>(), kept);
    cloud.books.reserved.clear();
    assert_ne!(told(&mut cloud, 0, "SERVICE"), first);
}
