//! What AWS lists now beside what bills show: what both know, what only one does and what that means, and in what they differ.
//!
//! What was not looked at, or could not be read, is never taken for something that AWS lists no more.

use super::commitment::Commitment;
use super::facts::{Kind, ReservedService};
use crate::commitment::Term;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity};

/// A commitment as AWS lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id or name, as its service lists it.
    pub id: String,
    /// Its name in bills, where the service says it.
    pub arn: Option<String>,
    /// The account that bought it.
    pub owner: AccountId,
    /// What it is.
    pub kind: Kind,
    /// The type or family that it is for.
    pub of: Option<String>,
    /// Where it applies; none for plans that apply everywhere.
    pub region: Option<String>,
    /// How it stands.
    pub state: ListedState,
    /// Its first second, in seconds of the Unix epoch.
    pub start: Option<i64>,
    /// Its end, in seconds of the Unix epoch; AWS tells some as the last second and some as the first after it.
    pub end: Option<i64>,
    /// How many instances a reservation holds.
    pub count: Option<Quantity>,
    /// What a plan commits to for an hour.
    pub hourly_commitment: Option<Money>,
}

/// How something listed stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedState {
    /// It starts later.
    Queued,
    /// Its first payment is on the way.
    Pending,
    /// It runs.
    Active,
    /// It ran, and does no more.
    Ended,
    /// It never ran.
    NeverRan,
    /// A state that is not known, in AWS's word.
    Unknown(String),
}

/// What was looked at: a kind of commitment of an account, in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whose.
    pub owner: AccountId,
    /// The service of reservations; none for Savings Plans.
    pub service: Option<ReservedService>,
    /// Where; none for Savings Plans.
    pub region: Option<String>,
    /// Whether it could be read.
    pub is_read: bool,
}

/// What bills and AWS's lists together say of a commitment; what to look at first comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Bills show it in its term, and AWS lists it no more: exchanged, modified, sold or returned.
    Vanished,
    /// AWS lists it as ended before its term was over.
    EndedEarly,
    /// Both know it, and say different things.
    Differs,
    /// It ran while the bills did, and they do not show it.
    NotBilled,
    /// It was bought after the bills end.
    New,
    /// It starts later.
    Queued,
    /// AWS's state of it is not known.
    Unclear,
    /// Whether AWS lists it could not be read.
    Unreadable,
    /// Nobody looked where AWS would list it.
    NotLooked,
    /// Both say the same.
    Same,
    /// Its term is over.
    Ended,
    /// It ended before the bills begin.
    Before,
    /// Its payment failed, or it was taken back before it began.
    NeverRan,
}

/// Something that bills and AWS say differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// When it ends, in seconds of the Unix epoch.
    End {
        /// In bills: the first second after.
        billed: i64,
        /// As AWS lists it.
        listed: i64,
    },
    /// How many it holds.
    Count {
        /// In bills.
        billed: Quantity,
        /// As AWS lists it.
        listed: Quantity,
    },
    /// What it commits to for an hour.
    Commitment {
        /// In bills.
        billed: Money,
        /// As AWS lists it.
        listed: Money,
    },
}

/// A commitment that bills show, AWS lists, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight<'a> {
    /// In bills.
    pub billed: Option<&'a Commitment>,
    /// As AWS lists it.
    pub listed: Option<&'a Listed>,
    /// What that means.
    pub verdict: Verdict,
    /// In what they differ.
    pub differences: Vec<Difference>,
}

impl Verdict {
    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vanished => "listed no more",
            Self::EndedEarly => "ended early",
            Self::Differs => "differs",
            Self::NotBilled => "not in the bills",
            Self::New => "newer than the bills",
            Self::Queued => "queued",
            Self::Unclear => "state not known",
            Self::Unreadable => "could not be read",
            Self::NotLooked => "not looked at",
            Self::Same => "as billed",
            Self::Ended => "ended",
            Self::Before => "ended before the bills",
            Self::NeverRan => "never ran",
        }
    }
}

impl Listed {
    /// Whether a bill's commitment is this one: by its name, or where the service tells none, by what that ends in, its owner and its region.
    fn is_billed_as(&self, commitment: &Commitment) -> bool {
        let facts = &commitment.facts;
        let id = facts.id.0.as_str();
        match &self.arn {
            Some(arn) => arn == id,
            None => {
                let is_there = self.region.is_none() || facts.region.is_none() || self.region == facts.region;
                let is_theirs = facts.owner.as_ref().is_none_or(|owner| *owner == self.owner);
                id.rsplit(['/', ':']).next() == Some(self.id.as_str()) && is_there && is_theirs
            }
        }
    }

    fn is_listed_as(&self, other: &Self) -> bool {
        self.id == other.id && self.arn == other.arn && self.owner == other.owner && self.region == other.region && self.kind == other.kind
    }
}

/// Every commitment that bills show or AWS lists, once, with what to look at first on top. What two connections list is one.
///
/// `bills` is from when to when the bills are, in seconds of the Unix epoch; none when there are none.
#[must_use]
pub fn sights<'a>(billed: &'a [Commitment], listed: &'a [Listed], looks: &[Look], bills: Option<(i64, i64)>, as_of: i64) -> Vec<Sight<'a>> {
    let index = Index::new(listed);
    let mut seen = BTreeSet::new();
    let mut all: Vec<Sight<'a>> = Vec::new();
    for commitment in billed {
        all.push(match index.billed_as(commitment) {
            Some(at) => {
                seen.extend(index.same_as(at));
                both(commitment, &listed[at], as_of)
            }
            None => {
                let verdict = unlisted(commitment, looks, as_of);
                Sight { billed: Some(commitment), listed: None, verdict, differences: Vec::new() }
            }
        });
    }
    for (at, one) in listed.iter().enumerate() {
        if seen.contains(&at) || index.same_as(at).any(|other| other < at) {
            continue;
        }
        all.push(Sight { billed: None, listed: Some(one), verdict: unbilled(one, bills), differences: Vec::new() });
    }
    all.sort_by(|a, b| (a.verdict, a.id()).cmp(&(b.verdict, b.id())));
    all
}

/// What is listed, to be found by what it is called.
struct Index<'a> {
    listed: &'a [Listed],
    /// The first with an ARN.
    by_arn: BTreeMap<&'a str, usize>,
    /// All with an id, in order.
    by_id: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(listed: &'a [Listed]) -> Self {
        let mut found = Self { listed, by_arn: BTreeMap::new(), by_id: BTreeMap::new() };
        for (at, one) in listed.iter().enumerate() {
            found.by_id.entry(&one.id).or_default().push(at);
            if let Some(arn) = &one.arn {
                found.by_arn.entry(arn).or_insert(at);
            }
        }
        found
    }

    /// The first that is a bill's commitment.
    fn billed_as(&self, commitment: &Commitment) -> Option<usize> {
        let id = commitment.facts.id.0.as_str();
        let by_name = self.by_arn.get(id).copied();
        let by_end = id.rsplit(['/', ':']).next().and_then(|end| self.by_id.get(end)).into_iter().flatten().copied();
        let by_end = by_end.filter(|at| self.listed[*at].is_billed_as(commitment));
        by_name.into_iter().chain(by_end).min()
    }

    /// All that are the same as one, itself among them.
    fn same_as(&self, at: usize) -> impl Iterator<Item = usize> {
        let one = &self.listed[at];
        let alike = self.by_id.get(one.id.as_str()).into_iter().flatten().copied();
        alike.filter(|other| self.listed[*other].is_listed_as(one))
    }
}

impl Sight<'_> {
    /// Its name in bills, or its id where it has none.
    #[must_use]
    pub fn id(&self) -> &str {
        let listed = || self.listed.map(|listed| listed.arn.as_deref().unwrap_or(&listed.id));
        self.billed.map(|billed| billed.facts.id.0.as_str()).or_else(listed).unwrap_or_default()
    }
}

fn both<'a>(commitment: &'a Commitment, listed: &'a Listed, as_of: i64) -> Sight<'a> {
    let differences = differences(commitment, listed);
    let nominal = commitment.facts.term.map(|term| term.start + term.seconds);
    let verdict = match &listed.state {
        ListedState::Unknown(_) => Verdict::Unclear,
        ListedState::NeverRan => Verdict::NeverRan,
        // A return does not tell its time; what is not over by now ended before.
        ListedState::Ended if listed.end.is_none_or(|end| nominal.is_some_and(|nominal| end < nominal - 1)) => Verdict::EndedEarly,
        ListedState::Ended if nominal.is_some_and(|nominal| nominal > as_of) => Verdict::EndedEarly,
        ListedState::Ended => Verdict::Ended,
        _ if !differences.is_empty() => Verdict::Differs,
        ListedState::Queued => Verdict::Queued,
        ListedState::Pending | ListedState::Active => Verdict::Same,
    };
    Sight { billed: Some(commitment), listed: Some(listed), verdict, differences }
}

fn differences(commitment: &Commitment, listed: &Listed) -> Vec<Difference> {
    let facts = &commitment.facts;
    let end = facts.term.map(Term::end).zip(listed.end).filter(|(billed, listed)| (billed - listed).abs() > 1);
    let count = facts.count.zip(listed.count).filter(|(billed, listed)| billed != listed);
    let hourly = commitment.hourly_commitment.zip(listed.hourly_commitment).filter(|(billed, listed)| billed != listed);
    let mut all = Vec::new();
    all.extend(end.map(|(billed, listed)| Difference::End { billed, listed }));
    all.extend(count.map(|(billed, listed)| Difference::Count { billed, listed }));
    all.extend(hourly.map(|(billed, listed)| Difference::Commitment { billed, listed }));
    all
}

/// What it means that bills show it and AWS does not.
fn unlisted(commitment: &Commitment, looks: &[Look], as_of: i64) -> Verdict {
    let facts = &commitment.facts;
    if facts.term.is_some_and(|term| term.end() <= as_of) {
        // AWS drops what ended some time ago from its lists.
        return Verdict::Ended;
    }
    let is_there = |look: &&Look| match facts.kind {
        Kind::Plan(_) => look.service.is_none(),
        Kind::Reservation(service) => service.is_some() && look.service == service && look.region == facts.region,
    };
    let there = looks.iter().filter(|look| facts.owner.as_ref() == Some(&look.owner)).filter(is_there);
    // One that could be read is enough, whatever came of another.
    match there.map(|look| look.is_read).max() {
        None => Verdict::NotLooked,
        Some(true) => Verdict::Vanished,
        Some(false) => Verdict::Unreadable,
    }
}

/// What it means that AWS lists it and bills do not show it.
fn unbilled(listed: &Listed, bills: Option<(i64, i64)>) -> Verdict {
    match (&listed.state, bills) {
        (ListedState::Queued, _) => Verdict::Queued,
        (ListedState::NeverRan, _) => Verdict::NeverRan,
        (ListedState::Unknown(_), _) => Verdict::Unclear,
        (ListedState::Ended, None) => Verdict::Ended,
        (_, None) => Verdict::New,
        (_, Some((_, to))) if listed.start.is_none_or(|start| start >= to) => Verdict::New,
        (ListedState::Ended, Some((from, _))) if listed.end.is_some_and(|end| end <= from) => Verdict::Before,
        _ => Verdict::NotBilled,
    }
}

#[cfg(test)]
#[path = "listed_tests.rs"]
mod tests;
