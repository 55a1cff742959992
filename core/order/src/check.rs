//! The guard rails as pure checks: what can be told of an order when it is made, and all of it right before each call.
//!
//! What cannot be read refuses: a failed read is never taken for "nothing there".

use crate::approval::{Approved, Ballot};
use crate::order::{Action, Order, Step, is_plan};
use crate::rails::{Allowed, Rails, Refusal, Rule, payment_name, term_name};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fmt::Display;
use tenor_ledger::{Moment, OrderId, Text};
use tenor_money::Money;
use tenor_permit::RegionName;
use tenor_propose::proposal::{Kind, Term, Upfront};

/// So long AWS lets a plan be returned, within its calendar month.
const RETURN_WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// AWS lets no plan be returned that commits to more by the hour.
const RETURNABLE_MAX: Money = Money::from_whole(100);
/// AWS queues nothing for later than three years ahead.
const QUEUE_LONGEST: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);

/// What was read live, or why it could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// It was read, at this moment.
    Read(Moment, T),
    /// It was not, for this reason.
    Unread(Text),
}

/// What AWS says an offering is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offering {
    /// What for, in the words in which the step says it.
    pub goods: Text,
    /// Where; nowhere in particular for a plan that holds everywhere.
    pub region: Option<RegionName>,
    /// What is sold.
    pub kind: Kind,
    /// For how long.
    pub term: Term,
    /// Paid how.
    pub payment: Upfront,
}

/// What AWS asks for a step's offering, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// What it is: the offering's id says nothing of itself.
    pub offering: Offering,
    /// The currency of the amounts.
    pub currency: Text,
    /// By the hour, for all of the step.
    pub hourly: Money,
    /// At once, for all of the step.
    pub upfront: Money,
}

/// What is known right before a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What the clock says.
    pub now: Moment,
    /// What steps of any order have obliged to today (UTC), or may have; without this step.
    pub today: Money,
    /// The same for this calendar month (UTC).
    pub this_month: Money,
    /// Returns that AWS still allows this year.
    pub returns_left: u32,
    /// The live price; none where AWS says that it sells no such offering, or does not any more.
    pub price: Reading<Option<Price>>,
    /// What differs from what the order was made on, if anything.
    pub inventory: Reading<Option<Text>>,
    /// Which usage that justified it is gone, if any is.
    pub demand: Reading<Option<Text>>,
}

/// What refuses an order when it is made: all that does not depend on the moment.
#[must_use]
pub fn check_order(order: &Order, rails: &Rails) -> Vec<(Option<u32>, Refusal)> {
    let total = over(Rule::PerOrder, rails.per_order, order.obligation());
    let steps = order.steps().iter().flat_map(|step| standing(step, rails).into_iter().map(|refusal| (Some(step.number), refusal)));
    foreign(order, rails).into_iter().chain(total).map(|refusal| (None, refusal)).chain(steps).collect()
}

/// That a step may leave, now. Only [`check_step`] makes one, and whoever sends the call takes it, so it lets one call through.
#[derive(Debug, PartialEq, Eq)]
pub struct Cleared {
    order: OrderId,
    step: Step,
    at: Moment,
}

impl Cleared {
    /// Of which order.
    #[must_use]
    pub const fn order(&self) -> OrderId {
        self.order
    }

    /// What may be done.
    #[must_use]
    pub const fn step(&self) -> &Step {
        &self.step
    }

    /// When it was looked at.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }
}

/// Lets a step through right before its call. Approvals are counted once more, under the guard rails and the clock of this ballot.
///
/// # Errors
/// All that refuses it.
pub fn check_step(approved: &Approved, number: u32, ballot: &Ballot<'_>, facts: &Facts) -> Result<Cleared, Vec<Refusal>> {
    let (order, rails) = (approved.order(), ballot.rails);
    let Some(step) = order.steps().iter().find(|step| step.number == number) else {
        return Err(vec![refusal(Rule::Approval, format!("a step of the order, 1 to {}", order.steps().len()), number)]);
    };
    let mut refusals = Vec::new();
    if let Err(error) = approved.count(&Ballot { now: facts.now, ..*ballot }) {
        refusals.push(refusal(Rule::Approval, "what enough people agree to now", error));
    }
    if rails.stopped {
        refusals.push(refusal(Rule::KillSwitch, "nothing", step.action));
    }
    refusals.extend(standing(step, rails));
    refusals.extend(foreign(order, rails));
    refusals.extend(over(Rule::PerOrder, rails.per_order, order.obligation()));
    for (rule, limit, before) in [(Rule::PerDay, rails.per_day, facts.today), (Rule::PerMonth, rails.per_month, facts.this_month)] {
        // Another day or month may have room for it, unless it is too much by itself.
        let waits = limit.is_some_and(|limit| step.obligation <= limit);
        refusals.extend(over(rule, limit, with(before, step)).map(|refused| Refusal { waits, ..refused }));
    }
    refusals.extend(window(rails, facts.now.0));
    refusals.extend(returnable(step, rails, facts));
    refusals.extend(live(order, step, rails, facts));
    refusals.sort_by_key(|refusal| Rule::ALL.iter().position(|rule| *rule == refusal.rule));
    if refusals.is_empty() { Ok(Cleared { order: order.id(), step: step.clone(), at: facts.now }) } else { Err(refusals) }
}

/// What a step is, whenever it is done.
fn standing(step: &Step, rails: &Rails) -> Vec<Refusal> {
    let checks = [
        step.kind.as_ref().and_then(|kind| outside(Rule::Kind, &rails.kinds, kind, |kind| kind.as_str())),
        step.term.as_ref().and_then(|term| outside(Rule::Term, &rails.terms, term, term_name)),
        step.payment.as_ref().and_then(|payment| outside(Rule::Payment, &rails.payments, payment, payment_name)),
        outside(Rule::Account, &rails.accounts, &step.account, |account| account.as_str()),
        step.region.as_ref().and_then(|region| outside(Rule::Region, &rails.regions, region, |region| region.as_str())),
        over(Rule::PerStep, rails.per_step, step.obligation),
    ];
    checks.into_iter().flatten().collect()
}

/// Limits say nothing of amounts in another currency than theirs. What obliges to nothing has none: a return, say.
fn foreign(order: &Order, rails: &Rails) -> Option<Refusal> {
    let is_theirs = order.currency().as_str() == rails.currency.as_str() || order.obligation() == Money::ZERO;
    (!is_theirs).then(|| refusal(Rule::Currency, rails.currency, order.currency()))
}

fn outside<'a, T: Ord>(rule: Rule, allowed: &'a Allowed<T>, value: &'a T, name: impl Fn(&'a T) -> &'a str) -> Option<Refusal> {
    match allowed {
        Allowed::Only(some) if !allowed.allows(value) => {
            let names: Vec<_> = some.iter().map(&name).collect();
            Some(refusal(rule, if names.is_empty() { "none".to_owned() } else { names.join(", ") }, name(value)))
        }
        _ => None,
    }
}

fn over(rule: Rule, limit: Option<Money>, value: Money) -> Option<Refusal> {
    limit.filter(|limit| value > *limit).map(|limit| refusal(rule, limit, value))
}

/// What was obliged to, and the step; what does not fit is more than any limit.
fn with(before: Money, step: &Step) -> Money {
    Money::from_units(before.units().saturating_add(step.obligation.units()))
}

fn window(rails: &Rails, now: Timestamp) -> Option<Refusal> {
    let time = now.to_zoned(TimeZone::UTC);
    let day = usize::try_from(time.weekday().to_monday_zero_offset()).expect("a week has seven days");
    let hour = u8::try_from(time.hour()).expect("a day has 24 hours");
    let windows = rails.windows.as_ref()?;
    if windows.iter().any(|window| window.holds(day, hour)) {
        return None;
    }
    let windows: Vec<_> = windows.iter().map(ToString::to_string).collect();
    Some(refusal(Rule::Window, windows.join(", "), format!("{} {}", day_name(time.weekday()), time.strftime("%H:%M UTC"))))
}

/// What can be taken back, and until when.
fn returnable(step: &Step, rails: &Rails, facts: &Facts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let is_plan = step.kind.is_some_and(is_plan);
    if let (Some(least), true, true) = (rails.returnable_hours_min, is_plan, matches!(step.action, Action::Buy | Action::Queue)) {
        let starts = step.starts.map_or(facts.now.0, |starts| starts.0.max(facts.now.0));
        // AWS takes back only smaller commitments, and only so many in a year.
        let may = facts.returns_left > 0 && step.commitment().is_some_and(|commitment| commitment <= RETURNABLE_MAX);
        let hours = if may { return_window(starts).as_hours() } else { 0 };
        if hours < i64::from(least) {
            refusals.push(refusal(Rule::Returnable, format!("{least} or more"), hours));
        }
    }
    if let (Action::Queue, Some(starts)) = (step.action, step.starts) {
        let last = Moment(facts.now.0 + QUEUE_LONGEST);
        if starts <= facts.now || starts > last {
            refusals.push(refusal(Rule::Starts, format!("after {} and not after {last}", facts.now), starts));
        }
    }
    if let Some(deadline) = step.deadline.filter(|deadline| *deadline <= facts.now) {
        refusals.push(refusal(Rule::Deadline, format!("before {deadline}"), facts.now));
    }
    if step.action == Action::Return && facts.returns_left == 0 {
        refusals.push(refusal(Rule::Returns, "1 or more", 0));
    }
    refusals
}

/// Until when AWS takes back what a step bought at a moment, as far as its rules tell: what is queued until it begins, a plan of at most 100 an
/// hour for seven days within the calendar month (UTC) in which it begins, queued or not. Source: `[SP:return-sp]`, `aws-rules` 2.4.
#[must_use]
pub fn undo_until(step: &Step, bought: Moment) -> Option<Moment> {
    let is_returnable = step.commitment().is_some_and(|commitment| commitment <= RETURNABLE_MAX);
    let returned_until = |begins: Moment| Moment(begins.0 + return_window(begins.0));
    match (step.action, step.starts) {
        (Action::Queue, Some(starts)) => Some(if is_returnable { returned_until(starts) } else { starts }),
        (Action::Buy, _) => is_returnable.then(|| returned_until(bought)),
        _ => None,
    }
}

/// How long a plan that is bought at a moment can be returned: seven days, and not beyond its calendar month.
fn return_window(bought: Timestamp) -> SignedDuration {
    let date = bought.to_zoned(TimeZone::UTC).date();
    let next_month =
        date.last_of_month().tomorrow().expect("the calendar goes on").to_zoned(TimeZone::UTC).expect("UTC has every midnight");
    next_month.timestamp().duration_since(bought).min(RETURN_WINDOW)
}

/// What AWS and the bills say now.
fn live(order: &Order, step: &Step, rails: &Rails, facts: &Facts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if step.action.commits() {
        match fresh(Rule::PriceHourly, &facts.price, rails, facts.now) {
            Err(refused) => refusals.push(refused),
            Ok(None) => {
                let value = format!("the offering {}, which AWS does not sell, or does not any more", step.object);
                refusals.push(refusal(Rule::Offering, "what AWS sells", value));
            }
            Ok(Some(price)) => {
                let wanted = [
                    step.goods.as_str(),
                    order.currency().as_str(),
                    place(step.region.as_ref()),
                    step.kind.as_ref().map_or("-", |kind| kind.as_str()),
                    step.term.as_ref().map_or("-", term_name),
                    step.payment.as_ref().map_or("-", payment_name),
                ];
                let Offering { goods, region, kind, term, payment } = &price.offering;
                let offered = [
                    goods.as_str(),
                    price.currency.as_str(),
                    place(region.as_ref()),
                    kind.as_str(),
                    term_name(term),
                    payment_name(payment),
                ];
                if wanted != offered {
                    refusals.push(refusal(Rule::Offering, wanted.join(", "), offered.join(", ")));
                }
                refusals.extend(over(Rule::PriceHourly, Some(step.ceiling_hourly), price.hourly));
                refusals.extend(over(Rule::PriceUpfront, Some(step.ceiling_upfront), price.upfront));
            }
        }
        refusals.extend(unchanged(Rule::Demand, "what justified it", fresh(Rule::Demand, &facts.demand, rails, facts.now)));
    }
    refusals.extend(unchanged(Rule::Inventory, "what it was made on", fresh(Rule::Inventory, &facts.inventory, rails, facts.now)));
    refusals
}

fn place(region: Option<&RegionName>) -> &str {
    region.map_or("everywhere", |region| region.as_str())
}

/// What was read not too long ago, and not later than now.
fn fresh<'a, T>(rule: Rule, reading: &'a Reading<T>, rails: &Rails, now: Moment) -> Result<&'a T, Refusal> {
    match reading {
        Reading::Unread(why) => Err(unread(rule, why)),
        Reading::Read(at, value) => {
            let oldest = SignedDuration::from_mins(i64::from(rails.reading_minutes_max));
            let age = now.0.duration_since(at.0);
            let is_fresh = (SignedDuration::ZERO..=oldest).contains(&age);
            let limit = || format!("what was read in the last {} min", rails.reading_minutes_max);
            if is_fresh { Ok(value) } else { Err(Refusal { waits: true, ..refusal(rule, limit(), format!("read at {at}")) }) }
        }
    }
}

fn unchanged(rule: Rule, limit: &str, reading: Result<&Option<Text>, Refusal>) -> Option<Refusal> {
    match reading {
        Err(refused) => Some(refused),
        Ok(differs) => differs.as_ref().map(|differs| refusal(rule, limit, differs)),
    }
}

fn unread(rule: Rule, why: &Text) -> Refusal {
    Refusal { waits: true, ..refusal(rule, "only what can be read", why) }
}

fn refusal(rule: Rule, limit: impl Display, value: impl Display) -> Refusal {
    Refusal { rule, limit: limit.to_string(), value: value.to_string(), waits: matches!(rule, Rule::Window | Rule::KillSwitch) }
}

const fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}
