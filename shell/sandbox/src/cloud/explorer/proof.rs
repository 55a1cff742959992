//! Cost Explorer and the bill of the same month say the same, to the last digit.

use super::cost::costs;
use crate::Format;
use crate::cloud::ask::{Ask, Caller, texts};
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
    let mut cloud = Cloud::new(Setup { seed: 7, accounts: 5, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 });
    let start = Moment(cloud.books.now.0 + 5 * 86_400 + 1_234);
    for (id, kind, payment, hourly, upfront, recurring) in [
        ("a", PlanType::Compute, Payment::Nothing, "1.5", "0", "1.5"),
        ("b", PlanType::Ec2Instance { family: "m5".to_owned(), region: 0 }, Payment::Half, "1", "4380", "0.5"),
    ] {
        cloud.books.plans.push(HeldPlan {
            id: id.to_owned(),
            account: 1,
            offering: String::new(),
            kind,
            term: Term::OneYear,
            payment,
            commitment: money(hourly),
            upfront: money(upfront),
            recurring: money(recurring),
            bought: start,
            start,
            standing: Standing::Active,
            returned: None,
            tags: BTreeMap::new(),
        });
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
    });
    cloud.advance(40 * 86_400);
    cloud
}

/// What `GetCostAndUsage` of January says by a dimension: unblended, amortized.
fn told(cloud: &mut Cloud, account: u32, dimension: &str) -> BTreeMap<String, (Money, Money)> {
    let caller = Caller { account, arn: String::new(), access_key: String::new(), role: None, source_identity: String::new() };
    let input = Value::of([
        ("TimePeriod", Value::of([("Start", "2025-01-01".into()), ("End", "2025-02-01".into())])),
        ("Granularity", "MONTHLY".into()),
        ("Metrics", vec!["UnblendedCost", "AmortizedCost"].into()),
        ("GroupBy", Value::List(vec![Value::of([("Type", "DIMENSION".into()), ("Key", dimension.into())])])),
    ]);
    let ask = Ask { caller: &caller, region: "us-east-1", input: &input, wall: jiff::Timestamp::UNIX_EPOCH };
    let answer = costs(cloud, &ask).unwrap();
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
