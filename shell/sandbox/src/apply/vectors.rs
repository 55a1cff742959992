//! AWS's published examples against the engine.

use super::{Applied, Engine, Item, PlanFacts, ReservationFacts, ReservationHour, SkuFacts};
use crate::sku::size_factor;
use tenor_money::{Money, Quantity, Rounding, UnitPrice};

/// `account type zone count`, one kind of usage a line.
fn usage(text: &str) -> Vec<(u32, String, u32)> {
    let mut items = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let count: usize = cells[3].parse().unwrap();
        let account = u32::from(cells[0].as_bytes()[0] - b'A');
        let zone = u32::from(cells[2].as_bytes()[0] - b'a');
        items.extend(std::iter::repeat_n((account, cells[1].to_owned(), zone), count));
    }
    items.sort();
    items
}

/// Applies `account type zone|- count` reservations and says who ends up with what.
fn reserve(usage_text: &str, reservation_text: &str) -> String {
    let used = usage(usage_text);
    let bought: Vec<Vec<&str>> =
        reservation_text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>()).filter(|c| c.len() == 4).collect();
    let family = |instance_type: &str| instance_type.split('.').next().unwrap().to_owned();
    let factor = |instance_type: &str| size_factor(instance_type.split('.').nth(1).unwrap());
    let facts: Vec<ReservationFacts> = bought
        .iter()
        .map(|cells| ReservationFacts {
            owner: u32::from(cells[0].as_bytes()[0] - b'A'),
            zone: (cells[2] != "-").then(|| u32::from(cells[2].as_bytes()[0] - b'a')),
            flexible: cells[2] == "-",
        })
        .collect();
    let hours: Vec<ReservationHour> = bought
        .iter()
        .map(|cells| {
            let each = if cells[2] == "-" { factor(cells[1]) } else { Quantity::from_whole(1) };
            ReservationHour { units: Quantity::from_units(each.units() * cells[3].parse::<i128>().unwrap()), ..ReservationHour::default() }
        })
        .collect();
    let skus = used
        .iter()
        .map(|(_, instance_type, _)| SkuFacts {
            factor: factor(instance_type),
            on_demand: UnitPrice::from_whole(1),
            decimals: 8,
            reserved: bought
                .iter()
                .map(|c| if c[2] == "-" { family(c[1]) == family(instance_type) } else { c[1] == instance_type })
                .collect(),
            plan_rates: Vec::new(),
        })
        .collect();
    let items = used.iter().enumerate().map(|(i, (account, _, zone))| Item { account: *account, zone: *zone, sku: i as u32 }).collect();
    let mut applied = Applied { remaining: vec![Quantity::from_whole(1); used.len()], ..Applied::default() };
    Engine::new(items, skus, &facts, &[]).apply(&hours, &[], &mut applied);
    let name = |account: u32| char::from(b'A' + account as u8);
    let row = |item: u32| format!("{} {}", name(used[item as usize].0), used[item as usize].1);
    let mut lines: Vec<String> = applied
        .reserved
        .iter()
        .map(|p| format!("{} {} by {} of {}", row(p.item), p.covered, bought[p.reservation as usize][1], bought[p.reservation as usize][0]))
        .collect();
    lines.sort();
    for (index, rest) in applied.remaining.iter().enumerate().filter(|(_, rest)| !rest.is_zero()) {
        lines.push(format!("{} {rest} on demand", row(index as u32)));
    }
    lines.join("\n")
}

#[test]
fn another_accounts_zonal_reservation_comes_before_ones_own_regional_one() {
    let usage = "A m4.xlarge a 1\nB m4.xlarge b 1";
    insta::assert_snapshot!(reserve(usage, "A m4.xlarge - 1\nC m4.xlarge a 1"), @r"
    A m4.xlarge 1 by m4.xlarge of C
    B m4.xlarge 1 by m4.xlarge of A
    ");
}

#[test]
fn a_small_reservation_covers_half_of_a_larger_size() {
    insta::assert_snapshot!(reserve("A m4.xlarge a 2\nA c4.xlarge a 1", "A m4.large - 4\nA c4.large - 1"), @r"
    A c4.xlarge 0.5 by c4.large of A
    A m4.xlarge 1 by m4.large of A
    A m4.xlarge 1 by m4.large of A
    A c4.xlarge 0.5 on demand
    ");
}

#[test]
fn the_smallest_size_is_covered_first() {
    insta::assert_snapshot!(reserve("A m3.large a 2\nA m3.xlarge a 2", "A m3.2xlarge - 1"), @r"
    A m3.large 1 by m3.2xlarge of A
    A m3.large 1 by m3.2xlarge of A
    A m3.xlarge 1 by m3.2xlarge of A
    A m3.xlarge 1 on demand
    ");
}

#[test]
fn the_owners_usage_comes_before_another_accounts() {
    let usage = "A m4.xlarge a 2\nA m4.2xlarge a 1\nA c4.xlarge a 2\nA c4.2xlarge a 1\nB m4.xlarge b 2";
    insta::assert_snapshot!(reserve(usage, "A m4.xlarge - 4\nA c4.xlarge - 2"), @r"
    A c4.xlarge 1 by c4.xlarge of A
    A c4.xlarge 1 by c4.xlarge of A
    A m4.2xlarge 1 by m4.xlarge of A
    A m4.xlarge 1 by m4.xlarge of A
    A m4.xlarge 1 by m4.xlarge of A
    A c4.2xlarge 1 on demand
    B m4.xlarge 1 on demand
    B m4.xlarge 1 on demand
    ");
}

#[test]
fn a_fraction_that_has_no_end_is_cut_and_the_rest_stays_unused() {
    insta::assert_snapshot!(reserve("A c5.9xlarge a 1", "A c5.2xlarge - 1"), @r"
    A c5.9xlarge 0.222222 by c5.2xlarge of A
    A c5.9xlarge 0.777778 on demand
    ");
}

/// AWS's Savings Plans example: quantity, on-demand rate, Compute plan rate, EC2 Instance plan rate for r5.
const EXAMPLE: [(&str, &str, &str, Option<&str>); 6] = [
    ("4", "1.00", "0.70", Some("0.60")),
    ("400", "0.04", "0.03", None),
    ("1600", "0.004", "0.003", None),
    ("1", "10", "8.20", None),
    ("1500000", "0.000015", "0.00001275", None),
    ("1000000", "0.0000002", "0.0000002", None),
];

/// What the example's plans use and what is left on demand; `reserved` instances of r5 are covered already.
fn plan(reserved: i64, ec2_instance: &str, compute: &str) -> String {
    let amount = |text: &str| text.parse::<UnitPrice>().unwrap();
    let skus: Vec<SkuFacts> = EXAMPLE
        .iter()
        .map(|(_, on_demand, compute, instance)| SkuFacts {
            factor: Quantity::ZERO,
            on_demand: amount(on_demand),
            decimals: 8,
            reserved: Vec::new(),
            plan_rates: vec![instance.map(amount), Some(amount(compute))],
        })
        .collect();
    let items = (0..6).map(|sku| Item { account: 0, zone: 0, sku }).collect();
    let mut remaining: Vec<Quantity> = EXAMPLE.iter().map(|row| row.0.parse().unwrap()).collect();
    remaining[0] -= Quantity::from_whole(reserved);
    let mut applied = Applied { remaining, ..Applied::default() };
    let plans = [PlanFacts { owner: 0, stage: 0 }, PlanFacts { owner: 0, stage: 1 }];
    let commitments: [Money; 2] = [ec2_instance.parse().unwrap(), compute.parse().unwrap()];
    Engine::new(items, skus.clone(), &[], &plans).apply(&[], &commitments, &mut applied);
    let used = |index: u32| applied.planned.iter().filter(|p| p.plan == index).map(|p| p.used).sum::<Money>();
    let on_demand: Money = skus.iter().zip(&applied.remaining).map(|(sku, rest)| sku.on_demand.charge(*rest, Rounding::HalfEven)).sum();
    let on_demand = on_demand.round_to(4, Rounding::HalfEven);
    format!("EC2 Instance {} Compute {} on demand {on_demand}", used(0), used(1))
}

#[test]
fn plans_use_what_awss_own_scenarios_say() {
    let scenarios = [(0, "0", "50"), (0, "0", "2"), (0, "0", "19.60"), (2, "0", "18.20"), (0, "3", "16.80")];
    let lines: Vec<String> = scenarios.iter().map(|(reserved, instance, compute)| plan(*reserved, instance, compute)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    EC2 Instance 0 Compute 47.125 on demand 0
    EC2 Instance 0 Compute 2 on demand 56.2429
    EC2 Instance 0 Compute 19.6 on demand 32.7
    EC2 Instance 0 Compute 18.2 on demand 32.7
    EC2 Instance 2.4 Compute 16.8 on demand 32.7
    ");
}

#[test]
fn other_accounts_are_served_by_the_largest_saving() {
    // Account 0 owns the plan and runs nothing; account 2 has more to save than account 1.
    let sku = |on_demand: &str, rate: &str| SkuFacts {
        factor: Quantity::ZERO,
        on_demand: on_demand.parse().unwrap(),
        decimals: 8,
        reserved: Vec::new(),
        plan_rates: vec![rate.parse().ok()],
    };
    let items = vec![Item { account: 1, zone: 0, sku: 0 }, Item { account: 2, zone: 0, sku: 1 }];
    let mut applied = Applied { remaining: vec![Quantity::from_whole(1), Quantity::from_whole(10)], ..Applied::default() };
    let engine = Engine::new(items, vec![sku("1", "0.5"), sku("1", "0.8")], &[], &[PlanFacts { owner: 0, stage: 1 }]);
    engine.apply(&[], &["8.1".parse().unwrap()], &mut applied);
    let covered: Vec<String> = applied.planned.iter().map(|p| format!("item {} {} for {}", p.item, p.covered, p.used)).collect();
    assert_eq!(covered, ["item 1 10 for 8", "item 0 0.2 for 0.1"]);
}
