//! What a backup holds beside the tables of the state: when it was made, whether all was stopped, and files of the home.
//!
//! They travel in two tables of the copy, so that one seal and one check are for all of it, and leave it before the copy is a home's state.

use super::BackupError;
use crate::error::{Asking as _, Doing as _, StateError};
use crate::folder;
use crate::state::connect;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use tenor_ledger::Text;

/// The one folder of the home that files are of: what was proposed, with what it was computed from.
const FOLDER: &str = "proposals";

const TABLES: &str = "CREATE TABLE backup_about (made TEXT NOT NULL, stopped TEXT) STRICT;
    CREATE TABLE backup_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;";

/// Of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    /// As of when.
    pub(super) made: Timestamp,
    /// Why the kill switch was set, if it was.
    pub(super) stopped: Option<Text>,
}

/// What was in a backup beside the state.
pub(super) struct Contents {
    /// None in those of a Tenor that did not say it.
    pub(super) about: Option<About>,
    files: Vec<Kept>,
}

/// A file of the home, taken out of a backup.
struct Kept {
    /// Below the home.
    name: PathBuf,
    /// Where its content lies until the home has it.
    content: PathBuf,
}

/// Puts it into a copy.
pub(super) fn put(copy: &Path, home: &Path, about: &About, files: &[String]) -> Result<(), StateError> {
    let mut db = connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let change = db.transaction().asking("add to the copy of")?;
    change.execute_batch(TABLES).asking("add to the copy of")?;
    let values = (about.made.to_string(), about.stopped.as_ref().map(Text::as_str));
    change.execute("INSERT INTO backup_about (made, stopped) VALUES (?1, ?2)", values).asking("add to the copy of")?;
    for name in files {
        let path = home.join(kept_name(name, home)?);
        let content = fs::read(&path).doing("read", &path)?;
        change.execute("INSERT INTO backup_files (name, content) VALUES (?1, ?2)", (name, content)).asking("add to the copy of")?;
    }
    change.commit().asking("add to the copy of")
}

/// Takes it out of a copy, which is nothing but state then. Files are put into `folder`, which is made, one after the other.
pub(super) fn take(copy: &Path, folder: &Path, backup: &Path) -> Result<Contents, StateError> {
    let db = connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let select = "SELECT count(*) FROM sqlite_schema WHERE name = 'backup_about'";
    let tables: i64 = db.query_row(select, [], |row| row.get(0)).asking("read the copy of")?;
    if tables == 0 {
        return Ok(Contents { about: None, files: Vec::new() });
    }
    let contents = Contents { about: about(&db)?, files: files(&db, folder, backup)? };
    db.execute_batch("DROP TABLE backup_about; DROP TABLE backup_files; VACUUM;").asking("take from the copy of")?;
    Ok(contents)
}

impl Contents {
    /// How many files there are.
    pub(super) const fn files(&self) -> usize {
        self.files.len()
    }

    /// Whether none of them would take the place of another.
    pub(super) fn check(&self, home: &Path, failed: impl Fn(BackupError) -> StateError) -> Result<(), StateError> {
        for Kept { name, content } in &self.files {
            let path = home.join(name);
            match fs::read(&path) {
                Ok(held) if held == fs::read(content).doing("read", content)? => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).doing("read", &path),
                Ok(_) => return Err(failed(BackupError::Another { path })),
            }
        }
        Ok(())
    }

    /// Puts the files in their places, each whole or not at all, and makes it durable that they are there.
    pub(super) fn place(&self, home: &Path) -> Result<(), StateError> {
        let mut folders = BTreeSet::new();
        for Kept { name, content } in &self.files {
            let path = home.join(name);
            let (parent, part) = (path.parent().unwrap_or(home), path.with_extension("new"));
            folders.extend(parent.ancestors().take_while(|folder| folder.starts_with(home)).map(Path::to_owned));
            if path.exists() {
                continue;
            }
            // Not by a rename from where it lies: the folder may be on another disk.
            let write = || -> io::Result<()> {
                fs::create_dir_all(parent)?;
                let mut file = File::create(&part)?;
                io::copy(&mut File::open(content)?, &mut file)?;
                file.sync_all()?;
                fs::rename(&part, &path)
            };
            write().doing("write", &path)?;
        }
        folders.iter().rev().try_for_each(|folder| folder::sync(folder))
    }
}

fn about(db: &Connection) -> Result<Option<About>, StateError> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let found = db.query_row("SELECT made, stopped FROM backup_about", [], row).optional().asking("read the copy of")?;
    let Some((made, stopped)) = found else { return Ok(None) };
    let moment = made.parse().map_err(|_| StateError::Value { what: "when the backup was made".to_owned(), value: made })?;
    Ok(Some(About { made: moment, stopped: stopped.map(|why| Text::fitted(&why)) }))
}

fn files(db: &Connection, folder: &Path, backup: &Path) -> Result<Vec<Kept>, StateError> {
    fs::create_dir(folder).doing("make the folder", folder)?;
    let mut select = db.prepare("SELECT name, content FROM backup_files ORDER BY name").asking("read the copy of")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?));
    let mut files = Vec::new();
    for (number, found) in select.query_map([], row).asking("read the copy of")?.enumerate() {
        let (name, bytes) = found.asking("read the copy of")?;
        let (name, content) = (kept_name(&name, backup)?, folder.join(number.to_string()));
        fs::write(&content, bytes).doing("write", &content)?;
        files.push(Kept { name, content });
    }
    Ok(files)
}

/// A name below the home that may be restored: never one that leads out of its folder, whoever had the key.
fn kept_name(name: &str, path: &Path) -> Result<PathBuf, StateError> {
    let parts: Vec<_> = Path::new(name).components().collect();
    let is_plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    if is_plain && parts.len() > 1 && parts[0].as_os_str() == FOLDER && !name.ends_with(".new") {
        return Ok(PathBuf::from(name));
    }
    let source = BackupError::Name { name: name.to_owned() };
    Err(StateError::Backup { doing: "use", path: path.to_owned(), source })
}
