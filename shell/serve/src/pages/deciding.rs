//! What people decide about orders: making, approving, rejecting, running, stopping and undoing them. Each ends where the order is shown.

use super::confirm::is_confirmed;
use super::orders::{id_of, known, shown_again};
use crate::app::App;
use crate::ask::{Ask, Who};
use crate::desk::Placed;
use crate::reply::{Trouble, see};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tenor_ledger::{OrderId, Text};
use tenor_state::UserName;

/// What is said once a form was carried out, by the word in the address; nothing else is ever said there.
const TOLD: &[(&str, &str)] = &[
    ("created", "The order is made. It waits for approval, and who made it gives none."),
    ("approved", "Your approval is signed and recorded."),
    ("rejected", "The order is rejected: nothing more of it is sent."),
    ("begun", "The order is being carried out."),
    ("rehearsing", "Everything is looked at, and nothing is sent."),
    ("stopping", "Nothing more of the order is sent. What is under way is still found out."),
    ("taking-back", "This order takes it back. It waits for approval and is run like any other."),
];

/// What holds for as long as the order is being carried out.
const WHILE_GOING: [&str; 2] = ["begun", "rehearsing"];

/// What stands on the page of an order after a form.
pub(crate) fn told(word: Option<&str>, is_going: bool) -> Option<&'static str> {
    let told = TOLD.iter().find(|(held, _)| Some(*held) == word);
    told.filter(|(word, _)| is_going || !WHILE_GOING.contains(word)).map(|(_, text)| *text)
}

fn done(order: OrderId, word: &'static str) -> Response {
    see(&format!("/orders/{order}?told={word}"))
}

/// The same of an order that was made: its page tells what was told of it.
fn made(app: &App, Placed { order, notes }: Placed, word: &'static str) -> Response {
    app.notes.keep(order, notes);
    done(order, word)
}

/// Who is logged in. A token is no way to pages.
fn user(ask: &Ask) -> Result<UserName, Trouble> {
    match &ask.who {
        Who::LoggedIn { session, .. } => Ok(session.user.name.clone()),
        _ => Err(Trouble::LogIn),
    }
}

/// Why, as the ledger keeps it.
pub(crate) fn reason(said: Option<&str>) -> Result<Text, Trouble> {
    let said = said.ok_or_else(|| Trouble::bad("say why: the ledger keeps it"))?;
    said.parse().map_err(|_| Trouble::bad("a reason is one line of at most 400 characters"))
}

pub(crate) async fn create(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let proposal = ask.form.get("proposal").ok_or_else(|| Trouble::bad("name a proposal by its id"))?;
    let connection = ask.form.get("connection").and_then(|name| name.parse().ok());
    let connection = connection.ok_or_else(|| Trouble::bad("name a connection"))?;
    let placed = app.ports.orders.create(proposal, &connection, &user).await?;
    Ok(made(&app, placed, "created"))
}

/// Takes the password again: a browser that was left open agrees to nothing.
pub(crate) async fn approve(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let order = known(&app, &ask).await?;
    let shown = ask.form.get("hash").ok_or_else(|| Trouble::bad("the form does not say what was shown"))?;
    let hours = match ask.form.get("hours").map(str::parse::<u32>) {
        None => None,
        Some(Ok(hours)) if hours > 0 => Some(hours),
        Some(_) => return Err(Trouble::bad("hours are a whole number, 1 at least")),
    };
    if !is_confirmed(&app, &ask, &user, "approving").await? {
        return shown_again(&app, &ask, StatusCode::FORBIDDEN, "The password is wrong. Nothing was approved.").await;
    }
    app.ports.orders.approve(order, shown, hours, &user).await?;
    Ok(done(order, "approved"))
}

pub(crate) async fn reject(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (user, order) = (user(&ask)?, known(&app, &ask).await?);
    app.ports.orders.reject(order, &reason(ask.form.get("reason"))?, &user).await?;
    Ok(done(order, "rejected"))
}

pub(crate) async fn run(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (user, order) = (user(&ask)?, known(&app, &ask).await?);
    let is_live = match ask.form.get("how") {
        Some("live") => true,
        Some("rehearse") => false,
        _ => return Err(Trouble::bad("say whether to carry it out or to rehearse it")),
    };
    app.ports.orders.run(order, is_live, &user).await?;
    Ok(done(order, if is_live { "begun" } else { "rehearsing" }))
}

pub(crate) async fn stop(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (user, order) = (user(&ask)?, known(&app, &ask).await?);
    app.ports.orders.stop(order, &reason(ask.form.get("reason"))?, &user).await?;
    Ok(done(order, "stopping"))
}

pub(crate) async fn take_back(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let order = id_of(&ask)?;
    let step = ask.form.get("step").and_then(|step| step.parse().ok()).ok_or_else(|| Trouble::bad("name a step by its number"))?;
    let placed = app.ports.orders.take_back(order, step, &user).await?;
    Ok(made(&app, placed, "taking-back"))
}
