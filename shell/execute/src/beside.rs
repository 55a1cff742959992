//! Calls beside a step's own, which buy nothing and move it nowhere: what is recorded of them, and how often they leave.

use crate::journal::Journal;
use crate::run::Executor;
use jiff::SignedDuration;
use tenor_ledger::{Event, Moment, OrderId, Text};
use tenor_order::{CALLS_MAX, Call, Course, Step};

/// What was sent of one operation beside a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Past<'c> {
    count: u32,
    /// The last one.
    pub(crate) last: Option<&'c Call>,
}

impl<'c> Past<'c> {
    /// What the ledger says of it.
    pub(crate) fn of(course: &'c Course, operation: &str) -> Self {
        let mut past = Self { count: 0, last: None };
        for call in course.called().iter().filter(|call| call.operation.as_str() == operation) {
            past = Self { count: past.count.saturating_add(1), last: Some(call) };
        }
        past
    }

    /// Whether it left so often that it leaves no more.
    pub(crate) const fn is_spent(&self) -> bool {
        self.count >= CALLS_MAX
    }

    /// Whether it left so short a time ago.
    pub(crate) fn is_within(&self, pause: SignedDuration, now: Moment) -> bool {
        self.last.is_some_and(|call| now.0.duration_since(call.at.0) < pause)
    }
}

impl<J: Journal> Executor<'_, J> {
    /// The entry of a call beside a step's own.
    pub(crate) fn beside(&self, order: OrderId, step: &Step, operation: &str, request_id: Option<Text>, error: Option<Text>) -> Event {
        Event::Called {
            order: Some(order),
            step: Some(step.number),
            account: step.account.clone(),
            region: Text::fitted(step.region.as_ref().map_or("-", |region| region.as_str())),
            operation: Text::fitted(operation),
            request_id,
            error,
        }
    }
}
