//! What an offering is and costs now. Only AWS's own are priced: what strangers sell is refused.

use super::amounts::{Amounts, currency};
use super::words::{kind_of_class, kind_of_plan, payment, term};
use super::{fate, goods, unread};
use crate::aws::{NoPrice, Unread};
use tenor_aws::answer::PaymentOption;
use tenor_aws::client::Client;
use tenor_aws::reads::reserved::Recurring;
use tenor_aws::reads::{ec2, elasticache, memorydb, opensearch, plans, rds, redshift, serverless};
use tenor_order::{Offering, Price, Service, Step};
use tenor_propose::proposal::{Kind, Term, Upfront};

/// The price of all that a step buys or queues.
pub(super) async fn price(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    if !step.action.commits() {
        return Err(unread(&format!("step {} is to {}, which has no price", step.number, step.action)).into());
    }
    match step.service {
        Service::SavingsPlans => plan(client, step).await,
        Service::Ec2 => instances(client, step).await,
        Service::RedshiftServerless => units(client, step).await,
        _ => nodes(client, step).await,
    }
}

/// How many a step is of.
pub(super) fn count(step: &Step) -> Result<u32, Unread> {
    step.count().ok_or_else(|| unread(&format!("`{}` is no number of reservations", step.quantity)))
}

/// A term that is sold, and a payment that is known.
fn terms(seconds: i64, option: &PaymentOption) -> Result<(Term, Upfront), Unread> {
    let term = term(seconds).ok_or_else(|| unread(&format!("the offering is for {seconds} s, which is neither one year nor three")))?;
    let payment = payment(option).ok_or_else(|| unread(&format!("the offering is paid `{option}`, which this Tenor does not know")))?;
    Ok((term, payment))
}

/// Whether a service answers a list without an offering where there is none: Savings Plans do, and EC2 where what is asked for besides its id does not
/// fit. The others have a code for it.
pub(super) fn may_list_nothing(service: Service) -> bool {
    matches!(service, Service::SavingsPlans | Service::Ec2)
}

/// The only one that has the step's id. What AWS answers besides was not asked for.
fn only<T>(step: &Step, found: Vec<T>, id_of: impl Fn(&T) -> &str) -> Result<T, NoPrice> {
    let id = step.object.as_str();
    match found.into_iter().find(|offering| id_of(offering) == id) {
        Some(offering) => Ok(offering),
        None if may_list_nothing(step.service) => Err(fate::no_offering(id)),
        None => Err(unread(&format!("AWS lists no offering {id}, and does not say that there is none")).into()),
    }
}

async fn plan(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    let which = plans::WhichOfferings { ids: vec![step.object.as_str().to_owned()], ..plans::WhichOfferings::default() };
    let found =
        plans::offerings(client, &which).await.map_err(|error| fate::unread_offering(step.service, step.object.as_str(), &error))?;
    let sold = only(step, found, |sold| &sold.id)?;
    let property = |name: &str| sold.properties.iter().find(|property| property.name == name).map(|property| property.value.as_str());
    let kind = kind_of_plan(&sold.kind).ok_or_else(|| unread(&format!("the offering is of a plan `{}`, which is not known", sold.kind)))?;
    let (term, payment) = terms(sold.seconds, &sold.payment)?;
    let region = property("region").filter(|_| kind == Kind::Ec2InstancePlan).map(str::parse);
    let region = region.transpose().map_err(|_| unread("the offering is in what is no Region"))?;
    let commitment = step.commitment().ok_or_else(|| unread(&format!("`{}` is no commitment by the hour", step.quantity)))?;
    let Amounts { hourly, upfront } = Amounts::of_plan(commitment, term, payment);
    let goods = goods::of_plan(property("instanceFamily").filter(|_| kind == Kind::Ec2InstancePlan));
    let currency = currency(client, Some(&sold.currency));
    Ok(Price { offering: Offering { goods, region, kind, term, payment }, currency, hourly, upfront })
}

/// EC2's own offering that has this id.
pub(super) async fn offering_of_instances(client: &Client, step: &Step) -> Result<ec2::Offering, NoPrice> {
    let which = ec2::WhichOfferings {
        ids: vec![step.object.as_str().to_owned()],
        // AWS shows others only to who asks for them.
        tenancy: goods::tenancy(&step.goods),
        with_resold: true,
        ..ec2::WhichOfferings::default()
    };
    let found = ec2::offerings(client, &which).await.map_err(|error| fate::unread_offering(step.service, step.object.as_str(), &error))?;
    let sold = only(step, found, |sold| &sold.id)?;
    if sold.is_resold {
        return Err(
            unread(&format!("the offering {} is a stranger's, of the marketplace, and Tenor buys of AWS alone", step.object)).into()
        );
    }
    Ok(sold)
}

/// What an offering of EC2's is, in the step's Region.
pub(super) fn described(sold: &ec2::Offering, step: &Step) -> Result<Offering, Unread> {
    let (term, payment) = terms(sold.seconds, &sold.payment)?;
    let zone = goods::zone(sold.scope.as_ref(), sold.zone.as_deref(), sold.zone_id.as_deref());
    Ok(Offering {
        goods: goods::of_instances(&sold.instance_type, &sold.product, &sold.tenancy, zone),
        region: step.region.clone(),
        kind: kind_of_class(sold.class.as_ref()).ok_or_else(|| unread("the offering is of a class that is not known"))?,
        term,
        payment,
    })
}

async fn instances(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    let sold = offering_of_instances(client, step).await?;
    let offering = described(&sold, step)?;
    let recurring: Vec<Recurring> = sold.recurring.into_iter().map(Recurring::from).collect();
    let Amounts { hourly, upfront } = Amounts::of(count(step)?, sold.upfront, &recurring, sold.usage)?;
    Ok(Price { offering, currency: currency(client, sold.currency.as_deref()), hourly, upfront })
}

/// What nodes of all services say in the same words.
macro_rules! node_price {
    ($client:ident, $step:ident, $offerings:expr, $sold:ident => goods: $goods:expr, usage: $usage:expr, currency: $currency:expr) => {{
        let found = $offerings.await.map_err(|error| fate::unread_offering($step.service, $step.object.as_str(), &error))?;
        let $sold = only($step, found, |sold| &sold.id)?;
        let (term, payment) = terms($sold.seconds, &$sold.payment)?;
        let Amounts { hourly, upfront } = Amounts::of(count($step)?, $sold.upfront, &$sold.recurring, $usage)?;
        let offering = Offering { goods: $goods, region: $step.region.clone(), kind: Kind::StandardReservation, term, payment };
        Ok(Price { offering, currency: currency($client, $currency), hourly, upfront })
    }};
}

async fn nodes(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    let id = Some(step.object.as_str());
    match step.service {
        Service::Rds => node_price!(client, step, rds::offerings(client, id), sold =>
            goods: goods::of_databases(&sold.class, &sold.product, sold.is_multi_az),
            usage: sold.usage, currency: sold.currency.as_deref()),
        Service::ElastiCache => node_price!(client, step, elasticache::offerings(client, id), sold =>
            goods: goods::of_nodes(&sold.node_type, &sold.product),
            usage: sold.usage, currency: None),
        Service::MemoryDb => node_price!(client, step, memorydb::offerings(client, id), sold =>
            goods: goods::of_nodes(&sold.node_type, ""),
            usage: None, currency: None),
        Service::OpenSearch => node_price!(client, step, opensearch::offerings(client, id), sold =>
            goods: goods::of_nodes(&sold.instance_type, ""),
            usage: sold.usage, currency: sold.currency.as_deref()),
        Service::Redshift => node_price!(client, step, redshift::offerings(client, id), sold =>
            goods: goods::of_nodes(&sold.node_type, ""),
            usage: sold.usage, currency: sold.currency.as_deref()),
        _ => Err(unread(&format!("{} has no offerings that AWS lists", step.service)).into()),
    }
}

async fn units(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    let id = step.object.as_str();
    let sold = serverless::offering(client, id).await.map_err(|error| fate::unread_offering(step.service, id, &error))?;
    let sold = only(step, vec![sold], |sold| &sold.id)?;
    let (term, payment) = terms(sold.seconds, &sold.payment)?;
    let Amounts { hourly, upfront } = Amounts::of(count(step)?, sold.upfront, &[], Some(sold.hourly))?;
    let offering = Offering { goods: goods::of_nodes("", ""), region: step.region.clone(), kind: Kind::StandardReservation, term, payment };
    Ok(Price { offering, currency: currency(client, sold.currency.as_deref()), hourly, upfront })
}
