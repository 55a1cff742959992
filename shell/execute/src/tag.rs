//! Tags of what was bought and could not be tagged by its purchase. They are for the eye: nothing is found or decided by them, and one that fails
//! changes nothing of what was bought.

use crate::aws::{Outcome, Sent};
use crate::beside::Past;
use crate::error::ExecuteError;
use crate::facts::{made, steps};
use crate::journal::Journal;
use crate::run::Executor;
use jiff::SignedDuration;
use tenor_ledger::{OrderId, Text};
use tenor_order::{Action, Course, Service, Step, StepState};

/// The operation that tags.
const TAG: &str = "ec2:CreateTags";
/// What was asked for earlier is not tagged any more.
const RECENT: SignedDuration = SignedDuration::from_hours(31 * 24);

impl<J: Journal> Executor<'_, J> {
    /// Tags what purchases of EC2's made, of this order and of those that have ended, where the owner wants that: as soon as its ids are known, whoever
    /// found them out. The others take tags when they are bought. An order that goes on tags its own, by those who approved it.
    ///
    /// # Errors
    /// When it cannot be recorded. That AWS does not tag it is none.
    pub(crate) async fn tag(&mut self, run: OrderId) -> Result<(), ExecuteError> {
        if !self.terms.tags_reservations {
            return Ok(());
        }
        for (order, step, ids) in self.untagged(run) {
            // Tags are worth no error: where nobody can tell whether anything may be sent, nothing is.
            if !matches!(self.is_stopped(), Ok(false)) {
                return Ok(());
            }
            let Sent { request_id, outcome } = self.aws.tag(order, &step, &ids).await;
            let error = match outcome {
                Outcome::Done { .. } => None,
                Outcome::Refused { code, .. } | Outcome::Already { code } => Some(code),
                Outcome::Lost(why) => Some(why),
                Outcome::NotSent(_) => continue,
            };
            let called = self.beside(order, &step, TAG, request_id, error);
            self.write(&[called], &[])?;
        }
        Ok(())
    }

    /// What was bought lately and has no tags, with its ids. What AWS did not tag it may tag when it knows the ids; it is asked a few times.
    fn untagged(&self, run: OrderId) -> Vec<(OrderId, Step, Vec<Text>)> {
        let (now, pause) = (self.now(), self.terms.patience.listing);
        let has_ended = |order: OrderId| self.journal.book().order(order).is_some_and(|record| record.ended.is_some());
        let is_bare = |step: &Step| step.service == Service::Ec2 && matches!(step.action, Action::Buy | Action::Queue);
        let is_recent = |course: &Course| {
            let age = course.intents().last().map(|intent| now.0.duration_since(intent.at.0));
            age.is_some_and(|age| (SignedDuration::ZERO..=RECENT).contains(&age))
        };
        let is_due = |course: &Course| {
            let past = Past::of(course, TAG);
            let is_tagged = past.last.is_some_and(|call| call.error.is_none());
            !is_tagged && !past.is_spent() && !past.is_within(pause, now)
        };
        steps(self.journal.book(), &*self.journal)
            .filter(|(order, _, _)| *order == run || has_ended(*order))
            .filter(|(_, step, course)| is_bare(step) && course.state() == StepState::Done && is_recent(course) && is_due(course))
            .map(|(order, step, course)| (order, step.clone(), made(course).collect::<Vec<_>>()))
            // Of what a person said to be done nobody may know an id.
            .filter(|(_, _, ids)| !ids.is_empty())
            .collect()
    }
}
