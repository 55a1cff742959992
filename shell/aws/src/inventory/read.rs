//! From each service's own list to what is held.

use super::Service;
use super::holding::{Holding, Standing, What, end_of, upfront_of};
use crate::answer::{AnswerError, Arn, Tenancy};
use crate::client::Client;
use crate::reads::reserved::{Recurring, hourly};
use crate::reads::{ec2, elasticache, memorydb, opensearch, plans, rds, redshift, serverless};
use tenor_bill::AccountId;
use tenor_money::UnitPrice;

/// Where and whose.
struct Place<'c> {
    client: &'c Client,
    owner: &'c AccountId,
    service: Service,
}

pub(super) async fn held(client: &Client, owner: &AccountId, service: Service) -> Result<Vec<Holding>, AnswerError> {
    let at = Place { client, owner, service };
    Ok(match service {
        Service::SavingsPlans => plans::plans(client).await?.into_iter().map(|plan| at.plan(plan)).collect(),
        Service::Ec2 => ec2::reserved_instances(client).await?.into_iter().map(|held| at.ec2(held)).collect(),
        Service::Rds => rds::reserved_instances(client).await?.into_iter().map(|held| at.rds(held)).collect(),
        Service::ElastiCache => elasticache::reserved_nodes(client).await?.into_iter().map(|held| at.elasticache(held)).collect(),
        Service::MemoryDb => memorydb::reserved_nodes(client).await?.into_iter().map(|held| at.memorydb(held)).collect(),
        Service::OpenSearch => opensearch::reserved_instances(client).await?.into_iter().map(|held| at.opensearch(held)).collect(),
        Service::Redshift => redshift::reserved_nodes(client).await?.into_iter().map(|held| at.redshift(held)).collect(),
        Service::RedshiftServerless => serverless::reservations(client).await?.into_iter().map(|held| at.serverless(held)).collect(),
    })
}

/// What one reservation is, of a service that has no zones, tenancies or classes.
fn reservation(instance_type: String, product: String, count: u32, recurring: &[Recurring], usage: Option<UnitPrice>) -> What {
    What::Reservation {
        instance_type,
        product,
        zone: None,
        tenancy: Tenancy::Default,
        class: None,
        is_multi_az: false,
        count,
        hourly: hourly(recurring, usage),
    }
}

/// A holding of what most services say in the same words: id, state, start, length, payment, fee and count.
macro_rules! listed {
    ($at:expr, $held:ident, arn: $arn:expr, currency: $currency:expr, $what:expr) => {
        Holding {
            service: $at.service,
            region: $at.region(),
            owner: $at.owner.clone(),
            arn: $arn,
            standing: Standing::from(&$held.state),
            start: Some($held.start),
            end: end_of($held.start, $held.seconds),
            seconds: $held.seconds,
            payment: $held.payment,
            upfront: upfront_of($held.upfront, $held.count),
            currency: $currency,
            what: $what,
            id: $held.id,
        }
    };
}

impl Place<'_> {
    fn region(&self) -> Option<String> {
        Some(self.client.place().region.clone())
    }

    fn plan(&self, plan: plans::Plan) -> Holding {
        Holding {
            service: self.service,
            region: plan.region,
            owner: self.owner.clone(),
            id: plan.id,
            arn: Some(plan.arn),
            standing: Standing::from(&plan.state),
            start: Some(plan.start),
            // Of a returned plan AWS does not say when it was.
            end: Some(plan.end).filter(|_| plan.state != plans::PlanState::Returned),
            seconds: plan.seconds,
            payment: plan.payment,
            upfront: plan.upfront.unwrap_or_default(),
            currency: Some(plan.currency),
            what: What::Plan {
                kind: plan.kind,
                family: plan.family,
                commitment: plan.commitment,
                recurring: plan.recurring.unwrap_or_default(),
                returnable_until: plan.returnable_until,
            },
        }
    }

    fn ec2(&self, held: ec2::ReservedInstances) -> Holding {
        let recurring: Vec<Recurring> = held.recurring.into_iter().map(Recurring::from).collect();
        let place = self.client.place();
        // EC2 does not say it; its form is that of the service authorization reference.
        let arn = format!("arn:{}:ec2:{}:{}:reserved-instances/{}", place.partition(), place.region, self.owner, held.id);
        Holding {
            service: self.service,
            region: self.region(),
            owner: self.owner.clone(),
            arn: Some(Arn(arn)),
            standing: Standing::from(&held.state),
            end: held.end.or_else(|| end_of(held.start?, held.seconds)),
            start: held.start,
            seconds: held.seconds,
            payment: held.payment,
            upfront: upfront_of(held.upfront, held.count),
            currency: held.currency,
            what: What::Reservation {
                instance_type: held.instance_type,
                product: held.product,
                zone: held.zone.or(held.zone_id).filter(|_| held.scope != Some(ec2::Scope::Region)),
                tenancy: held.tenancy,
                class: held.class,
                is_multi_az: false,
                count: held.count,
                hourly: hourly(&recurring, held.usage),
            },
            id: held.id,
        }
    }

    fn rds(&self, held: rds::ReservedInstances) -> Holding {
        let mut what = reservation(held.class, held.product, held.count, &held.recurring, held.usage);
        if let What::Reservation { is_multi_az, .. } = &mut what {
            *is_multi_az = held.is_multi_az;
        }
        listed!(self, held, arn: held.arn, currency: held.currency, what)
    }

    fn elasticache(&self, held: elasticache::ReservedNodes) -> Holding {
        listed!(self, held, arn: held.arn, currency: None, reservation(held.node_type, held.product, held.count, &held.recurring, held.usage))
    }

    fn memorydb(&self, held: memorydb::ReservedNodes) -> Holding {
        listed!(self, held, arn: held.arn, currency: None, reservation(held.node_type, String::new(), held.count, &held.recurring, None))
    }

    fn opensearch(&self, held: opensearch::ReservedInstances) -> Holding {
        listed!(self, held, arn: None, currency: held.currency, reservation(held.instance_type, String::new(), held.count, &held.recurring, held.usage))
    }

    fn redshift(&self, held: redshift::ReservedNodes) -> Holding {
        listed!(self, held, arn: None, currency: held.currency, reservation(held.node_type, String::new(), held.count, &held.recurring, held.usage))
    }

    fn serverless(&self, held: serverless::Reservation) -> Holding {
        Holding {
            service: self.service,
            region: self.region(),
            owner: self.owner.clone(),
            id: held.id,
            arn: held.arn,
            standing: Standing::from(&held.state),
            start: Some(held.start),
            end: Some(held.end),
            seconds: held.offering.seconds,
            payment: held.offering.payment,
            upfront: upfront_of(held.offering.upfront, held.capacity),
            currency: held.offering.currency,
            what: reservation(String::new(), String::new(), held.capacity, &[], Some(held.offering.hourly)),
        }
    }
}
