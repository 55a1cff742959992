//! Quotas of AWS's that would refuse a purchase: where one stands, and what to do about it.
//!
//! Nothing is asked of AWS here but where a quota stands; [`more`](crate::more) asks for a higher one.

use crate::aws::{Outcome, Place, Sent};
use crate::error::ExecuteError;
use crate::held::{Held, Standing};
use crate::journal::Journal;
use crate::resolve::SKEW;
use crate::run::Executor;
use jiff::tz::TimeZone;
use tenor_ledger::{Moment, Text};
use tenor_order::{Action, Order, Refusal, Rule, Service, Step};

/// A quota as it holds where a step buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// How many it allows.
    pub value: u32,
    /// What was asked for, by whomever.
    pub asked: Vec<Asked>,
}

/// A request for more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// AWS's id.
    pub id: Text,
    /// How many were asked for.
    pub desired: u32,
    /// When.
    pub at: Moment,
    /// What became of it.
    pub answer: Answer,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Open,
    /// AWS granted it.
    Granted,
    /// AWS did not, or not all of it.
    Declined,
}

/// A quota by which Service Quotas knows what limits the purchases of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) service: &'static str,
    pub(crate) code: &'static str,
    name: &'static str,
    /// Whether it is of what is bought in a month, and not of what is held.
    is_monthly: bool,
}

/// Other services' quotas of reservations are not listed there, or nobody could find out by which code.
pub(crate) const fn listed(service: Service) -> Option<Listed> {
    match service {
        // Source: `aws-rules` 1.3.
        Service::Ec2 => Some(Listed { service: "ec2", code: "L-D0B7243C", name: "New Reserved Instances per month", is_monthly: true }),
        Service::Rds => Some(Listed { service: "rds", code: "L-78E853F4", name: "Reserved DB instances", is_monthly: false }),
        _ => None,
    }
}

/// What to do about a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Advice {
    /// It leaves room.
    Buy,
    /// More was asked for.
    Wait(String),
    /// AWS did not grant it.
    Stop(String),
    /// More is to be asked for.
    Ask,
}

/// How many a quota has to allow, with what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Need {
    /// For a step to be bought.
    step: u32,
    /// For all of its order to be.
    order: u32,
}

/// What to do where so many are needed for an order of that moment.
fn advice(quota: &Quota, need: Need, made: Moment) -> Advice {
    if need.step <= quota.value {
        return Advice::Buy;
    }
    if let Some(open) = quota.asked.iter().find(|asked| asked.answer == Answer::Open) {
        return Advice::Wait(format!("AWS was asked for {} by the request {}, and has not answered yet", open.desired, open.id));
    }
    // What was decided before the order was made says nothing of it. AWS's clock tells when it was asked, and ours when the order was made.
    let since = made.0 - SKEW;
    let says_something = |asked: &&Asked| match asked.answer {
        Answer::Open => false,
        Answer::Granted => asked.desired >= need.step,
        // Who does not get so many gets no more either; unless so many hold all the same.
        Answer::Declined => asked.desired > quota.value && asked.desired <= need.order,
    };
    let of_order = quota.asked.iter().filter(|asked| asked.at.0 >= since).filter(says_something);
    match of_order.max_by_key(|asked| asked.at) {
        Some(Asked { id, answer: Answer::Granted, .. }) => Advice::Wait(format!("AWS granted the request {id}, and it does not hold yet")),
        Some(Asked { id, .. }) => Advice::Stop(format!("AWS did not grant the request {id}")),
        None => Advice::Ask,
    }
}

/// A calendar month, as AWS counts purchases by it.
fn month(moment: Moment) -> (i16, i8) {
    let date = moment.0.to_zoned(TimeZone::UTC).date();
    (date.year(), date.month())
}

/// Whether another step buys what counts against the quota of a step too.
fn counts_with(step: &Step, other: &Step, listed: Listed, now: Moment) -> bool {
    let buys = matches!(other.action, Action::Buy | Action::Queue);
    let begins = |step: &Step| month(step.starts.unwrap_or(now));
    let is_same = !listed.is_monthly || (zone(&step.goods), begins(step)) == (zone(&other.goods), begins(other));
    buys && Place::of(step) == Place::of(other) && is_same
}

/// How many of what is held count against the quota of a step.
fn used(step: &Step, listed: Listed, held: &[Held], now: Moment) -> u32 {
    let begins = step.starts.unwrap_or(now);
    let counts = |one: &&Held| {
        if !listed.is_monthly {
            return matches!(one.standing, Standing::Queued | Standing::Pending | Standing::Running);
        }
        // What was modified or exchanged has the rest of a term, and was not bought. Each zone has a quota of its own.
        let is_bought = one.term.is_some() && !matches!(one.standing, Standing::Deleted | Standing::Failed);
        is_bought && zone(&one.goods) == zone(&step.goods) && one.start.is_some_and(|start| month(start) == month(begins))
    };
    held.iter().filter(counts).filter_map(Held::count).fold(0, u32::saturating_add)
}

/// The zone of zonal ones, as goods say it: `m5.large, Linux/UNIX, default, eu-west-1a`.
fn zone(goods: &Text) -> Option<&str> {
    goods.as_str().split(", ").nth(3)
}

fn place(step: &Step) -> &str {
    step.region.as_ref().map_or("every Region", |region| region.as_str())
}

/// What a person asks AWS for.
pub(crate) fn by_hand(step: &Step) -> String {
    match listed(step.service) {
        Some(Listed { service, code, name, .. }) => {
            format!("ask for more by hand: Service Quotas, {service}, {name} ({code}), in {}", place(step))
        }
        None => format!("ask AWS's support for a higher quota of reservations of {} in {}", step.service, place(step)),
    }
}

/// What came of a call; where AWS refused a purchase for want of a quota, with what to do about it behind AWS's words.
pub(crate) fn advised(step: &Step, sent: Sent) -> Sent {
    let buys = matches!(step.action, Action::Buy | Action::Queue) && step.service != Service::SavingsPlans;
    let is_quota = |code: &Text| ["LimitExceeded", "QuotaExceeded", "CountExceeded"].iter().any(|word| code.as_str().contains(word));
    match sent.outcome {
        Outcome::Refused { code, reason } if buys && is_quota(&code) => {
            let reason = Text::fitted(&format!("{reason}; {}", by_hand(step)));
            Sent { outcome: Outcome::Refused { code, reason }, ..sent }
        }
        outcome => Sent { outcome, ..sent },
    }
}

impl<J: Journal> Executor<'_, J> {
    /// Why a quota refuses a purchase, if one does. Where the owner lets it, AWS is asked for more, and the step waits.
    pub(crate) async fn over_quota(&mut self, order: &Order, step: &Step, held: &[Held]) -> Result<Option<Refusal>, ExecuteError> {
        let buys = matches!(step.action, Action::Buy | Action::Queue);
        let Some(listed) = listed(step.service).filter(|_| self.terms.asks_for_quotas && buys) else { return Ok(None) };
        let refusal = |value: String, told: &str, waits| Refusal { rule: Rule::Quota, limit: value, value: told.to_owned(), waits };
        let quota = match self.aws.quota(step).await {
            // It is not there, or the role may not look at it: AWS itself says what it lets through.
            Ok(None) => return Ok(None),
            Ok(Some(quota)) => quota,
            Err(unread) => return Ok(Some(refusal("only what can be read".to_owned(), unread.0.as_str(), true))),
        };
        let need = self.need(order, step, listed, held)?;
        let limit = format!("{} ({} in {})", quota.value, listed.name, place(step));
        let (told, waits) = match advice(&quota, need, order.made()) {
            Advice::Buy => return Ok(None),
            Advice::Wait(why) => (why, true),
            Advice::Stop(why) => (format!("{why}; {}", by_hand(step)), false),
            Advice::Ask if !self.is_live => (format!("AWS would be asked for {}", need.order), true),
            Advice::Ask => self.ask_for_more(order, step, need.order).await?,
        };
        Ok(Some(refusal(limit, &format!("{}: {told}", need.step), waits)))
    }

    /// What a step needs of its quota, and all steps of its order that are open and count against the same.
    fn need(&self, order: &Order, step: &Step, listed: Listed, held: &[Held]) -> Result<Need, ExecuteError> {
        let now = self.now();
        let used = used(step, listed, held, now);
        let mut need = Need { step: used, order: used };
        for other in order.steps().iter().filter(|other| counts_with(step, other, listed, now)) {
            if self.course(order.id(), other.number)?.state().is_final() {
                continue;
            }
            let count = other.count().unwrap_or(0);
            need.order = need.order.saturating_add(count);
            // A rehearsal comes to a step whose predecessors are open, and would be bought before it.
            if other.number <= step.number {
                need.step = need.step.saturating_add(count);
            }
        }
        Ok(need)
    }
}

#[cfg(test)]
mod tests {
    use super::{Advice, Answer, Asked, Need, Quota, advice};
    use tenor_ledger::{Moment, Text};

    fn moment(text: &str) -> Moment {
        Moment(text.parse().unwrap())
    }

    fn asked(at: &str, desired: u32, answer: Answer) -> Asked {
        Asked { id: Text::fitted(&format!("r-{desired}")), desired, at: moment(at), answer }
    }

    /// What is advised where AWS allows 20, for an order of the second of January.
    fn told(asked: Vec<Asked>, step: u32, order: u32) -> String {
        match advice(&Quota { value: 20, asked }, Need { step, order }, moment("2026-01-02T00:00:00Z")) {
            Advice::Buy => "buy".to_owned(),
            Advice::Ask => "ask".to_owned(),
            Advice::Wait(why) => format!("wait: {why}"),
            Advice::Stop(why) => format!("stop: {why}"),
        }
    }

    #[test]
    fn more_is_asked_for_once_and_what_was_decided_holds_for_the_order() {
        use Answer::{Declined, Granted, Open};
        let (before, skewed, after) = ("2026-01-01T23:49:59Z", "2026-01-01T23:50:00Z", "2026-01-03T00:00:00Z");
        let lines = [
            told(vec![], 20, 30),
            told(vec![asked(after, 60, Open)], 20, 20),
            told(vec![], 21, 21),
            told(vec![asked(before, 30, Open)], 60, 60),
            told(vec![asked(after, 60, Granted)], 60, 60),
            told(vec![asked(after, 60, Declined)], 60, 60),
            told(vec![asked(before, 60, Declined)], 60, 60),
            // By AWS's clock it was asked before the order was made, and by ours behind it.
            told(vec![asked(skewed, 60, Declined)], 60, 60),
            told(vec![asked(after, 60, Declined), asked("2026-01-04T00:00:00Z", 70, Granted)], 60, 60),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        buy
        buy
        ask
        wait: AWS was asked for 30 by the request r-30, and has not answered yet
        wait: AWS granted the request r-60, and it does not hold yet
        stop: AWS did not grant the request r-60
        ask
        stop: AWS did not grant the request r-60
        wait: AWS granted the request r-70, and it does not hold yet
        ");
    }

    #[test]
    fn who_does_not_get_so_many_gets_no_more_and_may_get_fewer() {
        use Answer::{Declined, Granted};
        let after = "2026-01-03T00:00:00Z";
        let lines = [
            told(vec![asked(after, 60, Declined)], 61, 61),
            told(vec![asked(after, 60, Declined)], 59, 59),
            // All of the order needs so many.
            told(vec![asked(after, 60, Declined)], 30, 60),
            // So many hold, whoever declined them.
            told(vec![asked(after, 20, Declined)], 21, 21),
            told(vec![asked(after, 59, Granted)], 60, 60),
            told(vec![asked(after, 59, Granted)], 30, 60),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"
        stop: AWS did not grant the request r-60
        ask
        stop: AWS did not grant the request r-60
        ask
        ask
        wait: AWS granted the request r-59, and it does not hold yet
        ");
    }
}
