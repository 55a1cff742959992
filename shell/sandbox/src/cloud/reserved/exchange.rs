//! Exchanging Redshift's DC1 nodes for DC2 nodes: the same term, payment, number and price, at no cost, once ([BOTO:redshift
//! AcceptReservedNodeExchange]).

use super::form::{Form, Shop};
use super::record::terms;
use super::shops::Redshift;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::ec2::{Life, Origin, upfront_left};
use crate::cloud::offers::ReservedOffer;
use crate::price::ReservedPrice;
use crate::random::uuid;
use crate::sku::{Sku, instance_type_of, text_key};
use tenor_money::Money;
use tenor_wire::Value;

const FORM: &Form = &Redshift::FORM;

/// `GetReservedNodeExchangeOfferings`: a fee is not asked for again, so it is nothing, as AWS's example has it.
pub(super) fn offerings(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let source = cloud.exchangeable(ask)?;
    let free = |(offer, sku): (&ReservedOffer, &Sku)| {
        let price = ReservedPrice { upfront: Money::ZERO, ..offer.price };
        terms(FORM, sku, &offer.id, (offer.term, offer.payment), price)
    };
    let found = cloud.sold(FORM, ask).filter(|(offer, sku)| cloud.succeeds(offer, sku, &source)).map(free).collect();
    cloud.page_of(FORM, ask, "ReservedNodeOfferings", found)
}

/// `AcceptReservedNodeExchange`.
pub(super) fn accept(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let source = cloud.exchangeable(ask)?;
    let target = ask.text("TargetReservedNodeOfferingId").unwrap_or_default();
    let (offer, sku) = cloud.offer(FORM, ask, target)?;
    if !cloud.succeeds(offer, sku, &source) {
        // UNVERIFIED: AWS does not say which of its refusals this is.
        return Err(unsupported(format!("Reserved node {} cannot be exchanged for offering {target}", source.id)));
    }
    let (offer, sku) = (offer.clone(), sku.clone());
    // Nothing below may refuse.
    let now = cloud.books.now;
    let left = upfront_left(&source, now);
    let made = HeldReservation {
        id: cloud.fresh_id(),
        offering: offer.id,
        usage_type: sku.usage_type.clone(),
        operation: sku.operation.to_owned(),
        upfront: Money::ZERO,
        hourly: offer.price.hourly,
        bought: now,
        start: now,
        standing: Standing::Active,
        life: Life { origin: Origin::Exchanged { due: Money::ZERO }, from: vec![source.id.clone()], carried: left, ..Life::default() },
        ..source.clone()
    };
    let is_source = |held: &&mut HeldReservation| held.product_code == FORM.product_code && held.id == source.id;
    for held in cloud.books.reserved.iter_mut().filter(is_source) {
        held.retire(now, left);
    }
    cloud.books.reserved.push(made.clone());
    Ok(Value::of([("ExchangedReservedNode", cloud.reservation(FORM, &made, &sku))]))
}

/// `DescribeReservedNodeExchangeStatus`. That it tells these exchanges too, and not those of a resize alone, is UNVERIFIED.
pub(super) fn statuses(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (node, request) = (ask.text("ReservedNodeId"), ask.text("ReservedNodeExchangeRequestId"));
    if let Some(node) = node {
        cloud.own_node(ask, node)?;
    }
    let made = cloud.own(FORM, ask).filter(|(made, _)| !made.life.from.is_empty());
    let asked = |value: &Value| {
        node.is_none_or(|id| value.text("SourceReservedNodeId") == Some(id))
            && request.is_none_or(|id| value.text("ReservedNodeExchangeRequestId") == Some(id))
    };
    let found: Vec<Value> = made.filter_map(|(made, sku)| cloud.status(ask, made, sku)).filter(asked).collect();
    if let Some(id) = request.filter(|_| found.is_empty()) {
        // AWS spells it so.
        return Err(Refusal::new("ReservedNodeExchangeNotFond", format!("The exchange request {id} was not found")));
    }
    cloud.page_of(FORM, ask, "ReservedNodeExchangeStatusDetails", found)
}

fn unsupported(message: String) -> Refusal {
    Refusal::new("UnsupportedOperation", message)
}

impl Cloud {
    /// A reserved node of the caller's.
    fn own_node(&self, ask: &Ask<'_>, id: &str) -> Result<(&HeldReservation, &Sku), Refusal> {
        let found = self.own(FORM, ask).find(|(held, _)| held.id == id);
        found.ok_or_else(|| Refusal::new(FORM.codes.none_held, format!("Reserved node {id} was not found")))
    }

    /// The node that is to be exchanged: a DC1 node that is active and was not exchanged before.
    fn exchangeable(&self, ask: &Ask<'_>) -> Result<HeldReservation, Refusal> {
        let id = ask.text("ReservedNodeId").unwrap_or_default();
        let (held, sku) = self.own_node(ask, id)?;
        if self.own(FORM, ask).any(|(later, _)| later.life.from.iter().any(|before| before == id)) {
            return Err(Refusal::new("ReservedNodeAlreadyMigrated", format!("Reserved node {id} has already been exchanged")));
        }
        if held.standing != Standing::Active {
            return Err(Refusal::new("InvalidReservedNodeState", format!("Reserved node {id} is {} and not active", self.state(held))));
        }
        if !instance_type_of(sku).starts_with("dc1.") {
            return Err(unsupported(format!("Reserved node {id} is of {} and not of DC1", instance_type_of(sku))));
        }
        Ok(held.clone())
    }

    /// Whether an offering is what a DC1 node can be exchanged for.
    fn succeeds(&self, offer: &ReservedOffer, sku: &Sku, source: &HeldReservation) -> bool {
        let size = |usage_type: &str| usage_type.rsplit_once("dc1.").map(|(_, size)| format!("dc2.{size}"));
        size(&source.usage_type).as_deref() == Some(instance_type_of(sku))
            && (offer.term, offer.payment, offer.price.hourly) == (source.term, source.payment, source.hourly)
    }

    fn status(&self, ask: &Ask<'_>, made: &HeldReservation, sku: &Sku) -> Option<Value> {
        let (source, source_sku) = self.own_node(ask, made.life.from.first()?).ok()?;
        let request = uuid(&[self.books.setup.seed, 44, text_key(&made.id)]);
        let status = if self.is_being_exchanged(made) { "IN_PROGRESS" } else { "SUCCEEDED" };
        Some(Value::of([
            ("ReservedNodeExchangeRequestId", request.into()),
            ("Status", status.into()),
            ("RequestTime", Value::Time(made.bought.timestamp())),
            ("SourceReservedNodeId", source.id.as_str().into()),
            ("SourceReservedNodeType", instance_type_of(source_sku).into()),
            ("SourceReservedNodeCount", i64::from(source.count).into()),
            ("TargetReservedNodeOfferingId", made.offering.as_str().into()),
            ("TargetReservedNodeType", instance_type_of(sku).into()),
            ("TargetReservedNodeCount", i64::from(made.count).into()),
        ]))
    }
}
