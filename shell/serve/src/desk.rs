//! The port to orders: making, approving, running and undoing them. Whoever wires the server answers it; the pages and the API ask.
//!
//! Who asks was let in and has the role by then. Whether they may do this to this order is asked behind the port, of the ledger and the owner's terms.

use crate::reply::{Told, Trouble};
use async_trait::async_trait;
use axum::http::StatusCode;
use jiff::Timestamp;
use tenor_ledger::{OrderId, Text};
use tenor_state::{ConnectionName, UserName, View};

/// What can be done to orders, each for somebody who is logged in. Everything that is done is recorded as theirs.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Whether the owner lets this server send anything to AWS.
    fn is_live(&self) -> bool;

    /// Makes an order of a proposal, by its id or the first digits of it.
    async fn create(&self, proposal: &str, connection: &ConnectionName, user: &UserName) -> Result<Placed, NotDone>;

    /// Who agrees to an order, and who still could.
    async fn agreeing(&self, order: OrderId) -> Result<Agreeing, NotDone>;

    /// Signs that the user agrees to the order that they were shown, for so many hours, or as long as approvals hold.
    async fn approve(&self, order: OrderId, shown: &str, hours: Option<u32>, user: &UserName) -> Result<(), NotDone>;

    /// Records that the user says no.
    async fn reject(&self, order: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone>;

    /// Begins to carry an order out, and does not wait for it; live, or looking at everything and sending nothing. One runs at a time.
    async fn run(&self, order: OrderId, is_live: bool, user: &UserName) -> Result<(), NotDone>;

    /// Has nothing more of it sent, while it runs too.
    async fn stop(&self, order: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone>;

    /// Makes an order that takes back what a step of this one did: cancels what is queued, returns a plan.
    async fn take_back(&self, order: OrderId, step: u32, user: &UserName) -> Result<Placed, NotDone>;

    /// Whose approvals count once they are logged in, as the terms in force name them; nobody where there are none. It is asked by whoever has the right to
    /// write, so that nothing is set meanwhile.
    ///
    /// # Errors
    /// Why nobody can tell, for the owner.
    fn persons(&self, state: &View) -> Result<Vec<Text>, String>;

    /// How far this server has come with it; nothing where it has not begun since it was started.
    fn progress(&self, order: OrderId) -> Option<Run>;
}

/// An order that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// It.
    pub order: OrderId,
    /// What is worth knowing of it: what of the proposal was left out, and why.
    pub notes: Vec<String>,
}

/// Who agrees to an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreeing {
    /// So many approvals are needed.
    pub needed: u32,
    /// So many count now.
    pub counted: u32,
    /// Why it may not run; nothing when enough agree.
    pub why_not: Option<String>,
    /// Whether a run has something to do all the same: to find out what became of its calls, or to record its end.
    pub is_to_be_settled: bool,
    /// Who may approve it and has not.
    pub could: Vec<String>,
    /// An approval holds for so many hours at most.
    pub hours_max: u32,
    /// Why nobody can approve here, whoever they are.
    pub off: Option<String>,
}

/// What this server does, or did, of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Who began it.
    pub user: String,
    /// When.
    pub begun: Timestamp,
    /// Whether it sends anything.
    pub is_live: bool,
    /// Whether it goes on.
    pub is_going: bool,
    /// Whether it came to a good end.
    pub is_good: bool,
    /// What it does, or how it ended, in a sentence.
    pub told: String,
    /// Of a rehearsal: what would become of each step, by its number.
    pub steps: Vec<(u32, String)>,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotDone {
    /// Of which kind the reason is.
    pub kind: NotDoneKind,
    /// The reason.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Of which kind a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDoneKind {
    /// There is no such order.
    Missing,
    /// It may not be done, by them or now. Nothing was changed.
    Refused,
    /// Somebody else writes, or another order runs. Nothing was changed.
    Busy,
    /// It failed; why is for the owner.
    Failed,
}

impl From<NotDone> for Trouble {
    fn from(NotDone { kind, message, hint }: NotDone) -> Self {
        match kind {
            NotDoneKind::Missing => Self::not_found(message),
            NotDoneKind::Refused => Self::new(StatusCode::CONFLICT, "Not done", message, hint),
            NotDoneKind::Busy => Self::Told(Box::new(Told {
                status: StatusCode::SERVICE_UNAVAILABLE,
                title: "Something else is going on",
                detail: message,
                cause: None,
                hint,
                wait_seconds: Some(5),
            })),
            NotDoneKind::Failed => Self::Told(Box::new(Told {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                title: "It failed",
                detail: "why is told where the server runs; look at the order before it is tried again".to_owned(),
                cause: Some(message),
                hint,
                wait_seconds: None,
            })),
        }
    }
}
