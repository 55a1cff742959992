//! What is not AWS's: letting time pass, planning faults, asking for the time. For `tenor sandbox` commands and tests.

use super::Shared;
use crate::cloud::{FaultKind, PlannedFault};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tenor_wire::{Request, Response};

/// The path of control requests.
const PATH: &str = "/_sandbox";
/// The header with the key that opens them.
const KEY_HEADER: &str = "x-sandbox-key";

/// Something to do to a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// Let so many seconds pass.
    Advance(i64),
    /// Plan a fault.
    Fault(PlannedFault),
    /// Let the next payments fail.
    FailPayments(u32),
    /// Say what time it is.
    Time,
}

/// A sandbox that runs in this process.
#[derive(Clone)]
pub struct Control(Arc<Shared>);

impl Control {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: i64) {
        self.0.cloud().advance(seconds);
    }

    /// Lets the next call of an operation go wrong.
    pub fn fault(&self, operation: &str, kind: FaultKind) {
        self.0.cloud().plan_fault(PlannedFault { operation: operation.to_owned(), kind, per_mille: 1000, times: 1 });
    }

    /// Lets the next payments fail.
    pub fn fail_payments(&self, times: u32) {
        self.0.cloud().fail_payments(times);
    }
}

/// The answer to a control request; none when it is not one.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Response> {
    if request.path != PATH {
        return None;
    }
    let said = |status: u16, text: String| {
        let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
        Some(Response { status, headers, body: text.into_bytes() })
    };
    if request.header(KEY_HEADER) != Some(shared.control_key.as_str()) {
        return said(403, format!("a control request needs the sandbox's key in {KEY_HEADER}"));
    }
    let order: Order = match serde_json::from_slice(&request.body) {
        Ok(order) => order,
        Err(error) => return said(400, error.to_string()),
    };
    let mut cloud = shared.cloud();
    match order {
        Order::Advance(seconds) => cloud.advance(seconds),
        Order::Fault(fault) => cloud.plan_fault(fault),
        Order::FailPayments(times) => cloud.fail_payments(times),
        Order::Time => {}
    }
    match shared.keep(&cloud) {
        Ok(()) => said(200, cloud.now().to_string()),
        Err(error) => said(500, error.to_string()),
    }
}
