//! The operations that the sandbox answers, as a table: a capability more is rows more.

use super::ask::{Answered, Ask};
use super::{Cloud, ec2, explorer, iam, papers, quotas, reserved, savings_plans, trail};

/// What answers an operation.
pub(crate) type Answering = fn(&mut Cloud, &Ask<'_>) -> Answered;

/// One operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// As botocore names it.
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    /// Whether it can change anything: such calls are kept for CloudTrail, and the file is written after them.
    pub(crate) changes: bool,
    pub(crate) answer: Answering,
}

/// An operation that only reads.
pub(crate) const fn read(service: &'static str, operation: &'static str, answer: Answering) -> Row {
    Row { service, operation, changes: false, answer }
}

/// An operation that changes something.
pub(crate) const fn change(service: &'static str, operation: &'static str, answer: Answering) -> Row {
    Row { service, operation, changes: true, answer }
}

const SERVICES: [&[Row]; 8] = [
    ec2::OPERATIONS,
    explorer::OPERATIONS,
    iam::OPERATIONS,
    papers::OPERATIONS,
    quotas::OPERATIONS,
    reserved::OPERATIONS,
    savings_plans::OPERATIONS,
    trail::OPERATIONS,
];

/// All of them, service by service.
pub(crate) fn operations() -> impl Iterator<Item = &'static Row> {
    SERVICES.into_iter().flatten()
}

/// The row of an operation.
pub(crate) fn find(service: &str, operation: &str) -> Option<&'static Row> {
    operations().find(|row| row.service == service && row.operation == operation)
}
