//! What is in force: the owner's terms, policy, schedule, keys, the kill switch, and how the home lies. It is changed on the command line; here the
//! kill switch alone can be set, and not lifted.

use super::Frame;
use super::ledger::{self, who};
use super::refused::{refused, user};
use crate::app::App;
use crate::ask::Ask;
use crate::newest::newest_of;
use crate::reply::{Trouble, page, see};
use crate::setup::{Known, StorageFinding};
use crate::show;
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use std::sync::Arc;
use tenor_ledger::{Event, PublicKey, Text};
use tenor_order::{Book, Role};
use tenor_permit::CURRENT;
use tenor_state::{StateError, UserName, UserRole, View};

/// The name of the owner's terms among the settings of the ledger.
const TERMS: &str = "terms";

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    frame: &'a Frame,
    stopped: Option<String>,
    terms: Option<Terms>,
    keys: Vec<KeyLine>,
    is_enrolled: bool,
    server: String,
    files: Vec<(&'static str, &'static str, String)>,
    storage: Option<Vec<(&'static str, StorageFinding)>>,
    /// Why nobody could look how the home lies.
    not_looked: Option<String>,
    version: String,
    policy_version: u32,
    told: Option<&'static str>,
}

/// The terms in force.
pub(crate) struct Terms {
    pub(crate) hash: String,
    /// All of them; none where their content is gone.
    pub(crate) text: Option<String>,
    /// Who set them, and when.
    pub(crate) set: Option<(String, Timestamp)>,
}

/// A key that is enrolled, or was.
pub(crate) struct KeyLine {
    pub(crate) key: String,
    short: String,
    pub(crate) person: String,
    pub(crate) role: &'static str,
    may: &'static str,
    pub(crate) revoked: Option<Timestamp>,
}

/// What the state says of it all.
pub(crate) struct Found {
    pub(crate) terms: Option<Terms>,
    pub(crate) keys: Vec<KeyLine>,
    pub(crate) stopped: Option<String>,
    pub(crate) is_enrolled: bool,
}

/// What the state says now.
pub(crate) async fn read(app: &App) -> Result<Found, StateError> {
    let (server, folded) = (app.home.server(), app.home.folded().await?);
    app.home.read(move |view| found(view, &folded.book, server)).await
}

fn found(view: &View, book: &Book, server: PublicKey) -> Result<Found, StateError> {
    let name = Text::fitted(TERMS);
    let terms = match book.setting(&name) {
        None => None,
        Some(hash) => {
            let set = newest_of(view, |entry, event| match event {
                Event::ConfigurationChanged { what, .. } if *what == name => Some((who(entry), entry.moment.0)),
                _ => None,
            })?;
            Some(Terms { hash: hash.to_string(), text: view.document(hash)?, set })
        }
    };
    let key = |(key, held): (&PublicKey, &tenor_order::Enrolled)| KeyLine {
        key: key.to_string(),
        short: show::short(&key.to_string()),
        person: held.person.to_string(),
        role: held.role.as_str(),
        may: match held.role {
            Role::Proposer => "make orders",
            Role::Approver => "make orders, and approve those of others",
            Role::Server => "sign both for who is logged in",
        },
        revoked: held.revoked.map(|at| at.0),
    };
    let is_enrolled = book.keys().get(&server).is_some_and(|held| held.role == Role::Server && held.revoked.is_none());
    Ok(Found { terms, keys: book.keys().iter().map(key).collect(), stopped: book.stopped().map(ToString::to_string), is_enrolled })
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let server = app.home.server();
    // The file beside the database first: it is set while others write.
    let halted = app.home.halted().await;
    let found = read(&app).await?;
    let own = app.ports.setup.files().await.map_err(refused("The home cannot be looked at"))?;
    let is_admin = ask.who.role() == Some(UserRole::Admin);
    // It names folders and files of the machine.
    let (storage, not_looked) = if is_admin { lies(&app).await } else { (None, None) };
    let files = vec![
        ("Policy", "policy.toml", presence(&own.policy, "without it proposals are made under the default policy")),
        ("Schedule", "schedule.toml", presence(&own.schedule, "without it nothing is done by itself")),
        ("Notifications", "notify.toml", presence(&own.notify, "without it nobody is told of anything")),
    ];
    Ok(page(&SettingsPage {
        frame: &ask.frame(),
        stopped: halted.or(found.stopped),
        terms: found.terms,
        keys: found.keys,
        is_enrolled: found.is_enrolled,
        server: server.to_string(),
        files,
        storage,
        not_looked,
        version: app.home.version().to_string(),
        policy_version: CURRENT,
        told: told(ask.query.get("told")),
    }))
}

/// How the home lies, each finding with how it looks; or why nobody could look.
async fn lies(app: &App) -> (Option<Vec<(&'static str, StorageFinding)>>, Option<String>) {
    match app.ports.setup.storage().await {
        Ok(findings) => (Some(findings.into_iter().map(|one| (tone(&one.severity), one)).collect()), None),
        Err(refusal) => (Some(Vec::new()), Some(format!("{}. {}", refusal.message, refusal.hint))),
    }
}

fn presence(known: &Known<bool>, without: &str) -> String {
    match known {
        Ok(true) => "it is there".to_owned(),
        Ok(false) => format!("it is not there: {without}"),
        Err(_) => "nobody can tell; why is told by tenor doctor".to_owned(),
    }
}

/// What is said once the form was carried out, by the word in the address; nothing else is ever said there.
fn told(word: Option<&str>) -> Option<&'static str> {
    match word? {
        "stopped" => Some("Everything is stopped: nothing that changes anything is sent to AWS."),
        "unrecorded" => Some(
            "Everything is stopped: nothing that changes anything is sent to AWS. The ledger will say so when the state is next written to.",
        ),
        _ => None,
    }
}

/// Sets the kill switch. It is never lifted here: whoever lifts it is at the machine.
pub(crate) async fn stop(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let said = ask.form.get("reason").ok_or_else(|| Trouble::bad("say why: the ledger keeps it"))?;
    let reason: Text = said.parse().map_err(|_| Trouble::bad("a reason is one line of at most 400 characters"))?;
    let is_recorded = halt(&app, &user, reason, ask.now).await?;
    Ok(see(if is_recorded { "/settings?told=stopped" } else { "/settings?told=unrecorded" }))
}

/// Sets it, and says whether the ledger says so already; the owner is told where it does not.
pub(crate) async fn halt(app: &App, user: &UserName, reason: Text, now: Timestamp) -> Result<bool, StateError> {
    let unrecorded = app.home.halt(reason, app.home.by(user, now)).await?;
    if let Some(why) = &unrecorded {
        app.note(&format!("the kill switch is set, and the ledger does not say so yet: {why}"));
    }
    Ok(unrecorded.is_none())
}

/// How a finding looks.
fn tone(severity: &str) -> &'static str {
    match severity {
        "ok" => "good",
        "warning" => "warn",
        "error" => "bad",
        _ => "",
    }
}
