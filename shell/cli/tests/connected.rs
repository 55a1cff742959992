//! `tenor connect` and `tenor access verify`, end to end, against an IAM that enforces.

use crate::ran::{tenor, tenor_in};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tenor_testkit::emulator::{ACCOUNT, Emulator};

/// What the emulator wants beyond AWS: it takes the path off a role's ARN, and asks for the permission of the simulation and of lists on everything.
const BEYOND: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Resource": "arn:aws:iam::000000000000:role/Tenor",
     "Action": ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"]},
    {"Effect": "Allow", "Resource": "*",
     "Action": ["iam:SimulatePrincipalPolicy", "rds:DescribeReservedDBInstances", "elasticache:DescribeReservedCacheNodes"]}]}"#;

/// A home, and what `connect make` wrote beside it.
struct Made {
    folder: tempfile::TempDir,
    external_id: String,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let words = format!(
            "connect make payer --tier trial --account {ACCOUNT} --trusted arn:aws:iam::{ACCOUNT}:user/caller --out {}",
            out.display()
        );
        let told = tenor(&folder.path().join("home"), words.split(' ')).to_string();
        assert!(told.ends_with("[exit 0]"), "{told}");
        let parameters: Value = serde_json::from_slice(&fs::read(out.join("parameters.json")).unwrap()).unwrap();
        let external_id = parameters.as_array().unwrap().iter().find(|one| one["ParameterKey"] == "ExternalId").unwrap();
        let external_id = external_id["ParameterValue"].as_str().unwrap().to_owned();
        assert!(!told.contains(&external_id), "it is in the file alone");
        Self { folder, external_id }
    }

    fn home(&self) -> std::path::PathBuf {
        self.folder.path().join("home")
    }

    /// The role's trust policy and its documents, as `access policy` writes them.
    fn policies(&self, external_id: &str) -> (String, Vec<(String, String)>) {
        let file = self.folder.path().join("external-id");
        fs::write(&file, external_id).unwrap();
        let names = format!("--account {ACCOUNT} --trusted arn:aws:iam::{ACCOUNT}:user/caller --external-id-file {}", file.display());
        let printed = tenor(&self.home(), format!("access policy --tier trial --format iam-json {names}").split(' '));
        let Value::Object(mut all) = serde_json::from_slice(&printed.0.stdout).unwrap() else { panic!("an object is printed") };
        let trust = all.remove("trust").unwrap().to_string();
        (trust, all.into_iter().map(|(name, document)| (name, document.to_string())).collect())
    }
}

#[test]
fn the_accounts_of_a_stack_set_have_one_external_id_and_nobody_else_has_it() {
    let made = Made::new();
    let make = |name: &str, more: &str| {
        let out = made.folder.path().join(name);
        let trusted = format!("arn:aws:iam::{ACCOUNT}:user/caller");
        let words = format!("connect make {name} --tier trial --trusted {trusted} --external-id-of payer --out {} {more}", out.display());
        let told = tenor(&made.home(), words.split(' ')).to_string();
        (told, fs::read_to_string(out.join("parameters.json")).ok())
    };
    let (told, parameters) = make("member", "--account 222233334444 --member");
    assert!(told.ends_with("[exit 0]") && parameters.is_some_and(|text| text.contains(&made.external_id)), "{told}");
    for (name, more) in [("other", "--account 333344445555"), ("renamed", "--account 333344445555 --member --role Else")] {
        let (told, parameters) = make(name, more);
        assert!(told.contains("a StackSet of `payer` does not make the role of this connection") && parameters.is_none(), "{told}");
    }
}

#[test]
fn a_connection_is_made_refused_proved_and_verified() {
    let Some(emulator) = Emulator::start() else { return };
    let (key, secret) = emulator.caller("caller");
    let made = Made::new();
    let variables = [
        ("AWS_ACCESS_KEY_ID", key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
        ("AWS_ENDPOINT_URL", emulator.endpoint.as_str()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let told = |words: &str| {
        let told = tenor_in(&made.home(), words.split(' '), &variables).to_string();
        let told = told.split("(request ").map(|part| part.split_once(')').filter(|(id, _)| id.len() == 36).map_or(part, |(_, rest)| rest));
        let told = told.collect::<Vec<_>>().join("(request)");
        assert!(![&made.external_id, &secret].into_iter().any(|hidden| told.contains(hidden.as_str())), "a secret is told: {words}");
        told
    };
    insta::assert_snapshot!(told("connect prove payer"), @"
    [stderr]
    error: connection `payer` is not proved: AWS does not let Tenor assume the role with the connection's External ID
    hint: deploy the template of this connection, with its External ID, in the account; a role that was just made takes some seconds
    [exit 1]
    ");

    let (strict, documents) = made.policies(&made.external_id);
    let with = |documents: &[(String, String)]| [documents, &[("beyond".to_owned(), BEYOND.to_owned())]].concat();
    let (strangers, _) = made.policies("00000000000000000000000000000000");
    emulator.role(
        "Tenor",
        &strangers.replace(r#"{"StringEquals":{"sts:ExternalId":"00000000000000000000000000000000"}}"#, "{}"),
        "1",
        &with(&documents),
    );
    insta::assert_snapshot!(told("connect prove payer"), @"
    [stderr]
    error: connection `payer` is not proved: the role can be assumed without an External ID: its trust policy does not ask for one
    hint: update the role from this connection's template; until then it is not used
    [exit 1]
    ");

    emulator.role("Tenor", &strict, "1", &[]);
    let proved = told("connect prove payer --format csv");
    insta::assert_snapshot!(proved, @"
    [stdout]
    capability,tier,result,note
    account-connect,trial,works,
    role-self-verify,trial,works,
    account-identity,trial,works,
    org-account-inventory,trial,works,
    cur-ingest,trial,unclear,bcm-data-exports:ListExports failed: HTTP 400: 
    price-catalog,trial,unclear,pricing:DescribeServices failed: HTTP 400: 
    discount-sharing,trial,works,
    cost-explorer,trial,works,
    commitment-utilization-coverage,trial,works,
    commitment-recommendations,trial,works,
    sp-inventory,trial,unclear,savingsplans:DescribeSavingsPlans failed: HTTP 400: 
    sp-offerings,trial,unclear,savingsplans:DescribeSavingsPlansOfferings failed: HTTP 400: 
    ec2-ri-inventory,trial,unclear,ec2:DescribeReservedInstances failed (request): InvalidAction: Unknown EC2 action: DescribeReservedInstances
    exchange-options,trial,unclear,redshift:DescribeReservedNodeExchangeStatus failed: HTTP 400: 
    rds-ri-inventory,trial,unclear,rds:DescribeReservedDBInstances failed (request): InvalidAction: Unknown RDS action: DescribeReservedDBInstances
    elasticache-ri-inventory,trial,unclear,elasticache:DescribeReservedCacheNodes failed (request): InvalidAction: Unknown ElastiCache action: DescribeReservedCacheNodes
    memorydb-ri-inventory,trial,unclear,memorydb:DescribeReservedNodes failed: HTTP 400: 
    redshift-ri-inventory,trial,unclear,redshift:DescribeReservedNodes failed: HTTP 400: 
    opensearch-ri-inventory,trial,unclear,opensearch:DescribeReservedInstances failed (request): InvalidAction: OpenSearch operation not implemented: GET /2021-01-01/opensearch/reservedInstances
    redshift-serverless-inventory,trial,unclear,redshift-serverless:ListReservations failed: HTTP 400: 
    dynamodb-reserved-capacity,trial,works,
    cloudfront-savings-bundle,trial,works,
    quota-visibility,trial,works,
    [stderr]
    `payer` lets in the connection's External ID and no other
    drift: the role has a policy that is not Tenor's: `beyond`
    [exit 0]
    ");

    let fewer: Vec<_> = documents
        .iter()
        .map(|(name, text)| (name.clone(), text.replace("organizations:ListAccounts\"", "organizations:ListNothing\"")))
        .collect();
    emulator.role("Tenor", &strict, "0", &fewer);
    let verified = told("access verify payer --format csv");
    insta::assert_snapshot!(verified.lines().filter(|line| !line.contains(",works,")).collect::<Vec<_>>().join("\n"), @"
    [stdout]
    capability,tier,result,note
    org-account-inventory,trial,missing,organizations:ListAccounts
    cur-ingest,trial,unclear,bcm-data-exports:ListExports failed: HTTP 400: 
    price-catalog,trial,unclear,pricing:DescribeServices failed: HTTP 400: 
    sp-inventory,trial,unclear,savingsplans:DescribeSavingsPlans failed: HTTP 400: 
    sp-offerings,trial,unclear,savingsplans:DescribeSavingsPlansOfferings failed: HTTP 400: 
    ec2-ri-inventory,trial,unclear,ec2:DescribeReservedInstances failed (request): InvalidAction: Unknown EC2 action: DescribeReservedInstances
    exchange-options,trial,unclear,redshift:DescribeReservedNodeExchangeStatus failed: HTTP 400: 
    rds-ri-inventory,trial,unclear,rds:DescribeReservedDBInstances failed (request): InvalidAction: Unknown RDS action: DescribeReservedDBInstances
    elasticache-ri-inventory,trial,unclear,elasticache:DescribeReservedCacheNodes failed (request): InvalidAction: Unknown ElastiCache action: DescribeReservedCacheNodes
    memorydb-ri-inventory,trial,unclear,memorydb:DescribeReservedNodes failed: HTTP 400: 
    redshift-ri-inventory,trial,unclear,redshift:DescribeReservedNodes failed: HTTP 400: 
    opensearch-ri-inventory,trial,unclear,opensearch:DescribeReservedInstances failed (request): InvalidAction: OpenSearch operation not implemented: GET /2021-01-01/opensearch/reservedInstances
    redshift-serverless-inventory,trial,unclear,redshift-serverless:ListReservations failed: HTTP 400: 
    [stderr]
    `payer` lets in the connection's External ID and no other
    drift: the role has a policy that is not Tenor's: `beyond`
    drift: the policy `trial-1` is not the one that was published
    drift: the role is of policy version 0; the newest is 1
    error: 3 differences of the role and 13 capabilities that do not stand as agreed
    hint: update the stack from the connection's template, or make the connection anew
    [exit 1]
    ");

    // A second door: the three trials do not see whom else it lets in.
    let mut two: Value = serde_json::from_str(&strict).unwrap();
    let mut other = two["Statement"][0].clone();
    (other["Sid"], other["Principal"]["AWS"]) = ("Other".into(), "arn:aws:iam::111122223333:role/somebody".into());
    two["Statement"].as_array_mut().unwrap().push(other);
    let is_listed_as_verified = || !told("connect list --format csv").contains(",1,\n");
    assert!(is_listed_as_verified());
    emulator.role("Tenor", &two.to_string(), "1", &[]);
    insta::assert_snapshot!(told("connect prove payer"), @"
    [stderr]
    error: connection `payer` is not proved: the trust policy is not the one that was published
    hint: update the role from this connection's template; until then it is not used
    [exit 1]
    ");
    assert!(!is_listed_as_verified(), "what was proved once is not proved any more");

    insta::assert_snapshot!(told("connect prove nobody"), @"
    [stderr]
    error: there is no connection `nobody`
    hint: there are payer
    [exit 1]
    ");
    let kept = everything_in(&made.home());
    for hidden in [made.external_id.as_bytes(), secret.as_bytes()] {
        assert!(!kept.windows(hidden.len()).any(|window| window == hidden), "a secret lies in the home in clear");
    }
    let calls = fs::read_to_string(made.home().join("state/calls.log")).unwrap();
    assert!(calls.contains("\tsts:AssumeRole\t") && calls.contains("\tiam:SimulatePrincipalPolicy\t"), "{calls}");
}

fn everything_in(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { everything_in(&path) } else { fs::read(&path).unwrap() });
    }
    all
}
