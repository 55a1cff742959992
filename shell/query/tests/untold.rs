//! What bills of commitments do not tell, or tell of a part only.

use crate::lake::{Lake, run};
use tenor_bill::AccountId;
use tenor_cover::inventory::{Horizon, LockIn, Ratio};
use tenor_lake::store::TimeUnit;
use tenor_query::commitments::{CoverageQuestion, Included, UnusedTo};
use tenor_query::cost::{Granularity, Key, Range};

const HEADER: &str = "when | ChargeCategory | ChargeFrequency | CommitmentDiscountId | CommitmentDiscountCategory | \
    CommitmentDiscountStatus | CommitmentDiscountQuantity | CommitmentDiscountUnit | SubAccountId | x_ServiceCode | x_UsageType | \
    ConsumedQuantity | x_NormalizedUsageAmount | ListCost | EffectiveCost | x_ReservationStartTime | x_ReservationEndTime | \
    x_ReservationNumberOfReservations | x_ReservationTotalReservedUnits";

/// A month of payer 111, from lines of the columns above.
fn month(lake: Lake, payer: &str, period: &str, rows: &[&str]) -> Lake {
    lake.with(payer, period, TimeUnit::Hour, &format!("{HEADER}\n{}", rows.join("\n")))
}

fn used(when: &str, account: &str, quantity: &str, list: &str, cost: &str) -> String {
    format!(
        "{when} | Usage | Usage-Based | r | Usage | Used | {quantity} | Hours | {account} | AmazonEC2 | BoxUsage:m5.large | {quantity} | | {list} | {cost}"
    )
}

fn unused(when: &str, owner: &str, quantity: &str, cost: &str) -> String {
    format!(
        "{when} | Usage | Usage-Based | r | Usage | Unused | {quantity} | Hours | {owner} | AmazonEC2 | HeavyUsage:m5.large | | | 0 | {cost}"
    )
}

fn fee(when: &str, id: &str) -> String {
    format!(
        "{when} | Purchase | Recurring | {id} | Usage | | 744 | Hours | 111 | AmazonEC2 | HeavyUsage:m5.large | | | 0 | 0 | \
         2025-01-01T00:00:00Z | 2025-12-31T23:59:59Z | 1 | 744"
    )
}

fn question(from: &str, to: &str) -> CoverageQuestion {
    CoverageQuestion {
        by: Vec::new(),
        granularity: Granularity::Total,
        range: Range { from: from.parse().ok(), to: to.parse().ok() },
        discounts: Included::Include,
        unused_to: UnusedTo::Owner,
    }
}

fn show(ratio: Option<Ratio>) -> String {
    ratio.map_or("-".to_owned(), |ratio| ratio.to_string())
}

/// What is said of all of it: coverage, utilization, savings, effective savings rate.
fn figures(lake: &Lake, question: &CoverageQuestion) -> String {
    let answer = run(lake.engine().coverage(question)).unwrap();
    let all = answer.total;
    let savings = all.savings(false).map_or("-".to_owned(), |savings| savings.to_string());
    let [coverage, utilization, rate] = [all.coverage(), all.utilization(), all.effective_savings_rate(false)].map(show);
    format!("{coverage} {utilization} {savings} {rate}; cut: {}", answer.has_cut_waste)
}

#[test]
fn covered_usage_without_a_cost_saves_nothing() {
    let rows = [used("2025-01-01T00", "222", "1", "0.1", "0.06"), used("2025-01-01T01", "222", "1", "0.1", "0")];
    let told = month(Lake::empty(), "111", "2025-01", &[&rows[0]]);
    assert_eq!(figures(&told, &question("", "")), "1.0000 1.0000 0.04 0.4000; cut: false");
    let untold = month(Lake::empty(), "111", "2025-01", &[&rows[0], &rows[1]]);
    assert_eq!(figures(&untold, &question("", "")), "1.0000 - - -; cut: false");
    insta::assert_snapshot!(untold.ask("SELECT paid_by, count(*) AS n FROM eligible_usage GROUP BY paid_by ORDER BY 1"), @"
    paid_by | n
    commitment | 1
    commitment at no cost | 1
    ");
    insta::assert_snapshot!(untold.ask("SELECT spot, discounts, list_cost, cost, savings, effective_savings_rate FROM savings ORDER BY 1, 2"), @"
    spot | discounts | list_cost | cost | savings | effective_savings_rate
    exclude | exclude | 0.2 | - | - | -
    exclude | include | 0.2 | - | - | -
    include | exclude | 0.2 | - | - | -
    include | include | 0.2 | - | - | -
    ");
    insta::assert_snapshot!(untold.ask("SELECT coverage, net_savings FROM coverage, commitments"), @"
    coverage | net_savings
    1 | -
    ");
}

#[test]
fn covered_usage_without_a_list_price_loses_nothing() {
    let rows = [used("2025-01-01T00", "222", "1", "0.1", "0.06"), used("2025-01-01T01", "222", "1", "0", "0.06")];
    let lake = month(Lake::empty(), "111", "2025-01", &[&rows[0], &rows[1]]);
    assert_eq!(figures(&lake, &question("", "")), "- 1.0000 - -; cut: false");
    insta::assert_snapshot!(lake.ask("SELECT coverage, net_savings, charges_without_list_cost FROM coverage, commitments"), @"
    coverage | net_savings | charges_without_list_cost
    - | - | 1
    ");
    let inventory = run(lake.engine().inventory(&Range::default())).unwrap();
    assert_eq!(inventory.commitments[0].figures().break_even.name(), "unknown");
}

#[test]
fn a_part_of_a_month_shows_nothing_that_needs_the_months_waste() {
    let rows = [used("2025-01-01T00", "222", "1", "0.1", "0.06"), unused("2025-01", "111", "9", "0.54")];
    let lake = month(Lake::empty(), "111", "2025-01", &[&rows[0], &rows[1]]);
    assert_eq!(figures(&lake, &question("2025-01", "2025-01")), "1.0000 0.1000 -0.5 -5.0000; cut: false");
    assert!(figures(&lake, &question("2025-01-01", "2025-01-02")).ends_with("cut: true"));
    assert!(figures(&lake, &question("2025-01-01T00Z", "2025-01-01T00Z")).ends_with("cut: true"));
    let placed = month(Lake::empty(), "111", "2025-01", &[&rows[0], &unused("2025-01-01T05", "111", "9", "0.54")]);
    assert!(figures(&placed, &question("2025-01-01", "2025-01-02")).ends_with("cut: false"));
}

#[test]
fn beneficiaries_are_those_of_the_whole_period() {
    let rows = [
        used("2025-01-01T00", "222", "1", "0.1", "0.06"),
        used("2025-01-20T00", "333", "3", "0.3", "0.18"),
        unused("2025-01-01T05", "111", "4", "0.4"),
        unused("2025-01-20T05", "111", "4", "0.8"),
    ];
    let lake = month(Lake::empty(), "111", "2025-01", &[&rows[0], &rows[1], &rows[2], &rows[3]]);
    let of_account = |from: &str, to: &str| {
        let by = vec!["account".parse().unwrap()];
        let question = CoverageQuestion { by, unused_to: UnusedTo::Beneficiaries, ..question(from, to) };
        let answer = run(lake.engine().coverage(&question)).unwrap();
        let key = |key: &Key| if let Key::Value(text) = key { text.clone() } else { "-".to_owned() };
        let mut rows: Vec<_> = answer.rows.iter().map(|row| format!("{} {}", key(&row.keys[0]), row.coverage.unused_cost)).collect();
        rows.sort();
        rows.join(", ")
    };
    assert_eq!(of_account("2025-01", "2025-01"), "222 0.3, 333 0.9");
    assert_eq!(of_account("2025-01-01", "2025-01-02"), "222 0.1, 333 0.3", "a part of the month is shared like the month");
}

#[test]
fn what_is_unused_stays_with_each_of_its_owners_and_payers() {
    let rows = [unused("2025-01", "111", "4", "0.4"), unused("2025-01", "112", "1", "0.1")];
    let lake = month(Lake::empty(), "111", "2025-01", &[&rows[0], &rows[1]]);
    let other = [used("2025-01-01T00", "555", "1", "0.1", "0.06"), unused("2025-01", "444", "1", "0.2")];
    let lake = month(lake, "444", "2025-01", &[&other[0], &other[1]]);
    let charged = |unused_to| {
        let charged = run(lake.engine().charged(&Range::default(), unused_to)).unwrap();
        let told = charged.iter().map(|one| format!("{} {}", one.account.as_ref().map_or("-", AccountId::as_str), one.unused_cost));
        told.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(charged(UnusedTo::Owner), "111 0.4, 112 0.1, 444 0.2, 555 0");
    assert_eq!(charged(UnusedTo::Beneficiaries), "111 0.4, 112 0.1, 555 0.2", "each payer's by itself");
}

#[test]
fn a_commitment_whose_fees_stop_is_gone() {
    let lake = month(
        Lake::empty(),
        "111",
        "2025-01",
        &[&fee("2025-01", "kept"), &fee("2025-01", "sold"), &used("2025-01-01T00", "222", "1", "0.1", "0.06")],
    );
    let lake = month(lake, "111", "2025-03", &[&fee("2025-03", "kept"), &used("2025-03-05T00", "222", "1", "0.1", "0.06")]);
    // Another payer's newest bill says nothing of this one's commitments, and is open.
    let lake = month(lake, "444", "2025-04", &[&used("2025-04-05T00", "555", "1", "0.1", "0.06")]);
    let inventory = run(lake.engine().inventory(&Range::default())).unwrap();
    let told: Vec<_> = inventory.commitments.iter().map(|one| format!("{} {}", one.facts.id, one.is_gone)).collect();
    assert_eq!(told, ["kept false", "r false", "sold true"]);
    let as_of = "2025-04-01T00:00:00Z".parse().unwrap();
    let lock_in = LockIn::of(&inventory.commitments, as_of, &Default::default());
    assert_eq!((lock_in.gone, lock_in.unknown), (1, 1));
    let horizon = Horizon { as_of: as_of.as_second(), soon_seconds: 0 };
    assert!(horizon.is_over(&inventory.commitments[2]) && !horizon.has_ended(&inventory.commitments[2]));
    let missing: Vec<_> = inventory.missing.iter().map(|(month, payer)| format!("{month} of {payer}")).collect();
    assert_eq!(missing, ["2025-02 of 111"]);
    let early: Vec<_> = inventory.ends_early.iter().map(|one| format!("{} of {}: {}", one.period, one.payer, one.end)).collect();
    assert_eq!(early, ["2025-03 of 111: 2025-03-05T01:00:00Z", "2025-04 of 444: 2025-04-05T01:00:00Z"]);
    let january = Range { from: None, to: "2025-01".parse().ok() };
    let inventory = run(lake.engine().inventory(&january)).unwrap();
    assert!(inventory.commitments.iter().all(|one| !one.is_gone), "of January alone it is still held");
}

#[test]
fn a_plans_commitment_is_of_the_hours_it_was_held() {
    let header = "when | ChargeCategory | ChargeFrequency | CommitmentDiscountId | CommitmentDiscountCategory | CommitmentDiscountQuantity | \
        SubAccountId | x_LegalEntity | x_SavingsPlanStartTime | x_SavingsPlanEndTime | ListCost | EffectiveCost | CommitmentDiscountStatus";
    let rows = "
        2025-01-10 | Purchase | Recurring | p | Spend | 900 | 111 | | 2025-01-10T18:00:00Z | 2026-01-10T17:59:59Z | 0 | 0 |
        2025-01-10T20 | Usage | Usage-Based | p | Spend | 1 | 222 | Amazon Web Services, Inc. | 2025-01-10T18:00:00Z | 2026-01-10T17:59:59Z | 2 | 1 | Used
    ";
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Day, &format!("{header}\n{}", rows.trim()));
    insta::assert_snapshot!(lake.ask("SELECT hourly_commitment, term_start, term_end, seller FROM commitments"), @"
    hourly_commitment | term_start | term_end | seller
    150 | 2025-01-10T18:00:00Z | 2026-01-10T18:00:00Z | -
    ");
}

#[test]
fn a_correction_to_nothing_keeps_the_weight_of_the_rest() {
    let header = "when | ChargeCategory | SubAccountId | x_ServiceCode | x_UsageType | ConsumedQuantity | x_NormalizedUsageAmount | ListCost | EffectiveCost";
    let rows = "
        2025-01-01T00 | Usage | 222 | AmazonEC2 | BoxUsage:m5.large | 1 | 4 | 0.1 | 0.1
        2025-01-01T01 | Usage | 222 | AmazonEC2 | BoxUsage:m5.large | 0 | 0 | 0   | 0
    ";
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, &format!("{header}\n{}", rows.trim()));
    insta::assert_snapshot!(lake.ask("SELECT eligible_hours, eligible_normalized_hours FROM coverage"), @"
    eligible_hours | eligible_normalized_hours
    1 | 4
    ");
}

#[test]
fn usage_in_a_region_that_no_list_has_is_told_by_the_rest_of_its_name() {
    let header = "when | ChargeCategory | SubAccountId | x_ServiceCode | x_UsageType | ConsumedQuantity | ListCost | EffectiveCost";
    let rows = "
        2025-01-01T00 | Usage | 222 | AmazonEC2 | USW2-BoxUsage:c5.large    | 1 | 0.1 | 0.1
        2025-01-01T00 | Usage | 222 | AmazonEC2 | LAX1-BoxUsage:c5.2xlarge  | 1 | 0.4 | 0.4
        2025-01-01T00 | Usage | 222 | AmazonEC2 | LAX1-EBS:VolumeUsage      | 1 | 0.2 | 0.2
        2025-01-01T00 | Usage | 222 | AmazonDynamoDB | IA-ReadRequestUnits  | 1 | 0.3 | 0.3
    ";
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, &format!("{header}\n{}", rows.trim()));
    let total = run(lake.engine().coverage(&question("", ""))).unwrap().total;
    assert_eq!(total.eligible_list_cost().to_string(), "0.5");
    insta::assert_snapshot!(lake.ask("SELECT list_cost, cost FROM savings WHERE spot = 'include' AND discounts = 'include'"), @"
    list_cost | cost
    0.5 | 0.5
    ");
}

#[test]
fn units_of_several_names_are_counted_by_cost() {
    let blocks = unused("2025-01-01T05", "111", "4", "0.04").replace("Hours", "Blocks");
    let lake = month(Lake::empty(), "111", "2025-01", &[&used("2025-01-01T00", "222", "1", "0.1", "0.06"), &blocks]);
    insta::assert_snapshot!(lake.ask("SELECT unit, held, used, utilization FROM utilization"), @"
    unit | held | used | utilization
    amortized cost | 0.1 | 0.06 | 0.6
    ");
    let inventory = run(lake.engine().inventory(&Range::default())).unwrap();
    assert_eq!(show(inventory.commitments[0].figures().utilization), "0.6000");
}

#[test]
fn functions_never_stop_at_a_number() {
    let lake = Lake::empty();
    let amount = |text: &str| format!("CAST({text} AS DECIMAL(38, 12))");
    let (most, least) = (amount("99999999999999999999999999"), amount("0.000000000001"));
    let moment = |micros: &str| format!("arrow_cast({micros}, 'Timestamp(Microsecond, Some(\"UTC\"))')");
    let (first, last) = (moment("-9223372036854775807"), moment("9223372036854775807"));
    let (never, soon) = (moment("NULL"), moment("3600000000"));
    insta::assert_snapshot!(lake.ask(&format!("SELECT ratio({most}, {least}) AS a, ratio({least}, {most}) AS b, ratio({most}, {most}) AS c")), @"
    a | b | c
    - | 0 | 1
    ");
    let ahead = format!(
        "SELECT cost_ahead({most}, {most}, {least}, 9223372036854775807) AS a, cost_ahead({most}, {least}, {most}, 9223372036854775807) AS b, \
         cost_ahead({}, {}, {}, 3600) AS c",
        amount("10"),
        amount("1"),
        amount("100")
    );
    insta::assert_snapshot!(lake.ask(&ahead), @"
    a | b | c
    - | - | 0.1
    ");
    let hourly = format!(
        "SELECT hourly_commitment({most}, {}, {}, {never}, {never}) AS a, hourly_commitment({}, {}, {soon}, {first}, {last}) AS b, \
         remaining_seconds({first}, {first}, {last}) AS c",
        moment("0"),
        moment("1000000"),
        amount("1.5"),
        moment("0")
    );
    insta::assert_snapshot!(lake.ask(&hourly), @"
    a | b | c
    - | 1.5 | -
    ");
}
