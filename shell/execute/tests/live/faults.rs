//! What goes wrong on the way: each way gives the outcome that says what is known, and no more.

use super::cloud::Rehearsal;
use super::orders::{cleared, draft, moment, priced};
use super::shop;
use std::collections::BTreeMap;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_aws::reads::plans::PlanType;
use tenor_execute::{Aws, LiveAws, Outcome, Place, Unread};
use tenor_order::{Action, Service, Step};
use tenor_permit::Retry;
use tenor_sandbox::FaultKind;

/// As often as the client asks again, where AWS knows a call again.
const ATTEMPTS: u32 = 6;

async fn offering(rehearsal: &Rehearsal, service: Service) -> String {
    match service {
        Service::SavingsPlans => shop::plan(rehearsal, PlanType::Compute, PaymentOption::NoUpfront).await,
        Service::Ec2 => shop::instances(rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await,
        Service::Rds => shop::database(rehearsal, false).await,
        Service::ElastiCache => shop::cache(rehearsal).await,
        Service::MemoryDb => shop::memory(rehearsal).await,
        Service::OpenSearch => shop::search(rehearsal).await,
        Service::Redshift => shop::warehouse(rehearsal).await,
        Service::RedshiftServerless => shop::units(rehearsal).await,
        Service::DynamoDb => panic!("it has no offerings"),
    }
}

/// What came of a purchase under faults, and how many reservations there are more than before.
async fn bought(rehearsal: &Rehearsal, service: Service, kind: FaultKind, times: u32, number: u32) -> String {
    let object = offering(rehearsal, service).await;
    // Each has a number of its own, so that each order and key is another.
    let quantity = if service == Service::SavingsPlans { format!("0.{}", 100 + number) } else { "1".to_owned() };
    let quantity = quantity.trim_end_matches('0');
    let draft = draft(rehearsal.account(), service, Action::Buy, &object, quantity);
    let price = rehearsal.live.price(&draft).await.unwrap();
    let step = Step { deadline: Some(moment(&format!("2025-12-31T{:02}:{:02}:00Z", number / 60, number % 60))), ..priced(draft, &price) };
    let place = Place::of(&step);
    let before = rehearsal.live.held(&place).await.unwrap().len();
    rehearsal.plan(&step.operation().unwrap().to_string(), kind, times).await;
    let (cleared, key) = cleared(&step, Some(price));
    let sent = rehearsal.live.send(cleared, key.as_ref()).await;
    rehearsal.advance(60);
    let more = rehearsal.live.held(&place).await.unwrap().len() - before;
    let outcome = match sent.outcome {
        Outcome::Done { .. } => "done".to_owned(),
        Outcome::Refused { code, .. } => format!("refused: {code}"),
        Outcome::Already { code } => format!("already: {code}"),
        Outcome::NotSent(_) => "not sent".to_owned(),
        Outcome::Lost(_) => "lost".to_owned(),
    };
    let id = if sent.request_id.is_some() { "" } else { ", no request id" };
    format!("{kind}{}, {outcome}{id}, {more} more", if times > 1 { " for good" } else { "" })
}

#[tokio::test]
async fn an_outcome_says_what_is_known_and_no_more() {
    use FaultKind::{Denied, ErrorAfter, LostAfter, LostBefore, SkewedClock, Throttled};
    let rehearsal = Rehearsal::start().await;
    let mut services: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut number = 0;
    for service in Service::ALL.into_iter().filter(|service| *service != Service::DynamoDb) {
        let knows_again = service.operation(Action::Buy).unwrap().retry != Retry::Never;
        for kind in [LostBefore, LostAfter, ErrorAfter, Throttled, Denied, SkewedClock] {
            let is_repeated = knows_again && !matches!(kind, Denied | SkewedClock);
            for times in if is_repeated { vec![1, ATTEMPTS] } else { vec![1] } {
                number += 1;
                services.entry(bought(&rehearsal, service, kind, times, number).await).or_default().push(service.as_str());
            }
        }
    }
    let lines = services.into_iter().map(|(told, services)| format!("{told}: {}", services.join(", ")));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    denied, refused: AccessDenied, 0 more: rds, elasticache, redshift
    denied, refused: AccessDeniedException, 0 more: savingsplans, memorydb, opensearch, redshift-serverless
    denied, refused: UnauthorizedOperation, 0 more: ec2
    error-after for good, lost, 1 more: savingsplans, rds, elasticache, memorydb, opensearch, redshift-serverless
    error-after, already: ReservedCacheNodeAlreadyExists, 1 more: elasticache
    error-after, already: ReservedDBInstanceAlreadyExists, 1 more: rds
    error-after, already: ReservedNodeAlreadyExistsFault, 1 more: memorydb
    error-after, already: ResourceAlreadyExistsException, 1 more: opensearch
    error-after, done, 1 more: savingsplans, redshift-serverless
    error-after, lost, 1 more: ec2, redshift
    lost-after for good, lost, no request id, 1 more: savingsplans, rds, elasticache, memorydb, opensearch, redshift-serverless
    lost-after, already: ReservedCacheNodeAlreadyExists, 1 more: elasticache
    lost-after, already: ReservedDBInstanceAlreadyExists, 1 more: rds
    lost-after, already: ReservedNodeAlreadyExistsFault, 1 more: memorydb
    lost-after, already: ResourceAlreadyExistsException, 1 more: opensearch
    lost-after, done, 1 more: savingsplans, redshift-serverless
    lost-after, lost, no request id, 1 more: ec2, redshift
    lost-before for good, lost, no request id, 0 more: savingsplans, rds, elasticache, memorydb, opensearch, redshift-serverless
    lost-before, done, 1 more: savingsplans, rds, elasticache, memorydb, opensearch, redshift-serverless
    lost-before, lost, no request id, 0 more: ec2, redshift
    skewed-clock, not sent, 0 more: savingsplans, ec2, rds, elasticache, memorydb, opensearch, redshift, redshift-serverless
    throttled for good, not sent, 0 more: savingsplans, rds, elasticache, memorydb, opensearch, redshift-serverless
    throttled, done, 1 more: savingsplans, rds, elasticache, memorydb, opensearch, redshift-serverless
    throttled, not sent, 0 more: ec2, redshift
    ");
}

/// Why a place could not be read.
async fn why(live: &LiveAws, step: &Step) -> String {
    match live.held(&Place::of(step)).await {
        Ok(held) => format!("{} held", held.len()),
        // What broke, the network says in its own words.
        Err(Unread(why)) => without_ids(why.as_str().split(" broke: ").next().unwrap_or_default()),
    }
}

/// The same without AWS's names of requests.
fn without_ids(text: &str) -> String {
    match (text.find(" (request "), text.find("): ")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &text[..from], &text[to + 1..]),
        _ => text.to_owned(),
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_never_nothing() {
    let rehearsal = Rehearsal::start().await;
    let live = &rehearsal.live;
    let step = |service, object: &str| draft(rehearsal.account(), service, Action::Buy, object, "1");
    let instances = step(Service::Ec2, "offering-1");
    let mut told = vec![why(live, &instances).await];
    for (kind, times) in [(FaultKind::Denied, 1), (FaultKind::Throttled, ATTEMPTS), (FaultKind::LostAfter, ATTEMPTS)] {
        rehearsal.plan("ec2:DescribeReservedInstances", kind, times).await;
        told.push(why(live, &instances).await);
    }
    told.push(why(live, &Step { account: "999999999999".parse().unwrap(), ..instances.clone() }).await);
    told.push(why(live, &Step { region: None, ..instances.clone() }).await);
    told.push(why(live, &step(Service::DynamoDb, "offering-1")).await);
    // Offerings that there are not.
    for service in Service::ALL {
        let price = live.price(&step(service, "01234567-0000-4000-8000-000000000000")).await;
        told.push(without_ids(&price.unwrap_err().to_string()));
    }
    let given = |service, action| Step { action, ..step(service, "01234567-0000-4000-8000-000000000000") };
    for odd in [given(Service::Ec2, Action::Return), given(Service::Rds, Action::Exchange), given(Service::Redshift, Action::Exchange)] {
        told.push(without_ids(&live.price(&odd).await.unwrap_err().to_string()));
    }
    rehearsal.plan("ec2:PurchaseReservedInstancesOffering", FaultKind::Denied, 1).await;
    let denied = live.rehearse(&instances).await.unwrap_err().0;
    told.push(without_ids(denied.as_str()));
    insta::assert_snapshot!(told.join("\n").replace(rehearsal.account(), "ACCOUNT"), @"
    0 held
    ec2:DescribeReservedInstances failed: UnauthorizedOperation: User: arn:aws:sts::ACCOUNT:assumed-role/Tenor/tenor-1 is not authorized to perform: ec2:DescribeReservedInstances because no identity-based policy allows the ec2:DescribeReservedInstances action
    ec2:DescribeReservedInstances failed: RequestLimitExceeded: Request limit exceeded.
    ec2:DescribeReservedInstances has no answer: the connection
    there are no credentials of the account 999999999999: connect it first
    ec2 is in Regions, and none was named
    AWS has no operation that lists reserved capacity of dynamodb: look in its console
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    AWS sells no offering 01234567-0000-4000-8000-000000000000 here
    dynamodb has no offerings that AWS lists
    step 1 is to return, which has no price
    rds exchanges nothing
    redshift exchanges one reservation at a time, and step 1 gives 0
    ec2:PurchaseReservedInstancesOffering failed: UnauthorizedOperation: User: arn:aws:sts::ACCOUNT:assumed-role/Tenor/tenor-1 is not authorized to perform: ec2:PurchaseReservedInstancesOffering because no identity-based policy allows the ec2:PurchaseReservedInstancesOffering action
    ");
}

/// Nothing is sent that is not whole.
#[tokio::test]
async fn a_call_without_its_key_is_not_sent() {
    let rehearsal = Rehearsal::start().await;
    let mut told = Vec::new();
    for service in [Service::SavingsPlans, Service::Rds] {
        let draft = draft(rehearsal.account(), service, Action::Buy, &offering(&rehearsal, service).await, "1");
        let price = rehearsal.live.price(&draft).await.unwrap();
        let sent = rehearsal.live.send(cleared(&priced(draft, &price), Some(price)).0, None).await;
        told.push(format!("{:?}", sent.outcome));
        assert_eq!(sent.request_id, None);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    NotSent(Text("the call has no token, by which AWS would know it again"))
    NotSent(Text("the purchase has no name, by which AWS would know it again"))
    "#);
}
