//! What holds of the books after each step, and between before and after.

use super::play::Effect;
use crate::cloud::Cloud;
use crate::cloud::books::{Books, HeldPlan, HeldReservation, Standing};
use crate::cloud::clock::SETTLE_SECONDS;
use crate::cloud::ec2::{Life, Listing, Modification, ModificationState, Origin, discounted, upfront_left};
use crate::cloud::moment::Moment;
use crate::node::SERVERLESS;
use crate::price::OfferingClass;
use std::collections::{BTreeMap, BTreeSet};
use tenor_money::{Money, Quantity};

/// What rounding may come to where money is divided (rounding rules 1.4 and 4.2).
pub(super) const ROUNDING: Money = Money::from_units(10_000_000);

/// Everything that holds after a step; `effect` is none where time alone has passed.
pub(super) fn check(before: &Books, cloud: &Cloud, effect: Option<&Effect>) {
    let after = &cloud.books;
    nothing_vanishes(before, after, effect);
    if let Some(effect) = effect {
        appears_as_ordered(before, after, effect);
    } else {
        appears_by_itself(before, after);
    }
    ids_are_unique(after);
    for plan in &after.plans {
        is_in_time(plan.standing, (plan.bought, plan.start, plan.end()), after.now, &plan.id, true);
        let is_returned = matches!(plan.standing, Standing::PendingReturn | Standing::Returned);
        assert_eq!(is_returned, plan.returned.is_some(), "{plan:?}");
        assert!(
            plan.standing != Standing::PendingReturn || plan.returned.is_some_and(|at| after.now < at.later(SETTLE_SECONDS)),
            "{plan:?}"
        );
    }
    for held in &after.reserved {
        let is_paid_for = matches!(held.life.origin, Origin::Bought | Origin::Resold);
        is_in_time(held.standing, (held.bought, held.start, held.end), after.now, &held.id, is_paid_for);
        is_at_the_listed_price(cloud, held);
    }
    for modification in before.ec2.modifications.iter().filter(|modification| modification.state == ModificationState::Processing) {
        let now = after.ec2.modifications.iter().find(|now| now.id == modification.id).expect("a modification stays");
        keeps_the_footprint(cloud, now);
    }
    after.ec2.listings.iter().for_each(|listing| sells_what_it_listed(after, listing));
    every_end_has_a_cause(after);
    upfront_money_is_borne_once(after);
}

/// No record is forgotten, and nothing of one changes but where it is in its life; by a call only what it is about.
fn nothing_vanishes(before: &Books, after: &Books, effect: Option<&Effect>) {
    let may_change = |id: &String| effect.is_none_or(|effect| effect.touches.contains(id));
    for (old, new) in before.plans.iter().zip(&after.plans) {
        assert!(may_change(&old.id) || old == new, "a call changed {old:?} to {new:?}");
        assert_eq!(&HeldPlan { standing: old.standing, returned: old.returned, ..new.clone() }, old);
        assert!(leads_to(old.standing, new.standing), "{old:?} became {:?}", new.standing);
    }
    for (old, new) in before.reserved.iter().zip(&after.reserved) {
        assert!(may_change(&old.id) || old == new, "a call changed {old:?} to {new:?}");
        let mut same = HeldReservation { standing: old.standing, end: old.end, ..new.clone() };
        (same.life.term_end, same.life.passed_on) = (old.life.term_end, old.life.passed_on);
        // What was queued meets the volume tiers when it starts.
        if old.standing == Standing::Queued && new.standing != Standing::Queued {
            (same.count, same.upfront, same.hourly) = (old.count, old.upfront, old.hourly);
            same.life.list_value = old.life.list_value;
            same.life.discount_percent = old.life.discount_percent;
        }
        assert_eq!(&same, old);
        assert!(leads_to(old.standing, new.standing), "{old:?} became {:?}", new.standing);
        assert!(new.end == old.end || (new.end < old.end && new.standing == Standing::Retired), "{old:?} became {new:?}");
    }
    assert!(before.plans.len() <= after.plans.len() && before.reserved.len() <= after.reserved.len());
    assert!(before.ec2.listings.len() <= after.ec2.listings.len() && before.ec2.modifications.len() <= after.ec2.modifications.len());
}

/// The edges along which a commitment lives ([BOTO:savingsplans] `SavingsPlanState`, [BOTO:ec2] `ReservedInstanceState`), one or more of them.
fn leads_to(from: Standing, to: Standing) -> bool {
    use Standing::{Active, PaymentFailed, PaymentPending, PendingReturn, Queued, QueuedDeleted, Retired, Returned};
    let next: &[Standing] = match from {
        Queued => &[QueuedDeleted, PaymentPending],
        PaymentPending => &[PaymentFailed, Active],
        Active => &[Retired, PendingReturn],
        PendingReturn => &[Returned],
        QueuedDeleted | PaymentFailed | Retired | Returned => &[],
    };
    from == to || next.iter().any(|next| leads_to(*next, to))
}

/// A call makes what it asks for and nothing else: by number, of the offering, from now on or queued.
fn appears_as_ordered(before: &Books, after: &Books, effect: &Effect) {
    assert_eq!(after.plans.len() - before.plans.len(), usize::from(effect.plan));
    let new = &after.reserved[before.reserved.len()..];
    let Some((offering, count)) = &effect.units else {
        assert!(new.is_empty(), "nobody ordered {new:?}");
        return;
    };
    assert_eq!(new.iter().map(|held| held.count).sum::<u32>(), *count, "{new:?}");
    for held in new {
        assert_eq!(&held.offering, offering);
        assert!(held.start >= after.now && !matches!(held.life.origin, Origin::Modified | Origin::Unsold), "{held:?}");
        let is_exchanged = matches!(held.life.origin, Origin::Exchanged { .. });
        assert_eq!(is_exchanged, !held.life.from.is_empty());
        assert_eq!(is_exchanged, held.standing == Standing::Active, "{held:?}");
    }
}

/// With time, only what was ordered before appears: what something was modified into, what is left of a sale, what a queued order is split into.
fn appears_by_itself(before: &Books, after: &Books) {
    assert_eq!(before.plans.len(), after.plans.len());
    for new in &after.reserved[before.reserved.len()..] {
        match new.life.origin {
            Origin::Modified | Origin::Unsold => assert!(!new.life.from.is_empty(), "{new:?}"),
            Origin::Bought => {
                let is_part = |old: &&HeldReservation| {
                    old.standing == Standing::Queued && (old.start, &old.offering, old.account) == (new.start, &new.offering, new.account)
                };
                assert!(before.reserved.iter().any(|old| is_part(&old)), "nobody ordered {new:?}");
            }
            Origin::Resold | Origin::Exchanged { .. } => panic!("nobody ordered {new:?}"),
        }
    }
    let ordered =
        |books: &Books| -> u32 { books.reserved.iter().filter(|held| held.life.origin == Origin::Bought).map(|held| held.count).sum() };
    assert_eq!(ordered(before), ordered(after), "time made or lost units");
}

/// A plan's, listing's, modification's and EC2's ids are nowhere else; a name that a buyer chose is once in a service, Region and account.
fn ids_are_unique(books: &Books) {
    let mut seen = BTreeSet::new();
    let listings = books.ec2.listings.iter().map(|listing| &listing.id);
    let modifications = books.ec2.modifications.iter().map(|modification| &modification.id);
    let own = books.reserved.iter().map(|held| &held.aws_id).filter(|id| !id.is_empty());
    let of_ec2 = books.reserved.iter().filter(|held| held.product_code == super::instances::PRODUCT).map(|held| &held.id);
    for id in books.plans.iter().map(|plan| &plan.id).chain(listings).chain(modifications).chain(own).chain(of_ec2) {
        assert!(seen.insert(id), "{id} is there twice");
    }
    let mut named = BTreeSet::new();
    for held in &books.reserved {
        let is_serverless = held.usage_type.ends_with(SERVERLESS);
        assert!(named.insert((&held.product_code, is_serverless, held.account, held.region, &held.id)), "{held:?} is there twice");
    }
}

/// A standing is the one of its time.
fn is_in_time(standing: Standing, (bought, start, end): (Moment, Moment, Moment), now: Moment, id: &str, is_paid_for: bool) {
    let paid = if is_paid_for { start.max(bought).later(SETTLE_SECONDS) } else { start };
    let is_right = match standing {
        Standing::Queued => now < start,
        Standing::PaymentPending => start <= now && now < paid,
        Standing::PaymentFailed => paid <= now,
        Standing::Active | Standing::PendingReturn => paid <= now && now < end,
        Standing::Retired => end <= now,
        Standing::QueuedDeleted | Standing::Returned => true,
    };
    assert!(is_right, "{id} is {standing:?} at {now}, bought {bought}, from {start} to {end}");
}

/// What was bought of AWS costs what the offering says, less the volume discount, which is for standard Reserved Instances alone
/// ([EC2:concepts-reserved-instances-application]).
fn is_at_the_listed_price(cloud: &Cloud, held: &HeldReservation) {
    assert!(held.life.discount_percent == 0 || held.class == OfferingClass::Standard, "{held:?}");
    if held.life.origin == Origin::Bought
        && let Some(offer) = cloud.offers.reserved(&held.offering)
    {
        let price = discounted(offer.price, held.life.discount_percent);
        assert_eq!((held.upfront, held.hourly), (price.upfront, price.hourly), "{held:?}");
        assert_eq!((held.class, held.term, held.payment, held.zone), (offer.class, offer.term, offer.payment, offer.zone));
    }
}

fn factor(cloud: &Cloud, held: &HeldReservation) -> Quantity {
    let sku = cloud.offers.skus.iter().find(|sku| sku.usage_type == held.usage_type && sku.operation == held.operation);
    sku.expect("what is held was sold").factor
}

/// [EC2:ri-modifying]: as many normalized units as before, from where the old end, until the last of them would have ended, at the same fee.
fn keeps_the_footprint(cloud: &Cloud, modification: &Modification) {
    let find = |id: &String| cloud.books.reserved.iter().find(|held| held.product_code == super::instances::PRODUCT && held.id == *id);
    let inputs: Vec<&HeldReservation> = modification.inputs.iter().filter_map(find).collect();
    if modification.state != ModificationState::Fulfilled {
        assert!(modification.targets.iter().all(|target| target.made.is_none()));
        return;
    }
    let outputs: Vec<&HeldReservation> =
        modification.targets.iter().map(|target| target.made.as_ref().and_then(find).expect("a target is made")).collect();
    let units = |all: &[&HeldReservation]| all.iter().map(|held| factor(cloud, held).units() * i128::from(held.count)).sum::<i128>();
    assert_eq!(units(&inputs), units(&outputs), "{modification:?}");
    let last = inputs.iter().map(|held| held.term_end()).max();
    for input in &inputs {
        assert_eq!((input.standing, input.end), (Standing::Retired, modification.effective), "{input:?}");
    }
    for output in &outputs {
        assert_eq!((output.start, Some(output.term_end())), (modification.effective, last), "{output:?}");
        assert_eq!((output.account, output.region, output.class), (modification.account, modification.region, inputs[0].class));
        assert_eq!((output.upfront, &output.life.from), (Money::ZERO, &modification.inputs));
    }
    let fee = |all: &[&HeldReservation]| all.iter().map(|held| held.hourly.units() * i128::from(held.count)).sum::<i128>();
    let count: u32 = outputs.iter().map(|held| held.count).sum();
    assert!((fee(&inputs) - fee(&outputs)).abs() <= i128::from(count), "{modification:?} changes the fee");
    let carried: Money = outputs.iter().map(|held| held.life.carried).sum();
    let left: Money = inputs.iter().map(|held| upfront_left(held, modification.effective)).sum();
    assert!((carried - left).abs() <= ROUNDING, "{modification:?} carries {carried} on of {left}");
}

/// [EC2:ri-market-general]: each listed instance is available, pending, sold or cancelled; of the price AWS keeps 12 percent; who bought has what
/// was sold from the moment of the sale on, until the seller's end and at the seller's fee.
fn sells_what_it_listed(books: &Books, listing: &Listing) {
    assert_eq!(listing.left() + listing.sold() + listing.matched + listing.cancelled, listing.count);
    for sale in &listing.sales {
        assert_eq!(sale.fee.units() * 100, sale.price.units() * i128::from(sale.count) * 12, "{listing:?}");
        let Some(buyer) = sale.buyer else { continue };
        assert_ne!(buyer, listing.account, "{listing:?}");
        let is_it = |held: &&HeldReservation| {
            held.life.origin == Origin::Resold
                && (held.account, held.region, held.count, held.upfront, held.start)
                    == (buyer, listing.region, sale.count, sale.price, sale.at)
        };
        let bought = books.reserved.iter().find(is_it).unwrap_or_else(|| panic!("nobody bought {sale:?}"));
        let seller =
            books.reserved.iter().find(|held| held.end == sale.at && held.account == listing.account && held.hourly == bought.hourly);
        assert_eq!(seller.map(HeldReservation::term_end), Some(bought.term_end()), "{sale:?}");
    }
}

/// What ended before its term was modified, exchanged or sold, wholly and once: what follows it begins where it ended.
fn every_end_has_a_cause(books: &Books) {
    let mut followers: BTreeMap<(&str, &str), Vec<&HeldReservation>> = BTreeMap::new();
    for held in &books.reserved {
        for from in &held.life.from {
            followers.entry((&held.product_code, from)).or_default().push(held);
        }
    }
    for held in &books.reserved {
        let after = followers.get(&(held.product_code.as_str(), held.id.as_str())).map(Vec::as_slice).unwrap_or_default();
        let Some(end) = held.life.term_end else {
            assert!(after.is_empty(), "{held:?} goes on and is carried on by {after:?}");
            continue;
        };
        assert!(held.end <= end && held.standing == Standing::Retired, "{held:?}");
        assert!(after.iter().all(|next| (next.start, next.account, next.region) == (held.end, held.account, held.region)), "{held:?}");
        let is_carried = after.iter().any(|next| next.life.origin != Origin::Unsold);
        let sold = if is_carried { 0 } else { sold_of(books, held) };
        let rest: u32 = after.iter().filter(|next| next.life.origin == Origin::Unsold).map(|next| next.count).sum();
        assert!(is_carried || sold + rest == held.count, "{sold} of {held:?} are sold, {rest} are left");
    }
}

/// How many were sold out of a reservation: a sale at its end out of its listing, as many as the rest is fewer.
pub(super) fn sold_of(books: &Books, held: &HeldReservation) -> u32 {
    let rest: u32 = books
        .reserved
        .iter()
        .filter(|next| next.life.origin == Origin::Unsold && next.life.from == [held.id.clone()])
        .map(|next| next.count)
        .sum();
    let wanted = held.count - rest;
    let of_listing = |listing: &&Listing| (listing.account, listing.region) == (held.account, held.region);
    let mut sales = books.ec2.listings.iter().filter(of_listing).flat_map(|listing| &listing.sales);
    sales.find(|sale| (sale.at, sale.count) == (held.end, wanted)).map_or(0, |sale| sale.count)
}

/// Every dollar that was paid upfront is borne by some reservation, and no other one is.
fn upfront_money_is_borne_once(books: &Books) {
    let (mut paid, mut borne) = (Money::ZERO, Money::ZERO);
    for held in &books.reserved {
        let Life { origin, carried, passed_on, .. } = &held.life;
        let own = Money::from_units(held.upfront.units() * i128::from(held.count));
        paid += own + if let Origin::Exchanged { due } = origin { *due } else { Money::ZERO };
        borne += own + *carried - *passed_on;
        assert!(*carried >= Money::ZERO && held.end <= held.term_end(), "{held:?}");
    }
    assert_eq!(paid, borne);
}
