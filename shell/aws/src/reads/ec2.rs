//! EC2 Reserved Instances: those held, those sold, listings, modifications, exchange quotes.

use super::reserved::{Frequency, Recurring, ReservationState};
use crate::answer::{AnswerError, Input, PaymentOption, Tags, Tenancy, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};

words! {
    /// Whether a reservation can be exchanged.
    pub OfferingClass {
        /// It cannot.
        Standard = "standard",
        /// It can.
        Convertible = "convertible",
    }
}

words! {
    /// Where a reservation applies.
    pub Scope {
        /// In every zone of its region, to every size where sizes are flexible.
        Region = "Region",
        /// In one zone, where it holds capacity too.
        Zone = "Availability Zone",
    }
}

record! {
    /// Reserved Instances that are held, were held or will be.
    pub ReservedInstances {
        /// Their id.
        id: String = "ReservedInstancesId",
        /// What they are for: `m5.large`.
        instance_type: String = "InstanceType",
        /// The platform: `Linux/UNIX`.
        product: String = "ProductDescription",
        /// Where they apply; answers of old leave it out, when all were zonal.
        scope: Option<Scope> = "Scope",
        /// The zone of zonal ones.
        zone: Option<String> = "AvailabilityZone",
        /// The same zone by its id, which is the same in all accounts.
        zone_id: Option<String> = "AvailabilityZoneId",
        /// On whose hosts.
        tenancy: Tenancy = "InstanceTenancy",
        /// Whether they can be exchanged; answers of old leave it out, when none could.
        class: Option<OfferingClass> = "OfferingClass",
        /// How they are paid.
        payment: PaymentOption = "OfferingType",
        /// How many.
        count: u32 = "InstanceCount",
        /// When they start or started; none is known of some that are queued.
        start: Option<Timestamp> = "Start",
        /// When they end or ended.
        end: Option<Timestamp> = "End",
        /// How long their term is, in seconds; less where they were bought from somebody.
        seconds: i64 = "Duration",
        /// What has become of them.
        state: ReservationState = "State",
        /// What one cost upfront.
        upfront: Money = "FixedPrice",
        /// What one costs for an hour of use, of old kinds.
        usage: Option<UnitPrice> = "UsagePrice",
        /// What one costs besides.
        recurring: Vec<Charge> = "RecurringCharges",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// Their tags.
        tags: Tags = "Tags",
    }
}

record! {
    /// A charge that comes again.
    pub Charge {
        /// What one instance costs each time.
        amount: UnitPrice = "Amount",
        /// How often; always by the hour, and left out by some.
        frequency: Option<Frequency> = "Frequency",
    }
}

impl From<Charge> for Recurring {
    fn from(charge: Charge) -> Self {
        Self { amount: charge.amount, frequency: charge.frequency.unwrap_or(Frequency::Hourly) }
    }
}

record! {
    /// Reserved Instances that are sold.
    pub Offering {
        /// Their id, by which they are bought.
        id: String = "ReservedInstancesOfferingId",
        /// What they are for.
        instance_type: String = "InstanceType",
        /// The platform.
        product: String = "ProductDescription",
        /// Where they apply.
        scope: Option<Scope> = "Scope",
        /// The zone of zonal ones.
        zone: Option<String> = "AvailabilityZone",
        /// The same zone by its id.
        zone_id: Option<String> = "AvailabilityZoneId",
        /// On whose hosts.
        tenancy: Tenancy = "InstanceTenancy",
        /// Whether they can be exchanged; answers of old leave it out, when none could.
        class: Option<OfferingClass> = "OfferingClass",
        /// How they are paid.
        payment: PaymentOption = "OfferingType",
        /// How long their term is, in seconds.
        seconds: i64 = "Duration",
        /// What one costs upfront.
        upfront: Money = "FixedPrice",
        /// What one costs for an hour of use, of old kinds.
        usage: Option<UnitPrice> = "UsagePrice",
        /// What one costs besides.
        recurring: Vec<Charge> = "RecurringCharges",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// Whether somebody else sells them.
        is_resold: bool = "Marketplace",
        /// How many somebody else sells, at which price each.
        lots: Vec<Lot> = "PricingDetails",
    }
}

record! {
    /// So many at a price.
    pub Lot {
        /// How many.
        count: u32 = "Count",
        /// What one costs upfront.
        price: Money = "Price",
    }
}

record! {
    /// Reserved Instances that the account sells.
    pub Listing {
        /// Its id.
        id: String = "ReservedInstancesListingId",
        /// What is sold.
        reservation: String = "ReservedInstancesId",
        /// The token by which it was made.
        token: Option<String> = "ClientToken",
        /// How it is.
        status: ListingStatus = "Status",
        /// Why.
        message: Option<String> = "StatusMessage",
        /// When it was made.
        created: Timestamp = "CreateDate",
        /// When it last changed.
        updated: Option<Timestamp> = "UpdateDate",
        /// How many are where.
        counts: Vec<ListedCount> = "InstanceCounts",
        /// What one costs, by months that are left.
        prices: Vec<ListedPrice> = "PriceSchedules",
    }
}

words! {
    /// How a listing is.
    pub ListingStatus {
        /// It is on sale.
        Active = "active",
        /// It will be.
        Pending = "pending",
        /// It was taken back.
        Cancelled = "cancelled",
        /// It is over.
        Closed = "closed",
    }
}

record! {
    /// How many of a listing are in a state.
    pub ListedCount {
        /// How many.
        count: u32 = "InstanceCount",
        /// `available`, `sold`, `cancelled` or `pending`.
        state: String = "State",
    }
}

record! {
    /// What one of a listing costs while its term has so many months left.
    pub ListedPrice {
        /// Months that are left.
        months: i64 = "Term",
        /// What one costs.
        price: Money = "Price",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// Whether this is the price now.
        is_active: Option<bool> = "Active",
    }
}

record! {
    /// A modification that was asked for.
    pub Modification {
        /// Its id.
        id: String = "ReservedInstancesModificationId",
        /// The token by which it was asked for.
        token: Option<String> = "ClientToken",
        /// How it is: `processing`, `fulfilled`, `failed`.
        status: ModificationStatus = "Status",
        /// Why.
        message: Option<String> = "StatusMessage",
        /// What was modified.
        sources: Vec<ModifiedFrom> = "ReservedInstancesIds",
        /// What came of it.
        results: Vec<ModifiedTo> = "ModificationResults",
        /// When it was asked for.
        created: Timestamp = "CreateDate",
        /// From when it counts.
        effective: Option<Timestamp> = "EffectiveDate",
        /// When it last changed.
        updated: Option<Timestamp> = "UpdateDate",
    }
}

words! {
    /// How a modification is.
    pub ModificationStatus {
        /// Under way.
        Processing = "processing",
        /// Done.
        Fulfilled = "fulfilled",
        /// Not done.
        Failed = "failed",
    }
}

record! {
    /// Reserved Instances that were modified.
    pub ModifiedFrom {
        /// Their id.
        id: String = "ReservedInstancesId",
    }
}

record! {
    /// Reserved Instances that a modification made.
    pub ModifiedTo {
        /// Their id; none until they are there.
        id: Option<String> = "ReservedInstancesId",
        /// What they are.
        target: Option<Configuration> = "TargetConfiguration",
    }
}

record! {
    /// What Reserved Instances become.
    pub Configuration {
        /// How many.
        count: Option<u32> = "InstanceCount",
        /// What for.
        instance_type: Option<String> = "InstanceType",
        /// Where they apply.
        scope: Option<Scope> = "Scope",
        /// The zone of zonal ones.
        zone: Option<String> = "AvailabilityZone",
        /// The same zone by its id.
        zone_id: Option<String> = "AvailabilityZoneId",
        /// The network platform, of accounts that had two.
        platform: Option<String> = "Platform",
    }
}

record! {
    /// What an exchange would be.
    pub ExchangeQuote {
        /// Whether it can be made.
        is_valid: bool = "IsValidExchange",
        /// Why not.
        reason: Option<String> = "ValidationFailureReason",
        /// What has to be paid besides.
        due: Option<Money> = "PaymentDue",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
        /// When the new ones end.
        end: Option<Timestamp> = "OutputReservedInstancesWillExpireAt",
        /// What is given, in all.
        given: Option<ReservedValue> = "ReservedInstanceValueRollup",
        /// What is given, one by one.
        sources: Vec<GivenValue> = "ReservedInstanceValueSet",
        /// What is got, in all.
        got: Option<ReservedValue> = "TargetConfigurationValueRollup",
        /// What is got, one by one.
        targets: Vec<GotValue> = "TargetConfigurationValueSet",
    }
}

record! {
    /// What Reserved Instances are worth.
    pub ReservedValue {
        /// What they cost for an hour.
        hourly: UnitPrice = "HourlyPrice",
        /// What is left of their upfront price.
        upfront_left: Money = "RemainingUpfrontValue",
        /// That, and all hours that are left.
        total_left: Money = "RemainingTotalValue",
    }
}

record! {
    /// What is given.
    pub GivenValue {
        /// Which.
        id: String = "ReservedInstanceId",
        /// What they are worth.
        value: ReservedValue = "ReservationValue",
    }
}

record! {
    /// What is got.
    pub GotValue {
        /// Which offering.
        offering: String = "TargetConfiguration.OfferingId",
        /// How many, as AWS counts them.
        count: Option<u32> = "TargetConfiguration.InstanceCount",
        /// What they are worth.
        value: ReservedValue = "ReservationValue",
    }
}

/// Which offerings; what is none, or empty, asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhichOfferings {
    /// By their ids.
    pub ids: Vec<String>,
    /// By what they are for.
    pub instance_type: Option<String>,
    /// By platform.
    pub product: Option<String>,
    /// By whether they can be exchanged.
    pub class: Option<OfferingClass>,
    /// By how they are paid.
    pub payment: Option<PaymentOption>,
    /// By whose hosts.
    pub tenancy: Option<Tenancy>,
    /// The shortest and the longest term, in seconds.
    pub seconds: Option<(i64, i64)>,
    /// Whether those that somebody else sells are wanted too.
    pub with_resold: bool,
}

/// All Reserved Instances of the account in the client's region, in every state, queued and retired ones too.
///
/// # Errors
/// [`AnswerError`].
pub async fn reserved_instances(client: &Client) -> Result<Vec<ReservedInstances>, AnswerError> {
    client.all_at_once("ec2", "DescribeReservedInstances", Input::new(), "ReservedInstances").await
}

/// What is sold in the client's region.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client, which: &WhichOfferings) -> Result<Vec<Offering>, AnswerError> {
    let input = Input::new()
        .some("ReservedInstancesOfferingIds", &which.ids)
        .maybe("InstanceType", which.instance_type.as_deref())
        .maybe("ProductDescription", which.product.as_deref())
        .maybe("OfferingClass", which.class.clone())
        .maybe("OfferingType", which.payment.clone())
        .maybe("InstanceTenancy", which.tenancy.clone())
        .maybe("MinDuration", which.seconds.map(|(least, _)| least))
        .maybe("MaxDuration", which.seconds.map(|(_, most)| most))
        .with("IncludeMarketplace", which.with_resold);
    client.all("ec2", "DescribeReservedInstancesOfferings", input, "ReservedInstancesOfferings").await
}

/// All that the account sells or sold in the client's region.
///
/// # Errors
/// [`AnswerError`].
pub async fn listings(client: &Client) -> Result<Vec<Listing>, AnswerError> {
    client.all_at_once("ec2", "DescribeReservedInstancesListings", Input::new(), "ReservedInstancesListings").await
}

/// All modifications in the client's region; with a token, the one that was asked for by it.
///
/// # Errors
/// [`AnswerError`].
pub async fn modifications(client: &Client, token: Option<&str>) -> Result<Vec<Modification>, AnswerError> {
    let filter: Vec<Input> = token.iter().map(|token| by("client-token", token)).collect();
    client
        .all("ec2", "DescribeReservedInstancesModifications", Input::new().some("Filters", &filter), "ReservedInstancesModifications")
        .await
}

/// What an exchange of convertible ones for one of an offering would be. AWS sets how many come of it.
///
/// # Errors
/// [`AnswerError`].
pub async fn exchange_quote(client: &Client, given: &[String], offering: &str) -> Result<ExchangeQuote, AnswerError> {
    client.one("ec2", "GetReservedInstancesExchangeQuote", exchange(given, offering), "").await
}

/// What an exchange, or a quote of it, is asked with.
pub(crate) fn exchange(given: &[String], offering: &str) -> Input {
    let target = vec![Input::new().with("OfferingId", offering)];
    Input::new().with("ReservedInstanceIds", given.to_vec()).some("TargetConfigurations", &target)
}

fn by(name: &str, value: &str) -> Input {
    Input::new().with("Name", name).with("Values", vec![value])
}
