//! Payments that failed after AWS had said that it sold: a purchase or an exchange is done when AWS answers, and paid for some time later.

use crate::aws::Place;
use crate::encoded::Encoded as _;
use crate::error::ExecuteError;
use crate::facts::{made, own, steps};
use crate::held::{Held, Standing};
use crate::intent::Intent;
use crate::journal::Journal;
use crate::resolve::SKEW;
use crate::run::Executor;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{ContentHash, Event, Moment, OrderId, Text};
use tenor_order::{Action, Course, Service, Step, StepState};

/// So long after it began a purchase may still turn out not to be paid for. AWS says nowhere how long; the sandbox takes minutes.
const PAYMENT: SignedDuration = SignedDuration::from_hours(31 * 24);

/// What a step took that may not have been paid for.
struct Taken {
    order: OrderId,
    step: Step,
    /// AWS's ids of it, as its answer named them.
    ids: BTreeSet<Text>,
    /// What was recorded before its call, and when.
    intent: (ContentHash, Moment),
    /// Whether nobody knows when, for a clock that was ahead recorded it.
    moved: bool,
}

impl<J: Journal> Executor<'_, J> {
    /// Records which purchases and exchanges, of any order, AWS was not paid for in the end. What cannot be read is looked at with the next run.
    pub(crate) async fn settle(&mut self) -> Result<(), ExecuteError> {
        let now = self.now();
        let mut places: BTreeMap<Place, Vec<Taken>> = BTreeMap::new();
        for (order, step, course) in steps(self.journal.book(), &*self.journal) {
            if let Some(taken) = taken(order, step, course, now) {
                places.entry(Place::of(step)).or_default().push(taken);
            }
        }
        let mut events = Vec::new();
        for (place, all) in places {
            let Ok(held) = self.aws.held(&place).await else { continue };
            for taken in all {
                // A person may have named what is listed, whatever AWS's answer did.
                let named = named(&taken, &held);
                let is_nameless = named.is_empty() && is_told_by_list(&taken.step);
                let got = if is_nameless { self.exchanged(&place, &taken, &held) } else { named };
                // What is in parts is paid for together.
                if !got.is_empty() && got.iter().all(|one| one.standing == Standing::Failed) {
                    let reason = Text::fitted("AWS says that its first payment failed");
                    events.push(Event::StepFailed { order: taken.order, step: taken.step.number, reason });
                }
            }
        }
        if events.is_empty() { Ok(()) } else { self.write(&events, &[]) }
    }

    /// What an exchange gave that AWS's answer names by a number of its own: all that is new since, is what was to be got, and as many. Where that is
    /// not clear, nothing; nor where what was recorded of it cannot be read, for other orders go on all the same.
    fn exchanged<'h>(&self, place: &Place, taken: &Taken, held: &'h [Held]) -> Vec<&'h Held> {
        let (request, at) = taken.intent;
        let Ok(Some(document)) = self.journal.document(request) else { return Vec::new() };
        let Ok(intent) = Intent::read(&document) else { return Vec::new() };
        let before: BTreeSet<&Text> = intent.held.iter().map(|one| &one.id).collect();
        let others = own(&*self.journal, place, at).ids;
        let step = &taken.step;
        // It has the rest of a term, and so no whole one.
        let is_got = |one: &Held| (&one.region, &one.goods, one.kind, one.payment) == (&step.region, &step.goods, step.kind, step.payment);
        let is_then = |one: &Held| taken.moved || one.start.is_some_and(|start| start.0.duration_since(at.0).abs() <= SKEW);
        let is_new = |one: &&Held| !before.contains(&one.id) && !others.contains(&one.id) && is_got(one) && is_then(one);
        let got: Vec<&Held> = held.iter().filter(is_new).collect();
        let count: u64 = got.iter().map(|one| u64::from(one.count().unwrap_or(0))).sum();
        if step.count().is_some_and(|wanted| u64::from(wanted) == count) { got } else { Vec::new() }
    }
}

/// What a step took, if it may turn out not to be paid for.
fn taken(order: OrderId, step: &Step, course: &Course, now: Moment) -> Option<Taken> {
    let last = course.intents().last()?;
    // What was queued is paid for when it begins.
    let begun = step.starts.map_or(last.at, |starts| starts.max(last.at));
    let is_recent = (SignedDuration::ZERO..=PAYMENT).contains(&now.0.duration_since(begun.0));
    let is_paid_for = step.action.commits() && course.state() == StepState::Done;
    let ids = made(course).collect();
    (is_paid_for && is_recent).then(|| Taken { order, step: step.clone(), ids, intent: (last.request, last.at), moved: last.moved })
}

/// Whether AWS's list alone tells what came of a step.
fn is_told_by_list(step: &Step) -> bool {
    step.action == Action::Exchange && step.service == Service::Ec2
}

/// What AWS's answer named, where all of it is listed.
fn named<'h>(taken: &Taken, held: &'h [Held]) -> Vec<&'h Held> {
    let found: Vec<&Held> = held.iter().filter(|one| taken.ids.contains(&one.id)).collect();
    if found.len() == taken.ids.len() { found } else { Vec::new() }
}
