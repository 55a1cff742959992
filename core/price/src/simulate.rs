//! Savings Plan rates where no list has them: derived from reservations by a rule, for simulation only, and marked so.
//!
//! An EC2 Instance plan charges what the standard reservation of the same term and payment option costs an hour, a Compute plan what the
//! convertible one costs. Of Windows the licence's part, which is what it costs more than Linux on demand, has no discount.

use crate::draft::Draft;
use crate::key::SkuKey;
use crate::offer::{OfferingClass, PlanOffer, ReservedOffer};
use crate::rate::{Rate, ReservedPrice, Source};
use tenor_cover::{PlanKind, split_type};
use tenor_money::{Rounding, UnitPrice, div_round};

/// The operation of Linux without any licence.
const LINUX: &str = "RunInstances";
/// The operations of Windows with its licence: alone, and with SQL Server Standard, Enterprise and Web.
const WINDOWS: [&str; 4] = ["RunInstances:0002", "RunInstances:0006", "RunInstances:0102", "RunInstances:0202"];
/// Units of the tenth decimal, the last that a rate may have.
const STEP: i128 = 100;

/// What was derived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// How many rates.
    pub rates: u64,
    /// Windows SKUs without any, since what the licence costs cannot be told.
    pub no_licence: Vec<SkuKey>,
}

impl Draft {
    /// Derives rates of EC2 Instance and Compute plans. An offer that any list has rates of is left as it is.
    pub fn simulate_plans(&mut self) -> Simulated {
        let mut simulated = Simulated::default();
        let listed = self.listed_plans();
        for sku in self.keys() {
            let Some(family) = family(&sku) else { continue };
            let is_windows = WINDOWS.contains(&sku.operation());
            let base = if is_windows { sku.with_operation(LINUX) } else { sku.clone() };
            let licence = if is_windows { self.licence(&sku, &base) } else { Some(UnitPrice::ZERO) };
            let reserved = self.known_reserved(&base);
            let Some(licence) = licence.filter(|_| !is_windows || !reserved.is_empty()) else {
                simulated.no_licence.push(sku);
                continue;
            };
            for (offer, price) in reserved {
                let plan = plan(offer, &family, &sku);
                let rate = Rate { price: rounded(price, offer) + licence, source: Source::Simulated };
                // Two reservations are two offers, so nothing was derived for this one yet.
                if !listed.contains(&plan) && self.plan_rate(&plan, &sku, rate).is_ok() {
                    simulated.rates += 1;
                }
            }
        }
        simulated
    }

    /// What Windows costs more than Linux.
    fn licence(&self, windows: &SkuKey, linux: &SkuKey) -> Option<UnitPrice> {
        let licence = self.known_on_demand(windows)?.price - self.known_on_demand(linux)?.price;
        (licence >= UnitPrice::ZERO).then_some(licence)
    }
}

/// The family of an instance that ran; none for anything else.
fn family(sku: &SkuKey) -> Option<String> {
    let (meter, name) = sku.usage_type().split_once(':')?;
    let is_instance = sku.service() == "AmazonEC2" && matches!(meter, "BoxUsage" | "DedicatedUsage");
    is_instance.then(|| split_type(name).map(|(family, _)| family.to_owned())).flatten()
}

fn plan(offer: ReservedOffer, family: &str, sku: &SkuKey) -> PlanOffer {
    let ReservedOffer { class, term, payment } = offer;
    match class {
        OfferingClass::Standard => {
            PlanOffer { kind: PlanKind::Ec2Instance, term, payment, family: family.to_owned(), region: sku.region().to_owned() }
        }
        OfferingClass::Convertible => PlanOffer { kind: PlanKind::Compute, term, payment, family: String::new(), region: String::new() },
    }
}

fn rounded(price: ReservedPrice, offer: ReservedOffer) -> UnitPrice {
    let exact = price.amortized(offer.term, Rounding::HalfEven).units();
    UnitPrice::from_units(div_round(exact, STEP, Rounding::HalfEven) * STEP)
}
