//! Files and folders of this machine.

use super::bytes::{Changed, PartBytes};
use super::listing::{DEPTH_MAX, ENTRIES_MAX, Entry, is_hidden};
use super::manifest::is_manifest;
use super::peek::format_named;
use ::bytes::Bytes;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A file, as it was when it was found.
#[derive(Debug)]
pub(super) struct LocalFile {
    path: PathBuf,
    stamp: Stamp,
}

impl LocalFile {
    /// The file at a path as it is now.
    pub(super) fn at(path: PathBuf) -> io::Result<Self> {
        let stamp = Stamp::of(&fs::metadata(&path)?);
        Ok(Self { path, stamp })
    }

    /// The very file that was found.
    fn open(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        self.stamp.check(&file)?;
        Ok(file)
    }
}

impl PartBytes for LocalFile {
    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Whole { file: self.open()?, stamp: self.stamp, left: self.stamp.size }))
    }

    fn range(&self, start: u64, length: usize) -> io::Result<Bytes> {
        // Opened anew each time: a bill has more files than a process may hold open.
        let mut file = self.open()?;
        file.seek(SeekFrom::Start(start))?;
        let mut content = vec![0; length];
        file.read_exact(&mut content)?;
        Ok(content.into())
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// What changes when a file is written to, or another takes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    identity: Option<(u64, u64)>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok(), identity: identity(metadata) }
    }

    fn check(self, file: &File) -> io::Result<()> {
        if Self::of(&file.metadata()?) == self { Ok(()) } else { Err(Changed::error("the file was replaced or written to")) }
    }
}

/// What tells a file or folder from any other, where the system says so.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Reads a file that has to be at its end what it was when it was found.
struct Whole {
    file: File,
    stamp: Stamp,
    left: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.file.read(buffer)?;
        let Some(left) = self.left.checked_sub(read as u64) else { return Err(Changed::error("the file has grown")) };
        if read == 0 && left > 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the file ends {left} bytes before its size when it was found"),
            ));
        }
        if read == 0 {
            self.stamp.check(&self.file)?;
        }
        self.left = left;
        Ok(read)
    }
}

/// The file itself, or every file below the folder, by path below it.
pub(super) fn list(path: &Path) -> io::Result<Vec<Entry>> {
    list_at_most(path, ENTRIES_MAX)
}

fn list_at_most(path: &Path, entries_max: usize) -> io::Result<Vec<Entry>> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        let mut walk = Walk { entries: Vec::new(), seen: 0, seen_max: entries_max, open: Vec::new() };
        walk.folder(path, "", &metadata)?;
        return Ok(walk.entries);
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| not_text(path))?;
    Ok(vec![entry(path.to_owned(), name.to_owned(), &metadata)?])
}

/// A walk through a folder and all below it, through links as well.
struct Walk {
    entries: Vec<Entry>,
    /// Files and folders looked at.
    seen: usize,
    seen_max: usize,
    /// The folder being listed and those it lies in.
    open: Vec<Option<(u64, u64)>>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str, metadata: &Metadata) -> io::Result<()> {
        let identity = identity(metadata);
        // A link back up leads to what is being listed already.
        if identity.is_some() && self.open.contains(&identity) {
            return Ok(());
        }
        if self.open.len() > DEPTH_MAX {
            return Err(io::Error::other(format!("`{}` is more than {DEPTH_MAX} folders deep", folder.display())));
        }
        self.open.push(identity);
        for child in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
            self.child(&child.map_err(|error| at(folder, &error))?.path(), prefix)?;
        }
        self.open.pop();
        Ok(())
    }

    fn child(&mut self, path: &Path, prefix: &str) -> io::Result<()> {
        self.seen += 1;
        if self.seen > self.seen_max {
            return Err(io::Error::other(format!("more than {} files and folders", self.seen_max)));
        }
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| not_text(path))?;
        if is_hidden(name) {
            return Ok(());
        }
        let metadata = match fs::metadata(path) {
            // A link to nothing, or a file that was just removed: only a bill's own must not be missed in silence.
            Err(error) if error.kind() == io::ErrorKind::NotFound && format_named(name).is_none() && !is_manifest(name) => return Ok(()),
            found => found.map_err(|error| at(path, &error))?,
        };
        let name = format!("{prefix}{name}");
        if metadata.is_dir() {
            return self.folder(path, &format!("{name}/"), &metadata);
        }
        // Opening a pipe or a device would wait for whoever writes to it.
        if metadata.is_file() {
            self.entries.push(entry(path.to_owned(), name, &metadata).map_err(|error| at(path, &error))?);
        }
        Ok(())
    }
}

fn entry(path: PathBuf, name: String, metadata: &Metadata) -> io::Result<Entry> {
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let stamp = Stamp::of(metadata);
    Ok(Entry { name, size: stamp.size, tag: modified.as_nanos().to_string(), bytes: Arc::new(LocalFile { path, stamp }) })
}

/// An error of something below the source, told apart from one of the source itself.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("`{}`: {error}", path.display()))
}

fn not_text(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidFilename, format!("the name of `{}` is not UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::list_at_most;
    use std::fs;

    #[test]
    fn folders_count_as_files_do() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b/c", "b/d"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        insta::assert_snapshot!(list_at_most(folder.path(), 3).unwrap_err(), @"more than 3 files and folders");
        assert_eq!(list_at_most(folder.path(), 4).unwrap().len(), 0);
    }
}
