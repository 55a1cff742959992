//! From what a bill says to an organization that can be simulated.

use super::input::{BilledHour, Fee, FeeKind, LeftOut, PlanOffering, ReplayInput, ReplayInputError, SkuName};
use crate::catalogue::{Gap, Sizes};
use crate::commitment::{CommitmentId, Covers, Plan, Reservation};
use crate::organization::{InputError, Organization, Parts, Series};
use crate::sharing::Sharing;
use crate::sink::Held;
use crate::sku::RateTable;
use crate::usage::Usage;
use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_money::{Quantity, UnitPrice};

/// Rates of plans and of usage, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownRates {
    /// From a price list: by offering, then service, usage type and operation. Complete for each offering it has.
    pub listed: BTreeMap<PlanOffering, BTreeMap<(String, String, String), UnitPrice>>,
    /// Public on-demand rates from a price list, for usage to which the bill gives none: by region, service, usage type and operation.
    pub on_demand: BTreeMap<(String, String, String, String), UnitPrice>,
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
    /// By SKU, in the order of the organization's: what the bill and its rows say of it.
    pub names: Vec<(SkuName, String)>,
    /// What could not be told from the bill, each with what was assumed.
    pub gaps: Vec<Gap>,
    /// Whether reservations can be exchanged, of those whose fees say so.
    pub convertible: BTreeMap<CommitmentId, bool>,
    pub(super) billed: BTreeMap<(Held, Hour), BilledUse>,
    /// What commitments paid for and is not simulated: those that no rule is known for, and usage that could not be taken in.
    pub(super) left_out: BTreeMap<CommitmentId, LeftOut>,
}

/// What the bill says a commitment covered in an hour, in its own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BilledUse {
    pub(super) units: Quantity,
    pub(super) effective: tenor_money::Money,
}

/// A rate table's place, and the rates in it that a bill charged, by SKU index.
type KnownTable = (usize, BTreeMap<usize, UnitPrice>);

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

impl SparseUsage {
    /// All cells that are not zero: hour, index of the series, and how much, in the order of hours and series.
    pub fn cells(&self) -> impl Iterator<Item = (Hour, usize, u64)> + '_ {
        self.hours.iter().flat_map(|(hour, cells)| cells.iter().map(|(series, cell)| (*hour, *series as usize, *cell)))
    }

    /// Refuses usage beyond what a simulation can count.
    fn check(&self, organization: &Organization) -> Result<(), InputError> {
        let mut cells = vec![0; organization.parts().series.len()];
        self.hours.keys().try_for_each(|hour| {
            self.read(*hour, &mut cells);
            organization.check_cells(*hour, &cells)
        })
    }
}

impl ReplayInput {
    /// Puts the period together.
    ///
    /// # Errors
    /// When the parts do not fit together, or are more than a simulation can count.
    pub fn build(mut self, sharing: Sharing, rates: &KnownRates, sizes: &Sizes) -> Result<Replay, ReplayInputError> {
        let mut parts = Parts { sharing, ..Parts::default() };
        let tables = self.rate_tables(rates, &mut parts.rate_tables);
        let (mut held, mut convertible) = (BTreeMap::new(), BTreeMap::new());
        for fee in std::mem::take(&mut self.fees) {
            let id = fee.id.clone();
            if let FeeKind::Reservation { is_convertible: Some(is_convertible), .. } = fee.kind {
                convertible.insert(id.clone(), is_convertible);
            }
            if let Some(place) = self.commitment(fee, &tables, &mut parts, sizes) {
                held.insert(id, place);
            }
        }
        let billed = self.billed(&held, &parts);
        let hours = order(self.series, self.cells, &mut parts.series);
        let (names, skus) = self.skus.into_iter().map(|(name, kind, sku)| ((name, kind), sku)).unzip();
        parts.skus = skus;
        let organization = Organization::new(parts)?;
        self.gaps.extend(organization.gaps());
        let usage = SparseUsage { hours };
        usage.check(&organization)?;
        let gaps = self.gaps.into_iter().collect();
        Ok(Replay { organization, usage, names, gaps, convertible, billed, left_out: self.left_out })
    }

    /// What the bill says of each commitment that is simulated; of the others, what is left out.
    fn billed(&mut self, held: &BTreeMap<CommitmentId, Held>, parts: &Parts) -> BTreeMap<(Held, Hour), BilledUse> {
        let mut uses = BTreeMap::new();
        for ((id, hour), billed) in std::mem::take(&mut self.billed) {
            if let Some(held) = held.get(&id) {
                uses.insert((*held, hour), in_units(&billed, *held, parts));
                continue;
            }
            if !self.unmatched.contains(&id) {
                self.gaps.insert(Gap::NoFee { commitment: id.clone() });
            }
            let left_out = self.left_out.entry(id).or_default();
            left_out.rows += billed.rows;
            left_out.effective += billed.effective;
        }
        uses
    }

    /// The table of each plan: one for each offering held, and a further one where plans of one offering were billed at other rates, as
    /// plans bought at different times may be.
    fn rate_tables(&mut self, rates: &KnownRates, tables: &mut Vec<RateTable>) -> BTreeMap<CommitmentId, usize> {
        let mut places = BTreeMap::new();
        // Tables of each offering, with the rates in them that a bill charged.
        let mut of_offering: BTreeMap<&PlanOffering, Vec<KnownTable>> = BTreeMap::new();
        for fee in &self.fees {
            let FeeKind::Plan { offering, .. } = &fee.kind else { continue };
            let billed = || (0..self.skus.len()).filter_map(|sku| Some((sku, *rates.billed.get(&(fee.id.clone(), sku))?)));
            let agrees =
                |known: &BTreeMap<usize, UnitPrice>| billed().all(|(sku, rate)| known.get(&sku).is_none_or(|known| *known == rate));
            let known = of_offering.entry(offering).or_default();
            let at = known.iter().position(|(_, known)| agrees(known)).unwrap_or_else(|| {
                let is_first = known.is_empty();
                known.push((tables.len(), BTreeMap::new()));
                let listed = rates.listed.get(offering);
                if listed.is_none() {
                    self.gaps.insert(Gap::NoRateTable { offering: offering.to_string() });
                }
                let rate = |(name, ..): &(SkuName, String, crate::sku::Sku)| {
                    listed.and_then(|rates| rates.get(&(name.service.clone(), name.usage_type.clone(), name.operation.clone())).copied())
                };
                let name = if is_first { offering.to_string() } else { format!("{offering} as of {}", fee.id) };
                tables.push(RateTable { name, rates: self.skus.iter().map(rate).collect() });
                known.len() - 1
            });
            let (place, known) = &mut known[at];
            // What the bill charged stands above any list.
            for (sku, rate) in billed() {
                tables[*place].rates[sku] = Some(rate);
                known.insert(sku, rate);
            }
            places.insert(fee.id.clone(), *place);
        }
        places
    }

    /// Adds a commitment to the parts; none when no rule says what it covers, which is noted as a gap.
    fn commitment(&mut self, fee: Fee, tables: &BTreeMap<CommitmentId, usize>, parts: &mut Parts, sizes: &Sizes) -> Option<Held> {
        let Fee { id, owner, term, upfront, kind } = fee;
        match kind {
            FeeKind::Plan { offering, recurring } => {
                let rate_table = tables[&id];
                parts.plans.push(Plan { id, owner, term, kind: offering.kind, recurring, upfront, rate_table });
                Some(Held::Plan(parts.plans.len() - 1))
            }
            FeeKind::Reservation { sku, facts, factor: billed_factor, zone, count, hourly, is_convertible: _ } => {
                let attributes = sku.attributes(&facts);
                match attributes.covers(zone.is_some(), billed_factor, sizes) {
                    Ok((covers, factor)) => {
                        self.gaps.extend(attributes.gaps(billed_factor, sizes));
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

/// Puts series in the order of account, resource, SKU and zone, whatever order a bill's rows came in, and cells with them.
fn order(
    series: BTreeMap<Series, u32>,
    cells: BTreeMap<Hour, BTreeMap<u32, u64>>,
    into: &mut Vec<Series>,
) -> BTreeMap<Hour, Vec<(u32, u64)>> {
    let mut places = vec![0; series.len()];
    for (place, (series, taken)) in (0..).zip(series) {
        places[taken as usize] = place;
        into.push(series);
    }
    let ordered = |cells: BTreeMap<u32, u64>| {
        let mut cells: Vec<(u32, u64)> = cells.into_iter().map(|(series, cell)| (places[series as usize], cell)).collect();
        cells.sort_unstable();
        cells
    };
    cells.into_iter().map(|(hour, cells)| (hour, ordered(cells))).collect()
}

/// What a commitment covered, in normalized units if that is how it counts.
fn in_units(billed: &BilledHour, held: Held, parts: &Parts) -> BilledUse {
    let normalized = match held {
        Held::Reservation(place) => matches!(parts.reservations[place].covers, Covers::Family(_)),
        Held::Plan(_) => false,
    };
    BilledUse { units: if normalized { billed.normalized } else { billed.hours }, effective: billed.effective }
}
