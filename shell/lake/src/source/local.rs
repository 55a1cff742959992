//! Files and folders of this machine.

use super::bytes::PartBytes;
use super::listing::{DEPTH_MAX, ENTRIES_MAX, Entry};
use ::bytes::Bytes;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// A file, as it was when it was found.
#[derive(Debug)]
pub(super) struct LocalFile {
    path: PathBuf,
    size: u64,
}

impl LocalFile {
    pub(super) fn new(path: PathBuf, size: u64) -> Self {
        Self { path, size }
    }
}

impl PartBytes for LocalFile {
    fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Whole { file: File::open(&self.path)?, left: self.size }))
    }

    fn range(&self, start: u64, length: usize) -> io::Result<Bytes> {
        // Opened anew each time: a bill has more files than a process may hold open.
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut content = vec![0; length];
        file.read_exact(&mut content)?;
        Ok(content.into())
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// Reads a file that has to be exactly as long as it was when it was found.
struct Whole {
    file: File,
    left: u64,
}

impl Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.file.read(buffer)?;
        let Some(left) = self.left.checked_sub(read as u64) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file has grown since it was found"));
        };
        if read == 0 && left > 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the file ends {left} bytes before its size when it was found"),
            ));
        }
        self.left = left;
        Ok(read)
    }
}

/// The file itself, or every file below the folder, by path below it.
pub(super) fn list(path: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    if fs::metadata(path)?.is_dir() {
        walk(path, "", 0, &mut entries)?;
    } else {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| not_text(path))?;
        entries.push(entry(path.to_owned(), name.to_owned())?);
    }
    Ok(entries)
}

fn walk(folder: &Path, prefix: &str, depth: usize, entries: &mut Vec<Entry>) -> io::Result<()> {
    if depth > DEPTH_MAX {
        return Err(io::Error::other(format!("`{}` is more than {DEPTH_MAX} folders deep: a link to itself?", folder.display())));
    }
    for child in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = child.map_err(|error| at(folder, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| not_text(&path))?;
        let name = format!("{prefix}{name}");
        if fs::metadata(&path).map_err(|error| at(&path, &error))?.is_dir() {
            walk(&path, &format!("{name}/"), depth + 1, entries)?;
        } else {
            entries.push(entry(path.clone(), name).map_err(|error| at(&path, &error))?);
        }
        if entries.len() > ENTRIES_MAX {
            return Err(io::Error::other(format!("more than {ENTRIES_MAX} files")));
        }
    }
    Ok(())
}

fn entry(path: PathBuf, name: String) -> io::Result<Entry> {
    let metadata = fs::metadata(&path)?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let size = metadata.len();
    Ok(Entry { name, size, tag: modified.as_nanos().to_string(), bytes: Arc::new(LocalFile::new(path, size)) })
}

/// An error of something below the source, told apart from one of the source itself.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::other(format!("`{}`: {error}", path.display()))
}

fn not_text(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidFilename, format!("the name of `{}` is not UTF-8", path.display()))
}
