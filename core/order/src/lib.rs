//! Orders: what was decided, who has to agree, what must hold right before each call, and what a step can become.
//!
//! An [`Order`] leaves nothing open and is named by the hash of its one encoding. [`approve`] is the only way to an [`Approved`] order;
//! [`check_order`] and [`check_step`] are the guard rails; [`Track::after`] is the state machine of a step; [`reconcile`] holds what was ordered against
//! what was billed. Nothing here asks AWS, a clock or a disk.
//! `docs/spec/order.md` has the rules.

mod approval;
mod book;
mod check;
mod clock;
mod details;
mod key;
mod operation;
mod order;
mod overlap;
mod proof;
mod rails;
pub mod reconcile;
mod service;
mod stage;
mod state;
mod track;
pub mod watch;

#[cfg(test)]
mod tests;

pub use approval::{
    Approval, ApprovalError, Approved, Ballot, Enrolled, Lowered, NotCounted, OrderStanding, Role, Submission, approve, is_same_person,
};
pub use book::{Book, BookError, Call, Course, Intent, Record};
pub use check::{Cleared, Facts, Offering, Price, Reading, check_order, check_step, undo_until};
pub use clock::{NotPutRight, PutRight};
pub use details::{Asked, Details, Target};
pub use key::Key;
pub use operation::{cache_code, is_operation_of, is_variant_of, operation_of_database};
pub use order::{AMOUNT_MAX, Action, Order, OrderError, STEPS_MAX, Setting, Step, obligation, term_hours};
pub use overlap::{Known, Met, Overlap, bare_id, is_same_step, meets_same_need, overlaps};
pub use proof::{By, NoProof, Proof};
pub use rails::{Allowed, Currency, NeverHolds, NoCurrency, Rails, Refusal, Rule, Window};
pub use service::Service;
pub use stage::Stage;
pub use state::{Because, Impossible, StepEvent, StepState};
pub use track::{CALLS_MAX, MISSES_MAX, Track};
