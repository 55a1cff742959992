//! Ways to break the conformant table, each with the rules that notice: `!` before those that should hold, the others must.

use super::table::{Table, conformant};
use super::{check, model};

/// For each mutation its name and the rules it breaks.
fn broken(cases: Vec<(&str, Table)>) -> Option<String> {
    let model = model()?;
    let lines = cases.into_iter().map(|(name, table)| {
        let report = check(&model, &table.dataset());
        let warned = report.warnings().map(|result| format!("!{}", result.rule));
        let rules: Vec<String> = report.failed_rules().into_iter().map(str::to_owned).chain(warned).collect();
        format!("{name}: {}", rules.join(" "))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn nulls_and_values_in_the_wrong_place_are_found() {
    let good = conformant;
    let Some(broken) = broken(vec![
        ("no billed cost", good().set("on-demand", "BilledCost", "")),
        ("no account", good().set("tax", "BillingAccountId", "")),
        ("no period end", good().set("tax", "BillingPeriodEnd", "")),
        ("a lower-case category", good().set("on-demand", "ChargeCategory", "usage")),
        ("an unknown class", good().set("on-demand", "ChargeClass", "Refund")),
        ("a purchase by usage", good().set("purchase", "ChargeFrequency", "Usage-Based")),
        ("no frequency", good().set("credit", "ChargeFrequency", "")),
        ("a price on a tax", good().set("tax", "ListUnitPrice", "0")),
        ("a quantity on a tax", good().set("tax", "PricingQuantity", "1")),
        ("a pricing category on a tax", good().set("tax", "PricingCategory", "Other")),
        ("a sku on a tax", good().set("tax", "SkuId", "SKU9")),
        ("no sku on usage", good().set("on-demand", "SkuId", "")),
        ("no sku price on a purchase", good().set("purchase", "SkuPriceId", "")),
        ("no list price on usage", good().set("on-demand", "ListUnitPrice", "")),
        ("no list price on a correction", good().set("on-demand", "ListUnitPrice", "").set("on-demand", "ChargeClass", "Correction")),
        ("no contracted price on a purchase", good().set("purchase", "ContractedUnitPrice", "")),
        ("a negative list price", good().set("unused", "ListUnitPrice", "-1").set("unused", "ListCost", "-1")),
        ("a list price barely negative", good().set("unused", "ListUnitPrice", "-1E-30")),
        ("no consumed quantity on usage", good().set("used", "ConsumedQuantity", "")),
        ("a consumed quantity on the unused", good().set("unused", "ConsumedQuantity", "1").set("unused", "ConsumedUnit", "Hours")),
        ("a consumed quantity on a purchase", good().set("purchase", "ConsumedQuantity", "1").set("purchase", "ConsumedUnit", "Hours")),
        ("a quantity without a unit", good().set("on-demand", "PricingUnit", "")),
        ("a sub account without a name", good().set("on-demand", "SubAccountName", "")),
        ("a region without a name", good().set("on-demand", "RegionName", "")),
        ("a resource without a type", good().set("on-demand", "ResourceType", "")),
        ("a resource name without a resource", good().set("tax", "ResourceName", "web")),
        ("no payer name", good().set("on-demand", "BillingAccountName", "")),
        ("no description", good().set("on-demand", "ChargeDescription", "")),
        ("no subcategory", good().set_all("ServiceSubcategory", "")),
    ]) else {
        return;
    };
    insta::assert_snapshot!(broken, @"
    no billed cost: BilledCost-C-003-M
    no account: BillingAccountId-C-001-M
    no period end: BillingPeriodEnd-C-003-M
    a lower-case category: ChargeCategory-C-003-M ConsumedQuantity-C-004-C
    an unknown class: ChargeClass-C-005-C
    a purchase by usage: ChargeFrequency-C-004-C
    no frequency: ChargeFrequency-C-002-M
    a price on a tax: ListUnitPrice-C-004-C
    a quantity on a tax: PricingQuantity-C-004-C PricingUnit-C-006-C
    a pricing category on a tax: PricingCategory-C-003-C
    a sku on a tax: SkuId-C-004-C !SkuMeter-C-005-C !SkuMeter-C-006-O
    no sku on usage: SkuId-C-005-C SkuMeter-C-004-C SkuPriceId-C-008-M
    no sku price on a purchase: SkuPriceDetails-C-004-C SkuPriceDetails-C-007-M SkuPriceId-C-005-C
    no list price on usage: ListUnitPrice-C-005-C
    no list price on a correction: 
    no contracted price on a purchase: ContractedUnitPrice-C-006-C
    a negative list price: ListUnitPrice-C-008-M
    a list price barely negative: ListUnitPrice-C-008-M
    no consumed quantity on usage: ConsumedQuantity-C-006-C ConsumedUnit-C-005-C
    a consumed quantity on the unused: ConsumedQuantity-C-004-C
    a consumed quantity on a purchase: ConsumedQuantity-C-004-C
    a quantity without a unit: PricingUnit-C-006-C
    a sub account without a name: SubAccountName-C-005-C
    a region without a name: RegionName-C-005-C
    a resource without a type: ResourceType-C-005-C
    a resource name without a resource: ResourceName-C-004-C
    no payer name: BillingAccountName-C-003-C
    no description: !ChargeDescription-C-003-O
    no subcategory: ServiceSubcategory-C-002-M !ServiceName-C-008-C
    ");
}

#[test]
fn commitments_told_wrongly_are_found() {
    let good = conformant;
    let other = |column: &str, value: &str| conformant().set("used", column, value);
    let Some(broken) = broken(vec![
        ("a status without an id", good().set("on-demand", "CommitmentDiscountStatus", "Used")),
        ("an id without a status", other("CommitmentDiscountStatus", "")),
        ("another status", other("CommitmentDiscountStatus", "Active")),
        ("no category of commitment", other("CommitmentDiscountCategory", "")),
        ("another category of commitment", other("CommitmentDiscountCategory", "Money")),
        ("no type of commitment", other("CommitmentDiscountType", "")),
        ("a type without an id", good().set("tax", "CommitmentDiscountType", "Reserved Instance")),
        ("no quantity of commitment", other("CommitmentDiscountQuantity", "")),
        ("a quantity without an id", good().set("credit", "CommitmentDiscountQuantity", "1")),
        ("two units of one commitment", other("CommitmentDiscountUnit", "NormalizedHours")),
        ("cash on a covered hour", other("BilledCost", "0.068")),
        ("a covered hour that is not committed", other("PricingCategory", "Standard")),
        ("a covered hour of the commitment itself", other("ResourceId", "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/r1")),
        ("unused cost on a resource", good().set("unused", "ResourceId", "i-0abc")),
        ("unused cost as a purchase", good().set("unused", "ChargeCategory", "Purchase").set("unused", "ChargeFrequency", "Recurring")),
        ("cost on a prepaying purchase", good().set("purchase", "EffectiveCost", "50.592")),
        ("a purchase of another resource", good().set("purchase", "ResourceId", "i-0abc")),
        ("a purchase without its resource", good().set("purchase", "ResourceId", "").set("purchase", "ResourceType", "")),
        ("a credit that lists nothing", good().set("credit", "ListCost", "0").set("credit", "ContractedCost", "0")),
        ("a credit spread otherwise", good().set("credit", "EffectiveCost", "0")),
    ]) else {
        return;
    };
    insta::assert_snapshot!(broken, @"
    a status without an id: CommitmentDiscountId-C-005-C CommitmentDiscountStatus-C-003-C DiscountHandling-A-006-C DiscountHandling-A-009-C DiscountHandling-A-015-C
    an id without a status: CommitmentDiscountStatus-C-004-C DiscountHandling-A-014-C EffectiveCost-C-013-C
    another status: CommitmentDiscountStatus-C-005-M DiscountHandling-A-014-C EffectiveCost-C-013-C
    no category of commitment: CommitmentDiscountCategory-C-004-C
    another category of commitment: CommitmentDiscountCategory-C-005-M
    no type of commitment: CommitmentDiscountType-C-005-C
    a type without an id: CommitmentDiscountType-C-004-C
    no quantity of commitment: CommitmentDiscountQuantity-C-005-C CommitmentDiscountUnit-C-005-C
    a quantity without an id: CommitmentDiscountQuantity-C-007-C CommitmentDiscountUnit-C-006-C
    two units of one commitment: CommitmentDiscountUnit-C-008-M
    cash on a covered hour: DiscountHandling-A-009-C
    a covered hour that is not committed: PricingCategory-C-009-C
    a covered hour of the commitment itself: DiscountHandling-A-016-C
    unused cost on a resource: DiscountHandling-A-019-C
    unused cost as a purchase: DiscountHandling-A-018-C EffectiveCost-C-005-C
    cost on a prepaying purchase: EffectiveCost-C-005-C
    a purchase of another resource: DiscountHandling-A-012-C
    a purchase without its resource: DiscountHandling-A-012-C
    a credit that lists nothing: ContractedCost-C-008-C ListCost-C-008-C
    a credit spread otherwise: EffectiveCost-C-010-C
    ");
}

#[test]
fn figures_and_formats_that_are_off_are_found() {
    let good = conformant;
    let on_demand = |column: &str, value: &str| conformant().set("on-demand", column, value);
    let Some(broken) = broken(vec![
        ("list cost off by a cent", on_demand("ListCost", "0.117")),
        ("contracted cost off by a millionth", on_demand("ContractedCost", "0.107001")),
        ("list cost off by a rounding", on_demand("ListCost", "0.1070000001")),
        ("a currency sign", on_demand("BilledCost", "$0.107")),
        ("a plus sign", on_demand("EffectiveCost", "+0.107")),
        ("a comma", on_demand("EffectiveCost", "0,107")),
        ("a lower-case exponent", on_demand("EffectiveCost", "1.07e-1")),
        ("E notation", on_demand("EffectiveCost", "1.07E-1")),
        ("a blank for the T", on_demand("ChargePeriodStart", "2026-01-15 10:00:00Z")),
        ("no Z", on_demand("ChargePeriodStart", "2026-01-15T10:00:00")),
        ("milliseconds", on_demand("ChargePeriodStart", "2026-01-15T10:00:00.000Z")),
        ("an inclusive end", on_demand("ChargePeriodEnd", "2026-01-15T10:59:59Z")),
        ("an end before the start", on_demand("ChargePeriodEnd", "2026-01-15T09:00:00Z")),
        ("a billing period of a day", on_demand("BillingPeriodEnd", "2026-01-02T00:00:00Z")),
        ("an unknown currency", good().set_all("BillingCurrency", "XYZ")),
        ("AWS's name of a unit", on_demand("PricingUnit", "GB-Mo")),
        ("tags that are a list", on_demand("Tags", r#"["shop"]"#)),
        ("a tag that is an object", on_demand("Tags", r#"{"Team":{"name":"shop"}}"#)),
        ("a tag twice", on_demand("Tags", r#"{"Team":"shop","Team":"web"}"#)),
        ("a price detail without x_", on_demand("SkuPriceDetails", r#"{"Tenancy":"Shared"}"#)),
        ("a price detail misspelt", on_demand("SkuPriceDetails", r#"{"instanceType":"m5.large"}"#)),
        ("a number as text", on_demand("SkuPriceDetails", r#"{"CoreCount":"2"}"#)),
        ("price details without a sku price", good().set("tax", "SkuPriceDetails", "{}")),
        ("a blank name", on_demand("RegionName", " ")),
        ("a word for null", on_demand("AvailabilityZone", "n/a")),
        ("an unknown service category", good().set_all("ServiceCategory", "Servers")),
        ("a subcategory of another category", good().set_all("ServiceSubcategory", "Object Storage")),
        ("a service in two categories", on_demand("ServiceCategory", "Storage")),
        ("a sku price of two skus", on_demand("SkuPriceId", "SKU1.RESERVED").set("used", "SkuId", "SKU2")),
    ]) else {
        return;
    };
    insta::assert_snapshot!(broken, @"
    list cost off by a cent: ListCost-C-009-C ListUnitPrice-C-010-C PricingQuantity-C-009-C
    contracted cost off by a millionth: ContractedCost-C-009-C ContractedUnitPrice-C-011-C PricingQuantity-C-009-C
    list cost off by a rounding: 
    a currency sign: BilledCost-C-001-M BilledCost-C-002-M BilledCost-C-004-M
    a plus sign: EffectiveCost-C-001-M EffectiveCost-C-002-M
    a comma: EffectiveCost-C-001-M EffectiveCost-C-002-M
    a lower-case exponent: EffectiveCost-C-001-M EffectiveCost-C-002-M
    E notation: 
    a blank for the T: ChargePeriodStart-C-001-M ChargePeriodStart-C-002-M
    no Z: ChargePeriodStart-C-001-M ChargePeriodStart-C-002-M
    milliseconds: ChargePeriodStart-C-001-M ChargePeriodStart-C-002-M
    an inclusive end: ChargePeriodEnd-C-004-M
    an end before the start: ChargePeriodEnd-C-004-M
    a billing period of a day: BillingPeriodEnd-C-004-M
    an unknown currency: BillingCurrency-C-003-M BillingCurrency-C-006-M
    AWS's name of a unit: !PricingUnit-C-003-O
    tags that are a list: Tags-C-001-M
    a tag that is an object: Tags-C-001-M
    a tag twice: Tags-C-001-M
    a price detail without x_: SkuPriceDetails-C-017-C
    a price detail misspelt: SkuPriceDetails-C-020-M !SkuPriceDetails-C-002-O
    a number as text: SkuPriceDetails-C-021-M
    price details without a sku price: SkuPriceDetails-C-004-C SkuPriceDetails-C-007-M
    a blank name: NullHandling-A-002-M !StringHandling-A-007-M
    a word for null: NullHandling-A-002-M !StringHandling-A-007-M
    an unknown service category: ServiceCategory-C-003-M ServiceSubcategory-C-004-M
    a subcategory of another category: ServiceSubcategory-C-004-M
    a service in two categories: ServiceName-C-005-C ServiceSubcategory-C-004-M
    a sku price of two skus: SkuPriceId-C-008-M
    ");
}

#[test]
fn columns_that_are_missing_misnamed_or_misplaced_are_found() {
    let good = conformant;
    let Some(broken) = broken(vec![
        ("no effective cost", good().without("EffectiveCost")),
        ("no commitment ids", good().without("CommitmentDiscountId")),
        ("no invoice ids", good().without("InvoiceId")),
        ("no zones", good().without("AvailabilityZone")),
        ("a lower-case name", good().rename("BilledCost", "billedCost")),
        ("a name with an underscore", good().rename("ListCost", "List_Cost")),
        ("a column of our own without x_", good().rename("x_LineItemType", "LineItemType")),
        ("a column of our own in lower case", good().rename("x_LineItemType", "x_line_item_type")),
        ("our own columns first", good().first("x_LineItemType")),
    ]) else {
        return;
    };
    insta::assert_snapshot!(broken, @"
    no effective cost: CostAndUsage-D-031-M
    no commitment ids: CommitmentDiscountCategory-C-003-C CommitmentDiscountQuantity-C-007-C CommitmentDiscountStatus-C-003-C CommitmentDiscountType-C-004-C CostAndUsage-D-013-C
    no invoice ids: !CostAndUsage-D-033-O
    no zones: !CostAndUsage-D-003-C
    a lower-case name: ColumnHandling-A-001-M ColumnHandling-A-010-M CostAndUsage-D-006-M
    a name with an underscore: ColumnHandling-A-001-M ColumnHandling-A-003-M ColumnHandling-A-010-M CostAndUsage-D-032-M
    a column of our own without x_: ColumnHandling-A-010-M
    a column of our own in lower case: !ColumnHandling-A-011-O
    our own columns first: !ColumnHandling-A-012-O !ColumnHandling-A-013-O
    ");
}
