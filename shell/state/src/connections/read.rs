//! Connections read back. What no version of the program writes is refused by the name of its column, never guessed.

use super::write::external_id_of;
use super::{Agreement, ConnectionName, Finding, StoredConnection, Verdict, Verification};
use crate::error::{Asking as _, StateError};
use crate::seal::Sealed;
use crate::state::View;
use rusqlite::{Connection as Database, OptionalExtension as _, Row};
use std::collections::BTreeSet;
use std::str::FromStr;
use tenor_permit::{AccountKind, Capability, Connection, ExternalId, Regions, Report, Selection};

/// A row of the table, as it is.
struct Record {
    name: String,
    partition: String,
    account: String,
    kind: String,
    role: String,
    trusted: String,
    report: [Option<String>; 3],
    regions_limited: bool,
    external_id: Vec<u8>,
    policy_version: u32,
    created: String,
    verified: Option<String>,
}

const COLUMNS: &str = "name, partition, account, account_kind, role, trusted_principal, report_bucket, report_prefix, report_owner,
    regions_limited, external_id, policy_version, created, verified";

impl View {
    /// All connections, by name.
    ///
    /// # Errors
    /// When one cannot be read or its External ID does not open.
    pub fn connections(&self) -> Result<Vec<StoredConnection>, StateError> {
        // One moment of the database for all the tables.
        let moment = self.db.unchecked_transaction().asking("read")?;
        let mut rows = moment.prepare(&format!("SELECT {COLUMNS} FROM connections ORDER BY name")).asking("read")?;
        let records = rows.query_map([], record).asking("read")?.collect::<Result<Vec<_>, _>>().asking("read")?;
        records.into_iter().map(|record| self.understood(&moment, record)).collect()
    }

    /// The connection of that name, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or its External ID does not open.
    pub fn connection(&self, name: &ConnectionName) -> Result<Option<StoredConnection>, StateError> {
        let moment = self.db.unchecked_transaction().asking("read")?;
        let select = format!("SELECT {COLUMNS} FROM connections WHERE name = ?1");
        let record = moment.query_row(&select, [name.as_str()], record).optional().asking("read")?;
        record.map(|record| self.understood(&moment, record)).transpose()
    }

    fn understood(&self, moment: &Database, record: Record) -> Result<StoredConnection, StateError> {
        let name: ConnectionName = parsed("the name of a connection", &record.name)?;
        let of = |what: &str| format!("the {what} of connection `{name}`");
        let report = match record.report {
            [Some(bucket), Some(prefix), Some(owner)] => Some(Report {
                bucket: parsed(&of("bucket"), &bucket)?,
                prefix: parsed(&of("key prefix"), &prefix)?,
                owner: parsed(&of("bucket's owner"), &owner)?,
            }),
            _ => None,
        };
        let regions = texts(moment, "SELECT region, NULL, NULL FROM connection_regions WHERE connection = ?1", &name)?;
        let regions = regions.iter().map(|[region, ..]| parsed(&of("region"), region)).collect::<Result<BTreeSet<_>, _>>()?;
        let connection = Connection {
            partition: parsed(&of("partition"), &record.partition)?,
            account: parsed(&of("account"), &record.account)?,
            kind: if record.kind == "payer" { AccountKind::Payer } else { AccountKind::Member },
            role: parsed(&of("role"), &record.role)?,
            trusted: parsed(&of("trusted principal"), &record.trusted)?,
            report,
            regions: if record.regions_limited { Regions::Only(regions) } else { Regions::All },
        };
        let external_id = self.external_id(&name, record.external_id)?;
        let selection = selection(moment, &name)?;
        let agreement = Agreement { connection, selection, external_id, policy_version: record.policy_version };
        let created = parsed(&of("making"), &record.created)?;
        let verified = record.verified.map(|at| verification(moment, &name, &at)).transpose()?;
        Ok(StoredConnection { name, agreement, created, verified })
    }

    fn external_id(&self, name: &ConnectionName, sealed: Vec<u8>) -> Result<ExternalId, StateError> {
        let place = external_id_of(name);
        let opened = self.key.open(place, &Sealed::from_bytes(sealed));
        let opened = opened.map_err(|source| StateError::Sealed { place: place.to_string(), source })?;
        let digits = String::from_utf8(opened).ok().and_then(|text| text.parse().ok());
        // It opened, so we sealed it. What it is stays hidden all the same.
        digits.ok_or_else(|| StateError::Value { what: place.to_string(), value: "(hidden)".to_owned() })
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        name: row.get(0)?,
        partition: row.get(1)?,
        account: row.get(2)?,
        kind: row.get(3)?,
        role: row.get(4)?,
        trusted: row.get(5)?,
        report: [row.get(6)?, row.get(7)?, row.get(8)?],
        regions_limited: row.get(9)?,
        external_id: row.get(10)?,
        policy_version: row.get(11)?,
        created: row.get(12)?,
        verified: row.get(13)?,
    })
}

fn selection(moment: &Database, name: &ConnectionName) -> Result<Selection, StateError> {
    let tiers = texts(moment, "SELECT tier, NULL, NULL FROM connection_tiers WHERE connection = ?1", name)?;
    let what = format!("a tier of connection `{name}`");
    let tiers = tiers.iter().map(|[tier, ..]| parsed(&what, tier)).collect::<Result<Vec<_>, _>>()?;
    let select = "SELECT capability, CAST(is_on AS TEXT), NULL FROM connection_switches WHERE connection = ?1";
    texts(moment, select, name)?.into_iter().try_fold(Selection::of(tiers), |made, [capability, on, _]| {
        let unknown = |_| StateError::Value { what: format!("a switch of connection `{name}`"), value: capability.clone() };
        made.switch(&capability, on == "1").map_err(unknown)
    })
}

fn verification(moment: &Database, name: &ConnectionName, at: &str) -> Result<Verification, StateError> {
    let mut verification = Verification::new(parsed(&format!("the verification of connection `{name}`"), at)?);
    for [capability, verdict, note] in texts(moment, "SELECT capability, verdict, note FROM findings WHERE connection = ?1", name)? {
        let unreadable =
            |what: &str, value: &str| StateError::Value { what: format!("{what} of connection `{name}`"), value: value.to_owned() };
        let known = Capability::find(&capability).ok_or_else(|| unreadable("a finding", &capability))?;
        let verdict = Verdict::ALL.into_iter().find(|known| known.as_str() == verdict).ok_or_else(|| unreadable("a verdict", &verdict))?;
        verification.note(known, Finding::new(verdict, &note));
    }
    Ok(verification)
}

/// The texts that a question of three columns gives for a connection; a null is empty.
fn texts(moment: &Database, select: &str, name: &ConnectionName) -> Result<Vec<[String; 3]>, StateError> {
    let mut rows = moment.prepare(select).asking("read")?;
    let text = |row: &Row<'_>, at| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
    let all = rows.query_map([name.as_str()], |row| Ok([text(row, 0)?, text(row, 1)?, text(row, 2)?])).asking("read")?;
    all.collect::<Result<_, _>>().asking("read")
}

fn parsed<T: FromStr>(what: &str, text: &str) -> Result<T, StateError> {
    text.parse().map_err(|_| StateError::Value { what: what.to_owned(), value: text.to_owned() })
}
