//! What becomes of listings: buyers come by chance, the likelier the cheaper they are had against new ones.

use super::records::{Listing, ListingState, Match, Origin, Sale, Seller};
use super::worth::{months_left, upfront_left};
use super::{HOUR, Life};
use crate::cloud::Cloud;
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::clock::SETTLE_SECONDS;
use crate::cloud::moment::Moment;
use crate::exact::running_share;
use crate::price_list::reserved_prices;
use crate::random::below;
use tenor_money::{Money, Quantity, Rounding};

/// [EC2:ri-market-general]: what AWS keeps of the upfront price that is charged.
const FEE_PERCENT: i128 = 12;
const DAY: i64 = 86_400;

/// What happens to listings at a moment: who has paid has bought; listings open and end; buyers come by chance, one a day at most for each.
pub(super) fn pass(cloud: &mut Cloud, at: Moment) {
    settle_matches(cloud);
    let open: Vec<String> = cloud.books.ec2.listings.iter().filter(|listing| listing.is_open()).map(|listing| listing.id.clone()).collect();
    for id in open {
        let Some((listing, held)) =
            cloud.listing(&id).and_then(|listing| Some((listing.clone(), cloud.listed_reservation(listing)?.clone())))
        else {
            continue;
        };
        if listing.state == ListingState::Pending && opens_at(&listing) <= at {
            cloud.set_listing(&id, |listing| (listing.state, listing.updated) = (ListingState::Active, at));
        }
        if held.end <= at {
            cloud.set_listing(&id, |listing| (listing.state, listing.updated) = (ListingState::Closed, held.end));
        } else if next_day(&listing) <= at {
            cloud.set_listing(&id, |listing| listing.decided = at);
            // While a buyer's payment is on its way, nobody else comes.
            let buyer = if listing.matched == 0 { buyer(cloud, &listing, &held, at) } else { None };
            if let Some((count, price)) = buyer {
                sell(cloud, &id, count, price, at, None);
            }
        }
    }
}

/// When something happens to a listing next.
pub(super) fn next(cloud: &Cloud) -> Option<Moment> {
    let next = |listing: &Listing| {
        let held = cloud.listed_reservation(listing)?;
        let opens = if listing.state == ListingState::Pending { opens_at(listing) } else { held.end };
        Some(opens.min(next_day(listing)).min(held.end))
    };
    cloud.books.ec2.listings.iter().filter(|listing| listing.is_open()).filter_map(next).min()
}

fn opens_at(listing: &Listing) -> Moment {
    listing.created.later(SETTLE_SECONDS)
}

/// The next day on which a buyer may come.
fn next_day(listing: &Listing) -> Moment {
    listing.decided.later(DAY)
}

/// What buyers were matched with is theirs from the start of their reservation on once their payment is through; if it fails, it is on sale again
/// ([EC2:ri-market-general]: instances are available, pending, sold or cancelled; that payment is what they are pending for is UNVERIFIED).
fn settle_matches(cloud: &mut Cloud) {
    let standing = |matched: &Match| cloud.instances(&matched.reservation).map(|bought| bought.standing);
    let is_waiting = |matched: &Match| standing(matched) == Some(Standing::PaymentPending);
    let (waiting, through): (Vec<Match>, Vec<Match>) = cloud.books.ec2.matches.iter().cloned().partition(is_waiting);
    for matched in through {
        let Some(bought) = cloud.instances(&matched.reservation).cloned() else { continue };
        let fails = bought.standing == Standing::PaymentFailed;
        match matched.seller {
            Seller::Stranger(lot) if fails => {
                let taken = cloud.books.ec2.taken.entry(lot).or_default();
                *taken = taken.saturating_sub(matched.count);
            }
            Seller::Stranger(_) => {}
            Seller::Listing(listing) => {
                let now = cloud.books.now;
                cloud.set_listing(&listing, |listing| {
                    listing.matched -= matched.count;
                    listing.updated = now;
                    if fails && !listing.is_open() {
                        listing.cancelled += matched.count;
                    }
                });
                if !fails {
                    sell(cloud, &listing, matched.count, bought.upfront, bought.start, Some(bought.account));
                }
            }
        }
    }
    cloud.books.ec2.matches = waiting;
}

/// Sells some of a listing: the reservation is retired, and a smaller one takes its place where some are left ([EC2:ri-market-general]).
fn sell(cloud: &mut Cloud, listing: &str, count: u32, price: Money, at: Moment, buyer: Option<u32>) {
    let Some(found) = cloud.listing(listing).cloned() else { return };
    let Some(held) = cloud.listed_reservation(&found).cloned() else { return };
    let mut reservation = held.id.clone();
    let mut passed_on = Money::ZERO;
    if held.count > count {
        let mut rest = rest_of(&held, held.count - count, at);
        passed_on = rest.life.carried;
        rest.id = cloud.fresh_id();
        reservation.clone_from(&rest.id);
        cloud.books.reserved.push(rest);
    }
    cloud.set_reserved(&held.id, |held| held.retire(at, passed_on));
    let total = Money::from_units(price.units() * i128::from(count));
    let fee = total.share(FEE_PERCENT, 100, Rounding::HalfEven);
    let now = cloud.books.now;
    cloud.set_listing(listing, |listing| {
        listing.sales.push(Sale { at, count, price, fee, buyer });
        (listing.reservation, listing.updated) = (reservation, now);
        if listing.is_open() && listing.left() + listing.matched == 0 {
            listing.state = ListingState::Closed;
        }
    });
}

/// What is left of a reservation when only so many of it stay: what they paid upfront goes with them (UNVERIFIED).
fn rest_of(held: &HeldReservation, count: u32, at: Moment) -> HeldReservation {
    let part = |of: Money| running_share(of, 0, i128::from(count), i128::from(held.count));
    let life = Life {
        origin: Origin::Unsold,
        from: vec![held.id.clone()],
        carried: part(upfront_left(held, at)),
        list_value: part(held.life.list_value),
        discount_percent: held.life.discount_percent,
        ..Life::default()
    };
    HeldReservation {
        count,
        upfront: Money::ZERO,
        bought: super::listings::owned_since(held),
        start: at,
        end: held.term_end(),
        standing: Standing::Active,
        life,
        ..held.clone()
    }
}

/// How many a buyer of the day takes, and at which price.
fn buyer(cloud: &Cloud, listing: &Listing, held: &HeldReservation, at: Moment) -> Option<(u32, Money)> {
    let asked = listing.price_at(months_left(held.end, at)).price;
    let hours = Quantity::from_whole((held.end.0 - at.0) / HOUR);
    let prices = reserved_prices(cloud.sku_of(held));
    let (.., new) = prices.iter().find(|(class, term, payment, _)| (*class, *term, *payment) == (held.class, held.term, held.payment))?;
    let had = asked + held.hourly.charge(hours, Rounding::HalfEven);
    let anew = new.upfront_part(held.end.0 - at.0, held.term) + new.hourly.charge(hours, Rounding::HalfEven);
    let chance = |bound: u64, salt: u64| below(bound, &[listing.luck, salt, at.0 as u64]);
    let comes = chance(1000, 1) < chance_per_mille(had, anew);
    comes.then(|| (1 + chance(u64::from(listing.left()), 2) as u32, asked))
}

/// The chance of a buyer in a day, in thousandths, for what one costs until its end and what a new one would. Simulated: a few in a thousand at
/// the same cost, eight in ten when it is for nothing, none when it is a tenth dearer.
fn chance_per_mille(had: Money, anew: Money) -> u64 {
    if anew.is_zero() {
        return 0;
    }
    let share = had.units() * 1000 / anew.units();
    if share >= 1100 { 0 } else { 5 + (1000 - share).max(0) as u64 * 8 / 10 }
}

impl Cloud {
    /// A listing by its id.
    pub(super) fn listing(&self, id: &str) -> Option<&Listing> {
        self.books.ec2.listings.iter().find(|listing| listing.id == id)
    }

    /// The reservation that a listing is of, or what is left of it.
    pub(super) fn listed_reservation(&self, listing: &Listing) -> Option<&HeldReservation> {
        self.instances(&listing.reservation)
    }

    /// Changes a listing that is known to be there.
    pub(super) fn set_listing(&mut self, id: &str, set: impl FnOnce(&mut Listing)) {
        if let Some(listing) = self.books.ec2.listings.iter_mut().find(|listing| listing.id == id) {
            set(listing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Match, Seller, chance_per_mille, settle_matches};
    use crate::cloud::books::Standing;
    use crate::cloud::ec2::records::{Asked, Listing, ListingState};
    use crate::cloud::{Cloud, Setup};
    use tenor_money::Money;

    #[test]
    fn the_cheaper_the_likelier() {
        let cases = [(0, 805), (50, 405), (90, 85), (100, 5), (109, 5), (110, 0), (300, 0)];
        for (had, wanted) in cases {
            assert_eq!(chance_per_mille(Money::from_whole(had), Money::from_whole(100)), wanted, "{had} of 100");
        }
        assert_eq!(chance_per_mille(Money::ZERO, Money::ZERO), 0);
    }

    /// Two of three that account 0 lists are matched with account 1, and one of a stranger's four with account 1 too.
    fn matched(state: ListingState, payment: Standing) -> Cloud {
        let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        cloud.hold_one_of_each();
        let at = cloud.books.now;
        let mut held = cloud.books.reserved[0].clone();
        cloud.books.reserved[0].count = 3;
        (held.account, held.start, held.standing, held.upfront) = (1, at.later(3_600), payment, Money::from_whole(7));
        for (id, count) in [("bought-of-0", 2), ("bought-of-stranger", 1)] {
            (held.id, held.count) = (id.to_owned(), count);
            cloud.books.reserved.push(held.clone());
        }
        cloud.books.ec2.listings.push(Listing {
            id: "listing".to_owned(),
            account: 0,
            region: held.region,
            reservation: cloud.books.reserved[0].id.clone(),
            count: 3,
            cancelled: u32::from(state == ListingState::Cancelled),
            matched: 2,
            prices: vec![Asked { months: 12, price: Money::from_whole(7) }],
            token: String::new(),
            created: at,
            updated: at,
            state,
            sales: Vec::new(),
            luck: 0,
            decided: at,
        });
        cloud.books.ec2.taken.insert("lot".to_owned(), 4);
        let of = |reservation: &str, seller, count| Match { reservation: reservation.to_owned(), seller, count };
        cloud.books.ec2.matches = vec![
            of("bought-of-0", Seller::Listing("listing".to_owned()), 2),
            of("bought-of-stranger", Seller::Stranger("lot".to_owned()), 1),
        ];
        cloud
    }

    #[test]
    fn what_is_matched_is_sold_once_it_is_paid_for_and_on_sale_again_if_it_is_not() {
        let told = |state: ListingState, payment: Standing| {
            let mut cloud = matched(state, payment);
            settle_matches(&mut cloud);
            let (books, ec2) = (&cloud.books, &cloud.books.ec2);
            let listing = &ec2.listings[0];
            let sales: Vec<String> = listing
                .sales
                .iter()
                .map(|sale| format!("{} at {} less {} to {:?} at {}", sale.count, sale.price, sale.fee, sale.buyer, sale.at.text()))
                .collect();
            let seller = &books.reserved[0];
            let rest = books.reserved.iter().find(|held| held.id == listing.reservation).map(|held| held.count);
            format!(
                "{payment:?} {state:?}: {} waiting, {} matched, {} left, {} cancelled, {:?}, sold {sales:?}, the seller's {:?} and {rest:?}, a stranger's {} taken\n",
                ec2.matches.len(),
                listing.matched,
                listing.left(),
                listing.cancelled,
                listing.state,
                seller.standing,
                ec2.taken["lot"],
            )
        };
        insta::assert_snapshot!([
            told(ListingState::Active, Standing::PaymentPending),
            told(ListingState::Active, Standing::Active),
            told(ListingState::Cancelled, Standing::Active),
            told(ListingState::Active, Standing::PaymentFailed),
            told(ListingState::Cancelled, Standing::PaymentFailed),
        ].concat(), @r#"
        PaymentPending Active: 2 waiting, 2 matched, 1 left, 0 cancelled, Active, sold [], the seller's Active and Some(3), a stranger's 4 taken
        Active Active: 0 waiting, 0 matched, 1 left, 0 cancelled, Active, sold ["2 at 7 less 1.68 to Some(1) at 2025-01-01T01:00:00.000Z"], the seller's Retired and Some(1), a stranger's 4 taken
        Active Cancelled: 0 waiting, 0 matched, 0 left, 1 cancelled, Cancelled, sold ["2 at 7 less 1.68 to Some(1) at 2025-01-01T01:00:00.000Z"], the seller's Retired and Some(1), a stranger's 4 taken
        PaymentFailed Active: 0 waiting, 0 matched, 3 left, 0 cancelled, Active, sold [], the seller's Active and Some(3), a stranger's 3 taken
        PaymentFailed Cancelled: 0 waiting, 0 matched, 0 left, 3 cancelled, Cancelled, sold [], the seller's Active and Some(3), a stranger's 3 taken
        "#);
    }
}
