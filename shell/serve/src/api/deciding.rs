//! What programs may do to orders: make, reject, run, stop and take them back. There is no way to approve one: an approval is a person's word, given with their
//! password where they see what they agree to, and a token is neither.

use super::once::{Done, once};
use super::sent::{only, text, user, whole};
use crate::app::App;
use crate::ask::Ask;
use crate::desk::Placed;
use crate::pages::deciding::reason;
use crate::pages::orders::known;
use crate::reply::{Trouble, document};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) async fn create(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["proposal", "connection"])?;
    let (user, proposal) = (user(&ask)?, text(&ask.sent, "proposal")?.to_owned());
    let connection = text(&ask.sent, "connection")?.parse();
    let connection = connection.map_err(|_| Trouble::bad("`connection` is no name of a connection"))?;
    let doing = Arc::clone(&app);
    let work = async move {
        let Placed { order, notes } = doing.ports.orders.create(&proposal, &connection, &user).await?;
        doing.notes.keep(order, notes.clone());
        Ok(Done::all(json!({ "order": order.to_string(), "notes": notes })))
    };
    once(&app, &ask, work).await
}

pub(crate) async fn reject(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["reason"])?;
    let (user, order, why) = (user(&ask)?, known(&app, &ask).await?, reason(ask.sent.members.get("reason").and_then(Value::as_str))?);
    let doing = Arc::clone(&app);
    let work = async move {
        doing.ports.orders.reject(order, &why, &user).await?;
        Ok(Done::all(json!({ "order": order.to_string() })))
    };
    once(&app, &ask, work).await
}

pub(crate) async fn run(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["live"])?;
    let (user, order) = (user(&ask)?, known(&app, &ask).await?);
    let is_live = ask.sent.members.get("live").and_then(Value::as_bool).ok_or_else(|| Trouble::bad("`live` is missing: true or false"))?;
    let doing = Arc::clone(&app);
    let work = async move {
        doing.ports.orders.run(order, is_live, &user).await?;
        Ok(Done::all(json!({ "order": order.to_string() })))
    };
    once(&app, &ask, work).await
}

/// Whatever key it carries: stopping twice is stopping, and to take a key takes the right to write, which the run has that is to be stopped.
pub(crate) async fn stop(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["reason"])?;
    let (user, order, why) = (user(&ask)?, known(&app, &ask).await?, reason(ask.sent.members.get("reason").and_then(Value::as_str))?);
    app.ports.orders.stop(order, &why, &user).await?;
    Ok(document(&json!({ "order": order.to_string() })))
}

/// Makes an order that takes a step of another back. It waits for people, as every order does.
pub(crate) async fn take_back(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["step"])?;
    let (user, order, step) = (user(&ask)?, known(&app, &ask).await?, whole(&ask.sent, "step", 1, u32::MAX)?);
    let doing = Arc::clone(&app);
    let work = async move {
        let Placed { order, notes } = doing.ports.orders.take_back(order, step, &user).await?;
        doing.notes.keep(order, notes.clone());
        Ok(Done::all(json!({ "order": order.to_string(), "notes": notes })))
    };
    once(&app, &ask, work).await
}
