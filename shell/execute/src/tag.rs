//! Tags of what was bought and could not be tagged by its purchase. They are for the eye: nothing is found or decided by them, and one that fails
//! changes nothing of what was bought.

use crate::aws::{Outcome, Sent};
use crate::error::ExecuteError;
use crate::facts::made;
use crate::journal::Journal;
use crate::run::Executor;
use tenor_ledger::Text;
use tenor_order::{Action, Order, Service, Step, StepState};

/// The operation that tags.
const TAG: &str = "ec2:CreateTags";

impl<J: Journal> Executor<'_, J> {
    /// Tags what a purchase of EC2's made, once it is known by its ids, where the owner wants that. The others take tags when they are bought.
    ///
    /// # Errors
    /// When it cannot be recorded. That AWS does not tag it is none.
    pub(crate) async fn tag(&mut self, order: &Order, step: &Step) -> Result<(), ExecuteError> {
        let is_bare = step.service == Service::Ec2 && matches!(step.action, Action::Buy | Action::Queue);
        let course = self.course(order.id(), step.number)?;
        if !self.terms.tags_reservations || !is_bare || course.state() != StepState::Done {
            return Ok(());
        }
        let ids: Vec<Text> = made(course).collect();
        let Sent { request_id, outcome } = self.aws.tag(order.id(), step, &ids).await;
        let error = match outcome {
            Outcome::Done { .. } => None,
            Outcome::Refused { code, .. } | Outcome::Already { code } => Some(code),
            Outcome::NotSent(why) | Outcome::Lost(why) => Some(why),
        };
        let called = self.beside(order, step, TAG, request_id, error);
        self.write(&[called], &[])
    }
}
