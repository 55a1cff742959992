//! Who may log in, and their tokens: admins add, invite, change and remove users here, each with their password again. A link is shown once.
//!
//! What it never does: set anybody's password, make a token for somebody else, remove who asks, or let an admin in as somebody whose approvals count: whoever
//! is shown a link can use it, and would agree to their own order.

use super::confirm::{is_confirmed, still};
use super::refused::{refused, user};
use super::{Frame, ledger};
use crate::app::App;
use crate::ask::Ask;
use crate::desk::Orders;
use crate::lake::{Refusal, RefusalKind};
use crate::reply::{Trouble, page_of, see};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use std::sync::Arc;
use tenor_order::is_same_person;
use tenor_state::{By, Secret, State, StateError, StoredToken, SystemRandomness, User, UserError, UserName, UserNameError, UserRole, View};

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

/// Changes something for the admin who asks, if they still are one once nobody else writes.
async fn change<T: Send + 'static>(
    app: &App,
    ask: &Ask,
    admin: &UserName,
    work: impl FnOnce(&mut State, &SystemRandomness, &By) -> Result<Result<T, Trouble>, StateError> + Send + 'static,
) -> Result<T, Trouble> {
    let (by, limits, now) = (app.home.by(admin, ask.now), app.settings.sessions, ask.now);
    let secret = ask.session().ok_or(Trouble::LogIn)?;
    let checked = move |state: &mut State, random: &SystemRandomness| match still(state, &secret, limits, UserRole::Admin, now)? {
        Ok(()) => work(state, random, &by),
        Err(trouble) => Ok(Err(trouble)),
    };
    app.home.write(ask.now, checked).await?
}

/// Refuses what would let an admin in as somebody whose approvals count, or as somebody who may approve by a password already. Where nobody can tell whom
/// the terms name, it may be them. Nor does whoever approves give links: they could make an order as whom they let in, and agree to it as themselves.
fn refuse_approver(
    state: &View,
    orders: &dyn Orders,
    name: &UserName,
    giver: Option<&UserName>,
) -> Result<Result<(), Trouble>, StateError> {
    let persons = match orders.persons(state) {
        Ok(persons) => persons,
        Err(message) => {
            let hint = "set terms that can be read: tenor order terms FILE; or use `tenor user` on the command line".to_owned();
            let refusal = Refusal { kind: RefusalKind::Failed, message, hint };
            return Ok(Err(refused("It cannot be told whose approvals count")(refusal)));
        }
    };
    let counts = |of: &UserName| persons.iter().any(|person| is_same_person(person, &of.text()));
    if giver.is_some_and(counts) {
        let detail =
            "who approves orders gives no links from here: they could make an order as somebody else, and agree to it as themselves";
        let hint = "`tenor user add` and `tenor user invite` on the command line, or an admin whom the terms do not name";
        return Ok(Err(Trouble::new(StatusCode::CONFLICT, "Not done", detail, hint)));
    }
    let is_named = counts(name);
    if is_named || state.user(name)?.is_some_and(|user| user.has_password && user.role >= UserRole::Approver) {
        let detail = format!("nobody is let in as `{name}`, or made an approver under that name, from here");
        let hint = "their approvals count: `tenor user invite` on the command line";
        return Ok(Err(Trouble::new(StatusCode::CONFLICT, "Not done", detail, hint)));
    }
    Ok(Ok(()))
}

/// Where people reach this server, for a link: as its owner says, else as it was asked.
fn base(app: &App, ask: &Ask) -> Result<String, Trouble> {
    if let Some(url) = &app.settings.public_url {
        return Ok(url.as_str().trim_end_matches('/').to_owned());
    }
    if ask.host.is_empty() {
        return Err(Trouble::bad("the request does not say by which name this server was asked, so a link would lead nowhere"));
    }
    Ok(format!("{}://{}", if ask.is_secure { "https" } else { "http" }, ask.host))
}

/// The page with a link on it, for the only time.
async fn given(app: &App, ask: &Ask, base: &str, name: &UserName, link: &Secret) -> Result<Response, Trouble> {
    let address = format!("{base}/welcome/{}", link.reveal());
    shown(app, ask, StatusCode::OK, Said { link: Some((name, address)), ..Said::default() }).await
}

pub(crate) async fn add(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name, role, base) = (user(&ask)?, named(&ask, "name")?, role(&ask)?, base(&app, &ask)?);
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let (added, expires, orders, giver) = (name.clone(), ask.now + LINK, Arc::clone(&app.ports.orders), admin.clone());
    let add = move |state: &mut State, random: &SystemRandomness, by: &By| {
        // One who is there stays as they are, whoever they are: also one whose link was not made, as it is another change.
        if state.user(&added)?.is_some() {
            let hint = "choose another name, or make a new link for them on the page of users";
            return Ok(Err(Trouble::new(StatusCode::CONFLICT, "Not done", UserError::Taken(added).to_string(), hint)));
        }
        if let Err(refused) = refuse_approver(state, &*orders, &added, Some(&giver))? {
            return Ok(Err(refused));
        }
        state.add_user(&added, role, by, random)?;
        state.invite(&added, expires, by, random).map(Ok)
    };
    let link = change(&app, &ask, &admin, add).await?;
    given(&app, &ask, &base, &name, &link).await
}

/// A link that was given before is of no use any more.
pub(crate) async fn invite(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name, base) = (user(&ask)?, named(&ask, "user")?, base(&app, &ask)?);
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let (invited, expires, orders, giver) = (name.clone(), ask.now + LINK, Arc::clone(&app.ports.orders), admin.clone());
    let invite = move |state: &mut State, random: &SystemRandomness, by: &By| {
        if let Err(refused) = refuse_approver(state, &*orders, &invited, Some(&giver))? {
            return Ok(Err(refused));
        }
        state.invite(&invited, expires, by, random).map(Ok)
    };
    let link = change(&app, &ask, &admin, invite).await?;
    given(&app, &ask, &base, &name, &link).await
}

pub(crate) async fn change_role(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (admin, name, role) = (user(&ask)?, named(&ask, "user")?, role(&ask)?);
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    let orders = Arc::clone(&app.ports.orders);
    let set = move |state: &mut State, random: &SystemRandomness, by: &By| {
        // Who may do less from here on approves nothing by it.
        if role >= UserRole::Approver
            && let Err(refused) = refuse_approver(state, &*orders, &name, None)?
        {
            return Ok(Err(refused));
        }
        state.change_role(&name, role, by, random).map(Ok)
    };
    change(&app, &ask, &admin, set).await?;
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
    change(&app, &ask, &admin, move |state, random, by| state.remove_user(&name, by, random).map(Ok)).await?;
    Ok(see("/users?told=removed"))
}

pub(crate) async fn revoke(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let admin = user(&ask)?;
    let token = ask.form.get("token").ok_or_else(|| Trouble::bad("name a token by its beginning"))?.to_owned();
    if let Some(wrong) = unconfirmed(&app, &ask, &admin).await? {
        return Ok(wrong);
    }
    change(&app, &ask, &admin, move |state, random, by| state.revoke_token(&token, by, random).map(Ok)).await?;
    Ok(see("/users?told=revoked"))
}
