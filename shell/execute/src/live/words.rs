//! AWS's words for kinds, terms, payments and states, as orders and the ledger have them. A word that is not known becomes none.

use crate::held::Standing;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::ec2::OfferingClass;
use tenor_aws::reads::plans::{PlanState, PlanType};
use tenor_aws::reads::reserved::ReservationState;
use tenor_propose::proposal::{Kind, Term, Upfront};

/// Source: `aws-rules` 0.
const YEAR_SECONDS: i64 = 31_536_000;

pub(super) fn kind_of_plan(kind: &PlanType) -> Option<Kind> {
    match kind {
        PlanType::Compute => Some(Kind::ComputePlan),
        PlanType::Ec2Instance => Some(Kind::Ec2InstancePlan),
        PlanType::SageMaker => Some(Kind::SagemakerPlan),
        PlanType::Database => Some(Kind::DatabasePlan),
        PlanType::Other(_) => None,
    }
}

/// Answers of old leave the class out, when none could be exchanged.
pub(super) fn kind_of_class(class: Option<&OfferingClass>) -> Option<Kind> {
    match class {
        None | Some(OfferingClass::Standard) => Some(Kind::StandardReservation),
        Some(OfferingClass::Convertible) => Some(Kind::ConvertibleReservation),
        Some(OfferingClass::Other(_)) => None,
    }
}

/// A term that is sold. What was modified or exchanged has the rest of one, and so none.
pub(super) const fn term(seconds: i64) -> Option<Term> {
    match seconds {
        YEAR_SECONDS => Some(Term::OneYear),
        seconds if seconds == 3 * YEAR_SECONDS => Some(Term::ThreeYears),
        _ => None,
    }
}

pub(super) fn payment(option: &PaymentOption) -> Option<Upfront> {
    match option {
        PaymentOption::NoUpfront => Some(Upfront::Nothing),
        PaymentOption::PartialUpfront => Some(Upfront::Partial),
        PaymentOption::AllUpfront => Some(Upfront::All),
        PaymentOption::Other(_) => None,
    }
}

/// The seconds of a term, as AWS counts it.
pub(super) const fn seconds(term: Term) -> i64 {
    match term {
        Term::OneYear => YEAR_SECONDS,
        Term::ThreeYears => 3 * YEAR_SECONDS,
    }
}

/// AWS's word for a payment.
pub(super) const fn option(payment: Upfront) -> PaymentOption {
    match payment {
        Upfront::Nothing => PaymentOption::NoUpfront,
        Upfront::Partial => PaymentOption::PartialUpfront,
        Upfront::All => PaymentOption::AllUpfront,
    }
}

pub(super) fn standing_of_plan(state: &PlanState) -> Standing {
    match state {
        PlanState::PaymentPending => Standing::Pending,
        PlanState::PaymentFailed => Standing::Failed,
        PlanState::Active => Standing::Running,
        PlanState::Retired => Standing::Ended,
        PlanState::Queued => Standing::Queued,
        PlanState::QueuedDeleted => Standing::Deleted,
        PlanState::PendingReturn => Standing::Returning,
        PlanState::Returned => Standing::Returned,
        PlanState::Other(_) => Standing::Unknown,
    }
}

pub(super) fn standing(state: &ReservationState) -> Standing {
    match state {
        ReservationState::PaymentPending => Standing::Pending,
        ReservationState::PaymentFailed => Standing::Failed,
        // What is being exchanged is held until it has been.
        ReservationState::Active | ReservationState::Exchanging => Standing::Running,
        ReservationState::Retired => Standing::Ended,
        ReservationState::Queued => Standing::Queued,
        ReservationState::QueuedDeleted => Standing::Deleted,
        ReservationState::Other(_) => Standing::Unknown,
    }
}
