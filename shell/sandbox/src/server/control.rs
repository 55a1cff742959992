//! What is not AWS's: letting time pass, planning faults, asking for the time. For `tenor sandbox` commands and tests.

use super::StoreError;
use super::shared::{Broken, Shared};
use crate::SharingMode;
use crate::cloud::{Cloud, DeployError, PlannedFault, ShareError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_wire::{Request, Response};

/// The path of control requests.
pub const CONTROL_PATH: &str = "/_sandbox";
/// The header with the key that opens them.
pub const CONTROL_KEY_HEADER: &str = "x-sandbox-key";

/// The most that passes at once: longer than any term, short enough to be gone through.
pub const ADVANCE_SECONDS_MAX: i64 = 20 * 366 * 86_400;

/// Something to do to a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Let so many seconds pass, at most [`ADVANCE_SECONDS_MAX`].
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
    /// Say what time it is, and write what is in memory alone.
    Time,
    /// Say what time it is, no more: for whoever asks again and again.
    Look,
}

/// Why an order is not carried out. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// So long a time does not pass at once, nor backwards.
    #[error("{0} s cannot pass at once: at least 0 and at most {ADVANCE_SECONDS_MAX} (20 years) can; advance several times")]
    TooFar(i64),
    /// The template cannot be deployed.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// Commitments cannot be shared so.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The books cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sandbox broke over it.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// A sandbox that runs in this process.
#[derive(Clone)]
pub struct Control(Arc<Shared>);

impl Control {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Lets so many seconds pass. What comes of it is kept within a second, and time alone with the next change.
    ///
    /// # Errors
    /// When so many cannot pass at once.
    pub fn pass(&self, seconds: i64) -> Result<(), OrderError> {
        check_seconds(seconds)?;
        let mut cloud = self.0.cloud();
        if Shared::attempt(&mut cloud, |cloud| cloud.pass_whole(cloud.books.now.later(seconds)))? {
            self.0.fall_behind();
        }
        Ok(())
    }
}

impl Order {
    /// Carries it out, and says what came of it: the ARN of a role, else what time it is.
    ///
    /// # Errors
    /// When it cannot be carried out; then nothing is changed.
    pub fn apply(&self, cloud: &mut Cloud) -> Result<String, OrderError> {
        match self {
            Self::Deploy { account, template, parameters } => return Ok(cloud.deploy(account, template, parameters)?),
            Self::Advance(seconds) => {
                check_seconds(*seconds)?;
                cloud.advance(*seconds);
            }
            Self::Fault(fault) => cloud.plan_fault(fault.clone()),
            Self::FailPayments(times) => cloud.fail_payments(*times),
            Self::Share { mode, off } => cloud.share(*mode, off)?,
            Self::Time | Self::Look => {}
        }
        Ok(cloud.now().to_string())
    }
}

fn check_seconds(seconds: i64) -> Result<(), OrderError> {
    if (0..=ADVANCE_SECONDS_MAX).contains(&seconds) { Ok(()) } else { Err(OrderError::TooFar(seconds)) }
}

/// Carries out an order and keeps what it changed; asking for the time keeps what is in memory alone.
fn carry_out(shared: &Shared, order: &Order) -> Result<String, OrderError> {
    let mut cloud = shared.cloud();
    if *order == Order::Look {
        return Ok(cloud.now().to_string());
    }
    cloud.begin();
    match Shared::attempt(&mut cloud, |cloud| order.apply(cloud))? {
        Ok(said) => {
            shared.keep_change(&mut cloud)?;
            Ok(said)
        }
        Err(error) => {
            cloud.take_back();
            Err(error)
        }
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
    match carry_out(shared, &order) {
        Ok(text) => said(200, text),
        Err(error @ (OrderError::Store(_) | OrderError::Broken(_))) => said(500, error.to_string()),
        Err(error) => said(400, error.to_string()),
    }
}
