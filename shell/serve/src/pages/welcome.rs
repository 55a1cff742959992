//! Setting a password by a link: the first admin's, and everybody's after them.

use super::{Frame, login};
use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, page_of, see};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tenor_state::{PASSWORD_CHARACTERS_MIN, PasswordHash, Secret, SystemRandomness, UserError, UserName};

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage<'a> {
    frame: &'a Frame,
    user: &'a str,
    action: &'a str,
    wrong: &'a str,
    least: usize,
}

/// The link, and whose it is.
async fn invited(app: &App, ask: &Ask) -> Result<(Secret, UserName), Trouble> {
    let link = ask.path.get("link").and_then(Secret::read).ok_or(tenor_state::StateError::from(UserError::NoInvitation))?;
    let (asked, now) = (link.clone(), ask.now);
    let name = app.home.read(move |view| view.invited(&asked, now)).await?;
    Ok((link, name.ok_or(tenor_state::StateError::from(UserError::NoInvitation))?))
}

fn form(status: StatusCode, ask: &Ask, user: &UserName, wrong: &str) -> Response {
    page_of(status, &WelcomePage { frame: &ask.frame(), user: user.as_str(), action: &ask.address, wrong, least: PASSWORD_CHARACTERS_MIN })
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (_, name) = invited(&app, &ask).await?;
    Ok(form(StatusCode::OK, &ask, &name, ""))
}

/// Uses the link up, and lets them in; whoever was logged in there is not any more.
pub(crate) async fn accept(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (link, name) = invited(&app, &ask).await?;
    let again = |wrong: &str| Ok(form(StatusCode::BAD_REQUEST, &ask, &name, wrong));
    let hash = match chosen(&app, &ask).await {
        Ok(hash) => hash,
        Err(wrong) => return again(&wrong),
    };
    let (by, chosen) = (app.home.by(&name, ask.now), hash.clone());
    app.home.write(ask.now, move |state, random| state.accept_invitation(&link, &hash, &by, random)).await?;
    let secret = login::begin(&app, &name, chosen, ask.session(), ask.now).await?;
    Ok(login::entered(&app, see("/"), &secret, ask.is_secure))
}

/// The password that a form chose, twice; or what is wrong with it.
pub(super) async fn chosen(app: &App, ask: &Ask) -> Result<PasswordHash, String> {
    let (password, again) = (ask.form.exact("password").to_owned(), ask.form.exact("again"));
    if password != again {
        return Err("The two are not the same.".to_owned());
    }
    let hashed = login::in_turn(app, move || PasswordHash::new(&password, &SystemRandomness::new())).await;
    hashed.map_err(|error| format!("{error}: {}.", error.hint()))
}
