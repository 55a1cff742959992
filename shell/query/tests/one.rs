//! One commitment of small lakes: its hours, its months, what it covered.

use crate::lake::{Lake, run, tell};
use std::sync::Mutex;
use tenor_cover::CommitmentId;
use tenor_lake::store::TimeUnit;
use tenor_money::Money;
use tenor_query::commitments::{Covered, Did, Hours, Shown};
use tenor_query::cost::{Granularity, Metric, Question, Range};
use tenor_query::{Engine, Options};

const HEADER: &str = "when | ChargeCategory | ChargeFrequency | CommitmentDiscountId | CommitmentDiscountCategory | CommitmentDiscountStatus | \
    CommitmentDiscountQuantity | SubAccountId | ServiceName | x_UsageType | SkuMeter | ConsumedQuantity | x_NormalizedUsageAmount | ListCost | \
    EffectiveCost";

fn month(lake: Lake, period: &str, unit: TimeUnit, rows: &[&str]) -> Lake {
    lake.with("111", period, unit, &format!("{HEADER}\n{}", rows.join("\n")))
}

/// A reservation `r`, whose unused part is billed by the month, and a plan `p`, whose is billed by the hour.
fn held() -> Lake {
    let january = [
        "2025-01-01T00 | Usage    | Usage-Based | r | Usage | Used   | 2   | 222 | EC2 | BoxUsage:m5.medium | | 1 | 2 | 0.4  | 0.2",
        "2025-01-01T00 | Usage    | Usage-Based | r | Usage | Used   | 1   | 333 | EC2 | BoxUsage:m5.small  | | 1 | 1 | 0.2  | 0.1",
        "2025-01-01T05 | Usage    | Usage-Based | r | Usage | Used   | 2   | 333 | EC2 | BoxUsage:m5.medium | | 1 | 2 | 0.4  | 0.2",
        "2025-01       | Usage    | Usage-Based | r | Usage | Unused | 5   | 111 | EC2 | HeavyUsage:m5.large | | |  | 0    | 0.5",
        "2025-01       | Purchase | Recurring   | r | Usage |        | 10  | 111 | EC2 | HeavyUsage:m5.large | | 2 | | 0   | 0",
        "2025-01-01T00 | Usage    | Usage-Based | p | Spend | Used   | 0.3 | 222 | Fargate | | GB-Hours | 7 |  | 0.5  | 0.3",
        "2025-01-01T00 | Usage    | Usage-Based | p | Spend | Unused | 0.7 | 111 |     | ComputeSP:1yrNoUpfront | | |  | 0 | 0.7",
        "2025-01-01T01 | Usage    | Usage-Based | p | Spend | Unused | 1   | 111 |     | ComputeSP:1yrNoUpfront | | |  | 0 | 1",
        "2025-01-01T00 | Usage    | Usage-Based |   |       |        |     | 333 | EC2 | BoxUsage:m5.small  | | 1 | 1 | 0.2  | 0.2",
    ];
    let february = ["2025-02-01T00 | Usage | Usage-Based | r | Usage | Used | 2 | 222 | EC2 | BoxUsage:m5.medium | | 1 | 2 | 0.4 | 0.2"];
    let lake = month(Lake::empty(), "2025-01", TimeUnit::Hour, &january);
    month(lake, "2025-02", TimeUnit::Hour, &february)
}

fn id(text: &str) -> CommitmentId {
    CommitmentId(text.to_owned())
}

fn january() -> Range {
    Range { from: "2025-01".parse().ok(), to: "2025-01".parse().ok() }
}

fn told(hours: &Hours) -> String {
    let line = |when: String, did: &Did| {
        format!(
            "{when}: used {} for {}, {} at list prices ({} h, {} normalized); unused {} for {}",
            did.quantity, did.used_cost, did.list_cost, did.hours, did.normalized, did.unused, did.unused_cost
        )
    };
    let lines = hours.hours.iter().map(|(hour, did)| line(hour.to_string(), did));
    lines.chain([line("longer".to_owned(), &hours.longer)]).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_unused_of_a_reservation_lies_in_no_hour() {
    insta::assert_snapshot!(told(&run(held().engine().use_of(&id("r"), &january())).unwrap().hours), @"
    2025-01-01T00:00:00Z: used 3 for 0.3, 0.6 at list prices (2 h, 3 normalized); unused 0 for 0
    2025-01-01T05:00:00Z: used 2 for 0.2, 0.4 at list prices (1 h, 2 normalized); unused 0 for 0
    longer: used 0 for 0, 0 at list prices (0 h, 0 normalized); unused 5 for 0.5
    ");
}

#[test]
fn what_is_unused_of_a_plan_lies_in_its_hour() {
    insta::assert_snapshot!(told(&run(held().engine().use_of(&id("p"), &january())).unwrap().hours), @"
    2025-01-01T00:00:00Z: used 0.3 for 0.3, 0.5 at list prices (0 h, 0 normalized); unused 0.7 for 0.7
    2025-01-01T01:00:00Z: used 0 for 0, 0 at list prices (0 h, 0 normalized); unused 1 for 1
    longer: used 0 for 0, 0 at list prices (0 h, 0 normalized); unused 0 for 0
    ");
}

#[test]
fn a_report_of_days_tells_no_hours() {
    let days = ["2025-01-01 | Usage | Usage-Based | r | Usage | Used | 48 | 222 | EC2 | BoxUsage:m5.medium | | 24 | 48 | 4 | 2"];
    let lake = month(Lake::empty(), "2025-01", TimeUnit::Day, &days);
    insta::assert_snapshot!(told(&run(lake.engine().use_of(&id("r"), &january())).unwrap().hours), @"
    longer: used 48 for 2, 4 at list prices (24 h, 48 normalized); unused 0 for 0
    ");
}

#[test]
fn what_is_covered_is_told_apart_by_usage_and_account() {
    let covered = |of: &str| {
        let covered = run(held().engine().use_of(&id(of), &january())).unwrap().covered;
        let line = |one: &Covered| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let account = one.account.as_ref().map(ToString::to_string);
            let metered = [text(&one.usage_type), text(&one.meter)].join("/");
            format!("{} | {metered} | {} | {} | {}", text(&one.service), text(&account), one.cost, one.list_cost)
        };
        covered.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(covered("r"), @"
    EC2 | BoxUsage:m5.medium/ | 222 | 0.2 | 0.4
    EC2 | BoxUsage:m5.medium/ | 333 | 0.2 | 0.4
    EC2 | BoxUsage:m5.small/ | 333 | 0.1 | 0.2
    ");
    insta::assert_snapshot!(covered("p"), @"Fargate | /GB-Hours | 222 | 0.3 | 0.5");
    assert_eq!(covered("nobody's' OR true"), "", "an id is a value, whatever stands in it");
}

#[test]
fn the_charges_that_a_page_leads_to_are_those_that_were_covered() {
    // Two services have one usage type, and what is unused bears it too.
    let rows = [
        "2025-01-01T00 | Usage | Usage-Based | r | Usage | Used   | 1 | 222 | EC2 | BoxUsage:m5.large | Box | 1 | 1 | 0.4 | 0.2",
        "2025-01-01T01 | Usage | Usage-Based | r | Usage | Used   | 1 | 333 | EC2 | BoxUsage:m5.large |     | 1 | 1 | 0.4 | 0.3",
        "2025-01-01T00 | Usage | Usage-Based | r | Usage | Used   | 1 | 222 | RDS | BoxUsage:m5.large |     | 1 | 1 | 0.4 | 0.5",
        "2025-01-01T00 | Usage | Usage-Based | r | Usage | Used   | 1 | 222 |     | BoxUsage:m5.large |     | 1 | 1 | 0.4 | 0.7",
        "2025-01       | Usage | Usage-Based | r | Usage | Unused | 1 | 222 | EC2 | BoxUsage:m5.large |     |   |   | 0   | 11",
        "2025-01-01T00 | Usage | Usage-Based | q | Usage | Used   | 1 | 222 | EC2 | BoxUsage:m5.large |     | 1 | 1 | 0.4 | 13",
    ];
    let lake = month(Lake::empty(), "2025-01", TimeUnit::Hour, &rows);
    let covered = run(lake.engine().use_of(&id("r"), &january())).unwrap().covered;
    let sum = |of: &dyn Fn(&Covered) -> bool| covered.iter().filter(|one| of(one)).map(|one| one.cost).sum::<Money>().to_string();
    let cost = |condition: &str| {
        let filter = Some(format!("CommitmentDiscountId = 'r' AND CommitmentDiscountStatus = 'Used' AND {condition}"));
        let (metric, granularity) = (Metric::Effective, Granularity::Total);
        let question = Question { by: Vec::new(), metric, granularity, range: january(), filter, top: None };
        run(lake.engine().cost(&question)).unwrap().total.to_string()
    };
    for (service, condition, expected) in [(Some("EC2"), "= 'EC2'", "0.5"), (Some("RDS"), "= 'RDS'", "0.5"), (None, "IS NULL", "0.7")] {
        assert_eq!(sum(&|one: &Covered| one.service.as_deref() == service), expected);
        assert_eq!(cost(&format!("ServiceName {condition} AND x_UsageType = 'BoxUsage:m5.large'")), expected);
    }
    let of_account = |one: &Covered| one.account.as_ref().is_some_and(|account| account.to_string() == "222");
    assert_eq!((sum(&of_account), cost("SubAccountId = '222'")), ("1.4".to_owned(), "1.4".to_owned()));
    assert!(covered.iter().all(|one| one.meter.is_none()), "a meter is told where there is no usage type");
}

#[test]
fn the_hours_of_a_month_add_up_to_what_the_month_says() {
    let lake = held();
    for of in ["r", "p"] {
        let hours = run(lake.engine().use_of(&id(of), &january())).unwrap().hours;
        let all = || hours.hours.values().chain([&hours.longer]);
        let months = run(lake.engine().shown(&january(), None)).unwrap().months_of(&id(of));
        let [(period, commitment)] = months.as_slice() else { panic!("{} months", months.len()) };
        assert_eq!(period.to_string(), "2025-01");
        assert_eq!(commitment.facts.id, id(of));
        let sums = commitment.sums;
        assert_eq!(all().map(|did| did.used_cost).sum::<tenor_money::Money>(), sums.used_cost);
        assert_eq!(all().map(|did| did.unused_cost).sum::<tenor_money::Money>(), sums.unused_cost);
        assert_eq!(all().map(|did| did.list_cost).sum::<tenor_money::Money>(), sums.list_cost);
        assert_eq!(all().map(|did| did.quantity).sum::<tenor_money::Quantity>(), sums.quantity.used);
        assert_eq!(all().map(|did| did.normalized).sum::<tenor_money::Quantity>(), sums.normalized.used);
    }
}

#[test]
fn months_are_those_of_the_one_that_is_asked_for() {
    let months = |of: &str| {
        let months = run(held().engine().shown(&Range::default(), None)).unwrap().months_of(&id(of));
        months.iter().map(|(period, one)| format!("{period} {} {}", one.sums.used_cost, one.sums.unused_cost)).collect::<Vec<_>>()
    };
    assert_eq!(months("r"), ["2025-01 0.5 0.5", "2025-02 0.2 0"]);
    assert_eq!(months("p"), ["2025-01 0.3 1.7"]);
    assert_eq!(months("q"), [""; 0]);
}

#[test]
fn hours_are_of_whole_months_that_are_held() {
    let ask = |from: &str, to: &str| {
        let range = Range { from: from.parse().ok(), to: to.parse().ok() };
        tell(&run(held().engine().use_of(&id("r"), &range)).unwrap_err())
    };
    assert!(ask("2025-01-05", "2025-01-06").contains("is not made of whole billing periods"), "{}", ask("2025-01-05", "2025-01-06"));
    assert!(ask("2024-01", "2024-01").contains("the lake holds no bill from"), "{}", ask("2024-01", "2024-01"));
}

#[test]
fn what_names_no_category_is_counted_by_the_hour_and_as_covered() {
    let rows = ["2025-01-01T00 | Usage | Usage-Based | r | | Used | 1 | 222 | EC2 | BoxUsage:m5.large | | 1 | 1 | 0.4 | 0.2"];
    let used = run(month(Lake::empty(), "2025-01", TimeUnit::Hour, &rows).engine().use_of(&id("r"), &january())).unwrap();
    insta::assert_snapshot!(told(&used.hours), @"
    2025-01-01T00:00:00Z: used 1 for 0.2, 0.4 at list prices (1 h, 1 normalized); unused 0 for 0
    longer: used 0 for 0, 0 at list prices (0 h, 0 normalized); unused 0 for 0
    ");
    assert_eq!(used.covered.iter().map(|one| one.cost.to_string()).collect::<Vec<_>>(), ["0.2"]);
}

#[test]
fn a_period_is_read_once_for_each_import_of_it() {
    let mut lake = held();
    let all = Range::default();
    let before = run(lake.engine().shown(&all, None)).unwrap();
    std::fs::remove_file(&lake.snapshot.periods[0].charges[0]).unwrap();
    assert!(run(lake.engine().shown(&all, None)).is_err(), "January cannot be read any more");
    let again = run(lake.engine().shown(&all, Some(&before))).unwrap();
    assert_eq!(again.inventory().unwrap().commitments, before.inventory().unwrap().commitments);
    assert_eq!(again.months_of(&id("r")), before.months_of(&id("r")));
    lake.snapshot.periods[0].record.imported_at = "2025-03-01T00:00:00Z".to_owned();
    assert!(run(lake.engine().shown(&all, Some(&before))).is_err(), "another import of it says something else");
}

#[test]
fn what_was_kept_adds_up_to_what_is_read_anew() {
    let january = run(held().engine().shown(&january(), None)).unwrap();
    let (kept, anew) = (run(held().engine().shown(&Range::default(), Some(&january))).unwrap(), held());
    let anew = run(anew.engine().shown(&Range::default(), None)).unwrap();
    let (kept, anew) = (kept.inventory().unwrap(), anew.inventory().unwrap());
    assert_eq!((&kept.commitments, &kept.ends_early, &kept.periods), (&anew.commitments, &anew.ends_early, &anew.periods));
}

/// Thirteen months in which `r` serves usage.
fn thirteen_months() -> Lake {
    let months = (1..=12).map(|month| format!("2024-{month:02}")).chain(["2025-01".to_owned()]);
    months.fold(Lake::empty(), |lake, period| {
        let row =
            format!("{period}-01T00 | Usage | Usage-Based | r | Usage | Used | 2 | 222 | EC2 | BoxUsage:m5.medium | | 1 | 2 | 0.4 | 0.2");
        month(lake, &period, TimeUnit::Hour, &[&row])
    })
}

#[test]
fn what_was_read_before_it_failed_is_told_and_not_read_again() {
    let (lake, all) = (thirteen_months(), Range::default());
    let [first, last] = [0, 12].map(|at: usize| lake.snapshot.periods[at].charges[0].clone());
    let away = lake.folder.path().join("away");
    std::fs::rename(&last, &away).unwrap();
    let told = Mutex::new(Vec::new());
    let tell = |shown: Shown| told.lock().unwrap().push(shown);
    assert!(run(lake.engine().shown_by_lots(&all, None, &tell)).is_err(), "the last month cannot be read");
    std::fs::rename(&away, &last).unwrap();
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), 1, "twelve of them could");
    std::fs::remove_file(&first).unwrap();
    let shown = run(lake.engine().shown(&all, told.first())).unwrap();
    assert_eq!(shown.months_of(&id("r")).len(), 13);
}

#[test]
fn more_commitments_than_are_held_in_memory_are_refused() {
    let lake = thirteen_months();
    let options = |groups_max| Options { threads: 2, groups_max, ..Options::default() };
    let shown = |groups_max| run(Engine::open(&lake.snapshot, &options(groups_max)).unwrap().shown(&Range::default(), None));
    assert!(shown(13).is_ok());
    insta::assert_snapshot!(shown(12).unwrap_err().to_string(), @"the answer has more than 12 groups");
}

#[test]
fn of_two_payers_the_one_whose_bill_was_imported_again_is_read_alone() {
    let row = "2025-01-01T00 | Usage | Usage-Based | r | Usage | Used | 2 | 222 | EC2 | BoxUsage:m5.medium | | 1 | 2 | 0.4 | 0.2";
    let other = row.replace("| r |", "| s |");
    let mut lake = month(Lake::empty(), "2025-01", TimeUnit::Hour, &[row]);
    lake = lake.with("999", "2025-01", TimeUnit::Hour, &format!("{HEADER}\n{other}"));
    let all = Range::default();
    let before = run(lake.engine().shown(&all, None)).unwrap();
    std::fs::remove_file(&lake.snapshot.periods[0].charges[0]).unwrap();
    let anew = format!("{HEADER}\n{}", other.replace("0.4 | 0.2", "0.4 | 0.3"));
    lake.snapshot.periods.truncate(1);
    lake = lake.with("999", "2025-01", TimeUnit::Hour, &anew);
    lake.snapshot.periods[1].record.imported_at = "2025-03-01T00:00:00Z".to_owned();
    let again = run(lake.engine().shown(&all, Some(&before))).unwrap();
    let cost = |shown: &Shown, of: &str| shown.months_of(&id(of))[0].1.sums.used_cost.to_string();
    assert_eq!(["r", "s"].map(|of| cost(&before, of)), ["0.2", "0.2"]);
    assert_eq!(["r", "s"].map(|of| cost(&again, of)), ["0.2", "0.3"]);
}
