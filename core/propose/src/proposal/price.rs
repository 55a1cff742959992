//! What a portfolio costs, exactly: the billing simulator over all scenarios, hour by hour.

use super::choices::{Choice, Goods, moment, upfront_halves};
use super::inputs::{HeldPlan, HeldReservation, Inputs, InputsError, paid};
use super::pools::{Outlook, Pools, Stretch};
use crate::solve::{Futures as _, Workers};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Mutex;
use tenor_bill::Hour;
use tenor_cover::{
    Commitment, CommitmentId, Factor, Organization, PartialHours, Parts, Plan, Reservation, Series, Settings, Sharing, Simulator, Term,
    Ties, Totals, Usage,
};
use tenor_money::{Money, Quantity, Rounding, SCALE};

/// Ties go by name, and names of what is proposed come last: what is held already covers first, so that a purchase is judged by what it adds.
const HELD_FIRST: Settings = Settings { reservation_ties: Ties::ByArn, plan_ties: Ties::ByArn, plan_partial_hours: PartialHours::Whole };

/// So much of one choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purchase {
    /// Index of the choice.
    pub(crate) choice: usize,
    /// Reservations, or thousandths of an hourly commitment.
    pub(crate) items: u32,
}

impl Purchase {
    /// What a plan commits to by the hour, whatever is paid of it.
    pub(crate) fn commitment(&self) -> Money {
        Money::from_units(SCALE / 1_000 * i128::from(self.items))
    }

    /// What it costs per hour, fees alone.
    pub(crate) fn hourly(&self, choice: &Choice) -> Money {
        self.times(Money::from_units(choice.fee.units()), choice)
    }

    /// An amount of one, for all of it.
    pub(crate) fn times(&self, one: Money, choice: &Choice) -> Money {
        let parts = if matches!(choice.goods, Goods::Plan { .. }) { 1_000 } else { 1 };
        one.share(i128::from(self.items), parts, Rounding::HalfEven)
    }
}

/// What is held while something is priced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holdings<'a> {
    pub(crate) reservations: &'a [HeldReservation],
    pub(crate) plans: &'a [HeldPlan],
}

impl<'a> Holdings<'a> {
    /// What is held at the decision.
    pub(crate) fn of(inputs: &'a Inputs) -> Self {
        Self { reservations: &inputs.held_reservations, plans: &inputs.held_plans }
    }
}

/// The totals of each scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Priced {
    /// By scenario.
    pub(crate) totals: Vec<Totals>,
    /// How many reservations and plans are held, not bought.
    pub(crate) held: (usize, usize),
    /// What is paid of the fees of plans: of those held, then of those bought.
    pub(crate) fees: Vec<Quantity>,
}

impl Priced {
    /// What a scenario costs beyond what is held: on demand, and fees of what is bought.
    pub(crate) fn cost(&self, scenario: usize) -> Money {
        let totals = &self.totals[scenario];
        let reserved: Money = totals.reservations[self.held.0..].iter().map(tenor_cover::ReservationTotals::cost).sum();
        let plans: Money = (self.held.1..totals.plans.len()).map(|place| self.plan_cost(totals, place)).sum();
        totals.on_demand_cost() + reserved + plans
    }

    /// What a plan costs in some totals, of which the simulation counts what it commits to.
    pub(crate) fn plan_cost(&self, totals: &Totals, place: usize) -> Money {
        paid(totals.plans[place].cost(), self.fees[place])
    }

    /// The same with recurring fees of what is held, which end when it is given up; what was paid upfront is paid.
    pub(crate) fn owed(&self, scenario: usize) -> Money {
        let totals = &self.totals[scenario];
        let reserved: Money = totals.reservations[..self.held.0].iter().map(|held| held.recurring).sum();
        let plans: Money = totals.plans[..self.held.1].iter().zip(&self.fees).map(|(held, fee)| paid(held.recurring, *fee)).sum();
        self.cost(scenario) + reserved + plans
    }

    /// All that a scenario costs: on demand, and fees of what is held and bought, with what was paid ahead spread over its term.
    pub(crate) fn spend(&self, scenario: usize) -> Money {
        let totals = &self.totals[scenario];
        let reserved: Money = totals.reservations[..self.held.0].iter().map(tenor_cover::ReservationTotals::cost).sum();
        let plans: Money = (0..self.held.1).map(|place| self.plan_cost(totals, place)).sum();
        self.cost(scenario) + reserved + plans
    }

    /// By scenario.
    pub(crate) fn costs(&self) -> Vec<Money> {
        (0..self.totals.len()).map(|scenario| self.cost(scenario)).collect()
    }
}

/// An organization with what is bought, over hours to come.
pub(crate) struct Pricing<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) held: Holdings<'a>,
    pub(crate) pools: &'a Pools,
    pub(crate) outlook: &'a Outlook<'a>,
    pub(crate) choices: &'a [Choice],
    pub(crate) workers: &'a dyn Workers,
}

impl Pricing<'_> {
    /// Prices some purchases over the first scenarios.
    ///
    /// # Errors
    /// When they are more than a simulation can count.
    pub(crate) fn price(&self, purchases: &[Purchase], scenarios: usize) -> Result<Priced, InputsError> {
        let whole = 0..self.outlook.hours();
        let mut priced = self.price_spans(purchases, scenarios, std::slice::from_ref(&whole))?;
        Ok(priced.pop().expect("one span has one price"))
    }

    /// The same by spans of hours, one after the other.
    ///
    /// # Errors
    /// As [`price`](Self::price).
    pub(crate) fn price_spans(&self, purchases: &[Purchase], scenarios: usize, spans: &[Range<usize>]) -> Result<Vec<Priced>, InputsError> {
        let organization = self.organization(purchases)?;
        let simulator = Simulator::with_settings(&organization, HELD_FIRST);
        let places: Vec<Mutex<Vec<Totals>>> = (0..scenarios).map(|_| Mutex::default()).collect();
        self.workers.each(scenarios, &|scenario| {
            let usage = ScenarioUsage { outlook: self.outlook, scenario, first: moment(self.inputs, 0), stretch: RefCell::default() };
            let run = |span: &Range<usize>| simulator.run(&usage, moment(self.inputs, span.start)..moment(self.inputs, span.end), &mut ());
            *places[scenario].lock().expect("nothing panics while it holds a place") = spans.iter().map(run).collect();
        });
        let mut by_span: Vec<Vec<Totals>> = spans.iter().map(|_| Vec::with_capacity(scenarios)).collect();
        for place in places {
            let totals = place.into_inner().expect("as above");
            by_span.iter_mut().zip(totals).for_each(|(all, one)| all.push(one));
        }
        let bought = purchases.iter().map(|purchase| &self.choices[purchase.choice]);
        let bought = bought.filter(|choice| matches!(choice.goods, Goods::Plan { .. })).map(|choice| choice.paid);
        let fees: Vec<Quantity> = self.held.plans.iter().map(|held| held.fee).chain(bought).collect();
        let held = (self.held.reservations.len(), self.held.plans.len());
        Ok(by_span.into_iter().map(|totals| Priced { totals, held, fees: fees.clone() }).collect())
    }

    /// Refuses what a simulation cannot count: all that is ever used, in one hour.
    ///
    /// # Errors
    /// When that is too much.
    pub(crate) fn check(&self) -> Result<(), InputsError> {
        Ok(self.organization(&[])?.check_cells(moment(self.inputs, 0), &self.outlook.most())?)
    }

    /// Usage by lines and what is unseen; held commitments first, then those bought, by name.
    fn organization(&self, purchases: &[Purchase]) -> Result<Organization, InputsError> {
        let inputs = self.inputs;
        let mut parts = Parts { skus: inputs.cover_skus(), sharing: sharing(inputs), ..Parts::default() };
        for line in &inputs.lines {
            let (account, resource) = (inputs.account(line.class), line.account.clone());
            parts.series.push(Series { account, resource, sku: line.sku, zone: line.zone.clone() });
        }
        for (place, pool) in self.pools.pools.iter().enumerate().skip(self.pools.seen) {
            let model = parts.skus[pool.sku].clone();
            let name = format!("successor {place} of {}", model.name);
            parts.series.push(Series { account: inputs.account(pool.class), resource: String::new(), sku: parts.skus.len(), zone: None });
            parts.skus.push(tenor_cover::Sku { name, reservable: None, ..model });
        }
        for (place, plan) in self.held.plans.iter().enumerate() {
            parts.rate_tables.push(self.table(format!("held {place}"), &plan.rates, plan.kind != "EC2 Instance"));
            parts.plans.push(plan.to_cover(inputs, place));
        }
        for held in self.held.reservations {
            match held.to_cover(inputs) {
                Commitment::Reservation(reservation) => parts.reservations.push(reservation),
                Commitment::Plan(plan) => parts.plans.push(plan),
            }
        }
        for (place, purchase) in purchases.iter().enumerate() {
            match self.commitment(place, purchase, &mut parts) {
                Commitment::Reservation(reservation) => parts.reservations.push(reservation),
                Commitment::Plan(plan) => parts.plans.push(plan),
            }
        }
        Ok(Organization::new(parts)?)
    }

    /// A table over all SKUs and the successors of some.
    fn table(&self, name: String, rates: &[super::inputs::PlanRate], covers_unseen: bool) -> tenor_cover::RateTable {
        let mut table = self.inputs.rate_table(name, rates);
        for pool in &self.pools.pools[self.pools.seen..] {
            table.rates.push(table.rates[pool.sku].filter(|_| covers_unseen));
        }
        table
    }

    fn commitment(&self, place: usize, purchase: &Purchase, parts: &mut Parts) -> Commitment {
        let inputs = self.inputs;
        let choice = &self.choices[purchase.choice];
        let id = CommitmentId(format!("~proposed {place:06}"));
        let owner = inputs.account(choice.class);
        let start = moment(inputs, choice.hours.start).start_second();
        let term = Term { start, seconds: i64::from(choice.term.hours()) * 3_600, retired: None };
        match choice.goods {
            Goods::Reservation { offer, .. } => {
                let on_sale = &inputs.reserved[offer];
                let sku = &inputs.skus[on_sale.sku];
                Commitment::Reservation(Reservation {
                    id,
                    owner,
                    term,
                    covers: sku.covers().expect("what is on sale can be reserved"),
                    zone: None,
                    count: purchase.items,
                    factor: Factor::from_thousandths(sku.factor).unwrap_or(Factor::ONE),
                    hourly: on_sale.hourly,
                    upfront: Money::from_units(on_sale.upfront.units() * i128::from(purchase.items)),
                })
            }
            Goods::Plan { offer } => {
                let on_sale = &inputs.plans[offer];
                let kind = on_sale.kind().expect("checked inputs name kinds");
                let family_bound = !on_sale.family.is_empty();
                let rate_table = parts.rate_tables.len();
                parts.rate_tables.push(self.table(format!("proposed {place}"), &on_sale.rates, !family_bound));
                let (recurring, upfront) = plan_fees(purchase.items, choice);
                Commitment::Plan(Plan { id, owner, term, kind, recurring, upfront, rate_table })
            }
        }
    }
}

/// What so many thousandths of a plan commit to by the hour and at the start, whatever is paid of it.
pub(crate) fn plan_fees(items: u32, choice: &Choice) -> (Money, Money) {
    let commitment = Purchase { choice: 0, items }.commitment();
    let recurring = commitment.share(2 - upfront_halves(choice.payment), 2, Rounding::HalfEven);
    (recurring, Money::from_units((commitment - recurring).units() * i128::from(choice.term.hours())))
}

/// Classes share nothing with each other; inside of one, everything.
pub(crate) fn sharing(inputs: &Inputs) -> Sharing {
    let alone = inputs.classes.len() > 1;
    Sharing { off: (0..inputs.classes.len()).filter(|_| alone).map(|class| inputs.account(class)).collect(), ..Sharing::default() }
}

/// What is used in one scenario.
struct ScenarioUsage<'a> {
    outlook: &'a Outlook<'a>,
    scenario: usize,
    first: Hour,
    stretch: RefCell<Stretch>,
}

impl Usage for ScenarioUsage<'_> {
    fn read(&self, hour: Hour, into: &mut [u64]) {
        let hour = usize::try_from(hour.epoch_hours() - self.first.epoch_hours()).expect("only hours to come are asked for");
        self.outlook.hour(self.scenario, hour, &mut self.stretch.borrow_mut(), into);
    }
}
