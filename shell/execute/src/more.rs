//! A higher quota asked for, and the role by which Service Quotas passes that on.
//!
//! A request buys nothing, so it is no step of an order: it is made beside the step that waits for it, a few times at most, and never while another one
//! is open.

use crate::aws::{Outcome, Sent};
use crate::beside::Past;
use crate::error::ExecuteError;
use crate::journal::Journal;
use crate::quota::by_hand;
use crate::run::Executor;
use tenor_ledger::Text;
use tenor_order::{Order, Step};

/// The operation that asks for more.
const REQUEST: &str = "service-quotas:RequestServiceQuotaIncrease";
/// The operation that makes the role.
const ROLE: &str = "iam:CreateServiceLinkedRole";
/// Service Quotas' word for an account that lacks the role, or has it only since a moment ago.
const NO_ROLE: &str = "DependencyAccessDeniedException";

impl<J: Journal> Executor<'_, J> {
    /// Asks, and records that. What came of it, and whether to wait for more.
    pub(crate) async fn ask_for_more(&mut self, order: &Order, step: &Step, desired: u32) -> Result<(String, bool), ExecuteError> {
        if let Some(why) = self.asked_before(order, step)? {
            return Ok((why, true));
        }
        if self.is_stopped()? {
            return Ok(("AWS is asked for nothing while the kill switch is set".to_owned(), true));
        }
        let Sent { request_id, outcome } = self.aws.raise_quota(step, desired).await;
        let (error, told, waits) = match outcome {
            Outcome::Done { result, .. } => (None, format!("AWS was asked for {desired} by the request {result}"), true),
            Outcome::Already { code } => (Some(code), "AWS was asked for more before, and has not answered yet".to_owned(), true),
            Outcome::Refused { code, reason } => {
                let told = format!("AWS takes no request for {desired} ({code}: {reason}); {}", by_hand(step));
                let waits = !is_denied(&code);
                (Some(code), told, waits)
            }
            Outcome::NotSent(why) => return Ok((format!("AWS was not asked for more: {why}"), true)),
            // A request that was made all the same is found the next time.
            Outcome::Lost(why) => (None, format!("nobody knows whether AWS was asked for {desired}: {why}"), true),
        };
        let lacks_role = error.as_ref().is_some_and(is_no_role);
        let called = self.beside(order.id(), step, REQUEST, request_id, error);
        self.write(&[called], &[])?;
        if lacks_role { self.make_quota_role(order, step).await } else { Ok((told, waits)) }
    }

    /// Why a step does not ask for more now: it did so lately, and what came of it may still show, or often enough.
    fn asked_before(&self, order: &Order, step: &Step) -> Result<Option<String>, ExecuteError> {
        let past = Past::of(self.course(order.id(), step.number)?, REQUEST);
        let Some(last) = past.last else { return Ok(None) };
        let told = format!("AWS was asked for more at {}, and shows no request that is open", last.at);
        if past.is_spent() {
            return Ok(Some(format!("{told}, and is not asked again; {}", by_hand(step))));
        }
        // A role is in force soon after it was made.
        let is_of_role = last.error.as_ref().is_some_and(is_no_role);
        let pause = if is_of_role { self.terms.patience.again } else { self.terms.patience.listing };
        Ok(past.is_within(pause, self.now()).then_some(told))
    }

    /// Has the role of Service Quotas made where an account lacks it. AWS is asked for more only when it has come into force: what is new in IAM does not
    /// hold everywhere at once.
    async fn make_quota_role(&mut self, order: &Order, step: &Step) -> Result<(String, bool), ExecuteError> {
        if self.is_stopped()? {
            return Ok(("the role of Service Quotas is not made while the kill switch is set".to_owned(), true));
        }
        let Sent { request_id, outcome } = self.aws.make_quota_role(step).await;
        let (error, told, waits) = match outcome {
            Outcome::Done { .. } => {
                (None, "the role of Service Quotas was just made, and AWS is asked for more in a while".to_owned(), true)
            }
            Outcome::Already { code } => (Some(code), "the role of Service Quotas is there, and does not hold yet".to_owned(), true),
            Outcome::Refused { code, reason } => {
                let told = format!("Service Quotas lacks its role, which AWS does not make ({code}: {reason}); {}", by_hand(step));
                let waits = !is_denied(&code);
                (Some(code), told, waits)
            }
            Outcome::NotSent(why) => return Ok((format!("Service Quotas lacks its role, which was not made: {why}"), true)),
            Outcome::Lost(why) => (None, format!("nobody knows whether the role of Service Quotas was made: {why}"), true),
        };
        let called = self.beside(order.id(), step, ROLE, request_id, error);
        self.write(&[called], &[])?;
        Ok((told, waits))
    }
}

/// Whether a code says that the caller may not. All else that refuses a request may pass: too many are open, the role of Service Quotas is new, or the
/// quota is so high already.
fn is_denied(code: &Text) -> bool {
    ["AccessDenied", "Unauthorized", "NotAuthorized"].iter().any(|word| code.as_str().starts_with(word))
}

fn is_no_role(code: &Text) -> bool {
    code.as_str() == NO_ROLE
}
