//! Numbered changes of the database's shape. Each is applied whole or not at all, once, and is the same text for ever after.

use crate::error::{Asking as _, StateError};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use std::path::Path;

/// What every database of Tenor has at its beginning, so that no other program's is taken for one: `TNOR`.
pub(crate) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"TNOR");

/// A change of shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// Its file's name without the ending; begins with its number.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) sql: &'static str,
}

/// All, in order; the first has number 1. What was released never changes.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001-connections", sql: include_str!("../migrations/0001-connections.sql") },
    Migration { name: "0002-ledger", sql: include_str!("../migrations/0002-ledger.sql") },
    Migration { name: "0003-documents", sql: include_str!("../migrations/0003-documents.sql") },
    Migration { name: "0004-users", sql: include_str!("../migrations/0004-users.sql") },
    Migration { name: "0005-answers", sql: include_str!("../migrations/0005-answers.sql") },
    Migration { name: "0006-jobs", sql: include_str!("../migrations/0006-jobs.sql") },
    Migration { name: "0007-identities", sql: include_str!("../migrations/0007-identities.sql") },
];

impl Migration {
    fn hash(&self) -> String {
        digest(&SHA256, self.sql.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// How many of these migrations the database has: 0 when it is new.
///
/// Refuses what is not Tenor's, what a newer one made, and a past that is not ours.
pub(crate) fn held(db: &Connection, path: &Path, migrations: &[Migration]) -> Result<usize, StateError> {
    let damaged = |said: String| StateError::Damaged { path: path.to_owned(), said };
    let id: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(|error| unreadable(error, path))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(|error| unreadable(error, path))?;
    match (id, tables) {
        (0, 0) => return Ok(0),
        (APPLICATION_ID, 0) => return Err(damaged("its tables are gone".to_owned())),
        (APPLICATION_ID, _) => {}
        _ => return Err(StateError::Foreign { path: path.to_owned() }),
    }
    let recorded = recorded(db).map_err(|error| unreadable(error, path))?;
    let known = u32::try_from(migrations.len()).expect("migrations are few");
    let last = recorded.last().map_or(0, |(number, _, _)| *number);
    if last > known {
        return Err(StateError::Newer { held: last, known });
    }
    for ((expected, migration), (number, name, hash)) in (1..).zip(migrations).zip(&recorded) {
        if *number != expected {
            return Err(damaged(format!("migration {expected} is not recorded, and {number} is")));
        }
        let (held, known) = (format!("{name} {hash}"), format!("{} {}", migration.name, migration.hash()));
        if held != known {
            return Err(StateError::Migration { number: expected, held, known });
        }
    }
    if recorded.is_empty() { Err(damaged("no migration is recorded".to_owned())) } else { Ok(recorded.len()) }
}

/// The migration that makes the ledger.
pub(crate) const LEDGER: &str = "0002-ledger";

/// Whether a database that has so many of these migrations has no ledger yet, and gets one.
pub(crate) fn makes_ledger(migrations: &[Migration], held: usize) -> bool {
    migrations.iter().skip(held).any(|migration| migration.name == LEDGER)
}

/// Applies what the database has not yet. A ledger is made together with what `seal` writes of its being empty.
pub(crate) fn migrate(
    db: &mut Connection,
    path: &Path,
    migrations: &[Migration],
    now: Timestamp,
    seal: impl Fn(&Transaction<'_>) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let held = held(db, path, migrations)?;
    for (number, migration) in (1_u32..).zip(migrations).skip(held) {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).asking("begin to migrate")?;
        step.execute_batch(migration.sql).asking("migrate")?;
        let values = (number, migration.name, migration.hash(), now.to_string());
        step.execute("INSERT INTO migrations (number, name, hash, applied) VALUES (?1, ?2, ?3, ?4)", values).asking("migrate")?;
        if migration.name == LEDGER {
            seal(&step)?;
        }
        step.pragma_update(None, "application_id", APPLICATION_ID).asking("migrate")?;
        step.commit().asking("migrate")?;
    }
    Ok(())
}

/// Looks at every page of the file; says what is wrong first of all.
pub(crate) fn check(db: &Connection, path: &Path, pragma: &'static str) -> Result<(), StateError> {
    let said: Option<String> =
        db.query_row(&format!("PRAGMA {pragma}(1)"), [], |row| row.get(0)).optional().map_err(|error| unreadable(error, path))?;
    match said.as_deref() {
        Some("ok") => Ok(()),
        said => Err(StateError::Damaged { path: path.to_owned(), said: said.unwrap_or("nothing can be told of it").to_owned() }),
    }
}

fn recorded(db: &Connection) -> rusqlite::Result<Vec<(u32, String, String)>> {
    let mut all = db.prepare("SELECT number, name, hash FROM migrations ORDER BY number")?;
    all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// What an error means when a file is looked at for the first time.
pub(crate) fn unreadable(error: rusqlite::Error, path: &Path) -> StateError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StateError::Foreign { path: path.to_owned() },
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => StateError::Damaged { path: path.to_owned(), said: error.to_string() },
        _ => StateError::Database { doing: "read", source: error },
    }
}
