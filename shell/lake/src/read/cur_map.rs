//! One CUR row becomes its charges.

use super::cur::CurBinding;
use super::fields::{CUR_AMOUNT_COUNT, CUR_AMOUNTS, CurAmount, SPLIT_TABLE};
use super::json::{MapCache, canonical_text, object};
use super::mapper::{Mapper, RowKey};
use super::moment::{exclusive_end, parse_interval};
use super::names::owner_key;
use super::row::{Fault, Problem, Row, Wanted};
use super::sink::{RowError, Sink};
use crate::schema::{Column, Kind};
use crate::write::Batch;
use serde_json::Value;
use tenor_bill::{
    Charge, ChargeCategory, CommitmentCategory, CommitmentStatus, LineItem, LineItemType, PricingCategory, Reported, ReservationAmounts,
    SavingsPlanAmounts, Service,
};
use tenor_money::{Money, Quantity};

/// Operations of split-cost rows, which repeat the cost of the instances they split.
const SPLIT_OPERATIONS: [&[u8]; 2] = [b"ECSTask-EC2", b"EKSPod-EC2"];
/// How the refund of a returned Savings Plan's upfront fee begins.
const PLAN_REFUND: &[u8] = b"Refund for one-time fee for Savings Plan ID";

/// Maps the rows of one CUR file.
pub(crate) struct CurMapper {
    pub(crate) binding: CurBinding,
    services: MapCache<Service>,
    products: MapCache<Vec<Option<String>>>,
    tags: MapCache<String>,
    categories: MapCache<String>,
    discounts: MapCache<String>,
    raw: Vec<u8>,
    amounts: [Option<i128>; CUR_AMOUNT_COUNT],
}

/// What of a row is decided before anything is written.
struct Decided<'a> {
    kind_text: &'a [u8],
    line: LineItem,
    start: i64,
    end: i64,
    commitment: &'a [u8],
    commitment_category: Option<CommitmentCategory>,
    is_spot: bool,
    corrects: bool,
}

impl CurMapper {
    fn new(binding: CurBinding) -> Self {
        Self {
            binding,
            services: MapCache::default(),
            products: MapCache::default(),
            tags: MapCache::default(),
            categories: MapCache::default(),
            discounts: MapCache::default(),
            raw: Vec::new(),
            amounts: [None; CUR_AMOUNT_COUNT],
        }
    }

    fn amount(&self, amount: CurAmount) -> Option<i128> {
        self.amounts[amount as usize]
    }

    fn money(&self, amount: CurAmount) -> Option<Money> {
        self.amount(amount).map(Money::from_units)
    }

    fn quantity(&self, amount: CurAmount) -> Option<Quantity> {
        self.amount(amount).map(Quantity::from_units)
    }

    fn reported(&self, gross: CurAmount, net: CurAmount) -> Reported {
        Reported { gross: self.money(gross), net: self.money(net) }
    }

    /// Reads every number of the row. Returns what rounding took from them, in 10⁻²⁴.
    fn read_amounts<R: Row>(&mut self, row: &R) -> Result<i128, Fault> {
        let mut residue = 0;
        for (place, wanted) in self.binding.amounts.iter().enumerate() {
            let Some(wanted) = *wanted else { continue };
            let decimal = row.amount(wanted)?;
            residue += decimal.map_or(0, |decimal| decimal.residue);
            self.amounts[place] = decimal.map(|decimal| decimal.units);
        }
        let missing = self.amounts[CurAmount::UnblendedCost as usize].is_none();
        if missing {
            Err(Fault { column: self.binding.amounts[CurAmount::UnblendedCost as usize], problem: Problem::Missing })
        } else {
            Ok(residue)
        }
    }

    fn line_item<R: Row>(&self, row: &R, kind: LineItemType, names_reservation: bool) -> LineItem {
        use CurAmount as A;
        let refunds = kind == LineItemType::Refund
            && text(row, self.binding.known.service_code) == b"ComputeSavingsPlans"
            && text(row, self.binding.known.description).starts_with(PLAN_REFUND);
        LineItem {
            kind,
            names_reservation,
            refunds_plan_upfront: refunds,
            unblended: self.reported(A::UnblendedCost, A::NetUnblendedCost),
            public_on_demand_cost: self.money(A::PublicOnDemandCost),
            usage_amount: self.quantity(A::UsageAmount),
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
        if commitment_category.is_some() && commitment.is_empty() {
            let column = if commitment_category == Some(CommitmentCategory::Usage) { known.reservation } else { known.plan };
            return Err(Fault { column, problem: Problem::Missing });
        }
        let period_start = moment(row, known.period_start)?.unwrap_or(i64::MIN);
        Ok(Decided {
            kind_text,
            line: self.line_item(row, kind, !reservation.is_empty()),
            start,
            end: exclusive_end(end).max(start),
            commitment,
            commitment_category,
            is_spot: is_spot(text(row, known.usage_type)),
            corrects: kind == LineItemType::Refund && start < period_start,
        })
    }

    /// Sets every column of one charge in the current row of `to`.
    fn set_row<R: Row>(&mut self, row: &R, decided: &Decided<'_>, charge: &Charge, to: &mut Batch) -> Result<(), Fault> {
        for (wanted, column) in &self.binding.texts {
            to.set_text(*column as usize, row.text(*wanted)).map_err(|_| Fault::at(*wanted, Problem::Text))?;
        }
        for (place, (_, column)) in CUR_AMOUNTS.iter().enumerate() {
            if let (Some(column), Some(units)) = (column, self.amounts[place]) {
                to.set_amount(*column as usize, units);
            }
        }
        self.set_costs(charge, to);
        self.set_quantities(row, decided, charge, to)?;
        self.set_maps(row, to)?;
        self.set_names(row, decided, charge, to)?;
        to.set_moment(Column::ChargePeriodStart as usize, decided.start);
        to.set_moment(Column::ChargePeriodEnd as usize, decided.end);
        for (column, wanted) in
            [(Column::BillingPeriodStart, self.binding.known.period_start), (Column::BillingPeriodEnd, self.binding.known.period_end)]
        {
            if let Some(micros) = moment(row, wanted)? {
                to.set_moment(column as usize, exclusive_end(micros));
            }
        }
        Ok(())
    }

    fn set_costs(&self, charge: &Charge, to: &mut Batch) {
        let costs = &charge.costs;
        let set = [
            (Column::BilledCost, costs.billed),
            (Column::EffectiveCost, costs.effective),
            (Column::ListCost, costs.list),
            (Column::ContractedCost, costs.contracted),
            (Column::XUnblendedCost, costs.unblended),
        ];
        for (column, amount) in set {
            to.set_amount(column as usize, amount.units());
        }
    }

    fn set_quantities<R: Row>(&self, row: &R, decided: &Decided<'_>, charge: &Charge, to: &mut Batch) -> Result<(), Fault> {
        let unused = charge.status == Some(CommitmentStatus::Unused);
        let known = &self.binding.known;
        if let Some(quantity) = charge.quantity {
            to.set_amount(Column::PricingQuantity as usize, quantity.units());
            if charge.category == ChargeCategory::Usage && !unused {
                to.set_amount(Column::ConsumedQuantity as usize, quantity.units());
                let unit = self.binding.texts.iter().find(|(_, column)| *column == Column::PricingUnit);
                set_text(to, Column::ConsumedUnit, text(row, unit.map(|(wanted, _)| *wanted)))?;
            }
        }
        if charge.category == ChargeCategory::Usage && !unused {
            // A reservation's usage has an unblended rate of 0; its contracted cost is at the public price.
            let reserved = decided.commitment_category == Some(CommitmentCategory::Usage);
            let contracted = if reserved { CurAmount::PublicOnDemandRate } else { CurAmount::UnblendedRate };
            for (column, amount) in [(Column::ListUnitPrice, CurAmount::PublicOnDemandRate), (Column::ContractedUnitPrice, contracted)] {
                if let Some(units) = self.amount(amount) {
                    to.set_amount(column as usize, units);
                }
            }
        }
        let Some(category) = decided.commitment_category else { return Ok(()) };
        let (quantity, unit): (Option<Quantity>, &[u8]) = match category {
            CommitmentCategory::Spend if charge.status == Some(CommitmentStatus::Used) => {
                (self.quantity(CurAmount::SavingsPlanEffectiveCost), text(row, known.currency))
            }
            CommitmentCategory::Spend => (charge.quantity, text(row, known.currency)),
            CommitmentCategory::Usage => {
                let zonal = !text(row, known.reservation_zone).is_empty();
                let normalized = self.quantity(CurAmount::NormalizedUsageAmount).filter(|units| !zonal && !units.is_zero());
                match charge.status {
                    Some(CommitmentStatus::Used) => {
                        (normalized.or(charge.quantity), if normalized.is_some() { b"Normalized Hours" } else { b"Hours" })
                    }
                    _ => {
                        let held = decided.line.reservation.total_reserved_normalized_units.is_some_and(|units| !units.is_zero());
                        (charge.quantity, if held { b"Normalized Hours" } else { b"Hours" })
                    }
                }
            }
        };
        if let Some(quantity) = quantity {
            to.set_amount(Column::CommitmentDiscountQuantity as usize, quantity.units());
            set_text(to, Column::CommitmentDiscountUnit, unit)?;
        }
        Ok(())
    }

    fn set_names<R: Row>(&mut self, row: &R, decided: &Decided<'_>, charge: &Charge, to: &mut Batch) -> Result<(), Fault> {
        let known = &self.binding.known;
        let is = |column, word: &str, to: &mut Batch| set_text(to, column, word.as_bytes());
        is(Column::ChargeCategory, charge.category.as_str(), to)?;
        is(Column::ChargeFrequency, charge.frequency.as_str(), to)?;
        if decided.corrects {
            is(Column::ChargeClass, "Correction", to)?;
        }
        is(Column::ProviderName, "AWS", to)?;
        let marketplace = text(row, known.billing_entity) == b"AWS Marketplace";
        let seller = first_filled([text(row, known.legal_entity), b"Amazon Web Services, Inc."]);
        set_text(to, Column::PublisherName, if marketplace { seller } else { b"Amazon Web Services" })?;
        set_text(to, Column::InvoiceIssuerName, first_filled([text(row, known.invoicing_entity), seller]))?;
        let pricing = pricing_category(decided, charge);
        if let Some(pricing) = pricing {
            is(Column::PricingCategory, pricing.as_str(), to)?;
        }
        if let Some(category) = decided.commitment_category {
            set_text(to, Column::CommitmentDiscountId, decided.commitment)?;
            is(Column::CommitmentDiscountCategory, category.as_str(), to)?;
            let plan_type = first_filled([text(row, known.plan_type), b"SavingsPlans"]);
            set_text(
                to,
                Column::CommitmentDiscountType,
                if category == CommitmentCategory::Spend { plan_type } else { b"Reserved Instance" },
            )?;
            if let Some(status) = charge.status {
                is(Column::CommitmentDiscountStatus, status.as_str(), to)?;
            }
        }
        let code = text(row, known.service_code);
        let known_service = self.services.get(code, |code| std::str::from_utf8(code).ok().and_then(Service::of_code)).copied();
        let service = known_service.unwrap_or(Service::unknown());
        let fallback = if known_service.is_some() { service.name.as_bytes() } else { first_filled([code, service.name.as_bytes()]) };
        if !to.has_text(Column::ServiceName as usize) {
            set_text(to, Column::ServiceName, first_filled([text(row, known.product_name), fallback]))?;
        }
        is(Column::ServiceCategory, service.category, to)?;
        is(Column::ServiceSubcategory, service.subcategory, to)
    }

    /// Tags, cost categories, discounts and the attributes only the product map has.
    fn set_maps<R: Row>(&mut self, row: &R, to: &mut Batch) -> Result<(), Fault> {
        let binding = &self.binding;
        let raw = &mut self.raw;
        set_keyed(row, &binding.tags, raw, &mut self.tags, Column::Tags, to)?;
        set_keyed(row, &binding.categories, raw, &mut self.categories, Column::XCostCategories, to)?;
        set_map(row, binding.tag_map, &mut self.tags, Column::Tags, to)?;
        set_map(row, binding.category_map, &mut self.categories, Column::XCostCategories, to)?;
        set_map(row, binding.discount_map, &mut self.discounts, Column::XDiscounts, to)?;
        let Some(product) = binding.product_map else { return Ok(()) };
        let raw = row.text(product);
        if raw.is_empty() {
            return Ok(());
        }
        let wanted = &binding.product_attributes;
        let read = |raw: &[u8]| {
            let map = object(raw)?;
            Some(wanted.iter().map(|(name, _)| map.get(*name).and_then(Value::as_str).map(str::to_owned)).collect())
        };
        let attributes = self.products.get(raw, read).ok_or(Fault::at(product, Problem::Map))?;
        for ((_, column), value) in wanted.iter().zip(attributes) {
            set_text(to, *column, value.as_deref().unwrap_or_default().as_bytes())?;
        }
        Ok(())
    }

    fn map_split<R: Row>(&self, row: &R, sink: &mut Sink) -> Result<(), RowError> {
        let set = |to: &mut Batch| -> Result<(), Fault> {
            for (place, (info, wanted)) in SPLIT_TABLE.iter().zip(&self.binding.split).enumerate() {
                let Some(wanted) = *wanted else { continue };
                match info.kind {
                    Kind::Amount | Kind::Count => {
                        if let Some(decimal) = row.amount(wanted)? {
                            to.set_amount(place, decimal.units);
                        }
                    }
                    Kind::Moment | Kind::Day => {
                        if let Some(micros) = row.moment(wanted)? {
                            to.set_moment(place, exclusive_end(micros));
                        }
                    }
                    Kind::Text | Kind::Json => to.set_text(place, row.text(wanted)).map_err(|_| Fault::at(wanted, Problem::Text))?,
                }
            }
            Ok(())
        };
        if let Err(fault) = set(sink.split.row()) {
            sink.split.row().drop_row();
            return Err(fault.into());
        }
        sink.split.end_row()?;
        Ok(())
    }
}

impl Mapper for CurMapper {
    const NULL_WORD: &'static [u8] = b"";

    fn bind(columns: &[String]) -> Result<Self, &'static str> {
        let binding = CurBinding::new(columns);
        match binding.missing() {
            Some(missing) => Err(missing),
            None => Ok(Self::new(binding)),
        }
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

    fn map<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), RowError> {
        let operation = text(row, self.binding.known.operation);
        if SPLIT_OPERATIONS.contains(&operation) {
            self.map_split(row, sink)?;
            sink.counts.rows_read += 1;
            sink.counts.rows_split += 1;
            return Ok(());
        }
        let residue = self.read_amounts(row)?;
        let decided = self.decide(row)?;
        let charges = decided.line.charges();
        for charge in [charges.main, charges.unused].into_iter().flatten() {
            let currency = self.binding.known.currency;
            let set = self.set_row(row, &decided, &charge, sink.charges.row());
            if let Err(fault) = set.and_then(|()| sink.counts.note_currency(text(row, currency), currency)) {
                sink.charges.row().drop_row();
                return Err(fault.into());
            }
            sink.charges.end_row()?;
        }
        let counts = &mut sink.counts;
        counts.rows_read += 1;
        counts.count_kind(decided.kind_text);
        counts.sums.add(&decided.line, &charges);
        if residue != 0 {
            counts.sums.rounded += 1;
            counts.sums.rounding_residue += residue;
        }
        if decided.commitment_category == Some(CommitmentCategory::Usage) {
            let normalized = self.amount(CurAmount::NormalizedUsageAmount).map(Quantity::from_units);
            let arn = String::from_utf8_lossy(decided.commitment);
            counts.sums.add_reservation(&arn, &decided.line, normalized);
        }
        if decided.line.kind == LineItemType::Other {
            counts.notice(&format!(
                "line item type `{}` is not one we know; booked as its columns suggest",
                String::from_utf8_lossy(decided.kind_text)
            ));
        }
        let is_usage = charges.main.is_some_and(|charge| charge.category == ChargeCategory::Usage);
        if is_usage {
            let interval = parse_interval(text(row, self.binding.known.interval));
            let (start, end) = interval.unwrap_or((decided.start, decided.end));
            counts.count_length(start, end);
        }
        Ok(())
    }

    fn cost<R: Row>(&self, row: &R) -> Option<i128> {
        let place = self.binding.amounts[CurAmount::UnblendedCost as usize]?;
        row.amount(place).ok().flatten().map(|decimal| decimal.units)
    }
}

fn pricing_category(decided: &Decided<'_>, charge: &Charge) -> Option<PricingCategory> {
    match charge.category {
        ChargeCategory::Usage if charge.status.is_some() => Some(PricingCategory::Committed),
        ChargeCategory::Usage if decided.is_spot => Some(PricingCategory::Dynamic),
        ChargeCategory::Usage | ChargeCategory::Purchase => Some(PricingCategory::Standard),
        ChargeCategory::Tax | ChargeCategory::Credit | ChargeCategory::Adjustment => None,
    }
}

/// Tags or cost categories that have a column each.
fn set_keyed<R: Row>(
    row: &R,
    keyed: &[(String, usize)],
    raw: &mut Vec<u8>,
    cache: &mut MapCache<String>,
    column: Column,
    to: &mut Batch,
) -> Result<(), Fault> {
    raw.clear();
    let mut any = false;
    for (_, wanted) in keyed {
        let value = row.text(*wanted);
        any |= !value.is_empty();
        raw.extend_from_slice(value);
        raw.push(0);
    }
    if !any {
        return Ok(());
    }
    let read = |_: &[u8]| {
        let value = |wanted: usize| std::str::from_utf8(row.text(wanted)).ok().map(Value::from);
        let entries = keyed.iter().map(|(key, wanted)| Some((key.clone(), value(*wanted)?))).collect::<Option<Vec<_>>>()?;
        Some(canonical_text(entries))
    };
    let text = cache.get(raw, read).ok_or(Fault { column: keyed.first().map(|(_, wanted)| *wanted), problem: Problem::Text })?;
    set_text(to, column, text.as_bytes())
}

/// Tags, cost categories or discounts that come as one map.
fn set_map<R: Row>(row: &R, wanted: Option<usize>, cache: &mut MapCache<String>, column: Column, to: &mut Batch) -> Result<(), Fault> {
    let Some(wanted) = wanted else { return Ok(()) };
    let raw = row.text(wanted);
    if raw.is_empty() || raw == b"{}" {
        return Ok(());
    }
    let key = |key: String| if column == Column::Tags { owner_key(&key).to_owned() } else { key };
    let read = |raw: &[u8]| Some(canonical_text(object(raw)?.into_iter().map(|(name, value)| (key(name), value))));
    let text = cache.get(raw, read).ok_or(Fault::at(wanted, Problem::Map))?;
    set_text(to, column, text.as_bytes())
}

/// Spot usage shows in its usage type. Source: `aws-rules`, on-demand-equivalent demand.
fn is_spot(usage_type: &[u8]) -> bool {
    usage_type.windows(4).any(|window| window == b"Spot")
}

fn set_text(to: &mut Batch, column: Column, value: &[u8]) -> Result<(), Fault> {
    to.set_text(column as usize, value).map_err(|_| Fault { column: None, problem: Problem::Text })
}

fn first_filled<const N: usize>(values: [&[u8]; N]) -> &[u8] {
    values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
}

pub(super) fn text<R: Row>(row: &R, wanted: Option<usize>) -> &[u8] {
    wanted.map_or(&[], |wanted| row.text(wanted))
}

fn moment<R: Row>(row: &R, wanted: Option<usize>) -> Result<Option<i64>, Fault> {
    wanted.map_or(Ok(None), |wanted| row.moment(wanted))
}
