//! A proposal: what to do, why, what it is expected to bring, and how good it is. It never changes; its hash names it
//! (`docs/spec/proposal.md`).

use super::inputs::PriceFacts;
use super::policy::Policy;
use super::steps::RETURNABLE_MAX;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tenor_money::{Money, Rounding};

/// Hours of a month: a twelfth of the 365 days of a term's year.
const MONTH_HOURS: i128 = 730;

/// A proposal as it is written. All amounts are decimals as text in the currency of its prices; shares are of 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// The hash of all the rest: BLAKE3 of this document with an empty id.
    pub id: String,
    /// The format of this document: 1.
    pub format: u32,
    /// BLAKE3 of the file of inputs.
    pub inputs: String,
    /// The moment of the decision: usage is known before it.
    pub as_of: String,
    /// What it was computed over.
    pub outlook: OutlookFacts,
    /// Whose prices it names.
    pub prices: PriceFacts,
    /// What it comes to.
    pub summary: Summary,
    /// How good it is.
    pub certificate: Certificate,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What to change of what is held, in order; priced beside the steps.
    pub changes: Vec<HeldStep>,
    /// What later proposals are assumed to buy when what is bought now has ended.
    pub later: Vec<Later>,
    /// What ends before the next proposal.
    pub ending: Vec<Ending>,
    /// What could not be told, and what was assumed.
    pub limitations: Vec<String>,
    /// What the owner allows and fears.
    pub policy: Policy,
}

/// What a proposal was computed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutlookFacts {
    /// Hours of history.
    pub history_hours: usize,
    /// Hours of the horizon: to the end of the longest term allowed.
    pub horizon_hours: usize,
    /// Equally likely futures.
    pub scenarios: u32,
    /// What all chance came from.
    pub seed: u64,
    /// Pools of usage that are reserved for together.
    pub pools: usize,
    /// Offers that the policy allows, by the hour in which they may begin.
    pub choices: usize,
}

/// What a proposal comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// What the usage that commitments may cover costs at list, by the hour: the mean of the last four weeks.
    pub list_cost_per_hour: String,
    /// Commitment per hour that is bought, upfront fees spread.
    pub commitment_per_hour: String,
    /// Cash on the days of purchase.
    pub upfront: String,
    /// All that is owed from the purchases to their ends.
    pub obligation: String,
    /// What the steps save against buying nothing, over the horizon; nothing is counted of what later proposals are assumed to buy.
    pub savings: Spread,
    /// The same as a share of what buying nothing comes to.
    pub savings_share: String,
}

/// A figure over all futures: its mean, and what it is below in a tenth and in nine tenths of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The mean.
    pub expected: String,
    /// A tenth of futures are not above this.
    pub p10: String,
    /// A tenth of futures are not below this.
    pub p90: String,
}

/// How good a proposal is (`docs/planning.md` 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// What buying nothing costs beyond what is held, as the mean over all futures, simulated exactly.
    pub nothing: String,
    /// What this proposal costs, likewise.
    pub expected_cost: String,
    /// Interest on what is paid ahead.
    pub capital: String,
    /// The mean regret of the worst futures, times its weight.
    pub risk: String,
    /// The sum of the three: what is minimized.
    pub objective: String,
    /// No portfolio of these choices under this policy and in these futures has a lower one.
    pub bound: String,
    /// How far the objective may be above the least there is: `(objective - bound) / nothing`.
    pub gap: String,
    /// What the changes of what is held save beside it, as the mean over all futures, simulated exactly.
    pub changes: String,
    /// What the bound covers.
    pub covers: String,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// `buy`, `queue`, or `buy-then` on the day it begins, where AWS has no queue.
    pub action: String,
    /// What, in words.
    pub what: String,
    /// `standard reservation`, `Compute plan`.
    pub kind: String,
    /// The account that buys.
    pub account: String,
    /// The group of accounts it is for; empty where all share.
    pub group: String,
    /// `AmazonEC2`; of a plan empty.
    pub service: String,
    /// The Region; of a plan that holds everywhere empty.
    pub region: String,
    /// The instance type; of an EC2 Instance plan the family.
    pub instance_type: String,
    /// The usage type of the SKU it is bought as; of a plan empty.
    pub usage_type: String,
    /// The operation of it, which names platform or engine; of a plan empty.
    pub operation: String,
    /// How many reservations; of a plan none.
    pub count: Option<u32>,
    /// Hourly commitment of a plan; of reservations none.
    pub commitment: Option<String>,
    /// Plans are bought in these parts, so that each can be returned.
    pub slices: Vec<String>,
    /// `1yr`.
    pub term: String,
    /// `No Upfront`.
    pub payment: String,
    /// When it begins.
    pub starts: String,
    /// Until when it can be undone: a queued one until it begins, a plan until this.
    pub returnable_until: Option<String>,
    /// Price of one reservation by the hour; of a plan its recurring part of all.
    pub hourly: String,
    /// Price of one reservation at its start; of a plan the upfront part of all.
    pub upfront: String,
    /// Above this price by the hour it must not be bought; of a plan the rates are fixed by the offer.
    pub ceiling_hourly: String,
    /// Above this cash for all of it, it must not be bought.
    pub ceiling_upfront: String,
    /// `list`, `private` or `simulated`.
    pub price_source: String,
    /// What all of it costs by the hour, upfront fees spread.
    pub cost_per_hour: String,
    /// Cash at the start.
    pub cash: String,
    /// All that is owed.
    pub obligation: String,
    /// Share of it that is used.
    pub utilization: Spread,
    /// What it saves over its hours in the horizon, against the same usage on demand.
    pub savings: Spread,
    /// The share it has to be used for to pay.
    pub break_even_utilization: Option<String>,
    /// Days until what it saves has paid for all that is owed, as expected.
    pub payback_days: Option<String>,
    /// Why.
    pub reason: String,
    /// What would be done without it.
    pub next_best: Option<NextBest>,
}

/// One thing to change of what is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldStep {
    /// Its number, from 1.
    pub number: usize,
    /// `modify`, `return`, `exchange` or `list`.
    pub action: String,
    /// The ARN of what is changed.
    pub id: String,
    /// What, in words.
    pub what: String,
    /// How many reservations of it; of a plan none.
    pub count: Option<u32>,
    /// Of how many that are held.
    pub held: Option<u32>,
    /// What is done with it, as AWS has to be told.
    pub becomes: Becomes,
    /// What it is.
    pub from: String,
    /// What it becomes.
    pub to: String,
    /// From when it is counted: the hour of the decision.
    pub moment: String,
    /// Until when it can be done.
    pub deadline: Option<String>,
    /// Received at once; negative where it is paid.
    pub money_now: String,
    /// What it saves over the horizon beside the steps and the changes before it.
    pub savings: Spread,
    /// AWS's rules that it relies on, and what of them is not verified.
    pub conditions: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What is done with something held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Becomes {
    /// It is given back.
    Returned,
    /// It covers every zone of its Region.
    Regional,
    /// Convertible reservations of another type, with the same platform, term and payment.
    Exchanged {
        /// `m5.xlarge`.
        instance_type: String,
        /// How many AWS is expected to give.
        count: u32,
        /// The most that may be due at once.
        due_max: String,
    },
    /// An offer on the marketplace.
    Listed {
        /// What one costs, at once.
        price: String,
    },
}

/// The best thing to do instead of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextBest {
    /// What.
    pub what: String,
    /// What it would cost more, over the horizon; the mean of some futures.
    pub costs_more: String,
    /// How many of them.
    pub scenarios: usize,
}

/// Something assumed of later proposals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    /// What.
    pub what: String,
    /// From when.
    pub starts: String,
    /// By the hour.
    pub cost_per_hour: String,
}

/// Something held that ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// Its ARN.
    pub id: String,
    /// When.
    pub ends: String,
    /// What it costs by the hour.
    pub cost_per_hour: String,
    /// Numbers of the steps that begin then and cover the same.
    pub replaced_by: Vec<usize>,
}

impl Step {
    /// How many of its parts can be returned: those of at most 100 an hour, as long as returns are left this year.
    #[must_use]
    pub fn returnable_parts(&self, returns_left: u32) -> usize {
        let small = |part: &&String| part.parse::<Money>().is_ok_and(|part| part <= RETURNABLE_MAX);
        let parts = if self.returnable_until.is_some() { self.slices.iter().filter(small).count() } else { 0 };
        parts.min(returns_left as usize)
    }
}

impl Proposal {
    /// What the steps save a month, as expected, while all of them run: of each what it saves in its hours, by the hours of a month, which is a
    /// twelfth of the 365 days of a term's year. None where the document says no amounts.
    #[must_use]
    pub fn monthly_savings(&self) -> Option<Money> {
        let of = |step: &Step| {
            let saved: Money = step.savings.expected.parse().ok()?;
            Some(saved.share(MONTH_HOURS, self.hours_of(step)?, Rounding::HalfEven))
        };
        self.steps.iter().map(of).sum()
    }

    /// The hours that the savings of a step are of: those of its term, up to the horizon.
    fn hours_of(&self, step: &Step) -> Option<i128> {
        let term = step.term.strip_suffix("yr")?.parse::<i128>().ok()? * 8_760;
        let moment = |text: &str| text.parse::<Timestamp>().ok();
        let waits = moment(&step.starts)?.duration_since(moment(&self.as_of)?).as_hours();
        let left = i128::try_from(self.outlook.horizon_hours).ok()? - i128::from(waits);
        Some(term.min(left)).filter(|hours| *hours > 0)
    }

    /// The document: JSON, fields in the order above, two spaces, a newline at the end.
    ///
    /// # Panics
    /// Never: all of it can be written.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string_pretty(self).expect("a proposal is text and numbers") + "\n"
    }

    /// Whether its id is the hash of all the rest, and its format one that is read here.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.format == 1 && self.clone().sealed().id == self.id
    }

    /// The same with the hash of itself as its id.
    #[must_use]
    pub(crate) fn sealed(mut self) -> Self {
        self.id = String::new();
        self.id = blake3::hash(self.encode().as_bytes()).to_hex().to_string();
        self
    }
}
