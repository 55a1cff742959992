//! The guard rails asked: approvals counted, everything read live, the kill switch looked at.

use crate::error::ExecuteError;
use crate::facts;
use crate::journal::Journal;
use crate::run::Executor;
use tenor_ledger::{ContentHash, Moment};
use tenor_order::{Approved, Ballot, Cleared, Order, OrderStanding, Rails, Record, Refusal, Rule, Step, approve, check_step};

/// Why nothing is begun or given up by this machine's clock.
pub(crate) const UNTOLD: &str = "AWS's answers do not say what time it is, so nobody knows whether this machine's clock is right";

/// What was read, and what the guard rails say of it.
pub(crate) struct Looked {
    pub(crate) read: facts::Read,
    pub(crate) answer: Result<Cleared, Vec<Refusal>>,
}

impl<J: Journal> Executor<'_, J> {
    /// Whether enough people agree now.
    fn approved(&self, order: &Order, now: Moment) -> Result<Approved, ExecuteError> {
        let record = self.record(order.id())?;
        let approvals = record.approvals.clone();
        let approved = self.with_ballot(order, now, |ballot| approve(order.clone(), record.submission.clone(), &approvals, ballot))?;
        Ok(approved?)
    }

    /// Whether the kill switch is set this very moment, whoever set it.
    pub(crate) fn is_stopped(&self) -> Result<bool, ExecuteError> {
        Ok(self.journal.book().stopped().is_some() || self.journal.halted()?.is_some())
    }

    /// The ballot as it is this very moment; the kill switch is asked anew.
    fn with_ballot<T>(&self, order: &Order, now: Moment, ask: impl FnOnce(&Ballot<'_>) -> T) -> Result<T, ExecuteError> {
        let (book, stopped) = (self.journal.book(), self.is_stopped()?);
        let rails = Rails { stopped, ..self.terms.rails.clone() };
        let agreement = book.agreement(order.connection()).unwrap_or(ContentHash::from_bytes([0; 32]));
        let standing = book.order(order.id()).map_or(OrderStanding::Ended, Record::standing);
        let (keys, persons, lowered, head) = (book.keys(), &self.terms.persons, book.lowered(), self.journal.head());
        Ok(ask(&Ballot { keys, persons, lowered, rails: &rails, agreement, standing, head, reached: book.reached(), now }))
    }

    /// Reads everything and asks the guard rails.
    pub(crate) async fn look(&self, order: &Order, step: &Step) -> Result<Looked, ExecuteError> {
        let approved = self.approved(order, self.now())?;
        let read = facts::read(&*self.journal, self.aws, self.demand, order, step, self.clock).await?;
        self.check_clock(&step.account)?;
        let answer = self.with_ballot(order, read.facts.now, |ballot| check_step(&approved, step.number, ballot, &read.facts))?;
        // All of that was judged by this clock. Whoever answered what is held has said what time it is, or nobody knows.
        let is_told = read.held.is_err() || self.aws.ahead(&step.account).is_some();
        let answer = answer.and_then(|cleared| if is_told { Ok(cleared) } else { Err(vec![untold()]) });
        Ok(Looked { read, answer })
    }
}

/// Approvals and all else hold by the clock.
fn untold() -> Refusal {
    Refusal { rule: Rule::Approval, limit: "a clock that AWS has confirmed".to_owned(), value: UNTOLD.to_owned(), waits: true }
}
