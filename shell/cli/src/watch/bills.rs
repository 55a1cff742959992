//! What bills show of commitments, and how much of each was used in the last complete periods.

use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Ratio};
use tenor_order::watch::Shown;
use tenor_query::cost::Range;
use tenor_query::{Engine, QueryError};

/// So many periods are looked back on.
const PERIODS: usize = 6;

/// What the lake has of it.
pub(super) struct Billed {
    commitments: Vec<Commitment>,
    utilization: BTreeMap<String, Vec<(BillingPeriod, Ratio)>>,
    pub(super) regions: BTreeSet<String>,
}

pub(super) async fn read(engine: &Engine) -> Result<Billed, QueryError> {
    let all = Range::default();
    let mut billed = Billed { commitments: Vec::new(), utilization: BTreeMap::new(), regions: BTreeSet::new() };
    let shown = match engine.shown(&all, None).await {
        Err(QueryError::NothingHeld) => return Ok(billed),
        shown => shown?,
    };
    billed.commitments = shown.inventory()?.commitments;
    billed.regions = crate::ledger::regions(engine).await?;
    // A period that is complete for one payer and open for another is left out.
    let periods = engine.commitment_fees(&all).await?.periods;
    let open: BTreeSet<BillingPeriod> = periods.iter().filter(|(_, is_complete)| !**is_complete).map(|((_, period), _)| *period).collect();
    let complete: BTreeSet<BillingPeriod> = periods.keys().map(|(_, period)| *period).filter(|period| !open.contains(period)).collect();
    let last: BTreeSet<BillingPeriod> = complete.into_iter().rev().take(PERIODS).collect();
    for (period, id, used) in shown.utilization() {
        if last.contains(&period) {
            billed.utilization.entry(id).or_default().push((period, used));
        }
    }
    Ok(billed)
}

impl Billed {
    pub(super) fn shown(&self) -> Vec<Shown<'_>> {
        let of = |commitment: &Commitment| self.utilization.get(&commitment.facts.id.to_string()).cloned().unwrap_or_default();
        self.commitments.iter().map(|commitment| Shown { commitment, utilization: of(commitment) }).collect()
    }
}
