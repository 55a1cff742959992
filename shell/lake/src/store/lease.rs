//! One writer at a time: a lock on `writer.lock` that ends with the process that holds it, however that ends.

use super::{Doing, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// Times that a lease without a holder's name is asked for again, and how long that takes each time: a tenth of a second in all.
const LOOKS_MAX: u32 = 100;
const LOOK_TIME: Duration = Duration::from_millis(1);

/// What to do when another writer is at work.
#[derive(Clone, Copy)]
pub enum Wait<'a> {
    /// Wait for it to end, after telling who is waited for.
    Until(&'a (dyn Fn(&Holder) + Sync)),
    /// Give up at once.
    No,
}

/// Who holds the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id; 0 when it has not said so yet.
    pub pid: u32,
    /// When it took the lease, RFC 3339.
    pub since: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            0 => f.pad("a process that has just begun"),
            pid => write!(f, "process {pid}, since {}", self.since),
        }
    }
}

/// The right to write. Given up when dropped, and by the operating system when the process dies.
#[derive(Debug)]
pub(crate) struct Lease {
    file: File,
}

impl Lease {
    /// Takes the lease of the lake whose lock file this is.
    pub(crate) fn take(path: &Path, wait: Wait<'_>, clock: fn() -> Timestamp) -> Result<Self, StoreError> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.doing("open", path)?;
        match lock_past_a_look(&mut file) {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(error).doing("lock", path),
            Err(TryLockError::WouldBlock) => {
                let holder = read_holder(&mut file);
                match wait {
                    Wait::No => return Err(StoreError::Busy { holder }),
                    Wait::Until(told) => told(&holder),
                }
                file.lock().doing("lock", path)?;
            }
        }
        let mut lease = Self { file };
        // The signature is for people. The lock holds without it, and on a full disk the clean-up that makes room comes after.
        let _ = lease.sign(clock());
        Ok(lease)
    }

    fn sign(&mut self, now: Timestamp) -> std::io::Result<()> {
        let holder = Holder { pid: std::process::id(), since: now.to_string() };
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&serde_json::to_vec(&holder)?)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // An empty file says nothing wrong about the next holder; if it cannot be emptied, the next one overwrites it.
        let _ = self.file.set_len(0);
    }
}

/// Locks the file unless a writer has it.
///
/// Whoever looks whether the lease is free holds it for an instant and leaves no name; that is not worth giving up for.
fn lock_past_a_look(file: &mut File) -> Result<(), TryLockError> {
    for _ in 0..LOOKS_MAX {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if read_holder(file).pid == 0 => std::thread::sleep(LOOK_TIME),
            done => return done,
        }
    }
    file.try_lock()
}

/// Whether no writer is at work. What cannot be told counts as work.
pub(super) fn is_free(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => file.try_lock_shared().is_ok(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(1024).read_to_string(&mut text));
    let holder = read.ok().and_then(|_| serde_json::from_str(&text).ok());
    holder.unwrap_or(Holder { pid: 0, since: String::new() })
}

#[cfg(test)]
mod tests {
    use super::{Lease, Wait, is_free};
    use crate::store::tests::now;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    #[test]
    fn a_second_writer_is_told_who_holds_the_lease_and_gets_it_when_that_one_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let first = Lease::take(&path, Wait::No, now).unwrap();
        let error = Lease::take(&path, Wait::No, now).unwrap_err();
        let expected = format!("another import is writing to this lake: process {}, since 2026-01-02T03:04:05Z", std::process::id());
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.hint(), "wait for it to end, or leave out --no-wait");

        let (told, tell) = mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Lease::take(&path, Wait::Until(&|holder| told.clone().send(holder.pid).unwrap()), now).map(drop));
            assert_eq!(tell.recv().unwrap(), std::process::id());
            drop(first);
            second.join().unwrap().unwrap();
        });
        Lease::take(&path, Wait::No, now).unwrap();
    }

    #[test]
    fn looking_whether_the_lease_is_free_turns_no_writer_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    is_free(&path);
                }
            });
            let turned_away = (0..2_000).filter(|_| Lease::take(&path, Wait::No, now).is_err()).count();
            done.store(true, Ordering::Relaxed);
            assert_eq!(turned_away, 0);
        });
    }
}
