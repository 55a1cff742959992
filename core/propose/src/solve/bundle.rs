//! Finds where a convex cost of a few amounts is least, from what it is at points tried and what it falls by there.
//!
//! A proximal bundle method: every point tried gives a plane below the cost; the next point is where the highest of the planes, and a
//! penalty for going far from the best point so far, are least together. The weights of the planes there say how prices found at the
//! points must be averaged so that no amount is worth changing.

/// How far from the best point the next may be at first, as a share of its scale, and at most.
const REACH: (f64, f64) = (0.3, 3.0);

/// The least it becomes.
const REACH_MIN: f64 = 0.003;

/// Moves of weight between planes for each new point.
const MOVES: usize = 120;

/// Part of the fall promised that makes a point the new best.
const KEPT: f64 = 0.1;

/// A plane below the cost of what remains.
struct Plane {
    /// Where all amounts are 0.
    at_zero: f64,
    /// What it rises by with each amount, their price included.
    slopes: Vec<f64>,
    weight: f64,
}

/// Amounts between 0 and the most there may be, and what is known of their cost.
pub(crate) struct Bundle {
    costs: Vec<f64>,
    most: Vec<f64>,
    /// Amounts that count as far.
    scales: Vec<f64>,
    reach: f64,
    planes: Vec<Plane>,
    best: Vec<f64>,
    least: f64,
    promised: f64,
}

impl Bundle {
    /// From some amounts on.
    pub(crate) fn new(start: Vec<f64>, costs: Vec<f64>, most: Vec<f64>, scales: Vec<f64>) -> Self {
        Self { costs, most, scales, reach: REACH.0, planes: Vec::new(), best: start, least: f64::INFINITY, promised: f64::INFINITY }
    }

    /// The best amounts so far.
    pub(crate) fn best(&self) -> &[f64] {
        &self.best
    }

    /// What weight each point has in the average of prices, in the order in which they were told.
    pub(crate) fn weights(&self) -> impl Iterator<Item = f64> {
        self.planes.iter().map(|plane| plane.weight)
    }

    /// No more can be saved than a share of the cost.
    pub(crate) fn is_within(&self, share: f64) -> bool {
        self.promised <= share * self.least.abs()
    }

    /// Takes what remains to be paid at some amounts, and what one more of each takes off it; gives the next amounts to try.
    pub(crate) fn tell(&mut self, amounts: &[f64], rest: f64, worths: &[f64]) -> Vec<f64> {
        let cost = rest + dot(&self.costs, amounts);
        if self.least.is_infinite() || cost < self.least - KEPT * self.promised {
            self.reach = if self.least.is_infinite() { self.reach } else { (self.reach * 1.3).min(REACH.1) };
            self.least = cost;
            self.best.copy_from_slice(amounts);
        } else {
            self.reach = (self.reach * 0.8).max(REACH_MIN);
        }
        let slopes: Vec<f64> = self.costs.iter().zip(worths).map(|(cost, worth)| cost - worth).collect();
        let weight = if self.planes.is_empty() { 1.0 } else { 0.0 };
        self.planes.push(Plane { at_zero: cost - dot(&slopes, amounts), slopes, weight });
        let next = self.weigh();
        let highest = self.planes.iter().map(|plane| plane.at_zero + dot(&plane.slopes, &next)).fold(f64::NEG_INFINITY, f64::max);
        self.promised = (self.least - highest).max(0.0);
        next
    }

    /// Moves weight from plane to plane until none that counts is lower than another at the point they give.
    fn weigh(&mut self) -> Vec<f64> {
        // What a slope of 1 moves an amount by.
        let moves: Vec<f64> =
            self.scales.iter().zip(&self.costs).map(|(scale, cost)| self.reach * scale / cost.max(f64::MIN_POSITIVE)).collect();
        let mut slopes = vec![0.0; self.costs.len()];
        for plane in &self.planes {
            slopes.iter_mut().zip(&plane.slopes).for_each(|(sum, slope)| *sum += plane.weight * slope);
        }
        let mut point = self.point(&moves, &slopes);
        for _ in 0..MOVES {
            let heights: Vec<f64> = self.planes.iter().map(|plane| plane.at_zero + dot(&plane.slopes, &point)).collect();
            let places = 0..self.planes.len();
            let up = places.clone().max_by(|a, b| heights[*a].total_cmp(&heights[*b]).then(b.cmp(a))).expect("a plane was told");
            let down = places.filter(|place| self.planes[*place].weight > 0.0);
            let down = down.min_by(|a, b| heights[*a].total_cmp(&heights[*b]).then(a.cmp(b))).expect("weights add up to 1");
            let difference = heights[up] - heights[down];
            if difference <= 1e-10 * self.least.abs() {
                break;
            }
            let turn = |place: usize| self.planes[up].slopes[place] - self.planes[down].slopes[place];
            let bend: f64 = moves.iter().enumerate().map(|(place, moved)| moved * turn(place) * turn(place)).sum();
            let step = (difference / bend.max(f64::MIN_POSITIVE)).min(self.planes[down].weight);
            (0..slopes.len()).for_each(|place| slopes[place] += step * turn(place));
            self.planes[up].weight += step;
            // What was taken whole leaves nothing, not a rounding error.
            let left = self.planes[down].weight - step;
            self.planes[down].weight = if left > 1e-12 { left } else { 0.0 };
            point = self.point(&moves, &slopes);
        }
        point
    }

    /// Where planes of these slopes and the penalty are least together.
    fn point(&self, moves: &[f64], slopes: &[f64]) -> Vec<f64> {
        let moved = self.best.iter().zip(moves).zip(slopes).zip(&self.most);
        moved.map(|(((best, moved), slope), most)| (best - moved * slope).clamp(0.0, *most)).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
