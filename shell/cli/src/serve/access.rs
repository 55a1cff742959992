//! What the connections of a home may do, as the server asks about them: what was agreed on, what the last proof found, and the templates that
//! `tenor access template` writes. It asks AWS nothing, and hands out no External ID.

use crate::access::{joined, rendered};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use tenor_ledger::{ContentHash, Event};
use tenor_permit::{AccountKind, CURRENT, Capability, Connection, Permit, PolicyError, Regions, capabilities, documents};
use tenor_serve::{
    Access, AccessStatus, CapabilityAccess, ConnectionAccess, Home, PolicyText, Refusal, RefusalKind, Template, TemplateFormat, newest_of,
};
use tenor_state::{ConnectionName, StateError, StoredConnection, Verdict, View};

/// The connections of a home.
pub(super) struct Granted {
    home: Home,
}

impl Granted {
    pub(super) fn new(home: &Home) -> Self {
        Self { home: home.clone() }
    }
}

#[async_trait]
impl Access for Granted {
    async fn connections(&self) -> Result<Vec<ConnectionAccess>, Refusal> {
        let read = self.home.read(|view| {
            let each = |kept: StoredConnection| tried(view, &kept.name).map(|tried| told(&kept, tried));
            view.connections()?.into_iter().map(each).collect()
        });
        read.await.map_err(unread)
    }

    async fn template(&self, name: &ConnectionName, format: TemplateFormat) -> Result<Option<Template>, Refusal> {
        let asked = name.clone();
        let Some(kept) = self.home.read(move |view| view.connection(&asked)).await.map_err(unread)? else { return Ok(None) };
        let files = rendered(&kept.agreement, format).map_err(|error| unwritten(&error))?;
        let file = match files.as_slice() {
            [(file, _)] => format!("{name}-{file}"),
            // The files of a module say the same in one.
            _ => format!("{name}-tenor.tf"),
        };
        Ok(Some(Template { file, text: joined(files) }))
    }
}

pub(super) fn unread(error: StateError) -> Refusal {
    let hint = error.hint().to_owned();
    Refusal { kind: RefusalKind::Failed, message: format!("{:#}", anyhow::Error::from(error)), hint }
}

fn unwritten(error: &PolicyError) -> Refusal {
    let hint = "make the connection with fewer tiers or Regions: tenor connect make".to_owned();
    Refusal { kind: RefusalKind::Question, message: error.to_string(), hint }
}

/// What the ledger keeps of a proof; the rest of it is in the state.
#[derive(Deserialize)]
struct Findings {
    #[serde(default)]
    differences: Vec<String>,
}

/// When a connection was tried last, and what differed then.
fn tried(view: &View, name: &ConnectionName) -> Result<Option<(Timestamp, Vec<String>)>, StateError> {
    let text = name.text();
    let newest: Option<Option<(Timestamp, ContentHash)>> = newest_of(view, |entry, event| match event {
        Event::ConnectionVerified { connection, findings, .. } | Event::ConnectionDrifted { connection, findings, .. }
            if *connection == text =>
        {
            Some(Some((entry.moment.0, *findings)))
        }
        // One of that name before it is another one.
        Event::ConnectionMade { connection, .. } if *connection == text => Some(None),
        _ => None,
    })?;
    let Some((at, hash)) = newest.flatten() else { return Ok(None) };
    let gone = || vec![format!("what was found is gone: the content {hash}")];
    let read = |text: String| serde_json::from_str::<Findings>(&text).map_or_else(|_| gone(), |findings| findings.differences);
    Ok(Some((at, view.document(hash)?.map_or_else(gone, read))))
}

fn told(kept: &StoredConnection, tried: Option<(Timestamp, Vec<String>)>) -> ConnectionAccess {
    let agreement = &kept.agreement;
    let connection = &agreement.connection;
    let permit = Permit::new(&agreement.selection, connection);
    let report = connection.report.as_ref().map(|report| format!("s3://{}/{}", report.bucket, report.prefix));
    let regions = match &connection.regions {
        Regions::All => "all".to_owned(),
        Regions::Only(regions) => regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    ConnectionAccess {
        name: kept.name.clone(),
        account: connection.account.to_string(),
        kind: if connection.kind == AccountKind::Payer { "payer" } else { "member" },
        partition: connection.partition.to_string(),
        role: format!("tenor/{}", connection.role),
        trusted: connection.trusted.to_string(),
        report,
        regions,
        policy_versions: (agreement.policy_version, CURRENT),
        made: kept.created,
        proved: kept.verified.as_ref().map(|verified| verified.at),
        tried,
        tiers: agreement.selection.tiers().collect(),
        capabilities: capabilities().map(|capability| stands(kept, &permit, capability)).collect(),
        policies: policies(&permit, connection).map_err(|error| error.to_string()),
    }
}

/// How a capability stands: what was found of it counts, and where nothing was, what was agreed on.
fn stands(kept: &StoredConnection, permit: &Permit, capability: &'static Capability) -> CapabilityAccess {
    let is_chosen = kept.agreement.selection.has(capability);
    let finding = kept.verified.as_ref().and_then(|verified| verified.of(capability));
    let (status, note) = match finding {
        Some(finding) => (status(finding.verdict), finding.note().to_owned()),
        None if is_chosen => (AccessStatus::Untried, withheld(permit, capability)),
        None => (AccessStatus::NotChosen, String::new()),
    };
    CapabilityAccess { capability, is_chosen, status, note }
}

const fn status(verdict: Verdict) -> AccessStatus {
    match verdict {
        Verdict::Works => AccessStatus::Granted,
        Verdict::Missing => AccessStatus::Missing,
        Verdict::Excess => AccessStatus::Excess,
        Verdict::NotOffered => AccessStatus::NotOffered,
        Verdict::Untried => AccessStatus::Untried,
    }
}

/// What of a capability the connection cannot have, and why; each reason once.
fn withheld(permit: &Permit, capability: &Capability) -> String {
    let mut reasons: Vec<String> =
        permit.withheld().iter().filter(|one| one.capability.name == capability.name).map(|one| one.why.to_string()).collect();
    reasons.dedup();
    reasons.join("; ")
}

/// The policies, each with the reasons of its actions.
fn policies(permit: &Permit, connection: &Connection) -> Result<Vec<PolicyText>, PolicyError> {
    let reasons: BTreeMap<&str, String> = permit
        .permitted()
        .iter()
        .map(|one| {
            let why: Vec<String> = one.operations.iter().map(|operation| format!("{operation}: {}", operation.reason)).collect();
            (one.grant.action, why.join(" "))
        })
        .collect();
    let text = |document: &tenor_permit::Document| PolicyText {
        name: document.name(),
        text: document.to_json(connection),
        reasons: document.actions().map(|action| (action, reasons.get(action).cloned().unwrap_or_default())).collect(),
    };
    Ok(documents(permit, connection)?.iter().map(text).collect())
}
