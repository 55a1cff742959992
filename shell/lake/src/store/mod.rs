//! The lake on disk: which periods are held, by which files, and how one replaces another.
//!
//! ```text
//! LAKE/charges/x_payer=111122223333/billing_period=2018-10/<version>-00000.parquet   what anyone may read
//! LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json              where it came from, what it adds up to
//! LAKE/rollups/x_payer=111122223333/billing_period=2018-10/<version>.parquet         per-day sums of the same version
//! LAKE/rollups/x_payer=111122223333/billing_period=2018-10/<version>-detail1.parquet its sums by usage type, by no day
//! LAKE/split_costs/x_payer=111122223333/billing_period=2018-10/<version>-00000.parquet
//! LAKE/quarantine/x_payer=111122223333/billing_period=2018-10/<version>.csv          rows set aside, and why
//! LAKE/staging/…   LAKE/writer.lock
//! ```
//!
//! **Invariant:** a period's folder under `charges/` changes in one atomic exchange; the folder *is* the commit. What lies elsewhere is
//! named by the version that needs it and is there, durable, before that version is current.
//!
//! Where the file system cannot exchange two folders, a line in `exchange.json` is the commit instead and two renames follow it. Tenor's own
//! readers know that file; to others the period's folder is absent between the renames.

mod disk;
mod error;
pub mod hive;
mod inspect;
mod journal;
mod lake;
mod lease;
mod mark;
mod record;
#[cfg(test)]
pub(crate) mod tests;
mod write;

pub(crate) use error::Doing;
pub use error::StoreError;
pub use lake::{HeldPeriod, Lake, Snapshot};
pub use lease::{Holder, Wait};
pub use mark::SnapshotMark;
pub use record::{GivenUp, ImportRecord, Key, LAYOUT, ReportKind, Residual, TimeUnit};
pub use write::{Staged, Writer};

const CHARGES: &str = "charges";
const ROLLUPS: &str = "rollups";
const SPLIT_COSTS: &str = "split_costs";
const QUARANTINE: &str = "quarantine";
const STAGING: &str = "staging";
const LOCK_FILE: &str = "writer.lock";

/// The lake's folders.
const AREAS: [&str; 5] = [CHARGES, ROLLUPS, SPLIT_COSTS, QUARANTINE, STAGING];
/// The folders with files named by version that belong to a folder under `charges/`.
const HELD_BESIDE: [&str; 3] = [ROLLUPS, SPLIT_COSTS, QUARANTINE];
