//! Templates before cfn-lint and moto, documents before IAM's grammar.

use crate::example::{connection, external_id, permit, selection};
use crate::judged;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tenor_permit::{AccountKind, CURRENT, Connection, Export, Partition, Tier, cloudformation, documents, stack_set, terraform};

/// Every subset of tiers that differs, by partition, as a stack; and all tiers as a StackSet.
fn templates(partitions: &[Partition], subsets: &[&[Tier]]) -> Vec<Value> {
    let mut templates = Vec::new();
    for partition in partitions {
        for tiers in subsets {
            let connection = connection(*partition);
            let member = Connection { kind: AccountKind::Member, report: None, ..connection.clone() };
            let made = permit(tiers, &connection);
            let stack = cloudformation(&made, &connection).expect("every subset fits");
            let set = stack_set(&selection(tiers), &connection).expect("every subset fits");
            for (kind, text, permit) in [("stack", stack, made), ("stack set", set, permit(tiers, &member))] {
                let actions: Vec<_> = permit.permitted().iter().map(|permitted| permitted.grant.action).collect();
                templates.push(json!({
                    "name": format!("{kind} {partition} {tiers:?}"), "text": text, "stack_set": kind == "stack set", "actions": actions,
                    "external_id": external_id().reveal(), "version": CURRENT,
                }));
            }
        }
    }
    templates
}

#[test]
fn templates_are_clean_before_cfn_lint() {
    // A subset declares fewer parameters; partitions withhold different things.
    let mut made = templates(&Partition::ALL, &[&Tier::ALL]);
    made.extend(templates(&[Partition::Aws], &[&[Tier::Commitments]]));
    let Some(wrong) = judged("lint", &made.into()) else { return };
    assert_eq!(wrong, "");
}

#[test]
fn templates_deploy_as_a_stack_and_as_a_stack_set() {
    let Some(wrong) = judged("deploy", &templates(&[Partition::Aws], &[&Tier::ALL, &[Tier::Trial]]).into()) else { return };
    assert_eq!(wrong, "");
}

/// With and without split costs.
fn exports() -> Vec<Value> {
    let export = |with_split_costs: bool| {
        let name = "tenor-cur2".parse().expect("a good name");
        let export = Export::of(&connection(Partition::Aws), name, with_split_costs).expect("it can be made");
        let (text, region) = (export.cloudformation(), export.region());
        json!({"name": format!("export {with_split_costs}"), "text": text, "region": region, "bucket": "acme-billing", "folder": "cur"})
    };
    vec![export(false), export(true)]
}

#[test]
fn exports_are_clean_before_cfn_lint() {
    let Some(wrong) = judged("lint", &exports().into()) else { return };
    assert_eq!(wrong, "");
}

#[test]
fn an_exports_bucket_is_closed_encrypted_and_written_by_aws_for_the_account_alone() {
    let Some(wrong) = judged("export", &exports().into()) else { return };
    assert_eq!(wrong, "");
}

#[test]
fn documents_are_json_of_iams_grammar() {
    for partition in Partition::ALL {
        let connection = connection(partition);
        for document in documents(&permit(&Tier::ALL, &connection), &connection).unwrap() {
            let parsed: Value = serde_json::from_str(&document.to_json(&connection)).unwrap();
            assert_eq!(parsed["Version"], "2012-10-17");
            for statement in parsed["Statement"].as_array().unwrap() {
                let members: BTreeSet<_> = statement.as_object().unwrap().keys().map(String::as_str).collect();
                assert!(members.is_subset(&["Action", "Condition", "Effect", "Resource", "Sid"].into()), "{members:?}");
                assert!(statement["Sid"].as_str().unwrap().chars().all(|c| c.is_ascii_alphanumeric()));
                assert!(!statement["Action"].to_string().contains('*'), "{statement}");
                assert!(!statement.to_string().contains('{') || !statement["Resource"].to_string().contains('{'), "{statement}");
            }
        }
    }
}

#[test]
fn the_module_has_its_three_files() {
    let connection = connection(Partition::AwsUsGov);
    let files = terraform(&permit(&Tier::ALL, &connection), &connection).unwrap();
    assert_eq!(files.iter().map(|file| file.name).collect::<Vec<_>>(), ["variables.tf", "main.tf", "outputs.tf"]);
    assert!(files.iter().all(|file| file.text.ends_with("}\n") && !file.text.contains('\t')));
}
