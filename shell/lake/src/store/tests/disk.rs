//! A disk that dies, forgets and runs full at a chosen operation.

use super::power::Unsynced;
use crate::store::disk::{Disk, RealDisk};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing, ever.
    None,
    /// The process dies before it.
    DieBefore,
    /// The process dies in the middle of a write, before anything else.
    DieMidway,
    /// The process dies after it.
    DieAfter,
    /// The machine dies after it, and whatever was not synced is lost.
    PowerCut,
    /// The same, but some folders had been written by themselves; the seed says which.
    PartialPowerCut(u8),
    /// The disk is full from it on: nothing can be written or made, things can be moved and removed.
    Full,
}

impl Fault {
    fn dies(self) -> bool {
        !matches!(self, Self::None | Self::Full)
    }
}

#[derive(Debug, Default)]
struct State {
    operations: usize,
    dead: bool,
    full: bool,
    unsynced: Unsynced,
    synced_files: BTreeSet<u64>,
}

/// The real file system without its waiting for the platter, and with a fault.
#[derive(Debug)]
pub(crate) struct FaultyDisk {
    root: PathBuf,
    trash: tempfile::TempDir,
    swaps: bool,
    fault: Fault,
    at: usize,
    state: Mutex<State>,
}

impl FaultyDisk {
    /// What is in `root` already is durable. `swaps` says whether the file system can exchange two folders.
    pub(crate) fn new(root: &Path, swaps: bool, fault: Fault, at: usize) -> Self {
        let trash = tempfile::tempdir_in(root.parent().unwrap()).unwrap();
        let disk = Self { root: root.to_owned(), trash, swaps, fault, at, state: Mutex::default() };
        if root.exists() {
            files(root).iter().for_each(|file| disk.mark_synced(file));
        }
        disk
    }

    /// Whether the chosen operation was reached.
    pub(crate) fn struck(&self) -> bool {
        self.state.lock().unwrap().operations > self.at
    }

    /// Lets the machine forget what it had not synced.
    pub(crate) fn lose_what_was_not_synced(&self) {
        let lost = |folder: &Path| match self.fault {
            Fault::PartialPowerCut(seed) => {
                blake3::hash(&[folder.as_os_str().as_encoded_bytes(), &[seed]].concat()).as_bytes()[0].is_multiple_of(2)
            }
            _ => true,
        };
        if !matches!(self.fault, Fault::PowerCut | Fault::PartialPowerCut(_)) {
            return;
        }
        let mut state = self.state.lock().unwrap();
        std::mem::take(&mut state.unsynced).lose(lost);
        for file in files(&self.root) {
            if !state.synced_files.contains(&fs::metadata(&file).unwrap().ino()) {
                File::options().write(true).open(&file).unwrap().set_len(0).unwrap();
            }
        }
    }

    fn mark_synced(&self, file: &Path) {
        let inode = fs::metadata(file).unwrap().ino();
        self.state.lock().unwrap().synced_files.insert(inode);
    }

    /// One operation: `real` does it and notes how it could be taken back.
    fn step(&self, writes: bool, midway: impl FnOnce(), real: impl FnOnce(&mut Unsynced) -> io::Result<()>) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let died = || Err(io::Error::other("the process is dead"));
        if state.dead {
            return died();
        }
        let strikes = state.operations == self.at;
        state.operations += 1;
        if strikes {
            state.dead = self.fault.dies();
            state.full |= self.fault == Fault::Full;
            match self.fault {
                Fault::DieBefore => return died(),
                Fault::DieMidway => {
                    midway();
                    return died();
                }
                _ => {}
            }
        }
        if state.full && writes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        real(&mut state.unsynced)?;
        if strikes && state.dead { died() } else { Ok(()) }
    }

    /// Moves what would be gone for good to where it can be fetched from.
    fn keep(&self, path: &Path) -> io::Result<PathBuf> {
        let kept = self.trash.path().join(format!("{}", fs::read_dir(self.trash.path())?.count()));
        fs::rename(path, &kept)?;
        Ok(kept)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(
            false,
            || {},
            |unsynced| {
                if !path.exists() {
                    return Ok(());
                }
                if path.is_dir() && fs::read_dir(path)?.next().is_some() {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                unsynced.removed(path, self.keep(path)?);
                Ok(())
            },
        )
    }
}

impl Disk for FaultyDisk {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(
            true,
            || {},
            |unsynced| {
                let is_new = !folder.exists();
                RealDisk.create_folder(folder)?;
                if is_new {
                    unsynced.made(folder);
                }
                Ok(())
            },
        )
    }

    fn write_file(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        let midway = || fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
        self.step(true, midway, |unsynced| {
            fs::write(file, bytes)?;
            unsynced.made(file);
            Ok(())
        })?;
        self.mark_synced(file);
        Ok(())
    }

    fn sync_file(&self, file: &Path) -> io::Result<()> {
        self.step(true, || {}, |_| File::open(file).map(drop))?;
        self.mark_synced(file);
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(
            true,
            || {},
            |unsynced| {
                File::open(folder)?;
                unsynced.synced(folder);
                Ok(())
            },
        )
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(
            false,
            || {},
            |unsynced| {
                fs::metadata(from)?;
                let replaced = if to.exists() { Some(self.keep(to)?) } else { None };
                fs::rename(from, to)?;
                unsynced.renamed(from, to, replaced);
                Ok(())
            },
        )
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        if !self.swaps {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.step(
            false,
            || {},
            |unsynced| {
                RealDisk.exchange(one, other)?;
                unsynced.exchanged(one, other);
                Ok(())
            },
        )
    }

    fn remove_file(&self, file: &Path) -> io::Result<()> {
        self.remove(file)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.remove(folder)
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
