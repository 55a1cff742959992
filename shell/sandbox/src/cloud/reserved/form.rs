//! What differs between services that sell reservations of nodes: the names of members and errors, and what else a record tells.

use crate::cloud::pages::Paging;
use crate::cloud::quotas::Quota;
use crate::price::Payment;
use crate::sku::Sku;
use tenor_wire::Value;

/// A service that sells reservations of nodes.
pub(super) trait Shop {
    const FORM: Form;
}

/// How a service words them.
pub(super) struct Form {
    /// `AmazonRDS`.
    pub(super) product_code: &'static str,
    /// The member with an offering's id.
    pub(super) offering: &'static str,
    /// The member with a reservation's id, or with the name that its buyer chose.
    pub(super) id: &'static str,
    pub(super) naming: Naming,
    /// The member with AWS's own id beside a chosen name.
    pub(super) own_id: Option<&'static str>,
    /// The member by which one reservation is asked for.
    pub(super) found_by: &'static str,
    /// The member with a reservation's ARN.
    pub(super) arn: Option<&'static str>,
    pub(super) node_type: &'static str,
    pub(super) count: &'static str,
    pub(super) payment: &'static str,
    pub(super) payment_text: fn(Payment) -> &'static str,
    /// The list of what is on sale.
    pub(super) sold: &'static str,
    /// The list of what is held.
    pub(super) held: &'static str,
    /// What a purchase answers with; none where it answers with the ids alone.
    pub(super) bought: Option<&'static str>,
    /// Whether a SKU's reservations are sold.
    pub(super) sells: fn(&Sku) -> bool,
    /// What a record tells besides.
    pub(super) facts: fn(&Sku) -> Vec<(&'static str, Value)>,
    /// Members of a question for offerings that need only be a part of a record's.
    pub(super) partial: &'static [&'static str],
    pub(super) paging: Paging,
    pub(super) codes: Codes,
    /// The quota of Service Quotas that limits purchases, where there is one.
    pub(super) listed: Option<&'static Quota>,
    /// How many nodes an account may have reserved in a Region, unless that quota says otherwise. UNVERIFIED for all services: their defaults are
    /// not in the documentation at hand.
    pub(super) quota: u32,
}

/// Who names a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// AWS alone, with a UUID.
    Aws,
    /// The buyer, or AWS where the buyer does not.
    Maybe,
    /// The buyer, with at least and at most so many characters.
    Buyer(usize, usize),
}

/// What a service calls its refusals.
pub(super) struct Codes {
    /// The name is taken.
    pub(super) exists: &'static str,
    /// No such offering.
    pub(super) no_offering: &'static str,
    /// No such reservation.
    pub(super) none_held: &'static str,
    /// More nodes than an account may reserve.
    pub(super) quota: &'static str,
    /// A parameter's value is wrong.
    pub(super) invalid: &'static str,
    /// More tags than a resource may have.
    pub(super) tags: &'static str,
}
