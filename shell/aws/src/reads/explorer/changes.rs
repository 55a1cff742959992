//! How two months differ, and what made them.

use super::filter::{Filter, GroupBy};
use super::words::MetricName;
use crate::answer::{AnswerError, Input, Span, record};
use crate::client::Client;
use std::collections::BTreeMap;
use tenor_money::Quantity;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The month that is compared with.
    pub before: Span,
    /// The month that is compared.
    pub after: Span,
    /// What of it.
    pub metric: MetricName,
    /// Which costs.
    pub filter: Filter,
    /// By what they are told apart.
    pub group_by: Vec<GroupBy>,
}

record! {
    /// A change of an amount.
    pub Change {
        /// What it was.
        before: Quantity = "BaselineTimePeriodAmount",
        /// What it is.
        after: Quantity = "ComparisonTimePeriodAmount",
        /// The second less the first.
        difference: Quantity = "Difference",
        /// Of what.
        unit: Option<String> = "Unit",
    }
}

record! {
    /// What changed.
    pub Changed {
        /// Of which costs.
        of: Filter = "CostAndUsageSelector",
        /// By metric.
        metrics: BTreeMap<String, Change> = "Metrics",
    }
}

record! {
    /// What changed, and why.
    pub Driven {
        /// Of which costs.
        of: Filter = "CostSelector",
        /// By metric.
        metrics: BTreeMap<String, Change> = "Metrics",
        /// What made it.
        drivers: Vec<Driver> = "CostDrivers",
    }
}

record! {
    /// Something that made costs change.
    pub Driver {
        /// Its kind: a usage, a discount, a commitment.
        kind: Option<String> = "Type",
        /// Its name.
        name: Option<String> = "Name",
        /// By metric.
        metrics: BTreeMap<String, Change> = "Metrics",
    }
}

impl Comparison {
    fn input(&self) -> Input {
        Input::new()
            .with("BaselineTimePeriod", self.before.input(false))
            .with("ComparisonTimePeriod", self.after.input(false))
            .with("MetricForComparison", self.metric.clone())
            .maybe("Filter", self.filter.input())
            .some("GroupBy", &self.group_by)
    }
}

/// What changed from one month to another.
///
/// # Errors
/// [`AnswerError`].
pub async fn changes(client: &Client, comparison: &Comparison) -> Result<Vec<Changed>, AnswerError> {
    client.all("ce", "GetCostAndUsageComparisons", comparison.input(), "CostAndUsageComparisons").await
}

/// What made the largest changes from one month to another.
///
/// # Errors
/// [`AnswerError`].
pub async fn drivers(client: &Client, comparison: &Comparison) -> Result<Vec<Driven>, AnswerError> {
    client.all("ce", "GetCostComparisonDrivers", comparison.input(), "CostComparisonDrivers").await
}
