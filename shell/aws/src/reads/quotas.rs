//! Service Quotas: how much of something AWS lets an account have, and what was asked of it.

use crate::answer::{AnswerError, Input, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::Quantity;

record! {
    /// Why a quota has no value.
    pub NoValue {
        /// AWS's word, as `DEPENDENCY_ACCESS_DENIED_ERROR`.
        code: Option<String> = "ErrorCode",
        /// In AWS's words.
        message: Option<String> = "ErrorMessage",
    }
}

impl NoValue {
    /// Whether it may have one when it is asked again: the service that knows it was too busy, or did not answer.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.code.as_deref().is_some_and(|code| ["DEPENDENCY_THROTTLING_ERROR", "DEPENDENCY_SERVICE_ERROR"].contains(&code))
    }
}

record! {
    /// A quota as it holds in the client's region.
    pub Quota {
        /// Whose: `ec2`.
        service: String = "ServiceCode",
        /// Which: `L-D0B7243C`.
        code: String = "QuotaCode",
        /// In AWS's words.
        name: String = "QuotaName",
        /// How much; none where Service Quotas could not find that out.
        value: Option<Quantity> = "Value",
        /// Whether more can be asked for.
        is_adjustable: bool = "Adjustable",
        /// Why it has no value, where AWS says that.
        no_value: Option<NoValue> = "ErrorReason",
    }
}

words! {
    /// What has become of a request.
    pub RequestStatus {
        /// Nobody has looked at it yet.
        Pending = "PENDING",
        /// AWS's support looks at it.
        CaseOpened = "CASE_OPENED",
        /// It was granted.
        Approved = "APPROVED",
        /// It was not granted.
        Denied = "DENIED",
        /// AWS's support is done with it; what it decided says the quota.
        CaseClosed = "CASE_CLOSED",
        /// It was not granted by AWS's own rules.
        NotApproved = "NOT_APPROVED",
        /// It was none that could be granted.
        Invalid = "INVALID_REQUEST",
    }
}

record! {
    /// A request for a higher quota.
    pub QuotaRequest {
        /// Its id.
        id: String = "Id",
        /// Of which quota.
        code: String = "QuotaCode",
        /// How much was asked for.
        desired: Quantity = "DesiredValue",
        /// What has become of it.
        status: RequestStatus = "Status",
        /// When it was made.
        created: Timestamp = "Created",
    }
}

impl QuotaRequest {
    /// Whether AWS has yet to answer it. A word that is not known counts as open: nobody asks twice.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.status, RequestStatus::Pending | RequestStatus::CaseOpened | RequestStatus::Other(_))
    }
}

/// One quota as AWS applies it to the account in the client's region.
///
/// # Errors
/// [`AnswerError`]; of the code `NoSuchResourceException` also where it was never raised, so that its default holds.
pub async fn quota(client: &Client, service: &str, code: &str) -> Result<Quota, AnswerError> {
    let input = Input::new().with("ServiceCode", service).with("QuotaCode", code);
    client.one("service-quotas", "GetServiceQuota", input, "Quota").await
}

/// What one quota is in the client's region for whoever never had it raised.
///
/// # Errors
/// [`AnswerError`].
pub async fn default_quota(client: &Client, service: &str, code: &str) -> Result<Quota, AnswerError> {
    let input = Input::new().with("ServiceCode", service).with("QuotaCode", code);
    client.one("service-quotas", "GetAWSDefaultServiceQuota", input, "Quota").await
}

/// What was asked for of one quota in the client's region, whoever asked.
///
/// # Errors
/// [`AnswerError`].
pub async fn requests(client: &Client, service: &str, code: &str) -> Result<Vec<QuotaRequest>, AnswerError> {
    let input = Input::new().with("ServiceCode", service).with("QuotaCode", code);
    client.all("service-quotas", "ListRequestedServiceQuotaChangeHistoryByQuota", input, "RequestedQuotas").await
}
