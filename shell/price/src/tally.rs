//! What was read of a file, and what was left out of it and why.

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;

/// How many prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// On-demand rates.
    pub on_demand: u64,
    /// Prices of reservations.
    pub reserved: u64,
    /// Rates of Savings Plans.
    pub plan_rates: u64,
}

/// Why prices of a file are not in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No commitment is sold for it.
    NotCoverable,
    /// Of a Region that was not asked for.
    OtherRegion,
    /// The list names a place that is no Region we know.
    UnknownPlace,
    /// Priced by volume.
    Tiers,
    /// Two different prices.
    Clash,
    /// Sold in a way that is sold no more.
    UnknownOffer,
    /// The row does not say what it prices.
    Opaque,
}

/// What was left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub reason: Reason,
    /// How many prices or products.
    pub count: u64,
    /// The first of them.
    pub first: String,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// Its name as it was given.
    pub file: String,
    /// What it is, for people.
    pub kind: &'static str,
    /// Of which day it is, if it says so.
    pub date: Option<Date>,
    /// In what its prices are, if it says so.
    pub currency: Option<String>,
    /// What was read.
    pub counts: Counts,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
}

/// Counts while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    left_out: BTreeMap<Reason, (u64, String)>,
}

impl Tally {
    pub(crate) fn leave_out(&mut self, reason: Reason, what: impl fmt::Display) {
        let (count, _) = self.left_out.entry(reason).or_insert_with(|| (0, what.to_string()));
        *count += 1;
    }

    pub(crate) fn left_out(self) -> Vec<LeftOut> {
        self.left_out.into_iter().map(|(reason, (count, first))| LeftOut { reason, count, first }).collect()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotCoverable => "no commitment covers it",
            Self::OtherRegion => "of a Region that was not asked for",
            Self::UnknownPlace => "of a place that is no known Region",
            Self::Tiers => "priced in tiers by volume",
            Self::Clash => "listed with two different prices",
            Self::UnknownOffer => "sold in a way that is not known",
            Self::Opaque => "the row does not say what it prices",
        })
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, count, first } = self;
        f.pad(&format!("left out {count}, {reason}; the first: {first}"))
    }
}
