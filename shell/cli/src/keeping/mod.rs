//! `tenor backup` and `tenor restore`: all that a home cannot make again, in one sealed file; and a home made of it, which is stopped.

mod backup;
mod proposals;
mod restore;

pub(crate) use backup::{Args as BackupArgs, make_at as backup_to, place as backup_place, run as backup};
pub(crate) use restore::{Args as RestoreArgs, run as restore};
