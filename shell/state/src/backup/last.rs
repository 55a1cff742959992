//! The last backup of a home, as a file beside the database: whoever makes one needs no lease, so the next writer records it in the ledger.

use super::BackedUp;
use crate::by::By;
use crate::error::{Doing as _, StateError};
use crate::folder;
use crate::random::Randomness;
use crate::state::State;
use jiff::Timestamp;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use tenor_ledger::{Actor, ContentHash, Event, Text};

/// A backup that is recorded.
const RECORDED: &str = "backed-up";
/// One that the ledger does not tell of yet.
const NEW: &str = "backed-up.new";

/// The last backup that was made of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBackup {
    /// As of when.
    pub made: Timestamp,
    /// Who made it.
    pub who: Text,
    /// SHA-256 of its file.
    pub backup: ContentHash,
    /// Where it was written to; it may be elsewhere now.
    pub path: String,
}

/// Notes beside the database that a backup was made, durably. Takes no lease.
///
/// # Errors
/// When that cannot be written.
pub fn note_backed_up(home: &Path, made: &BackedUp, by: &By) -> Result<(), StateError> {
    let folder = folder::folder(home);
    let part = folder.join(format!("{NEW}.{}", std::process::id()));
    let who = by.who().replace(' ', "-");
    let path = std::path::absolute(&made.path).unwrap_or_else(|_| made.path.clone());
    let line = format!("{} {who} {} {}\n", made.made, made.backup, path.display());
    folder::remove(&part)?;
    folder::new_file(&part).and_then(|mut new| new.write_all(line.as_bytes()).and_then(|()| new.sync_all())).doing("write", &part)?;
    let place = folder.join(NEW);
    fs::rename(&part, &place).doing("write", &place)?;
    folder::sync(&folder)
}

/// The last backup of a home, if one is known of.
///
/// # Errors
/// When that cannot be read.
pub fn last_backup(home: &Path) -> Result<Option<LastBackup>, StateError> {
    match read(home, NEW)? {
        Some(new) => Ok(Some(new)),
        None => read(home, RECORDED),
    }
}

impl State {
    /// Records a backup that was made while somebody else wrote. A crash in the middle of it may record it twice.
    ///
    /// # Errors
    /// As [`append`](Self::append), and when the note cannot be read or renamed.
    pub fn note_backup(&mut self, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let folder = folder::folder(&self.home);
        let (new, recorded) = (folder.join(NEW), folder.join(RECORDED));
        if !new.exists() {
            return Ok(());
        }
        if let Some(last) = read(&self.home, NEW)? {
            let by = By { actor: Actor::Operator { name: last.who }, moment: by.moment };
            self.append(&[by.draft(Event::BackedUp { backup: last.backup })], random)?;
        }
        fs::rename(&new, &recorded).doing("write", &recorded)?;
        folder::sync(&folder)
    }
}

fn read(home: &Path, name: &str) -> Result<Option<LastBackup>, StateError> {
    let path = folder::folder(home).join(name);
    match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing("read", &path),
        // A line that says nothing of a backup tells of none.
        Ok(bytes) => Ok(parse(&String::from_utf8_lossy(&bytes))),
    }
}

fn parse(text: &str) -> Option<LastBackup> {
    let mut words = text.strip_suffix('\n')?.splitn(4, ' ');
    let (made, who, backup, path) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(LastBackup { made: made.parse().ok()?, who: Text::fitted(who), backup: backup.parse().ok()?, path: path.to_owned() })
}
