//! Pasted policies are counted as IAM would read them, and what cannot be read is refused.

use super::Audit;

fn audit(statement: &str) -> Audit {
    Audit::of([format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#).as_str()]).unwrap()
}

fn refused(text: &str) -> String {
    Audit::of([text]).unwrap_err().to_string()
}

#[test]
fn a_wildcard_is_every_action_behind_it() {
    let audit = audit(r#"{"Effect": "Allow", "Action": ["savingsplans:*", "cloudtrail:LookupEvents"], "Resource": "*"}"#);
    insta::assert_snapshot!(audit, @"
    11 IAM actions: 1 list, 5 read, 2 tagging, 3 write, 0 permissions
    5 of write level
    1 whose answers can show secrets, 1 of them on everything
    2 that Tenor never needs
    ");
    let writes: Vec<_> = audit.write_level().map(|(action, _)| action).collect();
    assert!(writes.contains(&"savingsplans:TagResource") && writes.contains(&"savingsplans:ReturnSavingsPlan"));
    let unneeded: Vec<_> = audit.unneeded().map(|(action, _)| action).collect();
    assert_eq!(unneeded, ["savingsplans:TagResource", "savingsplans:UntagResource"]);
}

#[test]
fn an_action_counts_only_where_it_can_act() {
    let on = |resource: &str| audit(&format!(r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "{resource}"}}"#));
    let (bucket, objects, all) = (on("arn:aws:s3:::b"), on("arn:aws:s3:::b/*"), on("*"));
    assert!(bucket.granted().contains_key("s3:ListBucket") && !bucket.granted().contains_key("s3:GetObject"));
    assert!(objects.granted().contains_key("s3:GetObject") && !objects.granted().contains_key("s3:ListBucket"));
    assert!(all.granted().len() > bucket.granted().len() + objects.granted().len());
    assert!(all.granted()["s3:GetObject"].everywhere && !objects.granted()["s3:GetObject"].everywhere);
    let idle = audit(r#"{"Effect": "Allow", "Action": "ec2:DescribeHosts", "Resource": "arn:aws:ec2:*:1:instance/*"}"#);
    assert_eq!(idle.to_string().lines().last(), Some("grants nothing: ec2:DescribeHosts"));
}

#[test]
fn what_two_statements_grant_is_counted_once_and_as_wide_as_the_wider() {
    let audit = audit(
        r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
           {"Effect": "Allow", "Action": "S3:getobject", "Resource": "*"}"#,
    );
    assert_eq!(audit.granted().len(), 1);
    assert!(audit.granted()["s3:GetObject"].everywhere);
}

#[test]
fn conditions_denials_and_the_unknown_are_said() {
    let audit = audit(
        r#"{"Effect": "Allow", "Action": ["ce:GetCostAndUsage", "ce:GetCostAndUsages", "braket:*"], "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
           {"Effect": "Deny", "Action": "ce:*", "Resource": "*"}"#,
    );
    insta::assert_snapshot!(audit, @"
    1 IAM actions: 0 list, 1 read, 0 tagging, 0 write, 0 permissions
    0 of write level
    0 whose answers can show secrets, 0 of them on everything
    0 that Tenor never needs
    1 statements hold only under conditions, which are not weighed here
    1 statements deny something, which is not taken off here
    unknown: braket:*
    unknown: ce:GetCostAndUsages
    ");
}

#[test]
fn everything_but_something_is_nearly_everything() {
    let but = audit(r#"{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "NotResource": "arn:aws:s3:::b"}"#);
    let all = audit(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#);
    assert!(!but.granted().keys().any(|action| action.starts_with("iam:")));
    assert!(but.granted().len() > 4_000 && but.granted().len() < all.granted().len());
}

#[test]
fn what_is_no_policy_is_refused() {
    assert_eq!(refused("{"), "the policy is not JSON: line 1, column 1");
    assert_eq!(refused("[]"), "the policy has no `Statement`");
    let wrong = |statement: &str| refused(&format!(r#"{{"Statement": {statement}}}"#));
    assert_eq!(wrong(r#"{"Action": "*", "Resource": "*"}"#), "statement 1: `Effect` is missing or is not what IAM takes");
    assert_eq!(wrong(r#"[{"Effect": "Allow", "Resource": "*"}]"#), "statement 1: `Action` is missing or is not what IAM takes");
    assert_eq!(
        wrong(r#"[{"Effect": "Allow", "Action": [1], "Resource": "*"}]"#),
        "statement 1: `Action` is missing or is not what IAM takes"
    );
    assert_eq!(wrong(r#"[{"Effect": "Allow", "Action": "*"}]"#), "statement 1: `Resource` is missing or is not what IAM takes");
    let both = r#"{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}"#;
    assert_eq!(wrong(both), "statement 1: `Action` is missing or is not what IAM takes");
}

#[test]
fn tenors_own_policies_hold_nothing_that_it_never_needs() {
    let text = crate::Version::of_catalogue();
    let actions: Vec<_> =
        text.grants().iter().filter(|(_, granted)| granted.via == "policy").map(|(action, _)| format!("\"{action}\"")).collect();
    let audit = audit(&format!(r#"{{"Effect": "Allow", "Action": [{}], "Resource": "*"}}"#, actions.join(",")));
    assert_eq!(audit.granted().len(), actions.len());
    assert_eq!(audit.unneeded().count(), 0);
}
