//! What time alone does: payments settle, queued purchases start, terms end.

use super::Cloud;
use super::books::Standing;
use super::moment::Moment;

/// How long a payment or a return takes. AWS says no more than that it takes some time; with this, whoever looks a few times sees it settle.
pub(crate) const SETTLE_SECONDS: i64 = 5;

impl Cloud {
    /// Lets time pass until `to`; going back does nothing.
    pub(crate) fn pass(&mut self, to: Moment) {
        if to <= self.books.now {
            return;
        }
        self.books.now = to;
        self.begin_queued(to);
        let mut failing = self.books.failing_payments;
        for plan in &mut self.books.plans {
            let end = plan.end();
            step(&mut plan.standing, plan.start.max(plan.bought), plan.start, end, to, &mut failing);
            if plan.standing == Standing::PendingReturn && plan.returned.is_some_and(|at| at.later(SETTLE_SECONDS) <= to) {
                plan.standing = Standing::Returned;
            }
        }
        for held in &mut self.books.reserved {
            step(&mut held.standing, held.start.max(held.bought), held.start, held.end, to, &mut failing);
        }
        self.books.failing_payments = failing;
        self.settle_ec2(to);
    }
}

/// Moves one commitment on to `to`. It is charged at `charged`; a queued one must be paid for in the month in which it starts, else the payment
/// fails ([SP:queued-sp-cart]; for reservations simulated alike).
fn step(standing: &mut Standing, charged: Moment, start: Moment, end: Moment, to: Moment, failing: &mut u32) {
    let was_queued = *standing == Standing::Queued;
    if was_queued && start <= to {
        *standing = Standing::PaymentPending;
    }
    let settled = charged.later(SETTLE_SECONDS);
    if *standing == Standing::PaymentPending && settled <= to {
        let is_late = was_queued && settled >= start.month_end();
        *standing = if is_late || *failing > 0 { Standing::PaymentFailed } else { Standing::Active };
        if !is_late {
            *failing = failing.saturating_sub(1);
        }
    }
    if *standing == Standing::Active && end <= to {
        *standing = Standing::Retired;
    }
}
