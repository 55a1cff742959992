//! One CUR row becomes its charges.

use super::cur::CurBinding;
use super::cur_maps::Maps;
use super::fields::{CUR_AMOUNT_COUNT, CUR_AMOUNTS, CurAmount, SPLIT_SOURCES, SPLIT_TABLE};
use super::json::MapCache;
use super::mapper::{BindError, KeyPart, Mapper, RowKey};
use super::moment::{exclusive_end, parse_interval};
use super::row::{Fault, Problem, Row, Wanted};
use super::sink::{Counts, RowError, Sink};
use crate::schema::Kind;
use tenor_bill::{
    COMMITMENTS_MAX, ChargeCategory, Charges, CommitmentCategory, LineItem, LineItemType, Reported, ReservationAmounts, SavingsPlanAmounts,
    Service,
};
use tenor_money::{Money, Quantity};

/// Operations of split-cost rows, which repeat the cost of the instances they split.
const SPLIT_OPERATIONS: [&[u8]; 2] = [b"ECSTask-EC2", b"EKSPod-EC2"];
/// How the refund of a returned Savings Plan's upfront fee begins.
const PLAN_REFUND: &[u8] = b"Refund for one-time fee for Savings Plan ID";

const NO_LIST_COST: &str =
    "usage that a reservation paid for has no on-demand cost in the source: its list cost is 0, so savings of reservations look smaller";
const ENDS_BEFORE_START: &str = "the charge ends before it starts in the source; its end is taken to be its start";
/// Bytes of an ARN, by AWS's own limit.
const ARN_BYTES_MAX: usize = 2048;

/// Maps the rows of one CUR file.
pub(crate) struct CurMapper {
    pub(crate) binding: CurBinding,
    pub(super) services: MapCache<Option<Service>>,
    pub(super) maps: Maps,
    pub(super) amounts: [Option<i128>; CUR_AMOUNT_COUNT],
    /// What rounding took from the row's numbers, by their place; mostly nothing.
    residues: Vec<(usize, i128)>,
}

/// What of a row is decided before anything is written.
pub(super) struct Decided<'a> {
    kind_text: &'a [u8],
    pub(super) line: LineItem,
    pub(super) start: i64,
    pub(super) end: i64,
    /// ARN of the commitment; empty without one.
    pub(super) commitment: &'a str,
    pub(super) commitment_category: Option<CommitmentCategory>,
    pub(super) is_spot: bool,
    pub(super) corrects: bool,
    ends_before_start: bool,
}

impl CurMapper {
    fn new(binding: CurBinding) -> Self {
        Self { binding, services: MapCache::default(), maps: Maps::default(), amounts: [None; CUR_AMOUNT_COUNT], residues: Vec::new() }
    }

    pub(super) fn amount(&self, amount: CurAmount) -> Option<i128> {
        self.amounts[amount as usize]
    }

    fn money(&self, amount: CurAmount) -> Option<Money> {
        self.amount(amount).map(Money::from_units)
    }

    pub(super) fn quantity(&self, amount: CurAmount) -> Option<Quantity> {
        self.amount(amount).map(Quantity::from_units)
    }

    fn reported(&self, gross: CurAmount, net: CurAmount) -> Reported {
        Reported { gross: self.money(gross), net: self.money(net) }
    }

    /// Reads every number of the row, and what rounding took from each.
    fn read_amounts<R: Row>(&mut self, row: &R) -> Result<(), Fault> {
        self.residues.clear();
        for (place, wanted) in self.binding.amounts.iter().enumerate() {
            let Some(wanted) = *wanted else { continue };
            let decimal = row.amount(wanted)?;
            self.amounts[place] = decimal.map(|decimal| decimal.units);
            if let Some(decimal) = decimal.filter(|decimal| decimal.residue != 0) {
                self.residues.push((place, decimal.residue));
            }
        }
        match self.amount(CurAmount::UnblendedCost) {
            Some(_) => Ok(()),
            None => Err(Fault { column: self.binding.amounts[CurAmount::UnblendedCost as usize], problem: Problem::Missing }),
        }
    }

    fn line_item<R: Row>(&self, row: &R, kind: LineItemType, names_reservation: bool) -> LineItem {
        use CurAmount as A;
        let refunds = kind == LineItemType::Refund
            && text(row, self.binding.known.service_code).ends_with(b"SavingsPlans")
            && text(row, self.binding.known.description).starts_with(PLAN_REFUND);
        LineItem {
            kind,
            names_reservation,
            refunds_plan_upfront: refunds,
            unblended: self.reported(A::UnblendedCost, A::NetUnblendedCost),
            public_on_demand_cost: self.money(A::PublicOnDemandCost),
            usage_amount: self.quantity(A::UsageAmount),
            normalized_usage_amount: self.quantity(A::NormalizedUsageAmount),
            reservation: ReservationAmounts {
                effective_cost: self.reported(A::ReservationEffectiveCost, A::ReservationNetEffectiveCost),
                amortized_upfront_fee: self.reported(A::ReservationAmortizedUpfrontFee, A::ReservationNetAmortizedUpfrontFee),
                unused_amortized_upfront_fee: self
                    .reported(A::ReservationUnusedAmortizedUpfrontFee, A::ReservationNetUnusedAmortizedUpfrontFee),
                unused_recurring_fee: self.reported(A::ReservationUnusedRecurringFee, A::ReservationNetUnusedRecurringFee),
                unused_quantity: self.quantity(A::ReservationUnusedQuantity),
                unused_normalized_units: self.quantity(A::ReservationUnusedNormalizedUnits),
                total_reserved_units: self.quantity(A::ReservationTotalReservedUnits),
                total_reserved_normalized_units: self.quantity(A::ReservationTotalReservedNormalizedUnits),
                is_zonal: !text(row, self.binding.known.reservation_zone).is_empty(),
            },
            savings_plan: SavingsPlanAmounts {
                effective_cost: self.reported(A::SavingsPlanEffectiveCost, A::SavingsPlanNetEffectiveCost),
                total_commitment: self.money(A::SavingsPlanTotalCommitment),
                used_commitment: self.money(A::SavingsPlanUsedCommitment),
                amortized_upfront: self.reported(A::SavingsPlanAmortizedUpfront, A::SavingsPlanNetAmortizedUpfront),
                recurring: self.reported(A::SavingsPlanRecurring, A::SavingsPlanNetRecurring),
            },
        }
    }

    fn decide<'a, R: Row>(&self, row: &'a R) -> Result<Decided<'a>, Fault> {
        let known = &self.binding.known;
        let kind_text = text(row, known.kind);
        if kind_text.is_empty() {
            return Err(Fault { column: known.kind, problem: Problem::Missing });
        }
        let kind =
            LineItemType::from_word(std::str::from_utf8(kind_text).map_err(|_| Fault { column: known.kind, problem: Problem::Text })?);
        let (reservation, plan) = (text(row, known.reservation), text(row, known.plan));
        let start = moment(row, known.start)?.ok_or(Fault { column: known.start, problem: Problem::Missing })?;
        let end = moment(row, known.end)?.ok_or(Fault { column: known.end, problem: Problem::Missing })?;
        let (commitment, commitment_category) = match kind {
            LineItemType::DiscountedUsage | LineItemType::RiFee => (reservation, Some(CommitmentCategory::Usage)),
            LineItemType::Fee if !reservation.is_empty() => (reservation, Some(CommitmentCategory::Usage)),
            LineItemType::SavingsPlanCoveredUsage
            | LineItemType::SavingsPlanNegation
            | LineItemType::SavingsPlanRecurringFee
            | LineItemType::SavingsPlanUpfrontFee => (plan, Some(CommitmentCategory::Spend)),
            _ => (&[] as &[u8], None),
        };
        let arn_column = if commitment_category == Some(CommitmentCategory::Usage) { known.reservation } else { known.plan };
        let commitment = match std::str::from_utf8(commitment) {
            Ok("") if commitment_category.is_some() => Err(Problem::Missing),
            Ok(arn) if arn.len() > ARN_BYTES_MAX => Err(Problem::Other(format!("longer than the {ARN_BYTES_MAX} bytes of an ARN"))),
            Ok(arn) => Ok(arn),
            Err(_) => Err(Problem::Text),
        };
        let commitment = commitment.map_err(|problem| Fault { column: arn_column, problem })?;
        let end = exclusive_end(end);
        let period_start = moment(row, known.period_start)?.unwrap_or(i64::MIN);
        Ok(Decided {
            kind_text,
            line: self.line_item(row, kind, !reservation.is_empty()),
            start,
            end: end.max(start),
            ends_before_start: end < start,
            commitment,
            commitment_category,
            is_spot: is_spot(text(row, known.usage_type)),
            corrects: kind == LineItemType::Refund && start < period_start,
        })
    }

    fn map_split<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), RowError> {
        self.residues.clear();
        let unblended = self.binding.amounts[CurAmount::UnblendedCost as usize].map_or(Ok(None), |wanted| row.amount(wanted))?;
        if let Err(fault) = self.set_split(row, sink) {
            sink.split.row().drop_row();
            return Err(fault.into());
        }
        sink.split.end_row()?;
        let counts = &mut sink.counts;
        counts.rows_read += 1;
        counts.rows_split += 1;
        counts.sums.split_unblended += unblended.map_or(Money::ZERO, |cost| Money::from_units(cost.units));
        for (place, residue) in &self.residues {
            counts.sums.add_rounding(SPLIT_SOURCES[*place], *residue);
        }
        Ok(())
    }

    fn set_split<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), Fault> {
        let to = sink.split.row();
        for (place, (info, wanted)) in SPLIT_TABLE.iter().zip(&self.binding.split).enumerate() {
            let Some(wanted) = *wanted else { continue };
            match info.kind {
                Kind::Amount | Kind::Count => {
                    let Some(decimal) = row.amount(wanted)? else { continue };
                    to.set_amount(place, decimal.units);
                    if decimal.residue != 0 {
                        self.residues.push((place, decimal.residue));
                    }
                }
                Kind::Moment | Kind::Day => {
                    let Some(micros) = row.moment(wanted)? else { continue };
                    to.set_moment(place, if info.name.ends_with("End") { exclusive_end(micros) } else { micros });
                }
                Kind::Text | Kind::Json => to.set_text(place, row.text(wanted)).map_err(|error| Fault::at(wanted, error.into()))?,
            }
        }
        Ok(())
    }

    /// Counts a row that became `charges`.
    fn count<R: Row>(&self, row: &R, decided: &Decided<'_>, charges: &Charges, counts: &mut Counts) {
        let line = &decided.line;
        counts.rows_read += 1;
        counts.sums.add(line, charges);
        for (place, residue) in &self.residues {
            counts.sums.add_rounding(CUR_AMOUNTS[*place].0, *residue);
        }
        if decided.commitment_category.is_some() {
            counts.sums.add_commitment(decided.commitment, line);
        }
        if line.kind == LineItemType::Other {
            let kind = String::from_utf8_lossy(decided.kind_text);
            counts.notice(&format!("line item type `{kind}` is not one we know; booked as its columns suggest"));
        }
        if line.kind == LineItemType::DiscountedUsage
            && line.public_on_demand_cost.is_none_or(Money::is_zero)
            && line.usage_amount.is_some_and(|usage| !usage.is_zero())
        {
            counts.notice(NO_LIST_COST);
        }
        if decided.ends_before_start {
            counts.notice(ENDS_BEFORE_START);
        }
        if charges.main.is_some_and(|charge| charge.category == ChargeCategory::Usage) {
            let interval = parse_interval(text(row, self.binding.known.interval));
            let (start, end) = interval.unwrap_or((decided.start, decided.end));
            counts.count_length(start, end);
        }
    }

    fn is_split<R: Row>(&self, row: &R) -> bool {
        SPLIT_OPERATIONS.contains(&text(row, self.binding.known.operation))
    }
}

impl Mapper for CurMapper {
    const NULL_WORD: &'static [u8] = b"";

    fn bind(columns: &[String]) -> Result<Self, BindError> {
        let binding = CurBinding::new(columns);
        binding.check(columns)?;
        Ok(Self::new(binding))
    }

    fn wanted(&self) -> &[Wanted] {
        &self.binding.wanted
    }

    fn key<'a, R: Row>(&self, row: &'a R) -> Result<RowKey<'a>, Fault> {
        let known = &self.binding.known;
        let payer = text(row, known.payer);
        if payer.is_empty() {
            return Err(Fault { column: known.payer, problem: Problem::Missing });
        }
        let period_start = moment(row, known.period_start)?.ok_or(Fault { column: known.period_start, problem: Problem::Missing })?;
        Ok(RowKey { payer, period_start, provider: &[] })
    }

    fn key_column(&self, part: KeyPart) -> Option<usize> {
        match part {
            KeyPart::Payer => self.binding.known.payer,
            KeyPart::PeriodStart => self.binding.known.period_start,
            KeyPart::Provider => None,
        }
    }

    fn map<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), RowError> {
        // Rows that become no charge speak of the currency of the period as well.
        let currency = text(row, self.binding.known.currency);
        sink.counts.check_currency(currency, self.binding.known.currency)?;
        if self.is_split(row) {
            self.map_split(row, sink)?;
            sink.counts.note_currency(currency);
            return Ok(());
        }
        self.read_amounts(row)?;
        let decided = self.decide(row)?;
        let kind = sink.counts.kind(decided.kind_text).map_err(|problem| Fault { column: self.binding.known.kind, problem })?;
        if decided.commitment_category.is_some() && !sink.counts.sums.has_room_for(decided.commitment) {
            let problem = Problem::Other(format!("of one commitment more than the {COMMITMENTS_MAX} that a period may have"));
            return Err(Fault { column: None, problem }.into());
        }
        let charges = decided.line.charges();
        for charge in [charges.main, charges.unused].into_iter().flatten() {
            if let Err(fault) = self.set_row(row, &decided, &charge, sink.charges.row()) {
                sink.charges.row().drop_row();
                return Err(fault.into());
            }
            sink.charges.end_row()?;
            sink.counts.rows_charges += 1;
        }
        sink.counts.note_currency(currency);
        sink.counts.count_kind(kind);
        self.count(row, &decided, &charges, &mut sink.counts);
        Ok(())
    }

    fn cost<R: Row>(&self, row: &R) -> Option<Reported> {
        if self.is_split(row) {
            return Some(Reported::default());
        }
        let read = |amount: CurAmount| match self.binding.amounts[amount as usize] {
            Some(wanted) => row.amount(wanted).map(|decimal| decimal.map(|decimal| Money::from_units(decimal.units))),
            None => Ok(None),
        };
        let (gross, net) = (read(CurAmount::UnblendedCost).ok()?, read(CurAmount::NetUnblendedCost).ok()?);
        gross.map(|gross| Reported { gross: Some(gross), net })
    }
}

/// Spot usage shows in its usage type. Source: `aws-rules`, on-demand-equivalent demand.
fn is_spot(usage_type: &[u8]) -> bool {
    usage_type.windows(4).any(|window| window == b"Spot")
}

pub(super) fn text<R: Row>(row: &R, wanted: Option<usize>) -> &[u8] {
    wanted.map_or(&[], |wanted| row.text(wanted))
}

pub(super) fn moment<R: Row>(row: &R, wanted: Option<usize>) -> Result<Option<i64>, Fault> {
    wanted.map_or(Ok(None), |wanted| row.moment(wanted))
}
