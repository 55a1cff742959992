//! Savings Plans: bought, taken back before they start, returned.

use super::keys::{OwnTags, Token};
use crate::answer::input::{map, moment};
use crate::answer::{AnswerError, Input};
use crate::client::Client;
use crate::reads::plans::amount;
use jiff::Timestamp;
use tenor_money::Money;

/// A Savings Plan to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePlan {
    /// Which offering.
    pub offering: String,
    /// What it commits to, for an hour.
    pub commitment: Money,
    /// What is paid at its start, of one that is paid in part.
    pub upfront: Option<Money>,
    /// When it starts; now, where nothing is said.
    pub start: Option<Timestamp>,
    /// By what AWS knows this request again.
    pub token: Token,
    /// Its tags.
    pub tags: OwnTags,
}

/// A plan to be taken back before it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteQueuedPlan {
    /// Its id.
    pub plan: String,
}

/// A plan to be returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPlan {
    /// Its id.
    pub plan: String,
    /// By what AWS knows this request again.
    pub token: Token,
}

impl CreatePlan {
    /// Buys it, and gives its id.
    ///
    /// # Errors
    /// [`AnswerError`]; [`AnswerError::fate`] says whether it may have been bought.
    pub async fn send(&self, client: &Client) -> Result<String, AnswerError> {
        let input = Input::new()
            .with("savingsPlanOfferingId", self.offering.as_str())
            .with("commitment", amount(self.commitment))
            .maybe("upfrontPaymentAmount", self.upfront.map(amount))
            .maybe("purchaseTime", self.start.map(moment))
            .with("clientToken", &self.token)
            .with("tags", map(&self.tags.all()));
        client.one("savingsplans", "CreateSavingsPlan", input, "savingsPlanId").await
    }
}

impl DeleteQueuedPlan {
    /// Takes it back.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<(), AnswerError> {
        client.done("savingsplans", "DeleteQueuedSavingsPlan", Input::new().with("savingsPlanId", self.plan.as_str())).await
    }
}

impl ReturnPlan {
    /// Returns it, and gives its id.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn send(&self, client: &Client) -> Result<String, AnswerError> {
        let input = Input::new().with("savingsPlanId", self.plan.as_str()).with("clientToken", &self.token);
        client.one("savingsplans", "ReturnSavingsPlan", input, "savingsPlanId").await
    }
}
