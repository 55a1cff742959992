//! Why state cannot be opened, read or changed, and what to do about it.

use crate::access::AccessError;
use crate::backup::BackupError;
use crate::key::KeyError;
use crate::lease::LeaseError;
use crate::ledger::LedgerError;
use crate::seal::SealError;
use crate::users::UserError;
use std::io;
use std::path::{Path, PathBuf};
use tenor_money::Money;

/// Why state cannot be opened, read or changed. A change that fails has changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file system refused.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done, a verb.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// SQLite refused.
    #[error("cannot {doing} the state")]
    Database {
        /// What was being done, a verb.
        doing: &'static str,
        /// The refusal.
        source: rusqlite::Error,
    },
    /// There is no database yet.
    #[error("there is no state in `{}` yet", home.display())]
    Nothing {
        /// The home folder.
        home: PathBuf,
    },
    /// Another program's database, or no database.
    #[error("`{}` is not a database of Tenor", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// What the file holds cannot be what was written.
    #[error("`{}` is damaged: {said}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found, first of all.
        said: String,
    },
    /// A later program's database.
    #[error("the state was made by a newer Tenor: it has migration {held}, and this one knows {known}")]
    Newer {
        /// The last migration it has.
        held: u32,
        /// The last that this program has.
        known: u32,
    },
    /// A reader may not migrate.
    #[error("the state was made by an older Tenor: it has migration {held}, and this one needs {known}")]
    Older {
        /// The last migration it has.
        held: u32,
        /// The last that this program has.
        known: u32,
    },
    /// A migration is not what it was when it was applied.
    #[error("migration {number} of the state is `{held}`, and this Tenor has another of that number, `{known}`")]
    Migration {
        /// Its number, from 1.
        number: u32,
        /// Name and hash as applied.
        held: String,
        /// Name and hash as this program has them.
        known: String,
    },
    /// The file system cannot keep what SQLite needs.
    #[error("the file system of `{}` cannot keep a write-ahead log", path.display())]
    NoLog {
        /// The database.
        path: PathBuf,
    },
    /// The key does not open this database.
    #[error("the key is not the one that this state was made with")]
    WrongKey,
    /// A sealed value that does not open, though the key is right.
    #[error("the sealed {place} cannot be opened")]
    Sealed {
        /// Whose value.
        place: String,
        /// Why.
        source: SealError,
    },
    /// A value that no version of the program writes.
    #[error("{what} is `{value}`, which cannot be understood")]
    Value {
        /// Whose value.
        what: String,
        /// As it is.
        value: String,
    },
    /// A connection with that name is there.
    #[error("there is a connection `{0}` already")]
    Taken(String),
    /// No connection has that name.
    #[error("there is no connection `{0}`")]
    NoConnection(String),
    /// A sum beyond what an amount can be.
    #[error("{more} more than {spent} in {month} is more than an amount can be")]
    TooMuch {
        /// The month.
        month: String,
        /// What was spent in it.
        spent: Money,
        /// What was to be added.
        more: Money,
    },
    /// A backup that cannot be made or restored.
    #[error("cannot {doing} `{}`", path.display())]
    Backup {
        /// What was being done, a verb.
        doing: &'static str,
        /// The backup's file.
        path: PathBuf,
        /// Why.
        source: BackupError,
    },
    /// The ledger is not what was written, or cannot be written out.
    #[error("cannot use the ledger")]
    Ledger(#[from] LedgerError),
    /// Nobody can tell whether anything may be sent.
    #[error("cannot tell whether the kill switch `{}` is set", path.display())]
    KillSwitch {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// What was to be taken back is not what is set.
    #[error("the kill switch `{}` was set again meanwhile, and stays set", path.display())]
    SetAgain {
        /// The file.
        path: PathBuf,
    },
    /// Nobody can tell whether an order is to be stopped.
    #[error("cannot tell by `{}` which orders are to be stopped", path.display())]
    Stopping {
        /// The file, or the folder in which it would be.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// What is to be told is longer than any message of Tenor's.
    #[error("a message of the kind `{kind}` has {bytes} bytes, which is too long to be queued")]
    TooLong {
        /// What kind of thing it tells.
        kind: String,
        /// How long it is.
        bytes: usize,
    },
    /// Somebody else writes.
    #[error("cannot take the right to write")]
    Lease(#[from] LeaseError),
    /// The key cannot be had or used.
    #[error("cannot use the key")]
    Key(#[from] KeyError),
    /// Users cannot be changed so.
    #[error("cannot change who may log in")]
    User(#[from] UserError),
    /// The access log is not what was written, or cannot be.
    #[error("cannot use the access log")]
    Access(#[from] AccessError),
}

const RESTORE: &str = "keep the file for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER";

impl StateError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Database { source, .. } if source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt) => RESTORE,
            Self::Io { .. } => "check the disk and whether this user may write to the folder; nothing was changed",
            Self::Database { .. } => "check the disk and its space; nothing was changed",
            Self::Nothing { .. } => "connect an account first: tenor connect",
            Self::Foreign { .. } => "move the file away if it is not needed, or name another home with --home",
            Self::Damaged { .. } => RESTORE,
            Self::Newer { .. } => "update Tenor",
            Self::Older { .. } => "run a command that writes once, so that the state is brought up to date",
            Self::Migration { .. } => "use the Tenor that made this state, or one released after it",
            Self::NoLog { .. } => "put the home on a disk of this machine; network file systems seldom have what it takes",
            Self::WrongKey => "set TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND to the key that this state was made with",
            Self::Sealed { .. } => {
                "the value was changed or moved outside Tenor: connect the account again, or restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            }
            Self::Value { .. } => {
                "update Tenor if a newer one wrote it; else restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            }
            Self::Taken(_) => "choose another name, or change the connection that has it",
            Self::NoConnection(_) => "check the name: it is the one that the account was connected with",
            Self::TooMuch { .. } => "check what is being added",
            Self::Backup { source, .. } => source.hint(),
            Self::Ledger(error) => error.hint(),
            Self::KillSwitch { .. } => "nothing is sent to AWS until that can be told: look at the file, and let this user read it",
            Self::SetAgain { .. } => "look why it was set, and take that back too if nothing speaks against it",
            Self::Stopping { .. } => "nothing of the order is sent until that can be told: look at the file, and let this user read it",
            Self::TooLong { .. } => "nothing was changed; that is a fault of Tenor's: report it with the kind of the message",
            Self::Lease(error) => error.hint(),
            Self::Key(error) => error.hint(),
            Self::User(error) => error.hint(),
            Self::Access(error) => error.hint(),
        }
    }
}

/// Says what was being done when something failed.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StateError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StateError> {
        self.map_err(|source| StateError::Io { doing, path: path.to_owned(), source })
    }
}

/// Says what was asked of the database when it failed.
pub(crate) trait Asking<T> {
    fn asking(self, doing: &'static str) -> Result<T, StateError>;
}

impl<T> Asking<T> for rusqlite::Result<T> {
    fn asking(self, doing: &'static str) -> Result<T, StateError> {
        self.map_err(|source| StateError::Database { doing, source })
    }
}
