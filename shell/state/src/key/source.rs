//! Where the key of a home is: a file, an environment variable, or what a command prints.

use super::{KEY_BYTES, Key, KeyError, command, text};
use crate::error::StateError;
use crate::folder;
use crate::lease::Lease;
use crate::random::Randomness;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Says which file has the key.
const KEY_FILE: &str = "TENOR_KEY_FILE";
/// Is the key.
const KEY: &str = "TENOR_KEY";
/// Says what prints the key.
const KEY_COMMAND: &str = "TENOR_KEY_COMMAND";
/// A key's file is no longer.
const FILE_BYTES_MAX: u64 = 4096;

/// Where the key is. `Debug` shows the place and never the key.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The own file of this home, `<home>/state/key`; made when the home has neither key nor state.
    Own(PathBuf),
    /// Another file, which has to be there.
    File(PathBuf),
    /// 64 hexadecimal digits.
    Digits(String),
    /// A program and its arguments. What it prints is the key.
    Command(Vec<String>),
}

impl KeySource {
    /// Where the environment says that the key of this home is: `TENOR_KEY_FILE`, `TENOR_KEY` or `TENOR_KEY_COMMAND`, else the home's own file.
    ///
    /// `variable` looks a variable up; an empty one counts as not set. The command's words stand between spaces, without quotes.
    ///
    /// # Errors
    /// When two of them are set, or one is no text.
    pub fn find(home: &Path, variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Self, KeyError> {
        let mut set = [KEY_FILE, KEY, KEY_COMMAND].into_iter().filter_map(|name| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some((name, value))
        });
        let Some((name, value)) = set.next() else { return Ok(Self::Own(home.to_owned())) };
        if let Some((other, _)) = set.next() {
            return Err(KeyError::Ambiguous(name, other));
        }
        if name == KEY_FILE {
            return Ok(Self::File(value.into()));
        }
        let malformed = |why| KeyError::Malformed { place: name.to_owned(), why };
        let text = value.into_string().map_err(|_| malformed("it is no UTF-8 text"))?;
        if name == KEY {
            return Ok(Self::Digits(text));
        }
        let argv: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        if argv.is_empty() { Err(malformed("it names no program")) } else { Ok(Self::Command(argv)) }
    }

    /// The key, for a writer. The home's own file is made if the home of the lease has no state yet.
    ///
    /// # Errors
    /// When the place has no key, when others could read its file, or when the file is missing though there is state that needs it.
    pub fn key(&self, lease: &Lease, random: &dyn Randomness) -> Result<Key, StateError> {
        match self {
            Self::Own(home) if home == lease.home() && !folder::key(home).exists() && !folder::database(home).exists() => {
                make(home, random)
            }
            _ => Ok(self.held()?),
        }
    }

    /// The key, which is there: never made.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    pub fn held(&self) -> Result<Key, KeyError> {
        let bytes = match self {
            Self::Own(home) => read_file(&folder::key(home))?,
            Self::File(path) => read_file(path)?,
            Self::Digits(digits) => text::read_hex(KEY, digits)?,
            Self::Command(argv) => text::read(&format!("what `{}` prints", argv[0]), &command::output(argv, command::WAIT)?)?,
        };
        Ok(Key::new(&bytes))
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(home) => f.debug_tuple("Own").field(home).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Digits(_) => f.write_str("Digits(hidden)"),
            // An argument may be a secret too.
            Self::Command(argv) => f.debug_tuple("Command").field(&argv[0]).finish(),
        }
    }
}

/// Draws a key and keeps it. The file appears whole, or not at all.
fn make(home: &Path, random: &dyn Randomness) -> Result<Key, StateError> {
    let path = folder::key(home);
    let part = path.with_extension("part");
    let mut bytes = [0; KEY_BYTES];
    random.fill(&mut bytes).map_err(KeyError::from)?;
    // One that died has left it; the lease says that nobody else is at it.
    folder::remove(&part)?;
    let written = folder::new_file(&part).and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()));
    let placed = written.and_then(|()| fs::rename(&part, &path));
    placed.map_err(|source| KeyError::Io { doing: "write", path, source })?;
    folder::sync(&folder::folder(home))?;
    Ok(Key::new(&bytes))
}

pub(super) fn read_file(path: &Path) -> Result<[u8; KEY_BYTES], KeyError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing { path: path.to_owned() },
        _ => KeyError::Io { doing: "read", path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(io)?;
    // Asked of the open file, so that it is the one that is read.
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Open { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
    text::read(&format!("`{}`", path.display()), &bytes)
}
