//! What time alone does: payments settle, queued purchases start, terms end.

use super::Cloud;
use super::books::Standing;
use super::moment::Moment;
use crate::random::hash;

/// How long a payment or a return takes. AWS says no more than that it takes some time; with this, whoever looks a few times sees it settle.
pub(crate) const SETTLE_SECONDS: i64 = 5;

impl Cloud {
    /// Lets time pass until `to`; going back does nothing. Whether it did more than move the clock.
    pub(crate) fn pass(&mut self, to: Moment) -> bool {
        if to <= self.books.now {
            return false;
        }
        let before = self.stand();
        self.books.now = to;
        self.begin_queued(to);
        let mut failing = self.books.failing_payments;
        for plan in &mut self.books.plans {
            let end = plan.end();
            step(&mut plan.standing, (plan.bought, plan.start, end), to, &mut failing);
            if plan.standing == Standing::PendingReturn && plan.returned.is_some_and(|at| at.later(SETTLE_SECONDS) <= to) {
                plan.standing = Standing::Returned;
            }
        }
        for held in &mut self.books.reserved {
            step(&mut held.standing, (held.bought, held.start, held.end), to, &mut failing);
        }
        self.books.failing_payments = failing;
        self.settle_ec2(to);
        self.stand() != before
    }

    /// A number for everything that time changes.
    fn stand(&self) -> u64 {
        let books = &self.books;
        let standings = books.plans.iter().map(|plan| plan.standing).chain(books.reserved.iter().map(|held| held.standing));
        let mut key = standings.fold(0, |key, standing| hash(&[key, standing as u64]));
        for modification in &books.ec2.modifications {
            key = hash(&[key, modification.updated.0 as u64]);
        }
        for listing in &books.ec2.listings {
            key = hash(&[key, listing.updated.0 as u64, listing.sales.len() as u64]);
        }
        key
    }
}

/// Moves one commitment on to `to`, by when it was bought, starts and ends. One that was queued must be paid for in the month in which it
/// starts, else the payment fails ([SP:queued-sp-cart]; for reservations simulated alike).
fn step(standing: &mut Standing, (bought, start, end): (Moment, Moment, Moment), to: Moment, failing: &mut u32) {
    if *standing == Standing::Queued && start <= to {
        *standing = Standing::PaymentPending;
    }
    let settled = start.max(bought).later(SETTLE_SECONDS);
    if *standing == Standing::PaymentPending && settled <= to {
        let is_late = bought < start && settled >= start.month_end();
        *standing = if is_late || *failing > 0 { Standing::PaymentFailed } else { Standing::Active };
        if !is_late {
            *failing = failing.saturating_sub(1);
        }
    }
    if *standing == Standing::Active && end <= to {
        *standing = Standing::Retired;
    }
}
