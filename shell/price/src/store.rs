//! Versions of prices in a folder: `prices/<version>/prices.csv.gz`, each the encoding its version is the hash of.
//!
//! A version's folder appears by one rename, whole and durable, and its prices never change after. The list of versions is what the folder holds. Beside
//! its prices each has a number, the higher the later it was kept: of several versions of one day the one that was kept last is the youngest.

use crate::error::ReadError;
use crate::import::{Options, read};
use crate::recognize::{open, recognize};
use crate::simple::Facts;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tenor_price::{Draft, PriceBook, Version};

/// The file of a version in its folder.
const FILE: &str = "prices.csv.gz";
/// Its number, beside it; versions that were kept before there were numbers have none, which counts as 0.
const NUMBER: &str = "kept";
/// Where a new number is written before it is one.
const NEW_NUMBER: &str = "kept.new";
/// Where a version is written before it is one.
const STAGING: &str = "staging";
/// Whoever writes holds this.
const LOCK: &str = "writer.lock";

/// A folder of price versions.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// A version that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBook {
    /// What tells it from others.
    pub version: Version,
    /// Of which day its prices are.
    pub date: Date,
    /// In what they are.
    pub currency: String,
    /// Where they come from.
    pub origins: Vec<String>,
}

/// Why versions cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done, a verb.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// A file that is no version.
    #[error("`{}` cannot be read as a version of prices", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// A file that was changed.
    #[error("`{}` is damaged: its contents are not those of its version", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// No prices at all.
    #[error("there are no prices yet")]
    Nothing,
    /// Several versions of the youngest day, and which was kept last is not known; which one is meant is not ours to choose.
    #[error("{count} versions of prices are of {date}, the youngest day")]
    SameDay {
        /// The day.
        date: Date,
        /// How many.
        count: usize,
    },
    /// Other prices are in use than those that a decision was made by.
    #[error("prices were imported meanwhile, and nothing was kept")]
    Moved,
    /// No version begins so.
    #[error("no version of prices begins with `{0}`")]
    Unknown(String),
    /// Several versions begin so.
    #[error("{count} versions of prices begin with `{begins}`")]
    Ambiguous {
        /// What was asked for.
        begins: String,
        /// How many.
        count: usize,
    },
}

impl StoreError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the disk and whether this user may write to the folder; nothing was changed",
            Self::Read { .. } | Self::Damaged { .. } => "remove its folder and import the same files again",
            Self::Nothing => "import some: tenor prices import FILE...",
            Self::SameDay { .. } => "name one with --version; tenor prices show lists them",
            Self::Moved => "ask again",
            Self::Unknown(_) => "tenor prices show lists them",
            Self::Ambiguous { .. } => "write more of its digits; tenor prices show lists them",
        }
    }
}

impl Store {
    /// The versions in a folder, which need not be there.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Keeps a book. Says whether it is new: the same prices are kept once. Either way it is the one that was kept last.
    ///
    /// # Errors
    /// When the file system refuses, or a held version's number is damaged; nothing is changed then.
    pub fn keep(&self, book: &PriceBook) -> Result<bool, StoreError> {
        fs::create_dir_all(&self.root).doing("make the folder", &self.root)?;
        let _lease = self.lease()?;
        self.keep_leased(book)
    }

    /// As [`Store::keep`], where the last of [`Store::list`] is still the one that it was when it was decided to keep this. Where this is that one, and
    /// the youngest for sure, nothing is written.
    ///
    /// # Errors
    /// As [`Store::keep`]; [`StoreError::Moved`] when it is another one.
    pub fn keep_after(&self, book: &PriceBook, last: Option<Version>) -> Result<bool, StoreError> {
        fs::create_dir_all(&self.root).doing("make the folder", &self.root)?;
        let _lease = self.lease()?;
        if self.list()?.last().map(|held| held.version) != last {
            return Err(StoreError::Moved);
        }
        if last == Some(book.version()) && self.youngest().is_ok() {
            return Ok(false);
        }
        self.keep_leased(book)
    }

    /// Keeps a book, for whoever holds the lease.
    fn keep_leased(&self, book: &PriceBook) -> Result<bool, StoreError> {
        let staging = self.root.join(STAGING);
        let folder = self.root.join(book.version().to_string());
        let numbers = self.numbers()?;
        let last = numbers.values().copied().max().unwrap_or(0);
        if folder.join(FILE).is_file() {
            match self.read(book.version()) {
                Ok(_) => {
                    if last == 0 || numbers.get(&book.version()) != Some(&last) {
                        renumber(&folder, last + 1)?;
                    }
                    return Ok(false);
                }
                Err(StoreError::Read { .. } | StoreError::Damaged { .. }) => fs::remove_dir_all(&folder).doing("remove", &folder)?,
                Err(error) => return Err(error),
            }
        }
        // What a writer that died has left is nobody's.
        gone_is_fine(fs::remove_dir_all(&staging)).doing("clear", &staging)?;
        fs::create_dir(&staging).doing("make the folder", &staging)?;
        let file = staging.join(FILE);
        write(&file, book).doing("write", &file)?;
        let number = staging.join(NUMBER);
        write_number(&number, last + 1).doing("write", &number)?;
        sync(&staging).doing("sync", &staging)?;
        fs::rename(&staging, &folder).doing("put in place", &folder)?;
        sync(&self.root).doing("sync", &self.root)?;
        Ok(true)
    }

    /// All versions, the youngest prices last; of those of one day the one that was kept last.
    ///
    /// # Errors
    /// When a version's file cannot be read.
    pub fn list(&self) -> Result<Vec<HeldBook>, StoreError> {
        Ok(self.numbered()?.into_iter().map(|(book, _)| book).collect())
    }

    /// All versions with their numbers, in that order.
    fn numbered(&self) -> Result<Vec<(HeldBook, u64)>, StoreError> {
        let mut held = Vec::new();
        for (version, number) in self.numbers()? {
            let path = self.file(version);
            let name = path.display().to_string();
            let mut input = open(&path).doing("read", &path)?;
            let facts = recognize(&name, &mut input).and_then(|(_, beginning)| Facts::read(&name, &beginning.facts));
            let facts = facts.map_err(|source| StoreError::Read { path: path.clone(), source })?;
            let (Some(date), Some(currency)) = (facts.date, facts.currency) else { return Err(StoreError::Damaged { path }) };
            held.push((HeldBook { version, date, currency, origins: facts.origins }, number));
        }
        held.sort_by_key(|(book, number)| (book.date, *number, book.version));
        Ok(held)
    }

    /// The version that begins so; the youngest when nothing is asked for.
    ///
    /// # Errors
    /// When there is none, or several; several of the youngest day are several where which was kept last is not known.
    pub fn find(&self, begins: Option<&str>) -> Result<Version, StoreError> {
        let Some(begins) = begins else { return self.youngest() };
        let versions = self.versions()?;
        let found: Vec<Version> = versions.iter().copied().filter(|version| version.to_string().starts_with(begins)).collect();
        match found[..] {
            [] if versions.is_empty() => Err(StoreError::Nothing),
            [] => Err(StoreError::Unknown(begins.to_owned())),
            [version] => Ok(version),
            _ => Err(StoreError::Ambiguous { begins: begins.to_owned(), count: found.len() }),
        }
    }

    /// The prices of a version, checked to be those.
    ///
    /// # Errors
    /// When its file cannot be read or is not what its version says.
    pub fn read(&self, version: Version) -> Result<PriceBook, StoreError> {
        let path = self.file(version);
        let mut input = open(&path).doing("read", &path)?;
        let mut draft = Draft::new();
        let read = read(&path.display().to_string(), &mut input, &Options::default(), &mut draft);
        let read = read.map_err(|source| StoreError::Read { path: path.clone(), source })?;
        let (Some(date), Some(currency)) = (read.date, read.currency) else { return Err(StoreError::Damaged { path }) };
        let book = draft.finish(date, currency);
        if book.version() == version { Ok(book) } else { Err(StoreError::Damaged { path }) }
    }

    fn youngest(&self) -> Result<Version, StoreError> {
        let held = self.numbered()?;
        let (last, kept) = held.last().ok_or(StoreError::Nothing)?;
        match held.iter().filter(|(book, number)| book.date == last.date && number == kept).count() {
            1 => Ok(last.version),
            count => Err(StoreError::SameDay { date: last.date, count }),
        }
    }

    fn file(&self, version: Version) -> PathBuf {
        self.root.join(version.to_string()).join(FILE)
    }

    /// The number of each version.
    fn numbers(&self) -> Result<BTreeMap<Version, u64>, StoreError> {
        let mut numbers = BTreeMap::new();
        for version in self.versions()? {
            let path = self.root.join(version.to_string()).join(NUMBER);
            let number = match fs::read_to_string(&path) {
                Ok(text) => text.trim_end().parse().map_err(|_| StoreError::Damaged { path })?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
                Err(source) => return Err(StoreError::Io { doing: "read", path, source }),
            };
            numbers.insert(version, number);
        }
        Ok(numbers)
    }

    fn versions(&self) -> Result<Vec<Version>, StoreError> {
        let entries = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.doing("list", &self.root)?,
        };
        let mut versions = Vec::new();
        for entry in entries {
            let entry = entry.doing("list", &self.root)?;
            versions.extend(entry.file_name().to_str().and_then(|name| name.parse::<Version>().ok()));
        }
        versions.sort_unstable();
        Ok(versions)
    }

    /// Waits for another writer to end. Given up when dropped, and by the operating system when the process dies.
    fn lease(&self) -> Result<File, StoreError> {
        let path = self.root.join(LOCK);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).doing("open", &path)?;
        file.lock().doing("lock", &path)?;
        Ok(file)
    }
}

trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { doing, path: path.to_owned(), source })
    }
}

/// Writes a book and makes it durable.
fn write(path: &Path, book: &PriceBook) -> io::Result<()> {
    let mut out = Encoder { gzip: GzEncoder::new(BufWriter::new(File::create(path)?), Compression::default()), failed: None };
    let encoded = book.encode(&mut out);
    if let Some(error) = out.failed {
        return Err(error);
    }
    encoded.expect("what is written fails only as the file does");
    let file = out.gzip.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

/// Gives a version another number, by one rename.
fn renumber(folder: &Path, number: u64) -> Result<(), StoreError> {
    let (new, place) = (folder.join(NEW_NUMBER), folder.join(NUMBER));
    write_number(&new, number).doing("write", &new)?;
    fs::rename(&new, &place).doing("put in place", &place)?;
    sync(folder).doing("sync", folder)
}

fn write_number(path: &Path, number: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    writeln!(file, "{number}")?;
    file.sync_all()
}

/// Keeps the error that text formatting has no place for.
struct Encoder {
    gzip: GzEncoder<BufWriter<File>>,
    failed: Option<io::Error>,
}

impl std::fmt::Write for Encoder {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.gzip.write_all(text.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            std::fmt::Error
        })
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    // A folder cannot be opened as a file everywhere; where it cannot, the system offers nothing better.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn gone_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
