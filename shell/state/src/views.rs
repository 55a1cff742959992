//! Views of one home that stay open between questions, for whoever asks many: opening one takes longer than most questions do.
//!
//! **Invariant:** each question sees the state as it is when it is asked. A view that is kept holds no transaction; it is opened anew when the
//! database or its log is another file than it was, and checked anew when anybody has written since.

use crate::error::{Asking as _, StateError};
use crate::folder;
use crate::key::Key;
use crate::migrate::{self, MIGRATIONS};
use crate::state::{State, View, check_key};
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// So many are kept; more are open while more ask at once.
const KEPT_MAX: usize = 8;

/// Views of a home, each lent to one question at a time.
pub struct Views {
    home: PathBuf,
    key: Key,
    idle: Mutex<Vec<Kept>>,
}

/// A view, and what it was when it was looked at last.
struct Kept {
    view: View,
    files: Files,
    /// SQLite's count of what others have written, as this connection sees it.
    version: i64,
}

/// Which files the database and its log are: device and inode.
type Files = [Option<(u64, u64)>; 2];

impl Views {
    /// Of a home, which its key opens. None is opened yet.
    #[must_use]
    pub fn new(home: PathBuf, key: Key) -> Self {
        Self { home, key, idle: Mutex::default() }
    }

    /// Asks the state as it is now.
    ///
    /// # Errors
    /// As [`State::look`], and as the question fails.
    pub fn ask<T>(&self, question: impl FnOnce(&View) -> Result<T, StateError>) -> Result<T, StateError> {
        let kept = match self.kept()? {
            Some(kept) => kept,
            None => self.open()?,
        };
        let answer = question(&kept.view);
        // What failed may have left a connection of no use.
        if answer.is_ok() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT_MAX {
                idle.push(kept);
            }
        }
        answer
    }

    /// One that is kept and still is what it was.
    fn kept(&self) -> Result<Option<Kept>, StateError> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut kept) = kept else { return Ok(None) };
            if kept.files != files(&self.home) {
                continue;
            }
            let version = version(&kept.view)?;
            if version != kept.version {
                self.check(&kept.view)?;
                kept.version = version;
            }
            return Ok(Some(kept));
        }
    }

    /// Another Tenor may have brought it up to a later version, or sealed it with another key.
    fn check(&self, view: &View) -> Result<(), StateError> {
        let held = migrate::held(&view.db, &folder::database(&self.home), MIGRATIONS)?;
        // It had all that this Tenor knows when it was opened, and none is ever taken back.
        if held < MIGRATIONS.len() {
            return Err(StateError::Nothing { home: self.home.clone() });
        }
        check_key(&view.db, &self.key)
    }

    fn open(&self) -> Result<Kept, StateError> {
        // In this order: what changes between two of these shows the next time.
        let files = files(&self.home);
        let view = State::look(&self.home, &self.key)?;
        let version = version(&view)?;
        self.check(&view)?;
        Ok(Kept { view, files, version })
    }
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Views").field("home", &self.home).finish_non_exhaustive()
    }
}

fn version(view: &View) -> Result<i64, StateError> {
    view.db.pragma_query_value(None, "data_version", |row| row.get(0)).asking("read")
}

fn files(home: &Path) -> Files {
    let database = folder::database(home);
    let mut log = database.clone().into_os_string();
    log.push("-wal");
    let which = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    [which(&database), which(Path::new(&log))]
}
