//! What a kind of row is in Cost Explorer's words.

use super::facts::Row;
use crate::line::LineItemType;
use crate::month::{Month, RowKind};
use crate::region::REGIONS;
use crate::sku::{Kind, Sku, family_of, instance_type_of, product_name};
use crate::value::operation;

/// A kind of row.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) line_type: LineItemType,
    pub(super) sku: Option<u32>,
    pub(super) reservation: Option<u32>,
    pub(super) plan: Option<u32>,
    pub(super) service: &'static str,
    code: &'static str,
    usage_type: String,
    operation: &'static str,
    pub(super) region: &'static str,
    pub(super) instance: String,
    pub(super) family: String,
    purchase: &'static str,
    platform: &'static str,
    engine: String,
    deployment: String,
    /// `Hrs`.
    pub(super) unit: &'static str,
}

/// The labels of a month's kinds.
pub(super) fn labels(month: &Month<'_>) -> Vec<Label> {
    month.kinds.iter().map(|kind| label(month, kind)).collect()
}

fn label(month: &Month<'_>, kind: &RowKind) -> Label {
    let sku = kind.sku.map(|sku| &month.world.fleet.skus[sku as usize]);
    let usage_type = month.usage_type(kind, sku);
    let is_instance = sku.is_some_and(|sku| sku.unit == "Hrs" && !sku.factor.is_zero() || matches!(sku.kind, Kind::Node(_)));
    let attribute = |name: &str| {
        let found = sku.and_then(|sku| sku.product.iter().find(|(known, _)| *known == name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let engine = if attribute("cacheEngine").is_empty() { attribute("databaseEngine") } else { attribute("cacheEngine") };
    Label {
        line_type: kind.line_type,
        sku: kind.sku,
        reservation: kind.reservation,
        plan: kind.plan,
        service: service(kind, sku),
        code: kind.product_code,
        usage_type,
        operation: operation(kind, sku),
        region: sku.map_or("", |sku| REGIONS[sku.region as usize].code),
        instance: sku.filter(|_| is_instance).map_or_else(String::new, |sku| instance_type_of(sku).to_owned()),
        family: sku.filter(|_| is_instance).map_or_else(String::new, |sku| family_of(sku).to_owned()),
        purchase: purchase(month, kind, sku),
        platform: sku.map_or("", platform),
        engine,
        deployment: attribute("deploymentOption"),
        unit: sku.map_or("", |sku| sku.unit),
    }
}

pub(super) const COMPUTE: &str = "Amazon Elastic Compute Cloud - Compute";

/// The service's name: Cost Explorer tells instances from all else of EC2, and tax is a service of its own.
fn service(kind: &RowKind, sku: Option<&Sku>) -> &'static str {
    match (kind.line_type, kind.product_code, sku) {
        (LineItemType::Tax, ..) => "Tax",
        (_, "AmazonEC2", Some(sku)) if !sku.factor.is_zero() || sku.usage_type.contains("Reservation:") => COMPUTE,
        (_, "AmazonEC2", Some(_)) => "EC2 - Other",
        (_, "AmazonEC2", None) => COMPUTE,
        (_, code, _) => product_name(code),
    }
}

fn purchase(month: &Month<'_>, kind: &RowKind, sku: Option<&Sku>) -> &'static str {
    use crate::price::OfferingClass;
    if let Some(reservation) = kind.reservation {
        return match month.world.reservations[reservation as usize].class {
            OfferingClass::Standard => "Standard Reserved Instances",
            OfferingClass::Convertible => "Convertible Reserved Instances",
        };
    }
    match sku {
        _ if kind.plan.is_some() => "Savings Plans",
        Some(sku) if matches!(sku.kind, Kind::Spot) => "Spot Instances",
        Some(_) => "On Demand Instances",
        None => "",
    }
}

fn platform(sku: &Sku) -> &'static str {
    match &sku.kind {
        Kind::Ec2 { license: Some(_), .. } => "Windows (Amazon VPC)",
        Kind::Ec2 { .. } | Kind::Spot => "Linux/UNIX",
        _ => "",
    }
}

impl Row<'_> {
    /// The value of a dimension, empty for none; `None` for what is no dimension ([BOTO:ce] `Dimension`).
    pub(super) fn dimension(&self, key: &str) -> Option<String> {
        let (label, world) = (self.label, &self.facts.world);
        let reservation = label.reservation.map(|index| &world.reservations[index as usize]);
        let plan = label.plan.map(|index| &world.plans[index as usize]);
        let account = &world.accounts[self.group.account as usize];
        Some(match key {
            "AZ" => self.group.zone.clone(),
            "BILLING_ENTITY" => "AWS".to_owned(),
            "CACHE_ENGINE" if label.code == "AmazonElastiCache" => label.engine.clone(),
            "DATABASE_ENGINE" if label.code == "AmazonRDS" => label.engine.clone(),
            "CACHE_ENGINE" | "DATABASE_ENGINE" => String::new(),
            "DEPLOYMENT_OPTION" => label.deployment.clone(),
            "INSTANCE_TYPE" => label.instance.clone(),
            "INSTANCE_TYPE_FAMILY" | "INSTANCE_FAMILY" => label.family.clone(),
            "INVOICING_ENTITY" | "LEGAL_ENTITY_NAME" => "Amazon Web Services, Inc.".to_owned(),
            "LINKED_ACCOUNT" => account.id.clone(),
            "LINKED_ACCOUNT_NAME" => account.name.clone(),
            "OPERATING_SYSTEM" | "PLATFORM" => label.platform.to_owned(),
            "OPERATION" => label.operation.to_owned(),
            "PAYER_ACCOUNT" => world.accounts[0].id.clone(),
            "PAYMENT_OPTION" => {
                reservation.map(|held| held.payment).or(plan.map(|plan| plan.payment)).map_or("", crate::price::Payment::text).to_owned()
            }
            "PURCHASE_TYPE" => label.purchase.to_owned(),
            "RECORD_TYPE" => label.line_type.text().to_owned(),
            "REGION" => label.region.to_owned(),
            "RESERVATION_ID" => reservation.map_or_else(String::new, |held| held.arn.clone()),
            "RESOURCE_ID" => self.group.resource.clone(),
            "SAVINGS_PLANS_TYPE" => plan.map_or("", |plan| plan.kind.text()).to_owned(),
            "SAVINGS_PLAN_ARN" => plan.map_or_else(String::new, |plan| plan.arn.clone()),
            "SCOPE" => reservation.map_or("", |held| if held.zone.is_some() { "Availability Zone" } else { "Region" }).to_owned(),
            "SERVICE" => label.service.to_owned(),
            "SERVICE_CODE" => label.code.to_owned(),
            "SUBSCRIPTION_ID" => reservation.map_or_else(String::new, |held| held.subscription.clone()),
            "TENANCY" => if label.platform.is_empty() { "" } else { "Shared" }.to_owned(),
            "USAGE_TYPE" => label.usage_type.clone(),
            "USAGE_TYPE_GROUP" => usage_group(label).to_owned(),
            _ => return None,
        })
    }

    /// The value of a tag, empty where it has none. Bills know four tags.
    pub(super) fn tag(&self, key: &str) -> String {
        let account = &self.facts.world.accounts[self.group.account as usize];
        match key {
            _ if !self.group.tagged => String::new(),
            "Team" => account.team.to_owned(),
            "Environment" => account.environment.to_owned(),
            "CostCenter" => account.cost_center.clone(),
            _ => String::new(),
        }
    }

    /// The value of a cost category, empty where there is no such category.
    pub(super) fn category(&self, name: &str) -> String {
        let account = &self.facts.world.accounts[self.group.account as usize];
        match name {
            "BusinessUnit" => account.business_unit,
            "Stage" => account.environment,
            _ => "",
        }
        .to_owned()
    }
}

/// Keys of tags and names of cost categories.
pub(super) const TAGS: [&str; 3] = ["CostCenter", "Environment", "Team"];
pub(super) const CATEGORIES: [&str; 2] = ["BusinessUnit", "Stage"];

fn usage_group(label: &Label) -> &'static str {
    match (label.code, label.unit) {
        ("AmazonEC2", "Hrs") => "EC2: Running Hours",
        ("AmazonRDS", "Hrs") => "RDS: Running Hours",
        ("AmazonElastiCache", "Hrs") => "ElastiCache: Running Hours",
        ("AmazonS3", "GB-Mo") => "S3: Storage - Standard",
        _ => "",
    }
}
