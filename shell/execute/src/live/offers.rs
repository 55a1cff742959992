//! AWS's own offering of what a proposal wants, found by what it is.

use super::words::{option, seconds};
use super::{LiveAws, fate, quotes, unread};
use crate::aws::{Aws as _, Place, Unread};
use crate::change::Sought;
use crate::make::{Offers, Wanted};
use async_trait::async_trait;
use tenor_aws::answer::{PaymentOption, Tenancy};
use tenor_aws::client::Client;
use tenor_aws::reads::{ec2, elasticache, memorydb, opensearch, plans, rds, redshift};
use tenor_cover::operation_of_platform;
use tenor_ledger::Text;
use tenor_money::Money;
use tenor_order::{Action, Price, Service, Step, cache_code, operation_of_database};
use tenor_propose::proposal::Kind;

#[async_trait]
impl Offers for LiveAws {
    async fn find(&self, wanted: &Wanted) -> Result<(Text, Price), Unread> {
        let region = wanted.region.as_ref().filter(|_| wanted.service != Service::SavingsPlans);
        let client = self.client(&wanted.account, region)?;
        let mut found = match wanted.service {
            Service::SavingsPlans => of_plans(&client, wanted).await?,
            Service::Ec2 => of_instances(&client, wanted).await?,
            _ => of_nodes(&client, wanted).await?,
        };
        // Of several alike the first by name, so that the same is found again.
        found.sort();
        let Some(id) = found.first() else {
            return Err(unread(&format!("AWS sells no {} of {} {} now", wanted.kind.as_str(), wanted.instance_type, wanted.operation)));
        };
        let step = wanted.step(id);
        let price = self.price(&step).await?;
        Ok((step.object, price))
    }

    async fn exchanged(&self, place: &Place, given: &[Text], sought: &Sought) -> Result<Result<(Text, u32), Text>, Unread> {
        quotes::exchanged(&self.client(&place.account, place.region.as_ref())?, place, given, sought).await
    }

    async fn listed(&self, place: &Place, listing: &Text) -> Result<Option<u32>, Unread> {
        let client = self.client(&place.account, place.region.as_ref())?;
        let listings = ec2::listings(&client).await.map_err(|error| fate::unread(&error))?;
        let is_open = |found: &&ec2::Listing| matches!(found.status, ec2::ListingStatus::Active | ec2::ListingStatus::Pending);
        let found = listings.iter().filter(is_open).find(|found| found.id == listing.as_str());
        // What is neither sold nor taken back already.
        let offered = |found: &ec2::Listing| {
            found.counts.iter().filter(|lot| matches!(lot.state.as_str(), "available" | "pending")).map(|lot| lot.count).sum()
        };
        Ok(found.map(offered))
    }
}

impl Wanted {
    /// A step that buys an offering, as far as its price has to be known.
    fn step(&self, offering: &str) -> Step {
        Step {
            number: 1,
            action: Action::Buy,
            service: self.service,
            account: self.account.clone(),
            region: self.region.clone(),
            kind: Some(self.kind),
            term: Some(self.term),
            payment: Some(self.payment),
            goods: Text::fitted("-"),
            object: Text::fitted(offering),
            quantity: self.quantity.clone(),
            starts: None,
            deadline: None,
            ceiling_hourly: Money::ZERO,
            ceiling_upfront: Money::ZERO,
            obligation: Money::ZERO,
            details: None,
        }
    }
}

async fn of_plans(client: &Client, wanted: &Wanted) -> Result<Vec<String>, Unread> {
    let kind = match wanted.kind {
        Kind::ComputePlan => plans::PlanType::Compute,
        Kind::Ec2InstancePlan => plans::PlanType::Ec2Instance,
        Kind::SagemakerPlan => plans::PlanType::SageMaker,
        Kind::DatabasePlan => plans::PlanType::Database,
        Kind::StandardReservation | Kind::ConvertibleReservation => return Err(unread("a reservation is no plan")),
    };
    let which = plans::WhichOfferings {
        ids: Vec::new(),
        kinds: vec![kind],
        payments: vec![option(wanted.payment)],
        seconds: vec![seconds(wanted.term)],
    };
    let all = plans::offerings(client, &which).await.map_err(|error| fate::unread(&error))?;
    let is = |sold: &plans::Offering, name: &str, value: &str| {
        sold.properties.iter().any(|property| property.name == name && property.value == value)
    };
    let fits = |sold: &plans::Offering| {
        let region = wanted.region.as_ref().map_or("", |region| region.as_str());
        wanted.kind != Kind::Ec2InstancePlan || (is(sold, "instanceFamily", &wanted.instance_type) && is(sold, "region", region))
    };
    Ok(all.into_iter().filter(fits).map(|sold| sold.id).collect())
}

async fn of_instances(client: &Client, wanted: &Wanted) -> Result<Vec<String>, Unread> {
    let tenancy = if wanted.usage_type.contains("Dedicated") { Tenancy::Dedicated } else { Tenancy::Default };
    let class = if wanted.kind == Kind::ConvertibleReservation { ec2::OfferingClass::Convertible } else { ec2::OfferingClass::Standard };
    let which = ec2::WhichOfferings {
        instance_type: Some(wanted.instance_type.clone()),
        class: Some(class),
        payment: Some(option(wanted.payment)),
        tenancy: Some(tenancy),
        seconds: Some((seconds(wanted.term), seconds(wanted.term))),
        ..ec2::WhichOfferings::default()
    };
    let all = ec2::offerings(client, &which).await.map_err(|error| fate::unread(&error))?;
    let fits = |sold: &ec2::Offering| {
        !sold.is_resold && sold.scope == Some(ec2::Scope::Region) && operation_of_platform(&sold.product) == Some(wanted.operation.as_str())
    };
    Ok(all.into_iter().filter(fits).map(|sold| sold.id).collect())
}

async fn of_nodes(client: &Client, wanted: &Wanted) -> Result<Vec<String>, Unread> {
    macro_rules! all {
        ($offerings:expr, $fits:expr) => {{
            let all = $offerings.await.map_err(|error| fate::unread(&error))?;
            let fits = $fits;
            let is_term = |sold: i64, payment: &PaymentOption| sold == seconds(wanted.term) && *payment == option(wanted.payment);
            all.into_iter().filter(|sold| is_term(sold.seconds, &sold.payment) && fits(sold)).map(|sold| sold.id).collect()
        }};
    }
    let of_type = |name: &str| name == wanted.instance_type;
    Ok(match wanted.service {
        Service::Rds => all!(rds::offerings(client, None), |sold: &rds::Offering| {
            let is_multi_az = wanted.usage_type.contains("Multi-AZ");
            of_type(&sold.class)
                && sold.is_multi_az == is_multi_az
                && operation_of_database(&sold.product).as_deref() == Some(wanted.operation.as_str())
        }),
        Service::ElastiCache => all!(elasticache::offerings(client, None), |sold: &elasticache::Offering| {
            of_type(&sold.node_type) && cache_code(&sold.product).is_some_and(|code| wanted.operation.ends_with(code))
        }),
        Service::MemoryDb => all!(memorydb::offerings(client, None), |sold: &memorydb::Offering| of_type(&sold.node_type)),
        Service::OpenSearch => all!(opensearch::offerings(client, None), |sold: &opensearch::Offering| of_type(&sold.instance_type)),
        Service::Redshift => all!(redshift::offerings(client, None), |sold: &redshift::Offering| of_type(&sold.node_type)),
        other => return Err(unread(&format!("no offering of {other} can be found by what it is"))),
    })
}
