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
    insta::assert_snapshot!(counts, @"Policy version 1, partition aws. 76 IAM actions, 0 of write level, 3 whose answers can show secrets.");
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
    hint: is it one of sp-inventory, sp-offerings, sp-purchase, sp-queue-cancel, sp-return?
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
    hint: is it one of sp-inventory, sp-offerings, sp-purchase, sp-queue-cancel, sp-return?
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

#[test]
fn a_connections_files_are_written_again_as_they_were() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().to_str().unwrap();
    let run = |words: &str| tenor(home.path(), words.replace("HERE", path).split(' ')).to_string().replace(path, "HERE");
    let made = run(
        "connect make payer --tier trial,commitments --account 111122223333 --trusted arn:aws:iam::444455556666:role/tenor --report-bucket my-bills --report-prefix cur --out HERE/one",
    );
    assert!(made.ends_with("[exit 0]"), "{made}");
    let read = |folder: &str| {
        let files = fs::read_dir(home.path().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    insta::assert_snapshot!(run("access template payer --out HERE/two"), @"
    [stdout]
    aws cloudformation update-stack --stack-name Tenor --template-body file://HERE/two/tenor.template.json --parameters file://HERE/two/parameters.json --capabilities CAPABILITY_NAMED_IAM
    [stderr]
    wrote `HERE/two/tenor.template.json`
    wrote `HERE/two/access.md`
    wrote `HERE/two/parameters.json`
    wrote `HERE/two/tenor-members.template.json`
    [exit 0]
    ");
    assert_eq!(read("one"), read("two"));
    assert!(read("one").values().any(|text| text.contains(r#""Default": "cur/""#)), "a prefix is a folder");
    assert!(run("access template payer").starts_with("[stdout]\n{\n  \"AWSTemplateFormatVersion\""));
    assert!(
        run("access template payer --format terraform")
            .contains("can(regex(\"^[A-Za-z0-9_.=+-][A-Za-z0-9_./=+-]{0,198}/$\", var.report_prefix))")
    );
    assert!(run("access template payer --format stackset").contains("StackSet"));
    // Nothing but what was made lies about, whole or half.
    let mut names: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["one", "state", "two"]);
    let export = run("access template payer --export --split-costs --out HERE/export");
    insta::assert_snapshot!(export, @"
    [stdout]
    aws cloudformation create-stack --stack-name tenor-export --template-body file://HERE/export/tenor-export.template.json --region us-east-1
    [stderr]
    wrote `HERE/export/tenor-export.template.json`
    the first delivery can take a day; `tenor import` reads it then, and AWS fills in older months on request to its support
    [exit 0]
    ");
    let template = read("export").into_values().next().unwrap();
    for part in [r#""Default": "my-bills""#, r#""Default": "cur""#, "split_line_item_split_cost", r#""TIME_GRANULARITY": "HOURLY""#] {
        assert!(template.contains(part), "{part}");
    }
}

#[test]
fn an_export_needs_no_connection_and_says_what_it_cannot_be() {
    let module = told("access template --export --report-bucket my-bills --format terraform");
    assert!(module.contains("# main.tf") && module.contains("aws_bcmdataexports_export") && module.ends_with("[exit 0]"), "{module}");
    let refusals = [
        "access template",
        "access template --report-bucket my-bills",
        "access template nobody --export",
        "access template --export --report-bucket my-bills --partition aws-cn",
        "access template --export --report-bucket my-bills --export-name cur",
        "access template --export --report-bucket my-bills --format csv",
    ];
    insta::assert_snapshot!(refusals.map(told).join("\n"), @"
    [stderr]
    error: the following required arguments were not provided:
      <NAME>

    Usage: tenor access template --home <FOLDER> <NAME>

    For more information, try '--help'.
    [exit 2]
    [stderr]
    error: the following required arguments were not provided:
      --export

    Usage: tenor access template --export --report-bucket <BUCKET> --home <FOLDER> [NAME]

    For more information, try '--help'.
    [exit 2]
    [stderr]
    error: there is no connection `nobody`
    hint: make one with `tenor connect make`
    [exit 1]
    [stderr]
    error: AWS has no `bcm-data-exports` in aws-cn
    hint: use a legacy report there (AWS's console, Billing, Cost and Usage Reports)
    [exit 1]
    [stderr]
    error: invalid value 'cur' for '--export-name <NAME>': `cur` is no name for an export: `tenor-` and then letters, digits, - and _, 128 characters at most

    For more information, try '--help'.
    [exit 2]
    [stderr]
    error: an export is written as cloudformation or terraform
    [exit 2]
    ");
}
