//! Which accounts share discounts.

use crate::answer::{AnswerError, Input, record, words};
use crate::client::Client;
use tenor_bill::AccountId;
use tenor_wire::Value;

record! {
    /// One preference of one feature.
    pub Preference {
        /// The feature that it is of.
        feature: Feature = "feature",
        /// What it is for: an account, or a setting.
        key: String = "key",
        /// Whether that is on, or how it is set.
        value: Setting = "value",
        /// The account.
        account: Option<AccountId> = "accountId",
        /// The account's name.
        account_name: Option<String> = "accountName",
        /// The month that it was in force, of a history.
        year: Option<u32> = "billingPeriod.year",
        /// The month's number, from 1.
        month: Option<u32> = "billingPeriod.month",
    }
}

words! {
    /// What preferences are about.
    pub Feature {
        /// Which accounts share reservations and Savings Plans.
        Sharing = "RI_SHARING",
        /// The same in months past.
        SharingHistory = "RI_SHARING_HISTORY",
        /// With which accounts one reservation or Savings Plan is shared.
        BenefitSharing = "BENEFIT_LEVEL_SHARING",
        /// Which accounts share credits.
        CreditSharing = "CREDIT_SHARING",
        /// The same in months past.
        CreditSharingHistory = "CREDIT_SHARING_HISTORY",
    }
}

words! {
    /// How a preference is set.
    pub Setting {
        /// On.
        Enabled = "ENABLED",
        /// Off.
        Disabled = "DISABLED",
    }
}

/// The preferences of a feature; AWS answers for one at a time.
///
/// # Errors
/// [`AnswerError`].
pub async fn preferences(client: &Client, feature: &Feature) -> Result<Vec<Preference>, AnswerError> {
    let features = Value::List(vec![feature.as_str().into()]);
    client.all("billing", "GetBillingPreferences", Input::new().with("features", features), "billingPreferences").await
}
