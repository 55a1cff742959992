//! Reservations of Redshift Serverless: bought.

use super::keys::Token;
use crate::answer::{AnswerError, Input};
use crate::client::Client;
use crate::reads::serverless::Reservation;

/// A reservation to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Which offering.
    pub offering: String,
    /// How many Redshift processing units.
    pub capacity: u32,
    /// By what AWS knows this request again; it has to be a UUID.
    pub token: Token,
}

impl Purchase {
    /// Buys it, and gives it as it then is.
    ///
    /// # Errors
    /// [`AnswerError`]; [`AnswerError::fate`] says whether it may have been bought.
    pub async fn send(&self, client: &Client) -> Result<Reservation, AnswerError> {
        let input = Input::new()
            .with("offeringId", self.offering.as_str())
            .with("capacity", i64::from(self.capacity))
            .with("clientToken", &self.token);
        client.one("redshift-serverless", "CreateReservation", input, "reservation").await
    }
}
