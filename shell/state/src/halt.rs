//! The kill switch: a file beside the database. While it is there, nothing may be sent to AWS that changes anything.
//!
//! It is set without the lease, so that it can be set while another process writes, and it is looked at right before each call. What cannot be
//! looked at counts as set. The ledger tells of it too: whoever opens the state for writing next records that it was set.
//!
//! That one order is to be stopped is a file of the same kind, until the ledger says so: who stops a running order need not wait for its run, and
//! nothing that dies forgets it.

use crate::by::By;
use crate::error::{Doing as _, StateError};
use crate::folder;
use crate::random::Randomness;
use crate::state::State;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tenor_ledger::{Actor, ContentHash, Ending, Event, OrderId, Text};
use tenor_order::Record;

/// The file is no longer.
const FILE_BYTES_MAX: u64 = 8_192;
/// What a file says that says nothing.
const NO_REASON: &str = "the file says not why";
/// How the name of a file begins that stops an order; its id follows.
const STOPPING: &str = "stopping.";
/// How the name of a file begins that is being taken back; the hash of what the ledger recorded of it follows.
const RELEASED: &str = "released.";
/// Tells apart what threads of this process write beside their places.
static PARTS: AtomicU64 = AtomicU64::new(0);

/// Why a home is stopped that nobody could look at.
pub(crate) const NOT_LOOKED_AT: &str = "nobody could look whether it was";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Halt {
    /// Who set it; none where the file does not say.
    actor: Option<Actor>,
    reason: Text,
    /// All that it says, by which one that was set again is another.
    line: String,
}

/// Sets the kill switch of a home, durably. Takes no lease and waits for nobody; one that is set gets the new reason.
///
/// # Errors
/// When the file cannot be written.
pub fn halt(home: &Path, reason: &Text, by: &By) -> Result<(), StateError> {
    folder::make(home)?;
    put(home, &file(home), &part("stopped"), reason, by)
}

/// Has nothing more of an order sent, durably, whoever writes and whatever runs. Takes no lease and waits for nobody; one that is set gets the new reason.
///
/// # Errors
/// When the file cannot be written.
pub fn stop_order(home: &Path, order: OrderId, reason: &Text, by: &By) -> Result<(), StateError> {
    folder::make(home)?;
    put(home, &order_file(home, order), &part(&format!("{STOPPING}part")), reason, by)
}

/// What is beside its place and sets nothing: a name that nobody else has.
fn part(beginning: &str) -> String {
    format!("{beginning}.{}.{}", std::process::id(), PARTS.fetch_add(1, Ordering::Relaxed))
}

/// Why an order is to be stopped that the ledger may not tell of yet; nothing when it is not.
///
/// # Errors
/// When that cannot be found out: nothing of it may be sent then either.
pub fn order_stopped(home: &Path, order: OrderId) -> Result<Option<String>, StateError> {
    Ok(read_order(home, order)?.map(|halt| halt.reason.to_string()))
}

/// Writes a line beside its place, and puts it there.
fn put(home: &Path, path: &Path, part: &str, reason: &Text, by: &By) -> Result<(), StateError> {
    let part = folder::folder(home).join(part);
    let actor = serde_json::to_string(&by.actor).expect("members are texts");
    let line = format!("{} {actor} {reason}\n", by.moment);
    folder::remove(&part)?;
    folder::new_file(&part).and_then(|mut new| new.write_all(line.as_bytes()).and_then(|()| new.sync_all())).doing("write", &part)?;
    fs::rename(&part, path).doing("set the stop", path)?;
    folder::sync(&folder::folder(home))
}

/// Why the kill switch of a home is set; nothing when it is not.
///
/// # Errors
/// When that cannot be found out: nothing may be sent then either.
pub fn halted(home: &Path) -> Result<Option<String>, StateError> {
    Ok(read(home)?.map(|halt| halt.reason.to_string()))
}

/// Takes the kill switch of a home back, durably, if its file still says what was recorded of it. That it was is for [`State::release`] to record; this is
/// only the file.
fn release(home: &Path, recorded: Option<&Halt>) -> Result<(), StateError> {
    let path = file(home);
    let again = || Err(StateError::SetAgain { path: path.clone() });
    if read(home)?.as_ref() != recorded {
        return again();
    }
    let Some(recorded) = recorded else { return Ok(()) };
    // Moved before it is removed: what was set between the look and this would be lost, and is put back; by the next writer, where this one dies.
    let aside = folder::folder(home).join(released(recorded));
    match fs::rename(&path, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return folder::sync(&folder::folder(home)),
        moved => moved.doing("move the stop", &path)?,
    }
    if !matches!(look(&aside), Ok(Some(halt)) if halt == *recorded) {
        // In the place of one that came meanwhile too: it is set either way.
        fs::rename(&aside, &path).doing("set the stop", &path)?;
        folder::sync(&folder::folder(home))?;
        return again();
    }
    folder::remove(&aside)?;
    folder::sync(&folder::folder(home))
}

/// The name of a file that says this, while it is taken back.
fn released(halt: &Halt) -> String {
    format!("{RELEASED}{}", ContentHash::sha256(halt.line.as_bytes()))
}

/// Sets again what was set while somebody took back another and died, and says whether there was such a one. Only who may write asks this: nobody else
/// takes anything back meanwhile.
fn put_back(home: &Path) -> Result<bool, StateError> {
    let (folder, path) = (folder::folder(home), file(home));
    let names = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name();
            names.extend(name.to_str().filter(|name| name.starts_with(RELEASED)).map(str::to_owned));
        }
        Ok(names)
    };
    let mut is_set = false;
    for name in names().map_err(|source| StateError::KillSwitch { path: folder.clone(), source })? {
        let aside = folder.join(&name);
        // What cannot be looked at may be another as well.
        if matches!(look(&aside), Ok(Some(halt)) if released(&halt) == name) {
            folder::remove(&aside)?;
        } else {
            fs::rename(&aside, &path).doing("set the stop", &path)?;
            is_set = true;
        }
        folder::sync(&folder)?;
    }
    Ok(is_set)
}

impl State {
    /// Sets the kill switch again where somebody died while they took another one back. Whoever may write asks this before anything else.
    ///
    /// # Errors
    /// When that cannot be told, or it cannot be set again: nothing may be sent then.
    pub fn put_halt_back(&self) -> Result<(), StateError> {
        put_back(&self.home).map(drop)
    }

    /// Records that the kill switch was set, unless the ledger says so already. Says whether it is set.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`append`](Self::append).
    pub fn note_halt(&mut self, by: &By, random: &dyn Randomness) -> Result<bool, StateError> {
        let Some(halt) = read(&self.home)? else { return Ok(false) };
        self.record_halt(&halt, by, random)?;
        Ok(true)
    }

    fn record_halt(&mut self, halt: &Halt, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        if self.book()?.stopped() == Some(&halt.reason) {
            return Ok(());
        }
        let by = By { actor: halt.actor.clone().unwrap_or_else(|| by.actor.clone()), moment: by.moment };
        self.append(&[by.draft(Event::KillSwitch { stopped: true, reason: halt.reason.clone() })], random).map(drop)
    }

    /// Records which orders are to be stopped, unless the ledger says so already, and takes their files away: first the ledger, then the file.
    ///
    /// # Errors
    /// When a file cannot be read or removed, and as [`append`](Self::append): what is not recorded keeps its file.
    pub fn note_stops(&mut self, by: &By, random: &dyn Randomness) -> Result<(), StateError> {
        let home = self.home.clone();
        let orders = stopping(&home)?;
        if orders.is_empty() {
            return Ok(());
        }
        let book = self.book()?;
        for order in orders {
            let Some(halt) = read_order(&home, order)? else { continue };
            // Of what is done there was nothing to stop; who died between the entry and the file left what is recorded already.
            let is_news =
                |record: &Record| !matches!(record.ended, Some((_, Ending::Done))) && record.stopping.as_ref() != Some(&halt.reason);
            if book.order(order).is_some_and(is_news) {
                let by = By { actor: halt.actor.unwrap_or_else(|| by.actor.clone()), moment: by.moment };
                self.append(&[by.draft(Event::OrderStopping { order, reason: halt.reason })], random)?;
            }
            folder::remove(&order_file(&home, order))?;
        }
        folder::sync(&folder::folder(&home))
    }

    /// Takes the kill switch back: first in the ledger, then the file. Says whether it was set in either. One that is set meanwhile stays: whoever takes
    /// it back has not heard of it.
    ///
    /// # Errors
    /// As [`append`](Self::append), [`StateError::SetAgain`], and when the file cannot be removed: then it is still set.
    pub fn release(&mut self, reason: &Text, by: &By, random: &dyn Randomness) -> Result<bool, StateError> {
        if put_back(&self.home)? {
            return Err(StateError::SetAgain { path: file(&self.home) });
        }
        let set = read(&self.home)?;
        match &set {
            Some(halt) => self.record_halt(halt, by, random)?,
            None if self.book()?.stopped().is_none() => return Ok(false),
            None => {}
        }
        self.append(&[by.draft(Event::KillSwitch { stopped: false, reason: reason.clone() })], random)?;
        let home = self.home.clone();
        release(&home, set.as_ref())?;
        Ok(true)
    }
}

fn read(home: &Path) -> Result<Option<Halt>, StateError> {
    let path = file(home);
    look(&path).map_err(|source| StateError::KillSwitch { path, source })
}

fn read_order(home: &Path, order: OrderId) -> Result<Option<Halt>, StateError> {
    let path = order_file(home, order);
    look(&path).map_err(|source| StateError::Stopping { path, source })
}

/// The orders of which a file says that they are to be stopped.
fn stopping(home: &Path) -> Result<Vec<OrderId>, StateError> {
    let folder = folder::folder(home);
    let names = || -> io::Result<Vec<OrderId>> {
        let mut orders = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name();
            // What was being written names no order.
            orders.extend(name.to_str().and_then(|name| name.strip_prefix(STOPPING)?.parse::<OrderId>().ok()));
        }
        orders.sort_unstable();
        Ok(orders)
    };
    names().map_err(|source| StateError::Stopping { path: folder.clone(), source })
}

fn look(path: &Path) -> io::Result<Option<Halt>> {
    // The name first: a link to nothing is something.
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(fs::File::open(path)?, FILE_BYTES_MAX), &mut bytes)?;
    Ok(Some(parse(&String::from_utf8_lossy(&bytes))))
}

/// Whatever it says, it is there.
fn parse(text: &str) -> Halt {
    let line = text.trim();
    let words = || {
        let (since, rest) = line.split_once(' ')?;
        since.parse::<jiff::Timestamp>().ok()?;
        let (actor, reason) = who(rest)?;
        Some(Halt { actor: Some(actor), reason: Text::fitted(reason), line: line.to_owned() })
    };
    let nothing = || Halt { actor: None, reason: Text::fitted(if line.is_empty() { NO_REASON } else { line }), line: line.to_owned() };
    words().unwrap_or_else(nothing)
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

fn order_file(home: &Path, order: OrderId) -> PathBuf {
    folder::folder(home).join(format!("{STOPPING}{order}"))
}
