//! Ways out of a commitment before its term ends. What only AWS knows (a marketplace seller's registration, returns made before, a
//! volume discount) is not looked at: these say what the rules allow, not that AWS will.

use super::facts::{Facts, Kind, OfferingClass, Payment, ReservedService};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tenor_bill::BillingPeriod;
use tenor_money::Money;

const DAY_SECONDS: i64 = 86_400;

/// `region,opt-in` lines: whether an account has to switch the Region on first. What is not listed is not known.
static REGIONS: LazyLock<BTreeMap<&str, bool>> = LazyLock::new(|| {
    let lines = include_str!("regions.csv").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(',')).map(|(region, state)| (region, state == "opt-in")).collect()
});

/// The rules' numbers. They change; the defaults are those of `aws-rules` §1.7, §1.8 and §2.4 (2026).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitRules {
    /// Largest hourly commitment of a plan that can be returned. $100.
    pub return_hourly_max: Money,
    /// How long after its start, in seconds; never beyond the calendar month (UTC) of the start. 7 days.
    pub return_seconds_max: i64,
    /// How long a standard EC2 reservation must have run to be sold, in seconds. 30 days.
    pub resale_active_seconds_min: i64,
    /// What must be left of it, in seconds. AWS says one month; that it is 30 days is UNVERIFIED.
    pub resale_left_seconds_min: i64,
    /// What must be left of a convertible EC2 reservation to exchange it, in seconds. 24 hours.
    pub exchange_left_seconds_min: i64,
}

impl Default for ExitRules {
    fn default() -> Self {
        Self {
            return_hourly_max: Money::from_whole(100),
            return_seconds_max: 7 * DAY_SECONDS,
            resale_active_seconds_min: 30 * DAY_SECONDS,
            resale_left_seconds_min: 30 * DAY_SECONDS,
            exchange_left_seconds_min: DAY_SECONDS,
        }
    }
}

/// What can be done about a commitment at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exits {
    /// A plan can be returned before this moment; none when it cannot (any more), or its commitment, its term or who sold it is not known.
    pub returnable_until: Option<Timestamp>,
    /// Whether it can be sold on the marketplace; none where the bill does not tell.
    pub resellable: Option<bool>,
    /// Whether it can be exchanged; none where the bill does not tell.
    pub exchangeable: Option<bool>,
}

impl Exits {
    /// What the rules allow at `as_of`.
    #[must_use]
    pub fn of(facts: &Facts, hourly_commitment: Option<Money>, as_of: Timestamp, rules: &ExitRules) -> Self {
        let now = as_of.as_second();
        let is_ec2 = match facts.kind {
            Kind::Reservation(None) => None,
            kind => Some(kind == Kind::Reservation(Some(ReservedService::Ec2))),
        };
        let of_class = |class: OfferingClass, allowed: &dyn Fn() -> Option<bool>| match is_ec2 {
            Some(false) => Some(false),
            Some(true) if facts.class.is_some_and(|known| known != class) => Some(false),
            Some(true) if facts.class == Some(class) => allowed(),
            _ => None,
        };
        let left = |seconds_min: i64| facts.term.map(|term| term.start <= now && term.end() - now >= seconds_min);
        let resellable = || {
            let term = facts.term?;
            let is_in_time = now - term.start >= rules.resale_active_seconds_min && left(rules.resale_left_seconds_min)?;
            // What rules it out for certain does so, whatever else is not told.
            let ruled_out = [Some(!is_in_time), is_opt_in(facts), is_sold_by(facts, &["AISPL", "India"])];
            if ruled_out.contains(&Some(true)) { Some(false) } else { ruled_out.iter().all(Option::is_some).then_some(true) }
        };
        Self {
            returnable_until: returnable_until(facts, hourly_commitment, rules).filter(|until| as_of < *until),
            resellable: of_class(OfferingClass::Standard, &resellable),
            exchangeable: of_class(OfferingClass::Convertible, &|| left(rules.exchange_left_seconds_min)),
        }
    }
}

fn returnable_until(facts: &Facts, hourly_commitment: Option<Money>, rules: &ExitRules) -> Option<Timestamp> {
    let (Kind::Plan(_), Some(term), Some(hourly)) = (facts.kind, facts.term, hourly_commitment) else { return None };
    // Sellers that take no upfront plan back. Source: Savings Plans guide, "return".
    let is_final =
        facts.payment != Some(Payment::NoUpfront) && is_sold_by(facts, &["Brasil", "Brazil", "Turkey", "Türkiye"]) != Some(false);
    if hourly > rules.return_hourly_max || is_final {
        return None;
    }
    let start = Timestamp::from_second(term.start).ok()?;
    let week = Timestamp::from_second(term.start.checked_add(rules.return_seconds_max)?).ok()?;
    Some(week.min(BillingPeriod::containing(start).end()))
}

/// None where the bill names no seller.
fn is_sold_by(facts: &Facts, words: &[&str]) -> Option<bool> {
    facts.seller.as_ref().map(|seller| words.iter().any(|word| seller.contains(word)))
}

fn is_opt_in(facts: &Facts) -> Option<bool> {
    is_opt_in_region(facts.region.as_deref()?)
}

/// Whether a Region is one that accounts have to switch on; none where the Region is not known. Source: `aws-rules` §1.8.
#[must_use]
pub fn is_opt_in_region(region: &str) -> Option<bool> {
    REGIONS.get(region).copied()
}
