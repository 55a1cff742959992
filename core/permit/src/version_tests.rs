//! Versions are recorded, read, compared, and say what an older role lacks.

use super::{CURRENT, Change, RECORDED, Version};
use std::collections::BTreeSet;

const OLDER: &str = "tenor policy version 0
tier\tlevel\taction\tvia\tscope\tguards\tcapabilities
trial\tlist\tec2:DescribeReservedInstances\tpolicy\t*\t-\tec2-ri-inventory
commitments\twrite\tec2:PurchaseReservedInstancesOffering\tpolicy\t*\t-\tec2-ri-purchase
commitments\ttagging\tec2:CreateTags\tpolicy\tarn:{partition}:ec2:*:{account}:reserved-instances/*\t-\tec2-ri-purchase
";

#[test]
fn the_current_version_is_what_the_catalogue_grants() {
    let (newest, text) = RECORDED[RECORDED.len() - 1];
    assert_eq!(newest, CURRENT);
    assert_eq!(
        text,
        Version::of_catalogue().to_string(),
        "cargo run -p tenor-permit --example version > core/permit/versions/{CURRENT}.txt"
    );
}

#[test]
fn every_recorded_version_is_read_and_named_by_its_number() {
    for number in Version::numbers() {
        assert_eq!(Version::find(number).unwrap().number(), number);
    }
    let numbers: BTreeSet<_> = Version::numbers().collect();
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), (1..=CURRENT).collect::<Vec<_>>());
    assert_eq!(Version::find(CURRENT + 1), None);
}

#[test]
fn a_record_is_read_as_it_is_written() {
    let version = Version::of_catalogue();
    assert_eq!(Version::parse(&version.to_string()).unwrap(), version);
}

#[test]
fn versions_are_compared_action_by_action() {
    let older = Version::parse(OLDER).unwrap();
    let current = Version::of_catalogue();
    let mut said = Vec::new();
    for change in current.changes_since(&older) {
        match change {
            Change::Added { action, .. } if action == "ec2:ModifyReservedInstances" => said.push(format!("added {action}")),
            Change::Added { .. } => {}
            Change::Removed { action, granted } => said.push(format!("removed {action} on {}", granted.scope)),
            Change::Altered { action, before, after } => said.push(format!("altered {action}: {} -> {}", before.guards, after.guards)),
        }
    }
    insta::assert_snapshot!(said.join("\n"), @"
    altered ec2:CreateTags: - -> regions=ec2:Region made-tagged own-tag-keys
    added ec2:ModifyReservedInstances
    altered ec2:PurchaseReservedInstancesOffering: - -> regions=ec2:Region
    ");
    assert_eq!(current.changes_since(&current), []);
}

#[test]
fn an_older_role_says_what_it_cannot_do() {
    let current = Version::of_catalogue();
    let degraded = current.degraded_on(&Version::parse(OLDER).unwrap());
    let said: Vec<_> = degraded.iter().filter(|degraded| degraded.capability.starts_with("ec2-ri-")).map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    ec2-ri-exchange: the role's policy version 0 lacks ec2:AcceptReservedInstancesExchangeQuote, ec2:DescribeReservedInstancesOfferings, ec2:GetReservedInstancesExchangeQuote; version 1 has it
    ec2-ri-inventory: the role's policy version 0 lacks ec2:DescribeReservedInstancesListings, ec2:DescribeReservedInstancesModifications, ec2:DescribeReservedInstancesOfferings; version 1 has it
    ec2-ri-marketplace: the role's policy version 0 lacks ec2:CancelReservedInstancesListing, ec2:CreateReservedInstancesListing, ec2:DescribeReservedInstancesListings; version 1 has it
    ec2-ri-modify: the role's policy version 0 lacks ec2:DescribeReservedInstancesModifications, ec2:ModifyReservedInstances; version 1 has it
    ec2-ri-purchase: the role's policy version 0 lacks ec2:DescribeReservedInstancesOfferings and limits ec2:PurchaseReservedInstancesOffering otherwise; version 1 has it
    ec2-ri-queue-cancel: the role's policy version 0 lacks ec2:DeleteQueuedReservedInstances; version 1 has it
    ec2-ri-tag: the role's policy version 0 limits ec2:CreateTags otherwise; version 1 has it
    ");
    assert!(current.degraded_on(&current).is_empty());
}

#[test]
fn what_is_no_record_is_refused_with_its_line() {
    let refused = |text: &str| Version::parse(text).unwrap_err().to_string();
    let head = OLDER.lines().take(2).collect::<Vec<_>>().join("\n");
    let line = OLDER.lines().nth(2).unwrap();
    assert_eq!(refused(""), "not a record of a policy version: it has to begin with `tenor policy version N` and the line of columns");
    assert_eq!(refused("tenor policy version 1\n"), refused(""));
    assert_eq!(refused(&format!("{head}\na\tb\n")), "line 3 has not the seven columns of a policy version");
    assert_eq!(refused(&format!("{head}\n{}\n", line.replace("trial", "admin"))), "line 3 of a policy version cannot be understood");
    assert_eq!(refused(&format!("{head}\n{}\n", line.replace("list", "all"))), "line 3 of a policy version cannot be understood");
    let twice = format!("{head}\n{line}\n{line}\n");
    assert_eq!(refused(&twice), "line 4 of a policy version grants `ec2:DescribeReservedInstances` again");
}
