//! One's own account: the password, and tokens of one's own.

use super::confirm::{is_confirmed, is_theirs, still};
use super::{Frame, ledger, login, users, welcome};
use crate::app::App;
use crate::ask::{Ask, Who};
use crate::reply::{Trouble, page_of, see};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_state::{
    PASSWORD_CHARACTERS_MIN, Scope, State, StoredToken, SystemRandomness, TOKEN_LABEL_CHARACTERS_MAX, UserName, UserRole, View,
};

/// So many days a token lasts, where nothing is said.
const DAYS: i64 = 90;
/// It lasts no longer.
const DAYS_MAX: i64 = 366;
/// Nobody makes more tokens for themselves.
const TOKENS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    frame: &'a Frame,
    role: &'a str,
    idle: String,
    whole: String,
    least: usize,
    tokens: Vec<(StoredToken, String, bool)>,
    scopes: Vec<(&'static str, &'static str)>,
    label_max: usize,
    days: i64,
    days_max: i64,
    is_demo: bool,
    said: Said,
}

/// What is said above it all.
#[derive(Default)]
struct Said {
    told: Option<&'static str>,
    wrong: String,
    /// A token, whole.
    token: Option<String>,
}

impl Said {
    fn wrong(wrong: impl Into<String>) -> Self {
        Self { wrong: wrong.into(), ..Self::default() }
    }
}

async fn shown(app: &App, ask: &Ask, status: StatusCode, said: Said) -> Result<Response, Trouble> {
    let (limits, frame, name) = (app.settings.sessions, ask.frame(), user(ask)?);
    let all = app.home.read(View::tokens).await?;
    let own = all.into_iter().filter(|token| token.user == name);
    let tokens = own.map(|token| (users::scopes(&token), token)).map(|(scopes, token)| (token.expires <= ask.now, scopes, token));
    Ok(page_of(
        status,
        &AccountPage {
            frame: &frame,
            role: ask.who.role().map_or("", |role| role.as_str()),
            idle: login::hours(limits.idle),
            whole: login::hours(limits.whole),
            least: PASSWORD_CHARACTERS_MIN,
            tokens: tokens.map(|(is_over, scopes, token)| (token, scopes, is_over)).collect(),
            scopes: offered(ask).map(|scope| (scope.as_str(), what(scope))).collect(),
            label_max: TOKEN_LABEL_CHARACTERS_MAX,
            days: DAYS,
            days_max: DAYS_MAX,
            is_demo: app.settings.is_demo,
            said,
        },
    ))
}

/// Who is logged in. A token is no way to more tokens.
fn user(ask: &Ask) -> Result<UserName, Trouble> {
    match &ask.who {
        Who::LoggedIn { session, .. } => Ok(session.user.name.clone()),
        _ => Err(Trouble::LogIn),
    }
}

/// What a token of theirs may be for.
fn offered(ask: &Ask) -> impl Iterator<Item = Scope> {
    let is_admin = ask.who.role() == Some(UserRole::Admin);
    Scope::ALL.iter().copied().filter(move |scope| is_admin || !scope.is_of_admins())
}

/// What a scope is for, in words.
const fn what(scope: Scope) -> &'static str {
    match scope {
        Scope::Cost => "costs, coverage and commitments",
        Scope::Orders => "proposals and orders, to look at",
        Scope::OrdersWrite => "making, rejecting, running and stopping orders; never approving",
        Scope::Access => "what connections may do",
        Scope::Backtests => "back-tests, to look at",
        Scope::Propose => "having proposals and back-tests computed",
        Scope::Ledger => "the ledger, jobs and settings, to look at",
        Scope::Admin => "users, to look at; running jobs; the kill switch",
        Scope::Metrics => "the server's own figures",
    }
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let told = match ask.query.0.iter().map(|(name, _)| name.as_str()).find(|name| ["changed", "revoked"].contains(name)) {
        Some("changed") => Some("The password is changed. All other sessions have ended."),
        Some(_) => Some("The token is not accepted any more."),
        None => None,
    };
    shown(&app, &ask, StatusCode::OK, Said { told, ..Said::default() }).await
}

/// Takes the old password too: an open browser is nobody's proof.
pub(crate) async fn change_password(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let name = user(&ask)?;
    if !is_theirs(&app, &ask, &name, ask.form.exact("old")).await? {
        return shown(&app, &ask, StatusCode::BAD_REQUEST, Said::wrong("The password until now is wrong.")).await;
    }
    let hash = match welcome::chosen(&app, &ask).await {
        Ok(hash) => hash,
        Err(wrong) => return shown(&app, &ask, StatusCode::BAD_REQUEST, Said::wrong(wrong)).await,
    };
    let (by, changed, chosen) = (app.home.by(&name, ask.now), name.clone(), hash.clone());
    let (secret, limits, now) = (ask.session().ok_or(Trouble::LogIn)?, app.settings.sessions, ask.now);
    let change = move |state: &mut State, random: &SystemRandomness| match still(state, &secret, limits, UserRole::Viewer, now)? {
        Ok(()) => state.change_password(&changed, &hash, &by, random).map(Ok),
        Err(trouble) => Ok(Err(trouble)),
    };
    app.home.write(ask.now, change).await??;
    // All sessions have ended with the old password, this one too.
    let secret = login::begin(&app, &name, chosen, None, ask.now).await?;
    Ok(login::entered(&app, see("/account?changed=1"), &secret, ask.is_secure))
}

/// Makes a token of their own and shows it, for the only time. It outlives the session, so it takes the password again.
pub(crate) async fn make_token(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let name = user(&ask)?;
    let scopes = asked(&ask)?;
    let days = match ask.form.get("days").map(str::parse::<i64>) {
        None => DAYS,
        Some(Ok(days)) if (1..=DAYS_MAX).contains(&days) => days,
        Some(_) => return Err(Trouble::bad(format!("`days` is a whole number from 1 to {DAYS_MAX}"))),
    };
    if !is_confirmed(&app, &ask, &name, "making a token").await? {
        return shown(&app, &ask, StatusCode::FORBIDDEN, Said::wrong("The password is wrong. No token was made.")).await;
    }
    let (by, label) = (app.home.by(&name, ask.now), ask.form.get("label").unwrap_or_default().to_owned());
    let expires = ask.now + SignedDuration::from_hours(24 * days);
    let (secret, limits, now) = (ask.session().ok_or(Trouble::LogIn)?, app.settings.sessions, ask.now);
    let least = if scopes.iter().any(|scope| scope.is_of_admins()) { UserRole::Admin } else { UserRole::Viewer };
    let make = move |state: &mut State, random: &SystemRandomness| {
        if let Err(trouble) = still(state, &secret, limits, least, now)? {
            return Ok(Err(trouble));
        }
        let held = state.tokens()?.iter().filter(|token| token.user == name).count();
        if held >= TOKENS_MAX {
            return Ok(Ok(None));
        }
        state.make_token(&name, &label, &scopes, expires, &by, random).map(|token| Ok(Some(token)))
    };
    let Some(token) = app.home.write(ask.now, make).await?? else {
        let detail = format!("you have {TOKENS_MAX} tokens, and nobody has more");
        return Err(Trouble::new(StatusCode::CONFLICT, "Not done", detail, "revoke those that are not used any more"));
    };
    shown(&app, &ask, StatusCode::OK, Said { token: Some(token), ..Said::default() }).await
}

/// What the token is to be for.
fn asked(ask: &Ask) -> Result<BTreeSet<Scope>, Trouble> {
    let scopes: BTreeSet<Scope> = ask.form.all("scope").map(str::parse::<Scope>).collect::<Result<_, String>>().map_err(Trouble::bad)?;
    if scopes.is_empty() {
        return Err(Trouble::bad("say what the token is for: one scope at least"));
    }
    let refused = scopes.iter().copied().find(|scope| offered(ask).all(|one| one != *scope));
    match refused {
        Some(scope) => Err(Trouble::forbidden(format!("a token for `{scope}` is an admin's"))),
        None => Ok(scopes),
    }
}

/// Takes no password: whoever fears for a token is not to be held up.
pub(crate) async fn revoke_token(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let name = user(&ask)?;
    let (by, token) = (app.home.by(&name, ask.now), ask.form.get("token").unwrap_or_default().to_owned());
    let revoke = move |state: &mut State, random: &SystemRandomness| {
        let is_own = state.tokens()?.iter().any(|held| held.prefix == token && held.user == name);
        if is_own {
            state.revoke_token(&token, &by, random)?;
        }
        Ok(is_own)
    };
    if !app.home.write(ask.now, revoke).await? {
        return Err(Trouble::not_found("you have no token that begins so"));
    }
    Ok(see("/account?revoked=1"))
}
