//! What of AWS's recommendations is matched, when it begins, and what it breaks.

use super::{HOURS, Recommended, beside, commit, compare, database, inputs, made, reserve, sku, standard};
use crate::proposal::{KnownChange, Line};
use crate::solve::OneByOne;
use tenor_cover::PlanKind;
use tenor_money::Money;
use tenor_price::Payment;

const LARGE: &str = "EC2 us-east-1 m5.large RunInstances default";

#[test]
fn a_price_that_is_missing_of_what_is_used_is_not_made_up() {
    let mut inputs = inputs();
    let family = inputs.skus[0].families[0].clone();
    let large = sku("EC2 m5.large", "AmazonEC2", "BoxUsage:m5.large", "RunInstances", "0.096", (&family, LARGE, 4_000));
    inputs.skus.push(large);
    let cells = vec![1_u64; HOURS];
    inputs.lines.push(Line { class: 0, account: String::new(), sku: 3, zone: None, cells: cells.into() });
    let told = beside(inputs, &[standard("m5.large", "Linux/UNIX", 1)]);
    let line = told.lines().find(|line| line.starts_with("left out")).unwrap_or_else(|| panic!("{told}"));
    insta::assert_snapshot!(line, @"left out aws.json: 1 × m5.large Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: version 0123abcd of the prices has no standard 1yr No Upfront reservation of it");
}

#[test]
fn databases_in_one_zone_and_in_several_cover_each_other() {
    let of = |deployment: &str| Recommended {
        payment: Payment::PartialUpfront,
        upfront: Some(Money::from_whole(700)),
        ..reserve(database("PostgreSQL", deployment), "db.r5.large", 4)
    };
    let told = beside(inputs(), &[of("Single-AZ")]);
    let lines = told.lines().filter(|line| line.contains("RDS") || line.contains("db.r5")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(lines, @"
    AWS: RDS reservations, 1yr Partial Upfront: 1 purchases, 0 left out; costs 45059.851, saves 828.8 (-899.2 to 3156.8); 0.6396 an hour, 2800 upfront, 5603.2 owed; used 0.734247
    note: aws.json: 4 × db.r5.large PostgreSQL Single-AZ us-east-1 of RDS reservations, 1yr Partial Upfront: the inputs have no price of InstanceUsage:db.r5.large, which is not used; it is priced as RDS db.r5.large PostgreSQL is by normalized unit
    note: aws.json: 4 × db.r5.large PostgreSQL Single-AZ us-east-1 of RDS reservations, 1yr Partial Upfront: AWS says 700 upfront, and the prices of the proposal come to 2800
    ");
}

#[test]
fn an_account_that_may_not_buy_is_told() {
    let mut inputs = inputs();
    inputs.policy.buyers = vec!["222222222222".to_owned()];
    let told = beside(inputs, &[commit(PlanKind::Compute, "", "1")]);
    assert!(told.contains("  breaks: the policy does not let account 111111111111 buy\n"), "{told}");
}

#[test]
fn what_is_above_a_limit_by_less_than_can_be_seen_breaks_none() {
    let mut inputs = inputs();
    let proposal = made(&inputs);
    inputs.policy.limits.hourly = Some("0.9999995".parse().unwrap());
    let compared = compare(inputs, &proposal, &[commit(PlanKind::Compute, "", "1")], &OneByOne).unwrap();
    let aws = compared.candidates.last().unwrap();
    assert!(aws.breaks.iter().all(|broken| !broken.contains("above the limit")), "as the search counts: {:?}", aws.breaks);
}

#[test]
fn in_a_month_s_last_week_reservations_begin_at_once_and_plans_with_the_month() {
    let mut inputs = inputs();
    // The history ends on the 25th.
    inputs.first += 4 * 24;
    // All of m5 ends with the month.
    let (account, service, region, family) = (None, None, None, Some("m5".to_owned()));
    let (from, until) = (inputs.first + HOURS as i64 + 144, None);
    inputs.changes.push(KnownChange { account, service, region, family, from, until, thousandths: 0 });
    let proposal = made(&inputs);
    assert!(proposal.as_of.starts_with("2025-06-25"), "{}", proposal.as_of);
    let costs = |aws: Recommended| {
        let compared = compare(inputs.clone(), &proposal, &[aws], &OneByOne).unwrap();
        let money = |text: &str| text.parse::<Money>().unwrap();
        let [nothing, aws] = [0, 2].map(|place| money(&compared.candidates[place].expected_cost));
        nothing - aws
    };
    // Reservations are used for six days, 10 x 0.384 x 144 at list, and a plan that begins then never.
    assert_eq!(costs(standard("m5.2xlarge", "Linux/UNIX", 10)).to_string(), "-20646.24");
    assert_eq!(costs(commit(PlanKind::Ec2Instance, "m5", "2.42")).to_string(), "-21199.2");
}
