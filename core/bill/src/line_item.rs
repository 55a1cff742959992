//! What an AWS bill says on one line, as far as money is concerned.

use tenor_money::{Money, Quantity};

/// AWS's `lineItem/LineItemType`. Source: Cost and Usage Report guide, line item columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineItemType {
    /// On demand, spot or free usage.
    Usage,
    /// Usage that a reservation paid for.
    DiscountedUsage,
    /// The monthly row of a reservation: its recurring fee, its amortization and what went unused.
    RiFee,
    /// A one-time fee: upfront of a reservation when it names one, else any annual or subscription fee.
    Fee,
    /// Usage that a Savings Plan paid for.
    SavingsPlanCoveredUsage,
    /// The negative of covered usage, grouped; makes the cash of covered usage zero.
    SavingsPlanNegation,
    /// The hourly row of a Savings Plan: its recurring fee, commitment and what of it was used.
    SavingsPlanRecurringFee,
    /// Upfront of a Savings Plan.
    SavingsPlanUpfrontFee,
    /// A credit.
    Credit,
    /// A refund.
    Refund,
    /// Tax.
    Tax,
    /// Any discount booked as a row of its own: `EdpDiscount`, `PrivateRateDiscount`, `BundledDiscount`, …
    Discount,
    /// Anything else, `FlatRateSubscription` among it. Counted, never dropped.
    Other,
}

impl LineItemType {
    /// The type AWS's word stands for. Any word that ends in `Discount` is a discount; unknown words are [`Self::Other`].
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "Usage" => Self::Usage,
            "DiscountedUsage" => Self::DiscountedUsage,
            "RIFee" => Self::RiFee,
            "Fee" => Self::Fee,
            "SavingsPlanCoveredUsage" => Self::SavingsPlanCoveredUsage,
            "SavingsPlanNegation" => Self::SavingsPlanNegation,
            "SavingsPlanRecurringFee" => Self::SavingsPlanRecurringFee,
            "SavingsPlanUpfrontFee" => Self::SavingsPlanUpfrontFee,
            "Credit" => Self::Credit,
            "Refund" => Self::Refund,
            "Tax" => Self::Tax,
            word if word.ends_with("Discount") => Self::Discount,
            _ => Self::Other,
        }
    }
}

/// A cost as reported, and the same cost after private discounts where the report has one for the row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reported {
    /// At public or blended-out prices: AWS's plain column.
    pub gross: Option<Money>,
    /// AWS's `net` column. `None` where the report lacks it or leaves it empty.
    pub net: Option<Money>,
}

impl Reported {
    /// What was really charged: net where the report has it, else gross, else nothing.
    #[must_use]
    pub fn charged(self) -> Money {
        self.net.or(self.gross).unwrap_or_default()
    }

    /// The gross amount, or nothing.
    #[must_use]
    pub fn gross(self) -> Money {
        self.gross.unwrap_or_default()
    }
}

/// The reservation columns of a line. Source: Cost and Usage Report guide, reservation columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReservationAmounts {
    /// Amortized upfront plus recurring fee of the usage on this line.
    pub effective_cost: Reported,
    /// On `RIFee`: the upfront share that falls in this billing period, used and unused.
    pub amortized_upfront_fee: Reported,
    /// On `RIFee`: the unused part of that share.
    pub unused_amortized_upfront_fee: Reported,
    /// On `RIFee`: the unused part of the recurring fee.
    pub unused_recurring_fee: Reported,
    /// On `RIFee`: hours that served nothing.
    pub unused_quantity: Option<Quantity>,
    /// On `RIFee`: normalized units that served nothing.
    pub unused_normalized_units: Option<Quantity>,
    /// On `RIFee` and `Fee`: hours held in the period or term.
    pub total_reserved_units: Option<Quantity>,
    /// On `RIFee` and `Fee`: normalized units held in the period or term.
    pub total_reserved_normalized_units: Option<Quantity>,
    /// Whether the line names a zone that the reservation is bound to.
    pub is_zonal: bool,
}

/// What the units of a reservation count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReservationUnit {
    /// Hours of the instance reserved: zonal reservations, and services without sizes.
    Hours,
    /// Hours times the size's factor: regional and size-flexible reservations.
    NormalizedHours,
}

impl ReservationUnit {
    /// The unit as a charge shows it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hours => "Hours",
            Self::NormalizedHours => "Normalized Hours",
        }
    }
}

/// The Savings Plan columns of a line. Source: Cost and Usage Report guide, Savings Plans columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SavingsPlanAmounts {
    /// The share of the commitment allocated to this covered line.
    pub effective_cost: Reported,
    /// The commitment of this row's hours, amortized upfront and recurring.
    pub total_commitment: Option<Money>,
    /// What of it covered usage.
    pub used_commitment: Option<Money>,
    /// The upfront share of this row's hours.
    pub amortized_upfront: Reported,
    /// The recurring fee of this row's hours.
    pub recurring: Reported,
}

/// One line of a bill: what decides which charges it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineItem {
    /// AWS's type of the line.
    pub kind: LineItemType,
    /// Whether the line names a reservation (its ARN is not empty).
    pub names_reservation: bool,
    /// Whether the line is the refund of a returned Savings Plan's upfront fee.
    pub refunds_plan_upfront: bool,
    /// Cash: `UnblendedCost` and its net.
    pub unblended: Reported,
    /// Public on-demand cost of the same usage, where the report has it.
    pub public_on_demand_cost: Option<Money>,
    /// `UsageAmount`, in the unit of the line.
    pub usage_amount: Option<Quantity>,
    /// `UsageAmount` in normalized units; nothing or zero where the usage has no size.
    pub normalized_usage_amount: Option<Quantity>,
    /// Its reservation columns.
    pub reservation: ReservationAmounts,
    /// Its Savings Plan columns.
    pub savings_plan: SavingsPlanAmounts,
}

impl LineItem {
    /// The unit in which this line counts toward its reservation, by its own columns: those of the usage on usage, those of what is held on
    /// any other line.
    #[must_use]
    pub fn reservation_unit(&self) -> ReservationUnit {
        let normalized = match self.kind {
            LineItemType::DiscountedUsage => self.normalized_usage_amount,
            _ => self.reservation.total_reserved_normalized_units,
        };
        let counts_sizes = !self.reservation.is_zonal && normalized.is_some_and(|units| !units.is_zero());
        if counts_sizes { ReservationUnit::NormalizedHours } else { ReservationUnit::Hours }
    }
}
