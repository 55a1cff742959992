//! The first run, step by step: what is done, as the home stands, and what to do next, as a command with its values or, where that is safe, a button.

use super::Frame;
use super::ledger::moment;
use super::refused::{refused, user};
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::reply::{Trouble, page, see};
use crate::setup::{Known, NewConnection, Standing, WorkState};
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use std::sync::Arc;
use tenor_permit::{AccountNumber, BucketName, KeyPrefix, Principal, Tier};
use tenor_state::{ConnectionName, UserRole};

/// Connections, each with when it was proved.
type Connections = Vec<(ConnectionName, Option<Timestamp>)>;

/// Values of a command are no longer.
const VALUE_CHARACTERS_MAX: usize = 400;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    frame: &'a Frame,
    of: &'a Standing,
    is_admin: bool,
    steps: Vec<Step>,
    done: usize,
    filled: Filled,
    folders: Vec<String>,
    no_folders: Option<String>,
    unproved: Vec<String>,
    made: Vec<(String, String)>,
    work: Vec<WorkLine>,
    tiers: Vec<(&'static str, &'static str, bool)>,
}

/// A step of it.
pub(crate) struct Step {
    /// Where it is on the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    /// `done`, `to do`, `not known`.
    pub(crate) mark: &'static str,
    tone: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// Why it has to be done.
    pub(crate) why: &'static str,
    pub(crate) commands: Vec<String>,
    /// Whether it can wait until something is bought.
    pub(crate) can_wait: bool,
}

struct WorkLine {
    what: String,
    tone: &'static str,
    told: String,
    is_going: bool,
}

/// What the small forms of the page say, as they are filled in again.
#[derive(Default)]
pub(crate) struct Filled {
    source: String,
    name: String,
    account: String,
    principal: String,
    bucket: String,
    prefix: String,
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let standing = app.ports.setup.standing().await;
    let is_admin = ask.who.role() == Some(UserRole::Admin);
    let filled = filled(&ask.query);
    let steps = steps(&standing, &filled);
    let connections = standing.connections.as_deref().unwrap_or_default();
    let (folders, no_folders) = match &standing.folders {
        None => (Vec::new(), None),
        Some(Ok(folders)) => (folders.clone(), None),
        Some(Err(why)) => (Vec::new(), Some(why.clone())),
    };
    let frame = ask.frame();
    Ok(page(&SetupPage {
        frame: &frame,
        is_admin,
        done: steps.iter().filter(|step| step.mark == "done").count(),
        steps,
        filled,
        folders,
        no_folders,
        unproved: connections.iter().filter(|(_, proved)| proved.is_none()).map(|(name, _)| name.to_string()).collect(),
        made: connections.iter().map(|(name, proved)| (name.to_string(), proved.map_or_else(|| "not proved".to_owned(), moment))).collect(),
        // Why something failed may name files of the machine.
        work: standing.work.iter().filter(|_| is_admin).map(work_line).collect(),
        tiers: Tier::ALL.into_iter().map(|tier| (tier.as_str(), tier.promise(), tier == Tier::Trial)).collect(),
        of: &standing,
    }))
}

fn work_line(work: &crate::setup::Work) -> WorkLine {
    let (tone, told) = match &work.state {
        WorkState::Going => ("", "it goes on".to_owned()),
        WorkState::Done(told) => ("good", told.clone()),
        WorkState::Failed(why, hint) => ("bad", format!("{why}. {hint}")),
    };
    let what = format!("{}, begun by {} at {} UTC", work.what, work.user, moment(work.begun));
    WorkLine { what, tone, told, is_going: work.state == WorkState::Going }
}

fn filled(query: &Pairs) -> Filled {
    // One line, and nothing that a command would take for an option.
    let value = |name: &str| {
        let text = query.get(name).unwrap_or_default();
        let plain: String = text.chars().filter(|c| !c.is_control()).take(VALUE_CHARACTERS_MAX).collect();
        plain.trim_start_matches('-').to_owned()
    };
    Filled {
        source: value("source"),
        name: value("name"),
        account: value("account"),
        principal: value("principal"),
        bucket: value("bucket"),
        prefix: value("prefix"),
    }
}

/// A value as a shell reads it; where there is none, what is to be put there.
fn word(value: &str, none: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=+@,%".contains(&byte);
    match value {
        "" => none.to_owned(),
        plain if plain.bytes().all(is_plain) => plain.to_owned(),
        other => format!("'{}'", other.replace('\'', "'\\''")),
    }
}

/// Whether a step is done, what was found, in words; what cannot be looked at is neither.
fn mark<T>(known: &Known<T>, done: impl FnOnce(&T) -> Option<String>, not_done: &str) -> (&'static str, &'static str, String) {
    match known.as_ref().map(done) {
        Ok(Some(found)) => ("done", "good", found),
        Ok(None) => ("to do", "warn", not_done.to_owned()),
        Err(_) => ("not known", "bad", "nobody can tell: tenor doctor says why, where the server runs".to_owned()),
    }
}

fn step(id: &'static str, title: &'static str, (mark, tone, found): (&'static str, &'static str, String)) -> Step {
    Step { id, title, mark, tone, found, why: "", commands: Vec::new(), can_wait: false }
}

fn is_there(there: &bool) -> Option<String> {
    there.then(|| "it is there".to_owned())
}

/// All steps, in the order in which they are done.
pub(crate) fn steps(of: &Standing, filled: &Filled) -> Vec<Step> {
    reading(of, filled).into_iter().chain(buying(of)).chain(keeping(of)).collect()
}

/// What the first report takes.
fn reading(of: &Standing, filled: &Filled) -> Vec<Step> {
    let bills = mark(
        &of.bills,
        |held| {
            held.as_ref()
                .map(|(months, first, last)| if *months == 1 { first.clone() } else { format!("{months} months, {first} to {last}") })
        },
        "no bill is here",
    );
    let prices = mark(&of.prices, Clone::clone, "no prices are here");
    let made = |all: &Connections| (!all.is_empty()).then(|| if all.len() == 1 { "one".to_owned() } else { all.len().to_string() });
    let proved = |all: &Connections| {
        let proved = all.iter().filter(|(_, proved)| proved.is_some()).count();
        (proved > 0).then(|| format!("{proved} of {}", all.len()))
    };
    let name = word(&filled.name, "NAME");
    let report = match filled.bucket.as_str() {
        "" => String::new(),
        bucket => {
            let prefix = if filled.prefix.is_empty() { String::new() } else { format!(" --report-prefix {}", word(&filled.prefix, "")) };
            format!(" --report-bucket {}{prefix}", word(bucket, ""))
        }
    };
    let make = format!(
        "tenor connect make {name} --account {} --trusted {}{report} --out {name}-role",
        word(&filled.account, "ACCOUNT"),
        word(&filled.principal, "PRINCIPAL"),
    );
    let source = match (filled.source.as_str(), filled.bucket.as_str()) {
        ("", "") => "SOURCE".to_owned(),
        ("", bucket) => word(&format!("s3://{bucket}/{}", filled.prefix), ""),
        (source, _) => word(source, ""),
    };
    vec![
        Step {
            why: "A legacy CUR, a CUR 2.0 or a FOCUS export: a folder, or a bucket on S3. Everything else is computed from it.",
            commands: vec![format!("tenor import {source}")],
            ..step("bill", "A bill", bills)
        },
        Step {
            why: "AWS's public price lists, as files: proposals and back-tests are priced by them, and say which version.",
            commands: vec!["tenor prices import FILE...".to_owned()],
            ..step("prices", "Prices", prices)
        },
        Step {
            why: "A role in the account with the least that works, and an External ID of its own. You make the role from a template; Tenor cannot.",
            commands: vec![make, format!("tenor access template {name} --out {name}-template")],
            can_wait: true,
            ..step("connect", "A connection", mark(&of.connections, made, "there is none"))
        },
        Step {
            why: "The role is assumed with the right External ID, a wrong one and none, and asked what it may do. What is not proved is not used.",
            commands: vec![format!("tenor connect prove {name}")],
            can_wait: true,
            ..step("prove", "The connection proved", mark(&of.connections, proved, "none is proved"))
        },
    ]
}

/// What buying takes.
fn buying(of: &Standing) -> Vec<Step> {
    let approvers = |(keys, logged_in): &(usize, usize)| {
        (keys + logged_in > 1).then(|| format!("{keys} by keys of their own, {logged_in} by logging in"))
    };
    let terms = mark(&of.has_terms, |set| set.then(|| "they are set".to_owned()), "nobody has said what may be bought");
    let server = mark(&of.is_server_enrolled, |is| is.then(|| "it is enrolled".to_owned()), "it is not enrolled");
    let users = |users: &usize| (*users > 1).then(|| format!("{users} can log in"));
    vec![
        Step {
            why: "What may be bought, how much in a day, and how many have to agree. Without them no order can be made.",
            commands: vec!["tenor order terms terms.toml".to_owned()],
            can_wait: true,
            ..step("terms", "The owner's terms", terms)
        },
        Step {
            why: "Whoever makes an order cannot approve it, so it takes two. A key signs on the command line; here sign those whom the terms name, once they \
                  are users that may approve and the server's key is enrolled.",
            commands: vec!["tenor key make ann.key".to_owned(), "tenor key enrol PUBLIC --name ann --role approver".to_owned()],
            can_wait: true,
            ..step("approvers", "Approvers", mark(&of.approvers, approvers, "fewer than two may approve"))
        },
        Step {
            why: "With it this server signs for who is logged in.",
            commands: vec!["tenor key enrol --server".to_owned()],
            can_wait: true,
            ..step("server-key", "The server's key", server)
        },
        Step {
            why: "Everybody else who looks, proposes or approves here.",
            commands: vec!["tenor user add ann --role approver".to_owned()],
            can_wait: true,
            ..step("users", "Users", mark(&of.users, users, "you are the only one who can log in"))
        },
    ]
}

/// What keeps it going.
fn keeping(of: &Standing) -> Vec<Step> {
    let backup = |made: &Option<Timestamp>| made.map(|made| format!("the last one is of {} UTC", moment(made)));
    vec![
        Step {
            why: "Imports, proofs and proposals by themselves. Put schedule.toml, and notify.toml for messages, into the home.",
            can_wait: true,
            ..step("schedule", "A schedule", mark(&of.has_schedule, is_there, "there is none"))
        },
        Step {
            why: "All that cannot be made again in one sealed file. Keep it and the key apart, each on another disk.",
            commands: vec!["tenor backup FOLDER".to_owned()],
            ..step("backup", "A backup", mark(&of.backup, backup, "none is known"))
        },
    ]
}

/// Begins to import a folder.
pub(crate) async fn import(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let folder = ask.form.get("folder").ok_or_else(|| Trouble::bad("name a folder"))?;
    app.ports.setup.import(folder, app.home.by(&user, ask.now)).await.map_err(refused("Not imported"))?;
    Ok(see("/setup#bill"))
}

/// Makes a connection; its template is then on its page.
pub(crate) async fn connect(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let asked = new_connection(&ask.form)?;
    let name = asked.name.clone();
    app.ports.setup.connect(asked, app.home.by(&user, ask.now)).await.map_err(refused("Not made"))?;
    Ok(see(&format!("/access/{name}")))
}

/// Begins to prove a connection.
pub(crate) async fn prove(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let name = ask.form.get("name").and_then(|name| name.parse::<ConnectionName>().ok());
    let name = name.ok_or_else(|| Trouble::bad("name a connection"))?;
    app.ports.setup.prove(&name, app.home.by(&user, ask.now)).await.map_err(refused("Not begun"))?;
    Ok(see("/setup#prove"))
}

pub(crate) fn new_connection(form: &Pairs) -> Result<NewConnection, Trouble> {
    let said = |name: &str| form.get(name).ok_or_else(|| Trouble::bad(format!("say `{name}`")));
    let name: ConnectionName = said("name")?.parse().map_err(wrong)?;
    let account: AccountNumber = said("account")?.parse().map_err(wrong)?;
    let trusted: Principal = said("principal")?.parse().map_err(wrong)?;
    let report = match form.get("bucket") {
        None => None,
        Some(bucket) => {
            let prefix: KeyPrefix = form.get("prefix").unwrap_or_default().parse().map_err(wrong)?;
            Some((bucket.parse::<BucketName>().map_err(wrong)?, prefix))
        }
    };
    let tiers = form.all("tier").map(str::parse::<Tier>).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let tiers = if tiers.is_empty() { vec![Tier::Trial] } else { tiers };
    Ok(NewConnection { name, account, trusted, is_member: form.get("member").is_some(), report, tiers })
}

fn wrong(error: impl std::fmt::Display) -> Trouble {
    Trouble::bad(error.to_string())
}

impl SetupPage<'_> {
    fn is_going(&self) -> bool {
        self.work.iter().any(|work| work.is_going)
    }
}

impl Step {
    fn is(&self, id: &str) -> bool {
        self.id == id
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_value_is_one_word_of_a_command() {
        assert_eq!(
            ["", "s3://b/p", "my folder", "it's"].map(|value| word(value, "SOURCE")),
            ["SOURCE", "s3://b/p", "'my folder'", "'it'\\''s'"]
        );
    }
}
