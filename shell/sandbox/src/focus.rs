//! The FOCUS 1.2 data export with AWS columns: what each line item is in FOCUS words.

use crate::exact::normalize;
use crate::line::{LineItem, LineItemType as T};
use crate::month::{Month, RowKind};
use crate::region::REGIONS;
use crate::schema::{Absent, AmountField, Column, DataType, KindField as K, PeriodField, PlaceField as P, RowField, Source};
use crate::sku::{Kind, Sku, product_name};
use crate::value::{Value, operation};
use tenor_money::Money;

/// What FOCUS says of a kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FocusKind {
    ChargeCategory,
    ChargeClass,
    ChargeDescription,
    ChargeFrequency,
    CommitmentCategory,
    CommitmentId,
    CommitmentStatus,
    CommitmentType,
    CommitmentUnit,
    Unit,
    PricingCategory,
    RegionId,
    RegionName,
    ServiceCategory,
    ServiceName,
    SkuId,
    SkuMeter,
    SkuPriceId,
    SkuPriceDetails,
    Operation,
}

/// What FOCUS counts in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FocusAmount {
    Billed,
    Effective,
    List,
    Contracted,
    Consumed,
    PricingQuantity,
    ListUnitPrice,
    ContractedUnitPrice,
    CommitmentQuantity,
}

/// The export's columns.
pub(crate) fn columns() -> Vec<Column> {
    let column = |name: &str, data, source| Column { name: name.to_owned(), data, source, absent: Absent::Blank };
    let text = |name: &str, source| column(name, DataType::Text, source);
    let kind = |name: &str, field| column(name, DataType::Text, Source::Kind(K::Focus(field)));
    let double = |name: &str, field| column(name, DataType::Double, Source::Amount(AmountField::Focus(field)));
    let moment = |name: &str, source| column(name, DataType::Timestamp, source);
    vec![
        text("AvailabilityZone", Source::Place(P::Zone)),
        double("BilledCost", FocusAmount::Billed),
        text("BillingAccountId", Source::Period(PeriodField::PayerAccount)),
        text("BillingAccountName", Source::Period(PeriodField::PayerName)),
        text("BillingAccountType", Source::Constant("PayerAccount")),
        text("BillingCurrency", Source::Constant("USD")),
        moment("BillingPeriodEnd", Source::Period(PeriodField::End)),
        moment("BillingPeriodStart", Source::Period(PeriodField::Start)),
        text("CapacityReservationId", Source::Empty),
        text("CapacityReservationStatus", Source::Empty),
        kind("ChargeCategory", FocusKind::ChargeCategory),
        kind("ChargeClass", FocusKind::ChargeClass),
        kind("ChargeDescription", FocusKind::ChargeDescription),
        kind("ChargeFrequency", FocusKind::ChargeFrequency),
        moment("ChargePeriodEnd", Source::Row(RowField::FocusEnd)),
        moment("ChargePeriodStart", Source::Row(RowField::Start)),
        kind("CommitmentDiscountCategory", FocusKind::CommitmentCategory),
        kind("CommitmentDiscountId", FocusKind::CommitmentId),
        text("CommitmentDiscountName", Source::Empty),
        double("CommitmentDiscountQuantity", FocusAmount::CommitmentQuantity),
        kind("CommitmentDiscountStatus", FocusKind::CommitmentStatus),
        kind("CommitmentDiscountType", FocusKind::CommitmentType),
        kind("CommitmentDiscountUnit", FocusKind::CommitmentUnit),
        double("ConsumedQuantity", FocusAmount::Consumed),
        kind("ConsumedUnit", FocusKind::Unit),
        double("ContractedCost", FocusAmount::Contracted),
        double("ContractedUnitPrice", FocusAmount::ContractedUnitPrice),
        double("EffectiveCost", FocusAmount::Effective),
        text("InvoiceId", Source::Period(PeriodField::InvoiceId)),
        text("InvoiceIssuerName", Source::Constant("Amazon Web Services, Inc.")),
        double("ListCost", FocusAmount::List),
        double("ListUnitPrice", FocusAmount::ListUnitPrice),
        kind("PricingCategory", FocusKind::PricingCategory),
        text("PricingCurrency", Source::Constant("USD")),
        double("PricingQuantity", FocusAmount::PricingQuantity),
        kind("PricingUnit", FocusKind::Unit),
        text("ProviderName", Source::Constant("AWS")),
        text("PublisherName", Source::Constant("AWS")),
        kind("RegionId", FocusKind::RegionId),
        kind("RegionName", FocusKind::RegionName),
        text("ResourceId", Source::Place(P::ResourceId)),
        text("ResourceName", Source::Place(P::Tag("Name"))),
        text("ResourceType", Source::Empty),
        kind("ServiceCategory", FocusKind::ServiceCategory),
        kind("ServiceName", FocusKind::ServiceName),
        kind("SkuId", FocusKind::SkuId),
        kind("SkuMeter", FocusKind::SkuMeter),
        column("SkuPriceDetails", DataType::Map, Source::Kind(K::Focus(FocusKind::SkuPriceDetails))),
        kind("SkuPriceId", FocusKind::SkuPriceId),
        text("SubAccountId", Source::Place(P::Account)),
        text("SubAccountName", Source::Place(P::AccountName)),
        text("SubAccountType", Source::Constant("LinkedAccount")),
        column("Tags", DataType::Map, Source::Place(P::FocusTags)),
        column("x_Discounts", DataType::Map, Source::Empty),
        kind("x_Operation", FocusKind::Operation),
        text("x_ServiceCode", Source::Kind(K::ProductCode)),
    ]
}

/// The rows FOCUS has for line items: no negations, no discounts that are already inside, no container parts; unused parts as rows of their own.
pub(crate) fn focus_rows(month: &Month<'_>, rows: &[LineItem]) -> Vec<LineItem> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let kind = &month.kinds[row.kind as usize];
        if kind.split || matches!(kind.line_type, T::SavingsPlanNegation | T::EdpDiscount) {
            continue;
        }
        found.push(*row);
        let unused = LineItem { kind: month.unused(row.kind).unwrap_or(row.kind), ..*row };
        let left = unused.kind != row.kind && (has_unused_units(row) || !row.amortized_cost(kind.line_type, true).is_zero());
        if left {
            found.push(unused);
        }
    }
    found
}

/// The first second after a row's time. In AWS's own reports the rows that speak of a month end on its last second.
pub(crate) fn focus_end(month: &Month<'_>, row: &LineItem) -> i64 {
    let kind = &month.kinds[row.kind as usize];
    let monthly = match kind.line_type {
        T::RiFee | T::Credit | T::Refund | T::EdpDiscount | T::Tax => true,
        T::Fee => kind.reservation.is_none(),
        _ => false,
    };
    row.end + i64::from(monthly)
}

fn has_unused_units(row: &LineItem) -> bool {
    !row.ri.unused_hours.is_zero() || !row.ri.unused_normalized.is_zero()
}

impl FocusAmount {
    /// The row's number in units of 10⁻¹².
    pub(crate) fn of(self, month: &Month<'_>, row: &LineItem) -> Option<i128> {
        let kind = &month.kinds[row.kind as usize];
        let usage = is_usage(kind);
        let covered = matches!(kind.line_type, T::DiscountedUsage | T::SavingsPlanCoveredUsage);
        let purchase = is_purchase(kind);
        match self {
            Self::Billed if covered || kind.unused => Some(0),
            Self::Billed => Some(month.net(kind, row.unblended).units()),
            Self::Effective if purchase => Some(0),
            Self::Effective => {
                let has_commitment = kind.reservation.or(kind.plan).is_some();
                Some(month.net(kind, row.amortized_cost(kind.line_type, has_commitment)).units())
            }
            Self::List if usage => Some(row.public.units()),
            Self::List => Some(if other_fee(kind) { row.unblended.units() } else { 0 }),
            Self::Contracted => Some(contracted(month, kind, row).units()),
            Self::Consumed => usage.then(|| row.usage.units()),
            Self::PricingQuantity => (usage || purchase || other_fee(kind)).then(|| row.usage.units()),
            Self::ListUnitPrice if !usage => None,
            Self::ListUnitPrice => kind.sku.map(|sku| month.world.fleet.skus[sku as usize].rate.units()),
            Self::ContractedUnitPrice if !usage => None,
            // What covered usage would cost on demand.
            Self::ContractedUnitPrice if kind.line_type == T::DiscountedUsage => Self::ListUnitPrice.of(month, row),
            Self::ContractedUnitPrice => Some(row.rate.units()),
            Self::CommitmentQuantity => commitment_quantity(month, kind, row),
        }
    }
}

fn contracted(month: &Month<'_>, kind: &RowKind, row: &LineItem) -> Money {
    match kind.line_type {
        _ if kind.unused => Money::ZERO,
        T::DiscountedUsage => row.public,
        T::Usage | T::SavingsPlanCoveredUsage => row.unblended,
        T::Credit | T::Refund | T::EdpDiscount | T::Tax => Money::ZERO,
        _ => month.net(kind, row.unblended),
    }
}

/// Units of a reservation, dollars of a plan.
fn commitment_quantity(month: &Month<'_>, kind: &RowKind, row: &LineItem) -> Option<i128> {
    if let Some(reservation) = kind.reservation {
        let reservation = &month.world.reservations[reservation as usize];
        return Some(match (kind.unused, reservation.flexible) {
            // A fee paid once is for the whole term.
            (_, flexible) if kind.line_type == T::Fee => {
                let hours = reservation.reserved_hours(reservation.span.start, reservation.span.end());
                if flexible { normalize(hours, reservation.factor).units() } else { hours.units() }
            }
            (false, true) => row.normalized.units(),
            (false, false) => row.usage.units(),
            (true, true) => row.ri.unused_normalized.units(),
            (true, false) => row.ri.unused_hours.units(),
        });
    }
    kind.plan.map(|plan| match kind.line_type {
        T::SavingsPlanCoveredUsage => row.sp.effective.units(),
        _ if kind.unused => (row.sp.commitment - row.sp.used).units(),
        T::SavingsPlanRecurringFee => row.sp.commitment.units(),
        // A fee paid once is for the whole term, also where the rest of it is paid by the hour.
        _ => month.world.plans[plan as usize].whole_term().units(),
    })
}

fn is_usage(kind: &RowKind) -> bool {
    matches!(kind.line_type, T::Usage | T::DiscountedUsage | T::SavingsPlanCoveredUsage)
}

fn is_purchase(kind: &RowKind) -> bool {
    let of_commitment = matches!(kind.line_type, T::RiFee | T::SavingsPlanRecurringFee | T::SavingsPlanUpfrontFee);
    !kind.unused && (of_commitment || (kind.line_type == T::Fee && kind.reservation.is_some()))
}

fn other_fee(kind: &RowKind) -> bool {
    kind.line_type == T::Fee && kind.reservation.is_none()
}

impl Month<'_> {
    /// What FOCUS says of a kind.
    pub(crate) fn focus_value(&self, kind: &RowKind, sku: Option<&Sku>, field: FocusKind) -> Value {
        let committed = kind.reservation.or(kind.plan).is_some();
        let usage = is_usage(kind) || kind.unused;
        let of_sku = |value: fn(&Sku) -> String| sku.filter(|_| is_usage(kind)).map_or(Value::Empty, |sku| Value::text(value(sku)));
        match field {
            FocusKind::ChargeCategory => Value::text(match kind.line_type {
                _ if usage => "Usage",
                T::Credit | T::Refund | T::EdpDiscount => "Credit",
                T::Tax => "Tax",
                _ => "Purchase",
            }),
            FocusKind::ChargeClass => Value::text(if kind.line_type == T::Refund { "Correction" } else { "" }),
            FocusKind::ChargeDescription => Value::text(self.description(kind, sku)),
            FocusKind::ChargeFrequency => Value::text(match kind.line_type {
                _ if usage => "Usage-Based",
                T::RiFee | T::SavingsPlanRecurringFee => "Recurring",
                _ => "One-Time",
            }),
            FocusKind::CommitmentCategory if committed => Value::text(if kind.plan.is_some() { "Spend" } else { "Usage" }),
            FocusKind::CommitmentStatus if committed && usage => Value::text(if kind.unused { "Unused" } else { "Used" }),
            FocusKind::CommitmentId => Value::text(self.commitment_arn(kind)),
            FocusKind::CommitmentType => Value::text(self.commitment_type(kind)),
            FocusKind::CommitmentUnit => Value::text(self.commitment_unit(kind)),
            FocusKind::Unit => of_sku(|sku| sku.unit.to_owned()),
            FocusKind::PricingCategory => Value::text(match kind.line_type {
                _ if !usage => "",
                T::Usage if sku.is_some_and(|sku| matches!(sku.kind, Kind::Spot)) => "Dynamic",
                T::Usage => "Standard",
                _ => "Committed",
            }),
            FocusKind::RegionId => sku.map_or(Value::Empty, |sku| Value::text(REGIONS[sku.region as usize].code)),
            FocusKind::RegionName => sku.map_or(Value::Empty, |sku| Value::text(REGIONS[sku.region as usize].location)),
            FocusKind::ServiceCategory => Value::text(service_category(kind.product_code)),
            FocusKind::ServiceName => Value::text(product_name(kind.product_code)),
            FocusKind::SkuId => of_sku(|sku| sku.code.clone()),
            FocusKind::SkuMeter => Value::text(self.usage_type(kind, sku)),
            FocusKind::SkuPriceId => of_sku(|sku| format!("{}.JRTCKXETXF.6YS6EN2CT7", sku.code)),
            FocusKind::SkuPriceDetails => {
                let shown = [
                    "instanceType",
                    "instanceFamily",
                    "operatingSystem",
                    "databaseEngine",
                    "cacheEngine",
                    "storageClass",
                    "vcpu",
                    "memory",
                ];
                let details = sku.filter(|_| is_usage(kind)).map(|sku| sku.product.iter().filter(|(name, _)| shown.contains(name)));
                let mut pairs: Vec<_> = details.into_iter().flatten().map(|(name, value)| (format!("x_{name}"), value.clone())).collect();
                pairs.sort();
                Value::Map(pairs)
            }
            FocusKind::Operation => Value::text(operation(kind, sku)),
            FocusKind::CommitmentCategory | FocusKind::CommitmentStatus => Value::Empty,
        }
    }

    fn commitment_arn(&self, kind: &RowKind) -> &str {
        let reservation = kind.reservation.map(|index| self.world.reservations[index as usize].arn.as_str());
        reservation.or_else(|| kind.plan.map(|index| self.world.plans[index as usize].arn.as_str())).unwrap_or_default()
    }

    fn commitment_type(&self, kind: &RowKind) -> &'static str {
        match (kind.reservation, kind.plan) {
            (Some(_), _) => "Reserved Instance",
            (_, Some(plan)) => self.world.plans[plan as usize].kind.text(),
            _ => "",
        }
    }

    fn commitment_unit(&self, kind: &RowKind) -> &'static str {
        match (kind.reservation, kind.plan) {
            (Some(index), _) if self.world.reservations[index as usize].flexible => "Normalized Hours",
            (Some(_), _) => "Hours",
            (_, Some(_)) => "USD",
            _ => "",
        }
    }
}

fn service_category(product_code: &str) -> &'static str {
    match product_code {
        "AmazonEC2" | "AWSLambda" | "AmazonECS" | "ComputeSavingsPlans" => "Compute",
        "AmazonRDS" | "AmazonDynamoDB" | "AmazonElastiCache" | "AmazonMemoryDB" | "AmazonRedshift" | "DatabaseSavingsPlans" => "Databases",
        "AmazonES" => "Analytics",
        "AmazonSageMaker" | "MachineLearningSavingsPlans" => "AI and Machine Learning",
        "AmazonS3" => "Storage",
        "AWSDataTransfer" | "AWSELB" | "AmazonVPC" => "Networking",
        "AmazonCloudWatch" => "Management and Governance",
        "AWSQueueService" => "Integration",
        "awskms" => "Security",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::{columns, focus_end};
    use crate::line::{LineItem, LineItemType};
    use crate::month::Month;
    use crate::request::{BillRequest, Format};
    use crate::world::World;

    #[test]
    fn the_columns_are_in_order() {
        let names: Vec<String> = columns().into_iter().map(|column| column.name).collect();
        assert_eq!(names.len(), 56);
        assert!(names.is_sorted());
    }

    #[test]
    fn only_what_speaks_of_a_month_ends_a_second_later_than_in_other_reports() {
        let request = BillRequest::small(Format::FocusCsv);
        let world = World::new(&request);
        let month = Month::new(&world, request.start);
        let reserved =
            |line_type| month.named(line_type, month.world.fleet.skus[world.reservations[0].sku as usize].product_code, Some(0), None);
        let later = |kind, end| focus_end(&month, &LineItem { kind, end, ..LineItem::default() }) - end;
        let (purchase, fee) = (reserved(LineItemType::Fee), reserved(LineItemType::RiFee));
        let tax = month.named(LineItemType::Tax, "AmazonEC2", None, None);
        let support = month.named(LineItemType::Fee, "AWSSupportBusiness", None, None);
        let usage = month.usage(0);
        // Any second may be a row's last, whatever the minute.
        for end in [month.start + 59, month.start + 7, month.end - 1] {
            assert_eq!([purchase, usage, fee, tax, support].map(|kind| later(kind, end)), [0, 0, 1, 1, 1]);
        }
    }
}
