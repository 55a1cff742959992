//! Who may log in, and their tokens: admins add, invite, change and remove users here, each with their password again. A link is shown once.
//!
//! What it never does: set anybody's password, make a token for somebody else, or remove who asks.

use super::confirm::is_confirmed;
use super::refused::user;
use super::{Frame, ledger};
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, page_of, see};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use std::sync::Arc;
use tenor_state::{Secret, StoredToken, User, UserName, UserNameError, UserRole};

/// How long a link lasts by which a password is set.
const LINK: SignedDuration = SignedDuration::from_hours(72);
/// What all of it takes.
const WHAT: &str = "changing who may log in";

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage<'a> {
    frame: &'a Frame,
    users: Vec<User>,
    tokens: Vec<(StoredToken, String, bool)>,
    roles: &'static [UserRole],
    is_demo: bool,
    said: Said<'a>,
}

/// What is said above the lists.
#[derive(Default)]
struct Said<'a> {
    told: Option<&'static str>,
    wrong: &'static str,
    /// Whose link it is, and where it leads.
    link: Option<(&'a UserName, String)>,
}

/// What is said once a form was carried out, by the word in the address; nothing else is ever said there.
fn told(word: Option<&str>) -> Option<&'static str> {
    match word? {
        "changed" => Some("The role is changed. They log in again."),
        "removed" => Some("The user is removed, with all sessions and tokens."),
        "revoked" => Some("The token is not accepted any more."),
        _ => None,
    }
}

async fn shown(app: &App, ask: &Ask, status: StatusCode, said: Said<'_>) -> Result<Response, Trouble> {
    let (users, tokens) = app.home.read(|view| Ok((view.users()?, view.tokens()?))).await?;
    let tokens = tokens.into_iter().map(|token| (scopes(&token), token));
    let tokens = tokens.map(|(scopes, token)| (token.expires <= ask.now, scopes, token));
    let tokens = tokens.map(|(is_over, scopes, token)| (token, scopes, is_over)).collect();
    let frame = ask.frame();
    Ok(page_of(status, &UsersPage { frame: &frame, users, tokens, roles: UserRole::ALL, is_demo: app.settings.is_demo, said }))
}

/// What a token is for, in words.
pub(super) fn scopes(token: &StoredToken) -> String {
    token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let said = Said { told: told(ask.query.get("told")), ..Said::default() };
    shown(&app, &ask, StatusCode::OK, said).await
}

/// What is answered where the password is not theirs who asks.
async fn unconfirmed(app: &App, ask: &Ask, admin: &UserName) -> Result<Option<Response>, Trouble> {
    if is_confirmed(app, ask, admin, WHAT).await? {
        return Ok(None);
    }
    let said = Said { wrong: "The password is wrong. Nothing was changed.", ..Said::default() };
    shown(app, ask, StatusCode::FORBIDDEN, said).await.map(Some)
}

/// The user whom a form is about.
fn named(ask: &Ask, field: &str) -> Result<UserName, Trouble> {
    let typed = ask.form.get(field).unwrap_or_default().to_lowercase();
    typed.parse().map_err(|error: UserNameError| Trouble::bad(error.to_string()))
}

fn role(ask: &Ask) -> Result<UserRole, Trouble> {
    ask.form.get("role").unwrap_or_default().parse().map_err(Trouble::bad)
}

/// The page with a link on it, for the only time.
async fn given(app: &App, ask: &Ask, name: &UserName, link: &Secret) -> Result<Response, Trouble> {
    let scheme = if ask.is_secure { "https" } else { "http" };
    let address = format!("{scheme}://{}/welcome/{}", ask.host, link.reveal());
    shown(app, ask, StatusCode::OK, Said { link: Some((name, address)), ..Said::default() }).await
}

pub(crate) async fn add(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name, role) = (user(&ask)?, named(&ask, "name")?, role(&ask)?);
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let (by, added, expires) = (app.home.by(&admin, ask.now), name.clone(), ask.now + LINK);
    let add = move |state: &mut tenor_state::State, random: &tenor_state::SystemRandomness| {
        state.add_user(&added, role, &by, random)?;
        state.invite(&added, expires, &by, random)
    };
    let link = app.home.write(ask.now, add).await?;
    given(&app, &ask, &name, &link).await
}

/// A link that was given before is of no use any more.
pub(crate) async fn invite(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name) = (user(&ask)?, named(&ask, "user")?);
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let (by, invited, expires) = (app.home.by(&admin, ask.now), name.clone(), ask.now + LINK);
    let link = app.home.write(ask.now, move |state, random| state.invite(&invited, expires, &by, random)).await?;
    given(&app, &ask, &name, &link).await
}

pub(crate) async fn change_role(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name, role) = (user(&ask)?, named(&ask, "user")?, role(&ask)?);
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let by = app.home.by(&admin, ask.now);
    app.home.write(ask.now, move |state, random| state.change_role(&name, role, &by, random)).await?;
    Ok(see("/users?told=changed"))
}

/// Nobody removes themselves: whoever is left to say that it was a mistake is somebody else.
pub(crate) async fn remove(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name) = (user(&ask)?, named(&ask, "user")?);
    if name == admin {
        let (title, hint) = ("Not done", "have another admin do it");
        return Err(Trouble::new(StatusCode::CONFLICT, title, "nobody removes their own account", hint));
    }
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let by = app.home.by(&admin, ask.now);
    app.home.write(ask.now, move |state, random| state.remove_user(&name, &by, random)).await?;
    Ok(see("/users?told=removed"))
}

pub(crate) async fn revoke(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let admin = user(&ask)?;
    let token = ask.form.get("token").ok_or_else(|| Trouble::bad("name a token by its beginning"))?.to_owned();
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let by = app.home.by(&admin, ask.now);
    app.home.write(ask.now, move |state, random| state.revoke_token(&token, &by, random)).await?;
    Ok(see("/users?told=revoked"))
}
