//! Reservations: AWS's published examples and rounding rule 3.2 against the engine.

use super::{Applied, Engine, Item, ReservationFacts, ReservationHour, SkuFacts};
use crate::sharing::{Beyond, Sharing};
use crate::sku::size_factor;
use tenor_money::{Quantity, UnitPrice};

/// The accounts of all vectors.
pub(super) const ACCOUNTS: u32 = 5;

/// `A` is the first account.
pub(super) fn account(cell: &str) -> u32 {
    u32::from(cell.as_bytes()[0] - b'A')
}

pub(super) fn name(account: u32) -> char {
    char::from(b'A' + account as u8)
}

/// `open`, or `prioritized` or `restricted` and the groups: `restricted AB C`.
pub(super) fn sharing(text: &str) -> Sharing {
    let mut found = Sharing::open(ACCOUNTS as usize);
    let mut words = text.split_whitespace();
    found.mode = match words.next() {
        Some("prioritized") => Some(Beyond::Prioritized),
        Some("restricted") => Some(Beyond::Restricted),
        _ => None,
    };
    for (group, members) in ["red", "blue"].into_iter().zip(words) {
        members.split("").filter(|cell| !cell.is_empty()).for_each(|cell| found.groups[account(cell) as usize] = Some(group));
    }
    found
}

/// Lines of cells.
pub(super) fn table(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|cells| !cells.is_empty()).collect()
}

/// `account type zone count`, one kind of usage a line; the type of an unused capacity reservation begins with `unused:`.
fn usage(text: &str) -> Vec<(u32, String, u32)> {
    let mut items = Vec::new();
    for cells in table(text) {
        let zone = u32::from(cells[2].as_bytes()[0] - b'a');
        items.extend(std::iter::repeat_n((account(cells[0]), cells[1].to_owned(), zone), cells[3].parse().unwrap()));
    }
    items.sort();
    items
}

/// Applies `account type zone|- count` reservations with open sharing and says who ends up with what.
fn reserve(usage_text: &str, reservation_text: &str) -> String {
    reserve_shared("open", usage_text, reservation_text)
}

/// The same with any sharing.
fn reserve_shared(sharing_text: &str, usage_text: &str, reservation_text: &str) -> String {
    let (shared, used, bought) = (sharing(sharing_text), usage(usage_text), table(reservation_text));
    let factor = |instance_type: &str| size_factor(instance_type.split('.').nth(1).unwrap());
    let facts = |cells: &Vec<&str>| ReservationFacts {
        reaches: shared.reaches("", account(cells[0])),
        zone: (cells[2] != "-").then(|| u32::from(cells[2].as_bytes()[0] - b'a')),
        flexible: cells[2] == "-",
    };
    let hour = |cells: &Vec<&str>| {
        let each = if cells[2] == "-" { factor(cells[1]) } else { Quantity::from_whole(1) };
        ReservationHour { units: Quantity::from_units(each.units() * cells[3].parse::<i128>().unwrap()), ..ReservationHour::default() }
    };
    let sku = |(_, used, _): &(u32, String, u32)| {
        let instance_type = used.trim_start_matches("unused:");
        let family = |instance_type: &str| instance_type.split('.').next().unwrap().to_owned();
        let matches = |c: &Vec<&str>| if c[2] == "-" { family(c[1]) == family(instance_type) } else { c[1] == instance_type };
        SkuFacts {
            factor: factor(instance_type),
            on_demand: UnitPrice::from_whole(1),
            decimals: 8,
            unused_capacity: used.starts_with("unused:"),
            reserved: bought.iter().map(matches).collect(),
            plan_rates: Vec::new(),
        }
    };
    let items = used.iter().zip(0..).map(|((account, _, zone), sku)| Item { account: *account, zone: *zone, sku }).collect();
    let mut applied = Applied { remaining: vec![Quantity::from_whole(1); used.len()], ..Applied::default() };
    let hours: Vec<ReservationHour> = bought.iter().map(hour).collect();
    Engine::new(items, used.iter().map(sku).collect(), bought.iter().map(facts).collect(), &[]).apply(&hours, &[], &mut applied);
    let row = |item: u32| format!("{} {}", name(used[item as usize].0), used[item as usize].1);
    let piece = |p: &super::ReservedPiece| {
        let [owner, instance_type, ..] = bought[p.reservation as usize][..] else { unreachable!() };
        format!("{} {} by {instance_type} of {owner}", row(p.item), p.covered)
    };
    let mut lines: Vec<String> = applied.reserved.iter().map(piece).collect();
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

#[test]
fn a_zonal_reservation_covers_its_type_in_its_zone_and_nothing_else() {
    insta::assert_snapshot!(reserve("A m5.large a 1\nA m5.large b 1\nA m5.xlarge a 1\nA unused:m5.large a 1", "A m5.large a 4"), @r"
    A m5.large 1 by m5.large of A
    A m5.large 1 on demand
    A m5.xlarge 1 on demand
    A unused:m5.large 1 on demand
    ");
}

#[test]
fn unused_capacity_is_covered_after_instances_of_any_size() {
    insta::assert_snapshot!(reserve("A unused:m5.large a 1\nA m5.xlarge a 1", "A m5.large - 2"), @r"
    A m5.xlarge 1 by m5.large of A
    A unused:m5.large 1 on demand
    ");
    // But what a reservation's owner leaves unused comes before what others run.
    insta::assert_snapshot!(reserve("A unused:m5.large a 1\nB m5.large a 1", "A m5.large - 1"), @r"
    A unused:m5.large 1 by m5.large of A
    B m5.large 1 on demand
    ");
}

#[test]
fn a_group_comes_before_the_rest_and_restricted_is_alone() {
    let usage = "B m5.large a 1\nC m5.large a 1\nD m5.large a 1";
    insta::assert_snapshot!(reserve_shared("prioritized AC", usage, "A m5.large - 2"), @r"
    B m5.large 1 by m5.large of A
    C m5.large 1 by m5.large of A
    D m5.large 1 on demand
    ");
    insta::assert_snapshot!(reserve_shared("restricted AC", usage, "A m5.large - 2"), @r"
    C m5.large 1 by m5.large of A
    B m5.large 1 on demand
    D m5.large 1 on demand
    ");
    // Every group's usage comes before any rest: C's own group before what B's reservation could give it.
    insta::assert_snapshot!(reserve_shared("prioritized AC BD", "C m5.large a 1\nD m5.large a 1", "A m5.large - 1\nB m5.large - 2"), @r"
    C m5.large 1 by m5.large of A
    D m5.large 1 by m5.large of B
    ");
}
