//! Price lists as AWS publishes them in JSON: the offers of a service in a Region, and the rates of a kind of plan there.
//!
//! The day, and which prices are real, is `data/ATTRIBUTION.md`'s to say; the sandbox's clock does not change them.

use crate::cloud::offers::{Offers, PlanOffer};
use crate::cloud::savings_plans::sold_as;
use crate::commitment::PlanType;
use crate::matching::offered_rate;
use crate::price::{ReservedPrice, Term};
use crate::price_list::reserved_prices;
use crate::random::{base32, hash};
use crate::region::REGIONS;
use crate::sku::{Kind, Sku, instance_type_of, text_key};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Display;

/// The list's version and day.
pub(super) const VERSION: &str = "20250404000000";
const DAY: &str = "2025-04-04T00:00:00Z";
const DISCLAIMER: &str = "Simulated: these are a sandbox's prices, some of them made up. They oblige nobody to anything.";
/// What AWS calls the terms of an on-demand price, a price by the hour, and a fee.
const ON_DEMAND: &str = "JRTCKXETXF";
const HOURLY: &str = "6YS6EN2CT7";
const UPFRONT: &str = "2TG2D8R56U";

/// Which list: `aws/AmazonEC2/USD/20250404000000/us-east-1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListName {
    pub(super) service: String,
    /// Index of the Region.
    pub(super) region: u32,
}

impl ListName {
    /// As ARNs and addresses have it.
    pub(super) fn text(&self) -> String {
        format!("aws/{}/USD/{VERSION}/{}", self.service, REGIONS[self.region as usize].code)
    }

    /// The names of all lists there are, service by service.
    pub(super) fn all(offers: &Offers) -> Vec<Self> {
        let products = listed(offers).map(|sku| (sku.product_code, sku.region));
        let regions = 0..REGIONS.len() as u32;
        let plans = offers.plans.iter().flat_map(|plan| regions.clone().map(|region| (plan.kind.product_code(), region)));
        let names: BTreeSet<(&str, u32)> = products.chain(plans).collect();
        names.into_iter().map(|(service, region)| Self { service: service.to_owned(), region }).collect()
    }
}

/// What price lists have: everything but Spot instances, whose prices move.
pub(super) fn listed(offers: &Offers) -> impl Iterator<Item = &Sku> {
    offers.skus.iter().filter(|sku| !matches!(sku.kind, Kind::Spot))
}

/// A list as a file.
pub(super) fn file(offers: &Offers, name: &ListName) -> String {
    let is_of_plans = offers.plans.iter().any(|plan| plan.kind.product_code() == name.service);
    let head = |products: Json, terms: Json| {
        json!({
            "formatVersion": "v1.0",
            "disclaimer": DISCLAIMER,
            "offerCode": name.service,
            "version": VERSION,
            "publicationDate": DAY,
            "regionCode": REGIONS[name.region as usize].code,
            "products": products,
            "terms": terms,
        })
    };
    let list = if is_of_plans { plans(offers, name, head) } else { products(offers, name, head) };
    list.to_string()
}

/// A product with its terms, as `GetProducts` gives each.
pub(super) fn product_item(sku: &Sku) -> Json {
    let mut terms = Map::from_iter([("OnDemand".to_owned(), Json::Object(on_demand(sku)))]);
    let reserved = reserved(sku);
    if !reserved.is_empty() {
        terms.insert("Reserved".to_owned(), Json::Object(reserved));
    }
    json!({ "product": product(sku), "serviceCode": sku.product_code, "terms": terms, "version": VERSION, "publicationDate": DAY })
}

/// What tells products apart, by the names that price lists use.
pub(super) fn attributes(sku: &Sku) -> impl Iterator<Item = (&'static str, &str)> {
    let own = sku.product.iter().map(|(name, value)| (*name, value.as_str()));
    own.filter(|(name, _)| !["ProductName", "region", "productFamily"].contains(name))
}

/// `Compute Instance`.
pub(super) fn family(sku: &Sku) -> &str {
    sku.product.iter().find(|(name, _)| *name == "productFamily").map_or("", |(_, value)| value)
}

fn products(offers: &Offers, name: &ListName, head: impl Fn(Json, Json) -> Json) -> Json {
    let (mut products, mut on_demands, mut reserveds) = (Map::new(), Map::new(), Map::new());
    for sku in listed(offers).filter(|sku| sku.product_code == name.service && sku.region == name.region) {
        products.insert(sku.code.clone(), product(sku));
        on_demands.insert(sku.code.clone(), Json::Object(on_demand(sku)));
        let reserved = reserved(sku);
        if !reserved.is_empty() {
            reserveds.insert(sku.code.clone(), Json::Object(reserved));
        }
    }
    head(Json::Object(products), json!({ "OnDemand": on_demands, "Reserved": reserveds }))
}

fn product(sku: &Sku) -> Json {
    let attributes: Map<String, Json> = attributes(sku).map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({ "sku": sku.code, "productFamily": family(sku), "attributes": attributes })
}

/// A price dimension: what one unit costs.
fn dimension(sku: &Sku, term: &str, (code, unit): (&str, &str), price: impl Display) -> (String, Json) {
    let rate_code = format!("{}.{term}.{code}", sku.code);
    let mut dimension = json!({
        "rateCode": rate_code,
        "description": format!("${price} per {unit} of {}", sku.usage_type),
        "unit": unit,
        "pricePerUnit": { "USD": price.to_string() },
        "appliesTo": [],
    });
    if code == HOURLY {
        dimension["beginRange"] = "0".into();
        dimension["endRange"] = "Inf".into();
    }
    (rate_code, dimension)
}

fn offer(sku: &Sku, term: &str, dimensions: impl IntoIterator<Item = (String, Json)>, attributes: &Json) -> (String, Json) {
    let dimensions: Map<String, Json> = dimensions.into_iter().collect();
    let offer = json!({
        "offerTermCode": term,
        "sku": sku.code,
        "effectiveDate": DAY,
        "priceDimensions": dimensions,
        "termAttributes": attributes,
    });
    (format!("{}.{term}", sku.code), offer)
}

fn on_demand(sku: &Sku) -> Map<String, Json> {
    [offer(sku, ON_DEMAND, [dimension(sku, ON_DEMAND, (HOURLY, sku.unit), sku.rate)], &json!({}))].into_iter().collect()
}

fn reserved(sku: &Sku) -> Map<String, Json> {
    // A reservation is for the instance, used or not: capacity that nobody uses has no list of its own.
    let prices = if sku.unused_capacity { Vec::new() } else { reserved_prices(sku) };
    let mut found = Map::new();
    for (class, term, payment, ReservedPrice { upfront, hourly }) in prices {
        let attributes = json!({ "LeaseContractLength": term.text(), "OfferingClass": class.text(), "PurchaseOption": payment.text() });
        let code = base32(10, hash(&[text_key(class.text()), text_key(term.text()), text_key(payment.text())])).to_uppercase();
        let by_the_hour = dimension(sku, &code, (HOURLY, sku.unit), hourly);
        let fee = (!upfront.is_zero()).then(|| dimension(sku, &code, (UPFRONT, "Quantity"), upfront));
        let (key, value) = offer(sku, &code, std::iter::once(by_the_hour).chain(fee), &attributes);
        found.insert(key, value);
    }
    found
}

/// What plans of a kind charge for usage in a Region.
fn plans(offers: &Offers, name: &ListName, head: impl Fn(Json, Json) -> Json) -> Json {
    let is_sold = |plan: &&PlanOffer| match &plan.kind {
        PlanType::Ec2Instance { region, .. } => *region == name.region && plan.kind.product_code() == name.service,
        kind => kind.product_code() == name.service,
    };
    let (mut products, mut terms) = (Vec::new(), Vec::new());
    for plan in offers.plans.iter().filter(is_sold) {
        let rates = rates(offers, name, plan);
        if rates.is_empty() {
            continue;
        }
        products.push(plan_product(plan));
        terms.push(json!({
            "sku": plan_code(plan),
            "description": format!("{} {} {}", plan.term.text(), plan.payment.text(), plan.kind.text()),
            "effectiveDate": DAY,
            "leaseContractLength": { "duration": if plan.term == Term::OneYear { 1 } else { 3 }, "unit": "year" },
            "rates": rates,
        }));
    }
    head(Json::Array(products), json!({ "savingsPlan": terms }))
}

fn plan_code(plan: &PlanOffer) -> String {
    base32(16, text_key(&plan.id)).to_uppercase()
}

fn plan_product(plan: &PlanOffer) -> Json {
    let (service, usage_type, operation) = sold_as(plan);
    let mut attributes =
        json!({ "purchaseOption": plan.payment.text(), "purchaseTerm": plan.term.text(), "granularity": "hourly", "location": "Any" });
    if let PlanType::Ec2Instance { family, region } = &plan.kind {
        attributes["instanceType"] = family.as_str().into();
        attributes["location"] = REGIONS[*region as usize].location.into();
        attributes["locationType"] = "AWS Region".into();
    }
    json!({
        "sku": plan_code(plan),
        "productFamily": plan.kind.text(),
        "serviceCode": service,
        "usageType": usage_type,
        "operation": operation,
        "attributes": attributes,
    })
}

fn rates(offers: &Offers, name: &ListName, plan: &PlanOffer) -> Vec<Json> {
    let in_region = listed(offers).filter(|sku| sku.region == name.region);
    let rate = |sku: &Sku| {
        let rate = offered_rate(&plan.kind, plan.term, plan.payment, sku)?;
        Some(json!({
            "discountedSku": sku.code,
            "discountedUsageType": sku.usage_type,
            "discountedOperation": sku.operation,
            "discountedServiceCode": sku.product_code,
            "rateCode": format!("{}.{}", plan_code(plan), sku.code),
            "unit": sku.unit,
            "discountedRate": { "price": rate.to_string(), "currency": "USD" },
            "discountedRegionCode": REGIONS[sku.region as usize].code,
            "discountedInstanceType": instance_type_of(sku),
        }))
    };
    in_region.filter_map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::{ListName, listed};
    use crate::cloud::{Cloud, Setup};
    use std::collections::BTreeSet;

    #[test]
    fn every_product_of_a_list_has_a_code_of_its_own() {
        let cloud = Cloud::new(Setup { seed: 7, secret: 7, accounts: 8, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 });
        for name in ListName::all(&cloud.offers) {
            let codes: Vec<&str> = listed(&cloud.offers)
                .filter(|sku| sku.product_code == name.service && sku.region == name.region)
                .map(|sku| sku.code.as_str())
                .collect();
            assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{name:?}");
        }
    }
}
