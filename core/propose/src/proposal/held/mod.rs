//! What to change of what is held: one change after the other, each as long as it lowers what is paid, simulated exactly over the same futures.
//!
//! Purchases are left as they are, so the bound is not touched: changes are improvements on top of it. Nothing here says that AWS will agree.

mod exchange;
mod modify;
mod resale;
mod returns;
mod scene;
#[cfg(test)]
mod tests;

use super::choices::moment;
use super::document::HeldStep;
use super::figures::{amount, mean, spread};
use super::inputs::{HeldPlan, HeldReservation, InputsError};
use super::price::{Holdings, Priced, Pricing};
use super::search::Found;
use super::steps;
use scene::{Action, Change, Scene};
use tenor_money::Money;

/// Futures that a change is tried in before all of them confirm it.
const TRIED_SCENARIOS: usize = 2;

/// Changes that are tried: those that promise most.
const TRIED_MAX: usize = 24;

/// Changes of one proposal: whoever signs has to look at each.
const CHANGES_MAX: usize = 10;

/// What a change has to save over the horizon, or nobody is troubled with it.
const SAVING_MIN: Money = Money::from_whole(1);

/// The changes of a proposal.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) steps: Vec<HeldStep>,
    /// What all of them save, as the mean over all futures.
    pub(crate) saved: Money,
    /// What could not be looked at.
    pub(crate) limitations: Vec<String>,
}

/// Finds changes that pay beside a portfolio.
///
/// # Errors
/// When they are more than a simulation can count.
pub(crate) fn changes(pricing: &Pricing<'_>, found: &Found) -> Result<Changes, InputsError> {
    let scene = Scene::of(pricing, found);
    let mut candidates: Vec<Change> = modify::candidates(&scene);
    candidates.extend(returns::candidates(&scene));
    candidates.extend(exchange::candidates(&scene));
    candidates.extend(resale::candidates(&scene));
    candidates.sort_by(|one, other| other.hope.cmp(&one.hope).then_with(|| one.place().cmp(&other.place())));
    candidates.truncate(TRIED_MAX);
    let mut search = Search::new(&scene);
    let mut tried = Vec::new();
    for change in candidates {
        tried.push((search.hope(&change)?, change));
    }
    tried.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.place().cmp(&other.1.place())));
    for (_, change) in tried.into_iter().filter(|(hope, _)| *hope >= SAVING_MIN) {
        search.accept(change)?;
    }
    let saved = search.steps.iter().map(|(_, saved)| *saved).sum();
    Ok(Changes { steps: search.steps.into_iter().map(|(step, _)| step).collect(), saved, limitations: scene.limitations() })
}

/// What is held once changes are made.
#[derive(Debug, Clone)]
struct Held {
    reservations: Vec<HeldReservation>,
    plans: Vec<HeldPlan>,
}

impl Held {
    fn with(&self, change: &Change) -> Self {
        let mut held = self.clone();
        held.reservations.retain(|one| one.id != change.id);
        held.plans.retain(|one| one.id != change.id);
        held.reservations.extend(change.instead.iter().cloned());
        held
    }
}

struct Search<'a> {
    scene: &'a Scene<'a>,
    held: Held,
    /// By scenario: what is owed with the changes so far.
    owed: Vec<Money>,
    /// Whether the purchases were used as much as the policy wants before any change.
    keeps_utilization: bool,
    /// With what each saves, as the mean over all futures.
    steps: Vec<(HeldStep, Money)>,
    returned: u32,
}

impl<'a> Search<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let (inputs, priced) = (scene.pricing.inputs, &scene.found.priced);
        Self {
            scene,
            held: Held { reservations: inputs.held_reservations.clone(), plans: inputs.held_plans.clone() },
            owed: (0..priced.totals.len()).map(|scenario| priced.owed(scenario)).collect(),
            keeps_utilization: keeps_utilization(scene, priced),
            steps: Vec::new(),
            returned: 0,
        }
    }

    /// What a change saves in a few futures, on the mean.
    fn hope(&self, change: &Change) -> Result<Money, InputsError> {
        let scenarios = TRIED_SCENARIOS.min(self.owed.len());
        let priced = self.priced(&self.held.with(change), scenarios)?;
        Ok(mean(&self.savings(change, &priced)) - change.interest)
    }

    fn priced(&self, held: &Held, scenarios: usize) -> Result<Priced, InputsError> {
        let Pricing { inputs, pools, outlook, choices, workers, .. } = *self.scene.pricing;
        let held = Holdings { reservations: &held.reservations, plans: &held.plans };
        Pricing { inputs, held, pools, outlook, choices, workers }.price(&self.scene.found.purchases, scenarios)
    }

    /// By scenario: what is owed less, and what is paid to the owner of it within the horizon.
    fn savings(&self, change: &Change, priced: &Priced) -> Vec<Money> {
        (0..priced.totals.len()).map(|scenario| self.owed[scenario] - priced.owed(scenario) + change.cash_within).collect()
    }

    /// Makes a change if it pays beside those made before: one for each commitment.
    fn accept(&mut self, change: Change) -> Result<(), InputsError> {
        let is_return = change.action == Action::Return;
        let is_used_up = is_return && self.returned >= self.scene.pricing.inputs.policy.purchase.returns_left;
        let is_changed = self.steps.iter().any(|(step, _)| step.id == change.id);
        if is_used_up || is_changed || self.steps.len() == CHANGES_MAX {
            return Ok(());
        }
        if !self.steps.is_empty() && self.hope(&change)? < SAVING_MIN {
            return Ok(());
        }
        let held = self.held.with(&change);
        let priced = self.priced(&held, self.owed.len())?;
        let savings = self.savings(&change, &priced);
        let pays = mean(&savings) - change.interest >= SAVING_MIN;
        if !pays || (self.keeps_utilization && !keeps_utilization(self.scene, &priced)) {
            return Ok(());
        }
        self.held = held;
        self.owed = (0..priced.totals.len()).map(|scenario| priced.owed(scenario)).collect();
        self.returned += u32::from(is_return);
        let step = self.step(change, &savings);
        self.steps.push((step, mean(&savings)));
        Ok(())
    }

    fn step(&self, change: Change, savings: &[Money]) -> HeldStep {
        let text = |second: i64| jiff::Timestamp::from_second(second).ok().map(|moment| moment.to_string());
        HeldStep {
            number: self.steps.len() + 1,
            action: change.action.as_str().to_owned(),
            id: change.id,
            what: change.what,
            count: change.count,
            held: change.held,
            becomes: change.becomes,
            from: change.from,
            to: change.to,
            moment: moment(self.scene.pricing.inputs, 0).to_string(),
            deadline: change.deadline.and_then(text),
            money_now: amount(change.cash),
            savings: spread(savings),
            conditions: change.conditions,
            reason: change.reason,
        }
    }
}

/// Whether every step is used as much as the policy wants, in as many futures.
fn keeps_utilization(scene: &Scene<'_>, priced: &Priced) -> bool {
    let (pricing, purchases) = (scene.pricing, &scene.found.purchases);
    let rule = pricing.inputs.policy.utilization;
    let is_used = |place: usize| rule.is_kept(&steps::utilization(pricing, purchases, priced, place));
    (0..purchases.len()).filter(|place| pricing.choices[purchases[*place].choice].is_step()).all(is_used)
}
