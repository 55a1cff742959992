//! A file that was not there before: nothing is ever overwritten, and what is not finished is removed.

use crate::report::Refused;
use anyhow::Context as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A new file, for its owner alone, which is removed unless it is finished.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
    file: File,
    is_finished: bool,
}

impl NewFile {
    /// Makes it, empty.
    ///
    /// # Errors
    /// When a file is there, or none can be made.
    pub(crate) fn begin(path: &Path) -> anyhow::Result<Self> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => Ok(Self { path: path.to_owned(), file, is_finished: false }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Refused::new(format!("there is a file `{}` already", path.display())).hint("name a file that is not there").into())
            }
            Err(error) => Err(error).with_context(|| format!("cannot make `{}`", path.display())),
        }
    }

    /// Keeps it, durably.
    ///
    /// # Errors
    /// When the disk refuses; then it is removed.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.file.sync_all().with_context(|| format!("cannot write `{}`", self.path.display()))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // What cannot be removed is told by its name.
            let _ = fs::remove_file(&self.path);
        }
    }
}
