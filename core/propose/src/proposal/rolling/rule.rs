//! AWS's documented rule: what would have saved most over a trailing window, net of what is active; reservations for what has them, then plans
//! kind by kind for the rest, as its consoles recommend them together. With all hours as the window it is the plain quantile.

use super::bill::{organization, told, unknown};
use super::saved::{Candidate, Covered};
use crate::past::known_within;
use crate::proposal::choices::{Choice, Goods, When, cheapest_reserved, upfront_halves};
use crate::proposal::inputs::{HeldPlan, HeldReservation, Inputs, InputsError, PlanOffer, paid};
use crate::proposal::limits::keeps_limits;
use crate::proposal::pools::Pools;
use crate::proposal::price::Purchase;
use std::ops::Range;
use tenor_bill::Hour;
use tenor_cover::{OnDemand, PlanKind, Simulator, Sink};
use tenor_money::{Money, Rounding, SCALE, UnitPrice, mul_div_round};

/// Kinds of plans that are looked at, none of which covers what another does. AWS recommends EC2 Instance plans for what Compute plans are for,
/// and says that the two are not to be added up.
const KINDS: [PlanKind; 3] = [PlanKind::Compute, PlanKind::SageMaker, PlanKind::Database];

/// What the rule buys, with what is active in the last hour of the inputs taken as active in the whole window. The owner's limits are kept: what saves
/// most is bought first, as much of it as they leave.
///
/// # Errors
/// When the usage is more than a simulation can count.
pub(super) fn recommended(inputs: &Inputs, window: Range<usize>) -> Result<Vec<(Choice, u32)>, InputsError> {
    let mut found = most_saving(inputs, window)?;
    found.sort_by_key(|one| std::cmp::Reverse(one.saved));
    Ok(within_limits(inputs, found))
}

/// The same over any hours, without limits.
///
/// # Errors
/// When the usage is more than a simulation can count.
pub(super) fn levels(inputs: &Inputs, window: Range<usize>) -> Result<Vec<(Choice, u32)>, InputsError> {
    Ok(most_saving(inputs, window)?.into_iter().map(|one| (one.choice, one.items)).collect())
}

/// Something that would have saved.
struct Found {
    choice: Choice,
    items: u32,
    saved: i128,
}

fn most_saving(inputs: &Inputs, window: Range<usize>) -> Result<Vec<Found>, InputsError> {
    if known_within(&unknown(inputs), window.clone()).next().is_none() {
        return Ok(Vec::new());
    }
    let now = (inputs.first + inputs.hours as i64) * 3_600;
    let (start, seconds) = ((inputs.first + window.start as i64) * 3_600, window.len() as i64 * 3_600);
    let is_active = |first: i64, seconds: i64| first <= now && now < first + seconds;
    let reservations = inputs.held_reservations.iter().filter(|held| is_active(held.start, held.seconds));
    let mut reservations: Vec<HeldReservation> = reservations.map(|held| HeldReservation { start, seconds, ..held.clone() }).collect();
    let plans = inputs.held_plans.iter().filter(|held| is_active(held.start, held.seconds));
    let plans: Vec<HeldPlan> = plans
        .map(|held| {
            // What is spread over the term is so over the window.
            let upfront = held.upfront.share(i128::from(seconds), i128::from(held.seconds), Rounding::HalfEven);
            HeldPlan { start, seconds, upfront, ..held.clone() }
        })
        .collect();
    let pools = Pools::of(inputs);
    let left = left(inputs, &reservations, &plans, window.clone())?;
    let mut found: Vec<Found> = (0..pools.seen).filter_map(|pool| reserved(inputs, &pools, pool, &left)).collect();
    reservations.extend(found.iter().enumerate().map(|(place, one)| held(inputs, place, one, (start, seconds))));
    let left = self::left(inputs, &reservations, &plans, window)?;
    let classes = (0..inputs.classes.len()).filter(|class| inputs.classes[*class].may_buy);
    found.extend(classes.flat_map(|class| KINDS.map(|kind| plan(inputs, class, kind, &left))).flatten());
    Ok(found)
}

/// Reservations that are recommended, as if they were held in the whole window.
fn held(inputs: &Inputs, place: usize, found: &Found, (start, seconds): (i64, i64)) -> HeldReservation {
    let Goods::Reservation { offer, .. } = found.choice.goods else { unreachable!("reservations are looked at first") };
    let on_sale = &inputs.reserved[offer];
    let sku = &inputs.skus[on_sale.sku];
    let family = sku.families.first().cloned();
    let exact = sku.exact.clone().filter(|_| family.is_none());
    HeldReservation {
        id: format!("recommended {place:06}"),
        class: found.choice.class,
        start,
        seconds,
        family,
        exact,
        zone: None,
        count: found.items,
        factor: sku.factor,
        hourly: UnitPrice::ZERO,
        upfront: Money::ZERO,
        is_convertible: None,
    }
}

/// By line and known hour of a window: usage that some commitments leave on demand, in 10⁻¹².
fn left(
    inputs: &Inputs,
    reservations: &[HeldReservation],
    plans: &[HeldPlan],
    window: Range<usize>,
) -> Result<Vec<Vec<i128>>, InputsError> {
    let organization = organization(inputs, reservations, plans)?;
    let known: Vec<usize> = known_within(&unknown(inputs), window.clone()).flatten().collect();
    let mut left = Left { first: inputs.first, cells: vec![vec![0; known.len()]; inputs.lines.len()], known: &known };
    let _ = told(inputs, &Simulator::new(&organization), window, &mut left);
    Ok(left.cells)
}

/// Writes down what stays on demand.
struct Left<'a> {
    first: i64,
    known: &'a [usize],
    cells: Vec<Vec<i128>>,
}

impl Sink for Left<'_> {
    fn on_demand(&mut self, hour: Hour, rest: &OnDemand) {
        let offset = usize::try_from(hour.epoch_hours() - self.first).ok();
        let place = offset.and_then(|offset| self.known.binary_search(&offset).ok()).expect("only known hours are simulated");
        self.cells[rest.series][place] += rest.quantity.units();
    }
}

/// The count of a pool's cheapest reservation.
fn reserved(inputs: &Inputs, pools: &Pools, pool: usize, left: &[Vec<i128>]) -> Option<Found> {
    let of_pool = &pools.pools[pool];
    if !inputs.classes[of_pool.class].may_buy {
        return None;
    }
    let choices = cheapest_reserved(inputs, pools, pool);
    let choices = choices.into_iter().map(|(offer, _)| Choice::reservation(inputs, offer, (of_pool.class, pool), When::Now, 0..1));
    // Compared by unit: cross-multiplied, so that nothing is rounded; of two alike the first, which is standard, short and without upfront fee.
    let cheaper = |best: Choice, other: Choice| {
        let is_less = other.fee.units() * i128::from(best.thousandths) < best.fee.units() * i128::from(other.thousandths);
        if is_less { other } else { best }
    };
    let choice = choices.reduce(cheaper)?;
    let covers = |line: &usize| {
        let sku = &inputs.skus[inputs.lines[*line].sku];
        let units = if sku.families.is_empty() { 1_000 } else { i128::from(sku.factor) };
        Covered::new(*line, units * (SCALE / 1_000), sku.on_demand.units())
    };
    let covered = of_pool.lines.iter().filter_map(covers).collect();
    let (items, saved) = Candidate::new(&choice, covered, left, false).best();
    (items > 0).then_some(Found { choice, items, saved })
}

/// The hourly commitment of a class to one kind of plan, of the term and payment that is cheapest for what is left.
fn plan(inputs: &Inputs, class: usize, kind: PlanKind, left: &[Vec<i128>]) -> Option<Found> {
    let is_allowed = |plan: &PlanOffer| {
        let allowed = |(term, payment)| inputs.policy.allows_plan(kind, term, payment);
        plan.kind() == Some(kind) && plan.term().zip(plan.payment()).is_some_and(allowed)
    };
    let cost = |offer: usize| {
        let covered = covered_by(inputs, class, &inputs.plans[offer]);
        let used = |line: usize| left[line].iter().sum::<i128>();
        let less = |one: &Covered| {
            let on_demand = inputs.skus[inputs.lines[one.line].sku].on_demand.units();
            let takes = paid(Money::from_units(one.takes), inputs.plans[offer].fee).units();
            mul_div_round(used(one.line), takes - on_demand, SCALE, Rounding::HalfEven)
        };
        covered.iter().map(less).sum::<i128>()
    };
    let preferred = |offer: usize| {
        let plan = &inputs.plans[offer];
        (cost(offer), plan.years, plan.payment().map(upfront_halves))
    };
    let offer = (0..inputs.plans.len()).filter(|offer| is_allowed(&inputs.plans[*offer])).min_by_key(|offer| preferred(*offer))?;
    let choice = Choice::plan(inputs, offer, class, When::Now, 0..1);
    let covered = covered_by(inputs, class, &inputs.plans[offer]);
    let (items, saved) = Candidate::new(&choice, covered, left, true).best();
    (items > 0).then_some(Found { choice, items, saved })
}

/// The lines of a class that a plan is cheaper for than on demand.
fn covered_by(inputs: &Inputs, class: usize, plan: &PlanOffer) -> Vec<Covered> {
    let of_line = |line: usize| {
        let sku = inputs.lines[line].sku;
        let rate = plan.rates.binary_search_by_key(&sku, |rate| rate.sku).ok().map(|place| plan.rates[place].rate)?;
        let on_demand = inputs.skus[sku].on_demand;
        (inputs.lines[line].class == class && rate < on_demand).then(|| Covered::new(line, rate.units(), on_demand.units()))?
    };
    (0..inputs.lines.len()).filter_map(of_line).collect()
}

/// As much of each, in order, as the owner's limits leave.
fn within_limits(inputs: &Inputs, found: Vec<Found>) -> Vec<(Choice, u32)> {
    let choices: Vec<Choice> = found.iter().map(|one| one.choice.clone()).collect();
    let mut purchases: Vec<Purchase> = Vec::new();
    for (choice, one) in found.iter().enumerate() {
        let keeps = |items: u32| {
            let with: Vec<Purchase> = purchases.iter().copied().chain([Purchase { choice, items }]).collect();
            keeps_limits(inputs, &choices, &with)
        };
        let (mut low, mut high) = (0, one.items);
        if keeps(high) {
            low = high;
        }
        while high - low > 1 {
            let middle = u32::midpoint(low, high);
            if keeps(middle) { low = middle } else { high = middle }
        }
        if low > 0 {
            purchases.push(Purchase { choice, items: low });
        }
    }
    purchases.into_iter().map(|purchase| (choices[purchase.choice].clone(), purchase.items)).collect()
}
