//! OpenSearch reserved instances: those held and those sold.

use super::reserved::{Recurring, ReservationState};
use crate::answer::{AnswerError, Input, PaymentOption, record};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};

record! {
    /// Reserved OpenSearch instances that are held or were.
    pub ReservedInstances {
        /// Its id.
        id: String = "ReservedInstanceId",
        /// What was bought.
        offering: Option<String> = "ReservedInstanceOfferingId",
        /// What it is for.
        instance_type: String = "InstanceType",
        /// The name that the buyer chose.
        name: String = "ReservationName",
        /// AWS's own number of the purchase.
        subscription: Option<i64> = "BillingSubscriptionId",
        /// How many.
        count: u32 = "InstanceCount",
        /// When it starts or started.
        start: Timestamp = "StartTime",
        /// How long its term is, in seconds.
        seconds: i64 = "Duration",
        /// What has become of it.
        state: ReservationState = "State",
        /// How it is paid.
        payment: PaymentOption = "PaymentOption",
        /// What one cost upfront.
        upfront: Money = "FixedPrice",
        /// What one costs for an hour of use, of old kinds.
        usage: Option<UnitPrice> = "UsagePrice",
        /// What one costs besides.
        recurring: Vec<Recurring> = "RecurringCharges",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
    }
}

record! {
    /// Reserved OpenSearch instances that are sold.
    pub Offering {
        /// Its id, by which it is bought.
        id: String = "ReservedInstanceOfferingId",
        /// What it is for.
        instance_type: String = "InstanceType",
        /// How long its term is, in seconds.
        seconds: i64 = "Duration",
        /// How it is paid.
        payment: PaymentOption = "PaymentOption",
        /// What one costs upfront.
        upfront: Money = "FixedPrice",
        /// What one costs for an hour of use, of old kinds.
        usage: Option<UnitPrice> = "UsagePrice",
        /// What one costs besides.
        recurring: Vec<Recurring> = "RecurringCharges",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
    }
}

/// All reserved instances of the account in the client's region, in every state, ended ones too.
///
/// # Errors
/// [`AnswerError`].
pub async fn reserved_instances(client: &Client) -> Result<Vec<ReservedInstances>, AnswerError> {
    client.all("opensearch", "DescribeReservedInstances", Input::new(), "ReservedInstances").await
}

/// What is sold in the client's region: all of it, or one offering by its id.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client, id: Option<&str>) -> Result<Vec<Offering>, AnswerError> {
    client
        .all(
            "opensearch",
            "DescribeReservedInstanceOfferings",
            Input::new().maybe("ReservedInstanceOfferingId", id),
            "ReservedInstanceOfferings",
        )
        .await
}
