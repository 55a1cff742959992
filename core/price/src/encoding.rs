//! The one encoding of a book, of which its version is the hash: `docs/spec/prices.md` 2.
//!
//! It is the simple CSV that `tenor prices import` reads too, with every column and with lines of facts before the header.

use crate::book::{Listed, PriceBook, Version};
use crate::key::SkuKey;
use crate::offer::{OfferingClass, PlanOffer, ReservedOffer};
use crate::rate::Source;
use std::fmt::{self, Write};
use tenor_cover::PlanKind;

/// How a file begins: the format and its version.
pub const FIRST_LINE: &str = "# tenor prices 1";

/// The columns, in order. The first nine are those of `docs/spec/sharing.md` 2.
pub const COLUMNS: [&str; 14] = [
    "offering",
    "term",
    "payment_option",
    "family",
    "region",
    "service",
    "usage_type",
    "operation",
    "rate",
    "upfront",
    "unit",
    "usage_region",
    "source",
    "sku",
];

/// The offering of an on-demand rate.
pub const ON_DEMAND: &str = "OnDemand";

/// The offering of a reservation of a class.
#[must_use]
pub const fn offering_of_class(class: OfferingClass) -> &'static str {
    match class {
        OfferingClass::Standard => "StandardReservation",
        OfferingClass::Convertible => "ConvertibleReservation",
    }
}

/// The class that an offering names; none for what is no reservation.
#[must_use]
pub fn class_of(offering: &str) -> Option<OfferingClass> {
    [OfferingClass::Standard, OfferingClass::Convertible].into_iter().find(|class| offering_of_class(*class) == offering)
}

/// As bills name the offering type of a plan.
#[must_use]
pub const fn offering_of_plan(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Ec2Instance => "EC2InstanceSavingsPlans",
        PlanKind::Compute => "ComputeSavingsPlans",
        PlanKind::SageMaker => "SageMakerSavingsPlans",
        PlanKind::Database => "DatabaseSavingsPlans",
    }
}

impl PriceBook {
    /// Writes its list prices as the text that its version is the hash of.
    ///
    /// # Errors
    /// As `out` fails.
    pub fn encode(&self, out: &mut impl Write) -> fmt::Result {
        encode(&self.listed, out)
    }
}

/// The hash of what [`encode`] writes.
pub(crate) fn version(listed: &Listed) -> Version {
    let mut hashed = Hashed(blake3::Hasher::new());
    encode(listed, &mut hashed).expect("a hash takes everything");
    Version(*hashed.0.finalize().as_bytes())
}

struct Hashed(blake3::Hasher);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

fn encode(listed: &Listed, out: &mut impl Write) -> fmt::Result {
    writeln!(out, "{FIRST_LINE}\n# date {}\n# currency {}", listed.date, listed.currency)?;
    for origin in &listed.origins {
        writeln!(out, "# from {origin}")?;
    }
    writeln!(out, "{}", COLUMNS.join(","))?;
    for sku in &listed.skus {
        if let Some(rate) = sku.on_demand {
            on_demand(out, &sku.key, (&sku.unit, &sku.code), rate.price, rate.source)?;
        }
        for (offer, price) in &sku.reserved {
            let upfront = if price.upfront.is_zero() { String::new() } else { price.upfront.to_string() };
            reserved(out, *offer, &sku.key, (&sku.unit, &sku.code), (price.hourly, &upfront), price.source)?;
        }
    }
    for (offer, rates) in &listed.plans {
        for (place, rate) in rates {
            let sku = &listed.skus[*place as usize];
            plan(out, offer, &sku.key, (&sku.unit, &sku.code), rate.price, rate.source)?;
        }
    }
    Ok(())
}

fn on_demand(out: &mut impl Write, key: &SkuKey, sku: (&str, &str), rate: impl fmt::Display, source: Source) -> fmt::Result {
    write!(out, "{ON_DEMAND},,,,")?;
    used(out, key.region(), key)?;
    writeln!(out, "{rate},,{},,{source},{}", Field(sku.0), Field(sku.1))
}

fn reserved(
    out: &mut impl Write,
    offer: ReservedOffer,
    key: &SkuKey,
    sku: (&str, &str),
    price: (impl fmt::Display, &str),
    source: Source,
) -> fmt::Result {
    write!(out, "{},{},{},,", offering_of_class(offer.class), offer.term, offer.payment)?;
    used(out, key.region(), key)?;
    writeln!(out, "{},{},{},,{source},{}", price.0, price.1, Field(sku.0), Field(sku.1))
}

fn plan(out: &mut impl Write, offer: &PlanOffer, key: &SkuKey, sku: (&str, &str), rate: impl fmt::Display, source: Source) -> fmt::Result {
    write!(out, "{},{},{},{},", offering_of_plan(offer.kind), offer.term, offer.payment, Field(&offer.family))?;
    used(out, &offer.region, key)?;
    writeln!(out, "{rate},,{},{},{source},{}", Field(sku.0), Field(key.region()), Field(sku.1))
}

/// The columns from `region` to `operation`, and the comma after them.
fn used(out: &mut impl Write, region: &str, key: &SkuKey) -> fmt::Result {
    write!(out, "{},{},{},{},", Field(region), Field(key.service()), Field(key.usage_type()), Field(key.operation()))
}

/// A field of CSV, quoted where it has to be.
struct Field<'a>(&'a str);

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = !self.0.contains([',', '"', '\n', '\r']);
        if is_plain { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}
