//! What was spent, by anything: `tenor cost`.
//!
//! **Invariant:** the rows of an answer add up to its total, and its total is that of all charges that match, whatever the grouping, the
//! granularity and the number of groups shown.

mod arrange;
mod basis;
mod fold;
mod grouping;
mod keys;
mod lines;
mod plan;
mod range;
mod top;

pub(crate) use basis::{check_length, has_detail, touched};
pub use grouping::{Grouping, GroupingError};
pub(crate) use keys::check as check_keys;
pub(crate) use lines::{key, time};
pub(crate) use plan::{key_of, time_of};
pub use range::{Bound, BoundError, Range};

use crate::{Engine, QueryError};
use tenor_lake::schema::Column;
use tenor_money::Money;

/// Which of a charge's costs to add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Cash on the invoice.
    Billed,
    /// Amortized.
    Effective,
    /// At public on-demand prices.
    List,
    /// At negotiated on-demand prices.
    Contracted,
    /// Cash before private discounts.
    Unblended,
}

impl Metric {
    /// The column that holds it.
    #[must_use]
    pub const fn column(self) -> Column {
        match self {
            Self::Billed => Column::BilledCost,
            Self::Effective => Column::EffectiveCost,
            Self::List => Column::ListCost,
            Self::Contracted => Column::ContractedCost,
            Self::Unblended => Column::XUnblendedCost,
        }
    }
}

/// How finely to tell time apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granularity {
    /// Not at all.
    Total,
    /// By billing period.
    Month,
    /// By UTC day.
    Day,
    /// By UTC hour.
    Hour,
}

/// A question about cost.
#[derive(Debug, Clone)]
pub struct Question {
    /// What to tell apart.
    pub by: Vec<Grouping>,
    /// Which cost.
    pub metric: Metric,
    /// How finely to tell time apart.
    pub granularity: Granularity,
    /// Which time.
    pub range: Range,
    /// A condition over the columns of `charges`, as SQL.
    pub filter: Option<String>,
    /// How many groups to show; the rest becomes one group.
    pub top: Option<usize>,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// In order of time, then of cost, largest first; the rest of the groups last.
    pub rows: Vec<Row>,
    /// What the rows add up to.
    pub total: Money,
    /// Currency of all amounts; `None` when no charge matches.
    pub currency: Option<String>,
    /// Charges that were added up.
    pub charges: u64,
    /// Charges that lie in the time asked for only in part, and what they cost: not counted.
    pub straddling: Option<(u64, Money)>,
    /// Whether roll-ups answered, all or all but charges longer than a day, and not the charges themselves.
    pub from_rollups: bool,
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When; `None` without a granularity.
    pub time: Option<Time>,
    /// One for each grouping.
    pub keys: Vec<Key>,
    /// The cost.
    pub cost: Money,
}

/// When the charges of a row were.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Time {
    /// In a billing period `2018-10`, on a day `2018-10-01`, in the hour that begins at `2018-10-01T00:00:00Z`.
    At(String),
    /// In no single day or hour: they are longer.
    Longer,
}

/// What the charges of a row have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A value.
    Value(String),
    /// No value.
    Nothing,
    /// They are the rest.
    Other,
}

impl Engine {
    /// Answers a question about cost.
    ///
    /// # Errors
    /// When the lake cannot say: nothing held in that time, rows too long for the granularity, unknown columns, tags or cost categories,
    /// several currencies, more groups than are held in memory.
    pub async fn cost(&self, question: &Question) -> Result<Answer, QueryError> {
        let sums = plan::sums(self, question).await?;
        if !sums.groups.is_empty() {
            let are_all = question.filter.is_none() && sums.straddling.is_none();
            check_keys(self, &question.by, question.range, are_all, sums.groups.iter().map(|group| group.keys.as_slice())).await?;
        }
        Ok(arrange::answer(sums))
    }

    /// Whether roll-ups alone answer a question, by day or by month: then it takes a moment, however many charges there are.
    ///
    /// # Errors
    /// As [`Engine::cost`] refuses a question before it reads anything.
    pub async fn is_quick(&self, question: &Question) -> Result<bool, QueryError> {
        touched(self, &question.range)?;
        let (asked, snapshot) = (question.clone(), self.snapshot_shared());
        let basis = self.plan(move |planner| basis::basis(planner, &snapshot, &asked)).await?;
        Ok(matches!(basis.tables, basis::Tables::Rollups | basis::Tables::Detail))
    }
}
