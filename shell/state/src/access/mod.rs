//! The access log: who looked at which of a customer's data, a line each, in one chain of hashes; in files beside the database.
//!
//! ```text
//! <home>/access/access-000000000001.jsonl     lines from entry 1 on
//! <home>/access/access-000000048213.jsonl     those after them; the newest file grows
//! <home>/access/access-000000048300.torn      what stood behind the line before that one, and was no line: power was lost
//! <home>/access/access-000000048213.another   a file of a log that was another than the ledger says
//! <home>/access/lock                          held by the server that writes
//! ```
//! A line is an object without spaces, its members in the order of [`AccessEntry`]. `hash` is the SHA-256 of `tenor access 1`, a line feed, and the
//! line without `,"hash":"…"`. `previous` is the hash of the line before; of the first line, 64 zeros.
//!
//! What it never does: change or remove a line that was durable, or hold what was asked: of an address it has the SHA-256.

mod open;
mod read;
mod write;

pub use open::{AccessFault, AccessFaultKind, AccessLease};
pub use read::{AccessReport, read_access};
pub use write::AccessLog;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use tenor_ledger::Moment;

/// What stands before what is hashed.
const PURPOSE: &str = "tenor access 1\n";
/// What the first line has in place of a hash before it.
const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// No line is longer.
const LINE_BYTES_MAX: usize = 4_096;

/// Somebody looked at something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub moment: Timestamp,
    /// Who.
    pub user: String,
    /// By which token, its beginning; none for a session.
    pub token: Option<String>,
    /// What the record calls what they looked at.
    pub route: &'static str,
    /// The address that they asked for, with all that stands behind `?`. Its hash is kept.
    pub address: String,
    /// What was answered.
    pub status: u16,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessEntry {
    /// Its number, from 1.
    pub sequence: u64,
    /// When, in UTC with nine decimals.
    pub moment: Moment,
    /// Who.
    pub user: String,
    /// By which token; null for a session.
    pub token: Option<String>,
    /// What.
    pub route: String,
    /// SHA-256 of the address.
    pub query: String,
    /// What was answered.
    pub status: u16,
    /// The hash of the line before.
    pub previous: String,
    /// Its own hash; empty while it is made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// How far the log goes: its last entry's number and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessHead {
    /// The number; 0 where there is no entry.
    pub sequence: u64,
    /// The hash, in 64 hexadecimal digits.
    pub hash: String,
}

impl AccessHead {
    fn empty() -> Self {
        Self { sequence: 0, hash: NOTHING_BEFORE.to_owned() }
    }
}

/// Why the access log cannot be written or is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
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
    /// Another server writes it.
    #[error("another server of this home writes `{}`", folder.display())]
    Busy {
        /// The log's folder.
        folder: PathBuf,
    },
    /// A line is not what was written, or one lacks.
    #[error("entry {sequence} of the access log, in `{}`, {what}", path.display())]
    Wrong {
        /// Which should stand there.
        sequence: u64,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl AccessError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the disk, its space, and whether this user may write there",
            Self::Busy { .. } => "end the other server first: a home has one",
            Self::Wrong { .. } => {
                "keep the files for inquiry, move the folder away, and begin again: the log goes on behind what the ledger has of it"
            }
        }
    }
}

/// Where the log lies.
fn folder(home: &Path) -> PathBuf {
    home.join("access")
}

/// What a file is called whose first line has this number.
fn segment_name(first: u64) -> String {
    format!("access-{first:012}.jsonl")
}

/// The files, in order, each with the number of its first line.
fn segments(folder: &Path) -> Result<Vec<(u64, PathBuf)>, AccessError> {
    let cannot = |source| AccessError::Io { doing: "list", path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let first = name.strip_prefix("access-").and_then(|name| name.strip_suffix(".jsonl")).and_then(|number| number.parse().ok());
        if let Some(first) = first.filter(|first| *first > 0) {
            found.push((first, path));
        }
    }
    found.sort();
    Ok(found)
}

/// A line of an entry without its hash, which is the rest of the line.
fn line(mut entry: AccessEntry) -> (AccessEntry, String) {
    entry.hash.clear();
    let body = serde_json::to_string(&entry).expect("members are texts and numbers");
    entry.hash = hash(&body);
    let line = serde_json::to_string(&entry).expect("members are texts and numbers");
    (entry, line)
}

fn hash(body: &str) -> String {
    hex(digest(&SHA256, format!("{PURPOSE}{body}").as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
