//! A small table of charges that keeps every rule, to be broken one thing at a time.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use tenor_testkit::focus::Dataset;

/// Columns with their values in rows; an empty string is null.
#[derive(Clone)]
pub(crate) struct Table {
    columns: Vec<(String, Vec<String>)>,
}

/// A plain hour of on-demand usage; the other rows say where they differ.
const ON_DEMAND: &[(&str, &str)] = &[
    ("AvailabilityZone", "eu-west-1a"),
    ("BilledCost", "0.107"),
    ("BillingAccountId", "111122223333"),
    ("BillingAccountName", "payer"),
    ("BillingCurrency", "USD"),
    ("BillingPeriodEnd", "2026-02-01T00:00:00Z"),
    ("BillingPeriodStart", "2026-01-01T00:00:00Z"),
    ("CapacityReservationId", ""),
    ("CapacityReservationStatus", ""),
    ("ChargeCategory", "Usage"),
    ("ChargeClass", ""),
    ("ChargeDescription", "$0.107 per On Demand Linux m5.large Instance Hour"),
    ("ChargeFrequency", "Usage-Based"),
    ("ChargePeriodEnd", "2026-01-15T11:00:00Z"),
    ("ChargePeriodStart", "2026-01-15T10:00:00Z"),
    ("CommitmentDiscountCategory", ""),
    ("CommitmentDiscountId", ""),
    ("CommitmentDiscountName", ""),
    ("CommitmentDiscountQuantity", ""),
    ("CommitmentDiscountStatus", ""),
    ("CommitmentDiscountType", ""),
    ("CommitmentDiscountUnit", ""),
    ("ConsumedQuantity", "1"),
    ("ConsumedUnit", "Hours"),
    ("ContractedCost", "0.107"),
    ("ContractedUnitPrice", "0.107"),
    ("EffectiveCost", "0.107"),
    ("InvoiceId", ""),
    ("InvoiceIssuerName", "Amazon Web Services EMEA SARL"),
    ("ListCost", "0.107"),
    ("ListUnitPrice", "0.107"),
    ("PricingCategory", "Standard"),
    ("PricingQuantity", "1"),
    ("PricingUnit", "Hours"),
    ("ProviderName", "AWS"),
    ("PublisherName", "AWS"),
    ("RegionId", "eu-west-1"),
    ("RegionName", "Europe (Ireland)"),
    ("ResourceId", "i-0abc"),
    ("ResourceName", "web"),
    ("ResourceType", "Instance"),
    ("ServiceCategory", "Compute"),
    ("ServiceName", "Amazon Elastic Compute Cloud"),
    ("ServiceSubcategory", "Virtual Machines"),
    ("SkuId", "SKU1"),
    ("SkuMeter", "EU-BoxUsage:m5.large"),
    ("SkuPriceDetails", r#"{"InstanceType":"m5.large","CoreCount":2,"x_Tenancy":"Shared"}"#),
    ("SkuPriceId", "SKU1.ONDEMAND"),
    ("SubAccountId", "444455556666"),
    ("SubAccountName", "shop"),
    ("Tags", r#"{"Team":"shop","CostCenter":null}"#),
    ("x_LineItemType", "Usage"),
];

const COMMITMENT: &str = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/r1";

/// What is the same on all rows of the one commitment.
const COMMITTED: &[(&str, &str)] = &[
    ("CommitmentDiscountCategory", "Usage"),
    ("CommitmentDiscountId", COMMITMENT),
    ("CommitmentDiscountQuantity", "1"),
    ("CommitmentDiscountType", "Reserved Instance"),
    ("CommitmentDiscountUnit", "Hours"),
];
const USED: &[(&str, &str)] = &[
    ("BilledCost", "0"),
    ("CommitmentDiscountStatus", "Used"),
    ("EffectiveCost", "0.068"),
    ("PricingCategory", "Committed"),
    ("SkuPriceId", "SKU1.RESERVED"),
    ("x_LineItemType", "DiscountedUsage"),
];
const UNUSED: &[(&str, &str)] = &[
    ("BilledCost", "0"),
    ("CommitmentDiscountStatus", "Unused"),
    ("ConsumedQuantity", ""),
    ("ConsumedUnit", ""),
    ("ContractedCost", "0"),
    ("ContractedUnitPrice", "0"),
    ("EffectiveCost", "0.068"),
    ("ListCost", "0"),
    ("ListUnitPrice", "0"),
    ("PricingCategory", "Committed"),
    ("ResourceId", COMMITMENT),
    ("ResourceName", ""),
    ("ResourceType", "Reserved Instance"),
    ("SkuPriceId", "SKU1.RESERVED"),
    ("x_LineItemType", "RIFee"),
];
const PURCHASE: &[(&str, &str)] = &[
    ("AvailabilityZone", ""),
    ("BilledCost", "50.592"),
    ("ChargeCategory", "Purchase"),
    ("ChargeFrequency", "Recurring"),
    ("ChargePeriodEnd", "2026-02-01T00:00:00Z"),
    ("ChargePeriodStart", "2026-01-01T00:00:00Z"),
    ("CommitmentDiscountQuantity", "744"),
    ("ConsumedQuantity", ""),
    ("ConsumedUnit", ""),
    ("ContractedCost", "50.592"),
    ("ContractedUnitPrice", "0.068"),
    ("EffectiveCost", "0"),
    ("ListCost", "0"),
    ("ListUnitPrice", "0"),
    ("PricingQuantity", "744"),
    ("ResourceId", COMMITMENT),
    ("ResourceName", ""),
    ("ResourceType", "Reserved Instance"),
    ("SkuPriceId", "SKU1.RESERVED"),
    ("x_LineItemType", "RIFee"),
];
/// What neither a tax nor a credit has.
const NO_PRICE: &[(&str, &str)] = &[
    ("AvailabilityZone", ""),
    ("ConsumedQuantity", ""),
    ("ConsumedUnit", ""),
    ("ContractedUnitPrice", ""),
    ("ListUnitPrice", ""),
    ("PricingCategory", ""),
    ("PricingQuantity", ""),
    ("PricingUnit", ""),
    ("ResourceId", ""),
    ("ResourceName", ""),
    ("ResourceType", ""),
    ("SkuId", ""),
    ("SkuMeter", ""),
    ("SkuPriceDetails", ""),
    ("SkuPriceId", ""),
    ("Tags", ""),
];
const TAX: &[(&str, &str)] = &[
    ("BilledCost", "10.5"),
    ("ChargeCategory", "Tax"),
    ("ChargeFrequency", "One-Time"),
    ("ContractedCost", "0"),
    ("EffectiveCost", "10.5"),
    ("ListCost", "0"),
    ("x_LineItemType", "Tax"),
];
const CREDIT: &[(&str, &str)] = &[
    ("BilledCost", "-3"),
    ("ChargeCategory", "Credit"),
    ("ChargeFrequency", "One-Time"),
    ("ContractedCost", "-3"),
    ("EffectiveCost", "-3"),
    ("ListCost", "-3"),
    ("x_LineItemType", "Credit"),
];

/// The rows of [`conformant`], by name, so that a mutation can say which one it breaks.
pub(crate) const ROWS: [&str; 6] = ["on-demand", "used", "unused", "purchase", "tax", "credit"];

/// Six charges, one of each sort, that break no rule.
pub(crate) fn conformant() -> Table {
    let rows: [&[&[(&str, &str)]]; 6] =
        [&[], &[COMMITTED, USED], &[COMMITTED, UNUSED], &[COMMITTED, PURCHASE], &[NO_PRICE, TAX], &[NO_PRICE, CREDIT]];
    let value = |(name, plain): &(&str, &str), parts: &[&[(&str, &str)]]| {
        let other = parts.iter().rev().flat_map(|part| part.iter()).find(|(column, _)| column == name);
        other.map_or(*plain, |(_, value)| value).to_owned()
    };
    let column = |cell: &(&str, &str)| (cell.0.to_owned(), rows.iter().map(|parts| value(cell, parts)).collect());
    Table { columns: ON_DEMAND.iter().map(column).collect() }
}

impl Table {
    pub(crate) fn set(mut self, row: &str, column: &str, value: &str) -> Table {
        let row = ROWS.iter().position(|name| *name == row).expect("a row of that name");
        self.values(column)[row] = value.to_owned();
        self
    }

    pub(crate) fn set_all(mut self, column: &str, value: &str) -> Table {
        self.values(column).fill(value.to_owned());
        self
    }

    pub(crate) fn without(mut self, column: &str) -> Table {
        self.columns.retain(|(name, _)| name != column);
        self
    }

    pub(crate) fn rename(mut self, column: &str, name: &str) -> Table {
        self.columns.iter_mut().find(|(known, _)| known == column).expect("a column of that name").0 = name.to_owned();
        self
    }

    pub(crate) fn first(mut self, column: &str) -> Table {
        let index = self.columns.iter().position(|(name, _)| name == column).expect("a column of that name");
        let column = self.columns.remove(index);
        self.columns.insert(0, column);
        self
    }

    fn values(&mut self, column: &str) -> &mut Vec<String> {
        &mut self.columns.iter_mut().find(|(name, _)| name == column).expect("a column of that name").1
    }

    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|(name, _)| name)).expect("memory takes it");
        for row in 0..ROWS.len() {
            writer.write_record(self.columns.iter().map(|(_, values)| &values[row])).expect("the table is well formed");
        }
        writer.into_inner().expect("the table is well formed")
    }

    pub(crate) fn dataset(&self) -> Dataset {
        Dataset::from_csv_reader(self.csv().as_slice()).expect("the table is well formed")
    }

    /// The same as a typed batch, each column made of the type an export should give it unless `types` says otherwise.
    pub(crate) fn batch(&self, types: &[(&str, DataType)]) -> RecordBatch {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        for (name, values) in &self.columns {
            let texts: StringArray = values.iter().map(|value| (!value.is_empty()).then_some(value)).collect();
            let usual: ArrayRef = match name.as_str() {
                _ if name.ends_with("Cost") || name.ends_with("Quantity") || name.ends_with("Price") => decimals(&texts),
                _ if name.ends_with("Start") || name.ends_with("End") => in_utc(&moments(&texts)),
                "ChargeCategory" => {
                    cast(&texts, &DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into())).expect("the table is well formed")
                }
                "Tags" => cast(&texts, &DataType::Utf8View).expect("the table is well formed"),
                _ => Arc::new(texts.clone()),
            };
            let array = match types.iter().find(|(column, _)| column == name) {
                // A moment in UTC becomes anything but another moment by way of its plain text.
                Some((_, other)) if *usual.data_type() == utc && !matches!(other, DataType::Timestamp(_, Some(_))) => {
                    cast(&moments(&texts), other).expect("the table is well formed")
                }
                Some((_, other)) => cast(&usual, other).expect("the table is well formed"),
                None => usual,
            };
            fields.push(Field::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("the table is well formed")
    }
}

fn decimals(texts: &StringArray) -> ArrayRef {
    let decimals = cast(texts, &DataType::Decimal128(38, 12)).expect("the table is well formed");
    assert!(decimals.as_any().is::<Decimal128Array>());
    decimals
}

/// The moments, not yet marked as UTC.
fn moments(texts: &StringArray) -> ArrayRef {
    let plain: StringArray = texts.iter().map(|text| text.map(|text| text.trim_end_matches('Z'))).collect();
    cast(&plain, &DataType::Timestamp(TimeUnit::Microsecond, None)).expect("the table is well formed")
}

fn in_utc(moments: &ArrayRef) -> ArrayRef {
    let moments = moments.as_any().downcast_ref::<TimestampMicrosecondArray>().expect("they are moments");
    Arc::new(moments.clone().with_timezone("UTC"))
}
