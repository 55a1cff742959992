//! Whatever is selected, the documents grant it, all of it and nothing else, and IAM takes them.

use super::document::attachable;
use super::names::Names;
use super::{
    Document, MANAGED_CHARACTERS_MAX, MANAGED_POLICIES_MAX, PolicyError, TRUST_CHARACTERS_MAX, documents, fit_inline, trust_policy,
};
use crate::catalogue::capabilities;
use crate::connection::{AccountKind, Connection, ExternalId, Regions, Report};
use crate::kinds::Tier;
use crate::partition::Partition;
use crate::permit::Permit;
use crate::selection::Selection;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn connection(partition: Partition) -> Connection {
    Connection {
        partition,
        account: "111122223333".parse().unwrap(),
        kind: AccountKind::Payer,
        role: "tenor".parse().unwrap(),
        trusted: format!("arn:{partition}:iam::999988887777:role/tenor-server").parse().unwrap(),
        report: Some(Report {
            bucket: "acme-billing".parse().unwrap(),
            prefix: "cur/".parse().unwrap(),
            owner: "111122223333".parse().unwrap(),
        }),
        regions: Regions::Only(["us-east-1", "eu-west-1"].map(|region| region.parse().unwrap()).into()),
    }
}

fn made(tiers: &[Tier], connection: &Connection) -> Vec<Document> {
    documents(&Permit::new(&Selection::of(tiers.iter().copied()), connection), connection).unwrap()
}

#[test]
fn a_document_groups_actions_by_what_they_act_on_and_when() {
    let connection = connection(Partition::Aws);
    let [document] = made(&[Tier::Commitments], &connection).try_into().unwrap();
    let names = Names::of(&connection);
    let writes =
        document.statements.iter().filter(|statement| !statement.guards.is_empty()).map(|statement| statement.json(&names).compact());
    insta::assert_snapshot!(writes.collect::<Vec<_>>().join("\n"), @r#"
    {"Sid":"Commitments2","Effect":"Allow","Action":["es:PurchaseReservedInstanceOffering","redshift-serverless:CreateReservation","redshift:AcceptReservedNodeExchange","redshift:PurchaseReservedNodeOffering"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}}
    {"Sid":"Commitments3","Effect":"Allow","Action":["ec2:CancelReservedInstancesListing","ec2:CreateReservedInstancesListing","ec2:PurchaseReservedInstancesOffering"],"Resource":"*","Condition":{"StringEquals":{"ec2:Region":["eu-west-1","us-east-1"]}}}
    {"Sid":"Commitments4","Effect":"Allow","Action":"savingsplans:CreateSavingsPlan","Resource":"*","Condition":{"ForAllValues:StringLike":{"aws:TagKeys":"tenor:*"},"StringEquals":{"aws:RequestTag/tenor:managed":"true"}}}
    {"Sid":"Commitments6","Effect":"Allow","Action":["ec2:AcceptReservedInstancesExchangeQuote","ec2:DeleteQueuedReservedInstances","ec2:ModifyReservedInstances"],"Resource":"arn:aws:ec2:*:111122223333:reserved-instances/*","Condition":{"StringEquals":{"ec2:Region":["eu-west-1","us-east-1"]}}}
    {"Sid":"Commitments8","Effect":"Allow","Action":["elasticache:AddTagsToResource","elasticache:PurchaseReservedCacheNodesOffering"],"Resource":"arn:aws:elasticache:*:111122223333:reserved-instance:*","Condition":{"ForAllValues:StringLike":{"aws:TagKeys":"tenor:*"},"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"],"aws:RequestTag/tenor:managed":"true"}}}
    {"Sid":"Commitments10","Effect":"Allow","Action":["memorydb:PurchaseReservedNodesOffering","memorydb:TagResource"],"Resource":"arn:aws:memorydb:*:111122223333:reservednode/*","Condition":{"ForAllValues:StringLike":{"aws:TagKeys":"tenor:*"},"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"],"aws:RequestTag/tenor:managed":"true"}}}
    {"Sid":"Commitments12","Effect":"Allow","Action":["rds:AddTagsToResource","rds:PurchaseReservedDBInstancesOffering"],"Resource":"arn:aws:rds:*:111122223333:ri:*","Condition":{"ForAllValues:StringLike":{"aws:TagKeys":"tenor:*"},"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"],"aws:RequestTag/tenor:managed":"true"}}}
    {"Sid":"Commitments14","Effect":"Allow","Action":["savingsplans:DeleteQueuedSavingsPlan","savingsplans:ReturnSavingsPlan"],"Resource":"arn:aws:savingsplans::111122223333:savingsplan/*","Condition":{"StringEquals":{"aws:ResourceTag/tenor:managed":"true"}}}
    "#);
}

#[test]
fn tiers_do_not_mix_and_needed_reads_come_along() {
    let connection = connection(Partition::Aws);
    let names = |tiers: &[Tier]| made(tiers, &connection).iter().map(Document::name).collect::<Vec<_>>();
    assert_eq!(names(&Tier::ALL), ["trial-1", "detail-1", "commitments-1", "automation-1"]);
    assert_eq!(names(&[Tier::Org, Tier::Infrastructure]), [""; 0]);
    let alone = made(&[Tier::Commitments], &connection);
    assert!(alone.iter().flat_map(Document::actions).any(|action| action == "savingsplans:DescribeSavingsPlans"));
}

#[test]
fn the_bucket_is_one_and_under_its_prefix() {
    let mut connection = connection(Partition::AwsUsGov);
    let [document] = made(&[Tier::Trial], &connection).try_into().unwrap();
    let text = document.to_json(&connection);
    assert!(text.contains(r#""Resource": "arn:aws-us-gov:s3:::acme-billing/cur/*""#), "{text}");
    assert!(text.contains(r#""s3:prefix": "cur/*""#), "{text}");
    connection.report.as_mut().unwrap().prefix = "".parse().unwrap();
    assert!(!document.to_json(&connection).contains("s3:prefix"));
    connection.report = None;
    let [document] = made(&[Tier::Trial], &connection).try_into().unwrap();
    assert!(!document.actions().any(|action| action.starts_with("s3:")));
}

#[test]
fn what_a_connection_cannot_have_is_said() {
    let mut connection = connection(Partition::AwsUsGov);
    connection.report = None;
    connection.kind = AccountKind::Member;
    let permit = Permit::new(&Selection::of([Tier::Trial]), &connection);
    let said: Vec<_> = permit
        .withheld()
        .iter()
        .filter(|withheld| ["org-account-inventory", "cur-ingest", "discount-sharing"].contains(&withheld.capability.name))
        .map(|withheld| {
            let operation = withheld.operation.map(ToString::to_string).unwrap_or_default();
            format!("{} {operation}: {}", withheld.capability, withheld.why)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    org-account-inventory : not on a member account: AWS lets the management account and delegated administrators alone list an organization
    cur-ingest bcm-data-exports:ListExports: AWS has no `bcm-data-exports` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    cur-ingest bcm-data-exports:GetExport: AWS has no `bcm-data-exports` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    cur-ingest bcm-data-exports:ListExecutions: AWS has no `bcm-data-exports` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    cur-ingest bcm-data-exports:GetExecution: AWS has no `bcm-data-exports` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    cur-ingest cur:DescribeReportDefinitions: AWS has no `cur` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too
    cur-ingest s3:GetBucketLocation: the connection names no report bucket
    cur-ingest s3:ListObjectsV2: the connection names no report bucket
    cur-ingest s3:HeadObject: the connection names no report bucket
    cur-ingest s3:GetObject: the connection names no report bucket
    discount-sharing : not on a member account: sharing is decided in the account that pays
    ");
}

#[test]
fn all_regions_lift_the_limit_and_none_is_refused() {
    let mut connection = connection(Partition::Aws);
    connection.regions = Regions::All;
    let text: String = made(&[Tier::Commitments], &connection).iter().map(|document| document.to_json(&connection)).collect();
    assert!(!text.contains("ec2:Region") && text.contains("aws:RequestTag/tenor:managed"));
    connection.regions = Regions::Only(BTreeSet::new());
    let permit = Permit::new(&Selection::of([Tier::Trial]), &connection);
    assert_eq!(documents(&permit, &connection).unwrap_err().to_string(), "the connection names no region; name one, or say all");
}

#[test]
fn a_principal_of_another_partition_is_refused() {
    let mut connection = connection(Partition::Aws);
    connection.partition = Partition::AwsCn;
    let permit = Permit::new(&Selection::of([Tier::Trial]), &connection);
    let error = documents(&permit, &connection).unwrap_err().to_string();
    assert_eq!(error, "`arn:aws:iam::999988887777:role/tenor-server` cannot assume a role in aws-cn");
}

#[test]
fn too_many_regions_are_an_error_and_not_a_policy_that_iam_refuses() {
    let mut connection = connection(Partition::Aws);
    let regions = |count: u32| Regions::Only((0..count).map(|number| format!("region-number-{number:08}").parse().unwrap()).collect());
    let refused = |connection: &Connection| documents(&Permit::new(&Selection::of(Tier::ALL), connection), connection).unwrap_err();
    connection.regions = regions(400);
    assert!(matches!(refused(&connection), PolicyError::TooLong(_)));
    let message = refused(&connection).to_string();
    assert!(message.ends_with("does not fit into a policy of 6144 characters: name fewer regions"), "{message}");
}

#[test]
fn more_documents_than_a_role_can_have_are_an_error() {
    let [document] = made(&[Tier::Trial], &connection(Partition::Aws)).try_into().unwrap();
    assert_eq!(attachable(vec![document.clone(); 10]).unwrap().len(), 10);
    let error = attachable(vec![document; 11]).unwrap_err().to_string();
    assert_eq!(error, "11 managed policies are needed, and a role can have 10: select less, or name fewer regions");
}

#[test]
fn every_subset_of_tiers_fits_with_every_region_of_aws_named() {
    // AWS has fewer than forty regions that one account can use.
    let regions = (0..40).map(|number| format!("ap-southeast-{number}").parse().unwrap()).collect();
    let longest = Connection {
        role: "r".repeat(64).parse().unwrap(),
        report: Some(Report {
            bucket: "b".repeat(63).parse().unwrap(),
            prefix: "p".repeat(199).parse().unwrap(),
            owner: "111122223333".parse().unwrap(),
        }),
        regions: Regions::Only(regions),
        ..connection(Partition::AwsUsGov)
    };
    for connection in [connection(Partition::Aws), connection(Partition::AwsCn), longest] {
        for subset in 0..1_u32 << Tier::ALL.len() {
            let tiers: Vec<_> = (0..).zip(Tier::ALL).filter(|(bit, _)| subset >> bit & 1 == 1).map(|(_, tier)| tier).collect();
            let made = made(&tiers, &connection);
            assert!(made.len() <= MANAGED_POLICIES_MAX);
            assert!(made.iter().all(|document| document.characters(&connection) <= MANAGED_CHARACTERS_MAX));
        }
    }
}

#[test]
fn the_trial_fits_into_the_role_itself() {
    let connection = connection(Partition::Aws);
    assert!(fit_inline(&made(&[Tier::Trial], &connection), &connection));
    let long = vec![made(&[Tier::Trial], &connection).remove(0); 3];
    assert!(!fit_inline(&long, &connection));
}

#[test]
fn the_trust_policy_lets_one_caller_in_with_the_external_id() {
    let connection = connection(Partition::Aws);
    let text = trust_policy(&connection, &ExternalId::from_random([0x5a; 16]));
    assert!(text.chars().filter(|c| !c.is_whitespace()).count() <= TRUST_CHARACTERS_MAX);
    insta::assert_snapshot!(text, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "OneCallerWithTheExternalId",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::999988887777:role/tenor-server"
          },
          "Action": "sts:AssumeRole",
          "Condition": {
            "StringEquals": {
              "sts:ExternalId": "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
            }
          }
        },
        {
          "Sid": "NameTheApprover",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::999988887777:role/tenor-server"
          },
          "Action": "sts:SetSourceIdentity",
          "Condition": {
            "StringLike": {
              "sts:SourceIdentity": "*"
            }
          }
        },
        {
          "Sid": "NameTheOrder",
          "Effect": "Allow",
          "Principal": {
            "AWS": "arn:aws:iam::999988887777:role/tenor-server"
          },
          "Action": "sts:TagSession",
          "Condition": {
            "ForAllValues:StringLike": {
              "aws:TagKeys": "tenor:*"
            }
          }
        }
      ]
    }
    "#);
}

fn any_selection() -> impl Strategy<Value = Selection> {
    let names: Vec<_> = capabilities().map(|capability| capability.name).collect();
    let switches = prop::collection::vec((prop::sample::select(names), any::<bool>()), 0..8);
    (prop::sample::subsequence(Tier::ALL.to_vec(), 0..=6), switches).prop_map(|(tiers, switches)| {
        switches.into_iter().fold(Selection::of(tiers), |selection, (name, on)| selection.switch(name, on).unwrap())
    })
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let kinds = prop::sample::select(vec![AccountKind::Payer, AccountKind::Member]);
    let regions = prop::option::of(1_usize..30);
    (prop::sample::select(Partition::ALL.to_vec()), kinds, any::<bool>(), regions).prop_map(|(partition, kind, has_report, regions)| {
        let mut connection = Connection { kind, ..connection(partition) };
        connection.report = connection.report.filter(|_| has_report);
        connection.regions = match regions {
            None => Regions::All,
            Some(count) => Regions::Only((0..count).map(|number| format!("eu-west-{number}").parse().unwrap()).collect()),
        };
        connection
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn documents_grant_what_was_selected_and_nothing_else(selection in any_selection(), connection in any_connection()) {
        let permit = Permit::new(&selection, &connection);
        let documents = documents(&permit, &connection).unwrap();
        let mut granted: Vec<_> = documents.iter().flat_map(Document::actions).collect();
        granted.sort_unstable();
        let mut once = granted.clone();
        once.dedup();
        prop_assert_eq!(&granted, &once, "an action stands twice");

        let kept = |capability: &&crate::Capability| {
            !permit.withheld().iter().any(|withheld| withheld.operation.is_none() && withheld.capability == *capability)
        };
        let withheld: BTreeSet<_> = permit.withheld().iter().filter_map(|withheld| withheld.operation).map(ToString::to_string).collect();
        let needed: BTreeSet<_> = selection
            .capabilities()
            .filter(kept)
            .flat_map(crate::Capability::grants)
            .filter(|(operation, _)| !withheld.contains(&operation.to_string()))
            .map(|(_, grant)| grant.action)
            .collect();
        prop_assert_eq!(once, needed.into_iter().collect::<Vec<_>>());
        for document in &documents {
            prop_assert!(document.characters(&connection) <= MANAGED_CHARACTERS_MAX);
            let sids: BTreeSet<_> = document.statements.iter().map(|statement| &statement.sid).collect();
            prop_assert_eq!(sids.len(), document.statements.len());
        }
    }

    #[test]
    fn a_larger_selection_never_grants_less(selection in any_selection(), connection in any_connection(), tier in prop::sample::select(Tier::ALL.to_vec())) {
        let actions = |selection: &Selection| {
            Permit::new(selection, &connection).permitted().iter().map(|permitted| permitted.grant.action).collect::<BTreeSet<_>>()
        };
        let larger = capabilities()
            .filter(|capability| capability.tier == tier)
            .fold(selection.clone(), |selection, capability| selection.switch(capability.name, true).unwrap());
        prop_assert!(actions(&selection).is_subset(&actions(&larger)));
    }
}
