//! Payments that failed after AWS had said that it sold: a purchase is done when AWS answers, and paid for some time later.

use crate::aws::Place;
use crate::error::ExecuteError;
use crate::facts::{made, steps};
use crate::held::Standing;
use crate::journal::Journal;
use crate::run::Executor;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{Event, OrderId, Text};
use tenor_order::{Action, StepState};

/// So long after it began a purchase may still turn out not to be paid for. AWS says nowhere how long; the sandbox takes minutes.
const PAYMENT: SignedDuration = SignedDuration::from_hours(31 * 24);

impl<J: Journal> Executor<'_, J> {
    /// Records which purchases, of any order, AWS was not paid for in the end. What cannot be read is looked at with the next run.
    ///
    /// An exchange is not among them: AWS names it by an id of its own, and takes what is due with it.
    pub(crate) async fn settle(&mut self) -> Result<(), ExecuteError> {
        let now = self.now();
        let mut places: BTreeMap<Place, Vec<(OrderId, u32, BTreeSet<Text>)>> = BTreeMap::new();
        for (order, step, course) in steps(self.journal.book(), &*self.journal) {
            // What was queued is paid for when it begins.
            let begun = course.intents().last().map(|intent| step.starts.map_or(intent.at, |starts| starts.max(intent.at)));
            let is_recent = begun.is_some_and(|begun| (SignedDuration::ZERO..=PAYMENT).contains(&now.0.duration_since(begun.0)));
            if matches!(step.action, Action::Buy | Action::Queue) && course.state() == StepState::Done && is_recent {
                places.entry(Place::of(step)).or_default().push((order, step.number, made(course).collect()));
            }
        }
        let mut events = Vec::new();
        for (place, bought) in places {
            let Ok(held) = self.aws.held(&place).await else { continue };
            let failed: BTreeSet<&Text> = held.iter().filter(|one| one.standing == Standing::Failed).map(|one| &one.id).collect();
            for (order, step, ids) in bought {
                // AWS splits a purchase into parts that are paid for together.
                if !ids.is_empty() && ids.iter().all(|id| failed.contains(id)) {
                    events.push(Event::StepFailed { order, step, reason: Text::fitted("AWS says that its first payment failed") });
                }
            }
        }
        if events.is_empty() { Ok(()) } else { self.write(&events, &[]) }
    }
}
