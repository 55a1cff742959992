//! What comes of it: a row for each commitment, what each source says of it, and a verdict.

use super::gather::{self, Entry, Look};
use super::judge::judge;
use super::lineage;
use super::origin::{self, Known};
use super::sources::{Name, Sources, Standing, TrailGap};
use crate::state::StepState;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_ledger::OrderId;
use tenor_money::Money;

/// What comes of holding the sources against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// A row for each commitment, what does not agree first.
    pub rows: Vec<Row>,
    /// What they come to.
    pub totals: Totals,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// The last period whose bill is complete and was compared.
    pub last_final: Option<BillingPeriod>,
}

/// A commitment, or a step that may have made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is known by; its id is empty while nobody knows whether there is one.
    pub name: Name,
    /// Where it comes from.
    pub origin: Origin,
    /// How the step stands that bought it.
    pub state: Option<StepState>,
    /// What AWS's lists say.
    pub sight: Sight,
    /// Who bought it and when, as CloudTrail says.
    pub trail: Option<(String, Timestamp)>,
    /// When it began.
    pub start: Option<Timestamp>,
    /// The money.
    pub fees: Fees,
    /// What all of it comes to.
    pub verdict: Verdict,
    /// What else belongs to it.
    pub kin: Kin,
}

/// AWS's ids of what belongs to a commitment: it was bought as one with others, is made of others, or others are made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kin {
    /// What else the same step bought: AWS splits a purchase where a volume discount begins.
    pub beside: Vec<String>,
    /// What it was made of, by a modification, an exchange or a sale in part.
    pub made_of: Vec<String>,
    /// What was made of it likewise.
    pub became: Vec<String>,
}

/// The money of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fees {
    /// What an order says the complete bills ought to have.
    pub ordered: Money,
    /// What the complete bills have, before private discounts.
    pub billed: Money,
    /// What bills have so far that are not complete.
    pub open: Money,
    /// What an order says for periods, until the end of the current one, whose bills are not complete or not in.
    pub due: Money,
}

/// Where a commitment comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A step of an order bought it.
    Ordered {
        /// The order.
        order: OrderId,
        /// The step.
        step: u32,
        /// Whether it is what became of what the step bought: modified, or sold in part.
        is_descendant: bool,
    },
    /// No order did.
    Stranger,
    /// It was held before the first order.
    Before,
}

/// What AWS's lists say of a commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// AWS was not asked.
    NotAsked,
    /// Nobody looked where it would be.
    NotLooked,
    /// It could not be read.
    Unread(String),
    /// It is not there.
    Missing,
    /// It is there.
    Listed(Standing),
}

/// What the sources come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The ledger says bought, and AWS has none, or ended it early.
    NotHeld,
    /// AWS has still what was taken out of the queue, or whose payment failed.
    StillHeld,
    /// No order bought it.
    NotOrdered,
    /// A bill has another amount than the order.
    FeeDiffers {
        /// On the bill of which period, the first that differs.
        period: BillingPeriod,
        /// What it ought to have.
        expected: Money,
        /// What it has.
        billed: Money,
    },
    /// It cannot be told.
    Undecided(String),
    /// Its money is on a bill to come.
    NotBilledYet {
        /// Of which period.
        due: BillingPeriod,
    },
    /// All that was asked says the same.
    Agrees,
    /// Nothing is owed: taken back before it began, or never paid for.
    NothingOwed,
    /// It was held before the first order: no order is expected.
    HeldBefore,
}

/// What all rows come to. `billed`, `open`, `strangers` and `before` are all fees of the compared periods, each once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// What orders say the complete bills ought to have.
    pub ordered: Money,
    /// What the complete bills have for it.
    pub billed: Money,
    /// Billed - ordered.
    pub difference: Money,
    /// What orders say that is on bills to come, until that of the current period.
    pub due: Money,
    /// What was ordered and is on bills that are not complete.
    pub open: Money,
    /// What was billed that no order bought, as far as is known.
    pub strangers: Money,
    /// What was billed of what was held before the first order.
    pub before: Money,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What of which account, and where.
    pub what: String,
    /// Why.
    pub why: String,
    /// Whether rows are undecided for it. CloudTrail's records, where nobody granted them, only say who.
    pub is_needed: bool,
}

impl Verdict {
    /// Whether nothing is wrong and nothing is left open that ought to be known by now.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self, Self::Agrees | Self::NotBilledYet { .. } | Self::NothingOwed | Self::HeldBefore)
    }

    /// In a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotHeld => "not held",
            Self::StillHeld => "still held",
            Self::NotOrdered => "not ordered",
            Self::FeeDiffers { .. } => "fee differs",
            Self::Undecided(_) => "undecided",
            Self::NotBilledYet { .. } => "not billed yet",
            Self::Agrees => "agrees",
            Self::NothingOwed => "nothing owed",
            Self::HeldBefore => "held before",
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::NotHeld => 0,
            Self::StillHeld => 1,
            Self::NotOrdered => 2,
            Self::FeeDiffers { .. } => 3,
            Self::Undecided(_) => 4,
            Self::NotBilledYet { .. } => 5,
            Self::Agrees => 6,
            Self::NothingOwed => 7,
            Self::HeldBefore => 8,
        }
    }
}

impl Reconciliation {
    /// Whether every dollar has an order and every order its dollars, as far as is due, and all of it could be read.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.rows.iter().all(|row| row.verdict.is_good()) && self.gaps.iter().all(|gap| !gap.is_needed)
    }

    /// How many rows do not agree, or cannot be told.
    #[must_use]
    pub fn differences(&self) -> usize {
        self.rows.iter().filter(|row| !row.verdict.is_good()).count()
    }
}

/// Holds the ledger against CloudTrail, AWS's lists and the bills.
#[must_use]
pub fn reconcile(sources: &Sources<'_>) -> Reconciliation {
    let mut entries = gather::gather(sources);
    lineage::link(&mut entries, sources.ordered);
    let known = origin::know(&entries, sources);
    let payers: BTreeSet<&str> = sources.bills.periods.keys().map(|(payer, _)| payer.as_str()).collect();
    let kin = kin(&entries);
    let mut rows: Vec<Row> =
        entries.iter().zip(known).zip(kin).map(|((entry, known), kin)| row(entry, known, kin, &payers, sources)).collect();
    rows.sort_by(|one, other| (one.verdict.rank(), &one.name).cmp(&(other.verdict.rank(), &other.name)));
    let is_compared = |period: &&BillingPeriod| super::judge::is_within(**period, sources.periods);
    let complete = sources.bills.periods.iter().filter(|(_, state)| **state == super::PeriodState::Final);
    let last_final = complete.map(|((_, period), _)| period).filter(is_compared).max().copied();
    Reconciliation { totals: totals(&rows), gaps: gaps(sources), rows, last_final }
}

/// What belongs to each entry.
fn kin(entries: &[Entry<'_>]) -> Vec<Kin> {
    let id = |place: usize| entries[place].name.id.clone();
    let mut kin = vec![Kin::default(); entries.len()];
    let mut bought: BTreeMap<(OrderId, u32), Vec<usize>> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        if let Some(step) = entry.bought_by.filter(|_| entry.of > 1) {
            bought.entry((step.order, step.step.number)).or_default().push(place);
        }
        for parent in &entry.parents {
            kin[place].made_of.push(id(*parent));
            kin[*parent].became.push(id(place));
        }
    }
    for parts in bought.values() {
        for place in parts {
            kin[*place].beside = parts.iter().filter(|other| *other != place).map(|other| id(*other)).collect();
        }
    }
    kin
}

fn row(entry: &Entry<'_>, known: Known, kin: Kin, payers: &BTreeSet<&str>, sources: &Sources<'_>) -> Row {
    let judged = judge(entry, known, payers, sources);
    Row {
        name: entry.name.clone(),
        origin: known.origin,
        state: entry.bought_by.map(|step| step.state),
        sight: match entry.look {
            Look::NotAsked => Sight::NotAsked,
            Look::NotLooked => Sight::NotLooked,
            Look::Unread(why) => Sight::Unread(why.to_owned()),
            Look::Missing => Sight::Missing,
            Look::Listed(listed) => Sight::Listed(listed.standing.clone()),
        },
        trail: entry.trail.map(|bought| (bought.who.clone(), bought.at)),
        start: judged.start,
        fees: judged.fees,
        verdict: judged.verdict,
        kin,
    }
}

fn totals(rows: &[Row]) -> Totals {
    let mut totals = Totals::default();
    for Row { origin, fees, .. } in rows {
        match origin {
            Origin::Ordered { .. } => {
                totals.ordered += fees.ordered;
                totals.billed += fees.billed;
                totals.due += fees.due;
                totals.open += fees.open;
            }
            Origin::Stranger => totals.strangers += fees.billed + fees.open,
            Origin::Before => totals.before += fees.billed + fees.open,
        }
    }
    totals.difference = totals.billed - totals.ordered;
    totals
}

fn gaps(sources: &Sources<'_>) -> Vec<Gap> {
    let lists = sources.lists.into_iter().flatten().filter_map(|list| {
        let place = list.region.as_deref().map_or_else(String::new, |region| format!(" in {region}"));
        let why = list.held.as_ref().err()?.clone();
        Some(Gap { what: format!("{} of {}{place}", list.service, list.account), why, is_needed: true })
    });
    let trails = sources.trails.iter().filter_map(|trail| {
        let what = format!("CloudTrail's records of {} of {} in {}", trail.service, trail.account, trail.region);
        Some(match trail.gap.as_ref()? {
            TrailGap::NotGranted => Gap { what, why: "the role does not grant it".to_owned(), is_needed: false },
            TrailGap::Unread(why) => Gap { what, why: why.clone(), is_needed: true },
        })
    });
    lists.chain(trails).collect()
}
