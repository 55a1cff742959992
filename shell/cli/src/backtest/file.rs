//! A file that appears whole or not at all.

use crate::report::Refused;
use anyhow::Context as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Refuses a place where no file can be put, before anything is computed.
///
/// # Errors
/// When something else than a file is there, or no folder to put it in.
pub(super) fn check(path: &Path) -> Result<(), Refused> {
    let refused = |what: String| Err(Refused::bad_usage(what).hint("name a file that is there, or a new one in a folder that is there"));
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return refused(format!("`{}` is there and is no file", path.display())),
        _ if path.file_name().is_none() => return refused(format!("`{}` names no file", path.display())),
        _ => {}
    }
    let folder = folder_of(path);
    if folder.is_dir() { Ok(()) } else { refused(format!("`{}` is no folder", folder.display())) }
}

/// Writes a file, in the place of one that may be there.
///
/// # Errors
/// When it cannot be written; then what was there is there still.
pub(super) fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    check(path)?;
    put(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    // Behind a link lies what is replaced, not the link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let part = Part(folder_of(&path).join(format!(".{name}.{}.part", std::process::id())));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&part.0)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part.0, &path)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file beside the one that will be; removed unless it was renamed.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // It is gone when all went well; otherwise what is left of it harms nobody.
        let _ = fs::remove_file(&self.0);
    }
}
