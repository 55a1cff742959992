//! What an exchange would be: AWS sets how many come of it, and what is due.

use super::amounts::{Amounts, currency};
use super::prices::{count, described, offering_of_instances};
use super::words::{option, payment, seconds, term};
use super::{fate, goods, unread};
use crate::aws::{NoPrice, Place, Unread};
use crate::change::Sought;
use tenor_aws::client::Client;
use tenor_aws::reads::{ec2, redshift};
use tenor_ledger::Text;
use tenor_money::Money;
use tenor_order::{Details, Offering, Price, Service, Step};
use tenor_propose::proposal::Kind;

/// What all of an exchange costs: what is due is paid at once.
pub(super) async fn price(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    match step.service {
        Service::Ec2 => instances(client, step).await,
        Service::Redshift => nodes(client, step).await,
        service => Err(unread(&format!("{service} exchanges nothing")).into()),
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

/// The offering for which AWS would exchange what is given, and how many of it; or why it would not.
pub(super) async fn exchanged(
    client: &Client,
    place: &Place,
    given: &[Text],
    sought: &Sought,
) -> Result<Result<(Text, u32), Text>, Unread> {
    match place.service {
        Service::Ec2 => for_instances(client, given, sought).await,
        Service::Redshift => for_nodes(client, given, sought).await,
        service => Ok(Err(Text::fitted(&format!("{service} exchanges nothing")))),
    }
}

async fn for_instances(client: &Client, given: &[Text], sought: &Sought) -> Result<Result<(Text, u32), Text>, Unread> {
    let no = |why: &str| Ok(Err(Text::fitted(why)));
    let held = ec2::reserved_instances(client).await.map_err(|error| fate::unread(&error))?;
    let Some(first) = given.first().and_then(|id| held.iter().find(|held| held.id == id.as_str())) else {
        return no("what is given is not held");
    };
    let (Some(term), Some(payment)) = (sought.term, sought.payment) else {
        return no("what is given was modified or exchanged before, and has no term that is sold: say the new term and payment");
    };
    let platform = sought.platform.as_deref().unwrap_or(&first.product);
    let which = ec2::WhichOfferings {
        instance_type: Some(sought.instance_type.clone()),
        class: Some(ec2::OfferingClass::Convertible),
        payment: Some(option(payment)),
        tenancy: Some(first.tenancy.clone()),
        seconds: Some((seconds(term), seconds(term))),
        ..ec2::WhichOfferings::default()
    };
    let all = ec2::offerings(client, &which).await.map_err(|error| fate::unread(&error))?;
    let same_platform = |product: &str| product.trim_end_matches(goods::VPC) == platform.trim_end_matches(goods::VPC);
    let fits = |sold: &ec2::Offering| !sold.is_resold && sold.scope == Some(ec2::Scope::Region) && same_platform(&sold.product);
    // Of several alike the first by name, so that the same is found again.
    let Some(offering) = all.into_iter().filter(fits).map(|sold| sold.id).min() else {
        return no(&format!("AWS sells no convertible {} for {platform} now", sought.instance_type));
    };
    let given: Vec<String> = given.iter().map(ToString::to_string).collect();
    let quote =
        ec2::exchange_quote(client, &given, &offering).await.map_err(|error| fate::unread_offering(Service::Ec2, &offering, &error))?;
    if let Err(Unread(why)) = check_valid(&quote) {
        return Ok(Err(why));
    }
    match quote.targets.iter().find(|target| target.offering == offering).and_then(|target| target.count) {
        Some(count) => Ok(Ok((Text::fitted(&offering), count))),
        None => Err(unread("AWS says not how many it would give")),
    }
}

async fn for_nodes(client: &Client, given: &[Text], sought: &Sought) -> Result<Result<(Text, u32), Text>, Unread> {
    let no = |why: &str| Ok(Err(Text::fitted(why)));
    let [node] = given else { return no("redshift exchanges one reservation at a time") };
    let held = redshift::reserved_nodes(client).await.map_err(|error| fate::unread(&error))?;
    let Some(source) = held.iter().find(|held| held.id == node.as_str()) else { return no(&format!("{node} is not held")) };
    let found = redshift::exchange_offerings(client, node.as_str()).await.map_err(|error| fate::unread(&error))?;
    let fits = |sold: &redshift::Offering| {
        sold.node_type == sought.instance_type
            && sought.term.is_none_or(|wanted| term(sold.seconds) == Some(wanted))
            && sought.payment.is_none_or(|wanted| payment(&sold.payment) == Some(wanted))
    };
    match found.into_iter().filter(fits).map(|sold| sold.id).min() {
        Some(offering) => Ok(Ok((Text::fitted(&offering), source.count))),
        None => no(&format!("AWS exchanges {node} for no {} of that term and payment", sought.instance_type)),
    }
}

fn check_valid(quote: &ec2::ExchangeQuote) -> Result<(), Unread> {
    if quote.is_valid {
        return Ok(());
    }
    let why = quote.reason.as_deref().unwrap_or("AWS says not why");
    Err(unread(&format!("the exchange cannot be made: {why}")))
}

async fn instances(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    let quote = ec2::exchange_quote(client, &given(step), step.object.as_str()).await;
    let quote = quote.map_err(|error| fate::unread_offering(step.service, step.object.as_str(), &error))?;
    check_valid(&quote)?;
    let of_this = quote.targets.iter().find(|target| target.offering == step.object.as_str());
    check_count(step, of_this.and_then(|target| target.count))?;
    let (Some(due), Some(got)) = (quote.due, &quote.got) else {
        return Err(unread("the quote of the exchange says not what it costs").into());
    };
    let sold = offering_of_instances(client, step).await?;
    let currency = currency(client, quote.currency.as_deref());
    Ok(Price { offering: described(&sold, step)?, currency, hourly: Money::from_units(got.hourly.units()), upfront: due })
}

async fn nodes(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    let node = only_given(step)?;
    let held = redshift::reserved_nodes(client).await.map_err(|error| fate::unread(&error))?;
    let source = held.iter().find(|held| held.id == node).ok_or_else(|| unread(&format!("{node} is not among the reserved nodes")))?;
    // All of a reservation is exchanged, so as many are got as are given.
    check_count(step, Some(source.count))?;
    let found = redshift::exchange_offerings(client, &node).await.map_err(|error| fate::unread(&error))?;
    let sold = found.into_iter().find(|sold| sold.id == step.object.as_str());
    let sold = sold.ok_or_else(|| unread(&format!("{node} cannot be exchanged for the offering {}", step.object)))?;
    let (Some(term), Some(payment)) = (term(sold.seconds), payment(&sold.payment)) else {
        return Err(unread(&format!("the offering {} has a term or a payment that is not known", sold.id)).into());
    };
    let Amounts { hourly, upfront } = Amounts::of(count(step)?, sold.upfront, &sold.recurring, sold.usage)?;
    let goods: Text = goods::of_nodes(&sold.node_type, "");
    let offering = Offering { goods, region: step.region.clone(), kind: Kind::StandardReservation, term, payment };
    Ok(Price { offering, currency: currency(client, sold.currency.as_deref()), hourly, upfront })
}
