//! Puts a billed period together as a simulation wants it: usage without its commitments, and commitments without their usage.

use crate::catalogue::{Attributes, Gap, Sizes};
use crate::commitment::{CommitmentId, PlanKind, Term};
use crate::organization::{InputError, Series};
use crate::sku::{Factor, Sku, Unit};
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::{AccountId, Hour};
use tenor_money::{Money, Quantity, Rounding, UnitPrice, div_round};

/// Decimals that a simulation keeps of quantities: what plans split and one more for hours, what leaves room for billions of requests else.
const fn decimals(unit: Unit) -> u32 {
    match unit {
        Unit::Hour => 9,
        Unit::Other => 6,
    }
}

/// What tells SKUs of a bill apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SkuName {
    /// `AmazonEC2`.
    pub service: String,
    /// `us-east-1`; empty where the bill does not say.
    pub region: String,
    /// `BoxUsage:m5.large`.
    pub usage_type: String,
    /// `RunInstances`.
    pub operation: String,
}

/// What a bill says of a SKU besides its name; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkuFacts {
    /// `m5.large`.
    pub instance_type: String,
    /// `Shared`.
    pub tenancy: String,
    /// `PostgreSQL`.
    pub database_engine: String,
    /// `No license required`.
    pub license_model: String,
    /// `Multi-AZ`.
    pub deployment: String,
    /// `Redis`.
    pub cache_engine: String,
    /// `Hrs`.
    pub unit: String,
    /// Public on-demand rate; none where no row says one.
    pub public_rate: Option<UnitPrice>,
    /// Whether rows say several public rates, or several of one plan: tiers, or a price that changed.
    pub has_several_rates: bool,
    /// Normalized units of one instance, where the bill says them; else those of its type.
    pub factor: Option<Factor>,
}

/// What sets the rates of a plan: two plans of one offering have the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanOffering {
    /// Its kind.
    pub kind: PlanKind,
    /// In years: 1 or 3.
    pub term_years: u32,
    /// `No Upfront`.
    pub payment_option: String,
    /// Of an EC2 Instance plan: `m5`; else empty.
    pub family: String,
    /// Of an EC2 Instance plan: `us-east-1`; else empty.
    pub region: String,
}

/// What the bill says of a commitment: its fee rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Its ARN.
    pub id: CommitmentId,
    /// The account that owns it.
    pub owner: AccountId,
    /// When it runs.
    pub term: Term,
    /// What all of it cost upfront.
    pub upfront: Money,
    /// What it is.
    pub kind: FeeKind,
}

/// What a fee is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeeKind {
    /// A reservation.
    Reservation {
        /// The SKU of the fee row: `HeavyUsage:m5.large`.
        sku: SkuName,
        /// What its row says besides.
        facts: Box<SkuFacts>,
        /// Normalized units of one instance, where the bill says them; else those of its type.
        factor: Option<Factor>,
        /// The zone of a zonal one.
        zone: Option<String>,
        /// How many instances.
        count: u32,
        /// Recurring fee of one instance for one hour.
        hourly: UnitPrice,
        /// Whether it can be exchanged; none where the bill does not say.
        is_convertible: Option<bool>,
    },
    /// A plan.
    Plan {
        /// What sets its rates.
        offering: PlanOffering,
        /// Paid each hour.
        recurring: Money,
    },
}

/// A row of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BilledUsage<'a> {
    /// The clock hour.
    pub hour: Hour,
    /// The account that used it.
    pub account: &'a AccountId,
    /// The resource; may be empty.
    pub resource: &'a str,
    /// The zone; may be empty.
    pub zone: &'a str,
    /// Index of the SKU, as [`ReplayInput::sku`] gave it.
    pub sku: usize,
    /// How much.
    pub quantity: Quantity,
    /// What paid for it, and how much of its fees the bill put on this row before private discounts.
    pub paid_by: Option<(&'a CommitmentId, Money)>,
}

/// What the bill says a commitment did in an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BilledHour {
    /// Usage it covered, in the SKUs' units.
    pub(super) hours: Quantity,
    /// The same in normalized units, where the SKUs have a factor.
    pub(super) normalized: Quantity,
    /// Effective cost of what it covered.
    pub(super) effective: Money,
    /// Rows of it.
    pub(super) rows: u64,
}

/// Usage that a commitment paid for, according to the bill, and that is not simulated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Its rows.
    pub rows: u64,
    /// Effective cost of what the commitment covered there.
    pub effective: Money,
}

/// Why a period cannot be simulated again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayInputError {
    /// A quantity that no bill has.
    #[error("the usage of {sku} in the hour {hour} is {quantity}, which is negative or too large")]
    Quantity {
        /// The SKU.
        sku: String,
        /// When.
        hour: Hour,
        /// How much.
        quantity: Quantity,
    },
    /// What was put together does not fit.
    #[error(transparent)]
    Input(#[from] InputError),
}

/// A billed period on its way to a simulation.
#[derive(Debug, Default)]
pub struct ReplayInput {
    /// With the instance type of each, empty where it is none.
    pub(super) skus: Vec<(SkuName, String, Sku)>,
    pub(super) series: BTreeMap<Series, u32>,
    /// By hour: series and quantity in the SKU's whole numbers.
    pub(super) cells: BTreeMap<Hour, BTreeMap<u32, u64>>,
    pub(super) fees: Vec<Fee>,
    pub(super) billed: BTreeMap<(CommitmentId, Hour), BilledHour>,
    /// What could not be told, each once.
    pub(super) gaps: BTreeSet<Gap>,
    /// Reservations that no rule is known for.
    pub(super) unmatched: BTreeSet<CommitmentId>,
    /// Usage that commitments paid for and that is not taken in.
    pub(super) left_out: BTreeMap<CommitmentId, LeftOut>,
}

impl SkuName {
    pub(super) fn attributes<'a>(&'a self, facts: &'a SkuFacts) -> Attributes<'a> {
        Attributes {
            service: &self.service,
            region: &self.region,
            usage_type: &self.usage_type,
            operation: &self.operation,
            instance_type: &facts.instance_type,
            tenancy: &facts.tenancy,
            database_engine: &facts.database_engine,
            license_model: &facts.license_model,
            deployment: &facts.deployment,
            cache_engine: &facts.cache_engine,
        }
    }
}

/// `BoxUsage:m5.large RunInstances (AmazonEC2 us-east-1)`: usage type and operation are not unique without the other two. They come last,
/// since names decide what is used first where nothing else does (`docs/spec/rounding.md` 3.2).
impl std::fmt::Display for SkuName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { service, region, usage_type, operation } = self;
        let place = format!("{service} {region}");
        f.pad(&format!("{usage_type} {operation} ({})", place.trim_end()))
    }
}

impl std::fmt::Display for PlanOffering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, term_years, payment_option, family, region } = self;
        let text = format!("{} {term_years}yr {payment_option} {family} {region}", kind.as_str());
        f.pad(text.trim_end())
    }
}

impl ReplayInput {
    /// Takes a SKU in, and says by which index its usage refers to it; none for what no commitment can cover.
    pub fn sku(&mut self, name: SkuName, facts: &SkuFacts, has_plan_rate: bool, sizes: &Sizes) -> Option<usize> {
        let attributes = name.attributes(facts);
        if attributes.is_informational() {
            return None;
        }
        self.gaps.extend(attributes.gaps(facts.factor, sizes));
        let reservable = attributes.reservable(facts.factor, sizes).unwrap_or_else(|gap| {
            self.gaps.insert(gap);
            None
        });
        if reservable.is_none() && !has_plan_rate {
            return None;
        }
        let unit = if ["hrs", "hours"].contains(&facts.unit.to_ascii_lowercase().as_str()) { Unit::Hour } else { Unit::Other };
        if facts.public_rate.is_none() {
            self.gaps.insert(Gap::NoRate { sku: name.to_string() });
        }
        if facts.has_several_rates {
            self.gaps.insert(Gap::SeveralRates { sku: name.to_string() });
        }
        let sku = Sku {
            name: name.to_string(),
            on_demand: facts.public_rate.unwrap_or_default(),
            decimals: decimals(unit),
            unit,
            capacity: attributes.capacity(),
            reservable,
        };
        let told = Some(facts.instance_type.as_str()).filter(|told| !told.is_empty());
        let kind = told.or_else(|| crate::instance_type(&name.usage_type)).unwrap_or_default().to_owned();
        self.skus.push((name, kind, sku));
        Some(self.skus.len() - 1)
    }

    /// The SKUs taken in, by their indices.
    pub fn sku_names(&self) -> impl Iterator<Item = &SkuName> {
        self.skus.iter().map(|(name, ..)| name)
    }

    /// Takes a commitment in.
    pub fn fee(&mut self, fee: Fee) {
        self.fees.push(fee);
    }

    /// Counts a row of usage that a commitment paid for and that cannot be simulated.
    pub fn leave_out(&mut self, paid_by: &CommitmentId, effective: Money) {
        let left_out = self.left_out.entry(paid_by.clone()).or_default();
        left_out.rows += 1;
        left_out.effective += effective;
    }

    /// Takes a row of usage in.
    ///
    /// # Errors
    /// When its quantity, or what its hour adds up to, is none that a bill has.
    pub fn usage(&mut self, row: &BilledUsage<'_>) -> Result<(), ReplayInputError> {
        let sku = &self.skus[row.sku].2;
        let step = 10_i128.pow(12 - sku.decimals);
        if row.quantity.units() % step != 0 {
            self.gaps.insert(Gap::Rounded { sku: sku.name.clone() });
        }
        let refused = |quantity| ReplayInputError::Quantity { sku: sku.name.clone(), hour: row.hour, quantity };
        let whole = u64::try_from(div_round(row.quantity.units(), step, Rounding::HalfEven)).map_err(|_| refused(row.quantity))?;
        // A zone matters to reservations only; where it does not, one resource's rows are one series.
        let zone = Some(row.zone).filter(|zone| !zone.is_empty() && sku.reservable.is_some());
        let series =
            Series { account: row.account.clone(), resource: row.resource.to_owned(), sku: row.sku, zone: zone.map(str::to_owned) };
        let next = u32::try_from(self.series.len()).map_err(|_| InputError::TooMany("series"))?;
        let series = *self.series.entry(series).or_insert(next);
        let cell = self.cells.entry(row.hour).or_default().entry(series).or_default();
        let total = Quantity::from_units((i128::from(*cell) + i128::from(whole)) * step);
        *cell = cell.checked_add(whole).ok_or_else(|| refused(total))?;
        if let Some((id, effective)) = row.paid_by {
            let factor = sku.reservable.as_ref().map_or(0, |reservable| i128::from(reservable.factor.thousandths()));
            let billed = self.billed.entry((id.clone(), row.hour)).or_default();
            billed.hours += row.quantity;
            billed.normalized += row.quantity.share(factor, 1000, Rounding::HalfEven);
            billed.effective += effective;
            billed.rows += 1;
        }
        Ok(())
    }
}
