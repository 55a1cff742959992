//! How much of usage reservations cover, and how much of reservations is used.

use super::filter::{Filter, GroupBy};
use super::words::Granularity;
use crate::answer::{AnswerError, Field, Input, Read, Share, Span, record};
use crate::client::Client;
use std::collections::BTreeMap;
use tenor_money::{Money, Quantity};

record! {
    /// How much is covered.
    pub ReservationCoverage {
        /// In instance hours.
        hours: Option<CoveredHours> = "CoverageHours",
        /// In normalized units.
        units: Option<CoveredUnits> = "CoverageNormalizedUnits",
        /// What the rest costs on demand.
        on_demand_cost: Option<Money> = "CoverageCost.OnDemandCost",
    }
}

record! {
    /// How many hours are covered.
    pub CoveredHours {
        /// Those that are not.
        on_demand: Quantity = "OnDemandHours",
        /// Those that are.
        reserved: Quantity = "ReservedHours",
        /// All.
        total: Quantity = "TotalRunningHours",
        /// The second of the third.
        share: Option<Share> = "CoverageHoursPercentage",
    }
}

record! {
    /// How many normalized units are covered.
    pub CoveredUnits {
        /// Those that are not.
        on_demand: Quantity = "OnDemandNormalizedUnits",
        /// Those that are.
        reserved: Quantity = "ReservedNormalizedUnits",
        /// All.
        total: Quantity = "TotalRunningNormalizedUnits",
        /// The second of the third.
        share: Option<Share> = "CoverageNormalizedUnitsPercentage",
    }
}

record! {
    /// The coverage of one time.
    pub TimedCoverage {
        /// Which time.
        span: Span = "TimePeriod",
        /// Told apart.
        groups: Vec<CoverageGroup> = "Groups",
        /// In all.
        total: Option<ReservationCoverage> = "Total",
    }
}

record! {
    /// The coverage of one group.
    pub CoverageGroup {
        /// What it is.
        attributes: BTreeMap<String, String> = "Attributes",
        /// Its coverage.
        coverage: ReservationCoverage = "Coverage",
    }
}

record! {
    /// Coverage by time, and in all.
    pub ReservationCoverages {
        /// By time.
        times: Vec<TimedCoverage> = "CoveragesByTime",
        /// In all.
        total: Option<ReservationCoverage> = "Total",
    }
}

record! {
    /// How much of reservations is used.
    pub ReservationUse {
        /// In percent of hours.
        share: Option<Share> = "UtilizationPercentage",
        /// In percent of normalized units.
        share_of_units: Option<Share> = "UtilizationPercentageInUnits",
        /// Hours that were bought.
        bought_hours: Quantity = "PurchasedHours",
        /// Normalized units that were bought.
        bought_units: Option<Quantity> = "PurchasedUnits",
        /// Hours that were used.
        used_hours: Quantity = "TotalActualHours",
        /// Normalized units that were used.
        used_units: Option<Quantity> = "TotalActualUnits",
        /// Hours that were not.
        unused_hours: Quantity = "UnusedHours",
        /// Normalized units that were not.
        unused_units: Option<Quantity> = "UnusedUnits",
        /// What the used ones would have cost on demand.
        on_demand_cost: Option<Money> = "OnDemandCostOfRIHoursUsed",
        /// That, less all fees.
        net_savings: Option<Money> = "NetRISavings",
        /// What could have been saved.
        potential_savings: Option<Money> = "TotalPotentialRISavings",
        /// Upfront fees of this time.
        upfront: Option<Money> = "AmortizedUpfrontFee",
        /// Recurring fees of this time.
        recurring: Option<Money> = "AmortizedRecurringFee",
        /// Both.
        fees: Option<Money> = "TotalAmortizedFee",
        /// What unused hours cost.
        unused_cost: Option<Money> = "RICostForUnusedHours",
        /// Savings of what was used.
        realized: Option<Money> = "RealizedSavings",
        /// Savings that unused hours would have made.
        unrealized: Option<Money> = "UnrealizedSavings",
    }
}

record! {
    /// The utilization of one time.
    pub TimedUtilization {
        /// Which time.
        span: Span = "TimePeriod",
        /// Told apart.
        groups: Vec<ReservationUtilization> = "Groups",
        /// In all.
        total: Option<ReservationUse> = "Total",
    }
}

record! {
    /// The utilization of one group.
    pub ReservationUtilization {
        /// By what it is told apart: `SUBSCRIPTION_ID`.
        key: Option<String> = "Key",
        /// Which it is.
        value: Option<String> = "Value",
        /// What AWS says of it.
        attributes: BTreeMap<String, String> = "Attributes",
        /// Its use.
        usage: ReservationUse = "Utilization",
    }
}

record! {
    /// Utilization by time, and in all.
    pub ReservationUtilizations {
        /// By time.
        times: Vec<TimedUtilization> = "UtilizationsByTime",
        /// In all.
        total: Option<ReservationUse> = "Total",
    }
}

/// How much of usage reservations cover.
///
/// # Errors
/// [`AnswerError`].
pub async fn reservation_coverage(
    client: &Client,
    span: Span,
    granularity: &Granularity,
    filter: &Filter,
    group_by: &[GroupBy],
) -> Result<ReservationCoverages, AnswerError> {
    let input = input(span, granularity, filter, group_by).with("Metrics", vec!["Hour", "Unit", "Cost"]);
    let pages: Vec<Strict<ReservationCoverages>> = client.whole_pages("ce", "GetReservationCoverage", input).await?;
    let mut all = ReservationCoverages { times: Vec::new(), total: None };
    for Strict(page) in pages {
        all.times.extend(page.times);
        all.total = all.total.or(page.total);
    }
    Ok(all)
}

/// How much of reservations is used.
///
/// # Errors
/// [`AnswerError`].
pub async fn reservation_utilization(
    client: &Client,
    span: Span,
    granularity: &Granularity,
    filter: &Filter,
    group_by: &[GroupBy],
) -> Result<ReservationUtilizations, AnswerError> {
    let input = input(span, granularity, filter, group_by);
    let pages: Vec<Strict<ReservationUtilizations>> = client.whole_pages("ce", "GetReservationUtilization", input).await?;
    let mut all = ReservationUtilizations { times: Vec::new(), total: None };
    for Strict(page) in pages {
        all.times.extend(page.times);
        all.total = all.total.or(page.total);
    }
    Ok(all)
}

/// AWS takes no granularity together with groups.
fn input(span: Span, granularity: &Granularity, filter: &Filter, group_by: &[GroupBy]) -> Input {
    let granularity = Some(granularity.clone()).filter(|_| group_by.is_empty());
    Input::new()
        .with("TimePeriod", span.input(false))
        .maybe("Granularity", granularity)
        .maybe("Filter", filter.input())
        .some("GroupBy", group_by)
}

/// A page that has its times.
struct Strict<T>(T);

impl Read for Strict<ReservationCoverages> {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.member("CoveragesByTime").required()?;
        Read::read(field).map(Self)
    }
}

impl Read for Strict<ReservationUtilizations> {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.member("UtilizationsByTime").required()?;
        Read::read(field).map(Self)
    }
}
