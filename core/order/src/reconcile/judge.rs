//! What the sources come to for one entry.

use super::due::Terms;
use super::gather::{Entry, Look, is_number_of_exchange};
use super::lineage::{closed_by, is_unpaid_exchange};
use super::origin::Known;
use super::report::{Fees, Origin, Verdict};
use super::sources::{Ordered, PeriodState, Quote, Sources, Standing};
use crate::order::{Action, is_plan, term_hours};
use crate::service::Service;
use crate::state::StepState;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::BillingPeriod;
use tenor_money::Money;

/// A bill that is not in, or not complete, so long after its period ended is missed. Source: ours; AWS issues invoices in the first days of
/// a month.
const LATE_SECONDS: i64 = 10 * 86_400;
/// What no invoice shows: half a cent.
const TOLERANCE: Money = Money::from_units(5_000_000_000);
/// So much earlier than its call something may seem to begin: clocks differ, and bills may cut a moment to its hour. Source: ours.
const EARLY_SECONDS_MAX: i64 = 3_600;

/// What is found of an entry.
pub(super) struct Judged {
    pub(super) start: Option<Timestamp>,
    pub(super) fees: Fees,
    pub(super) verdict: Verdict,
}

/// Judges an entry. `payers` are all that the bills are of.
pub(super) fn judge(entry: &Entry<'_>, known: Known, payers: &BTreeSet<&str>, sources: &Sources<'_>) -> Judged {
    let bills = Bill::of(entry, payers, sources);
    let mut fees = Fees { billed: bills.sum(PeriodState::Final), open: bills.sum(PeriodState::Open), ..Fees::default() };
    let verdict = match known.origin {
        Origin::Before => Verdict::HeldBefore,
        Origin::Stranger if is_nothing(entry, &bills) => Verdict::NothingOwed,
        Origin::Stranger => maybe_ours(entry, sources).map_or(Verdict::NotOrdered, Verdict::Undecided),
        Origin::Ordered { .. } => {
            let due = due(entry, known.price, sources);
            // What nobody knows to be bought, or is counted with another step, is expected on no bill.
            let is_expected = !entry.is_claimed_twice && !entry.bought_by.is_some_and(Ordered::is_unresolved);
            if let (Ok(due), true) = (&due, is_expected) {
                bills.expect(due, &mut fees);
            }
            doubt(entry, sources).unwrap_or_else(|| match due {
                Ok(due) => match bills.compare(entry, &due, sources.now) {
                    Verdict::FeeDiffers { .. } if is_sale_unseen(entry, sources) => {
                        Verdict::Undecided("it was offered for sale, and no list of AWS's says what became of it".to_owned())
                    }
                    found => found,
                },
                Err(why) => Verdict::Undecided(why),
            })
        }
    };
    Judged { start: start(entry), fees, verdict }
}

/// Whether a period is among those that are compared.
pub(super) fn is_within(period: BillingPeriod, (from, to): (Option<BillingPeriod>, Option<BillingPeriod>)) -> bool {
    from.is_none_or(|from| period >= from) && to.is_none_or(|to| period <= to)
}

pub(super) fn start(entry: &Entry<'_>) -> Option<Timestamp> {
    told_start(entry).or_else(|| entry.trail.map(|bought| bought.at)).or_else(|| entry.bought_by?.intended)
}

/// When AWS says that it begins, to the second.
fn told_start(entry: &Entry<'_>) -> Option<Timestamp> {
    let listed = entry.listed().and_then(|listed| listed.start);
    listed.or_else(|| entry.billed?.start).or_else(|| entry.bought_by?.step.starts.map(|starts| starts.0))
}

fn place(entry: &Entry<'_>) -> String {
    let service = entry.name.service.map_or("commitments", Service::as_str);
    entry.name.region.as_ref().map_or_else(|| service.to_owned(), |region| format!("{service} in {region}"))
}

/// Whether a stranger's purchase came to nothing.
fn is_nothing(entry: &Entry<'_>, bills: &Bill<'_>) -> bool {
    entry.listed().is_some_and(|listed| listed.standing == Standing::NeverRan) && bills.fees.is_empty()
}

/// How a step of ours may have made what none names; none when that cannot be.
fn maybe_ours(entry: &Entry<'_>, sources: &Sources<'_>) -> Option<String> {
    let name = |step: &Ordered| format!("step {} of order {:.12}", step.step.number, step.order.to_string());
    let is_there = |step: &&Ordered| step.name(&entry.name.id).fits(&entry.name);
    let is_nameless = |step: &Ordered| step.made.is_empty() || is_number_of_exchange(step);
    let is_later = |step: &Ordered| {
        let both = start(entry).zip(step.intended);
        both.is_none_or(|(start, intended)| start.as_second() >= intended.as_second() - EARLY_SECONDS_MAX)
    };
    let bought = |step: &&Ordered| step.step.action.commits() && step.is_unresolved() && is_nameless(step) && is_later(step);
    if let Some(step) = sources.ordered.iter().filter(is_there).find(bought) {
        return Some(format!("it may be what {} bought: tenor order run --live, or tenor order resolve", name(step)));
    }
    // Of what changing made AWS's list alone tells; what was bought has a record.
    let is_seen = entry.trail.is_some() || matches!(entry.look, Look::Listed(_) | Look::Missing);
    if is_seen || entry.name.service.is_some_and(|service| service != Service::Ec2) {
        return None;
    }
    let changed = |step: &&Ordered| {
        step.step.service == Service::Ec2
            && matches!(step.step.action, Action::Modify | Action::Exchange | Action::List)
            && (step.state == StepState::Done || is_unpaid_exchange(step) || step.is_unresolved())
    };
    let step = sources.ordered.iter().filter(is_there).find(changed)?;
    Some(format!("it may be what became of what {} changed, which AWS's list alone tells", name(step)))
}

/// Whether it was offered for sale where no list says whether it was sold: what was is paid no more.
fn is_sale_unseen(entry: &Entry<'_>, sources: &Sources<'_>) -> bool {
    entry.listed().is_none() && closing(entry, sources).is_some_and(|step| step.step.action == Action::List)
}

/// The step that did away with an entry. What a sale in part leaves is offered for sale still, by what offered the whole.
fn closing<'a>(entry: &Entry<'a>, sources: &Sources<'a>) -> Option<&'a Ordered> {
    closed_by(sources.ordered, &entry.name).or_else(|| entry.made_by.filter(|step| step.step.action == Action::List))
}

/// What keeps an ordered entry from being compared with bills; none when it is held, or gone, as the ledger says.
fn doubt(entry: &Entry<'_>, sources: &Sources<'_>) -> Option<Verdict> {
    let undecided = |why: &str| Some(Verdict::Undecided(why.to_owned()));
    let step = entry.bought_by;
    if step.is_some_and(Ordered::is_unresolved) {
        return undecided("nobody knows whether the step was done: tenor order run --live, or tenor order resolve");
    }
    if entry.is_claimed_twice {
        return undecided("another step says that it made the same");
    }
    let closed = closing(entry, sources).map(|step| step.step.action);
    let is_failed = step.is_some_and(|step| step.state == StepState::Failed) || entry.made_by.is_some_and(is_unpaid_exchange);
    let is_gone = is_failed || step.is_some_and(|step| step.state == StepState::Undone) || closed.is_some();
    let end = start(entry).zip(seconds(entry)).map(|(start, seconds)| start.as_second() + seconds);
    let is_over = end.is_some_and(|end| end <= sources.now.as_second());
    match entry.look {
        Look::NotAsked => None,
        Look::NotLooked => undecided("nobody looked where AWS would list it"),
        // Why, the gap says, once for all of them.
        Look::Unread(_) => undecided(&format!("AWS's list of {} could not be read", place(entry))),
        Look::Missing => (!is_gone && !is_over).then_some(Verdict::NotHeld),
        Look::Listed(listed) => match &listed.standing {
            Standing::Unknown(word) => undecided(&format!("AWS says that it is `{word}`, which is not known here")),
            Standing::NeverRan => (!is_gone).then_some(Verdict::NotHeld),
            Standing::Ended => (listed.ended_early() && !is_gone).then_some(Verdict::NotHeld),
            Standing::Queued | Standing::Pending | Standing::Running => match closed {
                // A return or a change that is under way may still be refused.
                Some(Action::Return | Action::Modify | Action::Exchange) => undecided("AWS has not carried out yet what was done to it"),
                Some(Action::CancelQueued) => Some(Verdict::StillHeld),
                _ if is_failed => Some(Verdict::StillHeld),
                _ => None,
            },
        },
    }
}

fn seconds(entry: &Entry<'_>) -> Option<i64> {
    let listed = entry.listed().map(|listed| listed.seconds).filter(|seconds| *seconds > 0);
    listed.or_else(|| Some(i64::try_from(term_hours(entry.bought_by?.step.term?)).ok()? * 3_600))
}

/// What an order says of an entry's fees.
struct Due {
    by_period: BTreeMap<BillingPeriod, Money>,
    /// By so much more than half a cent bills of these periods may differ: when exactly it began or ended in them is not known.
    slack: Money,
    vague: BTreeSet<BillingPeriod>,
}

fn due(entry: &Entry<'_>, price: Option<Quote>, sources: &Sources<'_>) -> Result<Due, String> {
    let step = entry.bought_by;
    let closing = closed_by(sources.ordered, &entry.name);
    let listed = entry.listed();
    let never = listed.is_some_and(|listed| listed.standing == Standing::NeverRan)
        || step.is_some_and(|step| step.state == StepState::Failed)
        || entry.made_by.is_some_and(is_unpaid_exchange)
        || closing.is_some_and(|closing| closing.step.action == Action::CancelQueued);
    if never {
        return Ok(Due { by_period: BTreeMap::new(), slack: Money::ZERO, vague: BTreeSet::new() });
    }
    let price = price.ok_or("what it was to cost cannot be told")?;
    let start = start(entry).ok_or("when it began is not known")?;
    let seconds = seconds(entry).ok_or("how long its term is is not known")?;
    let returned = closing.filter(|closing| closing.step.action == Action::Return).and_then(|closing| closing.intended);
    let retired = listed.filter(|listed| listed.ended_early()).and_then(|listed| listed.end);
    let gone =
        closing.filter(|closing| matches!(closing.step.action, Action::Modify | Action::Exchange)).and_then(|closing| closing.intended);
    let cut = retired.or(returned).or(gone.filter(|_| listed.is_none()));
    let is_plan = step.and_then(|step| step.step.kind).is_some_and(is_plan);
    let end = start.as_second() + seconds;
    let terms = Terms {
        start: start.as_second(),
        end: cut.map_or(end, |cut| cut.as_second().min(end)),
        is_plan,
        price,
        refunded: returned.map(Timestamp::as_second),
    };
    let began = Some(start).filter(|_| told_start(entry).is_none());
    let ended = cut.filter(|_| retired.is_none());
    let vague = [began, ended].into_iter().flatten().map(BillingPeriod::containing).collect();
    Ok(Due { by_period: terms.by_period(BillingPeriod::containing(sources.now)), slack: price.hourly, vague })
}

/// An entry's fees on the bills that are compared.
struct Bill<'a> {
    sources: &'a Sources<'a>,
    payers: BTreeSet<&'a str>,
    fees: BTreeMap<BillingPeriod, Money>,
}

impl<'a> Bill<'a> {
    fn of(entry: &Entry<'a>, payers: &BTreeSet<&'a str>, sources: &'a Sources<'a>) -> Self {
        let mut bill = Self { sources, payers: BTreeSet::new(), fees: BTreeMap::new() };
        for fee in entry.billed.into_iter().flat_map(|billed| &billed.fees) {
            bill.payers.insert(&fee.payer);
            if is_within(fee.period, sources.periods) {
                *bill.fees.entry(fee.period).or_default() += fee.amount;
            }
        }
        if bill.payers.is_empty() {
            bill.payers.clone_from(payers);
        }
        bill
    }

    /// How complete a period is; none when it is not in of every payer that may have charged it.
    fn state(&self, period: BillingPeriod) -> Option<PeriodState> {
        let of = |payer: &&str| self.sources.bills.periods.get(&((*payer).to_owned(), period)).copied();
        let states: Option<Vec<PeriodState>> = self.payers.iter().map(of).collect();
        states?.into_iter().min()
    }

    fn sum(&self, state: PeriodState) -> Money {
        // A fee is on a bill that is in, if of one payer of several alone: that one is not complete.
        let is = |period: BillingPeriod| self.state(period).unwrap_or(PeriodState::Open) == state;
        self.fees.iter().filter(|(period, _)| is(**period)).map(|(_, amount)| *amount).sum()
    }

    fn within<'d>(&'d self, due: &'d Due) -> impl Iterator<Item = (BillingPeriod, Money)> + 'd {
        let periods = due.by_period.iter().filter(|(period, _)| is_within(**period, self.sources.periods));
        periods.map(|(period, amount)| (*period, *amount))
    }

    fn expect(&self, due: &Due, fees: &mut Fees) {
        for (period, amount) in self.within(due) {
            let sum = if self.state(period) == Some(PeriodState::Final) { &mut fees.ordered } else { &mut fees.due };
            *sum += amount;
        }
    }

    fn compare(&self, entry: &Entry<'_>, due: &Due, now: Timestamp) -> Verdict {
        let periods: BTreeSet<BillingPeriod> = self.within(due).map(|(period, _)| period).chain(self.fees.keys().copied()).collect();
        let (mut first_due, mut late, mut is_billed) = (None, None, false);
        for period in periods {
            let expected = due.by_period.get(&period).copied().unwrap_or_default();
            let billed = self.fees.get(&period).copied().unwrap_or_default();
            let allowed = if due.vague.contains(&period) { TOLERANCE + due.slack } else { TOLERANCE };
            let differs = match self.state(period) {
                Some(PeriodState::Final) => (billed - expected).abs() > allowed,
                // More may come, and nothing goes.
                _ => billed > expected + allowed,
            };
            if differs {
                return Verdict::FeeDiffers { period, expected, billed };
            }
            match self.state(period) {
                Some(PeriodState::Final) => is_billed = true,
                state if now.as_second() - period.end().as_second() > LATE_SECONDS => late = late.or(Some((period, state.is_some()))),
                _ => first_due = first_due.or(Some(period)),
            }
        }
        if let Some((period, is_in)) = late {
            let lacks = if is_in { "complete" } else { "in" };
            return Verdict::Undecided(format!("the bill of {period} is not {lacks}: tenor import"));
        }
        let begins = || start(entry).filter(|start| *start > now && !is_nothing(entry, self)).map(BillingPeriod::containing);
        match first_due.or_else(begins) {
            _ if is_billed => Verdict::Agrees,
            Some(due) => Verdict::NotBilledYet { due },
            // A commitment that costs nothing has nothing to be billed.
            None if due.by_period.is_empty() => Verdict::NothingOwed,
            None => Verdict::Agrees,
        }
    }
}
