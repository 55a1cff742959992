//! Values that many rows share: the month's, the places' and the kinds', as text.

use crate::commitment::PlanType;
use crate::line::{LineItem, LineItemType};
use crate::month::{Month, RowKind};
use crate::portfolio::offering_id;
use crate::random::{base32, hash, hex};
use crate::region::{REGIONS, zone_name};
use crate::schema::{KindField, PeriodField, PlaceField, Source};
use crate::sku::{Kind, Sku, family_of, instance_type_of, product_name, text_key};
use crate::time::{Clock, iso};
use tenor_money::Quantity;

/// A shared value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing to say.
    Empty,
    Text(String),
    /// In units of 10⁻¹².
    Number(i128),
    /// In seconds of the Unix epoch.
    Moment(i64),
    /// Keys ascending.
    Map(Vec<(String, String)>),
}

impl Value {
    /// Text, or nothing where it is empty.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl Month<'_> {
    /// The value of a column that is the same in all rows.
    pub(crate) fn fixed_value(&self, source: Source) -> Value {
        let payer = &self.world.accounts[0];
        match source {
            Source::Constant(text) => Value::text(text),
            Source::Period(PeriodField::InvoiceId) => {
                Value::text((hash(&[self.world.seed, self.start as u64]) % 1_000_000_000).to_string())
            }
            Source::Period(PeriodField::PayerAccount) => Value::text(payer.id.as_str()),
            Source::Period(PeriodField::PayerName) => Value::text(payer.name.as_str()),
            Source::Period(PeriodField::Start) => Value::Moment(self.start),
            Source::Period(PeriodField::End) => Value::Moment(self.end),
            _ => Value::Empty,
        }
    }

    /// What a place says in a column that asks places.
    pub(crate) fn place_of(&self, place: u32, source: Source) -> Value {
        let Source::Place(field) = source else { return Value::Empty };
        self.place_value(place, field)
    }

    /// What a kind says in a column that asks kinds.
    pub(crate) fn kind_of(&self, kind: &RowKind, source: Source) -> Value {
        match source {
            Source::Kind(field) => self.kind_value(kind, field),
            Source::Product(name) => self.product_value(kind, name),
            _ => Value::Empty,
        }
    }

    /// What a place says.
    fn place_value(&self, place: u32, field: PlaceField) -> Value {
        let place = &self.world.places[place as usize];
        let account = &self.world.accounts[place.account as usize];
        let tag = |key: &str| match key {
            _ if !place.tagged => "",
            "Name" => place.name.as_str(),
            "Team" => account.team,
            "Environment" => account.environment,
            _ => account.cost_center.as_str(),
        };
        let map = |pairs: Vec<(&str, &str)>| {
            Value::Map(
                pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            )
        };
        match field {
            PlaceField::Account => Value::text(account.id.as_str()),
            PlaceField::AccountName => Value::text(account.name.as_str()),
            PlaceField::Zone => Value::text(place.zone.as_str()),
            PlaceField::ResourceId => Value::text(place.resource_id.as_str()),
            PlaceField::Tag(key) => Value::text(tag(key)),
            PlaceField::Tags => {
                map([("user_cost_center", "CostCenter"), ("user_environment", "Environment"), ("user_name", "Name"), ("user_team", "Team")]
                    .map(|(name, key)| (name, tag(key)))
                    .to_vec())
            }
            PlaceField::FocusTags => map(["CostCenter", "Environment", "Name", "Team"].map(|key| (key, tag(key))).to_vec()),
            PlaceField::CostCategory("BusinessUnit") => Value::text(account.business_unit),
            PlaceField::CostCategory(_) => Value::text(account.environment),
            PlaceField::CostCategories => map(vec![("BusinessUnit", account.business_unit), ("Stage", account.environment)]),
        }
    }

    /// What a kind says.
    fn kind_value(&self, kind: &RowKind, field: KindField) -> Value {
        let sku = kind.sku.map(|sku| &self.world.fleet.skus[sku as usize]);
        match field {
            KindField::LineItemType => Value::text(kind.line_type.text()),
            KindField::BillType => Value::text(self.bill_type(kind)),
            KindField::ProductCode => Value::text(kind.shown_product_code()),
            KindField::UsageType => Value::text(self.usage_type(kind, sku)),
            KindField::Operation => Value::text(operation(kind, sku)),
            KindField::Description => Value::text(self.description(kind, sku)),
            KindField::TaxType if kind.line_type == LineItemType::Tax => Value::text("Sales Tax"),
            KindField::Factor => {
                sku.filter(|sku| !sku.factor.is_zero() && !kind.split).map_or(Value::Empty, |sku| Value::Number(sku.factor.units()))
            }
            KindField::PublicRate => of_usage(kind, sku, |sku| Value::Number(sku.rate.units())),
            KindField::PricingUnit => of_usage(kind, sku, |sku| Value::text(sku.unit)),
            KindField::RateCode => of_usage(kind, sku, |sku| Value::text(format!("{}.JRTCKXETXF.6YS6EN2CT7", sku.code))),
            KindField::RateId => of_usage(kind, sku, |sku| Value::text((text_key(&sku.code) % 900_000_000_000).to_string())),
            KindField::PricingTerm if !kind.split => Value::text(match kind.line_type {
                LineItemType::DiscountedUsage | LineItemType::RiFee => "Reserved",
                LineItemType::Usage if sku.is_some_and(|sku| matches!(sku.kind, Kind::Spot)) => "Spot",
                LineItemType::Usage | LineItemType::SavingsPlanCoveredUsage => "OnDemand",
                _ => "",
            }),
            KindField::Focus(field) => self.focus_value(kind, sku, field),
            KindField::ProductMap => self.product_map(sku, kind),
            KindField::LeaseLength | KindField::OfferingClass | KindField::PurchaseOption => self.pricing_value(kind, field),
            KindField::PlanArn
            | KindField::PlanStart
            | KindField::PlanEnd
            | KindField::PlanOfferingType
            | KindField::PlanPaymentOption
            | KindField::PlanTerm
            | KindField::PlanRegion
            | KindField::PlanFamily => self.plan_value(kind, field),
            KindField::TaxType | KindField::PricingTerm => Value::Empty,
            _ => self.reservation_value(kind, field),
        }
    }

    /// A product attribute of a kind, by its legacy name.
    fn product_value(&self, kind: &RowKind, name: &str) -> Value {
        if name == "ProductName" {
            return Value::text(product_name(kind.shown_product_code()));
        }
        let Some(sku) = kind.sku.map(|sku| &self.world.fleet.skus[sku as usize]).filter(|_| !kind.split) else { return Value::Empty };
        // A fee says only where and what SKU, as in real bills.
        if matches!(kind.line_type, LineItemType::RiFee | LineItemType::Fee)
            && !matches!(name, "region" | "regionCode" | "sku" | "servicecode")
        {
            return Value::Empty;
        }
        if name == "sku" {
            return Value::text(sku.code.as_str());
        }
        sku.product.iter().find(|(known, _)| *known == name).map_or(Value::Empty, |(_, value)| Value::text(value.as_str()))
    }

    fn product_map(&self, sku: Option<&Sku>, kind: &RowKind) -> Value {
        let mut pairs = vec![("product_name".to_owned(), product_name(kind.shown_product_code()).to_owned())];
        if let Some(sku) = sku.filter(|_| !kind.split && kind.line_type != LineItemType::RiFee) {
            let own_column = |name: &str| crate::cur2::PRODUCT_COLUMNS.iter().any(|(_, legacy)| *legacy == name) || name == "ProductName";
            let rest = sku.product.iter().filter(|(name, _)| !own_column(name));
            pairs.extend(rest.map(|(name, value)| (crate::legacy::snake(name), value.clone())));
        }
        pairs.sort();
        Value::Map(pairs)
    }

    fn bill_type(&self, kind: &RowKind) -> &'static str {
        match kind.line_type {
            LineItemType::Refund => "Refund",
            LineItemType::Fee | LineItemType::SavingsPlanUpfrontFee if kind.reservation.or(kind.plan).is_some() => "Purchase",
            _ => "Anniversary",
        }
    }

    /// AWS's usage type.
    pub(crate) fn usage_type(&self, kind: &RowKind, sku: Option<&Sku>) -> String {
        match (kind.line_type, sku, kind.plan) {
            _ if kind.split => format!("{}EKS-EC2-vCPU-Hours", sku.map_or("", |sku| REGIONS[sku.region as usize].prefix)),
            (LineItemType::RiFee | LineItemType::Fee, Some(sku), _) => {
                format!("{}HeavyUsage:{}", REGIONS[sku.region as usize].prefix, instance_type_of(sku))
            }
            (LineItemType::SavingsPlanRecurringFee | LineItemType::SavingsPlanUpfrontFee, _, Some(plan)) => {
                let plan = &self.world.plans[plan as usize];
                let head = match plan.kind {
                    PlanType::Ec2Instance { .. } => "EC2SP",
                    PlanType::Compute => "ComputeSP",
                    PlanType::SageMaker => "SageMakerSP",
                    PlanType::Database => "DatabaseSP",
                };
                format!("{head}:{}{}", plan.span.term.text(), plan.payment.text().replace(' ', ""))
            }
            (_, Some(sku), _) => sku.usage_type.clone(),
            _ => String::new(),
        }
    }

    /// What a kind's rows are, in words.
    pub(crate) fn description(&self, kind: &RowKind, sku: Option<&Sku>) -> String {
        match (kind.line_type, sku, kind.plan) {
            _ if kind.split => "Amazon EKS pod on EC2".to_owned(),
            (LineItemType::DiscountedUsage, Some(sku), _) => format!("{} reserved instance applied", instance_of(sku)),
            (LineItemType::RiFee, Some(sku), _) => {
                let reservation = &self.world.reservations[kind.reservation.expect("a reservation's fee") as usize];
                format!("USD {} hourly fee per {} instance", reservation.price.hourly, instance_of(sku))
            }
            (LineItemType::Fee, Some(sku), _) => format!("Sign up charge for reserved instances of {}", instance_of(sku)),
            (LineItemType::SavingsPlanNegation, _, Some(plan)) => {
                let arn = &self.world.plans[plan as usize].arn;
                format!("SavingsPlanNegation used by AccountId and UsageSku of {}", offering_id(arn))
            }
            (LineItemType::SavingsPlanRecurringFee | LineItemType::SavingsPlanUpfrontFee, _, Some(plan)) => {
                let plan = &self.world.plans[plan as usize];
                format!("{} {} {} Savings Plan (simulated rates)", plan.span.term.text(), plan.payment.text(), plan.kind.text())
            }
            // What follows the words that are known of it is UNVERIFIED: they announce the plan's id.
            (LineItemType::Refund, _, Some(plan)) => {
                let arn = &self.world.plans[plan as usize].arn;
                format!("{}: {}", kind.note, arn.rsplit('/').next().unwrap_or_default())
            }
            (LineItemType::Tax, ..) => format!("Tax for product code {}", kind.product_code),
            (_, Some(sku), _) if matches!(sku.kind, Kind::Spot) => format!("{} Spot Instance-hour", instance_of(sku)),
            (_, Some(sku), _) if sku.unit == "Hrs" => format!("${} per On Demand {} hour", sku.rate, instance_of(sku)),
            (_, Some(sku), _) => format!("${} per {} of {}", sku.rate, sku.unit, sku.operation),
            _ => kind.note.to_owned(),
        }
    }

    fn pricing_value(&self, kind: &RowKind, field: KindField) -> Value {
        if !matches!(kind.line_type, LineItemType::DiscountedUsage) {
            return Value::Empty;
        }
        let Some(reservation) = kind.reservation.map(|index| &self.world.reservations[index as usize]) else { return Value::Empty };
        Value::text(match field {
            KindField::LeaseLength => reservation.span.term.text(),
            KindField::OfferingClass => reservation.class.text(),
            _ => reservation.payment.text(),
        })
    }

    fn reservation_value(&self, kind: &RowKind, field: KindField) -> Value {
        if field == KindField::SubscriptionId && kind.reservation.is_none() {
            let of_sku = kind.sku.map_or(0, |sku| text_key(&self.world.fleet.skus[sku as usize].code) % 10_000);
            return if kind.sku.is_some() { Value::text((23_517_360_000 + of_sku).to_string()) } else { Value::Empty };
        }
        let Some(reservation) = kind.reservation.map(|index| &self.world.reservations[index as usize]) else { return Value::Empty };
        let fee = matches!(kind.line_type, LineItemType::RiFee | LineItemType::Fee);
        match field {
            KindField::ReservationArn => return Value::text(reservation.arn.as_str()),
            KindField::SubscriptionId => return Value::text(reservation.subscription.as_str()),
            KindField::ReservationZone => return reservation.zone.map_or(Value::Empty, |zone| Value::text(zone_name(zone))),
            _ if !fee => return Value::Empty,
            _ => {}
        }
        // A fee speaks of the period; the purchase, of the whole term.
        let (from, to) = match kind.line_type {
            LineItemType::RiFee => (self.start, self.end),
            _ => (reservation.span.start, reservation.span.end()),
        };
        let total = reservation.reserved_hours(from, to);
        let each = crate::exact::hours(reservation.span.elapsed(to) - reservation.span.elapsed(from));
        let normal = |hours: Quantity| crate::exact::normalize(hours, reservation.factor);
        // Units that sizes are counted in, where sizes mean anything.
        let sized = reservation.zone.is_none() && !reservation.factor.is_zero();
        match field {
            KindField::ReservationStart => Value::text(iso(reservation.span.start, Clock::Millis)),
            KindField::ReservationEnd => Value::text(iso(reservation.span.end() - 1, Clock::Millis)),
            KindField::ReservationCount => Value::text(reservation.count.to_string()),
            KindField::UnitsPerReservation => Value::text(padded(each)),
            KindField::TotalReservedUnits => Value::text(padded(total)),
            KindField::NormalizedUnitsPerReservation if sized => Value::text(padded(normal(each))),
            KindField::TotalReservedNormalizedUnits if sized => Value::text(padded(normal(total))),
            KindField::ModificationStatus => Value::text("Original"),
            KindField::UpfrontValue => Value::Number(reservation.upfront().units()),
            KindField::NetUpfrontValue if self.world.discount_percent.is_some() => {
                Value::Number(self.net(kind, reservation.upfront()).units())
            }
            _ => Value::Empty,
        }
    }

    fn plan_value(&self, kind: &RowKind, field: KindField) -> Value {
        let Some(plan) = kind.plan.map(|index| &self.world.plans[index as usize]) else { return Value::Empty };
        match field {
            KindField::PlanArn => return Value::text(plan.arn.as_str()),
            // Negations carry the ARN alone.
            _ if kind.line_type == LineItemType::SavingsPlanNegation => return Value::Empty,
            _ => {}
        }
        let (family, region) = match &plan.kind {
            PlanType::Ec2Instance { family, region } => (family.as_str(), REGIONS[*region as usize].code),
            PlanType::Compute | PlanType::SageMaker | PlanType::Database => ("", ""),
        };
        Value::text(match field {
            KindField::PlanStart => iso(plan.span.start, Clock::Millis),
            KindField::PlanEnd => iso(plan.span.end() - 1, Clock::Millis),
            KindField::PlanOfferingType => plan.kind.text().to_owned(),
            KindField::PlanPaymentOption => plan.payment.text().to_owned(),
            KindField::PlanTerm => plan.span.term.text().to_owned(),
            KindField::PlanRegion => region.to_owned(),
            _ => family.to_owned(),
        })
    }
}

impl Month<'_> {
    /// The instance that a split-cost row's container ran on; empty in other rows.
    pub(crate) fn split_parent(&self, row: &LineItem) -> &str {
        if self.kinds[row.kind as usize].split { &self.world.places[row.place as usize].resource_id } else { "" }
    }
}

/// A line item's id: the same for a resource and kind in every hour, as in real bills, where only id and interval together are unique.
pub(crate) fn line_item_id(month: &Month<'_>, row: &LineItem) -> u64 {
    hash(&[month.world.seed, month.start as u64, u64::from(row.place), u64::from(row.kind), u64::from(row.split.task)])
}

/// An assembly or execution id.
pub(crate) fn version_id(month: &Month<'_>) -> String {
    let digits = hex(32, &[month.world.seed, month.start as u64, 99]);
    format!("{}-{}-4{}-8{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32])
}

/// An export's id, the same in all months.
pub(crate) fn export_id(seed: u64) -> String {
    base32(12, hash(&[seed, 98]))
}

fn of_usage(kind: &RowKind, sku: Option<&Sku>, value: impl Fn(&Sku) -> Value) -> Value {
    let usage = matches!(kind.line_type, LineItemType::Usage | LineItemType::DiscountedUsage | LineItemType::SavingsPlanCoveredUsage);
    sku.filter(|_| usage && !kind.split).map_or(Value::Empty, value)
}

/// AWS's operation.
pub(crate) fn operation(kind: &RowKind, sku: Option<&Sku>) -> &'static str {
    match kind.line_type {
        _ if kind.split => "EKSPod-EC2",
        LineItemType::SavingsPlanRecurringFee | LineItemType::SavingsPlanUpfrontFee => "",
        _ => sku.map_or("", |sku| sku.operation),
    }
}

fn instance_of(sku: &Sku) -> String {
    let instance = instance_type_of(sku);
    match &sku.kind {
        _ if sku.unused_capacity => format!("Unused Reservation Linux/UNIX {instance}"),
        Kind::Ec2 { license: Some(_), .. } => format!("Windows {instance}"),
        Kind::Ec2 { .. } | Kind::Spot => format!("Linux/UNIX {instance}"),
        Kind::Rds(price) => format!("{} {} {}", price.engine, price.deployment, family_of(sku)),
        Kind::Node(price) if !price.engine.is_empty() => format!("{instance} {}", price.engine),
        Kind::Node(_) | Kind::Metered => instance.to_owned(),
    }
}

/// As AWS writes reserved units: ten decimals, always.
fn padded(quantity: Quantity) -> String {
    let mut text = Vec::new();
    crate::number::write_padded(&mut text, quantity.units(), 10);
    String::from_utf8(text).expect("digits are ASCII")
}
