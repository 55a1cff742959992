//! EC2 Reserved Instances: sold, queued, modified, exchanged, resold.

mod describe;
mod exchange;
mod filters;
#[cfg(test)]
mod laws;
mod listings;
mod market;
mod modify;
mod processing;
mod purchase;
mod records;
mod resale;
mod sale;
mod tags;
mod tiers;
mod worth;

pub(super) use records::{Ec2Books, Life, Modification, ModificationState, Origin};
#[cfg(test)]
pub(super) use records::{Listing, ListingState, Target};
#[cfg(test)]
pub(super) use tiers::discounted;
pub(super) use worth::upfront_left;

use super::Cloud;
use super::ask::{Ask, Refusal};
use super::books::{HeldReservation, Standing};
use super::moment::Moment;
use super::table::{Row, change, read};
use crate::region::{REGIONS, ZONES};
use crate::sku::{Kind, Sku};
use std::fmt::Display;
use tenor_money::Money;
use tenor_wire::{Decimal, Value};

const SERVICE: &str = "ec2";
const PRODUCT: &str = "AmazonEC2";
/// AWS's month of marketplace durations ([BOTO:ec2] `MinDuration`: 2,592,000 seconds are one month).
const MONTH: i64 = 2_592_000;
const HOUR: i64 = 3600;

pub(super) const OPERATIONS: &[Row] = &[
    read(SERVICE, "DescribeReservedInstancesOfferings", sale::offerings),
    read(SERVICE, "DescribeReservedInstances", describe::reserved),
    read(SERVICE, "DescribeReservedInstancesModifications", processing::describe),
    read(SERVICE, "DescribeReservedInstancesListings", listings::describe),
    read(SERVICE, "GetReservedInstancesExchangeQuote", exchange::quote),
    change(SERVICE, "PurchaseReservedInstancesOffering", purchase::purchase),
    change(SERVICE, "DeleteQueuedReservedInstances", purchase::delete_queued),
    change(SERVICE, "ModifyReservedInstances", modify::modify),
    change(SERVICE, "AcceptReservedInstancesExchangeQuote", exchange::accept),
    change(SERVICE, "CreateReservedInstancesListing", listings::create),
    change(SERVICE, "CancelReservedInstancesListing", listings::cancel),
    change(SERVICE, "CreateTags", tags::create),
];

/// Refuses a member's value.
fn wrong_value(message: impl Display) -> Refusal {
    Refusal::new("InvalidParameterValue", message)
}

/// Refuses what a reservation or a listing does not allow. AWS documents the code for listings alone ([EC2API:errors-overview]); that
/// modifications and exchanges are refused with it is UNVERIFIED.
fn wrong_input(message: impl Display) -> Refusal {
    Refusal::new("InvalidInput", message)
}

/// The index of the Region that is asked; none for one in which nothing is sold.
fn region(ask: &Ask<'_>) -> Option<u32> {
    REGIONS.iter().position(|region| region.code == ask.region).map(|index| index as u32)
}

/// A number of instances in a request.
fn count(value: &Value, member: &str) -> Result<u32, Refusal> {
    let Some(Value::Integer(number)) = value.at(member) else {
        return Err(Refusal::new("MissingParameter", format!("The request must contain the parameter {member}")));
    };
    u32::try_from(*number)
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| wrong_value(format!("{number} is no valid value of {member}: it must be at least 1")))
}

/// Checks a client token: at most 64 characters of ASCII ([EC2API:ec2-api-idempotency]).
fn check_token(ask: &Ask<'_>) -> Result<(), Refusal> {
    match ask.text("ClientToken") {
        Some(token) if token.len() > 64 || !token.is_ascii() => Err(wrong_value("ClientToken must be at most 64 ASCII characters")),
        _ => Ok(()),
    }
}

/// An amount as a double of the wire.
fn decimal(amount: impl Display) -> Value {
    Value::Decimal(Decimal::parse(&amount.to_string()).expect("an exact amount prints as a decimal"))
}

/// What AWS calls the platform of a SKU's operation.
fn product_description(operation: &str) -> &'static str {
    if operation == "RunInstances:0002" { "Windows" } else { "Linux/UNIX" }
}

/// `m5.large` of `USW2-BoxUsage:m5.large`.
fn type_of(usage_type: &str) -> &str {
    usage_type.rsplit(':').next().unwrap_or_default()
}

/// The id of a zone, `use1-az1`. Every simulated account gives a zone the same name, which AWS's accounts do not.
fn zone_id(zone: u32) -> String {
    let short = ["use1", "usw2", "euw1"][(zone / ZONES) as usize];
    format!("{short}-az{}", zone % ZONES + 1)
}

/// The zone of a Region that a request names or gives the id of.
fn zone_named(region: u32, name: Option<&str>, id: Option<&str>) -> Result<Option<u32>, Refusal> {
    let zones = region * ZONES..(region + 1) * ZONES;
    let find = |what: &str, fits: &dyn Fn(u32) -> bool| {
        zones.clone().find(|zone| fits(*zone)).ok_or_else(|| wrong_value(format!("Invalid availability zone: [{what}]")))
    };
    match (name, id) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => {
            Err(Refusal::new("InvalidParameterCombination", "Either AvailabilityZone or AvailabilityZoneId can be specified, but not both"))
        }
        (Some(name), None) => find(name, &|zone| crate::region::zone_name(zone) == name).map(Some),
        (None, Some(id)) => find(id, &|zone| zone_id(zone) == id).map(Some),
    }
}

/// The API's word ([BOTO:ec2] `ReservedInstanceState`).
fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::Queued => "queued",
        Standing::QueuedDeleted => "queued-deleted",
        Standing::PaymentPending => "payment-pending",
        Standing::PaymentFailed => "payment-failed",
        Standing::Active => "active",
        Standing::Retired | Standing::PendingReturn | Standing::Returned => "retired",
    }
}

/// Whether a reservation is one of the caller's account in the Region that is asked.
fn is_own(ask: &Ask<'_>, held: &HeldReservation) -> bool {
    held.product_code == PRODUCT && held.account == ask.caller.account && Some(held.region) == region(ask)
}

impl HeldReservation {
    /// The first second after its term, whether or not it lived to see it.
    pub(crate) fn term_end(&self) -> Moment {
        self.life.term_end.unwrap_or(self.end)
    }

    /// Ends it before its term does; others carry on so much of its upfront money.
    pub(crate) fn retire(&mut self, at: Moment, passed_on: Money) {
        self.life.term_end = Some(self.term_end());
        self.life.passed_on = passed_on;
        (self.end, self.standing) = (at, Standing::Retired);
    }
}

impl Cloud {
    /// What time does to EC2's reservations before their standing moves on: queued ones meet the volume tiers.
    pub(super) fn begin_queued(&mut self, to: Moment) {
        tiers::begin(self, to);
    }

    /// What time does to them afterwards: modifications are carried out, listings are sold.
    pub(super) fn settle_ec2(&mut self, at: Moment) {
        processing::carry_out(self, at);
        resale::pass(self, at);
    }

    /// When the next modification is carried out, or something happens to a listing.
    pub(super) fn next_of_ec2(&self) -> Option<Moment> {
        processing::next(self).into_iter().chain(resale::next(self)).min()
    }

    /// A reservation of the caller's account in the Region that is asked.
    fn own_reserved(&self, ask: &Ask<'_>, id: &str) -> Result<&HeldReservation, Refusal> {
        let found = self.instances(id).filter(|held| is_own(ask, held));
        found.ok_or_else(|| Refusal::new("InvalidReservedInstancesId", format!("The ID '{id}' does not exist")))
    }

    /// Reserved Instances, whosever they are. Another service may have a reservation whose buyer chose the same name.
    fn instances(&self, id: &str) -> Option<&HeldReservation> {
        self.books.reserved.iter().find(|held| held.product_code == PRODUCT && held.id == id)
    }

    /// Changes Reserved Instances that are known to be there.
    fn set_reserved(&mut self, id: &str, set: impl FnOnce(&mut HeldReservation)) {
        if let Some(held) = self.books.reserved.iter_mut().find(|held| held.product_code == PRODUCT && held.id == id) {
            set(held);
        }
    }

    /// The SKU of an instance type that reservations are for, by how it is metered.
    fn instance_sku(&self, usage_type: &str, operation: &str) -> Option<&Sku> {
        self.offers.skus.iter().find(|sku| {
            sku.usage_type == usage_type && sku.operation == operation && matches!(sku.kind, Kind::Ec2 { .. }) && !sku.unused_capacity
        })
    }

    /// The SKU of a reservation.
    fn sku_of(&self, held: &HeldReservation) -> &Sku {
        self.instance_sku(&held.usage_type, &held.operation).expect("a reservation is for something that was on sale")
    }

    /// Whether a modification of the reservation is under way.
    fn is_being_modified(&self, id: &str) -> bool {
        let pending = |modification: &&records::Modification| modification.state == records::ModificationState::Processing;
        self.books.ec2.modifications.iter().filter(pending).any(|modification| modification.inputs.iter().any(|input| input == id))
    }

    /// Whether it is on sale, or matched with a buyer.
    fn is_listed(&self, id: &str) -> bool {
        self.books.ec2.listings.iter().any(|listing| (listing.is_open() || listing.matched > 0) && listing.reservation == id)
    }
}
