//! The policies of two commercial products, rebuilt line by line from the list of what they ask for.

use serde_json::json;
use std::collections::BTreeMap;
use tenor_permit::{Access, Audit};

/// A line of the list.
struct Line {
    product: String,
    action: String,
    resource: String,
    /// How many actions the list says it grants.
    grants: usize,
}

/// The list; nothing without the data beside the project.
fn lines() -> Option<Vec<Line>> {
    let path = tenor_testkit::shared::path("permissions/permissions.csv")?;
    let mut reader = csv::Reader::from_path(path).expect("the list can be read");
    let columns: BTreeMap<_, _> =
        reader.headers().expect("the list has headers").iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.expect("the list is CSV");
        let cell = |name: &str| record[columns[name]].to_owned();
        // Lines of trust policies, which permit nothing to the product's role, have no number.
        if let Ok(grants) = cell("expands_effective").parse() {
            lines.push(Line { product: cell("system"), action: cell("action"), resource: cell("resource"), grants });
        }
    }
    Some(lines)
}

/// What stands for a name in the list, as a name; a list of ARNs as ARNs.
fn arns(resource: &str) -> Vec<String> {
    let one = |text: &str| match text {
        "{AthenaARN}" => "arn:aws:athena:us-east-1:111122223333:workgroup/primary".to_owned(),
        "WivAccessRole ARN" => "arn:aws:iam::111122223333:role/access".to_owned(),
        text if text.starts_with("...") => format!("arn:aws:iam::111122223333:role/{}", &text[3..]),
        text => text.replace("{AccountId}", "111122223333").replace("{Region}", "us-east-1"),
    };
    resource.split(" | ").map(one).collect()
}

fn policy(lines: &[&Line]) -> String {
    let statements: Vec<_> =
        lines.iter().map(|line| json!({ "Effect": "Allow", "Action": line.action, "Resource": arns(&line.resource) })).collect();
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

#[test]
fn every_line_grants_as_many_actions_as_was_counted_by_hand() {
    let Some(lines) = lines() else { return };
    assert_eq!(lines.len(), 317);
    for line in &lines {
        let audit = Audit::of([policy(&[line]).as_str()]).unwrap();
        assert_eq!(audit.granted().len(), line.grants, "{} on {}", line.action, line.resource);
    }
}

#[test]
fn both_products_together_grant_what_was_published() {
    let Some(lines) = lines() else { return };
    let of = |product: &str| policy(&lines.iter().filter(|line| line.product == product).collect::<Vec<_>>());
    let products = [of("archera"), of("wiv")];
    let audit = Audit::of(products.iter().map(String::as_str)).unwrap();
    assert_eq!(audit.granted().len(), 1_868);
    assert_eq!(audit.write_level().count(), 298);
    assert_eq!(audit.sensitive().filter(|(_, found)| found.everywhere).count(), 104);
    insta::assert_snapshot!(audit, @"
    1868 IAM actions: 808 list, 762 read, 19 tagging, 242 write, 37 permissions
    298 of write level
    109 whose answers can show secrets, 104 of them on everything
    1776 that Tenor never needs
    unknown: es:PurchaseReservedElasticsearchInstance
    ");
}

#[test]
fn what_the_products_may_write_and_tenor_never_needs_is_named() {
    let Some(lines) = lines() else { return };
    let audit = Audit::of([policy(&lines.iter().collect::<Vec<_>>()).as_str()]).unwrap();
    let unneeded: BTreeMap<_, _> = audit.unneeded().collect();
    for action in ["iam:PutRolePolicy", "savingsplans:TagResource", "secretsmanager:GetSecretValue", "support:CreateCase"] {
        assert!(unneeded.contains_key(action), "{action}");
    }
    assert_eq!(unneeded["iam:PutRolePolicy"].access, Access::Permissions);
    assert_eq!(unneeded["secretsmanager:GetSecretValue"].sensitive, Some("credentials"));
    assert!(!unneeded.contains_key("ce:GetCostAndUsage"));
}
