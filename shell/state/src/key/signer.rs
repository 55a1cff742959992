//! Keys that sign, in files of their own: made once, never overwritten, and read only when nobody else can read them.

use super::source::read_file;
use super::{KEY_BYTES, KeyError};
use crate::folder;
use crate::random::Randomness;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use tenor_ledger::SigningKey;

/// Draws a key that signs, and keeps it in a new file for the owner alone: 64 hexadecimal digits and a line feed.
///
/// # Errors
/// [`KeyError::Taken`] when the file is there, and when it cannot be written.
pub fn make_signing_key(path: &Path, random: &dyn Randomness) -> Result<SigningKey, KeyError> {
    let mut seed = [0; KEY_BYTES];
    random.fill(&mut seed)?;
    let digits: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = folder::new_file(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Taken { path: path.to_owned() },
        _ => KeyError::Io { doing: "write", path: path.to_owned(), source },
    })?;
    file.write_all(format!("{digits}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(|source| {
        // Half a key is none, and is in the way of the next attempt.
        let _ = fs::remove_file(path);
        KeyError::Io { doing: "write", path: path.to_owned(), source }
    })?;
    Ok(SigningKey::from_seed(&seed))
}

/// Reads a key that signs.
///
/// # Errors
/// When the file is missing, holds no key, or can be read by others.
pub fn read_signing_key(path: &Path) -> Result<SigningKey, KeyError> {
    let seed = read_file(path).map_err(|error| match error {
        KeyError::Missing { path } => KeyError::Io { doing: "read", source: missing(&path), path },
        error => error,
    })?;
    Ok(SigningKey::from_seed(&seed))
}

/// What the system says of a file that is not there.
fn missing(path: &Path) -> io::Error {
    fs::metadata(path).err().unwrap_or_else(|| io::ErrorKind::NotFound.into())
}
