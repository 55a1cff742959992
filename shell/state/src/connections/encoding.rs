//! The one encoding of what was agreed on and of what a verification found: what the ledger names by a hash.

use super::{Agreement, Finding, StoredConnection, Verdict, Verification};
use crate::ledger::{Document, DocumentKind};
use serde::Serialize;
use std::collections::BTreeMap;
use tenor_ledger::{ContentHash, Event, Text};
use tenor_permit::{AccountKind, Regions};

/// The format of both documents.
const FORMAT: u32 = 1;

/// An agreement, members in the order in which they are written.
#[derive(Serialize)]
struct AgreementDocument<'a> {
    agreement: u32,
    partition: &'a str,
    account: &'a str,
    account_kind: &'static str,
    role: &'a str,
    trusted: &'a str,
    report: Option<ReportDocument<'a>>,
    /// All, where nothing is said.
    regions: Option<Vec<&'a str>>,
    tiers: Vec<&'static str>,
    switches: BTreeMap<&'static str, bool>,
    /// SHA-256: the External ID is a secret, and random enough that its hash tells nothing of it.
    external_id: ContentHash,
    policy_version: u32,
}

#[derive(Serialize)]
struct ReportDocument<'a> {
    bucket: &'a str,
    prefix: &'a str,
    owner: &'a str,
}

/// What a verification found, members in the order in which they are written.
#[derive(Serialize)]
struct FindingsDocument<'a> {
    findings: u32,
    connection: &'a str,
    agreement: ContentHash,
    capabilities: BTreeMap<&'static str, FindingDocument<'a>>,
    differences: &'a [String],
}

#[derive(Serialize)]
struct FindingDocument<'a> {
    verdict: &'static str,
    note: &'a str,
}

impl Agreement {
    /// The encoding that is hashed: JSON in one line (`docs/spec/state.md`, 8). It has no secret.
    ///
    /// # Panics
    /// Never: members are texts and numbers.
    #[must_use]
    pub fn encode(&self) -> String {
        let connection = &self.connection;
        let regions = match &connection.regions {
            Regions::All => None,
            Regions::Only(regions) => Some(regions.iter().map(|region| region.as_str()).collect()),
        };
        let mut tiers: Vec<_> = self.selection.tiers().map(|tier| tier.as_str()).collect();
        tiers.sort_unstable();
        let document = AgreementDocument {
            agreement: FORMAT,
            partition: connection.partition.as_str(),
            account: connection.account.as_str(),
            account_kind: match connection.kind {
                AccountKind::Payer => "payer",
                AccountKind::Member => "member",
            },
            role: connection.role.as_str(),
            trusted: connection.trusted.as_str(),
            report: connection.report.as_ref().map(|report| ReportDocument {
                bucket: report.bucket.as_str(),
                prefix: report.prefix.as_str(),
                owner: report.owner.as_str(),
            }),
            regions,
            tiers,
            switches: self.selection.switches().collect(),
            external_id: ContentHash::sha256(format!("tenor external id 1\n{}\n", self.external_id.reveal()).as_bytes()),
            policy_version: self.policy_version,
        };
        serde_json::to_string(&document).expect("members are texts and numbers")
    }

    /// What entries name it by: SHA-256 of its encoding.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        ContentHash::sha256(self.encode().as_bytes())
    }

    pub(super) fn document(&self) -> Document {
        Document::new(DocumentKind::Agreement, self.encode())
    }
}

impl StoredConnection {
    /// That it was made.
    pub(crate) fn made(&self) -> (Event, Document) {
        made(&self.name.text(), &self.agreement)
    }
}

/// That a connection was made.
pub(super) fn made(connection: &Text, agreement: &Agreement) -> (Event, Document) {
    let account = agreement.connection.account.as_str().parse().expect("an account of a connection is one of a bill");
    let document = agreement.document();
    (Event::ConnectionMade { connection: connection.clone(), account, agreement: document.hash() }, document)
}

/// What a verification found of a connection; without one, that it is not proved any more. `differences` are those of its role from what was published.
pub(super) fn verified(
    connection: &Text,
    agreement: &Agreement,
    verification: Option<&Verification>,
    differences: &[String],
) -> (Event, Document) {
    let findings = || verification.into_iter().flat_map(Verification::findings);
    let found = |finding: &Finding, verdict| finding.verdict == verdict;
    let count = |verdict| u32::try_from(findings().filter(|(_, finding)| found(finding, verdict)).count()).expect("capabilities are few");
    let capability = |(name, finding): (&'static str, &'_ Finding)| (name, finding.verdict.as_str(), finding.note().to_owned());
    let told: Vec<_> = findings().map(capability).collect();
    let document = FindingsDocument {
        findings: FORMAT,
        connection: connection.as_str(),
        agreement: agreement.hash(),
        capabilities: told.iter().map(|(name, verdict, note)| (*name, FindingDocument { verdict, note })).collect(),
        differences,
    };
    let document = Document::new(DocumentKind::Findings, serde_json::to_string(&document).expect("members are texts and numbers"));
    let (connection, policy_version, findings) = (connection.clone(), agreement.policy_version, document.hash());
    let (missing, excess) = (count(Verdict::Missing), count(Verdict::Excess));
    let is_as_published = verification.is_some() && differences.is_empty() && missing == 0 && excess == 0;
    let event = if is_as_published {
        Event::ConnectionVerified { connection, policy_version, findings }
    } else {
        Event::ConnectionDrifted { connection, policy_version, findings, missing, excess }
    };
    (event, document)
}
