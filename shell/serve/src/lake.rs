//! What can be asked of the bills: the questions of `tenor cost`, `coverage` and `commitments`, as a port.
//!
//! Questions come as they stand in an address; whoever answers parses them and says what is wrong with them.

use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Coverage};
use tenor_money::{Money, Quantity};

/// Answers questions about bills. Answers may be large and asked for again, so they are shared.
#[async_trait]
pub trait Lake: Send + Sync {
    /// The bills as they are now: all that is asked of them is of this snapshot. What an import has made it impossible to ask of it is refused as
    /// [`Moved`](RefusalKind::Moved), and never answered of another one.
    ///
    /// # Errors
    /// When nobody can look which snapshot that is.
    async fn now(&self) -> Result<Arc<dyn Lake>, Refusal>;

    /// The bills before the last import, while what the first page asks of those as they are now is not answered yet, and not for long; none at any
    /// other time. They tell what was asked of them while they were there, and refuse all else as [`Busy`](RefusalKind::Busy): for looking alone.
    async fn before(&self) -> Option<Arc<dyn Lake>> {
        None
    }

    /// Which snapshot that is, in a word: two answers with the same word before them are of the same bills.
    ///
    /// # Errors
    /// As [`now`](Self::now).
    async fn snapshot(&self) -> Result<String, Refusal>;

    /// What was spent, by anything.
    ///
    /// # Errors
    /// When there are no bills, the question makes no sense, or the bills cannot be read.
    async fn cost(&self, question: &CostQuestion) -> Result<Arc<CostAnswer>, Refusal>;

    /// How much of what commitments could cover they do cover.
    ///
    /// # Errors
    /// As [`cost`](Self::cost).
    async fn coverage(&self, question: &CoverageQuestion) -> Result<Arc<CoverageAnswer>, Refusal>;

    /// Every commitment that the bills show.
    ///
    /// # Errors
    /// As [`cost`](Self::cost).
    async fn commitments(&self) -> Result<Arc<Held>, Refusal>;

    /// One commitment in each period that shows it, the oldest first; none where no bill names it.
    ///
    /// # Errors
    /// As [`cost`](Self::cost).
    async fn commitment(&self, id: &str) -> Result<Arc<Vec<(BillingPeriod, Commitment)>>, Refusal>;

    /// What one commitment did in a period, hour by hour, and what it covered.
    ///
    /// # Errors
    /// As [`cost`](Self::cost).
    async fn utilization(&self, id: &str, period: BillingPeriod) -> Result<Arc<Utilization>, Refusal>;

    /// Whether the bills can be read; that there are none yet is no failure.
    ///
    /// # Errors
    /// When they cannot.
    async fn is_readable(&self) -> Result<(), Refusal>;
}

/// Declares words that stand in addresses.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $word:literal $label:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it stands in an address.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// As people read it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// The one of that word.
            #[must_use]
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// Which cost to add up.
    Metric {
        /// Amortized.
        #[default]
        Effective "effective" "Amortized",
        /// As invoiced.
        Billed "billed" "As invoiced",
        /// At public on-demand prices.
        List "list" "At list prices",
        /// At negotiated prices.
        Contracted "contracted" "At negotiated prices",
    }
}

words! {
    /// How finely to tell time apart.
    Granularity {
        /// Not at all.
        #[default]
        Total "total" "Total",
        /// By billing period.
        Month "month" "By month",
        /// By UTC day.
        Day "day" "By day",
    }
}

/// A question about cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CostQuestion {
    /// What to tell apart: `service`, `tag:Team`, a column.
    pub by: Vec<String>,
    /// Which cost.
    pub metric: Metric,
    /// How finely to tell time apart.
    pub granularity: Granularity,
    /// First time counted: `2018-10`, `2018-10-31`.
    pub from: Option<String>,
    /// Last time counted, included whole.
    pub to: Option<String>,
    /// A condition over the columns of `charges`, as SQL.
    pub condition: Option<String>,
    /// How many groups to tell; the rest is one more.
    pub top: Option<usize>,
}

/// Its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostAnswer {
    /// In order of time, then of cost.
    pub rows: Vec<CostRow>,
    /// What the rows add up to.
    pub total: Money,
    /// Currency of all amounts; none when no charge matches.
    pub currency: Option<String>,
    /// Charges that were added up.
    pub charges: u64,
    /// Charges that lie in the time asked for only in part, and what they cost: not counted.
    pub straddling: Option<(u64, Money)>,
}

/// A row of an answer about cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// When; none without a granularity.
    pub time: Option<String>,
    /// One for each grouping.
    pub keys: Vec<Key>,
    /// The cost.
    pub cost: Money,
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

/// A question about coverage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CoverageQuestion {
    /// What to tell apart.
    pub by: Vec<String>,
    /// How finely to tell time apart.
    pub granularity: Granularity,
    /// First time counted.
    pub from: Option<String>,
    /// Last time counted.
    pub to: Option<String>,
}

/// Its answer. Figures are without Spot and after private discounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverageAnswer {
    /// In order of time.
    pub rows: Vec<CoverageRow>,
    /// What the rows add up to.
    pub total: Coverage,
    /// Whether all that is unused is in the total: only then utilization and savings say anything.
    pub is_whole: bool,
    /// Currency of all amounts.
    pub currency: Option<String>,
    /// What the answer leaves out, in words.
    pub notes: Vec<String>,
}

/// A row of an answer about coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRow {
    /// When; none without a granularity.
    pub time: Option<String>,
    /// One for each grouping.
    pub keys: Vec<Key>,
    /// The sums.
    pub coverage: Coverage,
    /// Whether all that is unused is in it.
    pub is_whole: bool,
}

/// The commitments that the bills show.
#[derive(Debug, Clone)]
pub struct Held {
    /// In any order.
    pub commitments: Vec<Commitment>,
    /// The first and the last period that there are bills of.
    pub periods: (BillingPeriod, BillingPeriod),
    /// Currency of all amounts; none without commitments.
    pub currency: Option<String>,
    /// Months in between of which there is no bill, in words.
    pub missing: Vec<String>,
    /// The same months.
    pub absent: BTreeSet<BillingPeriod>,
    /// Periods whose bill ends before they do, in words: what is said of them is not all yet.
    pub partial: Vec<String>,
    /// The same periods.
    pub open: BTreeSet<BillingPeriod>,
    /// What the bills do not tell of them, in words.
    pub notes: Vec<String>,
}

/// What one commitment did in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Utilization {
    /// By hour, UTC. An hour of which the bill says nothing is not among them.
    pub hours: BTreeMap<Timestamp, Did>,
    /// What lies in no single hour: what is unused of reservations is billed by the month, and some reports tell days.
    pub longer: Did,
    /// What it covered, the dearest first.
    pub covered: Vec<Covered>,
}

/// What a commitment did in some time. Money is amortized, after private discounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Did {
    /// Cost of what served usage.
    pub used_cost: Money,
    /// Cost of what served nothing.
    pub unused_cost: Money,
    /// What the usage costs at list prices.
    pub list_cost: Money,
    /// Instance hours that it covered; nothing for a plan.
    pub hours: Quantity,
    /// The same, weighted by size.
    pub normalized: Quantity,
    /// Its own unit, a plan's in currency: what served usage.
    pub quantity: Quantity,
    /// Its own unit: what served nothing.
    pub unused: Quantity,
}

/// Usage that a commitment covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its service.
    pub service: Option<String>,
    /// Its usage type.
    pub usage_type: Option<String>,
    /// What is metered, where the bill has no usage type.
    pub meter: Option<String>,
    /// The account that used it.
    pub account: Option<String>,
    /// What it cost of the commitment.
    pub cost: Money,
    /// What it costs at list prices.
    pub list_cost: Money,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Of what kind.
    pub kind: RefusalKind,
    /// What is wrong, with its causes.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Of what kind a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// No bill has been imported yet.
    Empty,
    /// The question makes no sense, or asks for more than there is.
    Question,
    /// The bills cannot be read, or the answer failed on its way.
    Failed,
    /// It took longer than a question may.
    Slow,
    /// Somebody else does what only one may at a time; soon they are done.
    Busy,
    /// The bills are of another snapshot by now than the one that was asked of. Asked of that, it is answered.
    Moved,
}

/// Asks several questions of one snapshot; and all of them once more, of the one that there is then, where an import came in between.
///
/// # Errors
/// What the questions are refused by: as [`Moved`](RefusalKind::Moved) where imports came in between both times.
pub(crate) async fn of_one_snapshot<A, F>(lake: &dyn Lake, ask: impl Fn(Arc<dyn Lake>) -> F) -> Result<A, Refusal>
where
    F: Future<Output = Result<A, Refusal>>,
{
    match ask(lake.now().await?).await {
        Err(Refusal { kind: RefusalKind::Moved, .. }) => ask(lake.now().await?).await,
        answered => answered,
    }
}
