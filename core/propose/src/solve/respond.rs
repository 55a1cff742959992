//! One pool by itself: how much to reserve when every hour says what covering a unit of usage is worth, and a bound on that.

use crate::solve::steps::grains;
use std::ops::Range;

/// Bins of a pool whose demand is divided evenly.
pub(crate) const BINS: usize = 256;

/// Pools of at most so many different amounts are told exactly.
const EXACT_MAX: usize = 2_048;

/// How often prices of spans are brought to terms.
const SETTLE_ROUNDS: usize = 40;

/// How the demand of a pool is told apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scale {
    /// In bins of one width, from 0; `inverse` is 1 / width.
    Even { width: f64, inverse: f64 },
    /// By every amount there is, ascending, 0 first.
    Exact(Vec<f64>),
}

/// What usage is worth by its amount: the sum of worth, and of worth times amount, in each bin.
pub(crate) type Histogram = Vec<(f64, f64)>;

/// Something that may be reserved for a pool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) offer: usize,
    /// What a unit costs, the price of the owner's limits included.
    pub(crate) cost: f64,
    pub(crate) spans: Range<usize>,
    pub(crate) most: f64,
    /// Units come in whole steps of this; 0 divides at will.
    pub(crate) step: f64,
}

/// What a pool answers to prices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Response {
    /// By choice: the units that cost least together, divided at will.
    pub(crate) units: Vec<f64>,
    /// No units in whole steps cost less.
    pub(crate) least: f64,
}

impl Scale {
    /// The scale of a pool, from all its amounts or from a part of them and the highest there may be.
    pub(crate) fn of(amounts: impl Iterator<Item = f64>, all: bool) -> Self {
        let mut found: Vec<f64> = amounts.collect();
        found.push(0.0);
        if all && found.len() <= 2 * EXACT_MAX {
            found.sort_by(f64::total_cmp);
            found.dedup();
            if found.len() <= EXACT_MAX {
                return Self::Exact(found);
            }
        }
        let top = found.iter().copied().fold(0.0, f64::max);
        let width = if top > 0.0 { top / BINS as f64 } else { 1.0 };
        Self::Even { width, inverse: 1.0 / width }
    }

    pub(crate) fn bins(&self) -> usize {
        match self {
            Self::Even { .. } => BINS,
            Self::Exact(amounts) => amounts.len(),
        }
    }

    /// The bin of an amount; what is beyond the last is in the last.
    pub(crate) fn bin(&self, amount: f64) -> usize {
        match self {
            Self::Even { inverse, .. } => ((amount * inverse) as usize).min(BINS - 1),
            Self::Exact(amounts) => amounts.partition_point(|at| *at < amount).min(amounts.len() - 1),
        }
    }

    /// The lower edge of a bin.
    fn edge(&self, bin: usize) -> f64 {
        match self {
            Self::Even { width, .. } => bin as f64 * width,
            Self::Exact(amounts) => amounts[bin.min(amounts.len() - 1)],
        }
    }
}

/// Spans that the same choices cover, as one: what is held in them is the same.
pub(crate) fn merged(histograms: &[Histogram], choices: &[Choice]) -> (Vec<Histogram>, Vec<Choice>) {
    let mut edges: Vec<usize> = choices.iter().flat_map(|choice| [choice.spans.start, choice.spans.end]).collect();
    edges.extend([0, histograms.len()]);
    edges.sort_unstable();
    edges.dedup();
    let sum = |edges: &[usize]| {
        let mut sum = histograms[edges[0]].clone();
        for histogram in &histograms[edges[0] + 1..edges[1]] {
            sum.iter_mut().zip(histogram).for_each(|(sum, more)| *sum = (sum.0 + more.0, sum.1 + more.1));
        }
        sum
    };
    let place = |span: usize| edges.partition_point(|edge| *edge < span);
    let spans = |choice: &Choice| Choice { spans: place(choice.spans.start)..place(choice.spans.end), ..choice.clone() };
    (edges.windows(2).map(sum).collect(), choices.iter().map(spans).collect())
}

/// Sums over all bins from each on.
pub(crate) struct Above<'a> {
    scale: &'a Scale,
    sums: Vec<(f64, f64)>,
}

impl<'a> Above<'a> {
    pub(crate) fn new(scale: &'a Scale, histogram: &[(f64, f64)]) -> Self {
        let mut sums = vec![(0.0, 0.0); histogram.len() + 1];
        for bin in (0..histogram.len()).rev() {
            sums[bin] = (sums[bin + 1].0 + histogram[bin].0, sums[bin + 1].1 + histogram[bin].1);
        }
        Self { scale, sums }
    }

    /// The worth of one unit more at a level: of all usage above it.
    fn worth(&self, level: f64) -> f64 {
        match self.scale {
            Scale::Even { inverse, .. } => {
                let place = level * inverse;
                let bin = (place as usize).min(BINS - 1);
                let within = (place - bin as f64).min(1.0);
                self.sums[bin + 1].0 + (self.sums[bin].0 - self.sums[bin + 1].0) * (1.0 - within)
            }
            Scale::Exact(amounts) => self.sums[amounts.partition_point(|at| *at <= level)].0,
        }
    }

    /// The worth of the last unit below a level: more than above it where much usage is of just that amount.
    fn worth_below(&self, level: f64) -> f64 {
        match self.scale {
            Scale::Exact(amounts) if level > 0.0 => self.sums[amounts.partition_point(|at| *at < level * (1.0 - 1e-9))].0,
            _ => self.worth(level),
        }
    }

    /// The highest amount of the scale.
    pub(crate) fn top(&self) -> f64 {
        self.scale.edge(self.scale.bins() - 1)
    }

    /// What remains uncovered above a level is worth at least this; within a bin of even ones it lies above the tangents at its edges.
    pub(crate) fn rest_at(&self, level: f64) -> f64 {
        let bin = match self.scale {
            Scale::Exact(amounts) => {
                let above = amounts.partition_point(|at| *at <= level);
                return self.sums[above].1 - level * self.sums[above].0;
            }
            Scale::Even { inverse, .. } => ((level * inverse) as usize).min(BINS - 1),
        };
        let (from, to) = (self.scale.edge(bin), self.scale.edge(bin + 1));
        let before = self.rest(bin) - self.sums[bin].0 * (level - from);
        let after = if level <= to { self.rest(bin + 1) + self.sums[bin + 1].0 * (to - level) } else { 0.0 };
        before.max(after).max(0.0)
    }

    /// What remains uncovered is worth at the edge of a bin.
    fn rest(&self, bin: usize) -> f64 {
        self.sums[bin].1 - self.scale.edge(bin) * self.sums[bin].0
    }

    /// No level costs less than this when a unit costs `price` and what remains uncovered its worth; of whole grains, if levels come in such.
    fn least(&self, price: f64, grain: Option<f64>) -> f64 {
        let Some(grain) = grain else { return self.least_of_all(price).1 };
        // What lies below the cost is convex, so that the whole grain on one side of its least or on the other is best.
        let cost = |grains: f64| price * grains * grain + self.rest_at(grains * grain);
        let (place, least) = self.least_of_all(price);
        // What lies above the scale is in its last bin: how far above, and so which grain is best, is not known.
        let last = self.sums.len() - 2;
        if place >= self.scale.edge(last) && self.sums[last].0 > price {
            return least;
        }
        let grains = place / grain;
        cost(grains.floor()).min(cost(grains.ceil()))
    }

    /// The level at which what lies below the cost is least, and how much it is there.
    fn least_of_all(&self, price: f64) -> (f64, f64) {
        // Descending in the level up to this bin, ascending after it.
        let bin = self.sums[1..].partition_point(|sum| sum.0 > price).min(self.sums.len() - 2);
        let (from, to) = (self.scale.edge(bin), self.scale.edge(bin + 1));
        let cost = |bin: usize| price * self.scale.edge(bin) + self.rest(bin);
        let (down, up) = (price - self.sums[bin].0, price - self.sums[bin + 1].0);
        if matches!(self.scale, Scale::Exact(_)) || down >= 0.0 {
            return (from, cost(bin));
        }
        // Both tangents lie below the cost; it is no less than where they meet.
        let (at_from, at_to) = (cost(bin), cost(bin + 1));
        let meet = (at_to - at_from - up * (to - from)) / (down - up);
        let meet = meet.clamp(0.0, to - from);
        (from + meet, (at_from + down * meet).min(at_to))
    }

    /// The lowest level at which a unit is worth no more than `price`.
    fn level_alone(&self, price: f64) -> f64 {
        let bin = self.sums[1..].partition_point(|sum| sum.0 > price).min(self.sums.len() - 2);
        match self.scale {
            Scale::Even { width, .. } => {
                let (below, above) = (self.sums[bin].0, self.sums[bin + 1].0);
                let within = (below - price) / (below - above).max(f64::MIN_POSITIVE);
                (bin as f64 + within.clamp(0.0, 1.0)) * width
            }
            Scale::Exact(amounts) => amounts[bin],
        }
    }

    /// The level above which no unit is worth `price`.
    fn level(&self, price: f64, other: f64, most: f64, others: &[(&Self, f64)]) -> f64 {
        let worth = |level: f64| self.worth(level + other) + others.iter().map(|(above, other)| above.worth(level + other)).sum::<f64>();
        let (mut low, mut high) = (0.0, self.scale.edge(self.scale.bins()).min(most));
        if worth(0.0) <= price || high <= 0.0 {
            return 0.0;
        }
        if others.is_empty() {
            return (self.level_alone(price) - other).clamp(0.0, high);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if worth(middle) > price { low = middle } else { high = middle }
        }
        high
    }
}

/// The units of each choice that cost least together, and what no units can cost less than.
pub(crate) fn respond(scale: &Scale, histograms: &[Histogram], choices: &[Choice]) -> Response {
    let (histograms, choices) = merged(histograms, choices);
    let above: Vec<Above<'_>> = histograms.iter().map(|histogram| Above::new(scale, histogram)).collect();
    let mut units = vec![0.0; choices.len()];
    let mut levels = vec![0.0; above.len()];
    let sweeps = if above.len() == 1 { 1 } else { 12 };
    let mut by_cost: Vec<usize> = (0..choices.len()).collect();
    by_cost.sort_by(|a, b| choices[*a].cost.total_cmp(&choices[*b].cost));
    for _ in 0..sweeps {
        for place in by_cost.iter().copied() {
            let Choice { cost, spans, most, .. } = &choices[place];
            levels[spans.clone()].iter_mut().for_each(|level| *level -= units[place]);
            let others: Vec<(&Above<'_>, f64)> = spans.clone().skip(1).map(|span| (&above[span], levels[span])).collect();
            units[place] = match spans.clone().next() {
                Some(first) => above[first].level(*cost, levels[first], *most, &others),
                None => 0.0,
            };
            levels[spans.clone()].iter_mut().for_each(|level| *level += units[place]);
        }
    }
    let grains = grains(above.len(), &choices);
    let settled = settled(&above, &levels, &units, &choices);
    let least = bound(&above, &levels, &choices, &grains).max(value(&above, &settled, &choices, &grains));
    Response { units, least }
}

/// A price for each span that no choice undercuts; what is cheapest at those prices bounds what is cheapest at all.
fn bound(above: &[Above<'_>], levels: &[f64], choices: &[Choice], grains: &[Option<f64>]) -> f64 {
    let mut prices: Vec<f64> = above.iter().zip(levels).map(|(above, level)| above.worth(*level)).collect();
    if let ([price], Some(least)) =
        (&mut prices[..], choices.iter().filter(|choice| choice.most.is_infinite()).map(|c| c.cost).reduce(f64::min))
    {
        // One span: the marginal choice sets the price, and jumps of the worth between two amounts do not matter.
        let total = levels[0];
        let mut costs: Vec<(f64, f64)> = choices.iter().map(|choice| (choice.cost, choice.most)).collect();
        costs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        *price = least;
        for (cost, most) in costs {
            sum += most;
            if sum > total {
                *price = cost.min(least);
                break;
            }
        }
    } else {
        let sum = |choice: &Choice| prices[choice.spans.clone()].iter().sum::<f64>();
        let limits =
            choices.iter().filter(|choice| choice.most.is_infinite()).map(|choice| choice.cost / sum(choice).max(f64::MIN_POSITIVE));
        let scale = limits.fold(1.0, f64::min);
        prices.iter_mut().for_each(|price| *price *= scale);
    }
    value(above, &prices, choices, grains)
}

/// What is cheapest at some prices of spans, less what limited choices are worth more than they cost at them: nothing costs less.
fn value(above: &[Above<'_>], prices: &[f64], choices: &[Choice], grains: &[Option<f64>]) -> f64 {
    let spans: f64 = above.iter().zip(prices).zip(grains).map(|((above, price), grain)| above.least(*price, *grain)).sum();
    let limited = choices.iter().filter(|choice| choice.most.is_finite());
    spans - limited.map(|choice| choice.most * (prices[choice.spans.clone()].iter().sum::<f64>() - choice.cost).max(0.0)).sum::<f64>()
}

/// Prices between what the last unit bought is worth in each span and what the next would be, at which no choice that could be had more of is worth
/// more than it costs. Where much usage is of one amount the two lie far apart, and neither alone is a price.
fn settled(above: &[Above<'_>], levels: &[f64], units: &[f64], choices: &[Choice]) -> Vec<f64> {
    let least: Vec<f64> = above.iter().zip(levels).map(|(above, level)| above.worth(*level)).collect();
    let mut prices: Vec<f64> = above.iter().zip(levels).map(|(above, level)| above.worth_below(*level)).collect();
    let is_open = |place: usize| units[place] < choices[place].most * (1.0 - 1e-9);
    let open: Vec<&Choice> = (0..choices.len()).filter(|place| is_open(*place)).map(|place| &choices[place]).collect();
    let sum = |prices: &[f64], choice: &Choice| prices[choice.spans.clone()].iter().sum::<f64>();
    for _ in 0..SETTLE_ROUNDS {
        let mut settled = true;
        for choice in &open {
            let excess = sum(&prices, choice) - choice.cost;
            let room: f64 = choice.spans.clone().map(|span| (prices[span] - least[span]).max(0.0)).sum();
            if excess > choice.cost * 1e-12 && room > 0.0 {
                let share = (excess / room).min(1.0);
                choice.spans.clone().for_each(|span| prices[span] -= share * (prices[span] - least[span]).max(0.0));
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    for choice in &open {
        let all = sum(&prices, choice);
        if all > choice.cost {
            choice.spans.clone().for_each(|span| prices[span] *= choice.cost / all);
        }
    }
    // What is left of each choice's cost raises the prices of its spans: the more a price, the more the least costs.
    for span in 0..prices.len() {
        let of_span = open.iter().filter(|choice| choice.spans.contains(&span));
        let room = of_span.map(|choice| choice.cost - sum(&prices, choice)).fold(f64::INFINITY, f64::min);
        let is_limited = (0..choices.len()).any(|place| !is_open(place) && choices[place].spans.contains(&span));
        if room.is_finite() && room > 0.0 && !is_limited {
            prices[span] += room;
        }
    }
    prices
}
