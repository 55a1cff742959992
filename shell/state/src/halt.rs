//! The kill switch: a file beside the database. While it is there, nothing may be sent to AWS that changes anything.
//!
//! It is set without the lease, so that it can be set while another process writes, and it is looked at right before each call. What cannot be
//! looked at counts as set. The ledger tells of it too: whoever opens the state for writing next records that it was set.

use crate::by::By;
use crate::error::{Doing as _, StateError};
use crate::folder;
use crate::random::Randomness;
use crate::state::State;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tenor_ledger::{Actor, Event, Text};

/// The file is no longer.
const FILE_BYTES_MAX: u64 = 8_192;
/// What a file says that says nothing.
const NO_REASON: &str = "the file says not why";

/// Why a home is stopped that nobody could look at.
pub(crate) const NOT_LOOKED_AT: &str = "nobody could look whether it was";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Halt {
    /// Who set it; none where the file does not say.
    actor: Option<Actor>,
    reason: Text,
}

/// Sets the kill switch of a home, durably. Takes no lease and waits for nobody; one that is set gets the new reason.
///
/// # Errors
/// When the file cannot be written.
pub fn halt(home: &Path, reason: &Text, by: &By) -> Result<(), StateError> {
    folder::make(home)?;
    let (path, part) = (file(home), folder::folder(home).join(format!("stopped.{}", std::process::id())));
    let actor = serde_json::to_string(&by.actor).expect("members are texts");
    let line = format!("{} {actor} {reason}\n", by.moment);
    folder::remove(&part)?;
    folder::new_file(&part).and_then(|mut new| new.write_all(line.as_bytes()).and_then(|()| new.sync_all())).doing("write", &part)?;
    fs::rename(&part, &path).doing("set the kill switch", &path)?;
    folder::sync(&folder::folder(home))
}

/// Why the kill switch of a home is set; nothing when it is not.
///
/// # Errors
/// When that cannot be found out: nothing may be sent then either.
pub fn halted(home: &Path) -> Result<Option<String>, StateError> {
    Ok(read(home)?.map(|halt| halt.reason.to_string()))
}

/// Takes the kill switch of a home back, durably. That it was is for [`State::release`] to record; this is only the file.
fn release(home: &Path) -> Result<(), StateError> {
    folder::remove(&file(home))?;
    folder::sync(&folder::folder(home))
}

impl State {
    /// Records that the kill switch was set, unless the ledger says so already. Says whether it is set.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`append`](Self::append).
    pub fn note_halt(&mut self, by: &By, random: &dyn Randomness) -> Result<bool, StateError> {
        let Some(halt) = read(&self.home)? else { return Ok(false) };
        if self.book()?.stopped() != Some(&halt.reason) {
            let by = By { actor: halt.actor.unwrap_or_else(|| by.actor.clone()), moment: by.moment };
            self.append(&[by.draft(Event::KillSwitch { stopped: true, reason: halt.reason })], random)?;
        }
        Ok(true)
    }

    /// Takes the kill switch back: first in the ledger, then the file. Says whether it was set in either.
    ///
    /// # Errors
    /// As [`append`](Self::append), and when the file cannot be removed: then it is still set.
    pub fn release(&mut self, reason: &Text, by: &By, random: &dyn Randomness) -> Result<bool, StateError> {
        let is_set = self.note_halt(by, random)?;
        if !is_set && self.book()?.stopped().is_none() {
            return Ok(false);
        }
        self.append(&[by.draft(Event::KillSwitch { stopped: false, reason: reason.clone() })], random)?;
        let home = self.home.clone();
        release(&home)?;
        Ok(true)
    }
}

fn read(home: &Path) -> Result<Option<Halt>, StateError> {
    let path = file(home);
    let unreadable = |source| StateError::KillSwitch { path: path.clone(), source };
    // The name first: a link to nothing is something.
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(_) => {}
    }
    let bytes = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(fs::File::open(&path)?, FILE_BYTES_MAX), &mut bytes)?;
        Ok(bytes)
    };
    let bytes = bytes().map_err(unreadable)?;
    Ok(Some(parse(&String::from_utf8_lossy(&bytes))))
}

/// Whatever it says, it is there.
fn parse(text: &str) -> Halt {
    let line = text.trim();
    let words = || {
        let (since, rest) = line.split_once(' ')?;
        since.parse::<jiff::Timestamp>().ok()?;
        let (actor, reason) = who(rest)?;
        Some(Halt { actor: Some(actor), reason: Text::fitted(reason) })
    };
    words().unwrap_or_else(|| Halt { actor: None, reason: Text::fitted(if line.is_empty() { NO_REASON } else { line }) })
}

/// Who, as the ledger writes it, and the rest; a word is of an older Tenor, or of a person, and names an operator.
fn who(text: &str) -> Option<(Actor, &str)> {
    let mut actors = serde_json::Deserializer::from_str(text).into_iter::<Actor>();
    if let Some(Ok(actor)) = actors.next() {
        return Some((actor, text[actors.byte_offset()..].strip_prefix(' ')?));
    }
    let (name, reason) = text.split_once(' ')?;
    Some((Actor::Operator { name: Text::fitted(name) }, reason))
}

fn file(home: &Path) -> PathBuf {
    folder::folder(home).join("stopped")
}
