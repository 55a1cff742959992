//! One's own account, and everybody's.

use super::{Frame, ledger, login, welcome};
use crate::app::App;
use crate::ask::{Ask, Who};
use crate::reply::{Trouble, page, page_of, see};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tenor_state::{PASSWORD_CHARACTERS_MIN, StoredToken, User};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    frame: &'a Frame,
    role: &'a str,
    idle: String,
    whole: String,
    least: usize,
    wrong: &'a str,
    is_changed: bool,
}

fn form(app: &App, ask: &Ask, status: StatusCode, wrong: &str) -> Response {
    let limits = app.settings.sessions;
    let role = ask.who.role().map_or("", |role| role.as_str());
    let is_changed = ask.query.get("changed").is_some();
    let (idle, whole) = (login::hours(limits.idle), login::hours(limits.whole));
    page_of(status, &AccountPage { frame: &ask.frame(), role, idle, whole, least: PASSWORD_CHARACTERS_MIN, wrong, is_changed })
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    Ok(form(&app, &ask, StatusCode::OK, ""))
}

/// Takes the old password too: an open browser is nobody's proof.
pub(crate) async fn change_password(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let Who::LoggedIn { session, .. } = &ask.who else { return Err(Trouble::LogIn) };
    let name = session.user.name.clone();
    let attempt = app.throttle.attempt(name.as_str(), ask.from, ask.now);
    let attempt = attempt.map_err(|seconds| Trouble::wait("there were too many attempts", seconds))?;
    if login::checked(&app, Some(name.clone()), ask.form.exact("old").to_owned()).await?.is_none() {
        return Ok(form(&app, &ask, StatusCode::BAD_REQUEST, "The password until now is wrong."));
    }
    app.throttle.succeeded(name.as_str(), ask.from, attempt);
    let hash = match welcome::chosen(&app, &ask).await {
        Ok(hash) => hash,
        Err(wrong) => return Ok(form(&app, &ask, StatusCode::BAD_REQUEST, &wrong)),
    };
    let (by, user, chosen) = (app.home.by(&name, ask.now), name.clone(), hash.clone());
    app.home.write(ask.now, move |state, random| state.change_password(&user, &hash, &by, random)).await?;
    // All sessions have ended with the old password, this one too.
    let secret = login::begin(&app, &name, chosen, None, ask.now).await?;
    Ok(login::entered(&app, see("/account?changed=1"), &secret, ask.is_secure))
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage<'a> {
    frame: &'a Frame,
    users: Vec<User>,
    tokens: Vec<(StoredToken, String, bool)>,
}

pub(crate) async fn users(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let now = ask.now;
    let (users, tokens) = app.home.read(|view| Ok((view.users()?, view.tokens()?))).await?;
    let scopes = |token: &StoredToken| token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    let tokens = tokens.into_iter().map(|token| (scopes(&token), token)).map(|(scopes, token)| (token.expires <= now, scopes, token));
    let tokens = tokens.map(|(is_over, scopes, token)| (token, scopes, is_over)).collect();
    Ok(page(&UsersPage { frame: &ask.frame(), users, tokens }))
}
