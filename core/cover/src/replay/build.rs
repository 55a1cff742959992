//! From what a bill says to an organization that can be simulated.

use super::input::{BilledHour, Fee, FeeKind, PlanOffering, ReplayInput, ReplayInputError};
use crate::catalogue::{Gap, Sizes};
use crate::commitment::{CommitmentId, Covers, Plan, Reservation};
use crate::organization::{Organization, Parts, Series};
use crate::sharing::Sharing;
use crate::sink::Held;
use crate::sku::RateTable;
use crate::usage::Usage;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::Hour;
use tenor_money::{Quantity, UnitPrice};

/// Rates of plans, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownRates {
    /// From a price list: by offering, then service, usage type and operation. Complete for each offering it has.
    pub listed: BTreeMap<PlanOffering, BTreeMap<(String, String, String), UnitPrice>>,
    /// From the bill's covered rows: by plan and SKU index.
    pub billed: BTreeMap<(CommitmentId, usize), UnitPrice>,
}

/// A period ready to be simulated, with what the bill said.
#[derive(Debug)]
pub struct Replay {
    /// Its usage and commitments.
    pub organization: Organization,
    /// Its hourly usage.
    pub usage: SparseUsage,
    /// What could not be told from the bill, each with what was assumed.
    pub gaps: Vec<Gap>,
    pub(super) billed: BTreeMap<(Held, Hour), BilledUse>,
}

/// What the bill says a commitment covered in an hour, in its own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BilledUse {
    pub(super) units: Quantity,
    pub(super) effective: tenor_money::Money,
}

/// Usage as a bill's rows give it: most series are idle in most hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SparseUsage {
    hours: BTreeMap<Hour, Vec<(u32, u64)>>,
}

impl Usage for SparseUsage {
    fn read(&self, hour: Hour, into: &mut [u64]) {
        into.fill(0);
        for (series, cell) in self.hours.get(&hour).into_iter().flatten() {
            into[*series as usize] = *cell;
        }
    }
}

impl ReplayInput {
    /// Puts the period together.
    ///
    /// # Errors
    /// When a commitment paid for usage and has no fee, or the parts do not fit together.
    pub fn build(mut self, sharing: Sharing, rates: &KnownRates, sizes: &Sizes) -> Result<Replay, ReplayInputError> {
        let mut parts = Parts { sharing, ..Parts::default() };
        let tables = self.rate_tables(rates, &mut parts.rate_tables);
        let mut held = BTreeMap::new();
        for fee in std::mem::take(&mut self.fees) {
            let id = fee.id.clone();
            if let Some(place) = self.commitment(fee, &tables, &mut parts, sizes) {
                held.insert(id, place);
            }
        }
        let billed = std::mem::take(&mut self.billed);
        let named: BTreeSet<&CommitmentId> = billed.keys().map(|(id, _)| id).collect();
        if let Some(missing) = named.into_iter().find(|id| !held.contains_key(id) && !self.unmatched.contains(id)) {
            return Err(ReplayInputError::NoFee(missing.clone()));
        }
        let billed = billed.iter().filter_map(|((id, hour), use_)| Some(((*held.get(id)?, *hour), in_units(use_, *held.get(id)?, &parts))));
        let billed = billed.collect();
        parts.skus = self.skus.into_iter().map(|(_, sku)| sku).collect();
        let mut series: Vec<(Series, u32)> = self.series.into_iter().collect();
        series.sort_by_key(|(_, place)| *place);
        parts.series = series.into_iter().map(|(series, _)| series).collect();
        let hours = self.cells.into_iter().map(|(hour, cells)| (hour, cells.into_iter().collect())).collect();
        let organization = Organization::new(parts)?;
        Ok(Replay { organization, usage: SparseUsage { hours }, gaps: self.gaps.into_iter().collect(), billed })
    }

    /// A table for each offering held; the place of each.
    fn rate_tables(&mut self, rates: &KnownRates, tables: &mut Vec<RateTable>) -> BTreeMap<PlanOffering, usize> {
        let mut places = BTreeMap::new();
        for fee in &self.fees {
            let FeeKind::Plan { offering, .. } = &fee.kind else { continue };
            let place = *places.entry(offering.clone()).or_insert_with(|| {
                let listed = rates.listed.get(offering);
                if listed.is_none() {
                    self.gaps.insert(Gap::NoRateTable { offering: offering.to_string() });
                }
                let rate = |(name, _): &(super::SkuName, _)| {
                    listed.and_then(|rates| rates.get(&(name.service.clone(), name.usage_type.clone(), name.operation.clone())).copied())
                };
                tables.push(RateTable { name: offering.to_string(), rates: self.skus.iter().map(rate).collect() });
                tables.len() - 1
            });
            // What the bill charged stands above any list.
            for (sku, rate) in tables[place].rates.iter_mut().enumerate() {
                *rate = rates.billed.get(&(fee.id.clone(), sku)).copied().or(*rate);
            }
        }
        places
    }

    /// Adds a commitment to the parts; none when no rule says what it covers, which is noted as a gap.
    fn commitment(&mut self, fee: Fee, tables: &BTreeMap<PlanOffering, usize>, parts: &mut Parts, sizes: &Sizes) -> Option<Held> {
        let Fee { id, owner, term, upfront, kind } = fee;
        match kind {
            FeeKind::Plan { offering, recurring } => {
                let rate_table = tables[&offering];
                parts.plans.push(Plan { id, owner, term, kind: offering.kind, recurring, upfront, rate_table });
                Some(Held::Plan(parts.plans.len() - 1))
            }
            FeeKind::Reservation { sku, facts, factor: billed_factor, zone, count, hourly } => {
                match sku.attributes(&facts).covers(zone.is_some(), sizes) {
                    Ok((covers, of_type)) => {
                        let factor = billed_factor.unwrap_or(of_type);
                        parts.reservations.push(Reservation { id, owner, term, covers, zone, count, factor, hourly, upfront });
                        Some(Held::Reservation(parts.reservations.len() - 1))
                    }
                    Err(gap) => {
                        self.gaps.insert(gap);
                        self.unmatched.insert(id);
                        None
                    }
                }
            }
        }
    }
}

/// What a commitment covered, in normalized units if that is how it counts.
fn in_units(billed: &BilledHour, held: Held, parts: &Parts) -> BilledUse {
    let normalized = match held {
        Held::Reservation(place) => matches!(parts.reservations[place].covers, Covers::Family(_)),
        Held::Plan(_) => false,
    };
    BilledUse { units: if normalized { billed.normalized } else { billed.hours }, effective: billed.effective }
}
