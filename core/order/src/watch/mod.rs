//! What to look at now: what ends, what can still be taken back and for how long, what is used less, what sells, what waits.
//!
//! ```text
//! bills' commitments ──┐
//! AWS's lists        ──┤
//! listings for sale  ──┼──> Event: what happens, until when, the money at stake, the command to run
//! orders that wait   ──┘
//! ```
//! Pure: time and horizon are arguments, and what was not read is in no event. Figures and ways out are those of `tenor_cover::inventory`.

mod bills;
mod lists;
mod orders;

use crate::service::Service;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tenor_bill::{AccountId, BillingPeriod};
use tenor_cover::inventory::{Commitment, ExitRules, Ratio};
use tenor_ledger::OrderId;
use tenor_money::Money;

pub use orders::Waiting;

/// All that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// What bills show.
    pub billed: &'a [Shown<'a>],
    /// What AWS lists, as far as it could be read; none when it was not asked.
    pub listed: Option<&'a [Held]>,
    /// What is for sale.
    pub listings: &'a [Listing],
    /// Orders that nobody began.
    pub orders: &'a [Waiting],
    /// AWS's rules on ways out.
    pub rules: &'a ExitRules,
    /// Now.
    pub now: Timestamp,
    /// How far ahead.
    pub days: u16,
}

/// A commitment that bills show.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// What it is, and its sums.
    pub commitment: &'a Commitment,
    /// Its utilization in the last complete periods, the oldest first.
    pub utilization: Vec<(BillingPeriod, Ratio)>,
}

/// Something that AWS lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: String,
    /// Whose.
    pub account: AccountId,
    /// Of which service.
    pub service: Service,
    /// Where; none of plans.
    pub region: Option<String>,
    /// What it is of.
    pub goods: String,
    /// How it stands.
    pub standing: Standing,
    /// When it begins or began.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// Until when it can be returned.
    pub returnable_until: Option<Timestamp>,
    /// What it obliges to from its beginning to its end, where an order or a list tells.
    pub obligation: Option<Money>,
    /// The connection through which it was seen.
    pub connection: String,
}

/// How something stands that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It begins later, and can still be taken back.
    Queued,
    /// Its first payment is on the way.
    Pending,
    /// Its first payment failed.
    Failed,
    /// It runs.
    Running,
    /// Something else, of which there is nothing to say.
    Other,
}

/// Reservations that are offered on the marketplace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its id.
    pub id: String,
    /// What is sold.
    pub reservation: String,
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub region: String,
    /// Whether anything of it is still to be sold.
    pub is_open: bool,
    /// When it last changed.
    pub changed: Timestamp,
    /// How many are for sale.
    pub available: u32,
    /// How many were sold.
    pub sold: u32,
    /// What one costs now.
    pub asked: Option<Money>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happens.
    pub what: What,
    /// The id of what it happens to.
    pub id: String,
    /// Whose.
    pub account: Option<String>,
    /// What that is, in words.
    pub of: String,
    /// Until when something can be done about it, or when it happens.
    pub deadline: Option<Timestamp>,
    /// The money at stake, where it can be told; what it is of, `told` says.
    pub stake: Option<Money>,
    /// What happens, in a sentence.
    pub told: String,
    /// The command to run.
    pub advice: String,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Its first payment failed: it never ran.
    PaymentFailed,
    /// Its first payment is on the way.
    PaymentPending,
    /// It begins soon, and can be taken back until then.
    Begins,
    /// It can be returned for now.
    Returnable,
    /// An order waits for approvals, or to be run.
    OrderWaits,
    /// It ends, and what it covers becomes on-demand.
    Ends,
    /// It can be sold or exchanged from soon on.
    ExitOpens,
    /// It can be sold or exchanged no more soon.
    ExitCloses,
    /// Less of it is used than before.
    UsedLess,
    /// Some of it was sold.
    Sold,
    /// It is for sale.
    ForSale,
}

impl What {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PaymentFailed => "payment failed",
            Self::PaymentPending => "payment pending",
            Self::Begins => "begins",
            Self::Returnable => "returnable",
            Self::OrderWaits => "order waits",
            Self::Ends => "ends",
            Self::ExitOpens => "exit opens",
            Self::ExitCloses => "exit closes",
            Self::UsedLess => "used less",
            Self::Sold => "sold",
            Self::ForSale => "for sale",
        }
    }
}

impl Watched<'_> {
    /// The end of what is looked at.
    fn until(&self) -> Timestamp {
        self.now + SignedDuration::from_hours(i64::from(self.days) * 24)
    }

    /// Whether a moment is to come, and soon.
    fn is_soon(&self, at: Timestamp) -> bool {
        self.now < at && at <= self.until()
    }
}

/// What to look at: what has a deadline first, the next one first; then what is worth most.
#[must_use]
pub fn watch(watched: &Watched<'_>) -> Vec<Event> {
    let listed: BTreeSet<&str> = watched.listed.into_iter().flatten().map(|held| held.id.as_str()).collect();
    let billed: BTreeSet<&str> = watched.billed.iter().map(|shown| bills::id(shown.commitment)).collect();
    let mut events: Vec<Event> = Vec::new();
    for shown in watched.billed {
        events.extend(bills::events(watched, shown, &listed));
    }
    for held in watched.listed.into_iter().flatten() {
        events.extend(lists::events(watched, held, &billed));
    }
    events.extend(watched.listings.iter().filter_map(|listing| lists::sale(watched, listing)));
    events.extend(watched.orders.iter().map(|order| order.event(watched.now)));
    events.sort_by(|one, other| {
        let key = |event: &Event| (event.deadline.is_none(), event.deadline, Reverse(event.stake));
        (key(one), one.what, &one.id).cmp(&(key(other), other.what, &other.id))
    });
    events
}

/// An order's id, as far as it is typed.
fn short(order: OrderId) -> String {
    format!("{:.12}", order.to_string())
}
