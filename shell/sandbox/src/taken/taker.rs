//! Takes usage sum by sum, as bills are read, without ever holding the bills.

use super::{Period, Runs, Series, TakenUsage, WEEK_HOURS, file};
use crate::account::accounts;
use crate::cloud::catalogue;
use crate::region::REGIONS;
use crate::sku::Kind;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tenor_bill::Hour;
use tenor_money::Quantity;

/// Whose usage of what, in the words of a bill and in the order in which it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedBy<'a> {
    /// The account's id.
    pub account: &'a str,
    /// `AmazonEC2`.
    pub service: &'a str,
    /// `us-west-2`; empty where the bill says none.
    pub region: &'a str,
    /// `USW2-BoxUsage:m5.large`.
    pub usage_type: &'a str,
    /// `RunInstances`.
    pub operation: &'a str,
    /// `us-west-2a`; empty where the bill says none.
    pub zone: &'a str,
}

/// Why usage is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// Nothing of it is on sale.
    #[error("the sandbox sells nothing of what the bills use")]
    Nothing,
    /// There is no whole week to repeat.
    #[error("the bills tell {0} hours, and a rehearsal takes a week ({WEEK_HOURS}) or more")]
    TooShort(i64),
    /// More accounts than a sandbox has.
    #[error("{0} accounts are more than the {ACCOUNTS_MAX} that a sandbox has at most")]
    TooManyAccounts(usize),
    /// It cannot be kept.
    #[error("the usage taken cannot be packed: {0}")]
    Packed(std::io::Error),
}

/// The most accounts of an organization.
const ACCOUNTS_MAX: usize = 10_000;

/// Takes the usage of an organization.
pub struct UsageTaker {
    /// Regions of what is on sale, by service, usage type and operation.
    sold: BTreeMap<(String, String, String), &'static str>,
    period: Period,
    /// The account of each series, and the series with account 0 until all accounts are known.
    taken: Vec<(String, Series)>,
    /// The Region of the last series: two that differ in nothing else are two.
    region: String,
    /// The hour that a sum of the last series would follow on at.
    next: u32,
}

impl UsageTaker {
    /// Nothing yet, of these hours, which begin with a month. The bills tell nothing before the hour `told`: what lies before it is not repeated.
    ///
    /// # Errors
    /// When the bills tell less than a week.
    pub fn new(hours: Range<Hour>, told: Hour) -> Result<Self, TakeError> {
        let [first, told, end] = [hours.start, told.max(hours.start), hours.end].map(Hour::epoch_hours);
        let short = TakeError::TooShort((end - told).max(0));
        let (Ok(untold), Ok(count)) = (u32::try_from(told - first), u32::try_from(end - first)) else { return Err(short) };
        let period = Period { first, untold, count };
        if period.told() < WEEK_HOURS {
            return Err(short);
        }
        let of_sku = |sku: crate::sku::Sku| {
            ((sku.product_code.to_owned(), sku.usage_type, sku.operation.to_owned()), REGIONS[sku.region as usize].code)
        };
        // Spot rates are chance, and nothing covers what is paid at them.
        let sold = catalogue(&accounts(1, 1)).into_iter().filter(|sku| !matches!(sku.kind, Kind::Spot)).map(of_sku);
        Ok(Self { sold: sold.collect(), period, taken: Vec::new(), region: String::new(), next: 0 })
    }

    /// Whether the sandbox sells this, so that it can be used there.
    #[must_use]
    pub fn sells(&self, service: &str, region: &str, usage_type: &str, operation: &str) -> bool {
        let sold_in = self.sold.get(&(service.to_owned(), usage_type.to_owned(), operation.to_owned()));
        sold_in.is_some_and(|sold_in| region.is_empty() || *sold_in == region)
    }

    /// Takes an hour's sum of what is sold. What lies in no hour of its time, or is nothing, is passed over.
    ///
    /// # Panics
    /// When sums do not come in the order of [`UsedBy`] and hour, are negative, or are of what is not sold.
    pub fn take(&mut self, by: &UsedBy<'_>, hour: Hour, quantity: Quantity) {
        assert!(quantity >= Quantity::ZERO, "no hour uses less than nothing");
        let offset = u32::try_from(hour.epoch_hours() - self.period.first).ok().filter(|offset| *offset < self.period.count);
        let Some(offset) = offset.filter(|_| !quantity.is_zero()) else { return };
        let last = self.taken.last().map(|(account, series)| UsedBy {
            account,
            service: &series.service,
            region: &self.region,
            usage_type: &series.usage_type,
            operation: &series.operation,
            zone: &series.zone,
        });
        if last != Some(*by) {
            assert!(last.is_none_or(|last| last < *by), "series come in their order");
            assert!(self.sells(by.service, by.region, by.usage_type, by.operation), "only what is sold is taken");
            self.end_series();
            by.region.clone_into(&mut self.region);
            let text = str::to_owned;
            let [service, usage_type, operation, zone] = [by.service, by.usage_type, by.operation, by.zone].map(text);
            let series = Series { account: 0, service, usage_type, operation, zone, runs: Runs::default() };
            self.taken.push((by.account.to_owned(), series));
        }
        let (_, series) = self.taken.last_mut().expect("one was just there or begun");
        assert!(series.runs.starts.is_empty() || offset >= self.next, "hours come in their order");
        if offset > self.next {
            series.runs.push(self.next, 0);
        }
        series.runs.push(offset, quantity.units());
        self.next = offset + 1;
    }

    /// All that was taken. `names` are those of accounts, by id; the payer comes first, whether it used anything or not.
    ///
    /// # Errors
    /// When nothing was taken, or by more accounts than a sandbox has.
    pub fn finish(mut self, payer: &str, names: &BTreeMap<String, String>) -> Result<TakenUsage, TakeError> {
        self.end_series();
        if self.taken.is_empty() {
            return Err(TakeError::Nothing);
        }
        let members: BTreeSet<&str> = self.taken.iter().map(|(id, _)| id.as_str()).filter(|id| *id != payer).collect();
        if members.len() >= ACCOUNTS_MAX {
            return Err(TakeError::TooManyAccounts(members.len() + 1));
        }
        let named = |id: &str| (id.to_owned(), names.get(id).cloned().unwrap_or_default());
        let accounts: Vec<(String, String)> = std::iter::once(payer).chain(members).map(named).collect();
        let places: BTreeMap<&str, u32> = accounts.iter().map(|(id, _)| id.as_str()).zip(0..).collect();
        let series = self.taken.into_iter().map(|(id, series)| Series { account: places[id.as_str()], ..series }).collect();
        let taken = TakenUsage { period: self.period, accounts, series, digest: String::new() };
        let digest = file::packed(&taken).map_err(TakeError::Packed)?.0;
        Ok(TakenUsage { digest, ..taken })
    }

    /// From its last hour on, the last series uses nothing.
    fn end_series(&mut self) {
        if let Some((_, series)) = self.taken.last_mut()
            && self.next < self.period.count
        {
            series.runs.push(self.next, 0);
        }
        self.next = 0;
    }
}

impl Runs {
    /// From this hour on it is so many units.
    fn push(&mut self, start: u32, units: i128) {
        if self.units.last().copied().unwrap_or_default() != units {
            self.starts.push(start);
            self.units.push(units);
        }
    }
}
