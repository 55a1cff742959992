//! Savings Plans: AWS's published examples and rounding rules 3.3 to 3.5 and 5.2 against the engine.

use super::vectors::{account, name, sharing, table};
use super::{Applied, Engine, Item, PlanFacts, SkuFacts};
use tenor_money::{Money, Quantity, Rounding, UnitPrice};

/// Applies plans with open sharing.
///
/// Usage: `account quantity on-demand rates…`, with a rate or `-` for each plan, in the order of account and resource; `unused:` before a
/// quantity makes it unused capacity. Plans: `owner stage commitment`, in the order of end and ARN.
fn cover(usage: &str, plans: &str) -> String {
    cover_shared("open", usage, plans)
}

/// The same with any sharing; says in the order of application which usage (from 1) a plan (from 1) covers, then what is left.
fn cover_shared(sharing_text: &str, usage: &str, plans: &str) -> String {
    let (shared, used, held) = (sharing(sharing_text), table(usage), table(plans));
    let amount = |cell: &str| cell.parse::<UnitPrice>().unwrap();
    let sku = |cells: &Vec<&str>| SkuFacts {
        factor: Quantity::ZERO,
        on_demand: amount(cells[2]),
        decimals: 8,
        unused_capacity: cells[1].starts_with("unused:"),
        reserved: Vec::new(),
        plan_rates: cells[3..].iter().map(|cell| (*cell != "-").then(|| amount(cell))).collect(),
    };
    let facts = |cells: &Vec<&str>| PlanFacts { reaches: shared.reaches("", account(cells[0])), stage: cells[1].parse().unwrap() };
    let items = used.iter().zip(0..).map(|(cells, sku)| Item { account: account(cells[0]), zone: 0, sku }).collect();
    let remaining = used.iter().map(|cells| cells[1].trim_start_matches("unused:").parse().unwrap()).collect();
    let mut applied = Applied { remaining, ..Applied::default() };
    let commitments: Vec<Money> = held.iter().map(|cells| cells[2].parse().unwrap()).collect();
    let plans: Vec<PlanFacts> = held.iter().map(facts).collect();
    Engine::new(items, used.iter().map(sku).collect(), Vec::new(), &plans).apply(&[], &commitments, &mut applied);
    let row = |item: usize| format!("{}{}", name(account(used[item][0])), item + 1);
    let piece = |p: &super::PlannedPiece| format!("{} {} by {} for {}", row(p.item as usize), p.covered, p.plan + 1, p.used);
    let mut lines: Vec<String> = applied.planned.iter().map(piece).collect();
    for (index, rest) in applied.remaining.iter().enumerate().filter(|(_, rest)| !rest.is_zero()) {
        lines.push(format!("{} {rest} on demand", row(index)));
    }
    lines.join("\n")
}

/// AWS's Savings Plans example: quantity, on-demand rate, EC2 Instance plan rate for r5, Compute plan rate.
const EXAMPLE: [(&str, &str, Option<&str>, &str); 6] = [
    ("4", "1.00", Some("0.60"), "0.70"),
    ("400", "0.04", None, "0.03"),
    ("1600", "0.004", None, "0.003"),
    ("1", "10", None, "8.20"),
    ("1500000", "0.000015", None, "0.00001275"),
    ("1000000", "0.0000002", None, "0.0000002"),
];

/// What the example's plans use and what is left on demand; `reserved` instances of r5 are covered already.
fn example(reserved: i64, ec2_instance: &str, compute: &str) -> String {
    let amount = |text: &str| text.parse::<UnitPrice>().unwrap();
    let sku = |(_, on_demand, instance, compute): &(&str, &str, Option<&str>, &str)| SkuFacts {
        factor: Quantity::ZERO,
        on_demand: amount(on_demand),
        decimals: 8,
        unused_capacity: false,
        reserved: Vec::new(),
        plan_rates: vec![instance.map(amount), Some(amount(compute))],
    };
    let skus: Vec<SkuFacts> = EXAMPLE.iter().map(sku).collect();
    let items = (0..6).map(|sku| Item { account: 0, zone: 0, sku }).collect();
    let mut remaining: Vec<Quantity> = EXAMPLE.iter().map(|row| row.0.parse().unwrap()).collect();
    remaining[0] -= Quantity::from_whole(reserved);
    let mut applied = Applied { remaining, ..Applied::default() };
    let plans = [0, 1].map(|stage| PlanFacts { reaches: sharing("open").reaches("", 0), stage });
    let commitments: [Money; 2] = [ec2_instance.parse().unwrap(), compute.parse().unwrap()];
    Engine::new(items, skus.clone(), Vec::new(), &plans).apply(&[], &commitments, &mut applied);
    let used = |index: u32| applied.planned.iter().filter(|p| p.plan == index).map(|p| p.used).sum::<Money>();
    let on_demand: Money = skus.iter().zip(&applied.remaining).map(|(sku, rest)| sku.on_demand.charge(*rest, Rounding::HalfEven)).sum();
    let on_demand = on_demand.round_to(4, Rounding::HalfEven);
    format!("EC2 Instance {} Compute {} on demand {on_demand}", used(0), used(1))
}

#[test]
fn plans_use_what_awss_own_scenarios_say() {
    let scenarios = [(0, "0", "50"), (0, "0", "2"), (0, "0", "19.60"), (2, "0", "18.20"), (0, "3", "16.80")];
    let lines: Vec<String> = scenarios.iter().map(|(reserved, instance, compute)| example(*reserved, instance, compute)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    EC2 Instance 0 Compute 47.125 on demand 0
    EC2 Instance 0 Compute 2 on demand 56.2429
    EC2 Instance 0 Compute 19.6 on demand 32.7
    EC2 Instance 0 Compute 18.2 on demand 32.7
    EC2 Instance 2.4 Compute 16.8 on demand 32.7
    ");
}

#[test]
fn the_owners_usage_comes_first_even_where_it_saves_less() {
    insta::assert_snapshot!(cover("A 1 1 0.9\nB 1 1 0.5", "A 1 1.2"), @r"
    A1 1 by 1 for 0.9
    B2 0.6 by 1 for 0.3
    B2 0.4 on demand
    ");
}

#[test]
fn equal_savings_of_two_plans_are_taken_in_the_order_of_the_plans() {
    insta::assert_snapshot!(cover("A 2 1 0.5 0.5", "A 1 0.5\nA 1 0.75"), @r"
    A1 1 by 1 for 0.5
    A1 1 by 2 for 0.5
    ");
}

#[test]
fn equal_savings_are_taken_by_the_lower_rate_then_instances_then_unused_capacity() {
    insta::assert_snapshot!(cover("A unused:1 1 0.5\nA 1 1 0.5\nA 1 0.5 0.25", "A 1 10"), @r"
    A3 1 by 1 for 0.25
    A2 1 by 1 for 0.5
    A1 1 by 1 for 0.5
    ");
}

#[test]
fn another_accounts_ec2_instance_plan_comes_before_ones_own_compute_plan() {
    insta::assert_snapshot!(cover("A 1 1 0.6 0.5", "B 0 0.6\nA 1 0.5"), @"A1 1 by 1 for 0.6");
}

#[test]
fn kinds_take_their_turns_whatever_the_order_of_the_plans() {
    let usage = "A 1 1 0.1 - - -\nA 1 1 - 0.2 - -\nA 1 1 - - 0.3 -\nA 1 1 - - - 0.4";
    insta::assert_snapshot!(cover(usage, "A 3 1\nA 2 1\nA 1 1\nA 0 1"), @r"
    A4 1 by 4 for 0.4
    A3 1 by 3 for 0.3
    A2 1 by 2 for 0.2
    A1 1 by 1 for 0.1
    ");
}

#[test]
fn other_accounts_are_served_by_the_largest_saving() {
    // The owner runs nothing; C has more to save in all, B more by the hour.
    insta::assert_snapshot!(cover("B 1 1 0.5\nC 10 1 0.8", "A 1 8.1"), @r"
    C2 10 by 1 for 8
    B1 0.2 by 1 for 0.1
    B1 0.8 on demand
    ");
}

#[test]
fn an_exhausted_plan_counts_for_no_accounts_saving() {
    // With the first plan's rate B would save 0.9 and go first; but A has used that plan up, and with the second B saves 0.1, C 0.2.
    insta::assert_snapshot!(cover("A 1 1 0.1 -\nB 1 1 0.1 0.9\nC 1 1 0.95 0.8", "A 1 0.1\nD 1 0.8"), @r"
    A1 1 by 1 for 0.1
    C3 1 by 2 for 0.8
    B2 1 on demand
    ");
}

#[test]
fn a_remainder_too_small_to_cover_anything_stays() {
    // 0.00000001 at 10 an hour is 10⁻⁹ hours, which no bill shows: the next usage may still have it.
    insta::assert_snapshot!(cover("A 1 100 10\nA 1 1 1", "A 1 0.00000001"), @r"
    A2 0.00000001 by 1 for 0.00000001
    A1 1 on demand
    A2 0.99999999 on demand
    ");
}

#[test]
fn a_rate_above_the_on_demand_rate_is_passed_over_and_an_equal_one_comes_last() {
    insta::assert_snapshot!(cover("A 1 1 1.01\nA 1 1 1\nA 1 1 0.99", "A 1 10"), @r"
    A3 1 by 1 for 0.99
    A2 1 by 1 for 1
    A1 1 on demand
    ");
}

#[test]
fn usage_that_costs_nothing_saves_nothing() {
    insta::assert_snapshot!(cover("A 1 0 0\nA 1 1 0.5", "A 1 1"), @r"
    A2 1 by 1 for 0.5
    A1 1 by 1 for 0
    ");
}

#[test]
fn a_group_comes_before_the_rest_and_restricted_is_alone() {
    let usage = "B 1 1 0.1\nC 1 1 0.9\nD 1 1 0.2";
    insta::assert_snapshot!(cover_shared("prioritized AC", usage, "A 1 1"), @r"
    C2 1 by 1 for 0.9
    B1 1 by 1 for 0.1
    D3 1 on demand
    ");
    insta::assert_snapshot!(cover_shared("restricted AC", usage, "A 1 1"), @r"
    C2 1 by 1 for 0.9
    B1 1 on demand
    D3 1 on demand
    ");
}
