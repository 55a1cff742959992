//! Files without a manifest: what each is, by its columns, and one report per folder of them.

use super::columns::kind_name;
use super::error::some;
use super::listing::{Entry, base, folder, join};
use super::peek::Peek;
use super::{Month, Report, SourceError, fingerprint};
use crate::store::ReportKind;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Files looked into at a time: in a store each look is a few requests that mostly wait.
const LOOKS_AT_ONCE: usize = 8;

/// A report with the months in it.
pub(super) struct Found {
    pub(super) report: Report,
    pub(super) months: Vec<Month>,
    /// What tells it from another of the same name.
    pub(super) place: String,
}

/// Groups files into one report per folder.
///
/// Where a kind is asked for, it is what files with unknown columns are taken for, and files of a kind that it cannot be are passed by.
pub(super) fn reports(files: &[&Entry], as_kind: Option<ReportKind>, source: &str) -> Result<Vec<Found>, SourceError> {
    let mut folders: BTreeMap<&str, Vec<(&Entry, Peek)>> = BTreeMap::new();
    let (mut unknown, mut another) = (None, None);
    for (entry, peek) in files.iter().zip(look(files)?) {
        if peek.columns.is_empty() {
            // An overwritten export keeps its old number of files, the last of them empty.
            if !join(source, &entry.name).contains("BILLING_PERIOD=") {
                return Err(SourceError::Empty { part: entry.name.clone() });
            }
            continue;
        }
        let kind = match (peek.kind, as_kind) {
            (Some(is), Some(asked)) if !may_be(is, asked) => {
                let report = entry.name.clone();
                another = another.or(Some(SourceError::AnotherKind { report, is: kind_name(is), by: "columns", asked: kind_name(asked) }));
                continue;
            }
            (is, asked) => asked.or(is),
        };
        if kind.is_none() && unknown.is_none() {
            unknown = Some(peek.clone());
        }
        folders.entry(folder(&entry.name)).or_default().push((entry, Peek { kind, ..peek }));
    }
    if let Some(unknown) = unknown {
        let known = folders.values().flatten().find(|(_, peek)| peek.kind.is_some());
        return Err(known
            .map_or_else(|| not_recognised(source, &unknown), |(entry, known)| mixed(&entry.name, known.kind, &unknown.part.name, None)));
    }
    match another {
        Some(error) if folders.is_empty() => Err(error),
        _ => folders.into_iter().map(|(folder, files)| report(folder, files, source)).collect(),
    }
}

/// Whether a file can be of the kind asked for. Legacy and 2.0 columns overlap, and a chosen few of them may be either's.
fn may_be(is: ReportKind, asked: ReportKind) -> bool {
    (is == ReportKind::Focus) == (asked == ReportKind::Focus)
}

fn not_recognised(source: &str, unknown: &Peek) -> SourceError {
    let seen = format!("`{}` has the columns {}", unknown.part.name, some(&unknown.columns));
    SourceError::NotRecognised { location: source.to_owned(), seen }
}

fn mixed(first: &str, first_kind: Option<ReportKind>, second: &str, second_kind: Option<ReportKind>) -> SourceError {
    let name = |kind: Option<ReportKind>| kind.map_or("no cost report", kind_name);
    let (first_kind, second_kind) = (name(first_kind), name(second_kind));
    SourceError::MixedKinds { first: first.to_owned(), first_kind, second: second.to_owned(), second_kind }
}

/// The files of one folder as one report.
fn report(folder: &str, files: Vec<(&Entry, Peek)>, source: &str) -> Result<Found, SourceError> {
    let (first, first_peek) = &files[0];
    let kind = first_peek.kind.expect("unknown kinds were refused before");
    if let Some((other, peek)) = files.iter().find(|(_, peek)| peek.kind != Some(kind)) {
        return Err(mixed(&first.name, Some(kind), &other.name, peek.kind));
    }
    no_copies(&files)?;
    let month = |(_, peek): &(&Entry, Peek)| peek.period.map(|period| Month { period, payer: peek.payer.clone() });
    let mut months: Vec<Month> = files.iter().filter_map(month).collect();
    months.sort();
    months.dedup();
    let fingerprint = fingerprint::of_files(kind, files.iter().map(|(entry, peek)| (&peek.part, entry.tag.as_str())))?;
    let name = match (folder, files.as_slice()) {
        ("", [(only, _)]) => base(&only.name).to_owned(),
        ("", _) => source.to_owned(),
        (folder, _) => folder.to_owned(),
    };
    let parts = files.into_iter().map(|(_, peek)| peek.part).collect();
    let place = name.clone();
    let report = Report {
        kind,
        name,
        title: None,
        period: None,
        payer: None,
        assembly: None,
        columns: None,
        months: months.clone(),
        parts,
        fingerprint,
    };
    Ok(Found { place, report, months })
}

/// Refuses one month in two formats, and the same file twice.
fn no_copies(files: &[(&Entry, Peek)]) -> Result<(), SourceError> {
    let mut formats: BTreeMap<Month, &Peek> = BTreeMap::new();
    let mut sizes: BTreeMap<u64, Vec<Look<'_>>> = BTreeMap::new();
    for (entry, peek) in files {
        let Some(period) = peek.period else { continue };
        let first = formats.entry(Month { period, payer: peek.payer.clone() }).or_insert(peek);
        if first.part.format != peek.part.format {
            return Err(SourceError::PeriodTwice { period, first: first.part.name.clone(), second: entry.name.clone() });
        }
        let alike = sizes.entry(entry.size).or_default();
        let mut look = Look { entry, content: None };
        for other in alike.iter_mut() {
            if look.content()? == other.content()? {
                return Err(SourceError::SameFile { first: other.entry.name.clone(), second: entry.name.clone() });
            }
        }
        alike.push(look);
    }
    Ok(())
}

/// A file that may be a copy of another of its size.
struct Look<'a> {
    entry: &'a Entry,
    content: Option<String>,
}

impl Look<'_> {
    /// The same for two files of the same content. A store's tags tell; local files are read, once and only where sizes are the same.
    fn content(&mut self) -> Result<String, SourceError> {
        if !self.entry.bytes.is_local() {
            return Ok(self.entry.tag.clone());
        }
        if self.content.is_none() {
            self.content = Some(hash(self.entry)?.to_hex().to_string());
        }
        Ok(self.content.clone().expect("it was just read"))
    }
}

fn hash(entry: &Entry) -> Result<blake3::Hash, SourceError> {
    let hash = || -> io::Result<blake3::Hash> {
        let (mut hash, mut stream, mut block) = (blake3::Hasher::new(), entry.bytes.stream()?, vec![0; 1 << 20]);
        loop {
            match stream.read(&mut block)? {
                0 => return Ok(hash.finalize()),
                read => hash.update(&block[..read]),
            };
        }
    };
    hash().map_err(|source| SourceError::Read { part: entry.name.clone(), source })
}

/// Looks into every file, some at a time; what is wrong with the first wrong one in name order is the error.
fn look(files: &[&Entry]) -> Result<Vec<Peek>, SourceError> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = files.get(index) else { return };
            let peek = Peek::at(entry);
            found.lock().expect("a look that panics ends the scope").insert(index, peek);
        }
    };
    thread::scope(|scope| {
        for _ in 0..LOOKS_AT_ONCE.min(files.len()) {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("a look that panics ends the scope").into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::reports;
    use crate::source::bytes::PartBytes;
    use crate::source::listing::Entry;
    use bytes::Bytes;
    use std::io::{self, Read};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A local file that counts how often it is streamed.
    #[derive(Debug)]
    struct Counted(Bytes, Arc<AtomicUsize>);

    impl PartBytes for Counted {
        fn stream(&self) -> io::Result<Box<dyn Read + Send>> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(io::Cursor::new(self.0.clone())))
        }

        fn range(&self, start: u64, length: usize) -> io::Result<Bytes> {
            Ok(self.0.slice(usize::try_from(start).unwrap()..).slice(..length))
        }

        fn is_local(&self) -> bool {
            true
        }
    }

    #[test]
    fn files_of_one_size_are_read_once_each_to_find_copies() {
        let streams = Arc::new(AtomicUsize::new(0));
        let entry = |number: u32| {
            let text = format!("BilledCost,BillingPeriodStart,ChargeCategory\n{number},2018-10-01,Usage\n");
            let (size, bytes) = (text.len() as u64, Arc::new(Counted(text.into(), Arc::clone(&streams))));
            Entry { name: format!("bill-{number}.csv"), size, tag: String::new(), bytes }
        };
        let entries: Vec<Entry> = (10..30).map(entry).collect();
        let found = reports(&entries.iter().collect::<Vec<_>>(), None, "source").unwrap();
        assert_eq!(found[0].report.parts.len(), 20);
        assert_eq!(streams.load(Ordering::Relaxed), 40, "one look for columns, one for copies");
    }
}
