//! When a job is due: a crontab in a time zone, and how often it is tried. Reads no clock.
//!
//! A crontab is of local times. One that a change of clocks leaves out is taken as much later as the clocks are put ahead; one that comes twice is
//! taken the first time. So what is due once a day is due once on each day. Moments are later and later, so that none is taken twice.

use super::Job;
use cronexpr::Crontab;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A failure is waited out no longer before the next attempt.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(6);
/// No clock that is put ahead leaves out more: so far back a local time may stand for a moment that is still to come.
const LEFT_OUT_MAX: SignedDuration = SignedDuration::from_hours(3);
/// A job is not tried more often again.
const RETRIES_MAX: u32 = 10;

/// All jobs that run by themselves, and when.
#[derive(Debug, Clone, Default)]
pub struct Schedule(pub BTreeMap<Job, Timing>);

/// When one of them is due.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Of local times, as if they were UTC.
    crontab: Crontab,
    cron: String,
    zone: TimeZone,
    zone_name: String,
    retries: u32,
    pause: SignedDuration,
}

/// Why it says no moments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    /// Not five fields.
    #[error("`{cron}` has {found} fields: minute, hour, day of the month, month and day of the week are five")]
    Fields {
        /// As it is.
        cron: String,
        /// How many it has.
        found: usize,
    },
    /// A field makes no sense.
    #[error("`{cron}` is no crontab: {why}")]
    Crontab {
        /// As it is.
        cron: String,
        /// Why.
        why: String,
    },
    /// No time zone has that name.
    #[error("there is no time zone `{0}`")]
    Zone(String),
    /// Such a day never comes.
    #[error("`{0}` names no moment of the years to come")]
    Never(String),
    /// More retries than are allowed.
    #[error("{0} retries are too many: at most {RETRIES_MAX}")]
    Retries(u32),
    /// A pause that is none.
    #[error("the pause before a retry is a minute at least")]
    Pause,
}

impl TimingError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Fields { .. } | Self::Crontab { .. } | Self::Never(_) => {
                "every day at six is `0 6 * * *`; Mondays at seven, `0 7 * * MON`"
            }
            Self::Zone(_) => "name one of the IANA database: Europe/Berlin, America/New_York, UTC",
            Self::Retries(_) | Self::Pause => "leave it out: three retries, five minutes before the first",
        }
    }
}

impl Timing {
    /// Reads a crontab of five fields, in a time zone of the IANA database.
    ///
    /// # Errors
    /// When it makes no sense, or names no moment after `as_of`.
    pub fn read(cron: &str, zone: &str, retries: u32, pause: SignedDuration, as_of: Timestamp) -> Result<Self, TimingError> {
        let fields: Vec<_> = cron.split_whitespace().collect();
        if fields.len() != 5 {
            return Err(TimingError::Fields { cron: cron.to_owned(), found: fields.len() });
        }
        // The zone's name is looked up apart, so that the right value is blamed.
        let (zone, zone_name) = (TimeZone::get(zone).map_err(|_| TimingError::Zone(zone.to_owned()))?, zone.to_owned());
        if retries > RETRIES_MAX {
            return Err(TimingError::Retries(retries));
        }
        if pause < SignedDuration::from_mins(1) {
            return Err(TimingError::Pause);
        }
        let cron = fields.join(" ");
        let why = |error: cronexpr::Error| TimingError::Crontab { cron: cron.clone(), why: last_line(&error.to_string()) };
        let crontab = cronexpr::parse_crontab(&format!("{cron} UTC")).map_err(why)?;
        let timing = Self { crontab, cron, zone, zone_name, retries, pause };
        match timing.next(as_of) {
            Some(_) => Ok(timing),
            None => Err(TimingError::Never(timing.cron)),
        }
    }

    /// The first moment after this one; none in the next four years for a day that seldom comes.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        // Local times are looked through as if they were UTC, which leaves none out and has none twice. Where clocks are put ahead a later one may
        // stand for an earlier moment: so it is looked on until no local time can.
        let mut local = after.to_zoned(self.zone.clone()).datetime().saturating_sub(LEFT_OUT_MAX);
        let mut first: Option<Timestamp> = None;
        while let Some(next) = local.to_zoned(TimeZone::UTC).ok().and_then(|utc| self.crontab.find_next(utc.timestamp()).ok()) {
            local = next.datetime();
            if first.is_some_and(|first| first.to_zoned(self.zone.clone()).datetime() <= local) {
                break;
            }
            let moment = self.zone.to_ambiguous_zoned(local).compatible().ok()?.timestamp();
            if moment > after {
                first = Some(first.map_or(moment, |first| first.min(moment)));
            }
        }
        first
    }

    /// The crontab, its fields a space apart.
    #[must_use]
    pub fn cron(&self) -> &str {
        &self.cron
    }

    /// The time zone's name.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone_name
    }

    /// How often it is tried again.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.retries
    }

    /// How long to wait after so many attempts, from 1: twice as long each time, up to six hours.
    #[must_use]
    pub fn pause(&self, attempts: u32) -> SignedDuration {
        let factor = 1_i32 << attempts.saturating_sub(1).min(RETRIES_MAX);
        self.pause.checked_mul(factor).unwrap_or(PAUSE_MAX).min(PAUSE_MAX)
    }
}

/// The error repeats the crontab in a line and points into it; what is wrong stands last.
fn last_line(told: &str) -> String {
    told.lines().last().unwrap_or_default().trim_start_matches([' ', '^']).trim().to_owned()
}
