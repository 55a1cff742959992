//! Moves of the other services' reservations.

use super::play::{ACCOUNTS, Call, Effect, Move, Play};
use crate::cloud::books::{HeldReservation, Standing};
use crate::node::SERVERLESS;
use crate::random::uuid;
use std::sync::Arc;
use tenor_wire::Value;

/// How one service names what a purchase says, and its refusals ([BOTO:rds], [BOTO:elasticache], [BOTO:memorydb], [BOTO:opensearch],
/// [BOTO:redshift]).
struct Words {
    product: &'static str,
    operation: &'static str,
    offering: &'static str,
    count: &'static str,
    /// Where the buyer can choose a name.
    name: Option<&'static str>,
    must_name: bool,
    has_tags: bool,
    most: u32,
    none: &'static str,
    invalid: &'static str,
    exists: &'static str,
    quota: &'static str,
}

const WORDS: [Words; 5] = [
    Words {
        product: "AmazonRDS",
        operation: "rds:PurchaseReservedDBInstancesOffering",
        offering: "ReservedDBInstancesOfferingId",
        count: "DBInstanceCount",
        name: Some("ReservedDBInstanceId"),
        must_name: false,
        has_tags: true,
        most: 40,
        none: "ReservedDBInstancesOfferingNotFound",
        invalid: "InvalidParameterValue",
        exists: "ReservedDBInstanceAlreadyExists",
        quota: "ReservedDBInstanceQuotaExceeded",
    },
    Words {
        product: "AmazonElastiCache",
        operation: "elasticache:PurchaseReservedCacheNodesOffering",
        offering: "ReservedCacheNodesOfferingId",
        count: "CacheNodeCount",
        name: Some("ReservedCacheNodeId"),
        must_name: false,
        has_tags: true,
        most: 300,
        none: "ReservedCacheNodesOfferingNotFound",
        invalid: "InvalidParameterValue",
        exists: "ReservedCacheNodeAlreadyExists",
        quota: "ReservedCacheNodeQuotaExceeded",
    },
    Words {
        product: "AmazonMemoryDB",
        operation: "memorydb:PurchaseReservedNodesOffering",
        offering: "ReservedNodesOfferingId",
        count: "NodeCount",
        name: Some("ReservationId"),
        must_name: false,
        has_tags: true,
        most: 300,
        none: "ReservedNodesOfferingNotFoundFault",
        invalid: "InvalidParameterValueException",
        exists: "ReservedNodeAlreadyExistsFault",
        quota: "ReservedNodeQuotaExceededFault",
    },
    Words {
        product: "AmazonES",
        operation: "opensearch:PurchaseReservedInstanceOffering",
        offering: "ReservedInstanceOfferingId",
        count: "InstanceCount",
        name: Some("ReservationName"),
        must_name: true,
        has_tags: false,
        most: 100,
        none: "ResourceNotFoundException",
        invalid: "ValidationException",
        exists: "ResourceAlreadyExistsException",
        quota: "LimitExceededException",
    },
    Words {
        product: "AmazonRedshift",
        operation: "redshift:PurchaseReservedNodeOffering",
        offering: "ReservedNodeOfferingId",
        count: "NodeCount",
        name: None,
        must_name: false,
        has_tags: false,
        most: 200,
        none: "ReservedNodeOfferingNotFound",
        invalid: "InvalidParameterValue",
        exists: "",
        quota: "ReservedNodeQuotaExceeded",
    },
];

const SERVERLESS_CREATE: &str = "redshift-serverless:CreateReservation";
const ACCEPT: &str = "redshift:AcceptReservedNodeExchange";

/// A request to buy at most three nodes, the offering that it is of, and how the service words it.
fn order(play: &mut Play) -> Option<(Call, String, &'static Words)> {
    let words = play.one_of(&WORDS).expect("there are services");
    let (account, region) = (play.account(), play.region());
    let is_old = words.product == "AmazonRedshift" && play.chance(2) == 0;
    let (offer, _) = play.offer(if is_old { "old" } else { words.product }, region)?;
    let offering = offer.id;
    let count = 1 + play.chance(3) as i64;
    let mut input = Value::of([(words.offering, offering.as_str().into()), (words.count, count.into())]);
    if let Some(member) = words.name
        && (words.must_name || play.chance(2) == 0)
    {
        let name = play.name();
        input.set(member, name.into());
    }
    if words.has_tags && play.chance(4) == 0 {
        input.set("Tags", vec![Value::of([("Key", "team".into()), ("Value", "core".into())])].into());
    }
    Some((Call { account, region, operation: words.operation, input }, offering, words))
}

/// How many nodes of a service an account has in force in a Region.
fn used(play: &Play, call: &Call, product: &str) -> u32 {
    let in_force = |held: &&HeldReservation| {
        (held.account, held.region, held.product_code.as_str()) == (call.account, call.region, product)
            && !held.usage_type.ends_with(SERVERLESS)
            && matches!(held.standing, Standing::Queued | Standing::PaymentPending | Standing::Active)
    };
    play.cloud.books.reserved.iter().filter(in_force).map(|held| held.count).sum()
}

fn count_of(call: &Call, member: &str) -> u32 {
    if let Some(Value::Integer(count)) = call.input.at(member) { *count as u32 } else { 1 }
}

pub(super) fn buy(play: &mut Play) -> Option<Move> {
    let (mut call, offering, words) = order(play)?;
    let count = count_of(&call, words.count);
    if used(play, &call, words.product) + count > words.most {
        return Some(Move::Wrong(call, words.quota));
    }
    // A name may be that of something else: of another service, Region or account.
    if let Some(member) = words.name
        && play.chance(4) == 0
    {
        let is_free = |name: &str| {
            let is_same = |held: &HeldReservation| {
                (held.account, held.region, held.product_code.as_str(), held.id.as_str())
                    == (call.account, call.region, words.product, name)
            };
            !play.cloud.books.reserved.iter().any(is_same)
        };
        let good = |held: &&HeldReservation| held.id.starts_with(|first: char| first.is_ascii_alphabetic()) && is_free(&held.id);
        let names: Vec<String> = play.cloud.books.reserved.iter().filter(good).map(|held| held.id.clone()).collect();
        if let Some(name) = play.one_of(&names) {
            call.input.set(member, name.as_str().into());
        }
    }
    Some(Move::Legal(call, Effect { units: Some((offering, count)), ..Effect::default() }, None))
}

pub(super) fn wrong_order(play: &mut Play) -> Option<Move> {
    let (mut call, _, words) = order(play)?;
    match play.chance(6) {
        0 => call.input.set(words.offering, uuid(&[play.chance(1_000)]).into()),
        1 => {
            // Of another service, or of another Region.
            let offers = Arc::clone(&play.cloud.offers);
            let other = play.one_of(&offers.reserved)?;
            let sku = &offers.skus[other.sku];
            if (sku.product_code, sku.region) == (words.product, call.region) {
                return None;
            }
            call.input.set(words.offering, other.id.as_str().into());
        }
        2 => {
            call.input.set(words.count, play.one_of(&[0_i64, -1]).copied()?.into());
            return Some(Move::Wrong(call, words.invalid));
        }
        3 => {
            call.input.set(words.count, i64::from(words.most + 1 - used(play, &call, words.product).min(words.most)).into());
            return Some(Move::Wrong(call, words.quota));
        }
        4 => {
            let bad = if words.must_name { "four" } else { "bad--name" };
            call.input.set(words.name?, bad.into());
            return Some(Move::Wrong(call, words.invalid));
        }
        _ => {
            let fits = |held: &&HeldReservation| {
                held.product_code == words.product && !held.id.starts_with("ri-") && words.name.is_some() && held.aws_id != held.id
            };
            let taken: Vec<HeldReservation> = play.cloud.books.reserved.iter().filter(fits).cloned().collect();
            let taken = play.one_of(&taken)?.clone();
            let offers = Arc::clone(&play.cloud.offers);
            let offer = offers.reserved(&taken.offering)?;
            (call.account, call.region) = (taken.account, taken.region);
            call.input.set(words.offering, offer.id.as_str().into());
            call.input.set(words.name?, taken.id.into());
            return Some(Move::Wrong(call, words.exists));
        }
    }
    Some(Move::Wrong(call, words.none))
}

/// A request to reserve processing units, and the offering that it is of.
fn units_order(play: &mut Play) -> Option<(Call, String)> {
    let (account, region) = (play.account(), play.region());
    let answer = play.read(account, region, "redshift-serverless:ListReservationOfferings", Value::of([]));
    let sold = answer.list("reservationOfferingsList").unwrap_or_default();
    let offering = play.one_of(sold)?.text("offeringId")?.to_owned();
    let capacity = 1 + play.chance(100) as i64;
    let input = Value::of([("offeringId", offering.as_str().into()), ("capacity", capacity.into())]);
    Some((Call { account, region, operation: SERVERLESS_CREATE, input }, offering))
}

fn units_used(play: &Play, call: &Call) -> u32 {
    let in_force = |held: &&HeldReservation| {
        (held.account, held.region) == (call.account, call.region)
            && held.usage_type.ends_with(SERVERLESS)
            && matches!(held.standing, Standing::PaymentPending | Standing::Active)
    };
    play.cloud.books.reserved.iter().filter(in_force).map(|held| held.count).sum()
}

pub(super) fn buy_units(play: &mut Play) -> Option<Move> {
    let (mut call, offering) = units_order(play)?;
    let count = count_of(&call, "capacity");
    if units_used(play, &call) + count > 1024 {
        return Some(Move::Wrong(call, "ServiceQuotaExceededException"));
    }
    let token = (play.chance(2) == 0).then_some("clientToken");
    if let Some(member) = token {
        let name = play.name();
        call.input.set(member, uuid(&[crate::sku::text_key(&name)]).into());
    }
    Some(Move::Legal(call, Effect { units: Some((offering, count)), ..Effect::default() }, token))
}

pub(super) fn wrong_units(play: &mut Play) -> Option<Move> {
    let (mut call, _) = units_order(play)?;
    let (member, value, code): (_, Value, _) = match play.chance(4) {
        0 => ("offeringId", uuid(&[play.chance(1_000)]).into(), "ResourceNotFoundException"),
        1 => ("capacity", 0.into(), "ValidationException"),
        2 => ("capacity", i64::from(1025 - units_used(play, &call)).into(), "ServiceQuotaExceededException"),
        _ => ("clientToken", "mine".into(), "ValidationException"),
    };
    call.input.set(member, value);
    Some(Move::Wrong(call, code))
}

/// Exchanges a DC1 node once; of one that cannot be exchanged it is refused ([BOTO:redshift AcceptReservedNodeExchange]).
pub(super) fn exchange(play: &mut Play) -> Option<Move> {
    let is_node = |held: &&HeldReservation| held.product_code == "AmazonRedshift" && !held.usage_type.ends_with(SERVERLESS);
    let all: Vec<HeldReservation> = play.cloud.books.reserved.iter().filter(is_node).cloned().collect();
    let node = play.one_of(&all)?.clone();
    let target = uuid(&[play.chance(1_000)]);
    let mut input = Value::of([("ReservedNodeId", node.id.as_str().into()), ("TargetReservedNodeOfferingId", target.into())]);
    let mut call = Call { account: node.account, region: node.region, operation: ACCEPT, input: input.clone() };
    let code = if all.iter().any(|other| other.life.from.contains(&node.id)) {
        "ReservedNodeAlreadyMigrated"
    } else if play.chance(6) == 0 {
        call.account = (node.account + 1) % ACCOUNTS;
        "ReservedNodeNotFound"
    } else if node.standing != Standing::Active {
        "InvalidReservedNodeState"
    } else if !node.usage_type.contains("dc1.") {
        "UnsupportedOperation"
    } else if play.chance(4) == 0 {
        "ReservedNodeOfferingNotFound"
    } else {
        let answer = play.read(node.account, node.region, "redshift:GetReservedNodeExchangeOfferings", input.clone());
        let offering = answer.list("ReservedNodeOfferings")?.first()?.text("ReservedNodeOfferingId")?.to_owned();
        input.set("TargetReservedNodeOfferingId", offering.as_str().into());
        let effect = Effect { touches: vec![node.id.clone()], units: Some((offering, node.count)), ..Effect::default() };
        return Some(Move::Legal(Call { input, ..call }, effect, None));
    };
    Some(Move::Wrong(call, code))
}
