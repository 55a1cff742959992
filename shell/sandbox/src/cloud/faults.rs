//! What goes wrong: on request, or by chance from the seed.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A way for a call to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The connection breaks before anything is done.
    LostBefore,
    /// It is done, and the connection breaks before the answer.
    LostAfter,
    /// It is done, and the answer is an internal error.
    ErrorAfter,
    /// Refused: too many requests.
    Throttled,
    /// It is done twice, as when the network delivers a request twice; the answer is the second one's.
    Duplicated,
    /// Answered from the books before the latest change, as an eventually consistent service does.
    Stale,
    /// A page holds one item, and there are more pages.
    ShortPage,
    /// The server's clock is an hour ahead: the signature has expired.
    SkewedClock,
    /// Refused: no permission.
    Denied,
}

/// What S3 answers, which is not of the books and so has no row.
const S3_READS: [&str; 5] = ["GetBucketLocation", "HeadBucket", "ListObjectsV2", "GetObject", "HeadObject"];

const NAMES: [(FaultKind, &str); 9] = [
    (FaultKind::LostBefore, "lost-before"),
    (FaultKind::LostAfter, "lost-after"),
    (FaultKind::ErrorAfter, "error-after"),
    (FaultKind::Throttled, "throttled"),
    (FaultKind::Duplicated, "duplicated"),
    (FaultKind::Stale, "stale"),
    (FaultKind::ShortPage, "short-page"),
    (FaultKind::SkewedClock, "skewed-clock"),
    (FaultKind::Denied, "denied"),
];

impl FaultKind {
    /// Whether a call of this operation can meet it: one that cannot does not use it up.
    pub(super) fn shows_in(self, service: &str, operation: &str, changes: bool) -> bool {
        match self {
            // What is delivered does not change, so nothing of S3's is stale.
            Self::Stale => !changes && service != "s3",
            Self::ShortPage => !changes && (service != "s3" || operation == "ListObjectsV2"),
            Self::Duplicated => changes,
            _ => true,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name);
        f.pad(name)
    }
}

impl FromStr for FaultKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind);
        found.ok_or_else(|| format!("`{text}` is no fault; there are {}", NAMES.map(|(_, name)| name).join(", ")))
    }
}

/// A fault that is to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedFault {
    /// `ec2:PurchaseReservedInstancesOffering`, `ec2:*` or `*`.
    pub operation: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// In how many of a thousand calls, by chance; 1000 is each.
    pub per_mille: u16,
    /// How many times are left.
    pub times: u32,
}

impl PlannedFault {
    /// Why it would never happen, or never do anything.
    ///
    /// # Errors
    /// When the sandbox answers no such operation, the fault is for reads and it changes something, or the other way round.
    pub fn check(&self) -> Result<(), String> {
        let rows = super::table::operations().map(|row| (row.service, row.operation, row.changes));
        let all = rows.chain(S3_READS.map(|operation| ("s3", operation, false)));
        let mut rows = all.filter(|(service, operation, _)| self.is_for(service, operation)).peekable();
        if rows.peek().is_none() {
            return Err(format!("the sandbox answers no `{}`; write `service:Operation`, `service:*` or `*`", self.operation));
        }
        if rows.any(|(service, operation, changes)| self.kind.shows_in(service, operation, changes)) {
            return Ok(());
        }
        let why = match self.kind {
            FaultKind::Duplicated => "only reads",
            FaultKind::ShortPage if self.operation.starts_with("s3:") => "has no pages",
            FaultKind::Stale if self.operation.starts_with("s3:") => "tells what never changes",
            _ => "changes something",
        };
        Err(format!("`{}` does nothing to `{}`, which {why}", self.kind, self.operation))
    }

    /// Whether it is for this operation.
    pub(crate) fn is_for(&self, service: &str, operation: &str) -> bool {
        match self.operation.split_once(':') {
            Some((of, name)) => of == service && (name == "*" || name == operation),
            None => self.operation == "*",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultKind, NAMES, PlannedFault};

    #[test]
    fn a_fault_is_met_only_where_it_shows() {
        let met = |service, operation, changes| {
            let shown = NAMES.iter().filter(|(kind, _)| !kind.shows_in(service, operation, changes)).map(|(_, name)| *name);
            format!("{service}:{operation} shows all but {}\n", shown.collect::<Vec<_>>().join(", "))
        };
        insta::assert_snapshot!([
            met("savingsplans", "DescribeSavingsPlans", false),
            met("savingsplans", "CreateSavingsPlan", true),
            met("s3", "ListObjectsV2", false),
            met("s3", "GetObject", false),
        ].concat(), @"
        savingsplans:DescribeSavingsPlans shows all but duplicated
        savingsplans:CreateSavingsPlan shows all but stale, short-page
        s3:ListObjectsV2 shows all but duplicated, stale
        s3:GetObject shows all but duplicated, stale, short-page
        ");
    }

    #[test]
    fn a_fault_that_never_shows_is_refused() {
        let told = |operation: &str, kind: FaultKind| {
            let planned = PlannedFault { operation: operation.to_owned(), kind, per_mille: 1000, times: 1 };
            planned.check().err().unwrap_or_else(|| format!("`{operation}` shows `{kind}`"))
        };
        insta::assert_snapshot!([
            told("*", FaultKind::Stale),
            told("s3:*", FaultKind::Stale),
            told("s3:*", FaultKind::Duplicated),
            told("s3:GetObject", FaultKind::ShortPage),
            told("s3:*", FaultKind::ShortPage),
            told("savingsplans:CreateSavingsPlan", FaultKind::ShortPage),
            told("savingsplans:DescribeSavingsPlans", FaultKind::Duplicated),
            told("savings:*", FaultKind::Denied),
        ].join("\n"), @"
        `*` shows `stale`
        `stale` does nothing to `s3:*`, which tells what never changes
        `duplicated` does nothing to `s3:*`, which only reads
        `short-page` does nothing to `s3:GetObject`, which has no pages
        `s3:*` shows `short-page`
        `short-page` does nothing to `savingsplans:CreateSavingsPlan`, which changes something
        `duplicated` does nothing to `savingsplans:DescribeSavingsPlans`, which only reads
        the sandbox answers no `savings:*`; write `service:Operation`, `service:*` or `*`
        ");
    }
}
