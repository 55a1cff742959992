//! Why a question about bills has no answer, as the server tells it.

use std::error::Error as _;
use std::time::Duration;
use tenor_query::QueryError;
use tenor_serve::{Refusal, RefusalKind};

/// Of which kind it is.
pub(super) fn kind(error: &QueryError) -> RefusalKind {
    match error {
        QueryError::NothingHeld => RefusalKind::Empty,
        QueryError::NoThread { .. }
        | QueryError::PlannerPanicked
        | QueryError::Memory { .. }
        | QueryError::Run { .. }
        | QueryError::File { .. }
        | QueryError::Damaged { .. }
        | QueryError::Unreadable { .. } => RefusalKind::Failed,
        _ => RefusalKind::Question,
    }
}

pub(super) fn refusal(error: QueryError) -> Refusal {
    let kind = kind(&error);
    let (mut message, mut source, hint) = (error.to_string(), error.source(), error.hint().to_owned());
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Refusal { kind, message, hint }
}

pub(super) fn question(message: String, hint: &str) -> Refusal {
    Refusal { kind: RefusalKind::Question, message, hint: hint.to_owned() }
}

pub(super) fn failed(message: String) -> Refusal {
    Refusal { kind: RefusalKind::Failed, message, hint: "look at the lake: tenor doctor".to_owned() }
}

pub(super) fn slow(time_max: Duration) -> Refusal {
    let message = format!("there was no answer within {} seconds", time_max.as_secs());
    Refusal { kind: RefusalKind::Slow, message, hint: "ask for a shorter time or fewer groups".to_owned() }
}

/// It is asked of bills that an import has changed since, and nobody kept the answer.
pub(super) fn moved() -> Refusal {
    let (message, hint) = ("an import came in between".to_owned(), "ask again: there are new bills".to_owned());
    Refusal { kind: RefusalKind::Moved, message, hint }
}

/// It is asked of bills that are there no more, and was not answered while they were.
pub(super) fn not_kept() -> Refusal {
    let (message, hint) = ("it is not answered yet".to_owned(), "ask again in a moment".to_owned());
    Refusal { kind: RefusalKind::Busy, message, hint }
}
