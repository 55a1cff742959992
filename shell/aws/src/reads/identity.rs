//! Whose account this is.

use crate::answer::{AnswerError, Arn, Input, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_bill::AccountId;
use tenor_wire::Secret;

record! {
    /// Who the credentials are of.
    pub Caller {
        /// The account.
        account: AccountId = "Account",
        /// The user or the role's session.
        arn: Arn = "Arn",
        /// AWS's own id of either.
        user_id: String = "UserId",
    }
}

record! {
    /// What an account says of itself.
    pub Information {
        /// The account.
        account: AccountId = "AccountId",
        /// Its name.
        name: Secret = "AccountName",
        /// When it was made.
        created: Option<Timestamp> = "AccountCreatedDate",
        /// Whether it is open.
        state: Option<AccountState> = "AccountState",
    }
}

words! {
    /// What has become of an account.
    pub AccountState {
        /// Made, and not yet in use.
        PendingActivation = "PENDING_ACTIVATION",
        /// In use.
        Active = "ACTIVE",
        /// Closed by AWS.
        Suspended = "SUSPENDED",
        /// About to be closed.
        PendingClosure = "PENDING_CLOSURE",
        /// Closed.
        Closed = "CLOSED",
    }
}

/// Who the credentials are of. AWS asks for no permission.
///
/// # Errors
/// [`AnswerError`].
pub async fn caller(client: &Client) -> Result<Caller, AnswerError> {
    client.one("sts", "GetCallerIdentity", Input::new(), "").await
}

/// The account's aliases: one or none.
///
/// # Errors
/// [`AnswerError`].
pub async fn aliases(client: &Client) -> Result<Vec<String>, AnswerError> {
    client.all("iam", "ListAccountAliases", Input::new(), "AccountAliases").await
}

/// The account's own name.
///
/// # Errors
/// [`AnswerError`].
pub async fn information(client: &Client) -> Result<Information, AnswerError> {
    client.one("account", "GetAccountInformation", Input::new(), "").await
}
