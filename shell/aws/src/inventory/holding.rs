//! Something that is held, whatever the service.

use super::Service;
use crate::answer::{Arn, PaymentOption, Tenancy};
use crate::reads::ec2::OfferingClass;
use crate::reads::plans::{PlanState, PlanType};
use crate::reads::reserved::ReservationState;
use jiff::{SignedDuration, Timestamp};
use tenor_bill::AccountId;
use tenor_cover::CommitmentId;
use tenor_money::{Money, UnitPrice};

/// A Savings Plan or a reservation that is, was or will be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The service that sold it.
    pub service: Service,
    /// The region; none for a plan that is for all.
    pub region: Option<String>,
    /// The account that bought it.
    pub owner: AccountId,
    /// Its id or name, as its service lists it.
    pub id: String,
    /// Its name in bills, where the service says it.
    pub arn: Option<Arn>,
    /// How it stands.
    pub standing: Standing,
    /// When it starts or started; none is known of some that are queued.
    pub start: Option<Timestamp>,
    /// When it ends or ended; none is known of what was returned.
    pub end: Option<Timestamp>,
    /// How long its term is, in seconds.
    pub seconds: i64,
    /// How it is paid.
    pub payment: PaymentOption,
    /// What all of it cost upfront.
    pub upfront: Money,
    /// The currency of its amounts, where the service says it.
    pub currency: Option<String>,
    /// What it is.
    pub what: What,
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A Savings Plan.
    Plan {
        /// What for.
        kind: PlanType,
        /// Of an EC2 Instance plan, its family.
        family: Option<String>,
        /// What it commits to, for an hour.
        commitment: Money,
        /// What is paid each hour.
        recurring: Money,
        /// Until when it can be returned; its start where it cannot.
        returnable_until: Option<Timestamp>,
    },
    /// Reservations, all alike.
    Reservation {
        /// Of what: `m5.large`, `db.r6g.large`; nothing of Redshift Serverless.
        instance_type: String,
        /// The platform or engine, in the service's words; empty where it has none.
        product: String,
        /// The zone of zonal ones.
        zone: Option<String>,
        /// On whose hosts.
        tenancy: Tenancy,
        /// Whether they can be exchanged; none where the service has no such kinds.
        class: Option<OfferingClass>,
        /// Whether each counts for two instances in two zones.
        is_multi_az: bool,
        /// How many.
        count: u32,
        /// What one costs for an hour; none when it is charged by anything but the hour.
        hourly: Option<UnitPrice>,
    },
}

/// How something held stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It starts later, and can still be taken back.
    Queued,
    /// It was bought, and its first payment is on the way.
    Pending,
    /// It runs.
    Running,
    /// It ran, and does no more: its term is over, or it was modified, exchanged, sold or returned.
    Ended,
    /// It never ran: its payment failed, or it was taken back.
    NeverRan,
    /// A state that AWS did not have when this was written.
    Unknown(String),
}

impl From<&PlanState> for Standing {
    fn from(state: &PlanState) -> Self {
        match state {
            PlanState::PaymentPending => Self::Pending,
            PlanState::PaymentFailed | PlanState::QueuedDeleted => Self::NeverRan,
            // A return that is under way may still be refused.
            PlanState::Active | PlanState::PendingReturn => Self::Running,
            PlanState::Retired | PlanState::Returned => Self::Ended,
            PlanState::Queued => Self::Queued,
            PlanState::Other(state) => Self::Unknown(state.clone()),
        }
    }
}

impl From<&ReservationState> for Standing {
    fn from(state: &ReservationState) -> Self {
        match state {
            ReservationState::PaymentPending => Self::Pending,
            ReservationState::PaymentFailed | ReservationState::QueuedDeleted => Self::NeverRan,
            // What is being exchanged is held until it has been.
            ReservationState::Active | ReservationState::Exchanging => Self::Running,
            ReservationState::Retired => Self::Ended,
            ReservationState::Queued => Self::Queued,
            ReservationState::Other(state) => Self::Unknown(state.clone()),
        }
    }
}

impl Holding {
    /// Whether a bill's commitment is this one: by its name there, or where the service does not say that, by what the name ends in.
    #[must_use]
    pub fn is_billed_as(&self, commitment: &CommitmentId) -> bool {
        match &self.arn {
            Some(arn) => arn.0 == commitment.0,
            None => commitment.0.rsplit(['/', ':']).next() == Some(self.id.as_str()),
        }
    }
}

/// The end of a term.
pub(super) fn end_of(start: Timestamp, seconds: i64) -> Option<Timestamp> {
    start.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// What so many cost upfront, if one costs `each`.
pub(super) fn upfront_of(each: Money, count: u32) -> Money {
    Money::from_units(each.units() * i128::from(count))
}
