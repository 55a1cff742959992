//! The one encoding of a reconciliation, which the ledger names by its hash: `docs/spec/reconcile.md` 5.

use super::report::{Fees, Gap, Kin, Origin, Reconciliation, Row, Sight, Totals, Verdict};
use super::sources::Standing;
use serde::Serialize;
use tenor_ledger::Moment;

/// The format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    reconciliation: u32,
    at: Moment,
    totals: TotalsText,
    rows: Vec<RowText<'a>>,
    gaps: Vec<GapText<'a>>,
}

#[derive(Serialize)]
struct TotalsText {
    ordered: String,
    billed: String,
    difference: String,
    due: String,
    open: String,
    strangers: String,
    before: String,
}

#[derive(Serialize)]
struct RowText<'a> {
    id: &'a str,
    account: Option<String>,
    service: Option<&'static str>,
    region: Option<&'a str>,
    order: Option<String>,
    step: Option<u32>,
    origin: &'static str,
    state: Option<&'static str>,
    listed: String,
    bought_by: Option<&'a str>,
    bought_at: Option<String>,
    ordered: String,
    billed: String,
    open: String,
    due: String,
    verdict: &'static str,
    because: Option<String>,
}

#[derive(Serialize)]
struct GapText<'a> {
    what: &'a str,
    why: &'a str,
}

impl Reconciliation {
    /// The encoding: JSON in one line, members in the order of `docs/spec/reconcile.md`.
    #[must_use]
    pub fn encode(&self, at: Moment) -> String {
        let Totals { ordered, billed, difference, due, open, strangers, before } = self.totals;
        let document = Document {
            reconciliation: FORMAT,
            at,
            totals: TotalsText {
                ordered: ordered.to_string(),
                billed: billed.to_string(),
                difference: difference.to_string(),
                due: due.to_string(),
                open: open.to_string(),
                strangers: strangers.to_string(),
                before: before.to_string(),
            },
            rows: self.rows.iter().map(row).collect(),
            gaps: self.gaps.iter().map(|Gap { what, why, .. }| GapText { what, why }).collect(),
        };
        serde_json::to_string(&document).expect("members are texts and numbers")
    }
}

fn row(row: &Row) -> RowText<'_> {
    let Fees { ordered, billed, open, due } = row.fees;
    let (order, step) = row.origin.step().unzip();
    RowText {
        id: &row.name.id,
        account: row.name.account.as_ref().map(ToString::to_string),
        service: row.name.service.map(|service| service.as_str()),
        region: row.name.region.as_deref(),
        order: order.map(|order| order.to_string()),
        step,
        origin: row.origin.name(),
        state: row.state.map(|state| state.as_str()),
        listed: row.sight.to_string(),
        bought_by: row.trail.as_ref().map(|(who, _)| who.as_str()),
        bought_at: row.trail.as_ref().map(|(_, at)| at.to_string()),
        ordered: ordered.to_string(),
        billed: billed.to_string(),
        open: open.to_string(),
        due: due.to_string(),
        verdict: row.verdict.name(),
        because: row.because(),
    }
}

impl Origin {
    /// The step that it comes from.
    #[must_use]
    pub const fn step(self) -> Option<(tenor_ledger::OrderId, u32)> {
        match self {
            Self::Ordered { order, step, .. } => Some((order, step)),
            Self::Stranger | Self::Before => None,
        }
    }

    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ordered { is_descendant: false, .. } => "ordered",
            Self::Ordered { is_descendant: true, .. } => "descends",
            Self::Stranger => "stranger",
            Self::Before => "before",
        }
    }
}

impl Row {
    /// What the verdict's word does not say; of what does not agree also what belongs to it, by AWS's ids.
    #[must_use]
    pub fn because(&self) -> Option<String> {
        let kin = Some(self.kin.to_string()).filter(|kin| !kin.is_empty() && !self.verdict.is_good());
        match (self.verdict.because(), kin) {
            (Some(why), Some(kin)) => Some(format!("{why}; {kin}")),
            (why, kin) => why.or(kin),
        }
    }
}

impl std::fmt::Display for Kin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { beside, made_of, became } = self;
        let parts = [("bought together with", beside), ("made of", made_of), ("became", became)];
        let told = parts.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(how, ids)| format!("{how} {}", ids.join(" ")));
        f.pad(&told.collect::<Vec<_>>().join(", "))
    }
}

impl Verdict {
    /// What a word does not say.
    #[must_use]
    pub fn because(&self) -> Option<String> {
        match self {
            Self::FeeDiffers { period, expected, billed } => Some(format!("the bill of {period} has {billed}, and the order {expected}")),
            Self::Undecided(why) => Some(why.clone()),
            Self::NotBilledYet { due } => Some(format!("due on the bill of {due}")),
            Self::NotHeld => Some("the ledger says that it is held, and AWS does not".to_owned()),
            Self::StillHeld => Some("AWS lists it still, and the ledger says that it is not held".to_owned()),
            Self::NotOrdered | Self::Agrees | Self::NothingOwed | Self::HeldBefore => None,
        }
    }
}

impl std::fmt::Display for Sight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::NotAsked => "not asked",
            Self::NotLooked => "not looked",
            Self::Unread(_) => "unreadable",
            Self::Missing => "missing",
            Self::Listed(standing) => standing.as_str(),
        })
    }
}

impl Standing {
    /// In a word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Pending => "payment pending",
            Self::Running => "active",
            Self::Ended => "ended",
            Self::NeverRan => "never ran",
            Self::Unknown(word) => word,
        }
    }
}
