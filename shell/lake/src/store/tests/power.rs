//! What a machine has done and not yet synced, so that a power cut can take it back.

use crate::store::disk::{Disk, RealDisk, remove_tree};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How to take an operation back, and the folder that must be synced so that it stays.
#[derive(Debug)]
struct Operation {
    folder: PathBuf,
    undo: Undo,
}

#[derive(Debug)]
enum Undo {
    Remove(PathBuf),
    Rename { from: PathBuf, to: PathBuf, replaced: Option<PathBuf> },
    Exchange(PathBuf, PathBuf),
    Restore { kept: PathBuf, path: PathBuf },
}

/// What lasts: later operations that last make earlier ones on the same things last.
#[derive(Default)]
struct Lasting {
    moved: BTreeSet<PathBuf>,
    removed: Vec<PathBuf>,
}

impl Lasting {
    /// Whether an operation lasts: by itself, because a later one on the same file or folder does, or because its folder is gone for good.
    fn includes(&mut self, operation: &Operation, by_itself: bool) -> bool {
        let objects: &[&PathBuf] = match &operation.undo {
            Undo::Remove(path) => &[path],
            Undo::Rename { to, .. } => &[to],
            Undo::Exchange(one, other) => &[one, other],
            Undo::Restore { .. } => &[],
        };
        let gone = self.removed.iter().any(|removed| operation.folder.starts_with(removed));
        let lasts = by_itself || gone || objects.iter().any(|object| self.moved.contains(*object));
        if lasts {
            self.moved.extend(objects.iter().map(|object| (*object).clone()));
            if let Undo::Restore { path, .. } = &operation.undo {
                self.removed.push(path.clone());
            }
        }
        lasts
    }
}

/// Operations not yet synced, in order. Their paths are kept those of now, whatever is moved above them.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    operations: Vec<Operation>,
}

impl Unsynced {
    pub(super) fn made(&mut self, path: &Path) {
        self.operations.push(Operation { folder: parent(path), undo: Undo::Remove(path.to_owned()) });
    }

    pub(super) fn removed(&mut self, path: &Path, kept: PathBuf) {
        self.operations.push(Operation { folder: parent(path), undo: Undo::Restore { kept, path: path.to_owned() } });
    }

    /// A move is durable with the folder it goes to, as in every file system that keeps a journal.
    pub(super) fn renamed(&mut self, from: &Path, to: &Path, replaced: Option<PathBuf>) {
        self.relocate(|path| moved(path, from, to));
        let undo = Undo::Rename { from: from.to_owned(), to: to.to_owned(), replaced };
        self.operations.push(Operation { folder: parent(to), undo });
    }

    pub(super) fn exchanged(&mut self, one: &Path, other: &Path) {
        self.relocate(|path| moved(path, one, other).or_else(|| moved(path, other, one)));
        self.operations.push(Operation { folder: parent(other), undo: Undo::Exchange(one.to_owned(), other.to_owned()) });
    }

    pub(super) fn synced(&mut self, folder: &Path) {
        let mut lasting = Lasting::default();
        let mut rest: Vec<_> = std::mem::take(&mut self.operations).into_iter().rev().collect();
        rest.retain(|operation| !lasting.includes(operation, operation.folder == folder));
        rest.reverse();
        self.operations = rest;
    }

    /// Takes back what was done in the folders that `lost` names, last first.
    pub(super) fn lose(mut self, lost: impl Fn(&Path) -> bool) {
        let mut lasting = Lasting::default();
        while let Some(operation) = self.operations.pop() {
            if !lasting.includes(&operation, !lost(&operation.folder)) {
                // What lay in a folder that is lost itself cannot be taken back, and need not be.
                let _ = self.take_back(operation.undo);
            }
        }
    }

    fn take_back(&mut self, undo: Undo) -> io::Result<()> {
        match undo {
            Undo::Remove(path) if path.is_dir() => remove_tree(&RealDisk, &path),
            Undo::Remove(path) => RealDisk.remove_file(&path),
            Undo::Exchange(one, other) => {
                self.relocate(|path| moved(path, &one, &other).or_else(|| moved(path, &other, &one)));
                RealDisk.exchange(&one, &other)
            }
            Undo::Restore { kept, path } => fs::rename(kept, path),
            Undo::Rename { from, to, replaced } => {
                self.relocate(|path| moved(path, &to, &from));
                fs::rename(&to, from)?;
                replaced.map_or(Ok(()), |kept| fs::rename(kept, to))
            }
        }
    }

    fn relocate(&mut self, to: impl Fn(&Path) -> Option<PathBuf>) {
        for operation in &mut self.operations {
            let Operation { folder, undo } = operation;
            let paths = match undo {
                Undo::Remove(path) | Undo::Restore { path, .. } => vec![folder, path],
                Undo::Rename { from, to, .. } => vec![folder, from, to],
                Undo::Exchange(one, other) => vec![folder, one, other],
            };
            for path in paths {
                if let Some(new) = to(path) {
                    *path = new;
                }
            }
        }
    }
}

/// Where something below `from` is after that moved to `to`. What moved is itself named by the operation that made it in its folder.
fn moved(path: &Path, from: &Path, to: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix(from).ok()?;
    Some(if below.as_os_str().is_empty() { to.to_owned() } else { to.join(below) })
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap().to_owned()
}
