//! Costs by time and by anything.

use super::filter::{Filter, GroupBy};
use super::words::{Granularity, MetricName};
use crate::answer::{AnswerError, Field, Input, Read, Span, record};
use crate::client::Client;
use std::collections::BTreeMap;
use tenor_money::Quantity;

/// Which costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    /// Of which time.
    pub span: Span,
    /// By which time.
    pub granularity: Granularity,
    /// What is added up.
    pub metrics: Vec<MetricName>,
    /// Which of them.
    pub filter: Filter,
    /// By what they are told apart: at most two.
    pub group_by: Vec<GroupBy>,
}

record! {
    /// The costs of one time.
    pub Slice {
        /// Which time.
        span: Span = "TimePeriod",
        /// In all, by metric; empty where they are told apart.
        total: BTreeMap<String, Metric> = "Total",
        /// Told apart.
        groups: Vec<Group> = "Groups",
        /// Whether AWS may still change them.
        is_estimated: bool = "Estimated",
    }
}

record! {
    /// The costs of one group.
    pub Group {
        /// What it is, key by key in the order asked for.
        keys: Vec<String> = "Keys",
        /// By metric.
        metrics: BTreeMap<String, Metric> = "Metrics",
    }
}

record! {
    /// An amount and its unit.
    pub Metric {
        /// How much.
        amount: Quantity = "Amount",
        /// Of what: `USD`, `Hrs`, `N/A`.
        unit: Option<String> = "Unit",
    }
}

record! {
    /// A value that a dimension has.
    pub Value {
        /// The value.
        value: String = "Value",
        /// What AWS says of it: an account's name.
        attributes: BTreeMap<String, String> = "Attributes",
    }
}

/// Costs, and what AWS says of the values that they are told apart by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// By time; of an answer of several pages, a time can come more than once, each with other groups.
    pub slices: Vec<Slice>,
    /// By value.
    pub values: Vec<Value>,
}

record! {
    Page {
        slices: Vec<Slice> = "ResultsByTime",
        values: Vec<Value> = "DimensionValueAttributes",
    }
}

/// Which values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhichValues {
    /// That occur in which time.
    pub span: Span,
    /// With which costs.
    pub filter: Filter,
    /// That hold a text.
    pub search: Option<String>,
}

impl Costs {
    pub(super) fn input(&self) -> Input {
        let is_hourly = self.granularity == Granularity::Hourly;
        Input::new()
            .with("TimePeriod", self.span.input(is_hourly))
            .with("Granularity", self.granularity.clone())
            .with("Metrics", self.metrics.clone())
            .maybe("Filter", self.filter.input())
            .some("GroupBy", &self.group_by)
    }
}

impl WhichValues {
    fn input(&self) -> Input {
        Input::new()
            .with("TimePeriod", self.span.input(false))
            .maybe("Filter", self.filter.input())
            .maybe("SearchString", self.search.as_deref())
    }
}

/// Costs.
///
/// # Errors
/// [`AnswerError`].
pub async fn costs(client: &Client, which: &Costs) -> Result<Totals, AnswerError> {
    totals(client.whole_pages("ce", "GetCostAndUsage", which.input()).await?)
}

/// Costs by resource, of the last 14 days; the filter has to name a service.
///
/// # Errors
/// [`AnswerError`].
pub async fn costs_by_resource(client: &Client, which: &Costs) -> Result<Totals, AnswerError> {
    totals(client.whole_pages("ce", "GetCostAndUsageWithResources", which.input()).await?)
}

fn totals(pages: Vec<Strict>) -> Result<Totals, AnswerError> {
    let mut all = Totals::default();
    for Strict(page) in pages {
        all.slices.extend(page.slices);
        all.values.extend(page.values);
    }
    Ok(all)
}

/// A page that has its slices.
struct Strict(Page);

impl Read for Strict {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.member("ResultsByTime").required()?;
        Page::read(field).map(Self)
    }
}

/// The values of a dimension.
///
/// # Errors
/// [`AnswerError`].
pub async fn dimension_values(client: &Client, dimension: &str, which: &WhichValues) -> Result<Vec<Value>, AnswerError> {
    client.all("ce", "GetDimensionValues", which.input().with("Dimension", dimension), "DimensionValues").await
}

/// The values of a tag; without a key, the keys of all tags.
///
/// # Errors
/// [`AnswerError`].
pub async fn tag_values(client: &Client, key: Option<&str>, which: &WhichValues) -> Result<Vec<String>, AnswerError> {
    client.all("ce", "GetTags", which.input().maybe("TagKey", key), "Tags").await
}

/// The values of a cost category; without a name, the names of all.
///
/// # Errors
/// [`AnswerError`].
pub async fn cost_category_values(client: &Client, name: Option<&str>, which: &WhichValues) -> Result<Vec<String>, AnswerError> {
    let at = if name.is_some() { "CostCategoryValues" } else { "CostCategoryNames" };
    client.all("ce", "GetCostCategories", which.input().maybe("CostCategoryName", name), at).await
}
