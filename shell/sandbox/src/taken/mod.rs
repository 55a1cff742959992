//! Usage taken from an organization's bills, to be used again in the sandbox: the hours of the bills first, then the last whole weeks that they
//! tell over and over.
//!
//! Quantities are exact. It never knows where the bills lie: whoever reads them hands each sum over.

mod file;
mod taker;
#[cfg(test)]
mod tests;

pub use taker::{TakeError, UsageTaker, UsedBy};

pub(crate) use file::UsageFileError;

use crate::sku::Sku;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenor_bill::{BillingPeriod, Hour};
use tenor_money::Quantity;

/// Hours of a week: what is repeated is whole weeks, so that weekdays stay in place.
const WEEK_HOURS: u32 = 7 * 24;
/// Weeks that are repeated at most: those of about a year.
const WEEKS_MAX: u32 = 52;

/// What an organization used, by account, SKU, zone and hour.
#[derive(Debug, PartialEq, Eq)]
pub struct TakenUsage {
    period: Period,
    /// Ids and names of the accounts, the payer first, the others by id.
    accounts: Vec<(String, String)>,
    /// In the order in which it was taken: that of [`UsedBy`], so by the account's id, wherever the payer stands in `accounts`.
    series: Vec<Series>,
    /// Of the file that holds it: tells it from other usage.
    digest: String,
}

/// The hours that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Period {
    /// The first, counted since 1970: a month's first.
    first: i64,
    /// How many of them at the beginning lie before anything that the bills tell: they use nothing, and are never repeated.
    untold: u32,
    /// How many; at least a week's more than `untold`.
    count: u32,
}

/// One account's use of one SKU in one zone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// Index of the account.
    account: u32,
    /// `AmazonEC2`, `USW2-BoxUsage:m5.large` and `RunInstances` name the SKU.
    service: String,
    usage_type: String,
    operation: String,
    /// As the bills have it; empty where they say none.
    zone: String,
    runs: Runs,
}

/// Hours of the same quantity after each other. An hour before the first run uses nothing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Runs {
    /// By run, the hour in which it begins, counted from the period's first.
    starts: Vec<u32>,
    /// By run, units of 10⁻¹².
    units: Vec<i128>,
}

impl TakenUsage {
    /// The month in which the bills begin, and the sandbox with them.
    ///
    /// # Panics
    /// Never: the first hour is one of a calendar month.
    #[must_use]
    pub fn start(&self) -> BillingPeriod {
        let first = jiff::Timestamp::from_second(self.period.first * 3600);
        BillingPeriod::containing(first.expect("the first hour is a month's"))
    }

    /// The first hour that no bill tells.
    #[must_use]
    pub fn until(&self) -> Hour {
        Hour::from_epoch_hours(self.period.first + i64::from(self.period.count))
    }

    /// How many weeks, the last ones, are used again from [`Self::until`] on.
    #[must_use]
    pub fn weeks(&self) -> u32 {
        self.period.weeks()
    }

    /// Accounts, the payer included.
    #[must_use]
    pub fn accounts_len(&self) -> usize {
        self.accounts.len()
    }

    /// Series: an account's use of one SKU in one zone.
    #[must_use]
    pub fn series_len(&self) -> usize {
        self.series.len()
    }

    pub(crate) fn accounts(&self) -> &[(String, String)] {
        &self.accounts
    }

    pub(crate) fn series(&self) -> &[Series] {
        &self.series
    }

    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// The file that holds it.
    pub(crate) fn packed(&self) -> std::io::Result<Vec<u8>> {
        Ok(file::packed(self)?.1)
    }

    /// What a file holds.
    pub(crate) fn unpacked(file: &[u8]) -> Result<Self, UsageFileError> {
        file::unpacked(file)
    }

    /// By series, the index of what it is usage of among what is `sold`; none for what is not sold any more.
    pub(crate) fn skus(&self, sold: &[Sku]) -> Vec<Option<u32>> {
        let places: BTreeMap<_, u32> = sold.iter().map(|sku| (sku.product_code, sku.usage_type.as_str(), sku.operation)).zip(0..).collect();
        let place = |series: &Series| places.get(&(&*series.service, &*series.usage_type, &*series.operation)).copied();
        self.series.iter().map(place).collect()
    }

    /// What a series uses in the hour that begins at `second`.
    pub(crate) fn at(&self, series: u32, second: i64) -> Quantity {
        let hour = self.period.hour(second);
        hour.map_or(Quantity::ZERO, |hour| self.series[series as usize].runs.at(hour))
    }
}

impl Period {
    /// Hours that the bills tell.
    fn told(self) -> u32 {
        self.count.saturating_sub(self.untold)
    }

    fn weeks(self) -> u32 {
        (self.told() / WEEK_HOURS).min(WEEKS_MAX)
    }

    /// Which of its hours stands for the one that begins at `second`; none before the first.
    fn hour(self, second: i64) -> Option<u32> {
        let hour = u64::try_from(second.div_euclid(3600) - self.first).ok()?;
        let count = u64::from(self.count);
        if hour < count {
            return u32::try_from(hour).ok();
        }
        let repeated = u64::from(self.weeks() * WEEK_HOURS);
        u32::try_from(count - repeated + (hour - count) % repeated).ok()
    }
}

impl Series {
    pub(crate) fn account(&self) -> u32 {
        self.account
    }

    pub(crate) fn zone(&self) -> &str {
        &self.zone
    }

    /// What it is usage of, for people.
    pub(crate) fn name(&self) -> String {
        format!("{} {} of {} (usage taken over)", self.service, self.usage_type, self.operation)
    }
}

impl Runs {
    fn at(&self, hour: u32) -> Quantity {
        match self.starts.partition_point(|start| *start <= hour) {
            0 => Quantity::ZERO,
            run => Quantity::from_units(self.units[run - 1]),
        }
    }
}
