//! Logging in and out, and choosing colours.

use super::Frame;
use crate::app::App;
use crate::ask::{Ask, Theme, Who};
use crate::guard::{cookie_rest, form_cookie, is_on_this_machine, session_cookie};
use crate::home::blocking;
use crate::oidc::Named;
use crate::reply::{Trouble, own_path, page_of, see, with_cookie};
use crate::router::told;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tenor_state::{PasswordHash, ProviderAccount, Secret, StateError, UserName, UserRole};
use url::form_urlencoded::Serializer;

const THEME_SECONDS: u32 = 365 * 86_400;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    frame: &'a Frame,
    to: &'a str,
    user: &'a str,
    wrong: &'a str,
    /// Where the identity provider is asked, if there is one.
    provider: Option<String>,
    /// Of a demo: who can be entered as, and what they may.
    people: Vec<(String, UserRole)>,
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let to = own_path(ask.query.get("to"));
    if ask.who.user().is_some() {
        return Ok(see(to));
    }
    login_page(&app, &ask, StatusCode::OK, to, "", "").await
}

/// The form, with what was wrong the last time; it leads to `to`.
pub(super) async fn login_page(app: &App, ask: &Ask, status: StatusCode, to: &str, user: &str, wrong: &str) -> Result<Response, Trouble> {
    let provider = app.ports.oidc.as_ref();
    let provider = provider.map(|_| format!("/login/oidc?{}", Serializer::new(String::new()).append_pair("to", to).finish()));
    let people = if is_demo(app, ask) {
        app.home.read(|view| Ok(view.users()?.into_iter().map(|user| (user.name.to_string(), user.role)).collect())).await?
    } else {
        Vec::new()
    };
    Ok(page_of(status, &LoginPage { frame: &ask.frame(), to, user, wrong, provider, people }))
}

/// Whether the password is theirs takes as long for a name that nobody has.
pub(crate) async fn log_in(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (typed, password, to) =
        (ask.form.get("user").unwrap_or_default().to_lowercase(), ask.form.exact("password").to_owned(), own_path(ask.form.get("to")));
    let again = |wrong: &'static str| login_page(&app, &ask, StatusCode::UNAUTHORIZED, to, &typed, wrong);
    let attempt = app.throttle.attempt(&typed, ask.from, ask.now);
    let attempt = attempt.map_err(|seconds| Trouble::wait("there were too many attempts to log in", seconds))?;
    let name = typed.parse::<UserName>().ok();
    let checked = checked(&app, name.clone(), password).await?;
    let Some((name, hash)) = name.zip(checked) else { return again("Name or password is wrong.").await };
    app.throttle.succeeded(&typed, ask.from, attempt);
    let secret = begin(&app, &name, hash, ask.session(), ask.now).await?;
    Ok(entered(&app, see(to), &secret, ask.is_secure))
}

/// Whether whoever asks is let in as anybody. Asked by another name than this machine's, a page elsewhere may be behind it.
fn is_demo(app: &App, ask: &Ask) -> bool {
    app.settings.is_demo && is_on_this_machine(app, ask)
}

/// Lets somebody in without a password, in a demo and nowhere else.
pub(crate) async fn enter(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    if !is_demo(&app, &ask) {
        return Err(Trouble::not_found("there is nothing at this address"));
    }
    let name = ask.form.get("user").and_then(|name| name.parse::<UserName>().ok()).ok_or_else(|| Trouble::bad("name a user"))?;
    let asked = name.clone();
    let found = app.home.read(move |view| view.user(&asked)?.map(|_| view.password(&asked)).transpose()).await?;
    let password = found.ok_or_else(|| Trouble::not_found("there is no user of that name"))?;
    let secret = begin_with(&app, &name, password, None, ask.session(), ask.now).await?;
    Ok(entered(&app, see(own_path(ask.form.get("to"))), &secret, ask.is_secure))
}

/// What a password was checked by, where it is the user's. Few are checked at once.
pub(super) async fn checked(app: &App, name: Option<UserName>, password: String) -> Result<Option<PasswordHash>, Trouble> {
    let held = app.home.read(move |view| name.map_or(Ok(None), |name| view.password(&name))).await?;
    let is_somebody = held.is_some();
    let hash = held.unwrap_or_else(PasswordHash::of_nobody);
    let checked = in_turn(app, move || if hash.is_of(&password) { Some(hash) } else { None }).await;
    Ok(checked.filter(|_| is_somebody))
}

/// Does what takes as much as a password does. Few are at it at once, those that nobody waits for any more included.
pub(super) async fn in_turn<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> T {
    let turn = Arc::clone(&app.passwords).acquire_owned().await.expect("it is never closed");
    blocking(move || {
        let _turn = turn;
        work()
    })
    .await
}

/// A new session in place of an old one, of a user whose password is of this hash.
pub(super) async fn begin(
    app: &App,
    name: &UserName,
    password: PasswordHash,
    old: Option<Secret>,
    now: Timestamp,
) -> Result<Secret, StateError> {
    begin_with(app, name, Some(password), None, old, now).await
}

/// The same of a user whose password, if they have one, is of this hash, and who came with this account of the identity provider: from here on, it is they.
pub(super) async fn begin_with(
    app: &App,
    name: &UserName,
    password: Option<PasswordHash>,
    account: Option<Named>,
    old: Option<Secret>,
    now: Timestamp,
) -> Result<Secret, StateError> {
    let (name, limits, by) = (name.clone(), app.settings.sessions, app.home.by(name, now));
    let begin = move |state: &mut tenor_state::State, random: &tenor_state::SystemRandomness| {
        let begun = match &account {
            Some(Named { issuer, subject, .. }) => {
                state.begin_session_as(&name, password.as_ref(), ProviderAccount { issuer, subject }, limits, &by, random)?
            }
            None => state.begin_session(&name, password.as_ref(), limits, random, now)?,
        };
        if let Some(old) = old {
            state.end_session(&old)?;
        }
        Ok(begun)
    };
    app.home.write(now, begin).await
}

/// With the cookie of a session.
pub(super) fn entered(app: &App, response: Response, secret: &Secret, is_secure: bool) -> Response {
    let (name, rest, seconds) = (session_cookie(is_secure), cookie_rest(is_secure), app.settings.sessions.whole.as_secs());
    let response = with_cookie(response, &format!("{name}={}; {rest}; Max-Age={seconds}", secret.reveal()));
    // What forms before the log-in carried is of no use after it.
    with_cookie(response, &format!("{}=; {rest}; Max-Age=0", form_cookie(is_secure)))
}

pub(crate) async fn log_out(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let gone = format!("{}=; {}; Max-Age=0", session_cookie(ask.is_secure), cookie_rest(ask.is_secure));
    let ended = match &ask.who {
        Who::LoggedIn { secret, .. } => {
            let secret = secret.clone();
            app.home.write(ask.now, move |state, _| state.end_session(&secret)).await
        }
        _ => Ok(()),
    };
    // This browser forgets the session even where it could not be ended: whoever sits at it next is not let in by it.
    let answer = match ended {
        Ok(()) => see("/login"),
        Err(error) => told(&app, ask.route, &ask.frame(), error.into()),
    };
    Ok(with_cookie(answer, &gone))
}

pub(crate) async fn theme(_: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let theme = Theme::named(ask.form.get("theme").unwrap_or_default()).word();
    let cookie = format!("theme={theme}; {}; Max-Age={THEME_SECONDS}", cookie_rest(ask.is_secure));
    Ok(with_cookie(see(own_path(ask.form.get("to"))), &cookie))
}

/// How long something lasts, in words.
pub(super) fn hours(time: SignedDuration) -> String {
    if time.as_hours() > 1 { format!("{} hours", time.as_hours()) } else { format!("{} minutes", time.as_mins()) }
}
