//! One writer at a time: a lock on `writer.lock` that ends with the process that holds it, however that ends.
//!
//! The line in the file is for people; only the lock decides. Readers take none.

use crate::folder;
use jiff::Timestamp;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How long a waiting writer sleeps between two looks at the lock.
const LOOK_TIME: Duration = Duration::from_millis(20);
/// A holder's line is no longer; a longer command is cut.
const COMMAND_CHARACTERS_MAX: usize = 200;

/// Who wants to write, and how long they will wait for whoever does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The process.
    pub pid: u32,
    /// The machine's name.
    pub host: String,
    /// What it does, in words for people: `tenor serve`. Never with a secret in it.
    pub command: String,
    /// How long to wait while another writes; zero gives up at once.
    pub wait: Duration,
}

/// Who holds the lease, as they wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// They have signed.
    Named {
        /// The process.
        pid: u32,
        /// The machine's name.
        host: String,
        /// When it took the lease.
        since: Timestamp,
        /// What it does.
        command: String,
    },
    /// They took the lease a moment ago and have not signed yet, or could not.
    Unnamed,
}

/// Why the lease is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another process writes.
    #[error("another process is writing to `{}`: {holder}", home.display())]
    Held {
        /// The home folder.
        home: PathBuf,
        /// Who.
        holder: Holder,
    },
    /// The file system refused.
    #[error("cannot lock `{}`", path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

/// The right to write to a home's state. Given up when dropped, and by the operating system when the process dies.
#[derive(Debug)]
pub struct Lease {
    home: PathBuf,
    file: File,
}

impl LeaseError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Held { .. } => "wait for it to end, or end it",
            Self::Io { .. } => "check whether this user may write to the folder, and whether its file system has locks",
        }
    }
}

impl Claim {
    /// A claim of this process on this machine.
    #[must_use]
    pub fn of_this_process(command: &str, wait: Duration) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { pid: std::process::id(), host, command: command.to_owned(), wait }
    }

    fn line(&self, now: Timestamp) -> String {
        let word = |text: &str| one_line(text).replace(' ', "-");
        format!("{} {} {now} {}\n", self.pid, word(&self.host), one_line(&self.command))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { pid, host, since, command } => write!(f, "`{command}`, process {pid} on {host}, since {since}"),
            Self::Unnamed => f.pad("a process that has just begun"),
        }
    }
}

impl Lease {
    /// Takes the right to write to this home's state, whose folder is made if need be. `now` is what the file will say it was taken at.
    ///
    /// # Errors
    /// [`StateError::Lease`](crate::StateError::Lease) when another process still holds it after the claim's wait, and
    /// [`StateError::Io`](crate::StateError::Io) when the folder cannot be made.
    pub fn take(home: &Path, claim: &Claim, now: Timestamp) -> Result<Self, crate::StateError> {
        folder::make(home)?;
        let path = folder::lock(home);
        let io = |source| LeaseError::Io { path: path.clone(), source };
        let mut file = folder::lock_file(&path).map_err(io)?;
        // Counted in looks, so that no clock is asked.
        let mut looks = claim.wait.as_millis() / LOOK_TIME.as_millis();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(io(error).into()),
                Err(TryLockError::WouldBlock) if looks == 0 => {
                    return Err(LeaseError::Held { home: home.to_owned(), holder: read_holder(&mut file) }.into());
                }
                Err(TryLockError::WouldBlock) => thread::sleep(LOOK_TIME),
            }
            looks -= 1;
        }
        let mut lease = Self { home: home.to_owned(), file };
        // The lock holds without the signature, which a full disk may refuse.
        let _ = lease.sign(&claim.line(now));
        Ok(lease)
    }

    /// The home folder it is for.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    fn sign(&mut self, line: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(line.as_bytes())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // An empty file says nothing wrong about the next holder; if it cannot be emptied, the next one overwrites it.
        let _ = self.file.set_len(0);
    }
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(4096).read_to_string(&mut text));
    read.ok().and_then(|_| parse(&text)).unwrap_or(Holder::Unnamed)
}

fn parse(line: &str) -> Option<Holder> {
    // Without its end the line is still being written.
    let mut words = line.strip_suffix('\n')?.splitn(4, ' ');
    let (pid, host, since, command) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Holder::Named { pid: pid.parse().ok()?, host: host.to_owned(), since: since.parse().ok()?, command: command.to_owned() })
}

fn one_line(text: &str) -> String {
    text.chars().take(COMMAND_CHARACTERS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
