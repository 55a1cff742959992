//! Connections made, changed, verified and removed: each in one transaction with the entry that says so.

use super::encoding::{made, verified};
use super::{Agreement, ConnectionName, Verification};
use crate::by::By;
use crate::error::{Asking as _, StateError};
use crate::key::KeyError;
use crate::ledger::keep_in;
use crate::random::Randomness;
use crate::seal::Place;
use crate::state::State;
use rusqlite::{Transaction, named_params};
use tenor_ledger::Event;
use tenor_permit::{AccountKind, Regions};

/// Where a connection's External ID stands.
pub(super) fn external_id_of(name: &ConnectionName) -> Place<'_> {
    Place { column: "connections.external_id", row: name.as_str() }
}

const INSERT: &str =
    "INSERT INTO connections (name, partition, account, account_kind, role, trusted_principal, report_bucket, report_prefix,
    report_owner, regions_limited, external_id, policy_version, created)
    VALUES (:name, :partition, :account, :kind, :role, :trusted, :bucket, :prefix, :owner, :limited, :external_id, :version, :created)";

impl State {
    /// Keeps a new connection, made at the moment that `by` says.
    ///
    /// # Errors
    /// [`StateError::Taken`] when one has that name.
    pub fn add_connection(
        &mut self,
        name: &ConnectionName,
        agreement: &Agreement,
        by: &By,
        random: &dyn Randomness,
    ) -> Result<(), StateError> {
        let sealed = self.seal_external_id(name, agreement, random)?;
        let (event, document) = made(&name.text(), agreement);
        let doing = "add a connection to";
        let make = |change: &Transaction<'_>| {
            if is_there(change, name)? {
                return Err(StateError::Taken(name.to_string()));
            }
            insert(change, name, agreement, &sealed, &by.moment.to_string()).asking(doing)?;
            keep_in(change, &[document])
        };
        self.record(&[by.draft(event)], random, doing, make).map(drop)
    }

    /// Replaces what was agreed on. What was verified was something else, and is forgotten.
    ///
    /// # Errors
    /// [`StateError::NoConnection`] when none has that name.
    pub fn change_connection(
        &mut self,
        name: &ConnectionName,
        agreement: &Agreement,
        by: &By,
        random: &dyn Randomness,
    ) -> Result<(), StateError> {
        let sealed = self.seal_external_id(name, agreement, random)?;
        let document = agreement.document();
        let event = Event::ConnectionChanged { connection: name.text(), agreement: document.hash() };
        let doing = "change a connection in";
        let make = |change: &Transaction<'_>| {
            if !is_there(change, name)? {
                return Err(StateError::NoConnection(name.to_string()));
            }
            let select = "SELECT created FROM connections WHERE name = ?1";
            let created: String = change.query_row(select, [name.as_str()], |row| row.get(0)).asking(doing)?;
            delete(change, name).asking(doing)?;
            insert(change, name, agreement, &sealed, &created).asking(doing)?;
            keep_in(change, &[document])
        };
        self.record(&[by.draft(event)], random, doing, make).map(drop)
    }

    /// Keeps what a verification found, in place of what the one before did. `differences` are those of the role from what was published, in words.
    ///
    /// # Errors
    /// [`StateError::NoConnection`] when none has that name.
    pub fn keep_verification(
        &mut self,
        name: &ConnectionName,
        verification: &Verification,
        differences: &[String],
        by: &By,
        random: &dyn Randomness,
    ) -> Result<(), StateError> {
        let doing = "keep a verification in";
        self.note_verification(name, Some(verification), differences, by, random, |change| verify(change, name, verification).asking(doing))
    }

    /// Forgets what was found of a connection: it is not proved any more, and why.
    ///
    /// # Errors
    /// [`StateError::NoConnection`] when none has that name.
    pub fn forget_verification(&mut self, name: &ConnectionName, why: &str, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "forget a verification in";
        self.note_verification(name, None, &[why.to_owned()], by, random, |change| forget(change, name).asking(doing))
    }

    fn note_verification(
        &mut self,
        name: &ConnectionName,
        verification: Option<&Verification>,
        differences: &[String],
        by: &By,
        random: &dyn Randomness,
        make: impl FnOnce(&Transaction<'_>) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let held = self.connection(name)?.ok_or_else(|| StateError::NoConnection(name.to_string()))?;
        let (event, document) = verified(&name.text(), &held.agreement, verification, differences);
        let make = |change: &Transaction<'_>| {
            make(change)?;
            keep_in(change, &[document])
        };
        self.record(&[by.draft(event)], random, "keep a verification in", make).map(drop)
    }

    /// Forgets a connection with all that belongs to it. What the ledger says of it stays.
    ///
    /// # Errors
    /// [`StateError::NoConnection`] when none has that name.
    pub fn remove_connection(&mut self, name: &ConnectionName, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let doing = "remove a connection from";
        let event = Event::ConnectionRemoved { connection: name.text() };
        let make = |change: &Transaction<'_>| match delete(change, name).asking(doing)? {
            0 => Err(StateError::NoConnection(name.to_string())),
            _ => Ok(()),
        };
        self.record(&[by.draft(event)], random, doing, make).map(drop)
    }

    fn seal_external_id(&self, name: &ConnectionName, agreement: &Agreement, random: &dyn Randomness) -> Result<Vec<u8>, StateError> {
        let sealed = self.key.seal(external_id_of(name), agreement.external_id.reveal().as_bytes(), random).map_err(KeyError::from)?;
        Ok(sealed.as_bytes().to_vec())
    }
}

fn is_there(change: &Transaction<'_>, name: &ConnectionName) -> Result<bool, StateError> {
    let select = "SELECT EXISTS (SELECT 1 FROM connections WHERE name = ?1)";
    change.query_row(select, [name.as_str()], |row| row.get(0)).asking("read")
}

/// All that belongs to it goes with it: the tables say so.
fn delete(change: &Transaction<'_>, name: &ConnectionName) -> rusqlite::Result<usize> {
    change.execute("DELETE FROM connections WHERE name = ?1", [name.as_str()])
}

fn insert(change: &Transaction<'_>, name: &ConnectionName, agreement: &Agreement, sealed: &[u8], created: &str) -> rusqlite::Result<()> {
    let connection = &agreement.connection;
    let report = connection.report.as_ref();
    let kind = match connection.kind {
        AccountKind::Payer => "payer",
        AccountKind::Member => "member",
    };
    let values = named_params! {
        ":name": name.as_str(),
        ":partition": connection.partition.as_str(),
        ":account": connection.account.as_str(),
        ":kind": kind,
        ":role": connection.role.as_str(),
        ":trusted": connection.trusted.as_str(),
        ":bucket": report.map(|report| report.bucket.as_str()),
        ":prefix": report.map(|report| report.prefix.as_str()),
        ":owner": report.map(|report| report.owner.as_str()),
        ":limited": matches!(connection.regions, Regions::Only(_)),
        ":external_id": sealed,
        ":version": agreement.policy_version,
        ":created": created,
    };
    change.execute(INSERT, values)?;
    if let Regions::Only(regions) = &connection.regions {
        for region in regions {
            let insert = "INSERT INTO connection_regions (connection, region) VALUES (?1, ?2)";
            change.execute(insert, (name.as_str(), region.as_str()))?;
        }
    }
    for tier in agreement.selection.tiers() {
        change.execute("INSERT INTO connection_tiers (connection, tier) VALUES (?1, ?2)", (name.as_str(), tier.as_str()))?;
    }
    for (capability, on) in agreement.selection.switches() {
        let insert = "INSERT INTO connection_switches (connection, capability, is_on) VALUES (?1, ?2, ?3)";
        change.execute(insert, (name.as_str(), capability, on))?;
    }
    Ok(())
}

fn forget(change: &Transaction<'_>, name: &ConnectionName) -> rusqlite::Result<()> {
    change.execute("UPDATE connections SET verified = NULL WHERE name = ?1", [name.as_str()])?;
    change.execute("DELETE FROM findings WHERE connection = ?1", [name.as_str()]).map(drop)
}

fn verify(change: &Transaction<'_>, name: &ConnectionName, verification: &Verification) -> rusqlite::Result<()> {
    forget(change, name)?;
    change.execute("UPDATE connections SET verified = ?2 WHERE name = ?1", (name.as_str(), verification.at.to_string()))?;
    for (capability, finding) in verification.findings() {
        let insert = "INSERT INTO findings (connection, capability, verdict, note) VALUES (?1, ?2, ?3, ?4)";
        change.execute(insert, (name.as_str(), capability, finding.verdict.as_str(), finding.note()))?;
    }
    Ok(())
}
