//! What AWS lists: what begins, what is being paid, what can be taken back, what sells.

use super::{Event, Held, Listing, Standing, Watched, What};
use crate::service::Service;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_money::Money;

pub(super) fn events(watched: &Watched<'_>, held: &Held, billed: &BTreeSet<&str>) -> Vec<Event> {
    let mut events = Vec::new();
    match held.standing {
        Standing::Queued => events.extend(begins(watched, held)),
        Standing::Pending => {
            let told = "its first payment is on the way: it covers nothing before that is through".to_owned();
            events.push(Event { told, advice: "tenor watch --live".to_owned(), ..event(What::PaymentPending, held) });
        }
        Standing::Failed => {
            // What failed long ago was told of then.
            let is_news = held.start.is_none_or(|start| start > watched.now - SignedDuration::from_hours(i64::from(watched.days) * 24));
            if is_news {
                let told = "its first payment failed: it never ran, and what it was to cover is on demand".to_owned();
                events.push(Event { told, advice: "tenor propose".to_owned(), ..event(What::PaymentFailed, held) });
            }
        }
        Standing::Running => {
            if let Some(until) = held.returnable_until.filter(|until| *until > watched.now) {
                let told = "it can be returned until then, with all that it obliges to".to_owned();
                events.push(Event { deadline: Some(until), told, advice: take_back(held), ..event(What::Returnable, held) });
            }
            // Of what bills know, they say what its end takes away.
            if let Some(end) = held.end.filter(|end| watched.is_soon(*end) && !billed.contains(held.id.as_str())) {
                let told = "it ends; no bill tells yet what it saves".to_owned();
                events.push(Event {
                    deadline: Some(end),
                    stake: None,
                    told,
                    advice: "tenor propose".to_owned(),
                    ..event(What::Ends, held)
                });
            }
        }
        Standing::Other => {}
    }
    events
}

fn begins(watched: &Watched<'_>, held: &Held) -> Option<Event> {
    let start = held.start.filter(|start| watched.is_soon(*start))?;
    let told = "it begins then; until then it can be taken back for nothing".to_owned();
    Some(Event { deadline: Some(start), told, advice: take_back(held), ..event(What::Begins, held) })
}

/// The command that takes it back; EC2's reservations are found in their Region.
fn take_back(held: &Held) -> String {
    let region = held.region.as_ref().filter(|_| held.service != Service::SavingsPlans);
    let region = region.map_or_else(String::new, |region| format!(" --region {region}"));
    format!("tenor order take-back {}{region} --connection {} --key FILE", held.id, held.connection)
}

fn event(what: What, held: &Held) -> Event {
    let goods = if held.goods == "-" { "" } else { held.goods.as_str() };
    let of = [held.service.as_str(), goods].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
    Event {
        what,
        id: held.id.clone(),
        account: Some(held.account.to_string()),
        of,
        deadline: None,
        stake: held.obligation,
        told: String::new(),
        advice: String::new(),
    }
}

/// What is for sale, and what was sold within as many days as are looked ahead.
pub(super) fn sale(watched: &Watched<'_>, listing: &Listing) -> Option<Event> {
    let is_news = listing.changed > watched.now - SignedDuration::from_hours(i64::from(watched.days) * 24);
    let for_so_many = |count: u32| listing.asked.map(|asked| Money::from_units(asked.units().saturating_mul(i128::from(count))));
    let (what, stake, told, advice) = match (listing.is_open, listing.sold) {
        (_, sold) if sold > 0 && is_news => {
            let told = format!("{sold} were sold, and {} are for sale still", listing.available);
            (What::Sold, for_so_many(sold), told, "tenor ledger reconcile --live".to_owned())
        }
        (true, _) => {
            let told = format!("{} are for sale; until they are sold they cost as before", listing.available);
            (What::ForSale, for_so_many(listing.available), told, "tenor propose".to_owned())
        }
        (false, _) => return None,
    };
    Some(Event {
        what,
        id: listing.id.clone(),
        account: Some(listing.account.to_string()),
        of: format!("listing of {} in {}", listing.reservation, listing.region),
        deadline: None,
        stake,
        told,
        advice,
    })
}
