//! Reservations of Redshift Serverless: those held and those sold.

use super::reserved::ReservationState;
use crate::answer::{AnswerError, Arn, Input, PaymentOption, record};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};

record! {
    /// A reservation that is held or was.
    pub Reservation {
        /// Its id.
        id: String = "reservationId",
        /// Its name for policies.
        arn: Option<Arn> = "reservationArn",
        /// How many Redshift processing units.
        capacity: u32 = "capacity",
        /// When it starts or started.
        start: Timestamp = "startDate",
        /// When it ends or ended.
        end: Timestamp = "endDate",
        /// What has become of it.
        state: ReservationState = "status",
        /// What was bought.
        offering: Offering = "offering",
    }
}

record! {
    /// A reservation that is sold.
    pub Offering {
        /// Its id, by which it is bought.
        id: String = "offeringId",
        /// How long its term is, in seconds.
        seconds: i64 = "duration",
        /// How it is paid.
        payment: PaymentOption = "offeringType",
        /// What one unit costs upfront.
        upfront: Money = "upfrontCharge",
        /// What one unit costs for an hour.
        hourly: UnitPrice = "hourlyCharge",
        /// The currency.
        currency: Option<String> = "currencyCode",
    }
}

/// All reservations of the account in the client's region, in every state.
///
/// # Errors
/// [`AnswerError`].
pub async fn reservations(client: &Client) -> Result<Vec<Reservation>, AnswerError> {
    client.all("redshift-serverless", "ListReservations", Input::new(), "reservationsList").await
}

/// What is sold in the client's region.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client) -> Result<Vec<Offering>, AnswerError> {
    client.all("redshift-serverless", "ListReservationOfferings", Input::new(), "reservationOfferingsList").await
}

/// One of what is sold, by its id.
///
/// # Errors
/// [`AnswerError`].
pub async fn offering(client: &Client, id: &str) -> Result<Offering, AnswerError> {
    client.one("redshift-serverless", "GetReservationOffering", Input::new().with("offeringId", id), "reservationOffering").await
}
