//! One pool by itself in whole steps, as AWS sells them.

use crate::solve::respond::{Above, Choice, Histogram, Scale, merged};

/// Moves of one stride that are made at most: each lowers the cost.
const MOVES_MAX: usize = 100;

/// Steps of others that may follow from one.
const FOLLOWING_MAX: usize = 16;

/// Steps that are taken at once at most.
const STRIDE_MAX: f64 = 1_048_576.0;

/// Less than this share of the cost is no reason to move.
const WITHIN: f64 = 1e-12;

/// The units of each choice that cost about least together in whole steps, from some that need not be whole.
pub(crate) fn whole(scale: &Scale, histograms: &[Histogram], choices: &[Choice], units: &[f64]) -> Vec<f64> {
    let (histograms, choices) = merged(histograms, choices);
    let above: Vec<Above<'_>> = histograms.iter().map(|histogram| Above::new(scale, histogram)).collect();
    let floor = |units: f64, step: f64| if step > 0.0 { (units / step + 1e-9).floor() * step } else { units };
    let units: Vec<f64> = units.iter().zip(&choices).map(|(units, choice)| floor(*units, choice.step)).collect();
    let mut levels = vec![0.0; above.len()];
    for (choice, units) in choices.iter().zip(&units) {
        levels[choice.spans.clone()].iter_mut().for_each(|level| *level += units);
    }
    let top = above.iter().map(Above::top).fold(0.0, f64::max);
    let mut plan = Plan { above: &above, choices: &choices, units, levels, stride: 1.0 };
    let finest = choices.iter().map(|choice| choice.step).filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
    while plan.stride * finest < top && plan.stride < STRIDE_MAX {
        plan.stride *= 2.0;
    }
    // Long strides first, so that a large pool takes no more moves than a small one.
    while plan.stride >= 1.0 {
        for _ in 0..MOVES_MAX {
            if !plan.step() && !plan.exchange() {
                break;
            }
        }
        plan.stride *= 0.5;
    }
    plan.units
}

/// What is bought for a pool.
#[derive(Clone)]
struct Plan<'a> {
    above: &'a [Above<'a>],
    choices: &'a [Choice],
    units: Vec<f64>,
    /// By span.
    levels: Vec<f64>,
    /// Steps that are taken at once.
    stride: f64,
}

impl Plan<'_> {
    /// What buying so much more of a choice, or less of it, adds to the cost; none where that cannot be.
    fn added(&self, place: usize, more: f64) -> Option<f64> {
        let choice = &self.choices[place];
        let units = self.units[place] + more;
        if choice.step <= 0.0 || units < -1e-9 || units > choice.most * (1.0 + 1e-9) {
            return None;
        }
        let rest =
            |span: usize| self.above[span].rest_at((self.levels[span] + more).max(0.0)) - self.above[span].rest_at(self.levels[span]);
        Some(more * choice.cost + choice.spans.clone().map(rest).sum::<f64>())
    }

    fn take(&mut self, place: usize, more: f64) {
        self.units[place] = (self.units[place] + more).max(0.0);
        self.levels[self.choices[place].spans.clone()].iter_mut().for_each(|level| *level = (*level + more).max(0.0));
    }

    /// A stride of a choice, up and down.
    fn strides(&self, place: usize) -> [f64; 2] {
        let stride = self.choices[place].step * self.stride;
        [stride, -stride]
    }

    /// The single stride, up or down, that saves most, if any does; of a choice other than one.
    fn best(&self, except: Option<usize>) -> Option<(f64, usize, f64)> {
        let places = (0..self.choices.len()).filter(|place| Some(*place) != except);
        let tries = places.flat_map(|place| self.strides(place).map(|more| (place, more)));
        let added = tries.filter_map(|(place, more)| Some((self.added(place, more)?, place, more)));
        added.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(added, place, _)| *added < -WITHIN * self.choices[*place].cost)
    }

    /// Makes the best stride.
    fn step(&mut self) -> bool {
        let best = self.best(None);
        if let Some((_, place, more)) = best {
            self.take(place, more);
        }
        best.is_some()
    }

    /// Makes a step that does not pay by itself, if it does with the steps of others that follow from it.
    fn exchange(&mut self) -> bool {
        for place in 0..self.choices.len() {
            for more in self.strides(place) {
                let Some(mut sum) = self.added(place, more) else { continue };
                let mut other = self.clone();
                other.take(place, more);
                // What it takes back at once is no other step.
                for _ in 0..FOLLOWING_MAX {
                    let Some((added, next, more)) = other.best(Some(place)) else { break };
                    sum += added;
                    other.take(next, more);
                }
                if sum < -WITHIN * self.choices[place].cost {
                    (self.units, self.levels) = (other.units, other.levels);
                    return true;
                }
            }
        }
        false
    }
}

/// By span: what levels are whole multiples of, where the steps of all choices of the span have something in common.
pub(crate) fn grains(spans: usize, choices: &[Choice]) -> Vec<Option<f64>> {
    let common = |span: usize| {
        let mut grain = 0_u64;
        for choice in choices.iter().filter(|choice| choice.spans.contains(&span) && choice.most > 0.0) {
            let thousandths = choice.step * 1e3;
            if thousandths < 0.5 || (thousandths - thousandths.round()).abs() > 1e-6 {
                return None;
            }
            let mut step = thousandths.round() as u64;
            while step > 0 {
                (grain, step) = (step, grain % step);
            }
        }
        (grain > 0).then(|| grain as f64 / 1e3)
    };
    (0..spans).map(common).collect()
}

#[cfg(test)]
mod tests {
    use super::whole;
    use crate::solve::respond::{Choice, Histogram, Scale, respond};
    use proptest::prelude::*;

    /// What units cost, with what they leave uncovered.
    fn cost(usage: &[Vec<(f64, f64)>], choices: &[Choice], units: &[f64]) -> f64 {
        let bought: f64 = choices.iter().zip(units).map(|(choice, units)| choice.cost * units).sum();
        let level =
            |span: usize| -> f64 { choices.iter().zip(units).filter(|(c, _)| c.spans.contains(&span)).map(|(_, units)| units).sum() };
        let rest =
            |(span, cells): (usize, &Vec<(f64, f64)>)| cells.iter().map(|(used, worth)| worth * (used - level(span)).max(0.0)).sum::<f64>();
        bought + usage.iter().enumerate().map(rest).sum::<f64>()
    }

    fn histograms(scale: &Scale, usage: &[Vec<(f64, f64)>]) -> Vec<Histogram> {
        let of_span = |cells: &Vec<(f64, f64)>| {
            let mut histogram = vec![(0.0, 0.0); scale.bins()];
            for (used, worth) in cells {
                let place = &mut histogram[scale.bin(*used)];
                (place.0, place.1) = (place.0 + worth, place.1 + worth * used);
            }
            histogram
        };
        usage.iter().map(of_span).collect()
    }

    #[test]
    fn three_years_are_taken_for_three_times_one() {
        let usage = vec![vec![(50.0, 15.0)]; 3];
        let choice = |offer: usize, cost: f64, spans| Choice { offer, cost, spans, most: f64::INFINITY, step: 1.0 };
        let choices = [choice(0, 10.0, 0..1), choice(1, 10.0, 1..2), choice(2, 10.0, 2..3), choice(3, 18.0, 0..3)];
        let scale = Scale::of([50.0].into_iter(), true);
        let histograms = histograms(&scale, &usage);
        let response = respond(&scale, &histograms, &choices);
        assert_eq!(whole(&scale, &histograms, &choices, &response.units), [0.0, 0.0, 0.0, 50.0]);
    }

    #[test]
    fn amounts_above_the_scale_leave_the_bound_a_bound() {
        for usage in [vec![(20.0, 100.0)], vec![(10.0, 30.0), (11.0, 70.0)]] {
            let usage = [usage];
            let scale = Scale::of([10.0].into_iter(), false);
            let choices = [Choice { offer: 0, cost: 10.0, spans: 0..1, most: f64::INFINITY, step: 1.0 }];
            let least = respond(&scale, &histograms(&scale, &usage), &choices).least;
            let best = (0..40).map(|units| cost(&usage, &choices, &[f64::from(units)])).fold(f64::INFINITY, f64::min);
            assert!(least <= best + 1e-9, "{least} is above {best}");
        }
    }

    proptest! {
        #[test]
        fn no_whole_units_cost_less_than_the_bound_and_no_step_makes_those_found_cheaper(
            usage in prop::collection::vec(prop::collection::vec((0_u32..20, 1_u32..9), 1..12), 2),
            costs in [1_u32..60, 1_u32..60, 1_u32..90],
            even: bool,
        ) {
            let usage: Vec<Vec<(f64, f64)>> =
                usage.into_iter().map(|cells| cells.into_iter().map(|(used, worth)| (f64::from(used) * 0.5, f64::from(worth))).collect()).collect();
            let choice = |offer: usize, spans, step| Choice { offer, cost: f64::from(costs[offer]), spans, most: f64::INFINITY, step };
            let choices = [choice(0, 0..1, 4.0), choice(1, 1..2, 4.0), choice(2, 0..2, 2.0)];
            let amounts = usage.iter().flatten().map(|(used, _)| *used);
            let scale = Scale::of(amounts, !even);
            let histograms = histograms(&scale, &usage);
            let response = respond(&scale, &histograms, &choices);
            let units = whole(&scale, &histograms, &choices, &response.units);
            let found = cost(&usage, &choices, &units);
            let mut least = f64::INFINITY;
            for (a, b, c) in (0..4).flat_map(|a| (0..4).flat_map(move |b| (0..7).map(move |c| (a, b, c)))) {
                least = least.min(cost(&usage, &choices, &[f64::from(a) * 4.0, f64::from(b) * 4.0, f64::from(c) * 2.0]));
            }
            prop_assert!(response.least <= least + 1e-6, "bound {} above the least {least}", response.least);
            prop_assert!(found >= least - 1e-6);
            // In even bins the search sees costs from below.
            for (place, choice) in choices.iter().enumerate().filter(|_| !even) {
                for more in [choice.step, -choice.step] {
                    let mut other = units.clone();
                    other[place] += more;
                    prop_assert!(other[place] < 0.0 || cost(&usage, &choices, &other) >= found - 1e-6, "a step of {more} is better");
                }
            }
        }
    }
}
