//! On-demand and reserved terms, by SKU.

use super::List;
use crate::collect::{A_PRICE, Dimension, Terms, price, reserved_offer};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// The terms of one kind of all products.
pub(super) struct ProductTerms<'l, 'a, 'b> {
    pub(super) list: &'l mut List<'a, 'b>,
    pub(super) reserved: bool,
}

#[derive(Debug, Deserialize)]
struct Offer {
    #[serde(rename = "priceDimensions")]
    dimensions: BTreeMap<String, PriceDimension>,
    #[serde(default, rename = "termAttributes")]
    attributes: TermAttributes,
}

#[derive(Debug, Deserialize)]
struct PriceDimension {
    #[serde(default)]
    unit: String,
    #[serde(default, rename = "beginRange")]
    begin: String,
    #[serde(rename = "pricePerUnit")]
    price: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TermAttributes {
    #[serde(rename = "LeaseContractLength")]
    length: String,
    #[serde(rename = "OfferingClass")]
    class: String,
    #[serde(rename = "PurchaseOption")]
    payment: String,
}

impl<'de> DeserializeSeed<'de> for ProductTerms<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ProductTerms<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("terms by SKU")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(code) = map.next_key::<String>()? {
            if !self.list.collector.has(&code) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            for (term, offer) in map.next_value::<BTreeMap<String, Offer>>()? {
                let terms = if self.reserved {
                    let TermAttributes { length, class, payment } = &offer.attributes;
                    let Some(sold) = reserved_offer(class, length, payment) else {
                        self.list.collector.unknown_offer(&code, &format!("{class} {length} {payment}"));
                        continue;
                    };
                    Terms::Reserved(sold)
                } else {
                    Terms::OnDemand
                };
                take_in::<A::Error>(self.list, &code, &term, terms, &offer)?;
            }
            self.list.collector.close();
        }
        Ok(())
    }
}

fn take_in<E: Error>(list: &mut List<'_, '_>, code: &str, term: &str, terms: Terms, offer: &Offer) -> Result<(), E> {
    let kind = if terms == Terms::OnDemand { "OnDemand" } else { "Reserved" };
    for (rate_code, dimension) in &offer.dimensions {
        let pointer = |what: String| E::custom(format_args!("terms/{kind}/{code}/{term}/priceDimensions/{rate_code}: {what}"));
        let mut prices = dimension.price.iter();
        let (Some((currency, text)), None) = (prices.next(), prices.next()) else {
            return Err(pointer(format!("pricePerUnit has {} currencies and not one", dimension.price.len())));
        };
        list.currency::<E>(currency)?;
        let price = price(text).ok_or_else(|| pointer(format!("pricePerUnit `{text}` is not {A_PRICE}")))?;
        let (unit, begin) = (dimension.unit.as_str(), dimension.begin.as_str());
        list.collector.dimension(code, term, terms, Dimension { unit, begin, price });
    }
    Ok(())
}
