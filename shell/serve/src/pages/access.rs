//! What connections may do: granted, missing, in excess, capability by capability, with the reasons; the policies, and templates to take away.
//!
//! It tells what the last proof found and when. Looking asks nobody, and an External ID is on no page and in no template.

use super::Frame;
use super::ledger::moment;
use super::refused::refused;
use crate::access::{AccessStatus, CapabilityAccess, ConnectionAccess, Policies, PolicyText, Template as RoleTemplate, TemplateFormat};
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::reply::{Trouble, file, page};
use crate::show;
use askama::Template;
use axum::response::Response;
use std::sync::Arc;
use tenor_ledger::{ContentHash, Event, Text};
use tenor_permit::{Operation, Scope, Tier, Via};
use tenor_state::ConnectionName;
use url::form_urlencoded::Serializer;

/// What it is called when nothing can be told.
const UNTOLD: &str = "What connections may do cannot be told";

#[derive(Template)]
#[template(path = "access.html")]
struct AccessPage<'a> {
    frame: &'a Frame,
    connections: Vec<Line>,
}

#[derive(Template)]
#[template(path = "connection.html")]
struct ConnectionPage<'a> {
    frame: &'a Frame,
    of: &'a ConnectionAccess,
    line: Line,
    differences: Vec<String>,
    tried: String,
    choices: Vec<Choice>,
    tiers: Vec<TierLine>,
    rows: Vec<Row<'a>>,
    policies: &'a [PolicyText],
    no_policies: Option<&'a str>,
    formats: Vec<(&'static str, &'static str)>,
}

/// A connection in a list.
struct Line {
    name: String,
    account: String,
    kind: &'static str,
    role: String,
    held: u32,
    version: String,
    is_old: bool,
    proved: String,
    is_proved: bool,
    granted: usize,
    missing: usize,
    excess: usize,
    untried: usize,
}

/// A status that can be asked for, with how many there are and where it is.
struct Choice {
    word: &'static str,
    count: usize,
    address: String,
    is_chosen: bool,
}

struct TierLine {
    name: &'static str,
    promise: &'static str,
    is_chosen: bool,
    granted: usize,
    missing: usize,
    excess: usize,
}

struct Row<'a> {
    of: &'a CapabilityAccess,
    tone: &'static str,
    operations: Vec<OperationLine>,
}

/// An operation with why it is there, and each of its actions with its access and what it is granted on.
pub(crate) struct OperationLine {
    pub(crate) name: String,
    pub(crate) reason: &'static str,
    pub(crate) money: &'static str,
    pub(crate) grants: Vec<(&'static str, &'static str, String)>,
}

/// All connections.
pub(crate) async fn read(app: &App) -> Result<Vec<ConnectionAccess>, Trouble> {
    app.ports.access.connections().await.map_err(refused(UNTOLD))
}

fn line(of: &ConnectionAccess) -> Line {
    let (held, newest) = of.policy_versions;
    Line {
        name: of.name.to_string(),
        account: of.account.clone(),
        kind: of.kind,
        role: of.role.clone(),
        held,
        version: if held == newest { format!("{held}, the newest") } else { format!("{held} of {newest}") },
        is_old: held != newest,
        proved: of.proved.map_or_else(|| "not proved".to_owned(), moment),
        is_proved: of.proved.is_some(),
        granted: of.count(AccessStatus::Granted),
        missing: of.count(AccessStatus::Missing),
        excess: of.count(AccessStatus::Excess),
        untried: of.count(AccessStatus::Untried),
    }
}

pub(crate) async fn list(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let connections = read(&app).await?.iter().map(line).collect();
    Ok(page(&AccessPage { frame: &ask.frame(), connections }))
}

fn named(ask: &Ask) -> Result<ConnectionName, Trouble> {
    let none = || Trouble::not_found("there is no connection of that name");
    ask.path.get("id").and_then(|name| name.parse().ok()).ok_or_else(none)
}

/// The connection that an address names, with its policies.
pub(crate) async fn one(app: &App, ask: &Ask) -> Result<(ConnectionAccess, Policies), Trouble> {
    let none = || Trouble::not_found("there is no connection of that name");
    app.ports.access.connection(&named(ask)?).await.map_err(refused(UNTOLD))?.ok_or_else(none)
}

/// Which capabilities an address asks for: how they stand, and of which tier.
pub(crate) fn filter(query: &Pairs) -> Result<(Option<AccessStatus>, Option<Tier>), Trouble> {
    let bad = |what: &str, text: &str| Trouble::bad(format!("`{what}` is never `{text}`"));
    let status = query.get("status").map(|text| AccessStatus::named(text).ok_or_else(|| bad("status", text))).transpose()?;
    let tier = query.get("tier").map(|text| text.parse::<Tier>().map_err(|_| bad("tier", text))).transpose()?;
    Ok((status, tier))
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (of, policies) = one(&app, &ask).await?;
    let (status, tier) = filter(&ask.query)?;
    let frame = ask.frame();
    let fits =
        |one: &&CapabilityAccess| status.is_none_or(|status| one.status == status) && tier.is_none_or(|tier| one.capability.tier == tier);
    let rows = of.capabilities.iter().filter(fits).map(row).collect();
    let (tried, differences) = match &of.tried {
        None => ("never".to_owned(), Vec::new()),
        Some((at, differences)) => (format!("{} UTC", moment(*at)), differences.clone()),
    };
    Ok(page(&ConnectionPage {
        frame: &frame,
        line: line(&of),
        differences,
        tried,
        choices: choices(&of, status, tier),
        tiers: Tier::ALL.into_iter().map(|tier| tier_line(&of, tier)).collect(),
        rows,
        policies: policies.as_deref().unwrap_or_default(),
        no_policies: policies.as_ref().err().map(String::as_str),
        formats: formats(&of),
        of: &of,
    }))
}

fn choices(of: &ConnectionAccess, chosen: Option<AccessStatus>, tier: Option<Tier>) -> Vec<Choice> {
    let address = |status: Option<AccessStatus>| {
        let mut query = Serializer::new(String::new());
        let pairs = [("status", status.map(AccessStatus::word)), ("tier", tier.map(Tier::as_str))];
        for (name, value) in pairs.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { format!("/access/{}", of.name) } else { format!("/access/{}?{query}", of.name) }
    };
    let all = Choice { word: "all", count: of.capabilities.len(), address: address(None), is_chosen: chosen.is_none() };
    let one = |status: AccessStatus| Choice {
        word: status.word(),
        count: of.count(status),
        address: address(Some(status)),
        is_chosen: chosen == Some(status),
    };
    [all].into_iter().chain(AccessStatus::ALL.map(one)).collect()
}

fn tier_line(of: &ConnectionAccess, tier: Tier) -> TierLine {
    let count = |status| of.capabilities.iter().filter(|one| one.capability.tier == tier && one.status == status).count();
    TierLine {
        name: tier.as_str(),
        promise: tier.promise(),
        is_chosen: of.tiers.contains(&tier),
        granted: count(AccessStatus::Granted),
        missing: count(AccessStatus::Missing),
        excess: count(AccessStatus::Excess),
    }
}

fn row(of: &CapabilityAccess) -> Row<'_> {
    let tone = match of.status {
        AccessStatus::Granted => "good",
        AccessStatus::Missing => "bad",
        AccessStatus::Excess | AccessStatus::Untried => "warn",
        AccessStatus::NotOffered | AccessStatus::NotChosen => "",
    };
    Row { of, tone, operations: of.capability.operations.iter().map(|operation| operation_line(operation)).collect() }
}

pub(crate) fn operation_line(operation: &'static Operation) -> OperationLine {
    let grant = |grant: &'static tenor_permit::Grant| {
        let on = match (grant.via, grant.scope) {
            (Via::Trust, _) => "in the trust policy".to_owned(),
            (_, Scope::Unscopable) => "everything: AWS lets it be limited to nothing".to_owned(),
            (_, Scope::Arns(arns)) => arns.join(" "),
        };
        (grant.action, grant.access.as_str(), on)
    };
    OperationLine {
        name: operation.to_string(),
        reason: operation.reason,
        money: operation.money.as_str(),
        grants: operation.grants.iter().map(grant).collect(),
    }
}

/// What a role is written as, with its label. A member's roles are made by the payer's StackSet.
fn formats(of: &ConnectionAccess) -> Vec<(&'static str, &'static str)> {
    let label = |format: TemplateFormat| match format {
        TemplateFormat::Cloudformation => "CloudFormation template of this account's role",
        TemplateFormat::Stackset => "StackSet template for the organization's members",
        TemplateFormat::Terraform => "Terraform module",
        TemplateFormat::Markdown => "Every action with its reason",
    };
    let fits = |format: &TemplateFormat| of.kind == "payer" || *format != TemplateFormat::Stackset;
    TemplateFormat::ALL.into_iter().filter(fits).map(|format| (format.word(), label(format))).collect()
}

/// What an address asks for, once it is recorded that it leaves. No other site has it asked for.
pub(crate) async fn exported(app: &App, ask: &Ask) -> Result<(TemplateFormat, RoleTemplate), Trouble> {
    if ask.is_cross_site {
        return Err(Trouble::forbidden("the file was asked for by another site"));
    }
    let name = named(ask)?;
    let format = ask.query.get("format").unwrap_or(TemplateFormat::Cloudformation.word());
    let format = TemplateFormat::named(format).ok_or_else(|| Trouble::bad(format!("`format` is never `{format}`")))?;
    let written = app.ports.access.template(&name, format).await.map_err(refused("It cannot be written"))?;
    let written = written.ok_or_else(|| Trouble::not_found("there is no connection of that name"))?;
    let Some(user) = ask.who.user() else { return Err(Trouble::LogIn) };
    let content = ContentHash::sha256(written.text.as_bytes());
    let rows = u64::try_from(written.text.lines().count()).expect("lines are counted");
    let event = Event::DataExported { what: Text::fitted(ask.route.word.unwrap_or_default()), content, rows };
    let draft = app.home.by(&user.name, ask.now).draft(event);
    app.home.write(ask.now, move |state, random| state.append(&[draft], random)).await?;
    Ok((format, written))
}

/// A template as a file.
pub(crate) async fn template(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (format, written) = exported(&app, &ask).await?;
    let kind = match format {
        TemplateFormat::Cloudformation | TemplateFormat::Stackset => "application/json",
        TemplateFormat::Terraform | TemplateFormat::Markdown => "text/plain; charset=utf-8",
    };
    Ok(file(kind, &written.file, written.text))
}

impl ConnectionPage<'_> {
    fn made(&self) -> String {
        moment(self.of.made)
    }
}

impl Row<'_> {
    /// The note, or what stands where there is none.
    fn note(&self) -> &str {
        if self.of.note.is_empty() { show::NOTHING } else { &self.of.note }
    }
}
