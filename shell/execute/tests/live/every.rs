//! Each call that there is: priced, sent, found among what is held, sent again with its key, and found in CloudTrail.

use super::cloud::{Rehearsal, START};
use super::orders::{cleared, draft, moment, priced, text, with};
use super::shop;
use std::collections::BTreeSet;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_aws::reads::plans::{self, PlanType};
use tenor_execute::{Aws, Held, Outcome, Place, Trail};
use tenor_order::{Action, Asked, Details, Service, Step, Target};
use tenor_permit::Retry;

/// What was sent, and a line for each.
struct Played<'r> {
    rehearsal: &'r Rehearsal,
    lines: Vec<String>,
    steps: Vec<(Step, String)>,
}

/// A step in few words.
fn told(step: &Step) -> String {
    let operation = step.operation().unwrap();
    format!("{} {} ({})", step.service, step.action, operation.name)
}

impl Played<'_> {
    fn draft(&self, service: Service, action: Action, object: &str, quantity: &str) -> Step {
        draft(self.rehearsal.account(), service, action, object, quantity)
    }

    async fn held(&self, step: &Step) -> Vec<Held> {
        self.rehearsal.live.held(&Place::of(step)).await.unwrap()
    }

    /// Sends a step, and gives what came of it: the id of what is new among what is held, else AWS's.
    async fn play(&mut self, draft: Step) -> String {
        let live = &self.rehearsal.live;
        let price = if draft.action.commits() { Some(live.price(&draft).await.unwrap()) } else { None };
        let step = price.as_ref().map_or_else(|| draft.clone(), |price| priced(draft.clone(), price));
        live.rehearse(&step).await.unwrap();
        let before = self.held(&step).await;
        let (cleared_step, key) = cleared(&step, price.clone());
        let sent = live.send(cleared_step, key.as_ref()).await;
        assert!(sent.request_id.is_some(), "{sent:?}");
        let Outcome::Done { result, paid } = sent.outcome else { panic!("{}: {sent:?}", told(&step)) };
        self.rehearsal.advance(3_600);
        let after = self.held(&step).await;
        let mut line = vec![format!("{}: done, {}", told(&step), named(&result, &step, &before, &after))];
        line.extend(price.map(|price| format!("  priced {} an hour, {} at once", price.hourly, price.upfront)));
        line.extend(paid.map(|paid| format!("  paid {paid}")));
        line.extend(changes(&step, &before, &after));
        line.extend(self.again(&step, key.as_ref(), &result.to_string(), after.len()).await);
        self.lines.push(line.join("\n"));
        self.steps.push((step, result.to_string()));
        let is_new = |held: &&Held| before.iter().all(|earlier| earlier.id != held.id);
        after.iter().find(is_new).map_or_else(|| result.to_string(), |held| held.id.to_string())
    }

    /// What comes of the same call once more, where AWS knows it again.
    async fn again(&self, step: &Step, key: Option<&tenor_order::Key>, result: &str, held: usize) -> Vec<String> {
        if step.operation().unwrap().retry == Retry::Never {
            return Vec::new();
        }
        let live = &self.rehearsal.live;
        let price = if step.action.commits() { live.price(step).await.ok() } else { None };
        // What was exchanged has no quote any more, and nothing lets it through a second time.
        if step.action.commits() && price.is_none() {
            return vec!["  again: there is no price any more".to_owned()];
        }
        let sent = live.send(cleared(step, price).0, key).await;
        let told = match sent.outcome {
            Outcome::Done { result: again, .. } => format!("done, {} id", if again.as_str() == result { "the same" } else { "another" }),
            Outcome::Already { code } => format!("already, {code}"),
            Outcome::Refused { code, .. } => format!("refused, {code}"),
            other => format!("{other:?}"),
        };
        self.rehearsal.advance(3_600);
        assert_eq!(self.held(step).await.len(), held, "{step:?}");
        let mut lines = vec![format!("  again: {told}")];
        if let Some(key) = key {
            let found = live.by_key(step, key).await.unwrap();
            lines.extend(found.map(|found| format!("  by its key: {} id", if found.as_str() == result { "the same" } else { "another" })));
        }
        lines
    }

    /// What was told since this was last asked.
    fn taken(&mut self) -> String {
        std::mem::take(&mut self.lines).join("\n")
    }

    /// How many calls CloudTrail has of each step, and whether they say what came of it.
    async fn trails(&self) -> String {
        self.rehearsal.advance(1_000);
        let mut lines = Vec::new();
        for (step, result) in &self.steps {
            let Trail::Calls { calls, .. } = self.rehearsal.live.trail(step, moment(START)).await else { panic!("{step:?}") };
            let calls = calls.iter().rev().map(|call| match (&call.error, &call.made) {
                (Some(error), _) => error.to_string(),
                (None, Some(made)) if made.as_str() == result => "the same id".to_owned(),
                (None, Some(_)) => "another id".to_owned(),
                (None, None) => "no id".to_owned(),
            });
            lines.push(format!("{}: {}", told(step), calls.collect::<Vec<_>>().join(", ")));
        }
        lines.join("\n")
    }
}

/// What AWS's id is the id of.
fn named(result: &tenor_ledger::Text, step: &Step, before: &[Held], after: &[Held]) -> &'static str {
    if result == &step.object {
        return "its object";
    }
    let is = |all: &[Held]| all.iter().any(|held| &held.id == result);
    if is(after) && !is(before) { "the id of what is new" } else { "an id of its own" }
}

/// What is new, and what stands otherwise than before.
fn changes(step: &Step, before: &[Held], after: &[Held]) -> Vec<String> {
    let earlier = |held: &Held| before.iter().find(|earlier| earlier.id == held.id);
    let said = |held: &Held| {
        let words = [
            held.quantity.to_string(),
            held.goods.to_string(),
            format!("{:?}", held.kind),
            format!("{:?}", held.term),
            format!("{:?}", held.payment),
        ];
        words.join(" | ").replace("Some(", "").replace(')', "")
    };
    let name = |held: &Held| if held.name.is_some() { ", named" } else { "" };
    let like = |held: &Held| if held.is_like(step) { ", like the step" } else { "" };
    let lines = after.iter().filter_map(|held| match earlier(held) {
        None => Some(format!("  new: {} | {}{}{}", said(held), held.standing, name(held), like(held))),
        Some(earlier) if earlier.standing != held.standing => Some(format!("  was {}, is {}", earlier.standing, held.standing)),
        Some(_) => None,
    });
    lines.collect()
}

async fn savings_plans(played: &mut Played<'_>) {
    let sp = Service::SavingsPlans;
    let offering = shop::plan(played.rehearsal, PlanType::Compute, PaymentOption::NoUpfront).await;
    let bought = played.play(played.draft(sp, Action::Buy, &offering, "1.5")).await;
    let queued = played.play(played.draft(sp, Action::Queue, &offering, "0.25")).await;
    played.play(played.draft(sp, Action::CancelQueued, &queued, "1")).await;
    played.play(played.draft(sp, Action::Return, &bought, "1.5")).await;
    for payment in [PaymentOption::PartialUpfront, PaymentOption::AllUpfront] {
        let offering = shop::plan(played.rehearsal, PlanType::Ec2Instance, payment).await;
        let id = played.play(played.draft(sp, Action::Buy, &offering, "0.33333")).await;
        // What it costs is what it was to cost.
        let step = &played.steps.last().unwrap().0;
        let plan = plans::plans(&played.rehearsal.stranger).await.unwrap().into_iter().find(|plan| plan.id == id).unwrap();
        assert_eq!((plan.recurring, plan.upfront), (Some(step.ceiling_hourly), Some(step.ceiling_upfront)));
        assert_eq!(plan.tags.0["tenor:order"], super::orders::order(step).id().to_string());
        assert_eq!((plan.tags.0["tenor:step"].as_str(), plan.tags.0["tenor:managed"].as_str()), ("1", "true"));
    }
    insta::assert_snapshot!(played.taken(), @"
    savingsplans buy (CreateSavingsPlan): done, the id of what is new
      priced 1.5 an hour, 0 at once
      new: 1.5 | - | ComputePlan | OneYear | Nothing | running, named, like the step
      again: done, the same id
    savingsplans queue (CreateSavingsPlan): done, the id of what is new
      priced 0.25 an hour, 0 at once
      new: 0.25 | - | ComputePlan | OneYear | Nothing | queued, named, like the step
      again: done, the same id
    savingsplans cancel-queued (DeleteQueuedSavingsPlan): done, its object
      was queued, is deleted
      again: refused, ValidationException
    savingsplans return (ReturnSavingsPlan): done, its object
      was running, is returned
      again: done, the same id
    savingsplans buy (CreateSavingsPlan): done, the id of what is new
      priced 0.16666324 an hour, 1460 at once
      new: 0.33333 | c5 | Ec2InstancePlan | OneYear | Partial | running, named, like the step
      again: done, the same id
    savingsplans buy (CreateSavingsPlan): done, the id of what is new
      priced 0 an hour, 2919.97 at once
      new: 0.33333 | c5 | Ec2InstancePlan | OneYear | All | running, named, like the step
      again: done, the same id
    ");
}

async fn instances(played: &mut Played<'_>) {
    let ec2 = Service::Ec2;
    let regional = shop::instances(played.rehearsal, "m5.large", OfferingClass::Standard, Scope::Region).await;
    let bought = played.play(played.draft(ec2, Action::Buy, &regional, "2")).await;
    let zonal = shop::instances(played.rehearsal, "m5.large", OfferingClass::Standard, Scope::Zone).await;
    played.play(played.draft(ec2, Action::Buy, &zonal, "1")).await;
    let queued = played.play(played.draft(ec2, Action::Queue, &regional, "1")).await;
    played.play(played.draft(ec2, Action::CancelQueued, &queued, "1")).await;
    let targets = vec![Target { count: 1, instance_type: Some(text("m5.xlarge")), zone: None }];
    let modify = played.draft(ec2, Action::Modify, &bought, "2");
    played.play(with(modify, Details::Modify { also: Vec::new(), targets })).await;
    let convertible = shop::instances(played.rehearsal, "m5.large", OfferingClass::Convertible, Scope::Region).await;
    let given = played.play(played.draft(ec2, Action::Buy, &convertible, "1")).await;
    let larger = shop::instances(played.rehearsal, "m5.xlarge", OfferingClass::Convertible, Scope::Region).await;
    let exchange = played.draft(ec2, Action::Exchange, &larger, "1");
    played.play(with(exchange, Details::Exchange { given: vec![text(&given)] })).await;
    insta::assert_snapshot!(played.taken(), @"
    ec2 buy (PurchaseReservedInstancesOffering): done, the id of what is new
      priced 0.12 an hour, 0 at once
      new: 2 | m5.large, Linux/UNIX, default | StandardReservation | OneYear | Nothing | running, like the step
    ec2 buy (PurchaseReservedInstancesOffering): done, the id of what is new
      priced 0.06 an hour, 0 at once
      new: 1 | m5.large, Linux/UNIX, default, us-east-1a | StandardReservation | OneYear | Nothing | running, like the step
    ec2 queue (PurchaseReservedInstancesOffering): done, the id of what is new
      priced 0.06 an hour, 0 at once
      new: 1 | m5.large, Linux/UNIX, default | StandardReservation | OneYear | Nothing | queued, like the step
    ec2 cancel-queued (DeleteQueuedReservedInstances): done, its object
      was queued, is deleted
      again: refused, reserved-instances-not-in-queued-state
    ec2 modify (ModifyReservedInstances): done, an id of its own
      new: 1 | m5.xlarge, Linux/UNIX, default | StandardReservation | None | Nothing | running
      was running, is ended
      again: done, the same id
      by its key: the same id
    ec2 buy (PurchaseReservedInstancesOffering): done, the id of what is new
      priced 0.071 an hour, 0 at once
      new: 1 | m5.large, Linux/UNIX, default | ConvertibleReservation | OneYear | Nothing | running, like the step
    ec2 exchange (AcceptReservedInstancesExchangeQuote): done, an id of its own
      priced 0.141 an hour, 0 at once
      new: 1 | m5.xlarge, Linux/UNIX, default | ConvertibleReservation | None | Nothing | running
      was running, is ended
    ");
}

async fn databases(played: &mut Played<'_>) {
    let rehearsal = played.rehearsal;
    for (service, offering) in [
        (Service::Rds, shop::database(rehearsal, false).await),
        (Service::Rds, shop::database(rehearsal, true).await),
        (Service::ElastiCache, shop::cache(rehearsal).await),
        (Service::MemoryDb, shop::memory(rehearsal).await),
        (Service::OpenSearch, shop::search(rehearsal).await),
        (Service::RedshiftServerless, shop::units(rehearsal).await),
    ] {
        played.play(played.draft(service, Action::Buy, &offering, "3")).await;
    }
    let node = played.play(played.draft(Service::Redshift, Action::Buy, &shop::warehouse(rehearsal).await, "4")).await;
    let exchange = played.draft(Service::Redshift, Action::Exchange, &shop::successor(rehearsal, &node).await, "4");
    played.play(with(exchange, Details::Exchange { given: vec![text(&node)] })).await;
    insta::assert_snapshot!(played.taken(), @"
    rds buy (PurchaseReservedDBInstancesOffering): done, the id of what is new
      priced 0.198 an hour, 1734 at once
      paid 1734
      new: 3 | db.r5.large, mysql | StandardReservation | OneYear | Partial | running, named, like the step
      again: already, ReservedDBInstanceAlreadyExists
    rds buy (PurchaseReservedDBInstancesOffering): done, the id of what is new
      priced 0.396 an hour, 3468 at once
      paid 3468
      new: 3 | db.r5.large, mysql, multi-AZ | StandardReservation | OneYear | Partial | running, named, like the step
      again: already, ReservedDBInstanceAlreadyExists
    elasticache buy (PurchaseReservedCacheNodesOffering): done, the id of what is new
      priced 0.447 an hour, 0 at once
      paid 0
      new: 3 | cache.r7g.large, redis | StandardReservation | OneYear | Nothing | running, named, like the step
      again: already, ReservedCacheNodeAlreadyExists
    memorydb buy (PurchaseReservedNodesOffering): done, the id of what is new
      priced 0.6396 an hour, 0 at once
      paid 0
      new: 3 | db.r6g.large | StandardReservation | OneYear | Nothing | running, named, like the step
      again: already, ReservedNodeAlreadyExistsFault
    opensearch buy (PurchaseReservedInstanceOffering): done, the id of what is new
      priced 0.3456 an hour, 0 at once
      new: 3 | r6g.large.search | StandardReservation | OneYear | Nothing | running, named, like the step
      again: already, ResourceAlreadyExistsException
    redshift-serverless buy (CreateReservation): done, the id of what is new
      priced 0 an hour, 7489.8 at once
      paid 7489.8
      new: 3 | - | StandardReservation | OneYear | All | running, like the step
      again: done, the same id
    redshift buy (PurchaseReservedNodeOffering): done, the id of what is new
      priced 0.69 an hour, 0 at once
      paid 0
      new: 4 | dc1.large | StandardReservation | OneYear | Nothing | running, like the step
    redshift exchange (AcceptReservedNodeExchange): done, the id of what is new
      priced 0.69 an hour, 0 at once
      paid 0
      was running, is ended
      new: 4 | dc2.large | StandardReservation | OneYear | Nothing | running, like the step
      again: there is no price any more
    ");
}

/// What is sold on the marketplace has run for thirty days.
async fn marketplace(played: &mut Played<'_>) {
    let offering = shop::instances(played.rehearsal, "c5.large", OfferingClass::Standard, Scope::Region).await;
    let bought = played.play(played.draft(Service::Ec2, Action::Buy, &offering, "2")).await;
    played.rehearsal.advance(35 * 86_400);
    let prices = vec![Asked { months: 11, price: "20.5".parse().unwrap() }, Asked { months: 5, price: "10".parse().unwrap() }];
    let list = played.draft(Service::Ec2, Action::List, &bought, "2");
    let listing = played.play(with(list, Details::List { prices })).await;
    played.play(played.draft(Service::Ec2, Action::CancelListing, &listing, "2")).await;
    insta::assert_snapshot!(played.taken(), @"
    ec2 buy (PurchaseReservedInstancesOffering): done, the id of what is new
      priced 0.108 an hour, 0 at once
      new: 2 | c5.large, Linux/UNIX, default | StandardReservation | OneYear | Nothing | running, like the step
    ec2 list (CreateReservedInstancesListing): done, an id of its own
      again: done, the same id
      by its key: the same id
    ec2 cancel-listing (CancelReservedInstancesListing): done, its object
      again: done, the same id
    ");
}

/// Everything that a step can be, from its price to CloudTrail: what was sent, and what CloudTrail has of it.
pub(super) async fn play_all(rehearsal: &Rehearsal) -> (BTreeSet<(Service, Action)>, String) {
    let mut played = Played { rehearsal, lines: Vec::new(), steps: Vec::new() };
    savings_plans(&mut played).await;
    instances(&mut played).await;
    databases(&mut played).await;
    marketplace(&mut played).await;
    let sent = played.steps.iter().map(|(step, _)| (step.service, step.action)).collect();
    (sent, played.trails().await)
}

/// All that AWS has an operation for.
pub(super) fn every() -> BTreeSet<(Service, Action)> {
    let all = [
        Action::Buy,
        Action::Queue,
        Action::CancelQueued,
        Action::Return,
        Action::Modify,
        Action::Exchange,
        Action::List,
        Action::CancelListing,
        Action::RaiseQuota,
        Action::Instruct,
    ];
    let every = Service::ALL.into_iter().flat_map(|service| all.map(|action| (service, action)));
    every.filter(|(service, action)| service.operation(*action).is_some()).collect()
}

#[tokio::test]
async fn every_call_is_priced_sent_found_and_known_again() {
    let (sent, trails) = play_all(&Rehearsal::start().await).await;
    assert_eq!(sent, every());
    insta::assert_snapshot!(trails, @"
    savingsplans buy (CreateSavingsPlan): the same id, the same id
    savingsplans queue (CreateSavingsPlan): the same id, the same id
    savingsplans cancel-queued (DeleteQueuedSavingsPlan): no id, ValidationException
    savingsplans return (ReturnSavingsPlan): the same id, the same id
    savingsplans buy (CreateSavingsPlan): the same id, the same id
    savingsplans buy (CreateSavingsPlan): the same id, the same id
    ec2 buy (PurchaseReservedInstancesOffering): the same id
    ec2 buy (PurchaseReservedInstancesOffering): the same id
    ec2 queue (PurchaseReservedInstancesOffering): the same id
    ec2 cancel-queued (DeleteQueuedReservedInstances): the same id, reserved-instances-not-in-queued-state
    ec2 modify (ModifyReservedInstances): the same id, the same id
    ec2 buy (PurchaseReservedInstancesOffering): the same id
    ec2 exchange (AcceptReservedInstancesExchangeQuote): the same id
    rds buy (PurchaseReservedDBInstancesOffering): the same id, ReservedDBInstanceAlreadyExists
    rds buy (PurchaseReservedDBInstancesOffering): the same id, ReservedDBInstanceAlreadyExists
    elasticache buy (PurchaseReservedCacheNodesOffering): the same id, ReservedCacheNodeAlreadyExists
    memorydb buy (PurchaseReservedNodesOffering): the same id, ReservedNodeAlreadyExistsFault
    opensearch buy (PurchaseReservedInstanceOffering): the same id, ResourceAlreadyExistsException
    redshift-serverless buy (CreateReservation): the same id, the same id
    redshift buy (PurchaseReservedNodeOffering): the same id
    redshift exchange (AcceptReservedNodeExchange): the same id
    ec2 buy (PurchaseReservedInstancesOffering): the same id
    ec2 list (CreateReservedInstancesListing): the same id, the same id
    ec2 cancel-listing (CancelReservedInstancesListing): the same id, the same id
    ");
}
