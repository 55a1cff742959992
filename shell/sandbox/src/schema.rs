//! What a report's columns are and where each value comes from. Formats differ in names, order and spelling, not in values.

use crate::focus::{FocusAmount, FocusKind};
use crate::line::{LineItem, LineItemType};
use crate::month::{Month, RowKind};

/// One column of a report.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// As the report spells it.
    pub(crate) name: String,
    pub(crate) data: DataType,
    pub(crate) source: Source,
    /// What stands where a row has no such amount.
    pub(crate) absent: Absent,
}

/// A column's type in Parquet and in manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DataType {
    Text,
    Double,
    Timestamp,
    Map,
}

/// How the lack of an amount is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    Blank,
    Zero,
}

/// Where a column's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Always empty.
    Empty,
    /// The same in every row.
    Constant(&'static str),
    /// The month's.
    Period(PeriodField),
    /// The place's.
    Place(PlaceField),
    /// The kind's.
    Kind(KindField),
    /// A product attribute by its legacy name.
    Product(&'static str),
    /// The row's own number.
    Amount(AmountField),
    /// The row's own texts.
    Row(RowField),
}

/// What a column says of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeriodField {
    InvoiceId,
    PayerAccount,
    PayerName,
    Start,
    End,
}

/// What a column says of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceField {
    Account,
    AccountName,
    Zone,
    ResourceId,
    /// A tag by its key without the `user:` prefix.
    Tag(&'static str),
    /// All tags, keys as CUR 2.0 spells them.
    Tags,
    /// All tags, keys as their owner spells them.
    FocusTags,
    CostCategory(&'static str),
    CostCategories,
}

/// What a column says of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KindField {
    LineItemType,
    BillType,
    ProductCode,
    UsageType,
    Operation,
    Description,
    TaxType,
    Factor,
    PublicRate,
    PricingTerm,
    PricingUnit,
    LeaseLength,
    OfferingClass,
    PurchaseOption,
    RateCode,
    RateId,
    ReservationArn,
    SubscriptionId,
    ReservationZone,
    ReservationStart,
    ReservationEnd,
    ReservationCount,
    UnitsPerReservation,
    NormalizedUnitsPerReservation,
    TotalReservedUnits,
    TotalReservedNormalizedUnits,
    ModificationStatus,
    UpfrontValue,
    NetUpfrontValue,
    PlanArn,
    PlanStart,
    PlanEnd,
    PlanOfferingType,
    PlanPaymentOption,
    PlanTerm,
    PlanRegion,
    PlanFamily,
    /// Product attributes that have no column of their own.
    ProductMap,
    /// What FOCUS says of it.
    Focus(FocusKind),
}

/// The numbers of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmountField {
    Usage,
    Normalized,
    UnblendedRate,
    UnblendedCost,
    NetUnblendedRate,
    NetUnblendedCost,
    BlendedRate,
    BlendedCost,
    PublicCost,
    TotalDiscount,
    RiAmortizedForUsage,
    RiAmortizedForPeriod,
    RiEffective,
    RiRecurringForUsage,
    RiUnusedAmortized,
    RiUnusedRecurring,
    RiUnusedHours,
    RiUnusedNormalized,
    RiNetAmortizedForUsage,
    RiNetAmortizedForPeriod,
    RiNetEffective,
    RiNetRecurringForUsage,
    RiNetUnusedAmortized,
    RiNetUnusedRecurring,
    SpAmortized,
    SpRecurring,
    SpEffective,
    SpRate,
    SpTotalCommitment,
    SpUsedCommitment,
    SpNetAmortized,
    SpNetRecurring,
    SpNetEffective,
    SplitActualUsage,
    SplitReservedUsage,
    SplitUsage,
    SplitUsageRatio,
    SplitCost,
    SplitUnusedCost,
    SplitNetCost,
    SplitNetUnusedCost,
    SplitPublicCost,
    SplitPublicUnusedCost,
    /// What FOCUS counts.
    Focus(FocusAmount),
}

/// The id, the times and what else is text of a row alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowField {
    LineItemId,
    Interval,
    Start,
    End,
    /// The instance a container ran on.
    SplitParent,
    /// The first second after, also where AWS's own reports show the last second.
    FocusEnd,
}

impl AmountField {
    /// The row's number in units of 10⁻¹², or `None` where its type has no such number.
    pub(crate) fn of(self, month: &Month<'_>, row: &LineItem) -> Option<i128> {
        let kind = &month.kinds[row.kind as usize];
        let discounted = month.world.discount_percent.is_some();
        let net = |gross: tenor_money::Money| discounted.then(|| month.net(kind, gross).units());
        let ri = |money: tenor_money::Money| kind.reservation.map(|_| money.units());
        let ri_net = |money: tenor_money::Money| kind.reservation.and_then(|_| net(money));
        let sp = |money: tenor_money::Money| kind.plan.map(|_| money.units());
        let sp_net = |money: tenor_money::Money| kind.plan.and_then(|_| net(money));
        match self {
            Self::Usage => Some(row.usage.units()),
            Self::Normalized => Some(row.normalized.units()),
            Self::UnblendedRate | Self::BlendedRate => (!row.rate.is_zero() || has_rate(kind)).then(|| row.rate.units()),
            Self::UnblendedCost | Self::BlendedCost => Some(row.unblended.units()),
            Self::NetUnblendedRate => has_rate(kind).then(|| net(tenor_money::Money::from_units(row.rate.units()))).flatten(),
            Self::NetUnblendedCost => net(row.unblended),
            Self::PublicCost => Some(row.public.units()),
            Self::TotalDiscount => net(row.unblended).map(|after| after - row.unblended.units()),
            Self::RiAmortizedForUsage => ri(row.ri.amortized_for_usage),
            Self::RiAmortizedForPeriod => ri(row.ri.amortized_for_period),
            Self::RiEffective => ri(row.ri.amortized_for_usage + row.ri.recurring_for_usage),
            Self::RiRecurringForUsage => ri(row.ri.recurring_for_usage),
            Self::RiUnusedAmortized => ri(row.ri.unused_amortized),
            Self::RiUnusedRecurring => ri(row.ri.unused_recurring),
            Self::RiUnusedHours => kind.reservation.map(|_| row.ri.unused_hours.units()),
            Self::RiUnusedNormalized => kind.reservation.map(|_| row.ri.unused_normalized.units()),
            Self::RiNetAmortizedForUsage => ri_net(row.ri.amortized_for_usage),
            Self::RiNetAmortizedForPeriod => ri_net(row.ri.amortized_for_period),
            Self::RiNetEffective => ri_net(row.ri.amortized_for_usage + row.ri.recurring_for_usage),
            Self::RiNetRecurringForUsage => ri_net(row.ri.recurring_for_usage),
            Self::RiNetUnusedAmortized => ri_net(row.ri.unused_amortized),
            Self::RiNetUnusedRecurring => ri_net(row.ri.unused_recurring),
            Self::SpAmortized => sp(row.sp.amortized),
            Self::SpRecurring => sp(row.sp.recurring),
            Self::SpEffective => sp(row.sp.effective),
            Self::SpRate => kind.plan.map(|_| row.sp.rate.units()),
            Self::SpTotalCommitment => sp(row.sp.commitment),
            Self::SpUsedCommitment => sp(row.sp.used),
            Self::SpNetAmortized => sp_net(row.sp.amortized),
            Self::SpNetRecurring => sp_net(row.sp.recurring),
            Self::SpNetEffective => sp_net(row.sp.effective),
            Self::Focus(amount) => amount.of(month, row),
            _ => kind.split.then(|| self.split(row, net)).flatten(),
        }
    }

    fn split(self, row: &LineItem, net: impl Fn(tenor_money::Money) -> Option<i128>) -> Option<i128> {
        let ratio = i128::from(row.split.share_percent) * (tenor_money::SCALE / 100);
        match self {
            Self::SplitActualUsage => Some(row.usage.units() / 2),
            Self::SplitReservedUsage | Self::SplitUsage => Some(row.usage.units()),
            Self::SplitUsageRatio => Some(ratio),
            Self::SplitCost => Some(row.split.cost.units()),
            Self::SplitUnusedCost => Some(row.split.unused.units()),
            Self::SplitNetCost => net(row.split.cost),
            Self::SplitNetUnusedCost => net(row.split.unused),
            Self::SplitPublicCost => Some(row.split.public_cost.units()),
            Self::SplitPublicUnusedCost => Some(0),
            _ => None,
        }
    }
}

/// Whether rows of a kind are charged by a rate; credits and the like are not.
fn has_rate(kind: &RowKind) -> bool {
    !matches!(kind.line_type, LineItemType::Credit | LineItemType::Refund | LineItemType::EdpDiscount | LineItemType::Tax)
}
