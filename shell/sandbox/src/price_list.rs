//! The organization's price list: the public rates of all it may use, its reservations, and every plan's rates, as `docs/spec/prices.md` lays it
//! out. What is derived rather than listed says `simulated`.

use crate::commitment::PlanType;
use crate::matching::offered_rate;
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::region::REGIONS;
use crate::sku::{Kind, Sku, family_of};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const TERMS: [Term; 2] = [Term::OneYear, Term::ThreeYears];
const PAYMENTS: [Payment; 3] = [Payment::Nothing, Payment::Half, Payment::Everything];

/// The day of the embedded prices (`data/ATTRIBUTION.md`).
const HEADER: &str = "# date 2025-04-04\n\
    offering,term,payment_option,family,region,service,usage_type,operation,rate,upfront,unit,source\n";

/// The list as CSV: on-demand rates first, then reservations, then one plan after the other. Nothing in it needs quotes.
pub(crate) fn price_list(skus: &[Sku]) -> String {
    let mut out = HEADER.to_owned();
    let mut seen = BTreeSet::new();
    // What is priced twice, in a fleet and for reservations, is listed once.
    let distinct: Vec<&Sku> = skus.iter().filter(|sku| seen.insert((sku.product_code, &sku.usage_type, sku.operation))).collect();
    for sku in &distinct {
        let source = if is_listed(sku) { "list" } else { "simulated" };
        push(&mut out, "OnDemand,,,", REGIONS[sku.region as usize].code, sku, &format!("{},,{},{source}", sku.rate, sku.unit));
    }
    for sku in distinct.iter().filter(|sku| !sku.unused_capacity) {
        for (offering, price, source) in reserved(sku) {
            push(
                &mut out,
                &offering,
                REGIONS[sku.region as usize].code,
                sku,
                &format!("{},{},{},{source}", price.hourly, price.upfront, sku.unit),
            );
        }
    }
    for kind in kinds(&distinct) {
        for (term, payment) in terms_of(&kind) {
            let (family, sold_in) = match &kind {
                PlanType::Ec2Instance { family, region } => (family.as_str(), Some(*region)),
                _ => ("", None),
            };
            let offering = format!("{},{},{},{family}", kind.text(), term.text(), payment.text());
            for sku in &distinct {
                if let Some(rate) = offered_rate(&kind, term, payment, sku) {
                    push(
                        &mut out,
                        &offering,
                        sold_in.map_or("", |region| REGIONS[region as usize].code),
                        sku,
                        &format!("{rate},,{},simulated", sku.unit),
                    );
                }
            }
        }
    }
    out
}

fn push(out: &mut String, offering: &str, region: &str, sku: &Sku, price: &str) {
    writeln!(out, "{offering},{region},{},{},{},{price}", sku.product_code, sku.usage_type, sku.operation)
        .expect("writing to a string never fails");
}

/// Whether the embedded lists have a SKU's on-demand rate.
fn is_listed(sku: &Sku) -> bool {
    match &sku.kind {
        Kind::Node(price) => price.is_listed(),
        Kind::Ec2 { .. } | Kind::Rds(_) => true,
        Kind::Spot | Kind::Metered => sku.plan.is_none(),
    }
}

/// A SKU's reservations: offering, term, payment option and no family; what one costs; and whether that is listed.
fn reserved(sku: &Sku) -> Vec<(String, ReservedPrice, &'static str)> {
    let row = |(class, term, payment, price): (OfferingClass, Term, Payment, ReservedPrice)| {
        let is_listed = match &sku.kind {
            // Only what is paid by the hour alone is listed; licences are paid by the hour whatever else is not.
            Kind::Ec2 { license, .. } => payment == Payment::Nothing && license.is_none(),
            Kind::Node(price) => price.is_listed() && price.engine != "Valkey",
            _ => payment != Payment::Everything,
        };
        let name = if class == OfferingClass::Standard { "Standard" } else { "Convertible" };
        let offering = format!("{name}Reservation,{},{},", term.text(), payment.text());
        (offering, price, if is_listed { "list" } else { "simulated" })
    };
    reserved_prices(sku).into_iter().map(row).collect()
}

/// What is sold of a SKU's reservations, and at what price for one: by term and payment option, standard before convertible.
pub(crate) fn reserved_prices(sku: &Sku) -> Vec<(OfferingClass, Term, Payment, ReservedPrice)> {
    use OfferingClass::{Convertible, Standard};
    let mut found = Vec::new();
    for (term, payment) in TERMS.into_iter().flat_map(|term| PAYMENTS.map(|payment| (term, payment))) {
        match &sku.kind {
            Kind::Ec2 { price, license } => {
                for class in [Standard, Convertible] {
                    let list = price.reserved(class, term, payment);
                    found.push((class, term, payment, ReservedPrice { hourly: list.hourly + license.unwrap_or_default(), ..list }));
                }
            }
            // Three years with nothing upfront are not sold.
            Kind::Rds(_) if (term, payment) == (Term::ThreeYears, Payment::Nothing) => {}
            Kind::Rds(price) => found.push((Standard, term, payment, price.reserved(term, payment))),
            Kind::Node(price) => found.push((Standard, term, payment, price.reserved(term, payment))),
            Kind::Spot | Kind::Metered => {}
        }
    }
    found
}

/// Every kind of plan there is, EC2 Instance plans by Region and family.
pub(crate) fn kinds(skus: &[&Sku]) -> Vec<PlanType> {
    let instances = skus.iter().filter(|sku| matches!(sku.kind, Kind::Ec2 { .. }));
    let families: BTreeSet<(u32, &str)> = instances.map(|sku| (sku.region, family_of(sku))).collect();
    let of_families = families.into_iter().map(|(region, family)| PlanType::Ec2Instance { family: family.to_owned(), region });
    of_families.chain([PlanType::Compute, PlanType::SageMaker, PlanType::Database]).collect()
}

/// What a kind is sold for: Database plans for one year with nothing upfront alone.
pub(crate) fn terms_of(kind: &PlanType) -> Vec<(Term, Payment)> {
    if *kind == PlanType::Database {
        return vec![(Term::OneYear, Payment::Nothing)];
    }
    TERMS.into_iter().flat_map(|term| PAYMENTS.map(|payment| (term, payment))).collect()
}
