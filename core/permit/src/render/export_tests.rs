//! A stack and a module make the same bucket and the same export.

use super::{COLUMNS, Export, ExportError, ExportName, SPLIT_COLUMNS};
use crate::connection::{AccountKind, Connection, Regions, Report};
use crate::partition::Partition;
use crate::render::TEMPLATE_BODY_BYTES_MAX;
use serde_json::Value;

fn name(text: &str) -> Result<ExportName, ExportError> {
    text.parse()
}

fn export(with_split_costs: bool) -> Export {
    let (bucket, prefix) = ("acme-billing".parse().unwrap(), "cur/hourly".parse().unwrap());
    Export::new(Partition::Aws, bucket, prefix, name("tenor-cur2").unwrap(), with_split_costs).unwrap()
}

fn main_of(export: &Export) -> String {
    export.terraform().into_iter().find(|file| file.name == "main.tf").unwrap().text
}

/// What CloudFormation or Terraform fill in, filled in.
fn filled(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("Fn::Sub") => filled(&members["Fn::Sub"]),
        Value::Object(members) => Value::Object(members.iter().map(|(key, value)| (key.clone(), filled(value))).collect()),
        Value::Array(list) => Value::Array(list.iter().map(filled).collect()),
        Value::String(text) => {
            let known = [
                ("${AWS::Partition}", "aws"),
                ("${AWS::AccountId}", "111122223333"),
                ("${ReportBucket}", "acme-billing"),
                ("${ReportFolder}", "cur/hourly"),
                ("${data.aws_partition.current.partition}", "aws"),
                ("${data.aws_caller_identity.current.account_id}", "111122223333"),
                ("${var.report_bucket}", "acme-billing"),
                ("${var.report_folder}", "cur/hourly"),
            ];
            known.iter().fold(text.clone(), |text, (blank, name)| text.replace(blank, name)).into()
        }
        other => other.clone(),
    }
}

#[test]
fn stack_and_module_let_in_the_same_services_for_the_same_account_alone() {
    let template: Value = serde_json::from_str(&export(false).cloudformation()).unwrap();
    let stack = filled(&template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]);
    let main = main_of(&export(false));
    let module = main.split("jsonencode(").nth(1).unwrap().split("\n  })").next().unwrap().to_owned() + "\n}";
    assert_eq!(stack, filled(&serde_json::from_str(&module).unwrap()));
    insta::assert_snapshot!(format!("{:#}", stack["Statement"][1]), @r#"
    {
      "Action": "s3:PutObject",
      "Condition": {
        "ArnLike": {
          "aws:SourceArn": [
            "arn:aws:cur:us-east-1:111122223333:definition/*",
            "arn:aws:bcm-data-exports:us-east-1:111122223333:export/*"
          ]
        },
        "StringEquals": {
          "aws:SourceAccount": "111122223333"
        }
      },
      "Effect": "Allow",
      "Principal": {
        "Service": [
          "billingreports.amazonaws.com",
          "bcm-data-exports.amazonaws.com"
        ]
      },
      "Resource": "arn:aws:s3:::acme-billing/cur/hourly/*",
      "Sid": "WriteReports"
    }
    "#);
}

#[test]
fn stack_and_module_ask_for_the_same_export() {
    for with_split_costs in [false, true] {
        let export = export(with_split_costs);
        let template: Value = serde_json::from_str(&export.cloudformation()).unwrap();
        let made = &template["Resources"]["Export"]["Properties"]["Export"];
        let main = main_of(&export);
        let has = |text: &str| assert!(main.contains(text), "{text}");
        has(&made["DataQuery"]["QueryStatement"].to_string());
        for (setting, value) in made["DataQuery"]["TableConfigurations"]["COST_AND_USAGE_REPORT"].as_object().unwrap() {
            has(&format!("{setting:<37} = {value}"));
        }
        for value in made["DestinationConfigurations"]["S3Destination"]["S3OutputConfigurations"].as_object().unwrap().values() {
            has(&format!(" = {value}"));
        }
        assert_eq!(main.contains("split_line_item_split_cost"), with_split_costs);
        assert!(export.cloudformation().len() < TEMPLATE_BODY_BYTES_MAX);
    }
}

#[test]
fn the_module_declares_what_it_uses_and_closes_what_it_opens() {
    let files = export(true).terraform();
    let all: String = files.iter().map(|file| file.text.as_str()).collect();
    for (open, close) in [('{', '}'), ('(', ')'), ('[', ']')] {
        assert_eq!(all.matches(open).count(), all.matches(close).count(), "{open}");
    }
    for variable in ["report_bucket", "report_folder", "export_name"] {
        assert!(all.contains(&format!("variable \"{variable}\"")) && all.contains(&format!("var.{variable}")), "{variable}");
    }
}

#[test]
fn each_column_is_asked_for_once() {
    let mut columns: Vec<_> = COLUMNS.split_whitespace().chain(SPLIT_COLUMNS.split_whitespace()).collect();
    let count = columns.len();
    columns.sort_unstable();
    columns.dedup();
    assert_eq!((count, columns.len()), (125, 125));
    assert!(columns.iter().all(|column| column.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
}

#[test]
fn what_cannot_be_made_is_refused_by_its_words() {
    let mut connection = Connection {
        partition: Partition::AwsUsGov,
        account: "111122223333".parse().unwrap(),
        kind: AccountKind::Payer,
        role: "tenor".parse().unwrap(),
        trusted: "arn:aws:iam::999988887777:role/tenor-server".parse().unwrap(),
        report: None,
        regions: Regions::All,
    };
    let made = |connection: &Connection| Export::of(connection, name("tenor-cur2").unwrap(), false).unwrap_err().to_string();
    let mut told = vec![made(&connection)];
    let report = |prefix: &str, owner: &str| {
        Some(Report { bucket: "acme-billing".parse().unwrap(), prefix: prefix.parse().unwrap(), owner: owner.parse().unwrap() })
    };
    connection.report = report("cur", "444455556666");
    told.push(made(&connection));
    connection.report = report("cur", "111122223333");
    told.push(made(&connection));
    connection.partition = Partition::Aws;
    connection.report = report("", "111122223333");
    told.push(made(&connection));
    told.extend(["cur2", "tenor-", "tenor-a/b"].map(|text| name(text).unwrap_err().to_string()));
    insta::assert_snapshot!(told.join("\n"), @"
    the connection names no report bucket
    the report bucket is account 444455556666's, and the connection is to account 111122223333
    AWS has no `bcm-data-exports` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    an export needs a folder in its bucket
    `cur2` is no name for an export: `tenor-` and then letters, digits, - and _, 128 characters at most
    `tenor-` is no name for an export: `tenor-` and then letters, digits, - and _, 128 characters at most
    `tenor-a/b` is no name for an export: `tenor-` and then letters, digits, - and _, 128 characters at most
    ");
}
