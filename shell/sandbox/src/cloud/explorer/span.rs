//! Times as Cost Explorer takes and tells them.

use super::{invalid, unavailable};
use crate::cloud::ask::{Ask, Refusal};
use crate::cloud::{Cloud, Moment};
use jiff::Timestamp;
use tenor_bill::BillingPeriod;
use tenor_wire::Value;

const DAY: i64 = 86_400;
/// Hours and resources are told of the last 14 days ([BOTO:ce] `GetCostAndUsageWithResources`).
const FINE_DAYS: i64 = 14;
/// [BOTO:ce]: the last 12 months and the current one.
const MONTHS: usize = 13;

/// From the first second to the first second after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: i64,
    pub(super) end: i64,
}

/// How finely time is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Granularity {
    Hourly,
    Daily,
    Monthly,
    /// All of it at once.
    Whole,
}

impl Granularity {
    /// As a request says it; `usual` where it says nothing.
    pub(super) fn read(ask: &Ask<'_>, known: &[Self], usual: Self) -> Result<Self, Refusal> {
        let found = match ask.text("Granularity") {
            None => return Ok(usual),
            Some("HOURLY") => Some(Self::Hourly),
            Some("DAILY") => Some(Self::Daily),
            Some("MONTHLY") => Some(Self::Monthly),
            Some(_) => None,
        };
        let text = ask.text("Granularity").unwrap_or_default();
        found.filter(|found| known.contains(found)).ok_or_else(|| invalid(format!("Granularity `{text}` is not supported here")))
    }
}

impl Range {
    /// What two times share.
    pub(super) fn within(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Its hours, days or months, the first and last cut where it begins and ends.
    pub(super) fn slices(self, granularity: Granularity) -> Vec<Self> {
        let mut slices = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let next = match granularity {
                Granularity::Hourly => start + 3600,
                Granularity::Daily => start.div_euclid(DAY) * DAY + DAY,
                Granularity::Monthly => Moment(start).month_end().0,
                Granularity::Whole => self.end,
            };
            slices.push(Self { start, end: next.min(self.end) });
            start = next;
        }
        slices
    }

    /// `TimePeriod`, with hours where they matter.
    pub(super) fn value(self, granularity: Granularity) -> Value {
        let text = |at: i64| {
            let pattern = if granularity == Granularity::Hourly { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%d" };
            Moment(at).timestamp().strftime(pattern).to_string()
        };
        Value::of([("Start", text(self.start).into()), ("End", text(self.end).into())])
    }

    /// A period of a request.
    pub(super) fn read(ask: &Ask<'_>, member: &str) -> Result<Self, Refusal> {
        let at = |end: &str| {
            let path = format!("{member}.{end}");
            let text = ask.text(&path).unwrap_or_default();
            moment(text).ok_or_else(|| invalid(format!("{path} `{text}` must be a day as YYYY-MM-DD, or an hour as YYYY-MM-DDThh:mm:ssZ")))
        };
        let range = Self { start: at("Start")?, end: at("End")? };
        if range.start >= range.end {
            return Err(invalid("Start date (and hour) should be before end date (and hour)"));
        }
        Ok(range)
    }
}

fn moment(text: &str) -> Option<i64> {
    let timestamp: Timestamp = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() }.parse().ok()?;
    Some(timestamp.as_second()).filter(|second| second % 3600 == 0)
}

impl Cloud {
    /// The time that a request is about, which must be one that Cost Explorer knows of.
    ///
    /// Refused: what is older than 13 months, ends after the current month or begins after now. Which error AWS has for each is UNVERIFIED.
    pub(super) fn range(&self, ask: &Ask<'_>, member: &str) -> Result<Range, Refusal> {
        let (range, now) = (Range::read(ask, member)?, self.books.now);
        let mut oldest = BillingPeriod::containing(now.timestamp());
        for _ in 1..MONTHS {
            oldest = BillingPeriod::containing(Moment::of(oldest.start()).later(-1).timestamp());
        }
        if range.start < oldest.start().as_second() {
            return Err(invalid("You haven't enabled historical data beyond 13 months"));
        }
        if range.end > now.month_end().0 {
            return Err(invalid("The end date is past the beginning of next month"));
        }
        if range.start > now.0 || range.end <= self.books.setup.start.start().as_second() {
            return Err(unavailable("The requested data is unavailable"));
        }
        Ok(range)
    }

    /// Refuses what lies further back than hours and resources are told of.
    pub(super) fn check_fine(&self, range: Range) -> Result<(), Refusal> {
        let first = (self.books.now.0.div_euclid(DAY) - FINE_DAYS) * DAY;
        if range.start < first {
            return Err(invalid(format!("Hours and resources are available for the last {FINE_DAYS} days alone")));
        }
        Ok(())
    }
}
