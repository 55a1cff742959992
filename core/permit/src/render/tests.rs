//! Every rendering says the same: the same actions on the same things under the same guards, and the right counts.

use super::{cloudformation, iam_json, markdown, parameters, quick_create_link, stack_set, terraform};
use crate::connection::{AccountKind, Connection, ExternalId, Regions, Report};
use crate::kinds::Tier;
use crate::partition::Partition;
use crate::permit::Permit;
use crate::selection::Selection;
use serde_json::Value;
use std::collections::BTreeSet;

fn connection() -> Connection {
    Connection {
        partition: Partition::Aws,
        account: "111122223333".parse().unwrap(),
        kind: AccountKind::Payer,
        role: "tenor".parse().unwrap(),
        trusted: "arn:aws:iam::999988887777:role/tenor-server".parse().unwrap(),
        report: Some(Report {
            bucket: "acme-billing".parse().unwrap(),
            prefix: "cur/".parse().unwrap(),
            owner: "111122223333".parse().unwrap(),
        }),
        regions: Regions::Only(["us-east-1", "eu-west-1"].map(|region| region.parse().unwrap()).into()),
    }
}

fn id() -> ExternalId {
    ExternalId::from_random([0x5a; 16])
}

fn every() -> Permit {
    Permit::new(&Selection::of(Tier::ALL).switch("cur-setup", true).unwrap(), &connection())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The documents of a rendering, each as compact JSON, in their order.
fn iam_documents() -> Vec<String> {
    let parsed = json(&iam_json(&every(), &connection(), &id()).unwrap());
    parsed.as_object().unwrap().values().map(Value::to_string).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The template's value once CloudFormation has filled in what it knows.
fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("Fn::Sub") => {
            let mut text = members["Fn::Sub"].as_str().unwrap().to_owned();
            let mut known = vec![("AWS::Partition".to_owned(), "aws".to_owned()), ("AWS::AccountId".to_owned(), "111122223333".to_owned())];
            known.push(("ExternalId".to_owned(), id().reveal()));
            known.extend(parameters(&connection()).into_iter().map(|parameter| (parameter.name.to_owned(), parameter.value)));
            for (name, value) in known {
                text = text.replace(&format!("${{{name}}}"), &value);
            }
            Value::String(text)
        }
        Value::Object(members) => Value::Object(members.iter().map(|(key, value)| (key.clone(), resolved(value))).collect()),
        Value::Array(list) => Value::Array(list.iter().map(resolved).collect()),
        other => other.clone(),
    }
}

#[test]
fn the_template_makes_the_documents_that_iam_is_given() {
    let template = json(&cloudformation(&every(), &connection()).unwrap());
    let mut documents = BTreeSet::new();
    for resource in template["Resources"].as_object().unwrap().values() {
        let properties = &resource["Properties"];
        let document = properties.get("PolicyDocument").or_else(|| properties.get("AssumeRolePolicyDocument")).unwrap();
        documents.insert(resolved(document).to_string());
    }
    assert_eq!(documents.into_iter().collect::<Vec<_>>(), iam_documents());
}

#[test]
fn the_module_makes_the_documents_that_iam_is_given() {
    let files = terraform(&every(), &connection()).unwrap();
    let main = &files.iter().find(|file| file.name == "main.tf").unwrap().text;
    let mut documents = BTreeSet::new();
    for part in main.split("jsonencode(").skip(1) {
        let body = part.split("\n  })").next().unwrap().to_owned() + "\n}";
        let mut body = body
            .replace("${data.aws_partition.current.partition}", "aws")
            .replace("${data.aws_caller_identity.current.account_id}", "111122223333")
            .replace("${var.external_id}", &id().reveal());
        for (variable, parameter) in ["trusted_principal", "role_name", "report_bucket", "report_prefix", "report_bucket_owner"]
            .iter()
            .zip(parameters(&connection()))
        {
            body = body.replace(&format!("${{var.{variable}}}"), &parameter.value);
        }
        documents.insert(json(&body).to_string());
    }
    assert_eq!(documents.into_iter().collect::<Vec<_>>(), iam_documents());
}

#[test]
fn the_module_declares_what_it_uses_and_closes_what_it_opens() {
    let files = terraform(&every(), &connection()).unwrap();
    let all: String = files.iter().map(|file| file.text.as_str()).collect();
    for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
        assert_eq!(all.matches(open).count(), all.matches(close).count(), "{open}");
    }
    assert_eq!(all.matches('"').count() % 2, 0);
    let words = |prefix: &str| -> BTreeSet<String> {
        let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        all.split(prefix).skip(1).map(|rest| rest.split(ends).next().unwrap().to_owned()).collect()
    };
    assert_eq!(words("var."), words("variable \""));
    assert_eq!(words("= aws_iam_policy."), words("resource \"aws_iam_policy\" \""));
    assert_eq!(words("resource \"aws_iam_policy\" \""), words("resource \"aws_iam_role_policy_attachment\" \""));
}

#[test]
fn no_template_holds_the_external_id() {
    let secret = id().reveal();
    let mut all = vec![cloudformation(&every(), &connection()).unwrap(), markdown(&every(), &connection()).unwrap()];
    all.extend(terraform(&every(), &connection()).unwrap().into_iter().map(|file| file.text));
    assert!(all.iter().all(|text| !text.contains(&secret)));
    assert!(iam_json(&every(), &connection(), &id()).unwrap().contains(&secret));
}

#[test]
fn the_members_template_names_no_account_and_nothing_of_the_payers() {
    let text = stack_set(&Selection::of(Tier::ALL), &connection()).unwrap();
    assert!(!text.contains("111122223333") && !text.contains("acme-billing") && !text.contains("organizations:ListAccounts"));
    let template = json(&text);
    let parameters: Vec<_> = template["Parameters"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(parameters.into_iter().collect::<BTreeSet<_>>(), ["ExternalId", "RoleName", "TrustedPrincipal"].map(str::to_owned).into());
    assert!(text.contains("savingsplans:CreateSavingsPlan"));
}

#[test]
fn a_template_declares_only_parameters_it_uses() {
    let only = Selection::default().switch("sp-inventory", true).unwrap();
    let template = json(&cloudformation(&Permit::new(&only, &connection()), &connection()).unwrap());
    assert_eq!(template["Parameters"].as_object().unwrap().len(), 3);
}

#[test]
fn the_page_has_a_line_and_a_reason_for_every_action() {
    let page = markdown(&every(), &connection()).unwrap();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), every().permitted().len());
    for (row, permitted) in rows.iter().zip(every().permitted()) {
        assert!(row.contains(permitted.grant.action) && row.contains(permitted.operations[0].reason), "{row}");
        assert_eq!(row.matches('|').count(), 6, "{row}");
    }
    insta::assert_snapshot!(page.lines().filter(|line| !line.starts_with('|') && !line.is_empty()).collect::<Vec<_>>().join("\n"), @"
    # What Tenor may do in account 111122223333
    Policy version 1, partition aws. 108 IAM actions, 31 of write level, 4 whose answers can show secrets.
    Role `tenor/tenor` may be assumed by `arn:aws:iam::999988887777:role/tenor-server` alone, and only with the connection's External ID.
    ## trial: reads what a first report and proposal need
    76 IAM actions, 0 of write level, 3 whose answers can show secrets. In `trial-1` (4733 characters).
    ## detail: reads that can show more than money; opt-in
    1 IAM action, 0 of write level, 1 whose answers can show secrets. In `detail-1` (123 characters).
    ## commitments: buys, changes, resells and returns commitments that were approved
    21 IAM actions, 21 of write level, 0 whose answers can show secrets. In `commitments-1` (2555 characters).
    ## automation: tags reservations, asks for quotas; sets up exports where that is named
    10 IAM actions, 10 of write level, 0 whose answers can show secrets. In `automation-1` (1517 characters).
    ");
}

#[test]
fn the_pages_counts_are_those_of_its_lines() {
    let page = markdown(&every(), &connection()).unwrap();
    for part in page.split("\n## ").skip(1) {
        let rows: Vec<_> = part.lines().filter(|line| line.starts_with("| `")).collect();
        let writes =
            rows.iter().filter(|row| ["| write |", "| tagging |", "| permissions |"].iter().any(|level| row.contains(level))).count();
        let sensitive = rows.iter().filter(|row| row.contains("Its answer can show")).count();
        let plural = if rows.len() == 1 { "" } else { "s" };
        let said = format!("{} IAM action{plural}, {writes} of write level, {sensitive} whose answers can show secrets.", rows.len());
        assert!(part.contains(&said), "{said}");
    }
}

#[test]
fn the_link_opens_the_console_of_the_partition_with_everything_filled_in() {
    let region = "us-east-1".parse().unwrap();
    let link = quick_create_link(&connection(), &id(), "https://acme-templates.s3.amazonaws.com/tenor.json", &region);
    insta::assert_snapshot!(link.replace('&', "\n&"), @"
    https://console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/quickcreate?templateURL=https%3A%2F%2Facme-templates.s3.amazonaws.com%2Ftenor.json
    &stackName=tenor
    &param_TrustedPrincipal=arn%3Aaws%3Aiam%3A%3A999988887777%3Arole%2Ftenor-server
    &param_RoleName=tenor
    &param_ReportBucket=acme-billing
    &param_ReportPrefix=cur%2F
    &param_ReportBucketOwner=111122223333
    &param_ExternalId=5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a
    ");
    let gov = Connection { partition: Partition::AwsUsGov, ..connection() };
    assert!(quick_create_link(&gov, &id(), "x", &region).starts_with("https://console.amazonaws-us-gov.com/"));
}

#[test]
fn the_same_permit_is_the_same_bytes() {
    let once = || {
        (
            iam_json(&every(), &connection(), &id()),
            cloudformation(&every(), &connection()),
            terraform(&every(), &connection()),
            markdown(&every(), &connection()),
        )
    };
    assert_eq!(once(), once());
}

#[test]
fn a_modules_variables_have_the_templates_patterns_and_nothing_in_them_ends_a_text() {
    let report =
        Report { bucket: "acme-billing".parse().unwrap(), prefix: "cur/".parse().unwrap(), owner: "111122223333".parse().unwrap() };
    let connection = Connection { report: Some(report), ..connection() };
    let files = terraform(&every(), &connection).unwrap();
    let variables = &files.iter().find(|file| file.name == "variables.tf").unwrap().text;
    for parameter in parameters(&connection) {
        assert!(!parameter.pattern.contains(['\\', '"']) && !parameter.pattern.contains("${") && !parameter.pattern.contains("%{"));
        assert!(variables.contains(&format!("regex(\"{}\"", parameter.pattern)));
    }
}
