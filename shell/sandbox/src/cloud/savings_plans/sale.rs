//! What is on sale, and at which rates.

use super::describe::PAGING;
use super::{description, product_of, products, type_name};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::cloud::offers::PlanOffer;
use crate::commitment::PlanType;
use crate::matching::offered_rate;
use crate::price::Term;
use crate::region::REGIONS;
use crate::sku::{Sku, instance_type_of};
use tenor_money::UnitPrice;
use tenor_wire::Value;

/// `DescribeSavingsPlansOfferings`.
pub(super) fn offerings(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let wanted = Wanted::read(ask, "offeringIds", "paymentOptions", "planTypes")?;
    let (durations, descriptions, currencies) = (durations(ask), ask.texts("descriptions"), ask.texts("currencies"));
    let (services, usages, operations) = (ask.texts("serviceCodes"), ask.texts("usageTypes"), ask.texts("operations"));
    let fits = |offer: &&PlanOffer| {
        let (service, usage, operation) = sold_as(offer);
        wanted.fits(offer)
            && ask.text("productType").is_none_or(|product| products(&offer.kind).contains(&product))
            && (durations.is_empty() || durations.contains(&offer.term.seconds()))
            && any_or(&currencies, "USD")
            && any_or(&descriptions, &described(offer))
            && any_or(&services, service)
            && any_or(&usages, &usage)
            && any_or(&operations, operation)
    };
    let value = |offer: &PlanOffer| {
        let (service, usage, operation) = sold_as(offer);
        Value::of([
            ("offeringId", offer.id.as_str().into()),
            ("productTypes", products(&offer.kind).to_vec().into()),
            ("planType", type_name(&offer.kind).into()),
            ("description", described(offer).into()),
            ("paymentOption", offer.payment.text().into()),
            ("durationSeconds", offer.term.seconds().into()),
            ("currency", "USD".into()),
            ("serviceCode", service.into()),
            ("usageType", usage.into()),
            ("operation", operation.into()),
            ("properties", properties(&offer_properties(&offer.kind))),
        ])
    };
    let found = cloud.offers.plans.iter().filter(fits).map(value).collect();
    results(cloud, ask, found)
}

/// `DescribeSavingsPlansOfferingRates`.
pub(super) fn offering_rates(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let wanted = Wanted::read(ask, "savingsPlanOfferingIds", "savingsPlanPaymentOptions", "savingsPlanTypes")?;
    let skus = SkusWanted::read(ask, "serviceCodes", "usageTypes", "operations", "products");
    let mut found = Vec::new();
    for offer in cloud.offers.plans.iter().filter(|offer| wanted.fits_offer(offer)) {
        let parent = || {
            Value::of([
                ("offeringId", offer.id.as_str().into()),
                ("paymentOption", offer.payment.text().into()),
                ("planType", type_name(&offer.kind).into()),
                ("durationSeconds", offer.term.seconds().into()),
                ("currency", "USD".into()),
                ("planDescription", described(offer).into()),
            ])
        };
        for sku in cloud.offers.skus.iter().filter(|sku| skus.fits(sku)) {
            let Some(rate) = offered_rate(&offer.kind, offer.term, offer.payment, sku) else { continue };
            if wanted
                .filters
                .iter()
                .all(|(name, values)| sku_properties(sku).iter().any(|(has, value)| has == name && values.contains(&value.as_str())))
            {
                let mut value = rate_value(sku, rate);
                value.set("savingsPlanOffering", parent());
                found.push(value);
            }
        }
    }
    results(cloud, ask, found)
}

/// A rate as both kinds of rates are written.
pub(super) fn rate_value(sku: &Sku, rate: UnitPrice) -> Value {
    Value::of([
        ("rate", rate.to_string().into()),
        ("unit", if sku.unit == "Hrs" { "Hrs" } else { sku.unit }.into()),
        ("productType", product_of(sku).into()),
        ("serviceCode", sku.product_code.into()),
        ("usageType", sku.usage_type.as_str().into()),
        ("operation", sku.operation.into()),
        ("properties", properties(&sku_properties(sku))),
    ])
}

/// Which SKUs a question is about.
pub(super) struct SkusWanted<'a> {
    services: Vec<&'a str>,
    usages: Vec<&'a str>,
    operations: Vec<&'a str>,
    products: Vec<&'a str>,
}

impl<'a> SkusWanted<'a> {
    pub(super) fn read(ask: &Ask<'a>, services: &str, usages: &str, operations: &str, products: &str) -> Self {
        Self { services: ask.texts(services), usages: ask.texts(usages), operations: ask.texts(operations), products: ask.texts(products) }
    }

    pub(super) fn fits(&self, sku: &Sku) -> bool {
        any_or(&self.services, sku.product_code)
            && any_or(&self.usages, &sku.usage_type)
            && any_or(&self.operations, sku.operation)
            && any_or(&self.products, product_of(sku))
    }
}

/// Which offerings a question is about.
struct Wanted<'a> {
    ids: Vec<&'a str>,
    payments: Vec<&'a str>,
    types: Vec<&'a str>,
    filters: Vec<(&'a str, Vec<&'a str>)>,
}

/// Names of filters ([BOTO:savingsplans] `SavingsPlanOfferingFilterAttribute`, `SavingsPlanRateFilterAttribute`).
const FILTERS: [&str; 6] = ["region", "instanceFamily", "instanceType", "productDescription", "tenancy", "productId"];

impl<'a> Wanted<'a> {
    fn read(ask: &Ask<'a>, ids: &str, payments: &str, types: &str) -> Result<Self, Refusal> {
        let filter = |filter: &'a Value| {
            let name = filter.text("name").unwrap_or_default();
            if FILTERS.contains(&name) {
                return Ok((name, texts(filter, "values")));
            }
            Err(Refusal::new("ValidationException", format!("`{name}` is no filter of offerings")))
        };
        let filters = ask.input.list("filters").unwrap_or_default().iter().map(filter).collect::<Result<_, _>>()?;
        Ok(Self { ids: ask.texts(ids), payments: ask.texts(payments), types: ask.texts(types), filters })
    }

    fn fits_offer(&self, offer: &PlanOffer) -> bool {
        any_or(&self.ids, &offer.id) && any_or(&self.payments, offer.payment.text()) && any_or(&self.types, type_name(&offer.kind))
    }

    fn fits(&self, offer: &PlanOffer) -> bool {
        let has = |name: &str, values: &[&str]| {
            offer_properties(&offer.kind).iter().any(|(own, value)| *own == name && values.contains(&value.as_str()))
        };
        self.fits_offer(offer) && self.filters.iter().all(|(name, values)| has(name, values))
    }
}

fn any_or(wanted: &[&str], value: &str) -> bool {
    wanted.is_empty() || wanted.contains(&value)
}

fn durations(ask: &Ask<'_>) -> Vec<i64> {
    let number = |value: &Value| if let Value::Integer(number) = value { Some(*number) } else { None };
    ask.input.list("durations").unwrap_or_default().iter().filter_map(number).collect()
}

fn described(offer: &PlanOffer) -> String {
    description(if offer.term == Term::OneYear { "1" } else { "3" }, offer.payment.text(), &offer.kind)
}

/// What an offering is billed as: service code, usage type, operation. The usage type's form is simulated.
pub(in crate::cloud) fn sold_as(offer: &PlanOffer) -> (&'static str, String, &'static str) {
    let (prefix, family) = match &offer.kind {
        PlanType::Ec2Instance { family, region } => (REGIONS[*region as usize].prefix, format!(".{family}")),
        _ => ("", String::new()),
    };
    let usage = format!(
        "{prefix}{}:{}{}{family}",
        offer.kind.text().trim_end_matches('s'),
        offer.term.text(),
        offer.payment.text().replace(' ', "")
    );
    (offer.kind.product_code(), usage, "")
}

fn offer_properties(kind: &PlanType) -> Vec<(&'static str, String)> {
    match kind {
        PlanType::Ec2Instance { family, region } => {
            vec![("region", REGIONS[*region as usize].code.to_owned()), ("instanceFamily", family.clone())]
        }
        _ => Vec::new(),
    }
}

fn sku_properties(sku: &Sku) -> Vec<(&'static str, String)> {
    let mut found = vec![("region", REGIONS[sku.region as usize].code.to_owned())];
    if sku.product_code == "AmazonEC2" {
        let instance_type = instance_type_of(sku);
        let system = sku.product.iter().find(|(name, _)| *name == "operatingSystem").map_or("Linux", |(_, value)| value);
        let description = if system == "Linux" { "Linux/UNIX" } else { system };
        found.extend([
            ("instanceType", instance_type.to_owned()),
            ("instanceFamily", instance_type.split('.').next().unwrap_or_default().to_owned()),
            ("productDescription", description.to_owned()),
            ("tenancy", "shared".to_owned()),
        ]);
    }
    found
}

fn properties(pairs: &[(&'static str, String)]) -> Value {
    let pair = |(name, value): &(&'static str, String)| Value::of([("name", (*name).into()), ("value", value.as_str().into())]);
    Value::List(pairs.iter().map(pair).collect())
}

fn results(cloud: &Cloud, ask: &Ask<'_>, found: Vec<Value>) -> Answered {
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([("searchResults", page.into())]);
    if let Some(next) = next {
        answer.set("nextToken", next.into());
    }
    Ok(answer)
}
