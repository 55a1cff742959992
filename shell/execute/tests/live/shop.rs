//! The ids of what the sandbox sells.

use super::cloud::Rehearsal;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::{ec2, elasticache, memorydb, opensearch, plans, rds, redshift, serverless};

const YEAR: i64 = 31_536_000;

/// A plan for a year.
pub(crate) async fn plan(rehearsal: &Rehearsal, kind: plans::PlanType, payment: PaymentOption) -> String {
    let which = plans::WhichOfferings { ids: Vec::new(), kinds: vec![kind], payments: vec![payment], seconds: vec![YEAR] };
    plans::offerings(&rehearsal.stranger, &which).await.unwrap().remove(0).id
}

/// Linux for a year without anything upfront, in the Region or a zone of it.
pub(crate) async fn instances(rehearsal: &Rehearsal, instance_type: &str, class: ec2::OfferingClass, scope: ec2::Scope) -> String {
    let which = ec2::WhichOfferings {
        instance_type: Some(instance_type.to_owned()),
        product: Some("Linux/UNIX".to_owned()),
        class: Some(class),
        payment: Some(PaymentOption::NoUpfront),
        seconds: Some((YEAR, YEAR)),
        ..ec2::WhichOfferings::default()
    };
    let all = ec2::offerings(&rehearsal.stranger, &which).await.unwrap();
    all.into_iter().find(|offering| offering.scope.as_ref() == Some(&scope)).unwrap().id
}

pub(crate) async fn database(rehearsal: &Rehearsal, is_multi_az: bool) -> String {
    let all = rds::offerings(&rehearsal.stranger, None).await.unwrap();
    all.into_iter().find(|offering| offering.is_multi_az == is_multi_az && offering.payment == PaymentOption::PartialUpfront).unwrap().id
}

pub(crate) async fn cache(rehearsal: &Rehearsal) -> String {
    elasticache::offerings(&rehearsal.stranger, None).await.unwrap().remove(0).id
}

pub(crate) async fn memory(rehearsal: &Rehearsal) -> String {
    memorydb::offerings(&rehearsal.stranger, None).await.unwrap().remove(0).id
}

pub(crate) async fn search(rehearsal: &Rehearsal) -> String {
    opensearch::offerings(&rehearsal.stranger, None).await.unwrap().remove(0).id
}

/// Nodes of an old kind, which can be exchanged.
pub(crate) async fn warehouse(rehearsal: &Rehearsal) -> String {
    let all = redshift::offerings(&rehearsal.stranger, None).await.unwrap();
    all.into_iter().find(|offering| offering.node_type.starts_with("dc1")).unwrap().id
}

pub(crate) async fn successor(rehearsal: &Rehearsal, node: &str) -> String {
    redshift::exchange_offerings(&rehearsal.stranger, node).await.unwrap().remove(0).id
}

pub(crate) async fn units(rehearsal: &Rehearsal) -> String {
    serverless::offerings(&rehearsal.stranger).await.unwrap().remove(0).id
}
