//! Exchanges of convertible Reserved Instances: what both sides are worth, how many of the new there are, what is to be paid.

use super::purchase::{footprint, has_capacity, offer};
use super::records::{Life, Origin};
use super::worth::{Worth, count_for, due, part, six, upfront_left, worth, worth_of};
use super::{HOUR, region, tiers, wrong_input, wrong_value};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Purchase, Standing};
use crate::cloud::moment::Moment;
use crate::cloud::offers::ReservedOffer;
use crate::price::{OfferingClass, Payment, Term};
use crate::sku::{Sku, family_of};
use tenor_money::{Money, Rounding, UnitPrice};
use tenor_wire::Value;

/// [EC2:ri-convertible-exchange]: at least 24 hours must remain.
const LEFT_MIN: i64 = 86_400;

/// An exchange that can be made.
struct Deal {
    given: Vec<(HeldReservation, Worth)>,
    given_worth: Worth,
    offer: ReservedOffer,
    sku: Sku,
    /// How many of the new.
    count: u32,
    got: Worth,
    due: Money,
    end: Moment,
}

/// `GetReservedInstancesExchangeQuote`. What stands against an exchange is part of a good answer.
pub(super) fn quote(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let deal = match deal(cloud, ask)? {
        Ok(deal) => deal,
        Err(reason) => {
            return Ok(Value::of([
                ("IsValidExchange", false.into()),
                ("ValidationFailureReason", reason.into()),
                ("CurrencyCode", "USD".into()),
            ]));
        }
    };
    let given = deal
        .given
        .iter()
        .map(|(held, worth)| Value::of([("ReservedInstanceId", held.id.as_str().into()), ("ReservationValue", value(*worth))]));
    let configuration = Value::of([("OfferingId", deal.offer.id.as_str().into()), ("InstanceCount", i64::from(deal.count).into())]);
    let got = Value::of([("TargetConfiguration", configuration), ("ReservationValue", value(deal.got))]);
    Ok(Value::of([
        ("IsValidExchange", true.into()),
        ("CurrencyCode", "USD".into()),
        ("PaymentDue", six(deal.due.units()).into()),
        ("OutputReservedInstancesWillExpireAt", Value::Time(deal.end.later(-1).timestamp())),
        ("ReservedInstanceValueSet", Value::List(given.collect())),
        ("ReservedInstanceValueRollup", value(deal.given_worth)),
        ("TargetConfigurationValueSet", vec![got].into()),
        ("TargetConfigurationValueRollup", value(deal.got)),
    ]))
}

/// `AcceptReservedInstancesExchangeQuote`: the old end and the new start at this moment ([EC2:ri-convertible-exchange]). There is no client
/// token, but what is exchanged cannot be exchanged again. That the new is active at once is UNVERIFIED.
pub(super) fn accept(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let deal = deal(cloud, ask)?.map_err(wrong_input)?;
    // Nothing below may refuse.
    let now = cloud.books.now;
    // What bills have spread already is not carried on, though an exchange in its running hour is still quoted at the whole value.
    // To eight decimals, as all that is shared out among reservations (rounding rule 1.4).
    let carried = |(held, worth): &(HeldReservation, Worth)| worth.upfront.min(upfront_left(held, now)).round_to(8, Rounding::HalfEven);
    let list_value = tiers::list_value(deal.offer.price, deal.offer.term);
    let id = cloud.fresh_id();
    let order = Purchase { id, account: ask.caller.account, offer: &deal.offer, sku: &deal.sku, count: deal.count, now, start: now };
    let made = HeldReservation {
        upfront: Money::ZERO,
        bought: deal.given.iter().map(|(held, _)| super::listings::owned_since(held)).max().unwrap_or(now),
        end: deal.end,
        standing: Standing::Active,
        life: Life {
            origin: Origin::Exchanged { due: deal.due },
            from: deal.given.iter().map(|(held, _)| held.id.clone()).collect(),
            carried: deal.given.iter().map(carried).sum::<Money>() + deal.due,
            list_value: Money::from_units(list_value.units() * i128::from(deal.count)),
            ..Life::default()
        },
        ..HeldReservation::ordered(order)
    };
    cloud.books.reserved.push(made);
    for given in &deal.given {
        cloud.set_reserved(&given.0.id, |held| held.retire(now, carried(given)));
    }
    let id = format!("riex-{}", cloud.fresh_id());
    Ok(Value::of([("ExchangeId", id.into())]))
}

/// The exchange that is asked for, or why it cannot be made.
fn deal(cloud: &Cloud, ask: &Ask<'_>) -> Result<Result<Deal, String>, Refusal> {
    let (offer, sku) = match target(cloud, ask)? {
        Ok(found) => found,
        Err(reason) => return Ok(Err(reason)),
    };
    let given = given(cloud, ask)?;
    let now = cloud.books.now;
    if let Some(reason) = obstacle(cloud, &given, &offer, now) {
        return Ok(Err(reason));
    }
    let end = given.iter().map(|held| held.end).max().unwrap_or(now);
    let given: Vec<(HeldReservation, Worth)> = given.into_iter().map(|held| (held.clone(), worth_of(&held, now))).collect();
    let given_worth = given.iter().fold(worth(Money::ZERO, UnitPrice::ZERO, 0), |sum, (_, of)| Worth {
        upfront: sum.upfront + of.upfront,
        hourly: sum.hourly + of.hourly,
        total: sum.total + of.total,
    });
    let hours = (end.0 - now.0) / HOUR;
    let each = worth(part(offer.price.upfront, hours * HOUR, offer.term.seconds()), offer.price.hourly, hours);
    let count = count_for(given_worth, each);
    let times = |units: i128| units * i128::from(count);
    let got = Worth {
        upfront: Money::from_units(times(each.upfront.units())),
        hourly: UnitPrice::from_units(times(each.hourly.units())),
        total: Money::from_units(times(each.total.units())),
    };
    if offer.payment == Payment::Nothing && got.hourly < given_worth.hourly {
        return Ok(Err("The hourly price of a No Upfront target must be at least that of the exchanged Reserved Instances".to_owned()));
    }
    if let Some(zone) = offer.zone
        && !has_capacity(cloud, zone, family_of(&sku), footprint(&sku, count))
    {
        return Ok(Err("There is insufficient capacity for the target configuration".to_owned()));
    }
    let due = due(given_worth.upfront, got.upfront);
    Ok(Ok(Deal { given, given_worth, offer, sku, count, got, due, end }))
}

/// The one offering to exchange for ([EC2:ri-convertible-exchange]: of AWS's, in the same Region, one at a time).
fn target(cloud: &Cloud, ask: &Ask<'_>) -> Result<Result<(ReservedOffer, Sku), String>, Refusal> {
    let targets = ask.input.list("TargetConfigurations").unwrap_or_default();
    let Some(first) = targets.first() else {
        return Err(Refusal::new("MissingParameter", "The request must contain the parameter TargetConfigurations"));
    };
    if targets.iter().any(|target| target.at("InstanceCount").is_some()) {
        return Err(wrong_value("TargetConfigurations.InstanceCount is reserved and cannot be specified"));
    }
    let id = first.text("OfferingId").unwrap_or_default();
    let found = region(ask).and_then(|region| offer(cloud, region, id));
    let found =
        found.ok_or_else(|| Refusal::new("InvalidReservedInstancesOfferingId", format!("The offering ID '{id}' does not exist")))?;
    Ok(if targets.len() > 1 {
        Err("Reserved Instances can be exchanged for one offering at a time".to_owned())
    } else if found.0.class != OfferingClass::Convertible {
        Err(format!("The offering {id} is not convertible"))
    } else {
        Ok(found)
    })
}

fn given(cloud: &Cloud, ask: &Ask<'_>) -> Result<Vec<HeldReservation>, Refusal> {
    let mut found: Vec<HeldReservation> = Vec::new();
    for id in ask.texts("ReservedInstanceIds") {
        let held = cloud.own_reserved(ask, id)?;
        if found.iter().any(|other| other.id == held.id) {
            return Err(wrong_value(format!("The ID '{id}' is given twice")));
        }
        found.push(held.clone());
    }
    if found.is_empty() { Err(wrong_value("ReservedInstanceIds must have at least one ID")) } else { Ok(found) }
}

/// What stands against the exchange whatever the sides are worth.
fn obstacle(cloud: &Cloud, given: &[HeldReservation], offer: &ReservedOffer, now: Moment) -> Option<String> {
    for held in given {
        let why = if held.class != OfferingClass::Convertible {
            "are not convertible"
        } else if held.standing != Standing::Active {
            "are not active"
        } else if cloud.is_being_modified(&held.id) {
            "have a pending modification"
        } else if held.end < now.later(LEFT_MIN) {
            "expire in less than 24 hours"
        } else if offer.payment == Payment::Nothing && held.payment != Payment::Nothing {
            "have an upfront price and cannot be exchanged for No Upfront ones"
        } else {
            continue;
        };
        return Some(format!("The Reserved Instances {} {why}", held.id));
    }
    let term = term_of(given.iter().map(|held| held.term));
    (offer.term != term).then(|| format!("The term of the target must be {}", term.text()))
}

/// [EC2:ri-convertible-exchange]: the same term, or the longest of several.
fn term_of(terms: impl Iterator<Item = Term>) -> Term {
    terms.max().unwrap_or(Term::OneYear)
}

fn value(worth: Worth) -> Value {
    Value::of([
        ("RemainingUpfrontValue", six(worth.upfront.units()).into()),
        ("HourlyPrice", six(worth.hourly.units()).into()),
        ("RemainingTotalValue", six(worth.total.units()).into()),
    ])
}

#[cfg(test)]
mod tests {
    use super::term_of;
    use crate::price::Term;

    /// The guide's table: aaaa1111 and bbbb2222 (one year) to one year; with cccc3333 or dddd4444 (three years) to three.
    #[test]
    fn the_term_is_the_longest_of_those_that_are_merged() {
        use Term::{OneYear, ThreeYears};
        let cases = [
            (vec![OneYear], OneYear),
            (vec![OneYear, OneYear], OneYear),
            (vec![OneYear, ThreeYears], ThreeYears),
            (vec![ThreeYears, ThreeYears], ThreeYears),
        ];
        for (terms, wanted) in cases {
            assert_eq!(term_of(terms.iter().copied()), wanted, "{terms:?}");
        }
    }
}
