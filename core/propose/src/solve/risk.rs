//! How much each scenario counts: its share in the mean, and more where it is among the worst.

use crate::solve::market::Risk;

/// Weights of scenarios; they add up to 1 and the weight of the tail.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    tail: Vec<f64>,
    risk: f64,
}

impl Weights {
    /// The worst scenarios count as the conditional value at risk counts them.
    pub(crate) fn of_tail(regrets: &[f64], risk: Risk) -> Self {
        let mut order: Vec<usize> = (0..regrets.len()).collect();
        order.sort_by(|a, b| regrets[*b].total_cmp(&regrets[*a]).then(a.cmp(b)));
        let each = 1.0 / (regrets.len().max(1) as f64 * risk.tail);
        let mut tail = vec![0.0; regrets.len()];
        let mut rest: f64 = 1.0;
        for scenario in order {
            tail[scenario] = each.min(rest);
            rest -= tail[scenario];
        }
        Self { tail, risk: risk.weight }
    }

    /// All count alike.
    pub(crate) fn even(scenarios: usize) -> Self {
        Self { tail: vec![1.0 / scenarios.max(1) as f64; scenarios], risk: 0.0 }
    }

    /// What a scenario counts.
    pub(crate) fn of(&self, scenario: usize) -> f64 {
        1.0 / self.tail.len() as f64 + self.risk * self.tail[scenario]
    }

    /// Moves towards others by a share.
    pub(crate) fn approach(&mut self, others: &Self, share: f64) {
        self.tail.iter_mut().zip(&others.tail).for_each(|(tail, other)| *tail += share * (other - *tail));
    }

    /// The references as the tail weighs them.
    pub(crate) fn reference(&self, references: &[f64], risk: Risk) -> f64 {
        if risk.weight == 0.0 { 0.0 } else { references.iter().zip(&self.tail).map(|(reference, tail)| reference * tail).sum() }
    }
}

/// The mean of the worst share of outcomes.
pub(crate) fn tail_mean(regrets: &[f64], tail: f64) -> f64 {
    let weights = Weights::of_tail(regrets, Risk { weight: 1.0, tail });
    regrets.iter().zip(&weights.tail).map(|(regret, weight)| regret * weight).sum()
}
