//! One line item: what is written once per row. Everything that many rows share lives in its place (whose, where) and its kind (what, under which commitment).

use tenor_money::{Money, Quantity, UnitPrice};

/// AWS's `lineItem/LineItemType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineItemType {
    /// On-demand and Spot usage.
    Usage,
    /// Usage that a reservation covers.
    DiscountedUsage,
    /// Usage that a Savings Plan covers, at its on-demand cost.
    SavingsPlanCoveredUsage,
    /// What takes that cost away again.
    SavingsPlanNegation,
    /// A plan's hour.
    SavingsPlanRecurringFee,
    /// A plan's payment at its start.
    SavingsPlanUpfrontFee,
    /// A reservation's month.
    RiFee,
    /// A reservation's payment at its start, or another one-time or monthly fee.
    Fee,
    /// Money AWS gives.
    Credit,
    /// Money AWS gives back.
    Refund,
    /// A private discount shown as a row.
    EdpDiscount,
    /// Tax.
    Tax,
}

impl LineItemType {
    /// AWS's name.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Usage => "Usage",
            Self::DiscountedUsage => "DiscountedUsage",
            Self::SavingsPlanCoveredUsage => "SavingsPlanCoveredUsage",
            Self::SavingsPlanNegation => "SavingsPlanNegation",
            Self::SavingsPlanRecurringFee => "SavingsPlanRecurringFee",
            Self::SavingsPlanUpfrontFee => "SavingsPlanUpfrontFee",
            Self::RiFee => "RIFee",
            Self::Fee => "Fee",
            Self::Credit => "Credit",
            Self::Refund => "Refund",
            Self::EdpDiscount => "EdpDiscount",
            Self::Tax => "Tax",
        }
    }

    /// Whether a private discount lowers it (rounding rule 6.2).
    pub(crate) fn discounted(self, has_commitment: bool) -> bool {
        match self {
            Self::Fee => has_commitment,
            Self::Credit | Self::Refund | Self::EdpDiscount | Self::Tax => false,
            _ => true,
        }
    }
}

/// One row of a bill. Amounts that its type does not have are zero and written as such or left out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LineItem {
    /// Index into the month's places.
    pub(crate) place: u32,
    /// Index into the month's kinds.
    pub(crate) kind: u32,
    /// First second and first second after.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) usage: Quantity,
    pub(crate) normalized: Quantity,
    pub(crate) rate: UnitPrice,
    pub(crate) unblended: Money,
    /// At the public on-demand rate.
    pub(crate) public: Money,
    /// On covered usage: its share; on fees: the period's.
    pub(crate) ri: RiAmounts,
    pub(crate) sp: SpAmounts,
    pub(crate) split: SplitAmounts,
}

/// Reservation money of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RiAmounts {
    pub(crate) amortized_for_usage: Money,
    pub(crate) recurring_for_usage: Money,
    pub(crate) amortized_for_period: Money,
    pub(crate) unused_amortized: Money,
    pub(crate) unused_recurring: Money,
    pub(crate) unused_hours: Quantity,
    pub(crate) unused_normalized: Quantity,
}

/// Savings Plan money of a row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SpAmounts {
    pub(crate) rate: UnitPrice,
    pub(crate) effective: Money,
    pub(crate) commitment: Money,
    pub(crate) used: Money,
    pub(crate) amortized: Money,
    pub(crate) recurring: Money,
}

/// A container's part of its instance's row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SplitAmounts {
    /// Its number within the instance's hour, from 1.
    pub(crate) task: u8,
    pub(crate) share_percent: u8,
    pub(crate) cost: Money,
    pub(crate) unused: Money,
    pub(crate) public_cost: Money,
}

impl LineItem {
    /// AWS's published amortized cost of the row (rounding rule 7.1).
    pub(crate) fn amortized_cost(&self, line_type: LineItemType, has_commitment: bool) -> Money {
        match line_type {
            LineItemType::SavingsPlanCoveredUsage => self.sp.effective,
            LineItemType::SavingsPlanRecurringFee => self.sp.commitment - self.sp.used,
            LineItemType::SavingsPlanNegation | LineItemType::SavingsPlanUpfrontFee => Money::ZERO,
            LineItemType::DiscountedUsage => self.ri.amortized_for_usage + self.ri.recurring_for_usage,
            LineItemType::RiFee => self.ri.unused_amortized + self.ri.unused_recurring,
            LineItemType::Fee if has_commitment => Money::ZERO,
            _ => self.unblended,
        }
    }
}
