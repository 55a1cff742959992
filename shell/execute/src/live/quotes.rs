//! What an exchange would be: AWS sets how many come of it, and what is due.

use super::amounts::{Amounts, currency};
use super::prices::{count, described, offering_of_instances};
use super::words::{payment, term};
use super::{fate, goods, unread};
use crate::aws::Unread;
use tenor_aws::client::Client;
use tenor_aws::reads::{ec2, redshift};
use tenor_ledger::Text;
use tenor_money::Money;
use tenor_order::{Details, Offering, Price, Service, Step};
use tenor_propose::proposal::Kind;

/// What all of an exchange costs: what is due is paid at once.
pub(super) async fn price(client: &Client, step: &Step) -> Result<Price, Unread> {
    match step.service {
        Service::Ec2 => instances(client, step).await,
        Service::Redshift => nodes(client, step).await,
        service => Err(unread(&format!("{service} exchanges nothing"))),
    }
}

/// The ids of what a step gives.
pub(super) fn given(step: &Step) -> Vec<String> {
    step.details.iter().flat_map(Details::given).map(|id| id.as_str().to_owned()).collect()
}

/// The one thing that a step gives, where no more can be given at once.
pub(super) fn only_given(step: &Step) -> Result<String, Unread> {
    match <[String; 1]>::try_from(given(step)) {
        Ok([only]) => Ok(only),
        Err(all) => {
            Err(unread(&format!("{} exchanges one reservation at a time, and step {} gives {}", step.service, step.number, all.len())))
        }
    }
}

/// The quote may be for more or fewer than the order says: AWS sets the number.
fn check_count(step: &Step, quoted: Option<u32>) -> Result<(), Unread> {
    let ordered = count(step)?;
    match quoted {
        Some(quoted) if quoted == ordered => Ok(()),
        Some(quoted) => Err(unread(&format!("AWS would give {quoted} for what is given, and step {} says {ordered}", step.number))),
        None => Err(unread("AWS says not how many it would give")),
    }
}

async fn instances(client: &Client, step: &Step) -> Result<Price, Unread> {
    let quote = ec2::exchange_quote(client, &given(step), step.object.as_str()).await;
    let quote = quote.map_err(|error| fate::unread_offering(step.object.as_str(), &error))?;
    if !quote.is_valid {
        let why = quote.reason.unwrap_or_else(|| "AWS says not why".to_owned());
        return Err(unread(&format!("the exchange cannot be made: {why}")));
    }
    let of_this = quote.targets.iter().find(|target| target.offering == step.object.as_str());
    check_count(step, of_this.and_then(|target| target.count))?;
    let (Some(due), Some(got)) = (quote.due, &quote.got) else { return Err(unread("the quote of the exchange says not what it costs")) };
    let sold = offering_of_instances(client, step).await?;
    let currency = currency(client, quote.currency.as_deref());
    Ok(Price { offering: described(&sold, step)?, currency, hourly: Money::from_units(got.hourly.units()), upfront: due })
}

async fn nodes(client: &Client, step: &Step) -> Result<Price, Unread> {
    let node = only_given(step)?;
    let held = redshift::reserved_nodes(client).await.map_err(|error| fate::unread(&error))?;
    let source = held.iter().find(|held| held.id == node).ok_or_else(|| unread(&format!("{node} is not among the reserved nodes")))?;
    // All of a reservation is exchanged, so as many are got as are given.
    check_count(step, Some(source.count))?;
    let found = redshift::exchange_offerings(client, &node).await.map_err(|error| fate::unread(&error))?;
    let sold = found.into_iter().find(|sold| sold.id == step.object.as_str());
    let sold = sold.ok_or_else(|| unread(&format!("{node} cannot be exchanged for the offering {}", step.object)))?;
    let (Some(term), Some(payment)) = (term(sold.seconds), payment(&sold.payment)) else {
        return Err(unread(&format!("the offering {} has a term or a payment that is not known", sold.id)));
    };
    let Amounts { hourly, upfront } = Amounts::of(count(step)?, sold.upfront, &sold.recurring, sold.usage)?;
    let goods: Text = goods::of_nodes(&sold.node_type, "");
    let offering = Offering { goods, region: step.region.clone(), kind: Kind::StandardReservation, term, payment };
    Ok(Price { offering, currency: currency(client, sold.currency.as_deref()), hourly, upfront })
}
