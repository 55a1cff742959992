//! Which of an account's reports a period is from.

use crate::source::Report;
use crate::store::ImportRecord;
use std::fmt;

/// What AWS tells one report from another by. Bare files do not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The report's or export's name.
    name: &'a str,
    /// The account that set it up: the payer, or a member for a report of its own charges alone.
    account: Option<&'a str>,
}

impl<'a> Origin<'a> {
    pub(super) fn of_report(report: &'a Report) -> Option<Self> {
        report.title.as_deref().map(|name| Self { name, account: report.payer.as_deref() })
    }

    pub(super) fn of_record(record: &'a ImportRecord) -> Option<Self> {
        record.report.as_deref().map(|name| Self { name, account: record.account.as_deref() })
    }

    /// Whether the two are one report, as far as is known: an account that was not named may be any.
    pub(super) fn is_same(self, other: Self) -> bool {
        self.name == other.name && self.account.zip(other.account).is_none_or(|(one, other)| one == other)
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            Some(account) => write!(f, "`{}` of account {account}", self.name),
            None => write!(f, "`{}`", self.name),
        }
    }
}
