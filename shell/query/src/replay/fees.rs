//! What was held: commitments as their fee rows tell of them.

use super::fields::Fields;
use super::skus::{NAME, facts, name};
use crate::{Engine, QueryError};
use jiff::Timestamp;
use tenor_bill::{AccountId, BillingPeriod};
use tenor_cover::inventory::{mul_div, term_of_bill, term_of_fee};
use tenor_cover::replay::{Fee, FeeKind, PlanOffering};
use tenor_cover::{CommitmentId, Factor, PlanKind, Term};
use tenor_money::{Money, Quantity, Rounding, UnitPrice, mul_div_round};

/// A year of a term (`aws-rules` §0).
const YEAR_SECONDS: i64 = 31_536_000;

/// Every commitment that has a fee in the period.
pub(super) async fn read(engine: &Engine, period: BillingPeriod) -> Result<Vec<Fee>, QueryError> {
    let mut fees = reservations(engine, period).await?;
    fees.extend(plans(engine).await?);
    Ok(fees)
}

async fn reservations(engine: &Engine, period: BillingPeriod) -> Result<Vec<Fee>, QueryError> {
    let statement = format!(
        "SELECT {NAME}, x_InstanceType, x_Tenancy, x_DatabaseEngine, x_LicenseModel, x_DeploymentOption, x_CacheEngine, PricingUnit, \
         ListUnitPrice, CommitmentDiscountId, SubAccountId, x_ReservationStartTime, x_ReservationEndTime, \
         x_ReservationNumberOfReservations, x_ReservationUpfrontValue, x_ReservationAvailabilityZone, \
         ContractedUnitPrice, x_UnblendedCost, x_UsageAmount, x_ReservationUnitsPerReservation, \
         x_ReservationNormalizedUnitsPerReservation, x_ReservationAmortizedUpfrontFee, x_OfferingClass \
         FROM charges WHERE x_LineItemType = 'RIFee' AND ChargeCategory = 'Purchase' ORDER BY CommitmentDiscountId"
    );
    Fields::all(engine, &statement).await?.iter().map(|row| reservation(row, period)).collect()
}

fn reservation(row: &Fields, period: BillingPeriod) -> Result<Fee, QueryError> {
    let id = CommitmentId(row.text(12).to_owned());
    let missing = |column| QueryError::FeeLacks { commitment: row.text(12).to_owned(), column };
    let count: Quantity = row.read(16).ok_or(missing("x_ReservationNumberOfReservations"))?;
    let count = u32::try_from(count.units() / Quantity::from_whole(1).units()).map_err(|_| missing("x_ReservationNumberOfReservations"))?;
    let billed = term(row.text(14), row.text(15)).ok_or(missing("x_ReservationStartTime"))?;
    let upfront = row.read(17).unwrap_or_default();
    let span = (period.start().as_second(), period.end().as_second());
    let term = row.read(24).map_or(billed, |amortized| term_of_fee(billed, upfront, amortized, span));
    let held = i128::from(term.elapsed(span.1) - term.elapsed(span.0)) * i128::from(count);
    let kind = FeeKind::Reservation {
        sku: name(row),
        facts: Box::new(facts(row, 4, UnitPrice::ZERO)),
        factor: factor(row.read(22), row.read(23)),
        zone: Some(row.text(18).to_owned()).filter(|zone| !zone.is_empty()),
        count,
        hourly: hourly(row, held).ok_or(missing("ContractedUnitPrice"))?,
        is_convertible: is_convertible(row.text(25)),
    };
    Ok(Fee { id, owner: owner(row, 13)?, term, upfront, kind })
}

/// The rate of an hour: as the bill says it, or else what makes the fee of the `held` seconds, to the ten decimals that AWS's rates have. The hours
/// that the bill writes are rounded, too coarsely to divide by.
fn hourly(row: &Fields, held: i128) -> Option<UnitPrice> {
    if let Some(rate) = row.read(19) {
        return Some(rate);
    }
    let fee: Money = row.read(20)?;
    if held == 0 {
        return Some(UnitPrice::ZERO);
    }
    let tenth = 100;
    let rate = mul_div(fee.units(), 3600, held.checked_mul(tenth)?)?;
    Some(UnitPrice::from_units(rate.checked_mul(tenth)?))
}

/// Legacy fee rows have no offering class.
fn is_convertible(class: &str) -> Option<bool> {
    match class {
        "convertible" => Some(true),
        "standard" => Some(false),
        _ => None,
    }
}

/// Normalized units of an instance, as the bill counts them: twice its class for a Multi-AZ database.
fn factor(hours: Option<Quantity>, normalized: Option<Quantity>) -> Option<Factor> {
    let (hours, normalized) = (hours.filter(|hours| !hours.is_zero())?, normalized.filter(|units| !units.is_zero())?);
    let thousandths = mul_div_round(normalized.units(), 1000, hours.units(), Rounding::HalfEven);
    u32::try_from(thousandths).ok().and_then(Factor::from_thousandths)
}

async fn plans(engine: &Engine) -> Result<Vec<Fee>, QueryError> {
    let statement = "SELECT CommitmentDiscountId, SubAccountId, max(x_SavingsPlanOfferingType), max(x_SavingsPlanPaymentOption), \
         max(x_SavingsPlanPurchaseTerm), max(x_SavingsPlanInstanceTypeFamily), max(x_SavingsPlanRegion), max(x_SavingsPlanStartTime), \
         max(x_SavingsPlanEndTime), max(x_SavingsPlanRecurring), sum(x_SavingsPlanAmortizedUpfront), \
         min(ChargePeriodStart), max(ChargePeriodEnd) \
         FROM charges WHERE x_LineItemType = 'SavingsPlanRecurringFee' AND ChargeCategory = 'Purchase' GROUP BY 1, 2 ORDER BY 1";
    Fields::all(engine, statement).await?.iter().map(plan).collect()
}

fn plan(row: &Fields) -> Result<Fee, QueryError> {
    let missing = |column| QueryError::FeeLacks { commitment: row.text(0).to_owned(), column };
    let billed = term(row.text(7), row.text(8)).ok_or(missing("x_SavingsPlanStartTime"))?;
    let offering = PlanOffering {
        kind: PlanKind::from_offering_type(row.text(2)).ok_or(missing("x_SavingsPlanOfferingType"))?,
        term_years: row.text(4).chars().next().and_then(|digit| digit.to_digit(10)).ok_or(missing("x_SavingsPlanPurchaseTerm"))?,
        payment_option: row.text(3).to_owned(),
        family: row.text(5).to_owned(),
        region: row.text(6).to_owned(),
    };
    // One that was returned ends before the years it was bought for, which its upfront fee is spread over all the same.
    let years = i64::from(offering.term_years) * YEAR_SECONDS;
    let term = if years > billed.seconds { Term { seconds: years, retired: Some(billed.end()), ..billed } } else { billed };
    let amortized: Money = row.read(10).unwrap_or_default();
    let (from, to) = moment(row.text(11)).zip(moment(row.text(12))).ok_or(missing("ChargePeriodStart"))?;
    let held = i128::from(term.elapsed(to) - term.elapsed(from)).max(1);
    // Upfront fees are whole cents; the hours' shares of one are rounded to 10⁻⁸.
    let cents = mul_div_round(amortized.units(), i128::from(term.seconds), held * 10_000_000_000, Rounding::HalfEven);
    let upfront = Money::from_units(cents * 10_000_000_000);
    let kind = FeeKind::Plan { offering, recurring: row.read(9).ok_or(missing("x_SavingsPlanRecurring"))? };
    Ok(Fee { id: CommitmentId(row.text(0).to_owned()), owner: owner(row, 1)?, term, upfront, kind })
}

fn owner(row: &Fields, place: usize) -> Result<AccountId, QueryError> {
    row.read(place).ok_or_else(|| QueryError::FeeLacks { commitment: row.text(place.saturating_sub(1)).to_owned(), column: "SubAccountId" })
}

/// A moment as a bill writes it.
fn moment(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_second())
}

/// A term from its first and its last second, as a bill writes them.
fn term(start: &str, end: &str) -> Option<Term> {
    term_of_bill(moment(start)?, moment(end)?)
}
