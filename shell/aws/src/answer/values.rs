//! What many answers have in common.

use super::error::AnswerError;
use super::field::{Field, Read};
use super::input::Input;
use super::shape::words;
use jiff::Timestamp;
use jiff::tz::TimeZone;

words! {
    /// How much of a commitment is paid at its start.
    pub PaymentOption {
        /// Nothing.
        NoUpfront = "No Upfront",
        /// A part.
        PartialUpfront = "Partial Upfront",
        /// Everything.
        AllUpfront = "All Upfront",
    }
}

words! {
    /// Whom a host serves.
    pub Tenancy {
        /// Anybody.
        Default = "default",
        /// One owner.
        Dedicated = "dedicated",
        /// One owner, who sees the host.
        Host = "host",
    }
}

/// From a moment up to but without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment in it.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl Read for Span {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.required()?;
        Ok(Self { start: Read::read(&field.member("Start"))?, end: Read::read(&field.member("End"))? })
    }
}

impl Span {
    /// As Cost Explorer wants it: by the day, or where `is_hourly` by the second.
    pub(crate) fn input(self, is_hourly: bool) -> Input {
        let text = |moment: Timestamp| {
            let moment = moment.to_zoned(TimeZone::UTC);
            moment.strftime(if is_hourly { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%d" }).to_string()
        };
        Input::new().with("Start", text(self.start)).with("End", text(self.end))
    }
}

impl PaymentOption {
    /// As Cost Explorer spells it: `NO_UPFRONT`.
    pub(crate) fn in_capitals(&self) -> String {
        self.as_str().to_ascii_uppercase().replace(' ', "_")
    }
}
