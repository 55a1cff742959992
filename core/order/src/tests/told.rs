//! Sources of a reconciliation told in lines of text, and what comes of them in lines of text.

use super::{plan, text};
use crate::reconcile::{
    Billed, Bills, Bought, Fee, List, Listed, Name, Ordered, PeriodState, Quote, Reconciliation, Sources, Standing, Trail, TrailGap,
    reconcile,
};
use crate::{Action, Details, Service, Step, StepState};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use tenor_bill::FeeKind;
use tenor_ledger::OrderId;
use tenor_money::Money;
use tenor_propose::proposal::Kind;

const ACCOUNT: &str = "111122223333";
const DAY: i64 = 86_400;

/// What a test's lines tell.
#[derive(Default)]
pub(super) struct Told {
    pub(super) ordered: Vec<Ordered>,
    pub(super) lists: Option<Vec<List>>,
    pub(super) trails: Vec<Trail>,
    pub(super) bills: Bills,
    before: BTreeSet<String>,
    since: Option<Timestamp>,
    now: Option<Timestamp>,
    periods: (Option<tenor_bill::BillingPeriod>, Option<tenor_bill::BillingPeriod>),
}

impl Told {
    pub(super) fn read(lines: &str) -> Self {
        let mut told = Self::default();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            told.line(&line.split_whitespace().collect::<Vec<_>>());
        }
        told
    }

    fn line(&mut self, words: &[&str]) {
        match words {
            ["now", at] => self.now = Some(moment(at)),
            ["since", at] => self.since = Some(moment(at)),
            ["from", period] => self.periods.0 = Some(period.parse().unwrap()),
            ["to", period] => self.periods.1 = Some(period.parse().unwrap()),
            ["before", id] => drop(self.before.insert((*id).to_owned())),
            ["step", number, action, service, object, made, state, at, hourly, upfront, quantity] => {
                self.ordered.push(step([number, action, service, object, made, state, at, hourly, upfront, quantity]));
            }
            ["place", service, region] => self.lists.get_or_insert_default().push(list(service, region, Ok(Vec::new()))),
            ["unread", service, region] => {
                self.lists.get_or_insert_default().push(list(service, region, Err("the role may not look".to_owned())));
            }
            ["listed", id, standing, start, end, days, hourly, count] => {
                let held = self.lists.as_mut().unwrap().last_mut().unwrap().held.as_mut().unwrap();
                held.push(listed([id, standing, start, end, days, hourly, count]));
            }
            ["trail", service, region, rest @ ..] => {
                let (calls, gap) = match rest {
                    [] => (Vec::new(), Some(TrailGap::NotGranted)),
                    [id, who, at] => (vec![Bought { id: (*id).to_owned(), who: (*who).to_owned(), at: moment(at) }], None),
                    other => (Vec::new(), Some(TrailGap::Unread(other.join(" ")))),
                };
                let (account, region) = (ACCOUNT.parse().unwrap(), (*region).to_owned());
                self.trails.push(Trail { account, service: self::service(service), region, calls, gap });
            }
            ["bill", payer, period, state] => {
                let state = if *state == "final" { PeriodState::Final } else { PeriodState::Open };
                self.bills.periods.insert(((*payer).to_owned(), period.parse().unwrap()), state);
            }
            ["fee", service, region, id, start, payer, period, kind, amount] => {
                self.fee([service, region, id, start, payer, period, kind, amount]);
            }
            other => panic!("{other:?}"),
        }
    }

    fn fee(&mut self, [service, region, id, start, payer, period, kind, amount]: [&str; 8]) {
        let kind = match kind {
            "upfront" => FeeKind::Upfront,
            "refund" => FeeKind::Refund,
            _ => FeeKind::Recurring,
        };
        let fee = Fee { payer: payer.to_owned(), period: period.parse().unwrap(), kind, amount: amount.parse().unwrap() };
        let arn = format!("arn:{service}:{region}:{id}");
        if let Some(found) = self.bills.commitments.iter_mut().find(|billed| billed.arn == arn) {
            found.fees.push(fee);
            return;
        }
        let (account, service) = (Some(ACCOUNT.parse().unwrap()), Some(self::service(service)));
        let name = Name { account, service, region: place(region), id: id.to_owned() };
        let start = (start != "-").then(|| moment(start));
        self.bills.commitments.push(Billed { arn, name, start, count: None, fees: vec![fee] });
    }

    pub(super) fn sources(&self) -> Sources<'_> {
        Sources {
            ordered: &self.ordered,
            lists: self.lists.as_deref(),
            trails: &self.trails,
            bills: &self.bills,
            held_before: &self.before,
            since: self.since,
            periods: self.periods,
            now: self.now.unwrap(),
        }
    }
}

fn moment(text: &str) -> Timestamp {
    if text.len() == 10 { format!("{text}T00:00:00Z").parse().unwrap() } else { text.parse().unwrap() }
}

fn place(region: &str) -> Option<String> {
    (region != "-").then(|| region.to_owned())
}

fn service(name: &str) -> Service {
    Service::ALL.into_iter().find(|service| service.as_str() == name).unwrap()
}

fn list(service: &str, region: &str, held: Result<Vec<Listed>, String>) -> List {
    List { account: ACCOUNT.parse().unwrap(), service: self::service(service), region: place(region), held }
}

fn step([number, action, service, object, made, state, at, hourly, upfront, quantity]: [&str; 10]) -> Ordered {
    use Action as A;
    let action =
        [A::Buy, A::Queue, A::CancelQueued, A::Return, A::Modify, A::Exchange, A::List].into_iter().find(|one| one.as_str() == action);
    let (action, service) = (action.unwrap(), self::service(service));
    let state = StepState::ALL.into_iter().find(|one| one.as_str() == state).unwrap();
    let is_plan = service == Service::SavingsPlans;
    let (object, given) = object.split_once('<').unwrap_or((object, ""));
    let details = (action == A::Exchange).then(|| Details::Exchange { given: given.split(',').map(text).collect() });
    let step = Step {
        number: number.parse().unwrap(),
        action,
        service,
        region: (!is_plan).then(|| "us-east-1".parse().unwrap()),
        kind: Some(if is_plan { Kind::ComputePlan } else { Kind::StandardReservation }),
        object: text(object),
        quantity: text(quantity),
        starts: (action == A::Queue).then(|| tenor_ledger::Moment(moment(at))),
        details,
        ..plan()
    };
    let made = if made == "-" { Vec::new() } else { made.split(',').map(str::to_owned).collect() };
    let quote = Quote { hourly: hourly.parse().unwrap(), upfront: upfront.parse().unwrap() };
    Ordered { order: OrderId::from_bytes([1; 32]), step, state, made, intended: Some(moment(at)), quote: Some(quote) }
}

fn listed([id, standing, start, end, days, hourly, count]: [&str; 7]) -> Listed {
    let standing = match standing {
        "queued" => Standing::Queued,
        "pending" => Standing::Pending,
        "active" => Standing::Running,
        "ended" => Standing::Ended,
        "never" => Standing::NeverRan,
        other => Standing::Unknown(other.to_owned()),
    };
    let at = |text: &str| (text != "-").then(|| moment(text));
    Listed {
        id: id.to_owned(),
        arn: None,
        standing,
        start: at(start),
        end: at(end),
        seconds: days.parse::<i64>().unwrap() * DAY,
        count: count.parse().ok(),
        hourly: hourly.parse().ok(),
        upfront: Money::ZERO,
    }
}

/// What comes of it: a line for each row, and one for the totals.
pub(super) fn told(lines: &str) -> String {
    shown(&reconcile(&Told::read(lines).sources()))
}

pub(super) fn shown(found: &Reconciliation) -> String {
    let mut out = String::new();
    for row in &found.rows {
        let id = if row.name.id.is_empty() { "-" } else { &row.name.id };
        let from = row.origin.step().map_or_else(|| row.origin.name().to_owned(), |(_, step)| format!("{} {step}", row.origin.name()));
        let _ = write!(out, "{id}, {from}, {}: {}", row.sight, row.verdict.name());
        if let Some(why) = row.because() {
            let _ = write!(out, " ({why})");
        }
        if let Some((who, at)) = &row.trail {
            let _ = write!(out, ", by {who} at {at}");
        }
        let fees = row.fees;
        let _ = writeln!(out, "; ordered {} billed {} open {} due {}", fees.ordered, fees.billed, fees.open, fees.due);
    }
    for gap in &found.gaps {
        let _ = writeln!(out, "unread: {}: {}", gap.what, gap.why);
    }
    let totals = found.totals;
    let word = if found.agrees() { "agrees" } else { "does not agree" };
    let _ = write!(
        out,
        "{word}: ordered {} billed {} difference {} due {} open {} strangers {} before {}",
        totals.ordered, totals.billed, totals.difference, totals.due, totals.open, totals.strangers, totals.before
    );
    out
}
