//! What pages share that ask other ports than that of the bills: why there is no answer, and who asked.

use crate::ask::{Ask, Who};
use crate::lake::{Refusal, RefusalKind};
use crate::reply::{Told, Trouble};
use axum::http::StatusCode;
use tenor_state::UserName;

/// A refusal under a title of its own. What failed here is told to the owner alone: it may name files and keys.
pub(crate) fn refused(title: &'static str) -> impl Fn(Refusal) -> Trouble {
    move |Refusal { kind, message, hint }| match kind {
        RefusalKind::Empty => Trouble::new(StatusCode::NOT_FOUND, title, message, hint),
        RefusalKind::Question => Trouble::new(StatusCode::CONFLICT, title, message, hint),
        RefusalKind::Slow => Trouble::new(StatusCode::GATEWAY_TIMEOUT, title, message, hint),
        RefusalKind::Busy | RefusalKind::Moved => Trouble::busy(title, message, hint),
        RefusalKind::Failed => Trouble::Told(Box::new(Told {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            title,
            detail: "why is told where the server runs".to_owned(),
            cause: Some(message),
            hint,
            wait_seconds: None,
        })),
    }
}

/// Who is logged in. A token is no way to pages.
pub(crate) fn user(ask: &Ask) -> Result<UserName, Trouble> {
    match &ask.who {
        Who::LoggedIn { session, .. } => Ok(session.user.name.clone()),
        _ => Err(Trouble::LogIn),
    }
}
