//! What the connections of a home may do, as the server asks about them: what was agreed on, what the last proof found, and the templates that
//! `tenor access template` writes. It asks AWS nothing, and hands out no External ID.

use crate::access::{joined, rendered};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{ContentHash, Event, Text};
use tenor_permit::{AccountKind, CURRENT, Capability, Connection, Permit, PolicyError, Regions, capabilities, documents};
use tenor_serve::{
    Access, AccessStatus, CapabilityAccess, ConnectionAccess, Home, Policies, PolicyText, Refusal, RefusalKind, Template, TemplateFormat,
    newest_of,
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
            let all = view.connections()?;
            let mut tried = tried(view, all.iter().map(|kept| &kept.name))?;
            Ok(all.iter().map(|kept| told(kept, tried.remove(&kept.name.text()))).collect())
        });
        read.await.map_err(unread)
    }

    async fn connection(&self, name: &ConnectionName) -> Result<Option<(ConnectionAccess, Policies)>, Refusal> {
        let asked = name.clone();
        let read = self.home.read(move |view| {
            let Some(kept) = view.connection(&asked)? else { return Ok(None) };
            let tried = tried(view, [&asked])?.remove(&asked.text());
            let connection = &kept.agreement.connection;
            let policies = policies(&Permit::new(&kept.agreement.selection, connection), connection);
            Ok(Some((told(&kept, tried), policies.map_err(|error| error.to_string()))))
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
type Tried = (Timestamp, Vec<String>);

/// The last trial of each of some connections that was tried, by name: the ledger is read once for all of them, and no further than it takes.
fn tried<'a>(view: &View, names: impl IntoIterator<Item = &'a ConnectionName>) -> Result<BTreeMap<Text, Tried>, StateError> {
    let mut open: BTreeSet<Text> = names.into_iter().map(ConnectionName::text).collect();
    let mut found: Vec<(Text, Timestamp, ContentHash)> = Vec::new();
    if open.is_empty() {
        return Ok(BTreeMap::new());
    }
    newest_of(view, |entry, event| {
        match event {
            Event::ConnectionVerified { connection, findings, .. } | Event::ConnectionDrifted { connection, findings, .. }
                if open.remove(connection) =>
            {
                found.push((connection.clone(), entry.moment.0, *findings));
            }
            // One of that name before it is another one.
            Event::ConnectionMade { connection, .. } => {
                open.remove(connection);
            }
            _ => {}
        }
        open.is_empty().then_some(())
    })?;
    let differed = |(name, at, hash): (Text, Timestamp, ContentHash)| {
        let gone = || vec![format!("what was found is gone: the content {hash}")];
        let read = |text: String| serde_json::from_str::<Findings>(&text).map_or_else(|_| gone(), |findings| findings.differences);
        Ok::<_, StateError>((name, (at, view.document(hash)?.map_or_else(gone, read))))
    };
    found.into_iter().map(differed).collect()
}

fn told(kept: &StoredConnection, tried: Option<Tried>) -> ConnectionAccess {
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

#[cfg(test)]
mod tests {
    use super::Granted;
    use crate::access::names::Named;
    use jiff::Timestamp;
    use std::time::Duration;
    use tenor_ledger::{PublicKey, Text};
    use tenor_permit::{CURRENT, Capability, ExternalId, Selection, Tier};
    use tenor_serve::{Access as _, AccessStatus, Home, TemplateFormat};
    use tenor_state::{Agreement, By, Claim, ConnectionName, Finding, Key, Lease, State, SystemRandomness, Verdict, Verification};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn name(text: &str) -> ConnectionName {
        text.parse().unwrap()
    }

    fn external_id() -> ExternalId {
        ExternalId::from_random([9; 16])
    }

    fn agreement() -> Agreement {
        let trusted = "arn:aws:iam::444455556666:role/tenor".parse().unwrap();
        let connection = Named::usual("111122223333".parse().unwrap(), trusted, false, None).connection().unwrap();
        Agreement { connection, selection: Selection::of([Tier::Trial]), external_id: external_id(), policy_version: CURRENT }
    }

    /// Two connections: `prod` was tried, and `dev` was before it was forgotten and made anew.
    fn home() -> (tempfile::TempDir, Granted) {
        let (home, key, random, by) = (tempfile::tempdir().unwrap(), Key::new(&[7; 32]), SystemRandomness::new(), By::system(NOW));
        let lease = Lease::take(home.path(), &Claim::of_this_process("a test", Duration::ZERO), NOW).unwrap();
        let mut state = State::open(lease, &key, &random, NOW).unwrap();
        let mut found = Verification::new(NOW);
        found.note(Capability::find("sp-inventory").unwrap(), Finding::new(Verdict::Works, ""));
        found.note(Capability::find("cost-explorer").unwrap(), Finding::new(Verdict::Missing, "ce:GetCostAndUsage"));
        for one in ["prod", "dev"] {
            state.add_connection(&name(one), &agreement(), &by, &random).unwrap();
            state.keep_verification(&name(one), &found, &["a policy was changed".to_owned()], &by, &random).unwrap();
        }
        state.remove_connection(&name("dev"), &by, &random).unwrap();
        state.add_connection(&name("dev"), &agreement(), &by, &random).unwrap();
        drop(state);
        let kept = Home::new(home.path().to_owned(), key, PublicKey::from_bytes([3; 32]), Text::fitted("0.1.0"));
        (home, Granted::new(&kept))
    }

    #[tokio::test]
    async fn each_connection_is_told_with_its_own_last_trial() {
        let (_home, granted) = home();
        let all = granted.connections().await.unwrap();
        let tried: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.tried.clone())).collect();
        assert_eq!(tried, [("dev", None), ("prod", Some((NOW, vec!["a policy was changed".to_owned()])))]);
        let (dev, prod) = (&all[0], &all[1]);
        assert_eq!((dev.proved, dev.count(AccessStatus::Granted), dev.count(AccessStatus::Missing)), (None, 0, 0));
        assert_eq!((prod.proved, prod.count(AccessStatus::Granted), prod.count(AccessStatus::Missing)), (Some(NOW), 1, 1));
        let (one, policies) = granted.connection(&name("prod")).await.unwrap().unwrap();
        assert_eq!(&one, prod);
        let policies = policies.unwrap();
        assert!(!policies.is_empty() && policies.iter().all(|policy| !policy.reasons.is_empty()), "{policies:?}");
        assert!(granted.connection(&name("other")).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn nothing_that_is_told_has_an_external_id() {
        let (_home, granted) = home();
        let mut told = format!("{:?}{:?}", granted.connections().await.unwrap(), granted.connection(&name("prod")).await.unwrap());
        for format in TemplateFormat::ALL {
            told += &granted.template(&name("prod"), format).await.unwrap().unwrap().text;
            assert!(granted.template(&name("other"), format).await.unwrap().is_none());
        }
        assert!(told.contains("arn:aws:iam::444455556666:role/tenor") && !told.contains(&external_id().reveal()));
    }
}
