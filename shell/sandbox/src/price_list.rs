//! The organization's price list: the public rates of all it may use, and every plan's rates for them, as `docs/spec/sharing.md` lays it out.

use crate::commitment::PlanType;
use crate::matching::offered_rate;
use crate::price::{Payment, Term};
use crate::region::REGIONS;
use crate::sku::{Kind, Sku, family_of};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const HEADER: &str = "offering,term,payment_option,family,region,service,usage_type,operation,rate\n";

/// The list as CSV: on-demand rates first, then one offering after the other. Nothing in it needs quotes.
pub(crate) fn price_list(skus: &[Sku]) -> String {
    let mut out = HEADER.to_owned();
    let mut seen = BTreeSet::new();
    // What is priced twice, in a fleet and for reservations, is listed once.
    let distinct: Vec<&Sku> = skus.iter().filter(|sku| seen.insert((sku.product_code, &sku.usage_type, sku.operation))).collect();
    for sku in &distinct {
        push(&mut out, "OnDemand,,,", REGIONS[sku.region as usize].code, sku, sku.rate);
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
                    push(&mut out, &offering, sold_in.map_or("", |region| REGIONS[region as usize].code), sku, rate);
                }
            }
        }
    }
    out
}

fn push(out: &mut String, offering: &str, region: &str, sku: &Sku, rate: tenor_money::UnitPrice) {
    writeln!(out, "{offering},{region},{},{},{},{rate}", sku.product_code, sku.usage_type, sku.operation)
        .expect("writing to a string never fails");
}

/// Every kind of plan there is, EC2 Instance plans by Region and family.
fn kinds(skus: &[&Sku]) -> Vec<PlanType> {
    let instances = skus.iter().filter(|sku| matches!(sku.kind, Kind::Ec2 { .. }));
    let families: BTreeSet<(u32, &str)> = instances.map(|sku| (sku.region, family_of(sku))).collect();
    let of_families = families.into_iter().map(|(region, family)| PlanType::Ec2Instance { family: family.to_owned(), region });
    of_families.chain([PlanType::Compute, PlanType::SageMaker, PlanType::Database]).collect()
}

/// What a kind is sold for: Database plans for one year with nothing upfront alone.
fn terms_of(kind: &PlanType) -> Vec<(Term, Payment)> {
    if *kind == PlanType::Database {
        return vec![(Term::OneYear, Payment::Nothing)];
    }
    let payments = [Payment::Nothing, Payment::Half, Payment::Everything];
    [Term::OneYear, Term::ThreeYears].into_iter().flat_map(|term| payments.map(|payment| (term, payment))).collect()
}
