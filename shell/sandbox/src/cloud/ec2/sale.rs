//! What is on sale: AWS's own reservations, and those on the marketplace.

use super::filters::Filters;
use super::market::{self, Group};
use super::{PRODUCT, decimal, product_description, region, wrong_value, zone_id, zone_named};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::offers::ReservedOffer;
use crate::cloud::pages::Paging;
use crate::price::{OfferingClass, Payment};
use crate::region::zone_name;
use crate::sku::{Sku, instance_type_of};
use tenor_money::{Money, UnitPrice};
use tenor_wire::Value;

const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 100, range: (1, 100), refusal: "InvalidParameterValue" };

/// [BOTO:ec2 DescribeReservedInstancesOfferings].
const FILTERS: [&str; 10] = [
    "availability-zone",
    "availability-zone-id",
    "duration",
    "fixed-price",
    "instance-type",
    "marketplace",
    "product-description",
    "reserved-instances-offering-id",
    "scope",
    "usage-price",
];

/// [BOTO:ec2 DescribeReservedInstancesOfferings]: durations from a month to three years, at most 20 instances, unless told otherwise.
const DURATION_MIN: i64 = 2_592_000;
const DURATION_MAX: i64 = 94_608_000;
const INSTANCES_MAX: i64 = 20;

/// Something on sale, whoever sells it.
struct OnSale<'a> {
    id: &'a str,
    sku: &'a Sku,
    zone: Option<u32>,
    class: OfferingClass,
    payment: Payment,
    seconds: i64,
    upfront: Money,
    hourly: UnitPrice,
    /// How many there are at which price, on the marketplace.
    lots: Option<Vec<(u32, Money)>>,
}

/// `DescribeReservedInstancesOfferings`.
pub(super) fn offerings(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let wanted = Wanted::read(ask)?;
    let mut found = Vec::new();
    if let Some(region) = region(ask) {
        let groups = if ask.is("IncludeMarketplace") == Some(false) { Vec::new() } else { market::groups(cloud, ask, region) };
        let of_aws = cloud.offers.reserved_in(PRODUCT, region).map(|(offer, sku)| of_aws(offer, sku));
        let of_sellers = groups.iter().map(|group| of_sellers(group, &cloud.offers.skus[group.sku]));
        let all: Vec<OnSale<'_>> = of_aws.chain(of_sellers).collect();
        if let Some(id) = wanted.ids.iter().find(|id| all.iter().all(|on_sale| on_sale.id != **id)) {
            return Err(Refusal::new("InvalidReservedInstancesOfferingId", format!("The offering ID '{id}' does not exist")));
        }
        found.extend(all.iter().filter(|on_sale| wanted.fits(on_sale)).map(value));
    }
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([("ReservedInstancesOfferings", page.into())]);
    if let Some(next) = next {
        answer.set("NextToken", next.into());
    }
    Ok(answer)
}

fn of_aws<'a>(offer: &'a ReservedOffer, sku: &'a Sku) -> OnSale<'a> {
    OnSale {
        id: &offer.id,
        sku,
        zone: offer.zone,
        class: offer.class,
        payment: offer.payment,
        seconds: offer.term.seconds(),
        upfront: offer.price.upfront,
        hourly: offer.price.hourly,
        lots: None,
    }
}

/// The price of several sellers is the lowest of theirs.
fn of_sellers<'a>(group: &'a Group, sku: &'a Sku) -> OnSale<'a> {
    OnSale {
        id: &group.id,
        sku,
        zone: group.zone,
        class: OfferingClass::Standard,
        payment: group.payment,
        seconds: group.seconds(),
        upfront: group.lots.first().map_or(Money::ZERO, |lot| lot.price),
        hourly: group.hourly,
        lots: Some(group.prices()),
    }
}

/// What a question is about.
struct Wanted<'a> {
    ids: Vec<&'a str>,
    filters: Filters<'a>,
    instance_type: Option<&'a str>,
    product: Option<&'a str>,
    zone: Option<u32>,
    class: Option<&'a str>,
    payment: Option<&'a str>,
    tenancy: &'a str,
    durations: std::ops::RangeInclusive<i64>,
    instances_max: i64,
}

impl<'a> Wanted<'a> {
    fn read(ask: &Ask<'a>) -> Result<Self, Refusal> {
        let tenancy = ask.text("InstanceTenancy").unwrap_or("default");
        if !["default", "dedicated"].contains(&tenancy) {
            return Err(wrong_value(format!("InstanceTenancy must be default or dedicated, not {tenancy}")));
        }
        let zone = match region(ask) {
            Some(region) => zone_named(region, ask.text("AvailabilityZone"), ask.text("AvailabilityZoneId"))?,
            None => None,
        };
        let durations = ask.integer("MinDuration").unwrap_or(DURATION_MIN)..=ask.integer("MaxDuration").unwrap_or(DURATION_MAX);
        Ok(Self {
            ids: ask.texts("ReservedInstancesOfferingIds"),
            filters: Filters::read(ask, &FILTERS)?,
            instance_type: ask.text("InstanceType"),
            // [BOTO:ec2]: ` (Amazon VPC)` may stand after a platform and means the same today.
            product: ask.text("ProductDescription").map(|product| product.trim_end_matches(" (Amazon VPC)")),
            zone,
            class: ask.text("OfferingClass"),
            payment: ask.text("OfferingType"),
            tenancy,
            durations,
            instances_max: ask.integer("MaxInstanceCount").unwrap_or(INSTANCES_MAX),
        })
    }

    /// Whether something is asked for. Only the default tenancy is sold. Marketplace offerings of more instances than are wanted are left out (the
    /// model's words allow for other readings: UNVERIFIED).
    fn fits(&self, on_sale: &OnSale<'_>) -> bool {
        let count: u32 = on_sale.lots.iter().flatten().map(|(count, _)| count).sum();
        (self.ids.is_empty() || self.ids.contains(&on_sale.id))
            && self.instance_type.is_none_or(|wanted| wanted == instance_type_of(on_sale.sku))
            && self.product.is_none_or(|wanted| wanted == product_description(on_sale.sku.operation))
            && (self.zone.is_none() || self.zone == on_sale.zone)
            && self.class.is_none_or(|wanted| wanted == on_sale.class.text())
            && self.payment.is_none_or(|wanted| wanted == on_sale.payment.text())
            && self.tenancy == "default"
            && self.durations.contains(&on_sale.seconds)
            && i64::from(count) <= self.instances_max
            && self.filters.pass(|name| attribute(on_sale, name).into_iter().collect())
    }
}

fn attribute(on_sale: &OnSale<'_>, name: &str) -> Option<String> {
    match name {
        "availability-zone" => on_sale.zone.map(zone_name),
        "availability-zone-id" => on_sale.zone.map(zone_id),
        "duration" => Some(on_sale.seconds.to_string()),
        "fixed-price" => Some(on_sale.upfront.to_string()),
        "instance-type" => Some(instance_type_of(on_sale.sku).to_owned()),
        "marketplace" => Some(on_sale.lots.is_some().to_string()),
        "product-description" => Some(product_description(on_sale.sku.operation).to_owned()),
        "reserved-instances-offering-id" => Some(on_sale.id.to_owned()),
        "scope" => Some(super::describe::scope(on_sale.zone).to_owned()),
        _ => Some("0".to_owned()),
    }
}

fn value(on_sale: &OnSale<'_>) -> Value {
    let lots = on_sale.lots.iter().flatten();
    let details = lots.map(|(count, price)| Value::of([("Count", i64::from(*count).into()), ("Price", decimal(price))]));
    let mut value = Value::of([
        ("ReservedInstancesOfferingId", on_sale.id.into()),
        ("InstanceType", instance_type_of(on_sale.sku).into()),
        ("ProductDescription", product_description(on_sale.sku.operation).into()),
        ("InstanceTenancy", "default".into()),
        ("Scope", super::describe::scope(on_sale.zone).into()),
        ("OfferingClass", on_sale.class.text().into()),
        ("OfferingType", on_sale.payment.text().into()),
        ("Duration", on_sale.seconds.into()),
        ("CurrencyCode", "USD".into()),
        ("FixedPrice", decimal(on_sale.upfront)),
        ("UsagePrice", decimal(Money::ZERO)),
        ("RecurringCharges", vec![Value::of([("Amount", decimal(on_sale.hourly)), ("Frequency", "Hourly".into())])].into()),
        ("Marketplace", on_sale.lots.is_some().into()),
        ("PricingDetails", Value::List(details.collect())),
    ]);
    if let Some(zone) = on_sale.zone {
        value.set("AvailabilityZone", zone_name(zone).into());
        value.set("AvailabilityZoneId", zone_id(zone).into());
    }
    value
}
