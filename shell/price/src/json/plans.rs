//! Rates of Savings Plans: a list of plans, each with a list of rates.

use super::List;
use crate::collect::{A_PRICE, Product, price};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use tenor_cover::{PlanKind, region_of_usage};
use tenor_price::{Payment, PlanOffer, TermLength};

/// A plan that is sold.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlanProduct {
    /// `ComputeSavingsPlans`.
    pub(crate) kind: String,
    /// `No Upfront`.
    pub(crate) payment: String,
    /// `m5`, of an EC2 Instance plan.
    pub(crate) family: String,
    /// Its Region as far as its location says it.
    pub(crate) region: String,
    /// `USW2-EC2SP:m5.1yrNoUpfront`.
    pub(crate) usage_type: String,
}

impl PlanProduct {
    /// What it is an offer of; none for a kind or a payment that is not known. `rate_region` is where the usage is that it is for.
    pub(crate) fn offer(&self, length: &str, rate_region: &str) -> Option<PlanOffer> {
        let kind = PlanKind::from_offering_type(&self.kind)?;
        let (term, payment) = (TermLength::from_text(length)?, Payment::from_text(&self.payment)?);
        let (mut family, mut region) = (String::new(), String::new());
        if kind == PlanKind::Ec2Instance {
            // The usage type says the family too, and older lists there alone.
            let in_usage_type = || self.usage_type.split_once(':')?.1.split_once('.').map(|(family, _)| family);
            let said = Some(self.family.as_str()).filter(|family| !family.is_empty());
            said.or_else(in_usage_type)?.clone_into(&mut family);
            let named = Some(self.region.as_str()).filter(|region| !region.is_empty());
            named.or_else(|| region_of_usage(&self.usage_type)).unwrap_or(rate_region).clone_into(&mut region);
        }
        Some(PlanOffer { kind, term, payment, family, region })
    }
}

/// All plans' terms.
pub(super) struct PlanTerms<'l, 'a, 'b>(pub(super) &'l mut List<'a, 'b>);

#[derive(Debug, Deserialize)]
struct PlanTerm {
    sku: String,
    #[serde(rename = "leaseContractLength")]
    length: Length,
    rates: Vec<PlanRate>,
}

#[derive(Debug, Deserialize)]
struct Length {
    duration: u32,
    unit: String,
}

#[derive(Debug, Deserialize)]
struct PlanRate {
    #[serde(rename = "discountedSku")]
    code: String,
    #[serde(rename = "discountedUsageType")]
    usage_type: String,
    #[serde(default, rename = "discountedOperation")]
    operation: String,
    #[serde(rename = "discountedServiceCode")]
    service: String,
    #[serde(default, rename = "discountedRegionCode")]
    region: String,
    #[serde(default)]
    unit: String,
    #[serde(rename = "discountedRate")]
    rate: Discounted,
}

#[derive(Debug, Deserialize)]
struct Discounted {
    price: String,
    currency: String,
}

impl<'de> DeserializeSeed<'de> for PlanTerms<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PlanTerms<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of Savings Plans with their rates")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.head.has_plans = true;
        while let Some(term) = seq.next_element::<PlanTerm>()? {
            let product = self.0.plans.get(&term.sku).cloned();
            let Some(product) = product else {
                return Err(A::Error::custom(format_args!("terms/savingsPlan: `{}` is no product of the list", term.sku)));
            };
            let length = format!("{} {}", term.length.duration, term.length.unit);
            for rate in &term.rates {
                take_in::<A::Error>(self.0, &product, &length, &term.sku, rate)?;
            }
        }
        Ok(())
    }
}

fn take_in<E: Error>(list: &mut List<'_, '_>, product: &PlanProduct, length: &str, sku: &str, rate: &PlanRate) -> Result<(), E> {
    let Some(offer) = product.offer(length, &rate.region) else {
        list.collector.unknown_offer(sku, &format!("{} {length} {}", product.kind, product.payment));
        return Ok(());
    };
    list.currency::<E>(&rate.rate.currency)?;
    let text = &rate.rate.price;
    let not_a_price = || E::custom(format_args!("terms/savingsPlan/{sku}/{}: discountedRate `{text}` is not {A_PRICE}", rate.code));
    let price = price(text).ok_or_else(not_a_price)?;
    let (service, region, usage_type, operation) = (&rate.service, &rate.region, &rate.usage_type, &rate.operation);
    let used = Product { code: &rate.code, service, region, location: "", usage_type, operation };
    list.collector.plan_rate(&offer, &used, &rate.unit, price);
    Ok(())
}
