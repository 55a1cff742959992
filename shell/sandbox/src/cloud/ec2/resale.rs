//! What becomes of listings: buyers come by chance, the likelier the cheaper they are had against new ones.

use super::records::{Listing, ListingState, Origin, Sale};
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

/// Lets buyers come until `to`: one a day at most, for each listing.
pub(super) fn pass(cloud: &mut Cloud, to: Moment) {
    let open: Vec<String> = cloud.books.ec2.listings.iter().filter(|listing| listing.is_open()).map(|listing| listing.id.clone()).collect();
    for id in open {
        while let Some((at, listing, held)) = next_day(cloud, &id, to) {
            cloud.set_listing(&id, |listing| listing.decided = at);
            if let Some((count, price)) = buyer(cloud, &listing, &held, at) {
                sell(cloud, &id, count, price, at, None);
            }
        }
        let ended = cloud.listing(&id).filter(|listing| listing.is_open()).and_then(|listing| {
            let held = cloud.books.reserved.iter().find(|held| held.id == listing.reservation)?;
            (held.end <= to).then_some(held.end)
        });
        if let Some(end) = ended {
            cloud.set_listing(&id, |listing| (listing.state, listing.updated) = (ListingState::Closed, end));
        }
    }
}

/// Sells some of a listing: the reservation is retired, and a smaller one takes its place where some are left ([EC2:ri-market-general]).
pub(super) fn sell(cloud: &mut Cloud, listing: &str, count: u32, price: Money, at: Moment, buyer: Option<u32>) {
    let Some(found) = cloud.listing(listing).cloned() else { return };
    let Some(held) = cloud.books.reserved.iter().find(|held| held.id == found.reservation).cloned() else { return };
    let mut reservation = held.id.clone();
    let mut passed_on = Money::ZERO;
    if held.count > count {
        let mut rest = rest_of(&held, held.count - count, at);
        passed_on = rest.life.carried;
        rest.id = cloud.fresh_id();
        if rest.end <= cloud.books.now {
            rest.standing = Standing::Retired;
        }
        reservation.clone_from(&rest.id);
        cloud.books.reserved.push(rest);
    }
    cloud.set_reserved(&held.id, |held| held.retire(at, passed_on));
    let total = Money::from_units(price.units() * i128::from(count));
    let fee = total.share(FEE_PERCENT, 100, Rounding::HalfEven);
    cloud.set_listing(listing, |listing| {
        listing.sales.push(Sale { at, count, price, fee, buyer });
        (listing.reservation, listing.updated) = (reservation, at);
        if listing.left() == 0 {
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

/// The next day on which a buyer may come, by `to`; none when the listing is over by then.
fn next_day(cloud: &mut Cloud, id: &str, to: Moment) -> Option<(Moment, Listing, HeldReservation)> {
    let listing = cloud.listing(id)?.clone();
    let begins = listing.created.later(SETTLE_SECONDS);
    if listing.state == ListingState::Pending && begins <= to {
        cloud.set_listing(id, |listing| (listing.state, listing.updated) = (ListingState::Active, begins));
    }
    let at = listing.decided.later(DAY);
    let held = cloud.books.reserved.iter().find(|held| held.id == listing.reservation)?.clone();
    (listing.is_open() && at <= to && at < held.end).then_some((at, listing, held))
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

    /// Changes a listing that is known to be there.
    pub(super) fn set_listing(&mut self, id: &str, set: impl FnOnce(&mut Listing)) {
        if let Some(listing) = self.books.ec2.listings.iter_mut().find(|listing| listing.id == id) {
            set(listing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::chance_per_mille;
    use tenor_money::Money;

    #[test]
    fn the_cheaper_the_likelier() {
        let cases = [(0, 805), (50, 405), (90, 85), (100, 5), (109, 5), (110, 0), (300, 0)];
        for (had, wanted) in cases {
            assert_eq!(chance_per_mille(Money::from_whole(had), Money::from_whole(100)), wanted, "{had} of 100");
        }
        assert_eq!(chance_per_mille(Money::ZERO, Money::ZERO), 0);
    }
}
