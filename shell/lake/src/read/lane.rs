//! One thread's way through its parts: rows go to the sink of their period, bad ones aside, and all is gathered at the end.

use super::Conversion;
use super::aside::{Aside, BadRow, Waiting};
use super::error::{Place, ReadError};
use super::gathered::{Gathered, Written};
use super::mapper::{KeyPart, Mapper, RowKey};
use super::row::{Fault, Problem, Row, Wanted};
use super::sink::{RowError, Shapes, Sink};
use crate::source::Report;
use crate::store::Key;
use crate::write::GROUP_BYTES;
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tenor_bill::{AccountId, BillingPeriod, Reported};

/// Bytes that may wait in memory for all periods of one thread together.
const BUFFERED_BYTES_MAX: usize = GROUP_BYTES;
/// Periods that one thread may have open, each with its buffers and files.
const OPEN_MAX: usize = 64;
/// The provider of rows that name none.
const AWS: &str = "AWS";
/// Letters of a bad value that a message shows.
const SHOWN_MAX: usize = 200;

/// A period's sink and the raw key its rows carry.
struct Open {
    payer: Vec<u8>,
    period_start: i64,
    provider: Vec<u8>,
    key: Key,
    sink: Sink,
    aside: Aside,
    /// Which of the task's periods it is, counted as they were opened.
    opened: usize,
    /// When it was last turned to.
    turned_to: u64,
    /// Bytes it was last seen to hold in memory.
    buffered: usize,
}

/// One thread's open periods.
pub(crate) struct Lane<'a> {
    pub(crate) task: usize,
    conversion: &'a Conversion<'a>,
    report: &'a Report,
    shapes: &'a Shapes,
    gathered: &'a Mutex<Gathered>,
    open: Vec<Open>,
    /// The one the last row went to.
    last: usize,
    /// Periods opened so far.
    opened: usize,
    /// Turns from one period to another so far.
    turns: u64,
    /// Bytes that all open periods hold in memory.
    buffered: usize,
    /// Bad rows from before the first period.
    waiting: Waiting,
}

impl<'a> Lane<'a> {
    pub(crate) fn new(
        task: usize,
        conversion: &'a Conversion<'a>,
        report: &'a Report,
        shapes: &'a Shapes,
        gathered: &'a Mutex<Gathered>,
    ) -> Self {
        Self {
            task,
            conversion,
            report,
            shapes,
            gathered,
            open: Vec::new(),
            last: 0,
            opened: 0,
            turns: 0,
            buffered: 0,
            waiting: Waiting::default(),
        }
    }

    /// Takes one row, or sets it aside. `checked` is what the file format found wrong with it.
    pub(crate) fn take<M: Mapper, R: Row>(
        &mut self,
        mapper: &mut M,
        row: &R,
        checked: Result<(), Fault>,
        place: Place<'_>,
        wanted: &[Wanted],
    ) -> Result<(), ReadError> {
        let is_whole = checked.is_ok();
        let found = match checked.and_then(|()| mapper.key(row)) {
            Ok(key) => self.find(mapper, key, place)?,
            Err(fault) => Err(fault),
        };
        let fault = match found {
            Ok(at) => {
                self.turn_to(at);
                match mapper.map(row, &mut self.open[at].sink) {
                    Ok(()) => return self.bound_memory(),
                    Err(RowError::Write(error)) => return Err(error.into()),
                    Err(RowError::Fault(fault)) => fault,
                }
            }
            Err(fault) => fault,
        };
        // Where fields are missing or too many, no column is where the header has it, the cost neither.
        let cost = if is_whole { mapper.cost(row) } else { None };
        self.set_aside(cost, row, &fault, place, wanted)
    }

    /// The open period a row belongs to, opened when it is the first of its kind.
    fn find<M: Mapper>(&mut self, mapper: &M, key: RowKey<'_>, place: Place<'_>) -> Result<Result<usize, Fault>, ReadError> {
        let is = |open: &Open| open.period_start == key.period_start && open.payer == key.payer && open.provider == key.provider;
        if self.open.get(self.last).is_some_and(is) {
            return Ok(Ok(self.last));
        }
        if let Some(at) = self.open.iter().position(is) {
            return Ok(Ok(at));
        }
        let parsed = match parse_key(key) {
            Ok(parsed) => parsed,
            Err((part, problem)) => return Ok(Err(Fault { column: mapper.key_column(part), problem })),
        };
        // Two ways to write the same period are one period.
        if let Some(at) = self.open.iter().position(|open| open.key == parsed) {
            return Ok(Ok(at));
        }
        if let Some(expected) = self.report.period.filter(|expected| *expected != parsed.period) {
            let (found, expected) = (parsed.period.to_string(), expected.to_string());
            return Err(ReadError::OtherPeriod { part: place.part.to_owned(), row: place.row, found, expected });
        }
        self.open(key, parsed).map(Ok)
    }

    fn open(&mut self, raw: RowKey<'_>, key: Key) -> Result<usize, ReadError> {
        if self.open.len() >= OPEN_MAX {
            let (least_recent, _) = self.open.iter().enumerate().min_by_key(|(_, open)| open.turned_to).expect("there are many");
            let least_recent = self.open.swap_remove(least_recent);
            self.buffered -= least_recent.buffered;
            self.close(least_recent)?;
        }
        let folder = self.gathered().folder(&key, self.conversion.staging)?;
        let prefix = format!("{:05}-{:05}", self.task, self.opened);
        let mut sink = Sink::new(&folder, &prefix, self.shapes);
        let mut aside = Aside::new(&folder, &prefix);
        aside.take_waiting(std::mem::take(&mut self.waiting), &mut sink.counts)?;
        let (payer, period_start, provider) = (raw.payer.to_vec(), raw.period_start, raw.provider.to_vec());
        self.open.push(Open { payer, period_start, provider, key, sink, aside, opened: self.opened, turned_to: self.turns, buffered: 0 });
        self.opened += 1;
        // What was swapped into the place of the last one is none of it.
        self.last = usize::MAX;
        Ok(self.open.len() - 1)
    }

    #[inline]
    fn turn_to(&mut self, at: usize) {
        if at != self.last {
            self.last = at;
            self.turns += 1;
            self.open[at].turned_to = self.turns;
        }
    }

    /// Writes the largest buffer out when all periods together hold too much.
    #[inline]
    fn bound_memory(&mut self) -> Result<(), ReadError> {
        let open = &mut self.open[self.last];
        let buffered = open.sink.buffered();
        self.buffered = self.buffered - open.buffered + buffered;
        open.buffered = buffered;
        // One period alone is bounded by its own row groups.
        if self.buffered > BUFFERED_BYTES_MAX && self.open.len() > 1 { self.flush_largest() } else { Ok(()) }
    }

    fn flush_largest(&mut self) -> Result<(), ReadError> {
        let largest = self.open.iter_mut().max_by_key(|open| open.buffered).expect("there are several");
        largest.sink.flush()?;
        self.buffered -= largest.buffered;
        largest.buffered = 0;
        Ok(())
    }

    /// Sets a row aside, or stops at it.
    fn set_aside<R: Row>(
        &mut self,
        cost: Option<Reported>,
        row: &R,
        fault: &Fault,
        place: Place<'_>,
        wanted: &[Wanted],
    ) -> Result<(), ReadError> {
        let record = row.record();
        let bad = BadRow {
            place,
            column: fault.column.map_or_else(|| "the row".to_owned(), |at| shown(&wanted[at].name)),
            value: fault.column.map_or_else(|| shown(&record), |at| shown(&row.shown(at))),
            problem: fault.problem.to_string(),
            cost,
            record,
        };
        if !self.conversion.quarantine {
            return Err(bad.stops());
        }
        // A row that does not say its period goes with the rows before it; where there are none, it waits for those after it.
        match self.open.get_mut(self.last) {
            Some(open) => open.aside.take(bad, &mut open.sink.counts),
            None => self.waiting.take(bad),
        }
    }

    /// Closes all files and hands everything over.
    pub(crate) fn finish(mut self) -> Result<(), ReadError> {
        for open in std::mem::take(&mut self.open) {
            self.close(open)?;
        }
        if !self.waiting.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            self.gathered().add_stray(self.task, self.report, waiting);
        }
        Ok(())
    }

    fn close(&self, open: Open) -> Result<(), ReadError> {
        let written = Written::close(self.task, open.opened, open.sink, open.aside)?;
        self.gathered().add(&open.key, written);
        Ok(())
    }

    fn gathered(&self) -> MutexGuard<'a, Gathered> {
        // A reader that broke down is told of, and then nothing gathered is used.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The beginning of a text from a file, with whatever a terminal could take for a command made visible.
fn shown(text: &str) -> String {
    let visible =
        |letter: char| -> String { if matches!(letter, '"' | '\'' | '\\') { letter.into() } else { letter.escape_debug().collect() } };
    text.chars().take(SHOWN_MAX).map(visible).collect()
}

fn parse_key(key: RowKey<'_>) -> Result<Key, (KeyPart, Problem)> {
    let account = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| text.parse::<AccountId>().ok());
    let payer = account(key.payer).ok_or((KeyPart::Payer, Problem::Account))?;
    let start = Timestamp::from_microsecond(key.period_start).map_err(|_| (KeyPart::PeriodStart, Problem::Moment))?;
    // A provider names a folder, as an account does, and is held to the same letters.
    let provider = match key.provider {
        [] => AWS.to_owned(),
        name => account(name).ok_or((KeyPart::Provider, Problem::Provider))?.to_string(),
    };
    Ok(Key { payer, period: BillingPeriod::containing(start), provider })
}
