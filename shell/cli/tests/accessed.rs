//! What `tenor access` writes and says of permissions.

use crate::ran::tenor;
use std::fs;

const NAMES: &str = "--account 111122223333 --trusted arn:aws:iam::444455556666:role/tenor --report-bucket my-bills --report-prefix cur/";

fn told(words: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let files = home.path().canonicalize().unwrap();
    let words = words.replace("NAMES", NAMES).replace("HERE", files.to_str().unwrap());
    tenor(home.path(), words.split(' ')).to_string().replace(files.to_str().unwrap(), "HERE")
}

#[test]
fn the_trials_page_counts_its_actions_and_none_of_them_writes() {
    let page = told("access policy --tier trial --format markdown NAMES");
    let counts = page.lines().find(|line| line.starts_with("Policy version")).unwrap();
    insta::assert_snapshot!(counts, @"Policy version 1, partition aws. 72 IAM actions, 0 of write level, 3 whose answers can show secrets.");
}

#[test]
fn a_trust_policy_has_its_external_id_out_of_a_file() {
    insta::assert_snapshot!(told("access policy --tier trial --format iam-json NAMES"), @"
    [stderr]
    error: `iam-json` has a trust policy, and that has the connection's External ID
    hint: name its file with --external-id-file; or write the documents alone with --out FOLDER
    [exit 2]
    ");
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("external-id");
    fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
    let policy = told(&format!("access policy --tier trial --format iam-json NAMES --external-id-file {}", file.display()));
    assert!(policy.contains(r#""sts:ExternalId": "0123456789abcdef0123456789abcdef""#), "{policy}");
    assert!(!policy.contains(":root\""), "a whole account is never trusted");
    fs::write(&file, "s3cret").unwrap();
    let refused = told(&format!("access policy --tier trial --format iam-json NAMES --external-id-file {}", file.display()));
    insta::assert_snapshot!(refused.replace(file.to_str().unwrap(), "FILE"), @"
    [stderr]
    error: `FILE` holds no External ID
      because: an External ID is 32 hexadecimal digits, lower case
    [exit 1]
    ");
}

#[test]
fn templates_and_modules_are_written_into_an_empty_folder_alone() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("module");
    let words = format!("access policy --tier trial,commitments --format terraform NAMES --out {}", out.display());
    told(&words);
    let mut files: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["main.tf", "outputs.tf", "variables.tf"]);
    insta::assert_snapshot!(told(&words).replace(out.to_str().unwrap(), "OUT"), @"
    [stderr]
    error: `OUT` is not empty
    hint: name a folder that is empty or missing
    [exit 1]
    ");
}

#[test]
fn names_and_switches_that_cannot_be_are_refused() {
    let refusals = [
        "access policy --tier admin NAMES",
        "access policy --tier trial --with sp-retrun NAMES",
        "access policy --tier trial --partition aws-us-gov NAMES",
        "access policy --tier trial --account 1 --trusted arn:aws:iam::444455556666:root",
        "access policy --tier org NAMES",
        "access policy --tier trial --format csv NAMES",
        "cost --format terraform",
    ];
    insta::assert_snapshot!(refusals.map(told).join("\n"), @"
    [stderr]
    error: invalid value 'admin' for '--tier <TIERS>': the tiers are trial, detail, commitments, org, automation, infrastructure

    For more information, try '--help'.
    [exit 2]
    [stderr]
    error: `sp-retrun` is no capability
    hint: `tenor access explain` lists all
    [exit 2]
    [stderr]
    error: `arn:aws:iam::444455556666:role/tenor` cannot assume a role in the partition aws-us-gov
    hint: give --partition, or a principal of that partition: roles are assumed within one
    [exit 2]
    [stderr]
    error: invalid value '1' for '--account <NUMBER>': `1` is no account number: twelve digits

    For more information, try '--help'.
    [exit 2]
    [stderr]
    error: nothing of what was chosen needs any permission in this account
    hint: choose a tier with --tier; `tenor access explain` lists what each has
    [exit 2]
    [stderr]
    error: policies are written as iam-json, cloudformation, stackset, terraform or markdown
    [exit 2]
    [stderr]
    error: answers are printed as table, json or csv
    hint: `tenor access policy` writes policies
    [exit 2]
    ");
}

#[test]
fn a_purchase_says_that_it_is_never_asked_again() {
    insta::assert_snapshot!(told("access explain ec2:PurchaseReservedInstancesOffering --format csv"), @r#"
    [stdout]
    operation,action,level,on,money,asked_again,can_show,needed_by,reason
    ec2:PurchaseReservedInstancesOffering,ec2:PurchaseReservedInstancesOffering,write,everything: AWS lets it be limited to nothing,spends,never,,"commitment-renewal, ec2-ri-purchase","Buys an EC2 reservation that was approved, in the connection's regions alone."
    [exit 0]
    "#);
    insta::assert_snapshot!(told("access explain ec2:RunInstances"), @"
    [stderr]
    error: Tenor has no capability `ec2:RunInstances`, calls no operation and needs no IAM action of that name
    hint: `tenor access explain` lists all
    [exit 1]
    ");
    insta::assert_snapshot!(told("access explain sp-renturn"), @"
    [stderr]
    error: Tenor has no capability `sp-renturn`, calls no operation and needs no IAM action of that name
    hint: `tenor access explain` lists all
    [exit 1]
    ");
}

#[test]
fn a_pasted_policy_is_held_against_what_is_needed() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("vendor.json");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["savingsplans:*","secretsmanager:GetSecretValue","cloudtrail:Lookup*"],"Resource":"*"}]}"#;
    fs::write(&file, policy).unwrap();
    let words = format!("access diff --policy {} --format csv", file.display());
    insta::assert_snapshot!(told(&words).replace(file.to_str().unwrap(), "FILE"), @"
    [stdout]
    action,level,on_everything,can_show,tier
    savingsplans:TagResource,tagging,true,,never
    savingsplans:UntagResource,tagging,true,,never
    secretsmanager:GetSecretValue,read,true,credentials,never
    [stderr]
    12 IAM actions: 1 list, 6 read, 2 tagging, 3 write, 0 permissions
    5 of write level
    2 whose answers can show secrets, 2 of them on everything
    3 that Tenor never needs
    [exit 0]
    ");
    fs::write(&file, r#"{"Statement":[{"Effect":"Maybe"}]}"#).unwrap();
    insta::assert_snapshot!(told(&words).replace(file.to_str().unwrap(), "FILE"), @"
    [stderr]
    error: cannot read `FILE` as an IAM policy
      because: statement 1: `Effect` is missing or is not what IAM takes
    [exit 1]
    ");
    insta::assert_snapshot!(told("access diff 1 7"), @"
    [stderr]
    error: there is no policy version 7
    hint: there are 1
    [exit 1]
    ");
}
