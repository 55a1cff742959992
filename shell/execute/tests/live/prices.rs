//! What has no price: what strangers sell, and exchanges that AWS would not make, or not of as many as the order says.

use super::cloud::Rehearsal;
use super::orders::{draft, text, with};
use super::shop;
use tenor_aws::changes::{ec2 as changes, redshift};
use tenor_aws::reads::ec2::{OfferingClass, Scope, WhichOfferings, offerings};
use tenor_execute::{Aws, NoPrice};
use tenor_order::{Action, Details, Service, Step};

/// Why a step has no price, without the ids that AWS made up.
async fn why(rehearsal: &Rehearsal, step: Step) -> String {
    let ids = [&step.object].into_iter().chain(step.details.iter().flat_map(Details::given));
    let price = rehearsal.live.price(&step).await;
    let told = price.map_or_else(|none| none.to_string(), |price| format!("priced {price:?}"));
    ids.fold(told, |told, id| told.replace(id.as_str(), "ID"))
}

#[tokio::test]
async fn what_aws_does_not_sell_so_has_no_price() {
    let rehearsal = Rehearsal::start().await;
    let step = |service, action, object: &str, count: &str| draft(rehearsal.account(), service, action, object, count);
    let exchange = |service, object: &str, count: &str, given: &[&str]| {
        with(step(service, Action::Exchange, object, count), Details::Exchange { given: given.iter().map(|id| text(id)).collect() })
    };
    let buy = async |offering: &str| {
        let purchase = changes::Purchase { offering: offering.to_owned(), count: 1, limit: None, start: None };
        purchase.send(&rehearsal.stranger).await.unwrap()
    };
    let which = WhichOfferings { with_resold: true, ..WhichOfferings::default() };
    let resold = offerings(&rehearsal.stranger, &which).await.unwrap().into_iter().find(|offering| offering.is_resold).unwrap();
    let convertible = shop::instances(&rehearsal, "m5.large", OfferingClass::Convertible, Scope::Region).await;
    let standard = shop::instances(&rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await;
    let (given, other) = (buy(&convertible).await, buy(&standard).await);
    let dense = shop::warehouse(&rehearsal).await;
    let node = redshift::Purchase { offering: dense.clone(), count: 2 }.send(&rehearsal.stranger).await.unwrap().id;
    rehearsal.advance(3_600);
    let successor = shop::successor(&rehearsal, &node).await;
    let told = [
        why(&rehearsal, step(Service::Ec2, Action::Buy, &resold.id, "1")).await,
        why(&rehearsal, exchange(Service::Ec2, &convertible, "2", &[&given])).await,
        why(&rehearsal, exchange(Service::Ec2, &convertible, "1", &[&other])).await,
        why(&rehearsal, exchange(Service::Ec2, &standard, "1", &[&given])).await,
        why(&rehearsal, exchange(Service::Redshift, &successor, "1", &[&node])).await,
        why(&rehearsal, exchange(Service::Redshift, &dense, "2", &[&node])).await,
        why(&rehearsal, exchange(Service::Redshift, &successor, "2", &[&node, &node])).await,
        why(&rehearsal, exchange(Service::Redshift, &successor, "2", &["node-1"])).await,
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the offering ID is a stranger's, of the marketplace, and Tenor buys of AWS alone
    AWS would give 1 for what is given, and step 1 says 2
    the exchange cannot be made: The Reserved Instances ID are not convertible
    the exchange cannot be made: The offering ID is not convertible
    AWS would give 2 for what is given, and step 1 says 1
    ID cannot be exchanged for the offering ID
    redshift exchanges one reservation at a time, and step 1 gives 2
    ID is not among the reserved nodes
    ");
}

#[tokio::test]
async fn what_is_in_no_list_is_asked_for_once_more_before_it_is_not_sold() {
    let rehearsal = Rehearsal::start().await;
    let asked = async |service, operation: &str| {
        let step = draft(rehearsal.account(), service, Action::Buy, "01234567-0000-4000-8000-000000000000", "1");
        let price = rehearsal.live.price(&step).await;
        assert!(matches!(price, Err(NoPrice::NotSold(_))), "{price:?}");
        rehearsal.called.0.lock().unwrap().iter().filter(|(name, _)| name == operation).count()
    };
    assert_eq!(asked(Service::SavingsPlans, "DescribeSavingsPlansOfferings").await, 2);
    assert_eq!(asked(Service::Rds, "DescribeReservedDBInstancesOfferings").await, 1, "AWS says by its code that there is none");
}
