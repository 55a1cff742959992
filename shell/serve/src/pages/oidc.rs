//! Logging in by the identity provider: there, and back again.

use super::login::{begin_with, entered, login_page};
use crate::app::App;
use crate::ask::{Ask, Who};
use crate::guard::{cookie_rest, oidc_cookie};
use crate::oidc::{ATTEMPT_SECONDS, Attempt, Named, Oidc, OidcError};
use crate::reply::{Told, Trouble, chain, own_path, see, with_cookie};
use crate::router::told;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tenor_state::{KeyError, PasswordHash, StateError, UserError, UserName, View};
use url::Url;

/// Where the provider sends browsers back to.
const BACK: &str = "/login/oidc/return";

/// Sends a browser to the provider.
pub(crate) async fn begin(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let oidc = provider(&app)?;
    let attempt = Attempt::begin(own_path(ask.query.get("to")), ask.now).map_err(|error| StateError::from(KeyError::from(error)))?;
    let address = oidc.address(&attempt, &back(&ask)?).await.map_err(|error| trouble(&app, &error))?;
    let (name, rest) = (oidc_cookie(ask.is_secure), cookie_rest(ask.is_secure));
    Ok(with_cookie(see(&address), &format!("{name}={}; {rest}; Max-Age={ATTEMPT_SECONDS}", attempt.cookie())))
}

/// Lets in who comes back, if a user has their name.
pub(crate) async fn finish(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let oidc = provider(&app)?;
    let (state, cookie) = (ask.query.get("state").unwrap_or_default(), ask.attempt.as_deref().unwrap_or_default());
    let attempt = Attempt::read(cookie, state, ask.now);
    let attempt = attempt.ok_or_else(|| Trouble::bad("no log-in was begun here, or it took too long: begin again at /login"))?;
    let gone = format!("{}=; {}; Max-Age=0", oidc_cookie(ask.is_secure), cookie_rest(ask.is_secure));
    // The attempt is over, however it went.
    let answered = let_in(&app, oidc, &ask, &attempt).await;
    let response = answered.unwrap_or_else(|trouble| told(&app, ask.route, &ask.frame(), trouble));
    Ok(with_cookie(response, &gone))
}

async fn let_in(app: &Arc<App>, oidc: &Oidc, ask: &Ask, attempt: &Attempt) -> Result<Response, Trouble> {
    let again = |status, wrong: &'static str| login_page(app, ask, status, &attempt.to, "", wrong);
    let Some(code) = ask.query.get("code") else {
        return again(StatusCode::UNAUTHORIZED, "The identity provider did not say who you are.").await;
    };
    let named = oidc.named(attempt, code, &back(ask)?, ask.now).await.map_err(|error| trouble(app, &error))?;
    let (name, account) = (user_name(&named.name), named.clone());
    let found = match name.clone() {
        Some(name) => app.home.read(move |view| known(view, &name, &account)).await,
        None => Ok(None),
    };
    let found = match found {
        Err(StateError::User(error @ UserError::OtherAccount(_))) => {
            app.note(&format!("{error}: {}", error.hint()));
            return again(StatusCode::FORBIDDEN, "Another account of the identity provider has that name here: ask an admin.").await;
        }
        found => found?,
    };
    let Some((name, password)) = name.zip(found) else {
        app.note(&format!("the identity provider knows `{}`, and no user has that name", named.name.chars().take(80).collect::<String>()));
        return again(StatusCode::FORBIDDEN, "Nobody has let you in yet: ask an admin to add you.").await;
    };
    let old = match &ask.who {
        Who::LoggedIn { secret, .. } => Some(secret.clone()),
        _ => None,
    };
    let secret = begin_with(app, &name, password, Some(named), old, ask.now).await?;
    Ok(entered(app, see(own_path(Some(attempt.to.as_str()))), &secret, ask.is_secure))
}

/// The user's name that an account's stands for. Letters of other alphabets stay what they are: some of them become others' names in lower case.
fn user_name(told: &str) -> Option<UserName> {
    told.to_ascii_lowercase().parse().ok()
}

/// The password of a user, if there is one of that name and the account is theirs; they may have none.
fn known(view: &View, name: &UserName, account: &Named) -> Result<Option<Option<PasswordHash>>, StateError> {
    if view.user(name)?.is_none() {
        return Ok(None);
    }
    view.check_identity(name, &account.issuer, &account.subject)?;
    view.password(name).map(Some)
}

fn provider(app: &App) -> Result<&Oidc, Trouble> {
    app.ports.oidc.as_ref().ok_or_else(|| Trouble::not_found("no identity provider is set up here"))
}

/// This server's own address, as the browser has it; the provider holds it against what it knows.
fn back(ask: &Ask) -> Result<String, Trouble> {
    let scheme = if ask.is_secure { "https" } else { "http" };
    let address = Url::parse(&format!("{scheme}://{}{BACK}", ask.host)).ok();
    let address = address.filter(|address| address.path() == BACK && address.username().is_empty() && address.query().is_none());
    address.map(String::from).ok_or_else(|| Trouble::bad("the request does not say by which name this server was asked"))
}

/// What went wrong with the provider; why, with all causes, is for the owner.
fn trouble(app: &App, error: &OidcError) -> Trouble {
    let is_about_them = matches!(error, OidcError::Token(_) | OidcError::NoName(_) | OidcError::Refused { .. });
    if is_about_them {
        // Failures of the server's are told where they are answered.
        app.note(&chain(error));
    }
    Trouble::Told(Box::new(Told {
        status: if is_about_them { StatusCode::FORBIDDEN } else { StatusCode::BAD_GATEWAY },
        title: "The identity provider could not log you in",
        detail: error.to_string(),
        cause: Some(chain(error)),
        hint: error.hint().to_owned(),
        wait_seconds: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::user_name;

    #[test]
    fn a_name_is_a_users_in_lower_case_and_no_other_letter_becomes_one() {
        assert_eq!(user_name("Ann@Example.com").unwrap().as_str(), "ann@example.com");
        // The sign of kelvin is a k in lower case.
        for other in ["\u{212A}en", "\u{130}an", "", "a b"] {
            assert_eq!(user_name(other), None, "{other}");
        }
    }
}
