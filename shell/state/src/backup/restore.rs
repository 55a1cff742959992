//! A backup restored: opened, checked and brought up to date in a home within the home, and put in place only when it is whole and stopped.

use super::contents::{self, Contents};
use super::staging::Staging;
use super::{BackupError, check, open_file};
use crate::by::By;
use crate::error::{Asking as _, Doing as _, StateError};
use crate::folder;
use crate::halt::{halt, halted};
use crate::key::Key;
use crate::lease::{Claim, Lease};
use crate::ledger::{self, mark};
use crate::migrate::{self, MIGRATIONS};
use crate::random::Randomness;
use crate::state::{State, connect};
use crate::users::{Ended, end_all, token_prefixes};
use jiff::Timestamp;
use rusqlite::OpenFlags;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tenor_ledger::{ContentHash, Event, Head, Text};

/// How the reason begins for which a restored home is stopped.
const RESTORED: &str = "restored from a backup";
/// What is to be done before anything is sent.
const SINCE: &str = "what was bought, rejected, stopped, revoked or tightened since is not known here: reconcile the orders with AWS, revoke keys and set the terms again, then tenor resume";
/// What stands before the reason that there was already.
const BEFORE: &str = "; it was stopped before: ";

/// Who restores, and with what.
pub struct Restoring<'a> {
    /// The key of the home that the backup is of.
    pub key: &'a Key,
    /// The version of this Tenor, for a ledger that begins only now.
    pub version: &'a Text,
    /// Who, and when.
    pub by: &'a By,
    /// What seals.
    pub random: &'a dyn Randomness,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// SHA-256 of the backup's file.
    pub backup: ContentHash,
    /// As of when it was made, where it says that.
    pub made: Option<Timestamp>,
    /// Where its ledger ended.
    pub head: Head,
    /// Files of the home that were in it.
    pub files: usize,
    /// Why nothing is sent now.
    pub stopped: Text,
    /// What let somebody in, and does so no more.
    pub ended: Ended,
}

/// Restores a backup into a home that has no state. It is whole, checked, up to date and **stopped** before it is there: what was bought, rejected,
/// stopped, revoked or set since the backup was made, nothing in it tells. So sessions, links and tokens are ended in it: one that was ended since would
/// let somebody in again. Users stay, as they were. That it was restored, is stopped, and accepts its tokens no more are the last entries of its ledger.
///
/// # Errors
/// When the home has state, when the key is not the one that the backup was made with, when the backup, its ledger or a document is not what was
/// written, when a newer Tenor made it, when a file of it would take the place of another, and when the disk refuses. The home is left without state
/// then; it may be stopped, and may have files of the backup.
pub fn restore(lease: &Lease, backup: &Path, with: &Restoring<'_>) -> Result<Restored, StateError> {
    let failed = |source| StateError::Backup { doing: "restore", path: backup.to_owned(), source };
    let home = lease.home();
    if has_database(home) {
        return Err(failed(BackupError::NotEmpty { home: home.to_owned() }));
    }
    let staging = Staging::begin(home, "restore.tmp")?;
    let copy = staging.database();
    let hash = open_file(with.key, backup, &copy).map_err(failed)?;
    check(&copy, with.key)?;
    let contents = contents::take(&copy, &staging.home().join("files"), backup)?;
    contents.check(home, failed)?;
    mark_copy(staging.home(), &copy, with.key)?;
    let (head, stopped, ended) = bring_up(&staging, home, hash, &contents, with)?;
    File::open(&copy).and_then(|file| file.sync_all()).doing("sync", &copy)?;

    // Nothing below may refuse. The kill switch comes first, and the database last, each durable before the next: the database is never there without
    // the switch and its mark.
    halt(home, &stopped, with.by)?;
    folder::sync(home)?;
    contents.place(home)?;
    let folder = folder::folder(home);
    for path in [mark::file(staging.home()), copy] {
        let place = folder.join(path.file_name().expect("it is a file"));
        fs::rename(&path, &place).doing("put in place", &place)?;
        folder::sync(&folder)?;
    }
    let made = contents.about.as_ref().map(|about| about.made);
    Ok(Restored { backup: hash, made, head, files: contents.files(), stopped, ended })
}

/// Whether there is a database or what belongs to one.
fn has_database(home: &Path) -> bool {
    let database = folder::database(home);
    let with = |ending: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm", "-journal"].iter().any(|ending| with(ending).symlink_metadata().is_ok())
}

/// A restored ledger has come as far as it had in the backup. One from before there was a ledger gets its mark with it.
fn mark_copy(home: &Path, copy: &Path, key: &Key) -> Result<(), StateError> {
    let db = connect(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let held = migrate::held(&db, copy, MIGRATIONS)?;
    if migrate::makes_ledger(MIGRATIONS, held) { Ok(()) } else { mark::renew(home, key, &ledger::head(&db, key)?) }
}

/// Opens the copy as state, which brings it up to date; checks all that is recorded; ends what let somebody in, and records with it that it was restored
/// and is stopped.
fn bring_up(
    staging: &Staging,
    home: &Path,
    backup: ContentHash,
    contents: &Contents,
    with: &Restoring<'_>,
) -> Result<(Head, Text, Ended), StateError> {
    let Restoring { key, version, by, random } = *with;
    let lease = Lease::take(staging.home(), &Claim::of_this_process("tenor restore", Duration::ZERO), by.moment)?;
    let mut state = State::open(lease, key, random, by.moment)?;
    state.check_recorded()?;
    let head = state.ledger_head()?;
    // A ledger that is whole and says what cannot be is restored as well; nothing is decided by it.
    let recorded = state.book().ok().and_then(|book| book.stopped().cloned());
    let before = [halted(home)?.map(|why| Text::fitted(&why)), contents.about.as_ref().and_then(|about| about.stopped.clone()), recorded];
    let stopped = reason(contents.about.as_ref().map(|about| about.made), &before);
    state.begin_ledger(version, random, by.moment)?;
    let mut group = vec![by.draft(Event::Restored { backup }), by.draft(Event::KillSwitch { stopped: true, reason: stopped.clone() })];
    let revoked = token_prefixes(&state.db)?.into_iter().map(|prefix| Event::TokenRevoked { token: Text::fitted(&prefix) });
    group.extend(revoked.map(|event| by.draft(event)));
    let mut ended = Ended::default();
    state.record(&group, random, "end sessions, links and tokens in", |change| {
        ended = end_all(change)?;
        Ok(())
    })?;
    // All of it has to be in the one file that is put in place.
    let left: i64 = state.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).asking("write out")?;
    if left != 0 {
        return Err(StateError::Damaged { path: staging.database(), said: "another process has it open".to_owned() });
    }
    Ok((head, stopped, ended))
}

/// Why it is stopped, and why it was before: here, when the backup was made, and as the ledger tells.
fn reason(made: Option<Timestamp>, before: &[Option<Text>]) -> Text {
    let of = made.map_or_else(String::new, |made| format!(" of {made}"));
    let mut reasons: Vec<&str> = Vec::new();
    for why in before.iter().flatten().filter_map(|why| own_reason(why.as_str())) {
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    }
    let before = if reasons.is_empty() { String::new() } else { format!("{BEFORE}{}", reasons.join("; and: ")) };
    Text::fitted(&format!("{RESTORED}{of}, and {SINCE}{before}"))
}

/// Of a reason that an earlier restoring gave, what was the reason before that.
fn own_reason(why: &str) -> Option<&str> {
    if why.starts_with(RESTORED) { why.split_once(BEFORE).map(|(_, before)| before) } else { Some(why) }
}
