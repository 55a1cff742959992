//! The database of a home: opened by its one writer, or looked at by any number of readers.

use crate::error::{Asking as _, StateError};
use crate::folder;
use crate::key::{Key, KeyError};
use crate::lease::Lease;
use crate::ledger::{mark, seal_head};
use crate::migrate::{self, MIGRATIONS, Migration};
use crate::random::Randomness;
use crate::seal::{Place, Sealed};
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tenor_ledger::Head;

/// How long SQLite itself waits for a lock; there is one only while the file is recovered after a crash, or closed.
const BUSY_WAIT: Duration = Duration::from_secs(10);
/// What a key has to open.
const KEY_CHECK: &[u8] = b"tenor";
const KEY_CHECK_PLACE: Place<'static> = Place { column: "key_check.sealed", row: "1" };

/// The state of a home, for whoever holds its lease. What can be read of it is [`View`]'s.
#[derive(Debug)]
pub struct State {
    view: View,
    lease: Lease,
}

/// The state of a home, to be read: as it was when a question was asked, whatever a writer does meanwhile.
pub struct View {
    pub(crate) home: PathBuf,
    pub(crate) db: Connection,
    pub(crate) key: Key,
}

impl State {
    /// Opens the state for writing: makes it if there is none, checks it, and brings it up to date.
    ///
    /// # Errors
    /// When the file is damaged, foreign or a newer Tenor's, when a migration is not what it was, when the key is not the one that the
    /// state was made with, and when the ledger does not end as was sealed. Nothing is changed then.
    pub fn open(lease: Lease, key: &Key, random: &dyn Randomness, now: Timestamp) -> Result<Self, StateError> {
        Self::open_with(MIGRATIONS, lease, key, random, now)
    }

    /// Looks at the state of a home without the right to write. Takes no lease and waits for no writer.
    ///
    /// # Errors
    /// When there is none yet, when it is not of this version of Tenor, damaged or foreign, and when the key is another. Whether the ledger is
    /// whole is not looked at, so that one that is not can still be verified and exported.
    pub fn look(home: &Path, key: &Key) -> Result<View, StateError> {
        Self::look_with(MIGRATIONS, home, key)
    }

    /// The lease that this writer holds.
    #[must_use]
    pub const fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(crate) fn open_with(
        migrations: &[Migration],
        lease: Lease,
        key: &Key,
        random: &dyn Randomness,
        now: Timestamp,
    ) -> Result<Self, StateError> {
        let path = folder::database(lease.home());
        folder::make_file(&path)?;
        let mut db = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let held = migrate::held(&db, &path, migrations)?;
        migrate::check(&db, &path, "quick_check")?;
        if held > 0 {
            check_key(&db, key)?;
        }
        // The file is ours, whole and opened by the key: below, only the disk can refuse, and the ledger.
        keep_log(&db, &path)?;
        if migrate::makes_ledger(migrations, held) {
            mark::begin(lease.home(), key)?;
        }
        migrate::migrate(&mut db, &path, migrations, now, |step| seal_head(step, key, &Head::EMPTY, random))?;
        let view = View { home: lease.home().to_owned(), db, key: key.clone() };
        let head = view.ledger_head()?;
        if !mark::read(lease.home(), key)?.is(&head) {
            // It died between an entry and its mark.
            mark::keep(lease.home(), key, &head)?;
        }
        let state = Self { view, lease };
        state.keep_key_check(random)?;
        folder::sync(&folder::folder(state.lease.home()))?;
        Ok(state)
    }

    pub(crate) fn look_with(migrations: &[Migration], home: &Path, key: &Key) -> Result<View, StateError> {
        let path = folder::database(home);
        let nothing = || StateError::Nothing { home: home.to_owned() };
        if !path.exists() {
            return Err(nothing());
        }
        let db = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let (held, known) = (migrate::held(&db, &path, migrations)?, migrations.len());
        if held == 0 {
            return Err(nothing());
        }
        if held < known {
            let number = |count| u32::try_from(count).expect("migrations are few");
            return Err(StateError::Older { held: number(held), known: number(known) });
        }
        check_key(&db, key)?;
        Ok(View { home: home.to_owned(), db, key: key.clone() })
    }

    /// Begins a change, which is undone unless it is committed.
    pub(crate) fn begin(&mut self) -> Result<Transaction<'_>, StateError> {
        self.view.db.transaction_with_behavior(TransactionBehavior::Immediate).asking("change")
    }

    /// A new database gets what the key is checked by; nothing is sealed in it yet.
    fn keep_key_check(&self, random: &dyn Randomness) -> Result<(), StateError> {
        let sealed = self.view.key.seal(KEY_CHECK_PLACE, KEY_CHECK, random).map_err(KeyError::from)?;
        let insert = "INSERT INTO key_check (id, sealed) VALUES (1, ?1) ON CONFLICT DO NOTHING";
        self.view.db.execute(insert, [sealed.as_bytes()]).asking("keep the key's check in").map(drop)
    }
}

impl Deref for State {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("home", &self.home).finish_non_exhaustive()
    }
}

/// Opens a file with the settings that hold for every connection; none of them changes the file.
pub(crate) fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StateError> {
    let settings = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
        PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;";
    let open = || {
        let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(BUSY_WAIT)?;
        // Nobody who changed the file's schema gets code to run, and nobody here writes to the schema by hand.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        db.execute_batch(settings)?;
        Ok(db)
    };
    open().map_err(|error| migrate::unreadable(error, path))
}

/// From here on, changes go to a log beside the file, which is what lets readers read meanwhile.
pub(crate) fn keep_log(db: &Connection, path: &Path) -> Result<(), StateError> {
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).asking("open")?;
    if mode == "wal" { Ok(()) } else { Err(StateError::NoLog { path: path.to_owned() }) }
}

/// Whether the key is the one that this database was made with.
pub(crate) fn check_key(db: &Connection, key: &Key) -> Result<(), StateError> {
    let select = "SELECT sealed FROM key_check";
    let Some(sealed) = db.query_row(select, [], |row| row.get(0)).optional().asking("read the key's check of")? else {
        // It died right after it was made. Anything sealed since would have its own check.
        let sealed: i64 = db.query_row("SELECT count(*) FROM connections", [], |row| row.get(0)).asking("read")?;
        return if sealed == 0 { Ok(()) } else { Err(StateError::WrongKey) };
    };
    match key.open(KEY_CHECK_PLACE, &Sealed::from_bytes(sealed)) {
        Ok(text) if text == KEY_CHECK => Ok(()),
        _ => Err(StateError::WrongKey),
    }
}
