//! What time alone does: payments settle, queued purchases start, terms end.

use super::Cloud;
use super::books::{Books, Standing};
use super::moment::Moment;
use crate::random::hash;

/// How long a payment or a return takes. AWS says no more than that it takes some time; with this, whoever looks a few times sees it settle.
pub(crate) const SETTLE_SECONDS: i64 = 5;

impl Cloud {
    /// Lets time pass until `to`; going back does nothing. Whether it did more than move the clock.
    ///
    /// Whatever happens on the way happens at its own moment, so that it makes no difference in how many steps time passes.
    pub(crate) fn pass(&mut self, to: Moment) -> bool {
        if to <= self.books.now {
            return false;
        }
        let before = self.stand();
        while let Some(at) = self.next_event(to) {
            self.books.now = at;
            self.settle(at);
        }
        self.books.now = to;
        self.stand() != before
    }

    /// The same, and all of it is taken back where something in it breaks: no half of what time does is ever seen.
    pub(crate) fn pass_whole(&mut self, to: Moment) -> bool {
        if self.next_event(to).is_some() {
            self.begin();
        }
        let moved = self.pass(to);
        self.undo = None;
        moved
    }

    /// When the next thing happens, by `to`. What is overdue happens in the next second.
    fn next_event(&self, to: Moment) -> Option<Moment> {
        let books = &self.books;
        let plans = books.plans.iter().filter_map(|plan| {
            let returned = plan.returned.filter(|_| plan.standing == Standing::PendingReturn).map(|at| at.later(SETTLE_SECONDS));
            returned.or_else(|| next_step(plan.standing, plan.bought, plan.start, plan.end()))
        });
        let reserved = books.reserved.iter().filter_map(|held| next_step(held.standing, held.bought, held.start, held.end));
        let next = plans.chain(reserved).chain(self.next_of_ec2()).min()?.max(books.now.later(1));
        (next <= to).then_some(next)
    }

    /// What happens at the moment `at`.
    fn settle(&mut self, at: Moment) {
        self.begin_queued(at);
        self.settle_payments(at);
        for plan in &mut self.books.plans {
            if plan.standing == Standing::PendingReturn && plan.returned.is_some_and(|returned| returned.later(SETTLE_SECONDS) <= at) {
                plan.standing = Standing::Returned;
            }
            let end = plan.end();
            expire(&mut plan.standing, end, at);
        }
        for held in &mut self.books.reserved {
            expire(&mut held.standing, held.end, at);
        }
        self.settle_ec2(at);
    }

    /// Payments that are due are made, or fail: of those that fall into one second the first by id do, if payments are to fail. What was queued
    /// must be paid for in the month in which it starts, else the payment fails too ([SP:queued-sp-cart]; for reservations simulated alike).
    fn settle_payments(&mut self, at: Moment) {
        let Books { plans, reserved, failing_payments, .. } = &mut self.books;
        let plans = plans.iter_mut().map(|plan| (plan.id.as_str(), plan.bought, plan.start, &mut plan.standing));
        let reserved = reserved.iter_mut().map(|held| (held.id.as_str(), held.bought, held.start, &mut held.standing));
        let mut due = Vec::new();
        for (id, bought, start, standing) in plans.chain(reserved) {
            if *standing == Standing::Queued && start <= at {
                *standing = Standing::PaymentPending;
            }
            if *standing == Standing::PaymentPending && paid_at(bought, start) <= at {
                due.push((id, bought, start, standing));
            }
        }
        due.sort_by_key(|(id, ..)| *id);
        for (_, bought, start, standing) in due {
            let is_late = bought < start && paid_at(bought, start) >= start.month_end();
            let fails = is_late || *failing_payments > 0;
            *standing = if fails { Standing::PaymentFailed } else { Standing::Active };
            if !is_late {
                *failing_payments = failing_payments.saturating_sub(1);
            }
        }
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

/// When a payment is through.
fn paid_at(bought: Moment, start: Moment) -> Moment {
    start.max(bought).later(SETTLE_SECONDS)
}

/// When a commitment moves on by itself; never for one that is over.
fn next_step(standing: Standing, bought: Moment, start: Moment, end: Moment) -> Option<Moment> {
    match standing {
        Standing::Queued => Some(start),
        Standing::PaymentPending => Some(paid_at(bought, start)),
        Standing::Active => Some(end),
        _ => None,
    }
}

fn expire(standing: &mut Standing, end: Moment, at: Moment) {
    if *standing == Standing::Active && end <= at {
        *standing = Standing::Retired;
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::books::{HeldPlan, Standing};
    use crate::cloud::{Cloud, Setup};

    fn plan(cloud: &mut Cloud, id: &str) {
        cloud.books.plans.push(HeldPlan::compute(id, 1, cloud.books.now));
    }

    #[test]
    fn payments_fail_by_time_then_by_id() {
        let failed = |times: u32, steps: &[i64]| {
            let setup = Setup { seed: 7, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 };
            let mut cloud = Cloud::new(setup);
            plan(&mut cloud, "c");
            plan(&mut cloud, "d");
            cloud.advance(1);
            plan(&mut cloud, "b");
            plan(&mut cloud, "a");
            cloud.fail_payments(times);
            steps.iter().for_each(|seconds| cloud.advance(*seconds));
            let failed = cloud.books.plans.iter().filter(|plan| plan.standing == Standing::PaymentFailed);
            failed.map(|plan| plan.id.as_str()).collect::<String>()
        };
        assert_eq!([0, 1, 2, 3, 4].map(|times| failed(times, &[60])), ["", "c", "cd", "cda", "cdba"]);
        assert_eq!(failed(3, &[4, 1, 1]), failed(3, &[60]), "it makes no difference in how many steps time passes");
    }
}
