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
use tenor_order::StepState;

/// So long after it left a purchase may still turn out not to be paid for. AWS says nowhere how long; the sandbox takes minutes.
const PAYMENT: SignedDuration = SignedDuration::from_hours(31 * 24);

impl<J: Journal> Executor<'_, J> {
    /// Records of an order's purchases which AWS was not paid for in the end. What cannot be read is looked at with the next run.
    pub(crate) async fn settle(&mut self, id: OrderId) -> Result<(), ExecuteError> {
        let now = self.now();
        let mut places: BTreeMap<Place, Vec<(u32, BTreeSet<Text>)>> = BTreeMap::new();
        for (order, step, course) in steps(self.journal.book(), &*self.journal) {
            let is_recent = course.intents().last().is_some_and(|intent| now.0.duration_since(intent.at.0) <= PAYMENT);
            if order == id && step.action.commits() && course.state() == StepState::Done && is_recent {
                places.entry(Place::of(step)).or_default().push((step.number, made(course).collect()));
            }
        }
        let mut events = Vec::new();
        for (place, bought) in places {
            let Ok(held) = self.aws.held(&place).await else { continue };
            let failed: BTreeSet<&Text> = held.iter().filter(|one| one.standing == Standing::Failed).map(|one| &one.id).collect();
            for (step, ids) in bought {
                // AWS splits a purchase into parts that are paid for together.
                if !ids.is_empty() && ids.iter().all(|id| failed.contains(id)) {
                    events.push(Event::StepFailed { order: id, step, reason: Text::fitted("AWS says that its first payment failed") });
                }
            }
        }
        if events.is_empty() { Ok(()) } else { self.write(&events, &[]) }
    }
}
