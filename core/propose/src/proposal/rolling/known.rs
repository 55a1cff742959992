//! What is known at a decision: inputs that end there.

use super::lots::Lot;
use crate::proposal::inputs::{Inputs, Line, PlanOffer, PlanRate};
use std::collections::BTreeSet;

/// Inputs cut to what was known in an hour. They are a copy that holds no later cell, so nothing that is given a `Known` can see further; what was not
/// used by then has neither line nor offer in them.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    inputs: Inputs,
    /// By reservation on sale in them: its place in all inputs.
    reserved: Vec<usize>,
}

impl Known {
    /// The first `hours` hours, holding what some lots have not ended of. Plans keep their places.
    ///
    /// Changes and promises that the owner told at the end of the history are left out: nothing says that they were known before.
    pub(crate) fn at(all: &Inputs, hours: usize, lots: &[Lot]) -> Self {
        let is_used = |line: &&Line| line.cells[..hours].iter().any(|cell| *cell > 0);
        let cut = |line: &Line| {
            let (account, zone, cells) = (line.account.clone(), line.zone.clone(), line.cells[..hours].to_vec().into());
            Line { class: line.class, account, sku: line.sku, zone, cells }
        };
        let lines: Vec<Line> = all.lines.iter().filter(is_used).map(cut).collect();
        let used: BTreeSet<usize> = lines.iter().map(|line| line.sku).collect();
        let of_used = |rates: &[PlanRate]| rates.iter().filter(|rate| used.contains(&rate.sku)).copied().collect::<Vec<_>>();
        let reserved: Vec<usize> = (0..all.reserved.len()).filter(|offer| used.contains(&all.reserved[*offer].sku)).collect();
        let mut inputs = Inputs {
            format: all.format,
            seed: all.seed,
            scenarios: all.scenarios,
            first: all.first,
            hours,
            unknown: all.unknown.iter().map(|(start, end)| (*start, (*end).min(hours))).filter(|(start, end)| start < end).collect(),
            prices: all.prices.clone(),
            payer: all.payer.clone(),
            classes: all.classes.clone(),
            skus: all.skus.clone(),
            lines,
            reserved: reserved.iter().map(|offer| all.reserved[*offer].clone()).collect(),
            plans: all.plans.iter().map(|plan| PlanOffer { rates: of_used(&plan.rates), ..plan.clone() }).collect(),
            held_reservations: Vec::new(),
            held_plans: Vec::new(),
            policy: all.policy.clone(),
            changes: Vec::new(),
            promises: Vec::new(),
            limitations: Vec::new(),
        };
        for (place, lot) in lots.iter().enumerate().filter(|(_, lot)| lot.hours.end > hours) {
            inputs.held_reservations.extend(lot.reservation(all, place));
            if let Some(mut plan) = lot.plan(all, place) {
                plan.rates = of_used(&plan.rates);
                inputs.held_plans.push(plan);
            }
        }
        Self { inputs, reserved }
    }

    /// The inputs, which end at the decision.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// The place in all inputs of a reservation on sale.
    pub(super) fn reserved(&self, offer: usize) -> usize {
        self.reserved[offer]
    }
}
