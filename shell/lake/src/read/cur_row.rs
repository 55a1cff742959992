//! The columns of the charges that one CUR row becomes.

use super::cur_map::{CurMapper, Decided, moment, text};
use super::fields::{CUR_AMOUNTS, CurAmount};
use super::moment::exclusive_end;
use super::row::{Fault, Row};
use crate::schema::Column;
use crate::write::Batch;
use tenor_bill::{Charge, ChargeCategory, CommitmentCategory, CommitmentStatus, PricingCategory, ReservationUnit, Service};

impl CurMapper {
    /// Sets every column of one charge in the current row of `to`.
    pub(super) fn set_row<R: Row>(&mut self, row: &R, decided: &Decided<'_>, charge: &Charge, to: &mut Batch) -> Result<(), Fault> {
        for (wanted, column) in &self.binding.texts {
            to.set_text(*column as usize, row.text(*wanted)).map_err(|error| Fault::at(*wanted, error.into()))?;
        }
        for (place, (_, column)) in CUR_AMOUNTS.iter().enumerate() {
            if let (Some(column), Some(units)) = (column, self.amounts[place]) {
                to.set_amount(*column as usize, units);
            }
        }
        self.set_costs(charge, to);
        self.set_quantities(row, decided, charge, to)?;
        self.maps.set(&self.binding, row, to)?;
        self.set_names(row, decided, charge, to)?;
        to.set_moment(Column::ChargePeriodStart as usize, decided.start);
        to.set_moment(Column::ChargePeriodEnd as usize, decided.end);
        if let Some(micros) = moment(row, self.binding.known.period_start)? {
            to.set_moment(Column::BillingPeriodStart as usize, micros);
        }
        if let Some(micros) = moment(row, self.binding.known.period_end)? {
            to.set_moment(Column::BillingPeriodEnd as usize, exclusive_end(micros));
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
        let is_consumed = charge.category == ChargeCategory::Usage && charge.status != Some(CommitmentStatus::Unused);
        let known = &self.binding.known;
        let commitment_unit = match decided.commitment_category {
            Some(CommitmentCategory::Spend) => text(row, known.currency),
            Some(CommitmentCategory::Usage) => decided.line.reservation_unit().as_str().as_bytes(),
            None => &[],
        };
        if let Some(quantity) = charge.quantity {
            to.set_amount(Column::PricingQuantity as usize, quantity.units());
            // What is bought or wasted of a commitment is counted in the commitment's unit, which its row does not name.
            let unit = if is_consumed || commitment_unit.is_empty() { text(row, known.pricing_unit) } else { commitment_unit };
            set_text(to, Column::PricingUnit, unit, known.pricing_unit)?;
            if is_consumed {
                to.set_amount(Column::ConsumedQuantity as usize, quantity.units());
                set_text(to, Column::ConsumedUnit, unit, known.pricing_unit)?;
            }
        }
        if is_consumed {
            // A reservation's usage has an unblended rate of 0; its contracted cost is at the public price.
            let reserved = decided.commitment_category == Some(CommitmentCategory::Usage);
            let contracted = if reserved { CurAmount::PublicOnDemandRate } else { CurAmount::UnblendedRate };
            for (column, amount) in [(Column::ListUnitPrice, CurAmount::PublicOnDemandRate), (Column::ContractedUnitPrice, contracted)] {
                if let Some(units) = self.amount(amount) {
                    to.set_amount(column as usize, units);
                }
            }
        }
        let quantity = match (decided.commitment_category, charge.status) {
            (None, _) => return Ok(()),
            (Some(CommitmentCategory::Spend), Some(CommitmentStatus::Used)) => self.quantity(CurAmount::SavingsPlanEffectiveCost),
            (Some(CommitmentCategory::Usage), Some(CommitmentStatus::Used)) => match decided.line.reservation_unit() {
                ReservationUnit::NormalizedHours => decided.line.normalized_usage_amount,
                ReservationUnit::Hours => charge.quantity,
            },
            _ => charge.quantity,
        };
        if let Some(quantity) = quantity {
            to.set_amount(Column::CommitmentDiscountQuantity as usize, quantity.units());
            set_text(to, Column::CommitmentDiscountUnit, commitment_unit, known.currency)?;
        }
        Ok(())
    }

    fn set_names<R: Row>(&mut self, row: &R, decided: &Decided<'_>, charge: &Charge, to: &mut Batch) -> Result<(), Fault> {
        let known = &self.binding.known;
        let is = |column, word: &str, to: &mut Batch| set_text(to, column, word.as_bytes(), None);
        is(Column::ChargeCategory, charge.category.as_str(), to)?;
        is(Column::ChargeFrequency, charge.frequency.as_str(), to)?;
        if decided.corrects {
            is(Column::ChargeClass, "Correction", to)?;
        }
        is(Column::ProviderName, "AWS", to)?;
        let marketplace = text(row, known.billing_entity) == b"AWS Marketplace";
        let seller = first_filled([text(row, known.legal_entity), b"Amazon Web Services, Inc."]);
        set_text(to, Column::PublisherName, if marketplace { seller } else { b"Amazon Web Services" }, known.legal_entity)?;
        set_text(to, Column::InvoiceIssuerName, first_filled([text(row, known.invoicing_entity), seller]), known.invoicing_entity)?;
        let pricing = pricing_category(decided, charge);
        if let Some(pricing) = pricing {
            is(Column::PricingCategory, pricing.as_str(), to)?;
        }
        if let Some(category) = decided.commitment_category {
            set_text(to, Column::CommitmentDiscountId, decided.commitment.as_bytes(), None)?;
            is(Column::CommitmentDiscountCategory, category.as_str(), to)?;
            let plan_type = first_filled([text(row, known.plan_type), b"SavingsPlans"]);
            set_text(
                to,
                Column::CommitmentDiscountType,
                if category == CommitmentCategory::Spend { plan_type } else { b"Reserved Instance" },
                known.plan_type,
            )?;
            if let Some(status) = charge.status {
                is(Column::CommitmentDiscountStatus, status.as_str(), to)?;
            }
        }
        let code = text(row, known.service_code);
        // That a code is unknown is kept as well: Marketplace products have no other.
        let known_service = self.services.get(code, |code| Some(std::str::from_utf8(code).ok().and_then(Service::of_code)));
        let known_service = known_service.copied().flatten();
        let service = known_service.unwrap_or(Service::unknown());
        let fallback = if known_service.is_some() { service.name.as_bytes() } else { first_filled([code, service.name.as_bytes()]) };
        if !to.has_text(Column::ServiceName as usize) {
            set_text(to, Column::ServiceName, first_filled([text(row, known.product_name), fallback]), known.product_name)?;
        }
        is(Column::ServiceCategory, service.category, to)?;
        is(Column::ServiceSubcategory, service.subcategory, to)
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

/// Sets a text; `wanted` is the column to name when it cannot be set, where it comes of one.
pub(super) fn set_text(to: &mut Batch, column: Column, value: &[u8], wanted: Option<usize>) -> Result<(), Fault> {
    to.set_text(column as usize, value).map_err(|error| Fault { column: wanted, problem: error.into() })
}

fn first_filled<const N: usize>(values: [&[u8]; N]) -> &[u8] {
    values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
}
