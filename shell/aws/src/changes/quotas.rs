//! A higher quota asked for, and the role by which Service Quotas passes that on.
//!
//! AWS keeps one open request of a quota and refuses a second, so a request can be sent again.

use crate::answer::{AnswerError, Input};
use crate::client::Client;
use crate::reads::quotas::QuotaRequest;
use crate::reads::role::Role;
use tenor_wire::{Decimal, Value};

/// Whose the service-linked role is.
const SERVICE: &str = "servicequotas.amazonaws.com";

/// A quota to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaiseQuota {
    /// Whose: `ec2`.
    pub service: String,
    /// Which: `L-D0B7243C`.
    pub code: String,
    /// How much it shall be.
    pub desired: u32,
}

impl RaiseQuota {
    /// Asks for it, and gives the request as it then is.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `ResourceAlreadyExistsException` when a request of this quota is open.
    pub async fn send(&self, client: &Client) -> Result<QuotaRequest, AnswerError> {
        let input = Input::new()
            .with("ServiceCode", self.service.as_str())
            .with("QuotaCode", self.code.as_str())
            .with("DesiredValue", Value::Decimal(Decimal::from(i64::from(self.desired))));
        client.one("service-quotas", "RequestServiceQuotaIncrease", input, "RequestedQuota").await
    }
}

/// Makes the service-linked role of Service Quotas, which an account that never used it lacks.
///
/// # Errors
/// [`AnswerError`]; of the code `InvalidInput` when it is there already.
pub async fn make_role(client: &Client) -> Result<Role, AnswerError> {
    client.one("iam", "CreateServiceLinkedRole", Input::new().with("AWSServiceName", SERVICE), "Role").await
}
