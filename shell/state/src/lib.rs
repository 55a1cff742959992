//! What Tenor remembers of its home: connections, users, what its own calls cost, what its jobs did, what it has to tell, and the ledger. Embedded in SQLite, written by one process, read by any.
//!
//! [`Lease`] is the right to write, [`Key`] opens what is secret, [`State`] is both with the database, and [`View`] is what anyone may read.
//! Time and randomness are arguments. This crate talks to nobody and knows no bill. What lies where is described in `docs/spec/state.md`.

mod access;
mod answers;
mod backup;
mod books;
mod by;
mod call_costs;
mod connections;
mod error;
mod folder;
mod halt;
mod jobs;
mod key;
mod lease;
mod ledger;
mod migrate;
mod outbox;
mod random;
mod seal;
mod state;
#[cfg(test)]
mod tests;
mod users;
mod views;

pub use access::{
    AccessEntry, AccessError, AccessFault, AccessFaultKind, AccessHead, AccessLease, AccessLog, AccessReport, Reading, read_access,
};
pub use answers::{ANSWER_KEY_CHARACTERS_MAX, Once};
pub use backup::{BackedUp, BackupError, LastBackup, Restored, Restoring, last_backup, note_backed_up, restore};
pub use books::{Books, Folded};
pub use by::By;
pub use call_costs::Spent;
pub use connections::{
    Agreement, CONNECTION_NAME_CHARACTERS_MAX, ConnectionName, ConnectionNameError, Finding, NOTE_CHARACTERS_MAX, StoredConnection,
    Verdict, Verification,
};
pub use error::StateError;
pub use folder::make as make_folder;
pub use halt::{halt, halted, order_stopped, stop_order};
pub use jobs::{JOB_MESSAGE_BYTES_MAX, JobLock, JobOutcome, JobRun};
pub use key::{KEY_BYTES, Key, KeyError, KeySource, make_signing_key, read_signing_key};
pub use lease::{Claim, Holder, Lease, LeaseError};
pub use ledger::{DOCUMENT_BYTES_MAX, Document, DocumentError, DocumentKind, Doubt, Imported, LedgerError, Verified, verify_exported};
pub use outbox::{Advance, Attempted, Came, Claiming, Delivery, NewMessage, OUTBOX_PAYLOAD_BYTES_MAX, QueuedMessage};
pub use random::{NoRandomness, Randomness, SystemRandomness};
pub use seal::SealError;
pub use state::{State, View};
pub use users::{
    Ended, PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN, PasswordError, PasswordHash, ProviderAccount, Scope, Secret, Session,
    SessionLimits, StoredToken, TOKEN_LABEL_CHARACTERS_MAX, USER_NAME_CHARACTERS_MAX, User, UserError, UserName, UserNameError, UserRole,
};
pub use views::Views;
