//! The one key of a home: where it comes from, and the keys of each purpose that are derived from it.
//!
//! Only a pseudorandom key derived from it (HKDF with SHA-256) is kept in memory. Neither is ever shown.

mod command;
mod signer;
mod source;
mod text;

pub use signer::{make_signing_key, read_signing_key};
pub use source::KeySource;

use crate::random::NoRandomness;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::hmac;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// How long a key is, in bytes.
pub const KEY_BYTES: usize = 32;

/// The key of a home. `Debug` hides it.
#[derive(Clone)]
pub struct Key(Prk);

/// Why there is no key to use.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Two places say two keys.
    #[error("both {0} and {1} are set")]
    Ambiguous(&'static str, &'static str),
    /// A place says no key.
    #[error("{place} is no key: {why}")]
    Malformed {
        /// The file, variable or command.
        place: String,
        /// What is wrong with it; never with what it is.
        why: &'static str,
    },
    /// The key's file is not there, and may not be made anew.
    #[error("the key `{}` is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A key's file is never overwritten.
    #[error("there is a file `{}` already", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// Others could read the key.
    #[error("the key `{}` can be read by others: its mode is {mode:03o}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file system refused.
    #[error("cannot {doing} the key `{}`", path.display())]
    Io {
        /// What was being done, a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// The command cannot be run.
    #[error("cannot run `{program}`, which TENOR_KEY_COMMAND names")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// The refusal.
        source: io::Error,
    },
    /// The command failed.
    #[error("`{program}`, which TENOR_KEY_COMMAND names, failed: {how}")]
    Failed {
        /// The program, without its arguments.
        program: String,
        /// Its exit status, or that it did not end.
        how: String,
    },
    /// No new key can be drawn, and nothing can be sealed.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl KeyError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Ambiguous(..) => "keep one of them",
            Self::Malformed { .. } => "a key is 32 bytes: as they are, as 64 hexadecimal digits, or in base64",
            Self::Taken { .. } => "name a file that is not there: a key is never overwritten",
            Self::Missing { .. } => "put the key back: what was sealed with it opens with no other",
            Self::Open { .. } => {
                "close it to others with chmod 600; if somebody may have read it, treat the External IDs as known, or revoke the key if it signs"
            }
            Self::Io { .. } => "check whether this user may read and write there",
            Self::Command { .. } | Self::Failed { .. } => "run the command by hand and see what it says; it is run without a shell",
            Self::NoRandomness(_) => "check /dev/urandom and whether this program may ask the system for random bytes",
        }
    }
}

impl Key {
    /// The key that these bytes are. They have to be random: nothing here makes a password stronger.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(Salt::new(HKDF_SHA256, b"tenor state key 1").extract(bytes))
    }

    /// The key of one purpose. Keys of different purposes tell nothing about each other.
    ///
    /// # Panics
    /// Never: the length asked for is the cipher's own.
    pub(crate) fn derive(&self, purpose: &[&[u8]]) -> LessSafeKey {
        let derived = self.0.expand(purpose, &CHACHA20_POLY1305).expect("HKDF gives up to 255 times what the cipher needs");
        LessSafeKey::new(UnboundKey::from(derived))
    }

    /// HMAC with SHA-256 of something that is no secret, in hexadecimal digits: only who has the key can make it.
    ///
    /// # Panics
    /// Never: the length asked for is the digest's own.
    pub(crate) fn tag(&self, purpose: &[&[u8]], of: &[u8]) -> String {
        let derived = self.0.expand(purpose, hmac::HMAC_SHA256).expect("HKDF gives up to 255 times what HMAC needs");
        hmac::sign(&hmac::Key::from(derived), of).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(hidden)")
    }
}
