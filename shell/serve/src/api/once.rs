//! What a program asks twice with the same `Idempotency-Key` is done once, and answered the same for a day. What waits for its turn, or goes on in
//! memory alone, is forgotten with the server: it takes no key.
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

    /// It as an answer.
    pub(super) fn answer(self) -> Response {
        answer(self.status.as_u16(), self.value.to_string())
    }
}

/// It has begun; what becomes of it is told at this path of ours, which is in the answer's head too.
pub(super) fn begun(location: &str, mut value: Value) -> Done {
    value["location"] = json!(location);
    Done { status: StatusCode::ACCEPTED, value, is_kept: true }
}

/// The same of what waits for its turn, or is computed, in this process's memory: a server that ends forgets it, so nothing is kept, and asking again asks.
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
    let Some(keyed) = Keyed::of(app, ask)? else { return work.await.map(Done::answer) };
    to_its_end(keyed.done(work)).await
}

/// The same of what may also come to be computed in this process's memory alone. The key is taken by what was made, together with its answer: a server
/// that is killed before leaves it free, and so does a refusal. Where two ask at once, both ask.
pub(super) async fn once_made(
    app: &Arc<App>,
    ask: &Ask,
    work: impl Future<Output = Result<Done, Trouble>> + Send + 'static,
) -> Result<Response, Trouble> {
    let Some(keyed) = Keyed::of(app, ask)? else { return work.await.map(Done::answer) };
    to_its_end(keyed.made(work)).await
}

/// In a task of its own, which goes on when nobody waits any more.
async fn to_its_end(work: impl Future<Output = Result<Response, Trouble>> + Send + 'static) -> Result<Response, Trouble> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// What becomes of a key.
#[derive(Clone)]
enum Kept {
    /// It is taken, and was answered by this status and text.
    Answered(u16, String),
    /// It is taken only now, and was answered so.
    Made(u16, String),
    /// It is given back: nothing was done.
    Nothing,
}

/// The answer that is known of a key; none where what was asked is to be done.
fn known(once: Once) -> Result<Option<Response>, Trouble> {
    match once {
        Once::Begun => Ok(None),
        Once::Answered { status, answer: text } => Ok(Some(answer(status, text))),
        Once::Other => {
            let (title, hint) = ("This key is taken", "draw a new key for each thing that is asked; the same one for the same thing");
            let detail = "the Idempotency-Key was sent with something else";
            Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail, hint))
        }
        Once::TooMany => Err(Trouble::wait("this user has taken all the keys that one may in a day", KEYS_WAIT_SECONDS)),
        Once::Unanswered => {
            let (title, hint) =
                ("Not known", "ask again soon; if that stays so, look whether it was done before another key is drawn for it");
            let detail = "the same was asked before, and is being done or was never answered";
            Err(Trouble::new(StatusCode::CONFLICT, title, detail, hint))
        }
    }
}

impl Keyed {
    /// Of what is asked with a key; none without one.
    fn of(app: &Arc<App>, ask: &Ask) -> Result<Option<Self>, Trouble> {
        let Who::Token { user, .. } = &ask.who else { return Err(Trouble::LogIn) };
        let keyed = |(key, hash)| Self { app: Arc::clone(app), route: ask.route, user: user.name.clone(), key, hash, now: ask.now };
        Ok(ask.sent.key.clone().zip(ask.sent.hash).map(keyed))
    }

    async fn done(self, work: impl Future<Output = Result<Done, Trouble>> + Send) -> Result<Response, Trouble> {
        let (user, key, hash, now) = (self.user.clone(), self.key.clone(), self.hash, self.now);
        let once = self.app.home.write(now, move |state, _| state.begin_once(&user, &key, hash, now)).await?;
        if let Some(answer) = known(once)? {
            return Ok(answer);
        }
        match work.await {
            Ok(Done { status, value, is_kept }) => {
                let (status, text) = (status.as_u16(), value.to_string());
                self.keep(if is_kept { Kept::Answered(status, text.clone()) } else { Kept::Nothing }).await;
                Ok(answer(status, text))
            }
            Err(Trouble::Told(told)) if told.wait_seconds.is_none() => {
                self.keep(Kept::Answered(told.status.as_u16(), problem(&told).to_string())).await;
                Err(Trouble::Told(told))
            }
            // Nothing was done, and asking again is what is asked for.
            Err(trouble) => {
                self.keep(Kept::Nothing).await;
                Err(trouble)
            }
        }
    }

    async fn made(self, work: impl Future<Output = Result<Done, Trouble>> + Send) -> Result<Response, Trouble> {
        let (user, key, hash, now) = (self.user.clone(), self.key.clone(), self.hash, self.now);
        let once = self.app.home.read(move |view| view.look_once(&user, &key, hash, now)).await?;
        if let Some(answer) = known(once)? {
            return Ok(answer);
        }
        let Done { status, value, is_kept } = work.await?;
        let (status, text) = (status.as_u16(), value.to_string());
        if is_kept {
            self.keep(Kept::Made(status, text.clone())).await;
        }
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
        let (user, key, hash, now, kept) = (self.user.clone(), self.key.clone(), self.hash, self.now, kept.clone());
        let written = self.app.home.write_within(now, Duration::ZERO, move |state, _| match kept {
            Kept::Answered(status, text) => state.answer_once(&user, &key, status, &text),
            Kept::Made(status, text) => state.keep_once(&user, &key, hash, (status, &text), now),
            Kept::Nothing => state.forget_once(&user, &key),
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
