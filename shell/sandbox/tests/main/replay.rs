//! A bill and what is written beside it say all that applying its commitments again needs.

use crate::read::{Row, rows};
use std::collections::{BTreeMap, BTreeSet};
use tenor_money::{Money, Rounding};
use tenor_sandbox::{BillRequest, Format, SharingMode, write_bill, write_settings};

/// A bill's rows and what is beside it.
struct Written {
    rows: Vec<Row>,
    /// Group by account.
    groups: BTreeMap<String, String>,
    off: BTreeSet<String>,
    /// Members by ARN, and whether the commitment goes beyond them.
    by_commitment: BTreeMap<String, (BTreeSet<String>, bool)>,
    /// Rate by all other columns.
    prices: BTreeMap<String, Money>,
}

fn written(sharing: SharingMode) -> Written {
    let (dir, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let request = BillRequest { sharing, seed: 2, accounts: 12, ..BillRequest::small(Format::Cur2Csv) };
    let truth = write_bill(&request, dir.path()).unwrap();
    write_settings(&truth, beside.path()).unwrap();
    let text = |name: &str| std::fs::read_to_string(beside.path().join(name)).unwrap();
    let mut found = Written {
        rows: Vec::new(),
        groups: BTreeMap::new(),
        off: BTreeSet::new(),
        by_commitment: BTreeMap::new(),
        prices: BTreeMap::new(),
    };
    rows(dir.path(), |row| found.rows.push(row));
    found.read_sharing(&text("sharing.toml"));
    for line in text("prices.csv").lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        let key = cells[..8].join(",");
        assert!(found.prices.insert(key.clone(), cells[8].parse().unwrap()).is_none(), "{key} is there once");
    }
    found
}

impl Written {
    /// Reads what this crate writes, line by line.
    fn read_sharing(&mut self, text: &str) {
        let mut commitment = (String::new(), false);
        for line in text.lines() {
            let Some((key, value)) = line.split_once(" = ") else { continue };
            let words = || value.trim_matches(['[', ']']).split(", ").map(|word| word.trim_matches('"').to_owned());
            match key {
                "off" => self.off = words().collect(),
                "arn" => commitment.0 = words().next().unwrap(),
                "mode" => commitment.1 = value == "\"prioritized\"",
                "accounts" => {
                    self.by_commitment.insert(commitment.0.clone(), (words().collect(), commitment.1));
                }
                group => self.groups.extend(words().map(|account| (account, group.to_owned()))),
            }
        }
    }
}

fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

fn amount(row: &Row, name: &str) -> Money {
    row.get(name).map_or(Money::ZERO, |text| text.parse().unwrap())
}

/// ARN, owner and user of every covered row.
fn covered(rows: &[Row]) -> impl Iterator<Item = (&str, &str, &str)> {
    let arns = ["reservation_reservation_a_r_n", "savings_plan_savings_plan_a_r_n"];
    rows.iter().filter(|row| matches!(text(row, "line_item_line_item_type"), "DiscountedUsage" | "SavingsPlanCoveredUsage")).map(
        move |row| {
            let arn = arns.map(|name| text(row, name)).concat().len();
            let arn_text = arns.map(|name| text(row, name)).into_iter().find(|found| found.len() == arn).unwrap();
            (arn_text, arn_text.split(':').nth(4).unwrap(), text(row, "line_item_usage_account_id"))
        },
    )
}

#[test]
fn restricted_sharing_never_leaves_the_owners_group() {
    let bill = written(SharingMode::Restricted);
    let mut others = 0;
    for (arn, owner, user) in covered(&bill.rows) {
        assert_eq!(bill.groups[owner], bill.groups[user], "{arn}");
        others += usize::from(owner != user);
    }
    assert!(others > 0);
}

#[test]
fn mixed_sharing_obeys_every_setting() {
    let bill = written(SharingMode::Mixed);
    assert!(bill.off.len() > 1 && bill.by_commitment.len() > 5);
    let (mut own, mut group, mut rest) = (0, 0, 0);
    for (arn, owner, user) in covered(&bill.rows) {
        if owner == user {
            own += 1;
            continue;
        }
        assert!(!bill.off.contains(owner) && !bill.off.contains(user), "{arn} reaches {user}");
        let grouped = match bill.by_commitment.get(arn) {
            Some((members, beyond)) => {
                assert!(*beyond || members.contains(user), "{arn} reaches {user}");
                members.contains(user)
            }
            None => bill.groups.get(owner).is_some_and(|group| Some(group) == bill.groups.get(user)),
        };
        if grouped { group += 1 } else { rest += 1 }
    }
    assert!(own > 0 && group > 0 && rest > 0, "{own} {group} {rest}");
}

#[test]
fn every_kind_of_commitment_says_what_it_is_and_covers_something() {
    let bill = written(SharingMode::Open);
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut zonal = 0;
    for row in &bill.rows {
        match text(row, "line_item_line_item_type") {
            "RIFee" => {
                let needed = ["start_time", "end_time", "number_of_reservations", "units_per_reservation", "total_reserved_units"];
                assert!(needed.iter().all(|name| row.contains_key(&format!("reservation_{name}"))));
                zonal += usize::from(row.contains_key("reservation_availability_zone"));
            }
            "SavingsPlanRecurringFee" => {
                let needed = ["offering_type", "payment_option", "purchase_term", "start_time", "end_time"];
                assert!(needed.iter().all(|name| row.contains_key(&format!("savings_plan_{name}"))));
                let ec2_instance = text(row, "savings_plan_offering_type") == "EC2InstanceSavingsPlans";
                assert!(
                    ["region", "instance_type_family"].iter().all(|name| row.contains_key(&format!("savings_plan_{name}")) == ec2_instance)
                );
            }
            "DiscountedUsage" => {
                let bought = ["line_item_product_code", "pricing_purchase_option"].map(|name| text(row, name)).join(" ");
                *lines.entry(bought).or_default() += 1;
            }
            "SavingsPlanCoveredUsage" => {
                *lines
                    .entry(["savings_plan_offering_type", "line_item_product_code"].map(|name| text(row, name)).join(" "))
                    .or_default() += 1;
            }
            _ => {}
        }
    }
    assert_eq!(zonal, 3);
    insta::assert_snapshot!(lines.into_keys().collect::<Vec<_>>().join("\n"), @r"
        AmazonEC2 All Upfront
        AmazonEC2 No Upfront
        AmazonEC2 Partial Upfront
        AmazonES All Upfront
        AmazonES Partial Upfront
        AmazonElastiCache All Upfront
        AmazonElastiCache No Upfront
        AmazonElastiCache Partial Upfront
        AmazonMemoryDB All Upfront
        AmazonMemoryDB No Upfront
        AmazonRDS All Upfront
        AmazonRDS No Upfront
        AmazonRDS Partial Upfront
        AmazonRedshift No Upfront
        AmazonRedshift Partial Upfront
        ComputeSavingsPlans AWSLambda
        ComputeSavingsPlans AmazonEC2
        ComputeSavingsPlans AmazonECS
        DatabaseSavingsPlans AmazonDynamoDB
        DatabaseSavingsPlans AmazonElastiCache
        DatabaseSavingsPlans AmazonRDS
        EC2InstanceSavingsPlans AmazonEC2
        SageMakerSavingsPlans AmazonSageMaker
        ");
}

#[test]
fn unused_capacity_is_charged_and_covered_and_its_reservation_shown_for_nothing() {
    let bill = written(SharingMode::Open);
    let mut lines: BTreeSet<String> = BTreeSet::new();
    for row in bill.rows.iter().filter(|row| text(row, "line_item_resource_id").contains(":capacity-reservation/")) {
        let [line_type, usage_type] = ["line_item_line_item_type", "line_item_usage_type"].map(|name| text(row, name));
        let meter = usage_type.split(':').next().unwrap().rsplit('-').next().unwrap();
        assert!(row.contains_key("line_item_availability_zone"));
        assert_eq!(amount(row, "pricing_public_on_demand_rate").is_zero(), meter == "Reservation");
        lines.insert(format!("{meter} {line_type}"));
    }
    insta::assert_snapshot!(lines.into_iter().collect::<Vec<_>>().join("\n"), @r"
        Reservation Usage
        UnusedBox DiscountedUsage
        UnusedBox SavingsPlanCoveredUsage
        UnusedBox Usage
        ");
}

#[test]
fn the_price_list_has_the_rate_of_every_usage_and_every_plan() {
    let bill = written(SharingMode::Open);
    let (mut plan_rates, mut free, mut above) = (0, 0, 0);
    for row in &bill.rows {
        let line_type = text(row, "line_item_line_item_type");
        if !matches!(line_type, "Usage" | "DiscountedUsage" | "SavingsPlanCoveredUsage") {
            continue;
        }
        let usage = ["line_item_product_code", "line_item_usage_type", "line_item_operation"].map(|name| text(row, name)).join(",");
        let on_demand = bill.prices[&format!("OnDemand,,,,{},{usage}", text(row, "product_region_code"))];
        assert_eq!(on_demand, amount(row, "pricing_public_on_demand_rate"), "{usage}");
        let offering = ["offering_type", "purchase_term", "payment_option", "instance_type_family", "region"];
        if line_type == "SavingsPlanCoveredUsage" {
            let offering = offering.map(|name| text(row, &format!("savings_plan_{name}"))).join(",");
            let rate = amount(row, "savings_plan_savings_plan_rate");
            assert_eq!(bill.prices[&format!("{offering},{usage}")], rate, "{offering} {usage}");
            assert!(rate <= on_demand);
            plan_rates += 1;
            free += usize::from(rate == on_demand);
            let used = rate.share(amount(row, "line_item_usage_amount").units(), tenor_money::SCALE, Rounding::HalfEven);
            let effective = amount(row, "savings_plan_savings_plan_effective_cost");
            // The last piece of an hour is what was left of the commitment; all others are rate x usage.
            assert!((used.units() - effective.units()).abs() < 2 * 10_i128.pow(6), "{usage}: {used} {effective}");
        } else if usage.contains("EphemeralStorage") {
            above += usize::from(bill.prices[&format!("ComputeSavingsPlans,1yr,No Upfront,,,{usage}")] > on_demand);
        }
    }
    assert!(plan_rates > 1000 && free > 0 && above > 0, "{plan_rates} {free} {above}");
}
