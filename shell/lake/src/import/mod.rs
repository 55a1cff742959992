//! Brings reports into the lake: what is new is converted and committed period by period, what is held already is left alone.
//!
//! It refuses before it writes, and it never leaves a period half done: each is as before or as after.

mod error;
mod origin;
mod record;
#[cfg(test)]
mod tests;

pub use error::ImportError;

use self::origin::Origin;
use crate::read::{self, Conversion, Converted, Progress};
use crate::source::{Month, Report, SourceError};
use crate::store::{Holder, ImportRecord, Key, LAYOUT, Lake, Staged, Wait, Writer};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tenor_bill::{AccountId, BillingPeriod};

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Replace what is held even by another kind of report, and even when nothing changed.
    pub replace: bool,
    /// Set bad rows aside instead of stopping at the first.
    pub quarantine: bool,
    /// Wait for another import to end, rather than giving up at once.
    pub wait: bool,
    /// Says what time it is, once the import may write.
    pub clock: fn() -> Timestamp,
    /// Where the reports are from, for people.
    pub source: String,
}

/// What an import is doing.
#[derive(Debug)]
pub enum Event<'a> {
    /// Another import is running and is waited for.
    Waiting(&'a Holder),
    /// A report is being converted.
    Converting {
        /// Its name.
        report: &'a str,
        /// Which it is, counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// Bytes of its files as stored.
        bytes: u64,
    },
    /// More of the report was read: what was added since the last word.
    Read(Progress),
    /// A period is in the lake.
    Committed(&'a ImportedPeriod),
}

/// What an import did, period by period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In the order they were imported.
    pub periods: Vec<ImportedPeriod>,
    /// Reports that have no row yet, as AWS delivers them on the first days of a month; they were passed by.
    pub without_rows: Vec<WithoutRows>,
    /// Whether a period was replaced in two steps, because the file system cannot do it in one: for a moment its folder was not there.
    pub by_journal: bool,
}

/// A report of which there is nothing to import yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutRows {
    /// Its name.
    pub report: String,
    /// Its month.
    pub period: BillingPeriod,
}

/// One period of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedPeriod {
    /// Its key.
    pub key: Key,
    /// What became of it.
    pub change: Change,
    /// Its record now.
    pub record: ImportRecord,
    /// What a person should know about the change.
    pub remarks: Vec<String>,
}

/// What became of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not held before.
    New,
    /// It took the place of another version.
    Replaced,
    /// It was delivered again with the same contents; only the record is new.
    SameContents,
    /// The source did not change, so it was not read.
    Unchanged,
}

/// Imports the reports that `find` finds: each period they hold, committed by itself, in order.
///
/// They are looked for once no other import is running: what was found before would be an older delivery than the one that import has
/// brought in meanwhile.
///
/// # Errors
/// [`ImportError`] says what is wrong and [`ImportError::hint`] what to do. Periods committed before an error stay and are named; of all
/// others nothing is changed.
pub fn import(
    lake: &Lake,
    find: impl FnOnce() -> Result<Vec<Report>, SourceError>,
    options: &ImportOptions,
    progress: &(dyn Fn(Event<'_>) + Sync),
) -> Result<Outcome, ImportError> {
    let waiting = |holder: &Holder| progress(Event::Waiting(holder));
    let writer = lake.writer(if options.wait { Wait::Until(&waiting) } else { Wait::No }, options.clock)?;
    let reports = find()?;
    let now = (options.clock)();
    let mut import = Import { lake, writer, options, now, progress, held: held(lake)?, outcome: Outcome::default() };
    for report in &reports {
        import.refuse_by_manifest(report)?;
    }
    for (number, report) in (1..).zip(&reports) {
        // Files written in the same instant may look alike; then the fingerprint tells nothing about either.
        let is_known = reports.iter().filter(|other| other.fingerprint == report.fingerprint).count() == 1 && import.is_held_whole(report);
        if is_known && !options.replace {
            import.leave(report);
        } else if let Err(error) = import.report(report, number, reports.len()) {
            return Err(error.after(import.outcome.committed()));
        }
    }
    Ok(Outcome { by_journal: import.writer.used_journal(), ..import.outcome })
}

impl Outcome {
    fn committed(&self) -> Vec<Key> {
        self.periods.iter().filter(|period| period.change != Change::Unchanged).map(|period| period.key.clone()).collect()
    }
}

/// The records of all held periods that can be read.
fn held(lake: &Lake) -> Result<BTreeMap<Key, ImportRecord>, ImportError> {
    Ok(lake.survey()?.into_iter().flatten().map(|held| (held.key, held.record)).collect())
}

struct Import<'a> {
    lake: &'a Lake,
    writer: Writer<'a>,
    options: &'a ImportOptions,
    now: Timestamp,
    progress: &'a (dyn Fn(Event<'_>) + Sync),
    held: BTreeMap<Key, ImportRecord>,
    outcome: Outcome,
}

impl Import<'_> {
    /// Refuses by the manifest alone what would be refused after an hour of conversion.
    fn refuse_by_manifest(&self, report: &Report) -> Result<(), ImportError> {
        let payer = report.payer.as_ref().and_then(|payer| payer.parse::<AccountId>().ok());
        let (Some(payer), Some(period)) = (payer, report.period) else { return Ok(()) };
        self.refuse_another(&Key { payer, period, provider: "AWS".to_owned() }, report)
    }

    /// A newer version of a report takes the place of an older one. Another report of the same month may have other charges.
    fn refuse_another(&self, key: &Key, report: &Report) -> Result<(), ImportError> {
        let Some(held) = self.held.get(key).filter(|_| !self.options.replace) else { return Ok(()) };
        if held.kind != report.kind {
            return Err(ImportError::AnotherKind { key: key.clone(), held: held.kind, new: report.kind });
        }
        let (held, new) = (Origin::of_record(held), Origin::of_report(report));
        match held.zip(new).filter(|(held, new)| !held.is_same(*new)) {
            Some((held, new)) => Err(ImportError::AnotherReport { key: key.clone(), held: held.to_string(), new: new.to_string() }),
            None => Ok(()),
        }
    }

    /// Passes by a report whose periods are held as it has them.
    fn leave(&mut self, report: &Report) {
        let same = self.held.iter().filter(|(_, record)| record.fingerprint == report.fingerprint);
        self.outcome.periods.extend(same.map(|(key, record)| ImportedPeriod {
            key: key.clone(),
            change: Change::Unchanged,
            record: record.clone(),
            remarks: Vec::new(),
        }));
    }

    fn report(&mut self, report: &Report, number: usize, of: usize) -> Result<(), ImportError> {
        let bytes = report.parts.iter().map(|part| part.size).sum();
        (self.progress)(Event::Converting { report: &report.name, number, of, bytes });
        let staging = self.writer.stage()?;
        let done = self.convert(report, &staging);
        self.writer.discard(&staging);
        done.map_err(|error| error.or_no_room(self.lake.root(), bytes))
    }

    /// Whether every period that came of this very source is still held as it came.
    fn is_held_whole(&self, report: &Report) -> bool {
        let same = |held: &&ImportRecord| held.fingerprint == report.fingerprint && held.kind == report.kind && held.layout == LAYOUT;
        let held: Vec<&ImportRecord> = self.held.values().filter(same).collect();
        // Fingerprints of bare files are made of little; what their first rows say must be there as well.
        let is_of = |month: &Month, record: &ImportRecord| {
            record.period == month.period.to_string() && month.payer.as_ref().is_none_or(|payer| *payer == record.payer)
        };
        let has_months = report.months.iter().all(|month| held.iter().any(|record| is_of(month, record)));
        has_months && held.first().is_some_and(|record| record.source_periods as usize == held.len())
    }

    fn convert(&mut self, report: &Report, staging: &Path) -> Result<(), ImportError> {
        let reports = std::slice::from_ref(report);
        let progress = |read| (self.progress)(Event::Read(read));
        let conversion = Conversion { reports, staging, quarantine: self.options.quarantine, progress: &progress };
        let converted =
            read::convert(&conversion).map_err(|source| ImportError::Read { report: report.name.clone(), source: Box::new(source) })?;
        if let Some(period) = report.period.filter(|period| converted.is_empty() && !self.holds(report, *period)) {
            self.outcome.without_rows.push(WithoutRows { report: report.name.clone(), period });
            return Ok(());
        }
        self.refuse(report, &converted)?;
        // Nothing below refuses: what fails now is the file system.
        let periods = u32::try_from(converted.len()).expect("a bill has fewer than 4 billion periods");
        for converted in converted {
            let record = record::of(report, &converted, periods, &self.options.source, self.now)?;
            self.commit(converted, record)?;
        }
        Ok(())
    }

    /// Whether something is held that a report without any row would have to take the place of, as far as its manifest says whose it is.
    fn holds(&self, report: &Report, period: BillingPeriod) -> bool {
        let is_payer = |key: &Key| report.payer.as_deref().is_none_or(|payer| payer == key.payer.as_str());
        let origin = Origin::of_report(report);
        let is_own = |record: &ImportRecord| Origin::of_record(record).zip(origin).is_some_and(|(held, new)| held.is_same(new));
        self.held.iter().any(|(key, record)| key.period == period && (is_payer(key) || is_own(record)))
    }

    /// Everything that speaks against the periods a report turned out to hold.
    fn refuse(&self, report: &Report, converted: &[Converted]) -> Result<(), ImportError> {
        if converted.is_empty() {
            return Err(ImportError::NoRows { report: report.name.clone() });
        }
        let imported: BTreeSet<_> = self.outcome.periods.iter().map(|period| &period.key).collect();
        for one in converted {
            if imported.contains(&one.key) {
                return Err(ImportError::PeriodTwice { key: one.key.clone(), report: report.name.clone() });
            }
            if !self.options.replace {
                // A period whose record cannot be read is replaced only when asked to.
                self.lake.held(&one.key)?;
            }
            self.refuse_another(&one.key, report)?;
            self.refuse_another_currency(one, converted)?;
        }
        Ok(())
    }

    /// One payer, one currency: its periods are summed.
    fn refuse_another_currency(&self, new: &Converted, converted: &[Converted]) -> Result<(), ImportError> {
        let replaced: BTreeSet<_> = converted.iter().map(|one| &one.key).collect();
        let held = self.held.iter().filter(|(key, _)| !replaced.contains(key)).map(|(key, record)| (key, &record.currency));
        let together = converted.iter().map(|one| (&one.key, &one.currency));
        let same_payer = |key: &Key| key.payer == new.key.payer && key.provider == new.key.provider;
        let other = held
            .chain(together)
            .find(|(key, currency)| same_payer(key) && **currency != new.currency && !currency.is_empty() && !new.currency.is_empty());
        match other {
            Some((key, currency)) => Err(ImportError::AnotherCurrency {
                key: Box::new(new.key.clone()),
                currency: new.currency.clone(),
                other: Box::new(key.clone()),
                other_currency: currency.clone(),
            }),
            None => Ok(()),
        }
    }

    fn commit(&mut self, converted: Converted, record: ImportRecord) -> Result<(), ImportError> {
        let key = converted.key.clone();
        let before = self.held.get(&key);
        let mut remarks = before.map(|before| record::remarks(before, &record)).unwrap_or_default();
        let made = (converted.rollup.is_some(), converted.detail.is_some());
        let is_whole = || self.lake.held(&key).ok().flatten().is_some_and(|held| (held.rollup.is_some(), held.detail.is_some()) == made);
        let same = before.is_some_and(|before| before.version == record.version && before.layout == record.layout);
        let change = match before {
            Some(_) if same && !self.options.replace && is_whole() => Change::SameContents,
            Some(_) => Change::Replaced,
            None => Change::New,
        };
        if same && change == Change::Replaced && !self.options.replace {
            remarks.push("its charges are the same; it lacked a roll-up, or had one too many, and was written anew".to_owned());
        }
        let record = if change == Change::SameContents {
            self.writer.refresh(&record)?;
            record
        } else {
            self.writer.commit(Staged {
                record,
                charges: converted.charges,
                rollup: converted.rollup,
                detail: converted.detail,
                split_costs: converted.split_costs,
                quarantine: converted.quarantined,
            })?
        };
        self.held.insert(key.clone(), record.clone());
        let period = ImportedPeriod { key, change, record, remarks };
        (self.progress)(Event::Committed(&period));
        self.outcome.periods.push(period);
        Ok(())
    }
}
