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
    list_at_most(path, None, ENTRIES_MAX)
}

/// The same, where no link leads out of `root`; one that does is refused.
pub(super) fn list_below(path: &Path, root: &Path) -> io::Result<Vec<Entry>> {
    let root = root.canonicalize()?;
    list_at_most(&resolved(path, &root)?, Some(&root), ENTRIES_MAX)
}

fn list_at_most(path: &Path, root: Option<&Path>, entries_max: usize) -> io::Result<Vec<Entry>> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        let mut walk = Walk { root, entries: Vec::new(), seen: 0, seen_max: entries_max, open: Vec::new() };
        walk.folder(path, "", &metadata)?;
        return Ok(walk.entries);
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder"));
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| not_text(path))?;
    Ok(vec![entry(path.to_owned(), name.to_owned(), &metadata)?])
}

/// Where a path leads, which has to be below the root.
fn resolved(path: &Path, root: &Path) -> io::Result<PathBuf> {
    let there = path.canonicalize()?;
    if there.starts_with(root) { Ok(there) } else { Err(io::Error::other("it leads out of the folder that may be read")) }
}

/// A walk through a folder and all below it, through links as well.
struct Walk<'a> {
    /// What no link may lead out of, resolved; where there is none, links lead wherever they lead.
    root: Option<&'a Path>,
    entries: Vec<Entry>,
    /// Files and folders looked at.
    seen: usize,
    seen_max: usize,
    /// The folder being listed and those it lies in.
    open: Vec<Option<(u64, u64)>>,
}

impl Walk<'_> {
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
        let (there, metadata) = match self.look(path) {
            // A link to nothing, or a file that was just removed: only a bill's own must not be missed in silence.
            Err(error) if error.kind() == io::ErrorKind::NotFound && format_named(name).is_none() && !is_manifest(name) => return Ok(()),
            found => found.map_err(|error| at(path, &error))?,
        };
        let name = format!("{prefix}{name}");
        if metadata.is_dir() {
            return self.folder(&there, &format!("{name}/"), &metadata);
        }
        // Opening a pipe or a device would wait for whoever writes to it.
        if metadata.is_file() {
            self.entries.push(entry(there, name, &metadata).map_err(|error| at(path, &error))?);
        }
        Ok(())
    }

    /// What is at a path, and where it is: behind a link, which may not lead out of the root.
    fn look(&self, path: &Path) -> io::Result<(PathBuf, Metadata)> {
        let Some(root) = self.root else { return Ok((path.to_owned(), fs::metadata(path)?)) };
        let there = if fs::symlink_metadata(path)?.is_symlink() { resolved(path, root)? } else { path.to_owned() };
        // Looked at without following once more: whoever puts a link there meanwhile gains nothing.
        let metadata = fs::symlink_metadata(&there)?;
        Ok((there, metadata))
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
    use super::{list_at_most, list_below};
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn folders_count_as_files_do() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b/c", "b/d"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        insta::assert_snapshot!(list_at_most(folder.path(), None, 3).unwrap_err(), @"more than 3 files and folders");
        assert_eq!(list_at_most(folder.path(), None, 4).unwrap().len(), 0);
    }

    #[test]
    fn below_a_root_a_link_leads_anywhere_in_it_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("bills");
        for place in ["bills/cur", "bills/other", "secret"] {
            fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        fs::write(root.join("other/a.csv"), "a").unwrap();
        fs::write(folder.path().join("secret/b.csv"), "b").unwrap();
        symlink("../other", root.join("cur/within")).unwrap();
        symlink("gone", root.join("cur/nothing")).unwrap();
        let names = || list_below(&root.join("cur"), &root).map(|found| found.into_iter().map(|entry| entry.name).collect::<Vec<_>>());
        assert_eq!(names().unwrap(), ["within/a.csv"]);
        for target in ["../../secret", "../../secret/b.csv"] {
            symlink(target, root.join("cur/b.csv")).unwrap();
            let refused = names().unwrap_err().to_string();
            assert_eq!(refused, format!("`{}`: it leads out of the folder that may be read", root.join("cur/b.csv").display()));
            assert!(list_at_most(&root, None, 100).is_ok(), "without a root links lead anywhere");
            fs::remove_file(root.join("cur/b.csv")).unwrap();
        }
        symlink("../secret", root.join("out")).unwrap();
        assert!(list_below(&root.join("out"), &root).is_err(), "the folder itself");
    }
}
