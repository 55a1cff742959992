//! What a home remembers, under everything that can happen to it.

mod access;
mod answers;
mod backup;
mod connections;
mod costs;
mod crash;
mod documents;
mod halts;
mod jobs;
mod keys;
mod leases;
mod ledger;
mod long;
mod opening;
mod outbox;
mod recorded;
mod users;
mod views;

use crate::{Agreement, By, Claim, ConnectionName, Key, Lease, NoRandomness, Randomness, Restored, Restoring, State, StateError, restore};
use jiff::Timestamp;
use std::cell::Cell;
use std::error::Error as _;
use std::path::Path;
use std::time::Duration;
use tenor_ledger::{Actor, Text};
use tenor_permit::{AccountKind, Connection, ExternalId, Partition, Regions, Report, Selection, Tier};

/// Random bytes that a test can foretell, never the same twice.
pub(crate) struct Counting(Cell<u64>);

impl Counting {
    pub(crate) fn new() -> Self {
        Self(Cell::new(1))
    }
}

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in bytes.chunks_mut(8) {
            self.0.set(self.0.get() + 1);
            chunk.copy_from_slice(&self.0.get().to_be_bytes()[8 - chunk.len()..]);
        }
        Ok(())
    }
}

/// A system without random bytes.
pub(crate) struct NoBytes;

impl Randomness for NoBytes {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
        Err(NoRandomness)
    }
}

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn key() -> Key {
    Key::new(&[7; 32])
}

fn claim() -> Claim {
    Claim { pid: 4711, host: "tenor-1".to_owned(), command: "tenor serve".to_owned(), wait: Duration::ZERO }
}

fn by() -> By {
    By::system(now())
}

fn lease(home: &Path) -> Lease {
    Lease::take(home, &claim(), now()).unwrap()
}

fn try_open(home: &Path) -> Result<State, StateError> {
    State::open(lease(home), &key(), &Counting::new(), now())
}

fn open(home: &Path) -> State {
    try_open(home).unwrap()
}

/// A home that keeps no files.
fn no_files() -> Result<Vec<String>, StateError> {
    Ok(Vec::new())
}

/// Restored by somebody.
fn restored(lease: &Lease, backup: &Path, key: &Key) -> Result<Restored, StateError> {
    let (by, version) = (By { actor: Actor::Operator { name: Text::fitted("ann@desk") }, moment: now() }, Text::fitted("0.1.0"));
    restore(lease, backup, &Restoring { key, version: &version, by: &by, random: &Counting::new() })
}

fn name(text: &str) -> ConnectionName {
    text.parse().unwrap()
}

/// An agreement with something in every field.
fn agreement() -> Agreement {
    let report = Report { bucket: "acme-cur".parse().unwrap(), prefix: "hourly/".parse().unwrap(), owner: "111122223333".parse().unwrap() };
    Agreement {
        connection: Connection {
            partition: Partition::Aws,
            account: "111122223333".parse().unwrap(),
            kind: AccountKind::Payer,
            role: "tenor".parse().unwrap(),
            trusted: "arn:aws:iam::444455556666:role/tenor".parse().unwrap(),
            report: Some(report),
            regions: Regions::Only(["eu-west-1", "us-east-1"].map(|region| region.parse().unwrap()).into()),
        },
        selection: Selection::of([Tier::Trial, Tier::Commitments]).switch("sp-return", false).unwrap(),
        external_id: ExternalId::from_random(*b"0123456789abcdef"),
        policy_version: 1,
    }
}

/// An agreement with as little as there can be.
fn bare_agreement() -> Agreement {
    let whole = agreement();
    let connection = Connection { kind: AccountKind::Member, report: None, regions: Regions::Only([].into()), ..whole.connection };
    Agreement { connection, selection: Selection::default(), external_id: ExternalId::from_random([9; 16]), policy_version: 2 }
}

/// An error with all its causes and what to do.
fn told(error: &StateError) -> String {
    let (mut told, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    format!("{told}\nhint: {}", error.hint())
}

/// The same without the folder of this run.
fn told_of<T: std::fmt::Debug>(home: &Path, result: Result<T, StateError>) -> String {
    told(&result.unwrap_err()).replace(home.to_str().unwrap(), "HOME")
}

/// Every row of every table, in order.
fn dump(state: &crate::View) -> String {
    let mut all = String::new();
    let select = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let tables = state.db.prepare(select).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
    for table in tables {
        let mut rows = state.db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let values =
            |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at)).collect::<Result<Vec<_>, _>>();
        for row in rows.query_map([], values).unwrap() {
            all += &format!("{table} {:?}\n", row.unwrap());
        }
    }
    all
}
