//! What a program asks twice with the same `Idempotency-Key` is done once, and answered the same for a day.

use crate::app::App;
use crate::ask::{Ask, Who};
use crate::reply::{Trouble, chain, problem, whole};
use crate::route::Route;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use tenor_state::{LeaseError, Once, StateError, UserName};

/// So often it is tried to keep an answer while somebody else writes; each try waits some seconds.
const TRIES_MAX: usize = 240;

/// Answers by what is kept under the key, else does it and keeps what came of it. Without a key it is done.
pub(super) async fn once(
    app: &Arc<App>,
    ask: &Ask,
    work: impl Future<Output = Result<Value, Trouble>> + Send,
) -> Result<Response, Trouble> {
    let Who::Token { user, .. } = &ask.who else { return Err(Trouble::LogIn) };
    let Some((key, hash)) = ask.sent.key.clone().zip(ask.sent.hash) else { return Ok(answer(200, work.await?.to_string())) };
    let (user, now) = (user.name.clone(), ask.now);
    let (taker, taken) = (user.clone(), key.clone());
    match app.home.write(now, move |state, _| state.begin_once(&taker, &taken, hash, now)).await? {
        Once::Begun => {}
        Once::Answered { status, answer: text } => return Ok(answer(status, text)),
        Once::Other => {
            let (title, hint) = ("This key is taken", "draw a new key for each thing that is asked; the same one for the same thing");
            return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, title, "the Idempotency-Key was sent with something else", hint));
        }
        Once::Unanswered => {
            let (title, hint) = ("Not known", "ask again soon; if that stays so, look at the orders before it is asked under another key");
            return Err(Trouble::new(
                StatusCode::CONFLICT,
                title,
                "the same was asked before, and is being done or was never answered",
                hint,
            ));
        }
    }
    let (status, text) = match work.await {
        Ok(value) => (200, value.to_string()),
        Err(Trouble::Told(told)) if told.wait_seconds.is_none() => {
            let kept = (told.status.as_u16(), problem(&told).to_string());
            keep(app, ask, user, key, Some(kept)).await;
            return Err(Trouble::Told(told));
        }
        // Nothing was done, and asking again is what is asked for.
        Err(trouble) => {
            keep(app, ask, user, key, None).await;
            return Err(trouble);
        }
    };
    keep(app, ask, user, key, Some((status, text.clone()))).await;
    Ok(answer(status, text))
}

/// What is kept of an answer: status and text, or that nothing was done.
type Kept = Option<(u16, String)>;

/// What was done is done, whether its answer can be kept or not: until it is, the key stays taken, and who asks again is told to look. An order that was
/// just begun has the right to write for as long as its calls are made, so it is tried again beside the answer.
async fn keep(app: &Arc<App>, ask: &Ask, user: UserName, key: String, kept: Kept) {
    let (app, route, now) = (Arc::clone(app), ask.route, ask.now);
    let Err(StateError::Lease(LeaseError::Held { .. })) = write(&app, route, now, &user, &key, &kept).await else { return };
    tokio::spawn(async move {
        for _ in 0..TRIES_MAX {
            let Err(StateError::Lease(LeaseError::Held { .. })) = write(&app, route, now, &user, &key, &kept).await else { return };
        }
    });
}

/// Each try waits for whoever writes.
async fn write(app: &App, route: &'static Route, now: Timestamp, user: &UserName, key: &str, kept: &Kept) -> Result<(), StateError> {
    let (user, key, kept) = (user.clone(), key.to_owned(), kept.clone());
    let written = app.home.write(now, move |state, _| match kept {
        Some((status, text)) => state.answer_once(&user, &key, status, &text),
        None => state.forget_once(&user, &key),
    });
    let written = written.await;
    if let Err(error) = &written
        && !matches!(error, StateError::Lease(LeaseError::Held { .. }))
    {
        app.note(&format!("{route:?}: what was answered cannot be kept: {}", chain(error)));
    }
    written
}

fn answer(status: u16, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    whole(status, if status.is_success() { "application/json" } else { "application/problem+json" }, text)
}
