//! The cheapest ladder with perfect foresight, exactly: one offer, one pool.
//!
//! With `N(k)` the units bought up to decision `k`, the units active in an hour are a difference of two `N`, and each hour costs a
//! convex function of that difference. Such a sum is L♮-convex: it is minimized by raising and lowering sets of `N` by a step that
//! halves, each set a minimum cut (Murota, *Discrete Convex Analysis*, 2003, ch. 10). Its dual is a flow, which prices each hour.

use super::flow::Network;

/// An hour: what is used in it, what a unit costs that no commitment covers, and its place among the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Need {
    pub(crate) units: u64,
    pub(crate) price: i128,
    pub(crate) place: usize,
}

/// Hours with the same purchases active, as `N(to) - N(from)`; `None` is the nothing before the first decision.
#[derive(Debug, Clone)]
struct Stretch {
    to: Option<usize>,
    from: Option<usize>,
    /// By units.
    needs: Vec<Need>,
    /// Sums from each place on: of the prices, and of what all units cost.
    tails: Vec<(i128, i128)>,
}

impl Stretch {
    /// What the stretch costs with `units` active at `price` each.
    fn cost(&self, units: i128, price: i128) -> i128 {
        let (prices, all) = self.tails[self.needs.partition_point(|need| i128::from(need.units) <= units)];
        price * units * self.needs.len() as i128 + all - prices * units
    }
}

/// One pool's demand, an offer of one price, and when it can be bought.
#[derive(Debug, Clone)]
pub(crate) struct Ladder {
    price: i128,
    decisions: usize,
    stretches: Vec<Stretch>,
    /// More than any hour's difference can be worth: what forbids something.
    forbidden: i128,
}

/// The least cost there is, and how to get it.
#[derive(Debug, Clone)]
pub(crate) struct Cheapest {
    pub(crate) cost: i128,
    /// By decision: all that has been bought by then.
    bought: Vec<i128>,
}

impl Ladder {
    /// `needs` in the order of `hours`; decisions at `decisions`, in order, as hours too.
    pub(crate) fn new(needs: &[Need], hours: &[usize], decisions: &[usize], term: usize, price: i128) -> Self {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (need, hour) in needs.iter().zip(hours) {
            let bought = |by: usize| decisions.partition_point(|decision| *decision <= by).checked_sub(1);
            let (to, from) = (bought(*hour), hour.checked_sub(term).and_then(bought));
            match stretches.last_mut() {
                Some(last) if (last.to, last.from) == (to, from) => last.needs.push(*need),
                _ => stretches.push(Stretch { to, from, needs: vec![*need], tails: Vec::new() }),
            }
        }
        for stretch in &mut stretches {
            stretch.needs.sort_unstable();
            stretch.tails = vec![(0, 0); stretch.needs.len() + 1];
            for (place, need) in stretch.needs.iter().enumerate().rev() {
                let (prices, all) = stretch.tails[place + 1];
                stretch.tails[place] = (prices + need.price, all + need.price * i128::from(need.units));
            }
        }
        let dearest = needs.iter().map(|need| need.price).max().unwrap_or(0);
        let forbidden = (price + dearest + 1) * (needs.len() as i128 + 1);
        Self { price, decisions: decisions.len(), stretches, forbidden }
    }

    /// The least cost there is.
    pub(crate) fn solve(&self) -> Cheapest {
        let highest = self.stretches.iter().filter_map(|stretch| stretch.needs.last()).map(|need| need.units).max().unwrap_or(0);
        let mut bought = vec![0_i128; self.decisions];
        let mut best = self.cost(&bought);
        let mut step = i128::from(highest.max(1)).unsigned_abs().next_power_of_two() as i128;
        while step > 0 {
            loop {
                let moved = [self.improve(&bought, step), self.improve(&bought, -step)];
                let Some((cost, to)) = moved.into_iter().map(|to| (self.cost(&to), to)).min().filter(|(cost, _)| *cost < best) else {
                    break;
                };
                (best, bought) = (cost, to);
            }
            step /= 2;
        }
        Cheapest { cost: best, bought }
    }

    /// By place of an hour: the units active in it.
    pub(crate) fn active(&self, cheapest: &Cheapest) -> Vec<u64> {
        let mut active = vec![0; self.stretches.iter().map(|stretch| stretch.needs.len()).sum()];
        for stretch in &self.stretches {
            let units = units(&cheapest.bought, stretch.to, stretch.from);
            let units = u64::try_from(units).expect("what is active is not negative");
            stretch.needs.iter().for_each(|need| active[need.place] = units);
        }
        active
    }

    /// By place of an hour: a price per unit at which buying ladders and buying hours cost the same. Over no term do the prices add up
    /// to more than the term's price, none exceeds the hour's own, and needs times prices add up to the least cost, but for rounding
    /// down.
    pub(crate) fn prices(&self, cheapest: &Cheapest) -> Vec<i128> {
        let root = self.decisions;
        let mut network = Network::new(self.decisions + 1);
        let mut arcs = Vec::new();
        for (to, from, cost) in self.terms() {
            let now = units(&cheapest.bought, to, from);
            let (low, high) = (cost(now) - cost(now - 1), cost(now + 1) - cost(now));
            let (to, from) = (to.unwrap_or(root), from.unwrap_or(root));
            // A flow between the slopes on either side; the lower one flows in any case.
            network.prefer(to, -low);
            network.prefer(from, low);
            arcs.push((network.bind(from, to, high - low), low));
        }
        let carried = network.carried();
        let mut prices = vec![0; self.stretches.iter().map(|stretch| stretch.needs.len()).sum()];
        for (stretch, (arc, low)) in self.stretches.iter().zip(&arcs) {
            let flow = low + arc.map_or(0, |arc| carried[arc]);
            let active = units(&cheapest.bought, stretch.to, stretch.from);
            let (from, to) = (
                stretch.needs.partition_point(|need| i128::from(need.units) < active),
                stretch.needs.partition_point(|need| i128::from(need.units) <= active),
            );
            stretch.needs[to..].iter().for_each(|need| prices[need.place] = need.price);
            let mut rest = self.price * stretch.needs.len() as i128 - flow - stretch.tails[to].0;
            for need in &stretch.needs[from..to] {
                prices[need.place] = rest.clamp(0, need.price);
                rest -= prices[need.place];
            }
        }
        prices
    }

    /// All differences that cost something, with their costs: the stretches, then what keeps purchases in order.
    fn terms(&self) -> impl Iterator<Item = (Option<usize>, Option<usize>, impl Fn(i128) -> i128)> {
        let hours = self.stretches.iter().map(|stretch| (stretch.to, stretch.from, Some(stretch)));
        let order = (0..self.decisions).map(|place| (Some(place), place.checked_sub(1), None));
        hours.chain(order).map(move |(to, from, stretch): (_, _, Option<&Stretch>)| {
            let cost = move |units: i128| {
                let below = self.forbidden * (-units).max(0);
                below + stretch.map_or(0, |stretch| stretch.cost(units.max(0), self.price))
            };
            (to, from, cost)
        })
    }

    fn cost(&self, bought: &[i128]) -> i128 {
        self.terms().map(|(to, from, cost)| cost(units(bought, to, from))).sum()
    }

    /// The best of moving any set of `N` by `step`: those on the source's side of a minimum cut.
    fn improve(&self, bought: &[i128], step: i128) -> Vec<i128> {
        let mut network = Network::new(self.decisions);
        for (to, from, cost) in self.terms() {
            let now = units(bought, to, from);
            let (stay, to_alone, from_alone) = (cost(now), cost(now + step), cost(now - step));
            match (to, from) {
                (Some(to), Some(from)) => {
                    // Pairwise submodular: what moving one alone costs beyond moving both or none, split as is usual.
                    network.prefer(to, to_alone - stay);
                    network.prefer(from, stay - to_alone);
                    network.bind(from, to, to_alone + from_alone - 2 * stay);
                }
                (Some(to), None) => network.prefer(to, to_alone - stay),
                _ => {}
            }
        }
        let moved = network.moved();
        bought.iter().zip(moved).map(|(units, moved)| if moved { units + step } else { *units }).collect()
    }
}

fn units(bought: &[i128], to: Option<usize>, from: Option<usize>) -> i128 {
    let at = |place: Option<usize>| place.map_or(0, |place| bought[place]);
    at(to) - at(from)
}

#[cfg(test)]
mod tests {
    use super::{Ladder, Need};
    use proptest::prelude::*;

    const DECISIONS: [usize; 5] = [0, 3, 5, 6, 9];

    /// Every ladder there is, by force.
    fn by_force(needs: &[Need], term: usize, price: i128) -> i128 {
        let most = 4_u64;
        (0..most.pow(DECISIONS.len() as u32))
            .map(|code| {
                let bought = |at: usize| code / most.pow(at as u32) % most;
                let hour = |hour: usize| {
                    let active = (0..DECISIONS.len()).filter(|at| (DECISIONS[*at]..DECISIONS[*at] + term).contains(&hour)).map(bought);
                    let active: u64 = active.sum();
                    price * i128::from(active) + needs[hour].price * i128::from(needs[hour].units.saturating_sub(active))
                };
                (0..needs.len()).map(hour).sum()
            })
            .min()
            .unwrap()
    }

    proptest! {
        #[test]
        fn no_ladder_is_cheaper_and_hours_can_be_priced(
            hours in prop::collection::vec((0_u64..4, 1_i128..20), 12), term in 1_usize..9, price in 1_i128..12
        ) {
            let need = |(place, (units, price)): (usize, &(u64, i128))| Need { units: *units, price: *price, place };
            let needs: Vec<Need> = hours.iter().enumerate().map(need).collect();
            let places: Vec<usize> = (0..12).collect();
            let ladder = Ladder::new(&needs, &places, &DECISIONS, term, price);
            let cheapest = ladder.solve();
            prop_assert_eq!(cheapest.cost, by_force(&needs, term, price));
            let prices = ladder.prices(&cheapest);
            prop_assert!(prices.iter().zip(&needs).all(|(price, need)| (0..=need.price).contains(price)));
            let within = |start: &usize| {
                let end = (start + term).min(12);
                prices[*start..end].iter().sum::<i128>() <= price * (end - start) as i128
            };
            prop_assert!(DECISIONS.iter().all(within));
            let value: i128 = prices.iter().zip(&needs).map(|(price, need)| price * i128::from(need.units)).sum();
            prop_assert_eq!(value, cheapest.cost);
        }
    }
}
