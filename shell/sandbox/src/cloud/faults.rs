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
        // What is delivered does not change, so nothing of S3's is stale.
        let of_s3 = S3_READS.map(|operation| ("s3", operation, self.kind == FaultKind::Stale));
        let all = rows.chain(of_s3);
        let mut rows = all.filter(|(service, operation, _)| self.is_for(service, operation)).peekable();
        if rows.peek().is_none() {
            return Err(format!("the sandbox answers no `{}`; write `service:Operation`, `service:*` or `*`", self.operation));
        }
        let needs_change = match self.kind {
            FaultKind::Stale | FaultKind::ShortPage => false,
            FaultKind::Duplicated => true,
            _ => return Ok(()),
        };
        if rows.any(|(_, _, changes)| changes == needs_change) {
            return Ok(());
        }
        Err(format!(
            "`{}` does nothing to `{}`, which {}",
            self.kind,
            self.operation,
            if needs_change { "only reads" } else { "changes something" }
        ))
    }

    /// Whether it is for this operation.
    pub(crate) fn is_for(&self, service: &str, operation: &str) -> bool {
        match self.operation.split_once(':') {
            Some((of, name)) => of == service && (name == "*" || name == operation),
            None => self.operation == "*",
        }
    }
}
