//! What a program asks twice with the same `Idempotency-Key` is done once, and answered the same for a day. What waits for its turn, or goes on in
//! memory alone, is forgotten with the server, so its answer is not kept.
//!
//! Taking the key, doing it and keeping what came of it are one task of their own: whoever hangs up, or waits no longer, leaves it to its end, and finds
//! the answer when they ask again.

use crate::app::App;
use crate::ask::{Ask, Who};
use crate::reply::{Trouble, chain, problem, whole};
use crate::route::Route;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tenor_ledger::ContentHash;
use tenor_state::{LeaseError, Once, StateError, UserName};

/// So often it is tried to keep an answer while somebody else writes: an order that runs has the right to write while its calls are made.
const TRIES_MAX: usize = 3_600;
/// So long after a try the next one is; nobody waits for it, and it holds nobody up meanwhile.
const BETWEEN_TRIES: Duration = Duration::from_secs(2);

/// Who has taken all their keys asks again then: the oldest are forgotten one after the other.
const KEYS_WAIT_SECONDS: i64 = 600;

/// What was done, or has begun.
pub(super) struct Done {
    status: StatusCode,
    value: Value,
    /// Whether it is answered the same under its key, because what it says stays so.
    is_kept: bool,
}

impl Done {
    /// All of it is done.
    pub(super) const fn all(value: Value) -> Self {
        Self { status: StatusCode::OK, value, is_kept: true }
    }
}

/// It has begun; what becomes of it is told at this path of ours, which is in the answer's head too.
pub(super) fn begun(location: &str, mut value: Value) -> Done {
    value["location"] = json!(location);
    Done { status: StatusCode::ACCEPTED, value, is_kept: true }
}

/// The same of what waits for its turn, or is computed, in this process's memory: a server that ends forgets it, so its key promises nothing, and asking
/// again asks.
pub(super) fn queued(location: &str, value: Value) -> Done {
    Done { is_kept: false, ..begun(location, value) }
}

/// What is asked, by whom, and under which key.
struct Keyed {
    app: Arc<App>,
    route: &'static Route,
    user: UserName,
    key: String,
    hash: ContentHash,
    now: Timestamp,
}

/// Answers by what is kept under the key, else does it and keeps what came of it. Without a key it is done.
pub(super) async fn once(
    app: &Arc<App>,
    ask: &Ask,
    work: impl Future<Output = Result<Done, Trouble>> + Send + 'static,
) -> Result<Response, Trouble> {
    let Who::Token { user, .. } = &ask.who else { return Err(Trouble::LogIn) };
    let Some((key, hash)) = ask.sent.key.clone().zip(ask.sent.hash) else {
        let Done { status, value, .. } = work.await?;
        return Ok(answer(status.as_u16(), value.to_string()));
    };
    let keyed = Keyed { app: Arc::clone(app), route: ask.route, user: user.name.clone(), key, hash, now: ask.now };
    match tokio::spawn(keyed.done(work)).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// What is kept of an answer: status and text, or nothing, where nothing was done or what waits is not promised.
type Kept = Option<(u16, String)>;

impl Keyed {
    async fn done(self, work: impl Future<Output = Result<Done, Trouble>> + Send) -> Result<Response, Trouble> {
        let (user, key, hash, now) = (self.user.clone(), self.key.clone(), self.hash, self.now);
        match self.app.home.write(now, move |state, _| state.begin_once(&user, &key, hash, now)).await? {
            Once::Begun => {}
            Once::Answered { status, answer: text } => return Ok(answer(status, text)),
            Once::Other => {
                let (title, hint) = ("This key is taken", "draw a new key for each thing that is asked; the same one for the same thing");
                let detail = "the Idempotency-Key was sent with something else";
                return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail, hint));
            }
            Once::TooMany => return Err(Trouble::wait("this user has taken all the keys that one may in a day", KEYS_WAIT_SECONDS)),
            Once::Unanswered => {
                let (title, hint) =
                    ("Not known", "ask again soon; if that stays so, look at the orders before it is asked under another key");
                let detail = "the same was asked before, and is being done or was never answered";
                return Err(Trouble::new(StatusCode::CONFLICT, title, detail, hint));
            }
        }
        let (status, text, is_kept) = match work.await {
            Ok(Done { status, value, is_kept }) => (status.as_u16(), value.to_string(), is_kept),
            Err(Trouble::Told(told)) if told.wait_seconds.is_none() => {
                self.keep(Some((told.status.as_u16(), problem(&told).to_string()))).await;
                return Err(Trouble::Told(told));
            }
            // Nothing was done, and asking again is what is asked for.
            Err(trouble) => {
                self.keep(None).await;
                return Err(trouble);
            }
        };
        self.keep(is_kept.then(|| (status, text.clone()))).await;
        Ok(answer(status, text))
    }

    /// What was done is done, whether its answer can be kept or not: until it is, the key stays taken, and who asks again is told to look. Where somebody
    /// else writes, it is tried again beside the answer.
    async fn keep(self, kept: Kept) {
        if !self.is_held(&kept).await {
            return;
        }
        tokio::spawn(async move {
            for _ in 0..TRIES_MAX {
                tokio::time::sleep(BETWEEN_TRIES).await;
                if !self.is_held(&kept).await {
                    return;
                }
            }
        });
    }

    /// Keeps it, unless somebody else writes; whether that is so. Nobody is waited for: others want to write too.
    async fn is_held(&self, kept: &Kept) -> bool {
        let (user, key, kept) = (self.user.clone(), self.key.clone(), kept.clone());
        let written = self.app.home.write_within(self.now, Duration::ZERO, move |state, _| match kept {
            Some((status, text)) => state.answer_once(&user, &key, status, &text),
            None => state.forget_once(&user, &key),
        });
        match written.await {
            Ok(()) => false,
            Err(StateError::Lease(LeaseError::Held { .. })) => true,
            Err(error) => {
                self.app.note(&format!("{:?}: what was answered cannot be kept: {}", self.route, chain(&error)));
                false
            }
        }
    }
}

fn answer(status: u16, text: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let location = (status == StatusCode::ACCEPTED).then(|| location(&text)).flatten();
    let mut response = whole(status, if status.is_success() { "application/json" } else { "application/problem+json" }, text);
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// Where it is told what becomes of what has begun, as the answer has it: the same however often it is given.
fn location(text: &str) -> Option<HeaderValue> {
    let value: Value = serde_json::from_str(text).ok()?;
    HeaderValue::from_str(value["location"].as_str()?).ok()
}
