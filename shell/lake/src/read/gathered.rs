//! What all tasks wrote, by period, and how a period is closed.

use super::Converted;
use super::aside::{self, Aside, Waiting};
use super::error::{PERIODS_MAX, ReadError};
use super::sink::{Counts, Sink};
use crate::schema::ROLLUP_AMOUNTS;
use crate::source::Report;
use crate::store::Key;
use crate::write::{Finished, Rollups, WriteError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tenor_bill::{Difference, Sums};
use tenor_money::Money;

/// What one task wrote of one period, from opening it until closing it.
struct Piece {
    /// The task, and which of its periods this is, counted as they were opened.
    order: (usize, usize),
    charges: Vec<Finished>,
    split: Vec<Finished>,
    aside: Option<PathBuf>,
    currency: Option<String>,
}

/// What all tasks wrote of one period.
struct Period {
    folder: PathBuf,
    pieces: Vec<Piece>,
    rows_charges: u64,
    rollups: Rollups,
    counts: Counts,
}

/// Rows of one task that found no period.
struct Stray {
    task: usize,
    /// Payer and period of the report, where its manifest says them.
    of: (Option<String>, Option<tenor_bill::BillingPeriod>),
    waiting: Waiting,
}

/// Everything written so far, by period.
#[derive(Default)]
pub(crate) struct Gathered {
    periods: BTreeMap<Key, Period>,
    strays: Vec<Stray>,
}

impl Gathered {
    /// The folder of a period, made when it is new.
    pub(super) fn folder(&mut self, key: &Key, staging: &Path) -> Result<PathBuf, ReadError> {
        if let Some(period) = self.periods.get(key) {
            return Ok(period.folder.clone());
        }
        if self.periods.len() >= PERIODS_MAX {
            return Err(ReadError::TooManyPeriods);
        }
        let folder = staging.join(format!("{:04}", self.periods.len()));
        fs::create_dir_all(&folder).map_err(|source| WriteError::Io { path: folder.clone(), source })?;
        self.periods.insert(key.clone(), Period::new(folder.clone()));
        Ok(folder)
    }

    /// Takes what a task wrote of a period whose folder was made. The files are closed already.
    pub(super) fn add(&mut self, key: &Key, written: Written) {
        let period = self.periods.get_mut(key).expect("its folder was made before");
        period.counts.merge(&written.counts);
        period.rows_charges += written.rows_charges;
        period.rollups.merge(&written.rollups);
        period.pieces.push(written.piece);
    }

    /// Takes rows of a task that found no period to go with.
    pub(super) fn add_stray(&mut self, task: usize, report: &Report, waiting: Waiting) {
        self.strays.push(Stray { task, of: (report.payer.clone(), report.period), waiting });
    }

    /// All periods in key order, their files in the order of the source.
    pub(crate) fn finish(mut self) -> Result<Vec<Converted>, ReadError> {
        self.strays.sort_by_key(|stray| stray.task);
        for stray in std::mem::take(&mut self.strays) {
            self.settle(stray)?;
        }
        self.periods.into_iter().map(|(key, period)| period.finish(key)).collect()
    }

    /// Gives rows that found no period to that of their report, or to the first.
    fn settle(&mut self, stray: Stray) -> Result<(), ReadError> {
        let (payer, period) = &stray.of;
        let is_theirs =
            |key: &Key| payer.as_ref().is_none_or(|payer| payer == key.payer.as_str()) && period.is_none_or(|period| period == key.period);
        let key = self.periods.keys().find(|key| is_theirs(key)).or_else(|| self.periods.keys().next()).cloned();
        let Some(period) = key.and_then(|key| self.periods.get_mut(&key)) else {
            return stray.waiting.stops().map_or(Ok(()), Err);
        };
        let mut aside = Aside::new(&period.folder, &format!("{:05}-stray", stray.task));
        aside.take_waiting(stray.waiting, &mut period.counts)?;
        let aside = aside.finish()?;
        period.pieces.push(Piece { order: (stray.task, 0), charges: Vec::new(), split: Vec::new(), aside, currency: None });
        Ok(())
    }
}

/// A period's sink, closed.
pub(super) struct Written {
    piece: Piece,
    rows_charges: u64,
    rollups: Rollups,
    counts: Counts,
}

impl Written {
    /// Closes the files of the task's `opened`th period.
    pub(super) fn close(task: usize, opened: usize, sink: Sink, aside: Aside) -> Result<Self, ReadError> {
        let charges = sink.charges.finish()?;
        let split = sink.split.finish()?;
        let counts = sink.counts;
        let piece = Piece {
            order: (task, opened),
            charges: charges.files,
            split: split.files,
            aside: aside.finish()?,
            currency: counts.currency.clone(),
        };
        Ok(Self { piece, rows_charges: charges.rows, rollups: charges.rollups.expect("charges have roll-ups"), counts })
    }
}

impl Period {
    fn new(folder: PathBuf) -> Self {
        Self { folder, pieces: Vec::new(), rows_charges: 0, rollups: Rollups::default(), counts: Counts::default() }
    }

    fn finish(mut self, key: Key) -> Result<Converted, ReadError> {
        self.pieces.sort_by_key(|piece| piece.order);
        self.refuse_two_currencies(&key)?;
        let by_month = self.rollups.by_month.totals().map(|(rows, sums)| (rows, std::array::from_fn(|at| sums[at])));
        let written = differences(&self.counts, self.rows_charges, self.rollups.by_day.totals(), by_month);
        let rollup = self.rollups.by_day.write(&self.folder.join("rollup.parquet"))?;
        // Not part of the version: it follows from the charges, and periods of before have none.
        let detail = self.rollups.by_month.write(&self.folder.join("detail.parquet"))?;
        let mut hasher = blake3::Hasher::new();
        let files = self.pieces.iter().flat_map(|piece| piece.charges.iter().chain(&piece.split));
        for file in files.chain(&rollup) {
            hasher.update(file.hash.as_bytes());
        }
        let quarantined = self.join_aside()?;
        let paths = |files: fn(&Piece) -> &[Finished]| self.pieces.iter().flat_map(files).map(|file| file.path.clone()).collect();
        let counts = &self.counts;
        let notices = counts.notices.iter().map(|(text, rows)| format!("{rows} rows: {text}")).collect();
        Ok(Converted {
            charges: paths(|piece| &piece.charges),
            split_costs: paths(|piece| &piece.split),
            rollup: rollup.map(|file| file.path),
            detail: detail.map(|file| file.path),
            quarantined,
            version: hasher.finalize().to_hex()[..16].to_owned(),
            time_unit: counts.time_unit(),
            currency: counts.currency.clone().unwrap_or_default(),
            rows_read: counts.rows_read,
            rows_charges: self.rows_charges,
            rows_split: counts.rows_split,
            rows_quarantined: counts.rows_quarantined,
            sums: self.counts.sums.clone(),
            written,
            line_items: self.counts.line_items(),
            notices,
            key,
        })
    }

    fn refuse_two_currencies(&mut self, key: &Key) -> Result<(), ReadError> {
        let mut currencies = self.pieces.iter().filter_map(|piece| piece.currency.as_ref());
        let first = currencies.next();
        let Some(second) = currencies.find(|currency| Some(*currency) != first) else {
            self.counts.currency = first.cloned();
            return Ok(());
        };
        Err(ReadError::MixedCurrencies {
            payer: key.payer.to_string(),
            period: key.period.to_string(),
            first: first.cloned().unwrap_or_default(),
            second: second.clone(),
        })
    }

    /// Rows set aside, in the order of the source, with what is wrong with each.
    fn join_aside(&self) -> Result<Option<PathBuf>, ReadError> {
        let parts: Vec<_> = self.pieces.iter().filter_map(|piece| piece.aside.clone()).collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let path = self.folder.join("quarantine.csv");
        aside::join(&parts, &path)?;
        Ok(Some(path))
    }
}

/// Rows and sums of [`ROLLUP_AMOUNTS`] of a roll-up, where there is one.
type Totals = Option<(u64, [i128; ROLLUP_AMOUNTS.len()])>;

/// What it means when rows or [`ROLLUP_AMOUNTS`] of a roll-up are not those counted.
type Meanings = [&'static str; ROLLUP_AMOUNTS.len() + 1];

const BY_DAY: Meanings = [
    "charges counted less charges rolled up: an import fault",
    "billed cost counted less that rolled up: an import fault",
    "effective cost counted less that rolled up: an import fault",
    "list cost counted less that rolled up: an import fault",
    "contracted cost counted less that rolled up: an import fault",
    "unblended cost counted less that rolled up: an import fault",
];

const BY_MONTH: Meanings = [
    "charges counted less charges rolled up by month: an import fault",
    "billed cost counted less that rolled up by month: an import fault",
    "effective cost counted less that rolled up by month: an import fault",
    "list cost counted less that rolled up by month: an import fault",
    "contracted cost counted less that rolled up by month: an import fault",
    "unblended cost counted less that rolled up by month: an import fault",
];

/// What was counted row by row, against what the writer's buffers and the roll-ups add up to.
fn differences(counts: &Counts, rows_written: u64, by_day: Totals, by_month: Totals) -> Vec<Difference> {
    let Sums { billed, effective, list, contracted, unblended, .. } = counts.sums;
    let rows = |rows: u64| Money::from_whole(i64::try_from(rows).expect("a bill has fewer than 2^63 rows"));
    let counted = rows(counts.rows_charges);
    let costs = [("billed", billed), ("effective", effective), ("list", list), ("contracted", contracted), ("unblended", unblended)];
    let mut pairs = vec![("rows", counted - rows(rows_written), "charges counted less charges written: an import fault")];
    for (totals, meanings) in [(by_day, BY_DAY), (by_month, BY_MONTH)] {
        let Some((rolled_up, sums)) = totals else { continue };
        let costs = costs.into_iter().zip(sums).map(|((name, cost), sum)| (name, cost - Money::from_units(sum)));
        let differences = std::iter::once(("rows", counted - rows(rolled_up))).chain(costs);
        pairs.extend(differences.zip(meanings).map(|((name, amount), meaning)| (name, amount, meaning)));
    }
    let differs = pairs.into_iter().filter(|(_, amount, _)| !amount.is_zero());
    differs.map(|(name, amount, meaning)| Difference { name: name.to_owned(), amount, meaning, explained: false }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Counts, Gathered, PERIODS_MAX, Period, ReadError, differences};
    use crate::store::Key;
    use tenor_money::Money;

    #[test]
    fn what_is_written_must_add_up_to_what_was_counted() {
        let mut counts = Counts::default();
        counts.rows_charges = 2;
        counts.sums.billed = Money::from_whole(3);
        counts.sums.list = Money::from_whole(5);
        let (billed, list) = (counts.sums.billed.units(), counts.sums.list.units());
        let right = Some((2, [billed, 0, list, 0, 0]));
        assert_eq!(differences(&counts, 2, right, right), []);
        let found = differences(&counts, 1, Some((3, [billed - 1, 0, 0, 0, 1])), Some((2, [billed, 1, list, 0, 0])));
        let shown: Vec<_> = found.iter().map(|d| format!("{} {} ({})", d.name, d.amount, d.meaning)).collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        rows 1 (charges counted less charges written: an import fault)
        rows -1 (charges counted less charges rolled up: an import fault)
        billed 0.000000000001 (billed cost counted less that rolled up: an import fault)
        list 5 (list cost counted less that rolled up: an import fault)
        unblended -0.000000000001 (unblended cost counted less that rolled up: an import fault)
        effective -0.000000000001 (effective cost counted less that rolled up by month: an import fault)
        ");
        assert_eq!(differences(&counts, 2, None, None), [], "a roll-up that was given up has nothing to say");
    }

    #[test]
    fn a_report_of_too_many_payers_is_refused() {
        let staging = tempfile::tempdir().unwrap();
        let mut gathered = Gathered::default();
        let key = |n: usize| Key { payer: n.to_string().parse().unwrap(), period: "2018-10".parse().unwrap(), provider: "AWS".to_owned() };
        for n in 0..PERIODS_MAX {
            gathered.periods.insert(key(n), Period::new(staging.path().to_owned()));
        }
        gathered.folder(&key(0), staging.path()).unwrap();
        let error = gathered.folder(&key(PERIODS_MAX), staging.path()).unwrap_err();
        assert!(matches!(error, ReadError::TooManyPeriods));
        insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint()), @"
        the report has rows of more than 10000 payers and months
        hint: import the folders of a few payers at a time
        ");
    }
}
