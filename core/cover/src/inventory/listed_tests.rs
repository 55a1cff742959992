//! Bills and AWS's lists as text, and what is said of both together.

use super::{Difference, Listed, ListedState, Look, Sight, Verdict, sights};
use crate::inventory::{Commitment, Facts, Kind, ReportedFacts, ReservedService, Sums};
use jiff::Timestamp;
use proptest::prelude::*;
use tenor_money::{Money, Quantity};

const OURS: &str = "111122223333";

fn second(day: &str) -> i64 {
    format!("{day}T00:00:00Z").parse::<Timestamp>().unwrap().as_second()
}

/// A line of a bill: service, region, id, start, length in days, count or hourly commitment.
fn billed(line: &str) -> Commitment {
    let words: Vec<_> = line.split(' ').collect();
    let [service, region, id, start, days, amount] = words[..] else { panic!("six words: {line}") };
    let (start, is_plan) = (second(start), service == "sp");
    let arn = if is_plan {
        format!("arn:aws:savingsplans::{OURS}:savingsplan/{id}")
    } else {
        format!("arn:aws:{service}:{region}:{OURS}:reserved-instances/{id}")
    };
    let facts = Facts::read(&ReportedFacts {
        commitment_id: arn,
        kind: is_plan.then(|| "ComputeSavingsPlans".to_owned()),
        start: Some(start),
        end: Some(start + days.parse::<i64>().unwrap() * 86_400 - 1),
        count: (!is_plan).then(|| amount.parse().unwrap()),
        ..ReportedFacts::default()
    });
    let hourly_commitment = is_plan.then(|| amount.parse::<Money>().unwrap());
    Commitment { facts, sums: Sums::default(), newest: Sums::default(), hourly_commitment, quantity_unit: None, is_gone: false }
}

/// A line of a list: the same, with a state; `es` lists no ARN, and `-` is an end that is not told.
fn listed(line: &str) -> Listed {
    let words: Vec<_> = line.split(' ').collect();
    let [service, region, id, start, days, amount, state] = words[..] else { panic!("seven words: {line}") };
    let (start, is_plan) = (second(start), service == "sp");
    let arn = match service {
        "sp" => Some(format!("arn:aws:savingsplans::{OURS}:savingsplan/{id}")),
        "es" => None,
        _ => Some(format!("arn:aws:{service}:{region}:{OURS}:reserved-instances/{id}")),
    };
    Listed {
        id: id.to_owned(),
        arn,
        owner: OURS.parse().unwrap(),
        kind: match service {
            "sp" => Kind::Plan(None),
            "es" => Kind::Reservation(Some(ReservedService::OpenSearch)),
            _ => Kind::Reservation(Some(ReservedService::Ec2)),
        },
        of: None,
        region: (!is_plan).then(|| region.to_owned()),
        state: match state {
            "queued" => ListedState::Queued,
            "pending" => ListedState::Pending,
            "active" => ListedState::Active,
            "ended" => ListedState::Ended,
            "never" => ListedState::NeverRan,
            other => ListedState::Unknown(other.to_owned()),
        },
        start: Some(start),
        end: days.parse::<i64>().ok().map(|days| start + days * 86_400 - 1),
        count: (!is_plan).then(|| amount.parse().unwrap()),
        hourly_commitment: is_plan.then(|| amount.parse().unwrap()),
    }
}

/// What was looked at, a word each: `sp`, `ec2@us-east-1`, `es@us-east-1!` where it could not be read.
fn looks(words: &str) -> Vec<Look> {
    let look = |word: &str| {
        let (what, is_read) = (word.trim_end_matches('!'), !word.ends_with('!'));
        let (service, region) = what.split_once('@').unwrap_or((what, ""));
        let service = match service {
            "ec2" => Some(ReservedService::Ec2),
            "es" => Some(ReservedService::OpenSearch),
            _ => None,
        };
        Look { owner: OURS.parse().unwrap(), service, region: Some(region.to_owned()).filter(|region| !region.is_empty()), is_read }
    };
    words.split_whitespace().map(look).collect()
}

fn told(sight: &Sight<'_>) -> String {
    let from = match (sight.billed, sight.listed) {
        (Some(_), Some(_)) => "both",
        (Some(_), None) => "bill",
        _ => "live",
    };
    let day = |second: i64| Timestamp::from_second(second).unwrap().to_string()[..10].to_owned();
    let differences = sight.differences.iter().map(|difference| match difference {
        Difference::End { billed, listed } => format!(", end {} / {}", day(*billed), day(*listed)),
        Difference::Count { billed, listed } => format!(", count {billed} / {listed}"),
        Difference::Commitment { billed, listed } => format!(", commitment {billed} / {listed}"),
    });
    let id = sight.id().rsplit('/').next().unwrap();
    format!("{id} ({from}): {}{}", sight.verdict.name(), differences.collect::<String>())
}

fn compared(bill: &str, list: &str, looked: &str) -> String {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let billed: Vec<_> = lines(bill).iter().map(|line| billed(line)).collect();
    let listed: Vec<_> = lines(list).iter().map(|line| listed(line)).collect();
    let bills = (!billed.is_empty()).then(|| (second("2025-01-01"), second("2025-03-01")));
    let sights = sights(&billed, &listed, &looks(looked), bills, second("2025-03-10"));
    sights.iter().map(told).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_only_one_side_knows_is_told_apart_by_why() {
    let bill = "
        ec2 us-east-1 same 2025-01-01 365 2
        ec2 us-east-1 gone 2025-01-01 365 1
        ec2 us-east-1 old 2024-01-01 366 1
        ec2 eu-west-1 elsewhere 2025-01-01 365 1
        es us-east-1 search 2025-01-01 365 4
        sp - returned 2025-02-20 365 1.5
        sp - vanished 2025-02-20 365 2.5";
    let list = "
        ec2 us-east-1 same 2025-01-01 365 2 active
        ec2 us-east-1 new 2025-03-05 365 1 active
        ec2 us-east-1 later 2025-06-01 365 1 queued
        ec2 us-east-1 missed 2025-02-01 365 1 active
        ec2 us-east-1 ancient 2022-01-01 365 1 ended
        ec2 us-east-1 unpaid 2025-02-01 365 1 never
        ec2 us-east-1 odd 2025-02-01 365 1 frozen
        sp - returned 2025-02-20 - 1.5 ended";
    insta::assert_snapshot!(compared(bill, list, "sp ec2@us-east-1 es@us-east-1!"), @"
    gone (bill): listed no more
    vanished (bill): listed no more
    returned (both): ended early
    missed (live): not in the bills
    new (live): newer than the bills
    later (live): queued
    odd (live): state not known
    search (bill): could not be read
    elsewhere (bill): not looked at
    same (both): as billed
    old (bill): ended
    ancient (live): ended before the bills
    unpaid (live): never ran
    ");
}

#[test]
fn what_both_know_is_compared_to_the_last_digit() {
    let bill = "
        ec2 us-east-1 split 2025-01-01 365 3
        ec2 us-east-1 cut 2025-01-01 365 1
        es us-east-1 search 2025-01-01 365 4
        sp - dearer 2025-01-01 365 1.5
        sp - over 2024-03-01 365 1";
    let list = "
        ec2 us-east-1 split 2025-01-01 365 2 active
        ec2 us-east-1 cut 2025-01-01 68 1 ended
        es us-east-1 search 2025-01-01 365 4 active
        sp - dearer 2025-01-01 1095 1.50001 active
        sp - over 2024-03-01 365 1 ended";
    insta::assert_snapshot!(compared(bill, list, ""), @"
    cut (both): ended early, end 2026-01-01 / 2025-03-09
    split (both): differs, count 3 / 2
    dearer (both): differs, end 2026-01-01 / 2027-12-31, commitment 1.5 / 1.50001
    search (both): as billed
    over (both): ended
    ");
}

#[test]
fn without_a_bill_all_that_is_listed_is_new() {
    insta::assert_snapshot!(compared("", "sp - one 2024-05-01 365 1 active", "sp"), @"one (live): newer than the bills");
}

#[test]
fn what_two_connections_list_is_one() {
    let twice = "es us-east-1 search 2025-01-01 365 4 active\nes us-east-1 search 2025-01-01 365 4 active";
    insta::assert_snapshot!(compared("", twice, ""), @"search (live): newer than the bills");
    insta::assert_snapshot!(compared("es us-east-1 search 2025-01-01 365 4", twice, ""), @"search (both): as billed");
}

#[test]
fn one_good_look_is_enough_where_another_failed() {
    let bill = "ec2 us-east-1 gone 2025-01-01 365 1";
    insta::assert_snapshot!(compared(bill, "", "ec2@us-east-1! ec2@us-east-1"), @"gone (bill): listed no more");
    insta::assert_snapshot!(compared(bill, "", "ec2@us-east-1!"), @"gone (bill): could not be read");
}

proptest! {
    #[test]
    fn everything_is_told_once_and_what_was_not_read_never_vanishes(
        bill in prop::collection::btree_set(0u8..8, 0..8),
        list in prop::collection::btree_set(0u8..8, 0..8),
        is_read in any::<bool>(),
    ) {
        let billed: Vec<_> = bill.iter().map(|id| billed(&format!("ec2 us-east-1 i{id} 2025-01-01 365 1"))).collect();
        let listed: Vec<_> = list.iter().map(|id| listed(&format!("ec2 us-east-1 i{id} 2025-01-01 365 1 active"))).collect();
        let looked = looks(if is_read { "ec2@us-east-1" } else { "ec2@us-east-1!" });
        let sights = sights(&billed, &listed, &looked, Some((0, second("2025-03-01"))), second("2025-03-10"));
        prop_assert_eq!(sights.len(), bill.union(&list).count());
        prop_assert_eq!(sights.iter().filter(|sight| sight.billed.is_some() && sight.listed.is_some()).count(), bill.intersection(&list).count());
        prop_assert!(is_read || sights.iter().all(|sight| sight.verdict != Verdict::Vanished));
        let counts = [Quantity::from_whole(1)];
        prop_assert!(sights.iter().filter_map(|sight| sight.listed).all(|listed| listed.count == Some(counts[0])));
    }
}
