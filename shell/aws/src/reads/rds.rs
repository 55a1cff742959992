//! RDS and Aurora reserved instances: those held and those sold.

use super::reserved::{Recurring, ReservationState};
use crate::answer::{AnswerError, Arn, Input, PaymentOption, record};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};

record! {
    /// Reserved database instances that are held or were.
    pub ReservedInstances {
        /// Its id, which the buyer may choose.
        id: String = "ReservedDBInstanceId",
        /// Its name for policies and in bills.
        arn: Option<Arn> = "ReservedDBInstanceArn",
        /// What was bought.
        offering: Option<String> = "ReservedDBInstancesOfferingId",
        /// What it is for.
        class: String = "DBInstanceClass",
        /// The engine, with edition and licence: `postgresql`, `oracle-se2(byol)`.
        product: String = "ProductDescription",
        /// Whether it counts for two instances in two zones.
        is_multi_az: bool = "MultiAZ",
        /// AWS's own name for the purchase.
        lease: Option<String> = "LeaseId",
        /// How many.
        count: u32 = "DBInstanceCount",
        /// When it starts or started.
        start: Timestamp = "StartTime",
        /// How long its term is, in seconds.
        seconds: i64 = "Duration",
        /// What has become of it.
        state: ReservationState = "State",
        /// How it is paid.
        payment: PaymentOption = "OfferingType",
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
    /// Reserved database instances that are sold.
    pub Offering {
        /// Its id, by which it is bought.
        id: String = "ReservedDBInstancesOfferingId",
        /// What it is for.
        class: String = "DBInstanceClass",
        /// The engine, with edition and licence: `postgresql`, `oracle-se2(byol)`.
        product: String = "ProductDescription",
        /// Whether it counts for two instances in two zones.
        is_multi_az: bool = "MultiAZ",
        /// How long its term is, in seconds.
        seconds: i64 = "Duration",
        /// How it is paid.
        payment: PaymentOption = "OfferingType",
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
    client.all("rds", "DescribeReservedDBInstances", Input::new(), "ReservedDBInstances").await
}

/// What is sold in the client's region: all of it, or one offering by its id.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client, id: Option<&str>) -> Result<Vec<Offering>, AnswerError> {
    client
        .all(
            "rds",
            "DescribeReservedDBInstancesOfferings",
            Input::new().maybe("ReservedDBInstancesOfferingId", id),
            "ReservedDBInstancesOfferings",
        )
        .await
}
