//! The rows, by area, and the look-ups in them. Adding a capability is adding rows; nothing here knows one by name.

mod analytics;
mod bills;
mod connect;
mod databases;
mod ec2;
mod explorer;
mod plans;
mod quotas;
#[cfg(test)]
mod tests;

use crate::row::{Capability, Grant, Operation};
use std::collections::BTreeMap;

const AREAS: [&[Capability]; 8] = [
    connect::CAPABILITIES,
    bills::CAPABILITIES,
    explorer::CAPABILITIES,
    plans::CAPABILITIES,
    ec2::CAPABILITIES,
    databases::CAPABILITIES,
    analytics::CAPABILITIES,
    quotas::CAPABILITIES,
];

/// Every capability, area by area.
pub fn capabilities() -> impl Iterator<Item = &'static Capability> {
    AREAS.into_iter().flatten()
}

/// Every operation, once, by service and name. What is not here cannot be called.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    let all =
        capabilities().flat_map(|capability| capability.operations).map(|operation| ((operation.service, operation.name), *operation));
    all.collect::<BTreeMap<_, _>>().into_values()
}

impl Capability {
    /// The capability of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        capabilities().find(|capability| capability.name == name)
    }

    /// Every capability that needs this IAM action.
    pub fn needing(action: &str) -> impl Iterator<Item = &'static Self> {
        let needs = move |capability: &&Self| capability.operations.iter().any(|operation| operation.needs(action).is_some());
        capabilities().filter(needs)
    }
}

impl Operation {
    /// The operation `name` of `service`, both as botocore names them: `("opensearch", "DescribeReservedInstances")`.
    #[must_use]
    pub fn find(service: &str, name: &str) -> Option<&'static Self> {
        let all = capabilities().flat_map(|capability| capability.operations);
        all.copied().find(|operation| operation.service == service && operation.name == name)
    }

    /// Every operation that needs this IAM action.
    pub fn needing(action: &str) -> impl Iterator<Item = &'static Self> {
        operations().filter(move |operation| operation.needs(action).is_some())
    }

    /// Every capability that may call it.
    pub fn capabilities(&'static self) -> impl Iterator<Item = &'static Capability> {
        capabilities().filter(move |capability| capability.operations.contains(&self))
    }

    /// The grant of that action, if this operation needs it.
    #[must_use]
    pub fn needs(&self, action: &str) -> Option<&'static Grant> {
        self.grants.iter().find(|grant| grant.action == action)
    }
}
