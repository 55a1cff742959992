//! Which snapshot a lake is at, without reading it: a look at each period's record, and at the journal.
//!
//! A period changes by a new record in a new file, so its inode and times tell versions apart. Nothing is opened; a thousand periods take a few
//! milliseconds.

use super::journal::JOURNAL_FILE;
use super::lake::subfolders;
use super::record::RECORD_FILE;
use super::{CHARGES, Doing, StoreError};
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Which snapshot a lake was at. Two that are the same are of the same snapshot; no import leaves it as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnapshotMark([u8; 32]);

impl SnapshotMark {
    /// Looks which snapshot the lake in a folder is at; one that is not there yet has a mark too, and is not made.
    ///
    /// Take it before the snapshot that it is to stand for: what is imported between the two then shows as another mark the next time, and never
    /// hides behind this one.
    ///
    /// # Errors
    /// When the lake's folders cannot be listed.
    pub fn look(root: &Path) -> Result<Self, StoreError> {
        let mut hasher = blake3::Hasher::new();
        add(&mut hasher, &root.join(JOURNAL_FILE))?;
        for payer in subfolders(&root.join(CHARGES))? {
            for folder in subfolders(&payer)? {
                add(&mut hasher, &folder.join(RECORD_FILE))?;
            }
        }
        Ok(Self(*hasher.finalize().as_bytes()))
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for SnapshotMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

/// Adds a file's name, and which one it is; that there is none counts too.
fn add(hasher: &mut blake3::Hasher, file: &Path) -> Result<(), StoreError> {
    let found = match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        found => Some(found.doing("look at", file)?),
    };
    let name = file.as_os_str().as_encoded_bytes();
    hasher.update(&u64::try_from(name.len()).expect("a name is short").to_le_bytes()).update(name);
    hasher.update(&[u8::from(found.is_some())]);
    for number in found.as_ref().map(numbers).unwrap_or_default() {
        hasher.update(&number.to_le_bytes());
    }
    Ok(())
}

fn numbers(file: &Metadata) -> [i128; 7] {
    [
        file.dev().into(),
        file.ino().into(),
        file.size().into(),
        file.mtime().into(),
        file.mtime_nsec().into(),
        file.ctime().into(),
        file.ctime_nsec().into(),
    ]
}
