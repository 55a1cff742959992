//! What is not AWS's: letting time pass, planning faults, asking for the time. For `tenor sandbox` commands and tests.

use super::{Shared, StoreError};
use crate::SharingMode;
use crate::cloud::{Cloud, DeployError, PlannedFault};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_wire::{Request, Response};

/// The path of control requests.
pub const CONTROL_PATH: &str = "/_sandbox";
/// The header with the key that opens them.
pub const CONTROL_KEY_HEADER: &str = "x-sandbox-key";

/// Something to do to a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Let so many seconds pass.
    Advance(i64),
    /// Plan a fault.
    Fault(PlannedFault),
    /// Let the next payments fail.
    FailPayments(u32),
    /// Deploy a template in an account, with the values of its parameters.
    Deploy {
        /// Twelve digits.
        account: String,
        /// CloudFormation's JSON.
        template: String,
        /// By name.
        parameters: BTreeMap<String, String>,
    },
    /// Choose how commitments are shared from now on.
    Share {
        /// With everyone, with an account's business unit first, or with that alone.
        mode: SharingMode,
        /// Ids of the accounts that neither share nor are shared with.
        off: Vec<String>,
    },
    /// Say what time it is.
    Time,
}

/// Why an order is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The template cannot be deployed.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// The books cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A sandbox that runs in this process.
#[derive(Clone)]
pub struct Control(Arc<Shared>);

impl Control {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Carries out an order and keeps what it changed.
    ///
    /// # Errors
    /// When it cannot be carried out, or the books cannot be written.
    pub fn carry_out(&self, order: &Order) -> Result<String, OrderError> {
        let mut cloud = self.0.cloud();
        let said = order.apply(&mut cloud)?;
        self.0.keep(&cloud)?;
        Ok(said)
    }
}

impl Order {
    /// Carries it out, and says what came of it: the ARN of a role, else what time it is.
    ///
    /// # Errors
    /// When it cannot be carried out; then nothing is changed.
    pub fn apply(&self, cloud: &mut Cloud) -> Result<String, DeployError> {
        match self {
            Self::Deploy { account, template, parameters } => return cloud.deploy(account, template, parameters),
            Self::Advance(seconds) => cloud.advance(*seconds),
            Self::Fault(fault) => cloud.plan_fault(fault.clone()),
            Self::FailPayments(times) => cloud.fail_payments(*times),
            Self::Share { mode, off } => cloud.share(*mode, off)?,
            Self::Time => {}
        }
        Ok(cloud.now().to_string())
    }
}

/// The answer to a control request; none when it is not one.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Response> {
    if request.path != CONTROL_PATH {
        return None;
    }
    let said = |status: u16, text: String| {
        let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
        Some(Response { status, headers, body: text.into_bytes() })
    };
    if request.header(CONTROL_KEY_HEADER) != Some(shared.control_key.as_str()) {
        return said(403, format!("a control request needs the sandbox's key in {CONTROL_KEY_HEADER}"));
    }
    let order: Order = match serde_json::from_slice(&request.body) {
        Ok(order) => order,
        Err(error) => return said(400, error.to_string()),
    };
    let mut cloud = shared.cloud();
    match order.apply(&mut cloud) {
        Err(error) => said(400, error.to_string()),
        Ok(text) => match shared.keep(&cloud) {
            Ok(()) => said(200, text),
            Err(error) => said(500, error.to_string()),
        },
    }
}
