//! Reads files of prices into one book.

use crate::collect::Collector;
use crate::error::ReadError;
use crate::json::Head;
use crate::recognize::{Input, Kind, open, recognize};
use crate::simple::{Facts, SimpleRows};
use crate::tally::{FileRead, Tally};
use crate::{ec2_shop, json, offer_csv, simple};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tenor_price::{Draft, PriceBook, Simulated};

/// In what prices are that say no currency.
const DOLLARS: &str = "USD";

/// How to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Of which day the prices are, whatever the files say.
    pub date: Option<Date>,
    /// Keep these Regions' prices alone; all when there are none.
    pub regions: BTreeSet<String>,
    /// Derive rates of Savings Plans that no file has, for simulation only.
    pub simulate_plans: bool,
}

/// What files became.
#[derive(Debug)]
pub struct Imported {
    /// The prices.
    pub book: PriceBook,
    /// Each file that was read.
    pub files: Vec<FileRead>,
    /// What was derived, if that was asked for.
    pub simulated: Option<Simulated>,
}

/// Reads files, or all files of folders, into one book. Nothing is written.
///
/// # Errors
/// When a file cannot be read, is no price list, or has a value that is none; no price of any file is used then.
pub fn import(sources: &[PathBuf], options: &Options) -> Result<Imported, ReadError> {
    let mut draft = Draft::new();
    let mut files: Vec<FileRead> = Vec::new();
    for path in expand(sources)? {
        let file = path.display().to_string();
        let mut input = open(&path).map_err(|source| ReadError::Io { file: path.clone(), source })?;
        let read = read(&file, &mut input, options, &mut draft)?;
        let held = files.iter().find_map(|before| before.currency.clone());
        if let (Some(held), Some(other)) = (held, read.currency.clone())
            && held != other
        {
            return Err(ReadError::Currency { file, other, held });
        }
        files.push(read);
    }
    let date = options.date.or_else(|| files.iter().filter_map(|file| file.date).max()).ok_or(ReadError::NoDate)?;
    let currency = files.iter().find_map(|file| file.currency.clone()).unwrap_or_else(|| DOLLARS.to_owned());
    let simulated = options.simulate_plans.then(|| draft.simulate_plans());
    if simulated.as_ref().is_some_and(|simulated| simulated.rates > 0) {
        draft.origin("simulated Savings Plan rates");
    }
    let book = draft.finish(date, currency);
    if book.listed().skus.is_empty() {
        let names: Vec<String> = sources.iter().map(|source| format!("`{}`", source.display())).collect();
        return Err(ReadError::Empty(names.join(", ")));
    }
    Ok(Imported { book, files, simulated })
}

/// Reads one file into a draft.
pub(crate) fn read(file: &str, input: &mut Input, options: &Options, draft: &mut Draft) -> Result<FileRead, ReadError> {
    let (kind, beginning) = recognize(file, input)?;
    let regions = &options.regions;
    match kind {
        Kind::Json => {
            let mut collector = Collector::new(draft, regions);
            let head = json::read(input, &mut collector).map_err(|source| ReadError::Json { file: file.to_owned(), source })?;
            Ok(of_aws(file, "AWS JSON", &head, collector))
        }
        Kind::OfferCsv => {
            let mut collector = Collector::new(draft, regions);
            let head = offer_csv::read(file, input, &beginning, &mut collector)?;
            Ok(of_aws(file, "AWS CSV", &head, collector))
        }
        Kind::Simple => {
            let facts = Facts::read(file, &beginning.facts)?;
            let tally = simple::read(SimpleRows::new(file, input, &beginning)?, regions, draft)?;
            if facts.origins.is_empty() && !facts.is_version {
                draft.origin("prices CSV");
            }
            facts.origins.iter().for_each(|origin| draft.origin(origin));
            Ok(FileRead { date: facts.date, currency: facts.currency, ..of_other(file, "prices CSV", tally) })
        }
        Kind::Ec2Shop => {
            draft.origin("ec2.shop CSV");
            Ok(of_other(file, "ec2.shop CSV", ec2_shop::read_instances(file, input, &beginning, regions, draft)?))
        }
        Kind::Ec2ShopNodes => {
            draft.origin("ec2.shop CSV");
            Ok(of_other(file, "ec2.shop CSV", ec2_shop::read_nodes(file, input, &beginning, regions, draft)?))
        }
    }
}

fn of_aws(file: &str, kind: &'static str, head: &Head, mut collector: Collector<'_>) -> FileRead {
    let name = [&head.offer, &head.version].map(String::as_str);
    let plans = if head.has_plans && head.offer.is_empty() { "Savings Plan rates" } else { "" };
    let said: Vec<&str> = [plans].into_iter().chain(name).filter(|part| !part.is_empty()).collect();
    collector.origin(&said.join(" "));
    // A moment in UTC; prices are dated by day.
    let date = head.published.get(..10).and_then(|day| day.parse().ok());
    FileRead { date, currency: head.currency.clone(), ..of_other(file, kind, collector.tally) }
}

fn of_other(file: &str, kind: &'static str, tally: Tally) -> FileRead {
    FileRead { file: file.to_owned(), kind, date: None, currency: None, counts: tally.counts, left_out: tally.left_out() }
}

/// Files by name, folders by the files in them.
fn expand(sources: &[PathBuf]) -> Result<Vec<PathBuf>, ReadError> {
    let mut paths = Vec::new();
    for source in sources {
        if !source.is_dir() {
            paths.push(source.clone());
            continue;
        }
        let mut inside = files_of(source).map_err(|error| ReadError::Io { file: source.clone(), source: error })?;
        inside.sort();
        paths.extend(inside);
    }
    Ok(paths)
}

/// The files of a folder, without hidden ones.
fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            found.push(path);
        }
    }
    Ok(found)
}
