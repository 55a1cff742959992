//! How far the home is set up, for programs, and the steps that a browser does too, for admins: a folder imported, a connection made, a connection
//! proved. An External ID is in no answer: the command line tells it.

use super::once::{Done, once, queued};
use super::sent::{flag, maybe_text, only, text, texts, user};
use crate::app::App;
use crate::ask::{Ask, Pairs, Sent};
use crate::pages::refused::refused;
use crate::pages::setup as shown;
use crate::reply::{Trouble, document};
use crate::setup::{NewConnection, Work, WorkState};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_state::{ConnectionName, UserRole};

/// Where it is told what becomes of what was begun.
const SETUP: &str = "/api/v1/setup";

pub(crate) async fn setup(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let standing = app.ports.setup.standing().await;
    // Folders of the machine, and why something failed, which may name more of them.
    let is_admin = ask.who.role() == Some(UserRole::Admin);
    let steps: Vec<_> = shown::steps(&standing, &shown::Filled::default()).iter().map(step).collect();
    let connections = standing.connections.as_ref().ok().map(|all| {
        let one = |(name, proved): &(ConnectionName, Option<jiff::Timestamp>)| {
            json!({ "connection": name.as_str(), "proved": proved.map(|proved| proved.to_string()) })
        };
        all.iter().map(one).collect::<Vec<_>>()
    });
    // Null where the owner allows none; where they cannot be read, it is told why.
    let folders = standing.folders.as_ref().filter(|_| is_admin);
    let (folders, folders_untold) = folders.map_or((None, None), |folders| (folders.as_ref().ok(), folders.as_ref().err()));
    let work = is_admin.then(|| standing.work.iter().map(work).collect::<Vec<_>>());
    Ok(document(&json!({ "steps": steps, "connections": connections, "folders": folders, "folders_untold": folders_untold, "work": work })))
}

fn step(of: &shown::Step) -> Value {
    json!({
        "step": of.id, "title": of.title, "standing": of.mark, "found": of.found, "why": of.why, "commands": of.commands, "can_wait": of.can_wait,
    })
}

fn work(of: &Work) -> Value {
    let (state, told, hint) = match &of.state {
        WorkState::Going => ("going", None, None),
        WorkState::Done(told) => ("done", Some(told), None),
        WorkState::Failed(why, hint) => ("failed", Some(why), Some(hint)),
    };
    json!({ "what": of.what, "user": of.user, "begun": of.begun.to_string(), "state": state, "told": told, "hint": hint })
}

/// Begins to import a folder below the one that the owner allowed. It goes on in this process alone, so it takes no key.
pub(crate) async fn import(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["folder"])?;
    let (by, folder) = (app.home.by(&user(&ask)?, ask.now), text(&ask.sent, "folder")?.trim().to_owned());
    // The form of the page has none either: an empty one would be all that is allowed.
    if folder.is_empty() {
        return Err(Trouble::bad("name a folder; `.` is the one that is allowed, with all that is in it"));
    }
    app.ports.setup.import(&folder, by).await.map_err(refused("Not imported"))?;
    Ok(queued(SETUP, json!({})).answer())
}

/// Makes a connection; its template says what its role is to be.
pub(crate) async fn connect(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (by, asked) = (app.home.by(&user(&ask)?, ask.now), asked(&ask.sent)?);
    let doing = Arc::clone(&app);
    let work = async move {
        let name = asked.name.clone();
        doing.ports.setup.connect(asked, by).await.map_err(refused("Not made"))?;
        Ok(Done::all(json!({ "connection": name.as_str() })))
    };
    once(&app, &ask, work).await
}

/// Begins to prove a connection, as an import is begun.
pub(crate) async fn prove(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &["connection"])?;
    let by = app.home.by(&user(&ask)?, ask.now);
    let name = text(&ask.sent, "connection")?.parse::<ConnectionName>();
    let name = name.map_err(|_| Trouble::bad("`connection` is no name of a connection"))?;
    app.ports.setup.prove(&name, by).await.map_err(refused("Not begun"))?;
    Ok(queued(SETUP, json!({})).answer())
}

/// The connection that is to be made, read as the form of the page is.
fn asked(sent: &Sent) -> Result<NewConnection, Trouble> {
    only(sent, &["name", "account", "principal", "is_member", "bucket", "prefix", "tiers"])?;
    let mut pairs = Vec::new();
    for name in ["name", "account", "principal"] {
        pairs.push((name, text(sent, name)?));
    }
    for name in ["bucket", "prefix"] {
        pairs.extend(maybe_text(sent, name)?.map(|said| (name, said)));
    }
    // The form of the page takes what is empty for not said; here something was meant by it.
    let said = |name: &str| pairs.iter().any(|(held, said)| *held == name && !said.trim().is_empty());
    if said("prefix") && !said("bucket") {
        return Err(Trouble::bad("`prefix` is below a `bucket`: say which"));
    }
    let tiers = texts(sent, "tiers")?;
    if tiers.iter().any(|tier| tier.trim().is_empty()) {
        return Err(Trouble::bad("`tiers` has an empty text; leave it out"));
    }
    pairs.extend(tiers.into_iter().map(|tier| ("tier", tier)));
    if flag(sent, "is_member")? {
        pairs.push(("member", "yes"));
    }
    shown::new_connection(&Pairs(pairs.into_iter().map(|(name, said)| (name.to_owned(), said.to_owned())).collect()))
}
