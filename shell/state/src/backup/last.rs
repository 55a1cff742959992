//! The last backup of a home, as files beside the database: whoever makes one needs no lease, so the next writer records it in the ledger.

use super::BackedUp;
use crate::by::By;
use crate::error::{Doing as _, StateError};
use crate::folder;
use crate::random::Randomness;
use crate::state::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tenor_ledger::{Actor, ContentHash, Event, Moment};

/// The last backup that is recorded.
const RECORDED: &str = "backed-up";
/// One that the ledger does not tell of yet, followed by its hash: each has a file of its own, so that none takes another's place.
const NEW: &str = "backed-up.new.";
/// One that is being noted, followed by its hash.
const PART: &str = "backed-up.part.";

/// The last backup that was made of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBackup {
    /// As of when.
    pub made: Timestamp,
    /// Who made it.
    pub actor: Actor,
    /// SHA-256 of its file.
    pub backup: ContentHash,
    /// Where it was written to; it may be elsewhere now.
    pub path: String,
}

/// As it is written: a JSON object in one line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    made: Moment,
    actor: Actor,
    backup: ContentHash,
    path: String,
}

/// Notes beside the database that a backup was made, durably. Takes no lease.
///
/// # Errors
/// When that cannot be written.
pub fn note_backed_up(home: &Path, made: &BackedUp, by: &By) -> Result<(), StateError> {
    let folder = folder::folder(home);
    let path = std::path::absolute(&made.path).unwrap_or_else(|_| made.path.clone());
    let note = Note { made: Moment(made.made), actor: by.actor.clone(), backup: made.backup, path: path.display().to_string() };
    let line = serde_json::to_string(&note).expect("members are texts") + "\n";
    let (part, place) = (folder.join(format!("{PART}{}", made.backup)), folder.join(format!("{NEW}{}", made.backup)));
    folder::remove(&part)?;
    folder::new_file(&part).and_then(|mut new| new.write_all(line.as_bytes()).and_then(|()| new.sync_all())).doing("write", &part)?;
    fs::rename(&part, &place).doing("write", &place)?;
    folder::sync(&folder)
}

/// The last backup of a home, if one is known of.
///
/// # Errors
/// When that cannot be read.
pub fn last_backup(home: &Path) -> Result<Option<LastBackup>, StateError> {
    let mut all = Vec::new();
    for path in notes(home)? {
        all.push(read(&path)?);
    }
    // Last, for a note that a writer renames meanwhile.
    all.push(read(&folder::folder(home).join(RECORDED))?);
    Ok(all.into_iter().flatten().max_by_key(|one| one.made))
}

impl State {
    /// Records the backups that were made while somebody else wrote. A crash, or a name that cannot be changed, between a record and the note's
    /// new name lets one be recorded twice.
    ///
    /// # Errors
    /// As [`append`](Self::append), and when a note cannot be read or renamed. One that says nothing of a backup is an error as well: it stays as it is,
    /// and all others are recorded.
    pub fn note_backup(&mut self, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let (mut told, mut silent) = (Vec::new(), None);
        for path in notes(&self.home)? {
            match read(&path)? {
                Some(note) => told.push((note.made, note, path)),
                None => silent = Some(path),
            }
        }
        told.sort_by_key(|(made, ..)| *made);
        for (_, note, path) in told {
            self.record_backup(&note, &path, by, random)?;
        }
        match silent {
            Some(path) => Err(io::Error::new(io::ErrorKind::InvalidData, "it says nothing of a backup")).doing("read", &path),
            None => Ok(()),
        }
    }

    fn record_backup(&mut self, note: &LastBackup, path: &Path, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let folder = folder::folder(&self.home);
        let recorded = folder.join(RECORDED);
        let by = By { actor: note.actor.clone(), moment: by.moment };
        self.append(&[by.draft(Event::BackedUp { backup: note.backup })], random)?;
        if read(&recorded)?.is_some_and(|last| last.made > note.made) {
            folder::remove(path)?;
        } else {
            fs::rename(path, &recorded).doing("write", &recorded)?;
        }
        folder::sync(&folder)
    }
}

/// The notes that the ledger does not tell of yet.
fn notes(home: &Path) -> Result<Vec<PathBuf>, StateError> {
    let folder = folder::folder(home);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.doing("list", &folder)?,
    };
    let mut notes = Vec::new();
    for entry in entries {
        let entry = entry.doing("list", &folder)?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(NEW)) {
            notes.push(entry.path());
        }
    }
    notes.sort();
    Ok(notes)
}

/// What a note says; nothing when it is not there, or says nothing of a backup.
fn read(path: &Path) -> Result<Option<LastBackup>, StateError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.doing("read", path)?,
    };
    let note = serde_json::from_slice::<Note>(&bytes).ok();
    Ok(note.map(|Note { made: Moment(made), actor, backup, path }| LastBackup { made, actor, backup, path }))
}
