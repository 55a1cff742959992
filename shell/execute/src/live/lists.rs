//! What is held in a place, in every state, as the service itself lists it.

use super::goods;
use super::words::{kind_of_class, kind_of_plan, payment, standing, standing_of_plan, term};
use super::{fate, unread};
use crate::aws::Unread;
use crate::held::Held;
use jiff::{SignedDuration, Timestamp};
use tenor_aws::answer::Tags;
use tenor_aws::client::Client;
use tenor_aws::reads::{ec2, elasticache, memorydb, opensearch, plans, rds, redshift, serverless};
use tenor_ledger::{Moment, Text};
use tenor_order::Service;
use tenor_propose::proposal::Kind;

/// All of it, or why not.
pub(super) async fn held(client: &Client, service: Service) -> Result<Vec<Held>, Unread> {
    let read = match service {
        Service::SavingsPlans => plans::plans(client).await.map(|all| all.into_iter().map(plan).collect()),
        Service::Ec2 => ec2::reserved_instances(client).await.map(|all| all.into_iter().map(instances).collect()),
        Service::Rds => rds::reserved_instances(client).await.map(|all| all.into_iter().map(databases).collect()),
        Service::ElastiCache => elasticache::reserved_nodes(client).await.map(|all| all.into_iter().map(cache_nodes).collect()),
        Service::MemoryDb => memorydb::reserved_nodes(client).await.map(|all| all.into_iter().map(memory_nodes).collect()),
        Service::OpenSearch => opensearch::reserved_instances(client).await.map(|all| all.into_iter().map(search_instances).collect()),
        Service::Redshift => redshift::reserved_nodes(client).await.map(|all| all.into_iter().map(warehouse_nodes).collect()),
        Service::RedshiftServerless => serverless::reservations(client).await.map(|all| all.into_iter().map(units).collect()),
        Service::DynamoDb => return Err(unread("AWS has no operation that lists reserved capacity of dynamodb: look in its console")),
    };
    let mut all: Vec<Held> = read.map_err(|error| fate::unread(&error))?;
    if service != Service::SavingsPlans {
        let region = client.place().region.parse().ok();
        all.iter_mut().for_each(|one| one.region.clone_from(&region));
    }
    // AWS promises no order, and what is the same has to look the same.
    all.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(all)
}

/// What nodes of all services say in the same words.
macro_rules! nodes {
    ($held:ident, count: $count:expr, name: $name:expr, goods: $goods:expr) => {
        Held {
            goods: $goods,
            name: $name,
            region: None,
            kind: Some(Kind::StandardReservation),
            term: term($held.seconds),
            payment: payment(&$held.payment),
            quantity: Text::fitted(&$count.to_string()),
            standing: standing(&$held.state),
            start: Some(Moment($held.start)),
            end: end_of($held.start, $held.seconds),
            returnable_until: None,
            id: Text::fitted(&$held.id),
        }
    };
}

/// By what a plan of ours is known: the order and step that bought it, as its tags say.
fn mark(tags: &Tags) -> Option<Text> {
    let tag = |name: &str| tags.0.get(&format!("tenor:{name}"));
    Some(Text::fitted(&format!("{}/{}", tag("order")?, tag("step")?)))
}

fn plan(plan: plans::Plan) -> Held {
    Held {
        id: Text::fitted(&plan.id),
        name: mark(&plan.tags),
        region: plan
            .region
            .as_deref()
            .filter(|_| kind_of_plan(&plan.kind) == Some(Kind::Ec2InstancePlan))
            .and_then(|region| region.parse().ok()),
        goods: goods::of_plan(plan.family.as_deref()),
        kind: kind_of_plan(&plan.kind),
        term: term(plan.seconds),
        payment: payment(&plan.payment),
        quantity: Text::fitted(&plan.commitment.to_string()),
        standing: standing_of_plan(&plan.state),
        start: Some(Moment(plan.start)),
        // Of a returned plan AWS does not say when it was.
        end: Some(Moment(plan.end)).filter(|_| plan.state != plans::PlanState::Returned),
        // AWS says its start of one that cannot be returned.
        returnable_until: plan.returnable_until.filter(|until| *until > plan.start).map(Moment),
    }
}

fn instances(held: ec2::ReservedInstances) -> Held {
    let zone = goods::zone(held.scope.as_ref(), held.zone.as_deref(), held.zone_id.as_deref());
    Held {
        id: Text::fitted(&held.id),
        name: None,
        region: None,
        goods: goods::of_instances(&held.instance_type, &held.product, &held.tenancy, zone),
        kind: kind_of_class(held.class.as_ref()),
        term: term(held.seconds),
        payment: payment(&held.payment),
        quantity: Text::fitted(&held.count.to_string()),
        standing: standing(&held.state),
        start: held.start.map(Moment),
        end: held.end.map(Moment).or_else(|| end_of(held.start?, held.seconds)),
        returnable_until: None,
    }
}

fn databases(held: rds::ReservedInstances) -> Held {
    let goods = goods::of_databases(&held.class, &held.product, held.is_multi_az);
    nodes!(held, count: held.count, name: Some(Text::fitted(&held.id)), goods: goods)
}

fn cache_nodes(held: elasticache::ReservedNodes) -> Held {
    nodes!(held, count: held.count, name: Some(Text::fitted(&held.id)), goods: goods::of_nodes(&held.node_type, &held.product))
}

fn memory_nodes(held: memorydb::ReservedNodes) -> Held {
    nodes!(held, count: held.count, name: Some(Text::fitted(&held.id)), goods: goods::of_nodes(&held.node_type, ""))
}

fn search_instances(held: opensearch::ReservedInstances) -> Held {
    nodes!(held, count: held.count, name: Some(Text::fitted(&held.name)), goods: goods::of_nodes(&held.instance_type, ""))
}

fn warehouse_nodes(held: redshift::ReservedNodes) -> Held {
    nodes!(held, count: held.count, name: None, goods: goods::of_nodes(&held.node_type, ""))
}

fn units(held: serverless::Reservation) -> Held {
    Held {
        id: Text::fitted(&held.id),
        name: None,
        region: None,
        goods: goods::of_nodes("", ""),
        kind: Some(Kind::StandardReservation),
        term: term(held.offering.seconds),
        payment: payment(&held.offering.payment),
        quantity: Text::fitted(&held.capacity.to_string()),
        standing: standing(&held.state),
        start: Some(Moment(held.start)),
        end: Some(Moment(held.end)),
        returnable_until: None,
    }
}

fn end_of(start: Timestamp, seconds: i64) -> Option<Moment> {
    start.checked_add(SignedDuration::from_secs(seconds)).ok().map(Moment)
}
