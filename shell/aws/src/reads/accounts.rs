//! The organization: its accounts, its tree, its tags.

use super::identity::AccountState;
use crate::answer::{AnswerError, Arn, Given, Input, Tags, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_bill::AccountId;
use tenor_wire::Secret;

record! {
    /// An organization.
    pub Organization {
        /// Its id: `o-…`.
        id: String = "Id",
        /// Its name for policies.
        arn: Arn = "Arn",
        /// What it does for its accounts.
        features: Option<FeatureSet> = "FeatureSet",
        /// The account that pays.
        payer: AccountId = "MasterAccountId",
        /// Where that account's owner is written to.
        payer_email: Option<Secret> = "MasterAccountEmail",
    }
}

words! {
    /// What an organization does for its accounts.
    pub FeatureSet {
        /// Policies and one bill.
        All = "ALL",
        /// One bill alone.
        ConsolidatedBilling = "CONSOLIDATED_BILLING",
    }
}

record! {
    /// An account of an organization.
    pub Account {
        /// Its id.
        id: AccountId = "Id",
        /// Its name for policies.
        arn: Arn = "Arn",
        /// Its name for people.
        name: Option<Secret> = "Name",
        /// Where its owner is written to.
        email: Option<Secret> = "Email",
        /// What has become of it.
        state: Option<AccountState> = "State",
        /// The same in AWS's older words.
        status: Option<AccountState> = "Status",
        /// Whether it was invited or made: `INVITED`, `CREATED`.
        joined_by: Option<String> = "JoinedMethod",
        /// Since when it is a member.
        joined: Option<Timestamp> = "JoinedTimestamp",
        /// Where in the tree it is, from the root down.
        paths: Vec<String> = "Paths",
    }
}

record! {
    /// Where the tree begins.
    pub Root {
        /// Its id: `r-…`.
        id: String = "Id",
        /// Its name for policies.
        arn: Arn = "Arn",
        /// Its name.
        name: String = "Name",
    }
}

record! {
    /// An organizational unit.
    pub Unit {
        /// Its id: `ou-…`.
        id: String = "Id",
        /// Its name for policies.
        arn: Arn = "Arn",
        /// Its name.
        name: String = "Name",
        /// Where in the tree it is.
        path: Option<String> = "Path",
    }
}

/// The organization that the account is in.
///
/// # Errors
/// [`AnswerError`]; of the code `AWSOrganizationsNotInUseException` where the account is in none.
pub async fn organization(client: &Client) -> Result<Organization, AnswerError> {
    client.one("organizations", "DescribeOrganization", Input::new(), "Organization").await
}

/// All accounts of the organization.
///
/// # Errors
/// [`AnswerError`].
pub async fn accounts(client: &Client) -> Result<Vec<Account>, AnswerError> {
    client.all("organizations", "ListAccounts", Input::new(), "Accounts").await
}

/// The roots of the tree: one.
///
/// # Errors
/// [`AnswerError`].
pub async fn roots(client: &Client) -> Result<Vec<Root>, AnswerError> {
    client.all("organizations", "ListRoots", Input::new(), "Roots").await
}

/// The units that are directly under a root or unit.
///
/// # Errors
/// [`AnswerError`].
pub async fn units(client: &Client, parent: &str) -> Result<Vec<Unit>, AnswerError> {
    client.all("organizations", "ListOrganizationalUnitsForParent", Input::new().with("ParentId", parent), "OrganizationalUnits").await
}

/// The accounts that are directly under a root or unit.
///
/// # Errors
/// [`AnswerError`].
pub async fn accounts_under(client: &Client, parent: &str) -> Result<Vec<Account>, AnswerError> {
    client.all("organizations", "ListAccountsForParent", Input::new().with("ParentId", parent), "Accounts").await
}

/// The tags of an account, a unit or a root, by its id.
///
/// # Errors
/// [`AnswerError`].
pub async fn tags(client: &Client, id: &str) -> Result<Tags, AnswerError> {
    let pages = client.whole_pages::<TagPage>("organizations", "ListTagsForResource", Input::new().with("ResourceId", id)).await?;
    Ok(Tags(pages.into_iter().flat_map(|TagPage(tags)| tags.0).collect()))
}

struct TagPage(Tags);

impl crate::answer::Read for TagPage {
    fn read(field: &crate::answer::Field<'_>) -> Result<Self, AnswerError> {
        let Given(tags) = Given::<Tags>::read(&field.member("Tags"))?;
        Ok(Self(tags))
    }
}
