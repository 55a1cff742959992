//! Where a sandbox lies: its books, and who runs it. One process at a time writes.

use super::no_sandbox;
use crate::context::Context;
use crate::report::Refused;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tenor_sandbox::{Cloud, Store};

/// A sandbox's folder.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

/// The right to write a sandbox's books, until it goes out of use.
#[derive(Debug)]
pub(super) struct Held(#[expect(dead_code, reason = "held, not used")] File);

/// How to reach the process that runs a sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Running {
    /// `127.0.0.1:4600`.
    pub(super) address: String,
    /// Opens control requests.
    pub(super) key: String,
}

impl Folder {
    pub(super) fn of(context: &Context) -> Self {
        Self(context.home.join("sandbox"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn store(&self) -> Store {
        Store::at(&self.books())
    }

    fn books(&self) -> PathBuf {
        self.0.join("books.json")
    }

    /// Whether there are any.
    pub(super) fn has_books(&self) -> bool {
        self.books().exists()
    }

    /// The sandbox as it was last written.
    pub(super) fn load(&self) -> anyhow::Result<Cloud> {
        Ok(self.store().load()?.ok_or_else(|| no_sandbox(self))?)
    }

    /// The right to write; none while another process has it.
    pub(super) fn hold(&self) -> anyhow::Result<Option<Held>> {
        fs::create_dir_all(&self.0).with_context(|| format!("cannot make `{}`", self.0.display()))?;
        let path = self.0.join("lock");
        let at = || format!("cannot lock `{}`", path.display());
        let file = OpenOptions::new().create(true).append(true).open(&path).with_context(at)?;
        match file.try_lock() {
            Ok(()) => {
                // Whoever ran it before runs no more.
                drop(fs::remove_file(self.0.join("running.json")));
                Ok(Some(Held(file)))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(at),
        }
    }

    /// The right to write, or the refusal that says who has it.
    pub(super) fn hold_or_refuse(&self) -> anyhow::Result<Held> {
        Ok(self.hold()?.ok_or_else(|| Refused::new("the sandbox is running").hint("stop it first, or name another folder with --home"))?)
    }

    /// Says how the process that holds the sandbox is reached; only its user may read it.
    pub(super) fn announce(&self, running: &Running) -> anyhow::Result<()> {
        let path = self.0.join("running.json");
        let write = || {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(serde_json::to_string(running)?.as_bytes())
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// How the process that runs the sandbox is reached.
    pub(super) fn running(&self) -> anyhow::Result<Running> {
        let path = self.0.join("running.json");
        let text = fs::read(&path)
            .map_err(|_| Refused::new("another command is at work on the sandbox, or it is just starting").hint("try again in a moment"))?;
        serde_json::from_slice(&text).with_context(|| format!("`{}` does not say where the sandbox listens", path.display()))
    }

    /// Copies the books, whole: they are replaced as a whole. Usage taken over lies beside the copy, as it does beside the books.
    pub(super) fn snapshot(&self, file: &Path) -> anyhow::Result<()> {
        if self.store().snapshot(file)? { Ok(()) } else { Err(no_sandbox(self).into()) }
    }

    /// Puts a snapshot in place of the books, if it is one. What was delivered of months that are the same in it stays.
    pub(super) fn restore(&self, file: &Path) -> anyhow::Result<()> {
        let _held = self.hold_or_refuse()?;
        let found = Store::at(file).load()?;
        let cloud = found.ok_or_else(|| Refused::new(format!("there is no file `{}`", file.display())))?;
        self.store().put_usage(&cloud)?;
        self.store().save(&cloud)?;
        Ok(self.store().forget_usage(Some(&cloud))?)
    }

    /// Forgets the books, for whoever holds it.
    pub(super) fn reset(&self, _held: &Held) -> anyhow::Result<()> {
        self.store().forget_buckets()?;
        match fs::remove_file(self.books()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove `{}`", self.books().display()))
            }
            _ => Ok(self.store().forget_usage(None)?),
        }
    }
}

/// The seconds of `30d`, `12h`, `5m` or `90s`.
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no time; write `30d`, `12h`, `5m` or `90s`");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let each = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    number.checked_mul(each).filter(|seconds| *seconds >= 0).ok_or_else(wrong)
}
