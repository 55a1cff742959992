//! What reservations of all services have in common.

use crate::answer::{record, words};
use tenor_money::UnitPrice;

words! {
    /// What has become of a reservation.
    pub ReservationState {
        /// Its first payment is on the way.
        PaymentPending = "payment-pending" | "pending-payment",
        /// Its first payment failed: it never ran.
        PaymentFailed = "payment-failed",
        /// It runs.
        Active = "active",
        /// Its term is over, or it was modified, exchanged or sold.
        Retired = "retired",
        /// It starts later.
        Queued = "queued",
        /// It was to start later and was taken back.
        QueuedDeleted = "queued-deleted",
        /// It is being exchanged for another.
        Exchanging = "exchanging",
    }
}

words! {
    /// How often a charge comes again.
    pub Frequency {
        /// Every hour of the term.
        Hourly = "Hourly",
    }
}

record! {
    /// A charge that comes again.
    pub Recurring {
        /// What one instance costs each time.
        amount: UnitPrice = "RecurringChargeAmount",
        /// How often.
        frequency: Frequency = "RecurringChargeFrequency",
    }
}

/// What one instance costs for an hour: its recurring charges, and what some old kinds charge for use. None when a charge comes by
/// anything but the hour.
#[must_use]
pub fn hourly(recurring: &[Recurring], usage: Option<UnitPrice>) -> Option<UnitPrice> {
    let is_hourly = recurring.iter().all(|charge| charge.frequency == Frequency::Hourly);
    is_hourly.then(|| recurring.iter().map(|charge| charge.amount).sum::<UnitPrice>() + usage.unwrap_or_default())
}
