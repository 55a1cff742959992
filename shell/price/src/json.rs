//! AWS's price lists as JSON, read as they come: only products that a commitment could cover are kept, so that memory does not grow with
//! the file.
//!
//! A list of a service has products by SKU and then terms by SKU; a list of Savings Plans has a list of each.

mod plans;
mod terms;

use crate::collect::{Collector, Product, is_currency};
use crate::location::region;
pub(crate) use plans::PlanProduct;
use plans::PlanTerms;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use terms::ProductTerms;

/// What the head of a list says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) offer: String,
    pub(crate) version: String,
    pub(crate) published: String,
    pub(crate) currency: Option<String>,
    pub(crate) has_plans: bool,
}

/// Reads a list into a collector.
pub(crate) fn read(input: impl Read, collector: &mut Collector<'_>) -> serde_json::Result<Head> {
    let mut json = serde_json::Deserializer::from_reader(input);
    let mut list = List { collector, head: Head::default(), plans: HashMap::new(), has_products: false };
    Top(&mut list).deserialize(&mut json)?;
    json.end()?;
    Ok(list.head)
}

/// A list while it is read.
struct List<'a, 'b> {
    collector: &'a mut Collector<'b>,
    head: Head,
    /// Of a list of plans: its products.
    plans: HashMap<String, PlanProduct>,
    has_products: bool,
}

impl List<'_, '_> {
    /// The currency of a price: one in a list.
    fn currency<E: Error>(&mut self, currency: &str) -> Result<(), E> {
        match &self.head.currency {
            None if !is_currency(currency) => return Err(E::custom(format_args!("`{currency}` is no currency"))),
            None => self.head.currency = Some(currency.to_owned()),
            Some(held) if held == currency => {}
            Some(held) => return Err(E::custom(format_args!("a price is in {currency}, and those before it are in {held}"))),
        }
        Ok(())
    }
}

/// A product of either kind of list.
#[derive(Debug, Deserialize)]
struct ListedProduct {
    sku: String,
    #[serde(default, rename = "productFamily")]
    family: String,
    #[serde(default, rename = "usageType")]
    usage_type: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    servicecode: String,
    location: String,
    #[serde(rename = "regionCode")]
    region_code: String,
    usagetype: String,
    operation: String,
    #[serde(rename = "purchaseOption")]
    purchase_option: String,
    #[serde(rename = "instanceType")]
    instance_type: String,
}

impl ListedProduct {
    fn take_in(self, list: &mut List<'_, '_>, of_plans: bool) {
        let attributes = &self.attributes;
        if of_plans {
            let plan = PlanProduct {
                kind: self.family,
                payment: attributes.purchase_option.clone(),
                family: attributes.instance_type.clone(),
                region: region(&attributes.location, &attributes.region_code).unwrap_or_default().to_owned(),
                usage_type: self.usage_type,
            };
            list.plans.insert(self.sku, plan);
            return;
        }
        let service = if attributes.servicecode.is_empty() { &list.head.offer } else { &attributes.servicecode };
        list.collector.product(&Product {
            code: &self.sku,
            service,
            region: &attributes.region_code,
            location: &attributes.location,
            usage_type: &attributes.usagetype,
            operation: &attributes.operation,
        });
    }
}

/// The whole document.
struct Top<'l, 'a, 'b>(&'l mut List<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut has_terms = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "offerCode" => self.0.head.offer = map.next_value()?,
                "version" => self.0.head.version = map.next_value()?,
                "publicationDate" => self.0.head.published = map.next_value()?,
                "products" => map.next_value_seed(Products(self.0))?,
                "terms" if !self.0.has_products => return Err(A::Error::custom("its terms come before its products")),
                "terms" => {
                    has_terms = true;
                    map.next_value_seed(AllTerms(self.0))?;
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if has_terms { Ok(()) } else { Err(A::Error::custom("it has no products and terms")) }
    }
}

/// Products: by SKU in a list of a service, one after the other in a list of plans.
struct Products<'l, 'a, 'b>(&'l mut List<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Products<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.has_products = true;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Products<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("products")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value::<ListedProduct>()?.take_in(self.0, false);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(product) = seq.next_element::<ListedProduct>()? {
            product.take_in(self.0, true);
        }
        Ok(())
    }
}

/// What follows the products.
struct AllTerms<'l, 'a, 'b>(&'l mut List<'a, 'b>);

impl<'de> DeserializeSeed<'de> for AllTerms<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AllTerms<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("terms")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "OnDemand" => map.next_value_seed(ProductTerms { list: self.0, reserved: false })?,
                "Reserved" => map.next_value_seed(ProductTerms { list: self.0, reserved: true })?,
                "savingsPlan" => map.next_value_seed(PlanTerms(self.0))?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}
