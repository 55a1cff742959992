//! What AWS lists now and what CloudTrail recorded, connection by connection. A part that cannot be read says why.

use crate::commitments::live::read::{Where, chain, of_partition};
use crate::connect::calling::calling;
use crate::connect::{chosen, who};
use crate::context::Context;
use crate::{order, sandbox};
use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tenor_aws::client::Client;
use tenor_aws::inventory::{self, Holding, Inventory, Part, Service as Listing, What};
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_bill::AccountId;
use tenor_execute::purchases;
use tenor_money::Money;
use tenor_order::Service;
use tenor_order::reconcile::{List, Listed, Ordered, Standing, Trail};
use tenor_permit::RegionName;
use tenor_state::ConnectionName;

/// CloudTrail shows no older events. Source: `[BOTO:cloudtrail]`.
const TRAIL_DAYS: i64 = 90;
/// So many questions to CloudTrail are under way at once; the client keeps to its limits besides.
const AT_ONCE: usize = 4;

/// Where to look.
pub(super) struct Places<'a> {
    pub(super) steps: &'a [Ordered],
    /// What bills name.
    pub(super) billed: BTreeSet<String>,
    /// What was asked for; all others where nothing was.
    pub(super) named: &'a [RegionName],
}

/// What AWS says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// None when it was not asked.
    pub(super) lists: Option<Vec<List>>,
    pub(super) trails: Vec<Trail>,
}

/// Asks through connections; CloudTrail for purchases since a moment, and not at all without one.
pub(super) fn read(context: &Context, names: &[ConnectionName], places: &Places<'_>, since: Option<Timestamp>) -> anyhow::Result<Read> {
    let connections = chosen(context, names)?;
    let regions = match places.named {
        [] => {
            let steps = places.steps.iter().filter_map(|step| step.step.region.as_ref()).map(ToString::to_string);
            Where::BilledAndOwn(places.billed.iter().cloned().chain(steps).collect())
        }
        named => Where::Named(named.iter().map(ToString::to_string).collect()),
    };
    let oldest = context.now() - SignedDuration::from_hours(TRAIL_DAYS * 24);
    let since = since.map(|since| since.max(oldest));
    let errand = who::errand(context, Purpose::Reconcile);
    let (read, _) = calling(context, "tenor ledger reconcile", None, async |own: &Client| -> anyhow::Result<Read> {
        sandbox::check_time(context, own.place())?;
        let (mut lists, mut trails) = (Vec::new(), Vec::new());
        for kept in &connections {
            let connection = &kept.agreement.connection;
            let account = order::account(&kept.agreement);
            let regions = of_partition(&regions, own, connection.partition);
            let role = connected(own, connection, &kept.agreement.external_id, &errand);
            match inventory::live(&role, &regions).await {
                Ok(found) => lists.extend(listed(found)),
                Err(error) => lists.extend(nothing(&account, &regions, &chain(&error))),
            }
            if let Some(since) = since {
                trails.extend(trail(&role, &account, &regions, since).await);
            }
            if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
                context.note(line);
            }
        }
        // Several connections may lead to one account.
        let lists = once(lists, |list| (list.account.clone(), list.service, list.region.clone()), |list| list.held.is_ok());
        let trails = once(trails, |trail| (trail.account.clone(), trail.service, trail.region.clone()), |trail| trail.gap.is_none());
        Ok(Read { lists: Some(lists), trails })
    })?;
    read
}

/// Every purchase of every service that CloudTrail recorded. What holds everywhere is recorded in one place.
async fn trail(role: &Client, account: &AccountId, regions: &[String], since: Timestamp) -> Vec<Trail> {
    let plans = [(Service::SavingsPlans, regions.first().cloned().unwrap_or_default())];
    let regional = regions.iter().flat_map(|region| Listing::REGIONAL.map(|service| (of(service), region.clone())));
    let asked = plans.into_iter().chain(regional).map(|(service, region)| async move {
        let (calls, gap) = purchases(&role.in_region(&region), service, since).await;
        Trail { account: account.clone(), service, region, calls, gap }
    });
    let asked: Vec<_> = asked.collect();
    futures::stream::iter(asked).buffered(AT_ONCE).collect().await
}

/// Of what was read of one place more than once, the first, or the first that could be read.
fn once<T, Place: Ord>(read: Vec<T>, place: impl Fn(&T) -> Place, is_whole: impl Fn(&T) -> bool) -> Vec<T> {
    let (mut kept, mut places): (Vec<T>, BTreeMap<Place, usize>) = (Vec::new(), BTreeMap::new());
    for one in read {
        let at = *places.entry(place(&one)).or_insert(kept.len());
        match kept.get_mut(at) {
            None => kept.push(one),
            Some(known) if is_whole(&one) && !is_whole(known) => *known = one,
            Some(_) => {}
        }
    }
    kept
}

fn listed(found: Inventory) -> Vec<List> {
    let Inventory { account, parts } = found;
    let list = |Part { service, region, held }: Part| {
        let held = match held {
            Ok(held) => Ok(held.into_iter().map(one).collect()),
            Err(unread) if unread.leaves_no_gap() => Ok(Vec::new()),
            Err(unread) => Err(format!("{unread}: {}", chain(&unread.error))),
        };
        List { account: account.clone(), service: of(service), region, held }
    };
    parts.into_iter().map(list).collect()
}

/// Nothing of an account could be read.
fn nothing(account: &AccountId, regions: &[String], why: &str) -> Vec<List> {
    let list = |service, region| List { account: account.clone(), service, region, held: Err(why.to_owned()) };
    let regional = regions.iter().flat_map(|region| Listing::REGIONAL.map(|service| (of(service), Some(region.clone()))));
    [(Service::SavingsPlans, None)].into_iter().chain(regional).map(|(service, region)| list(service, region)).collect()
}

fn one(holding: Holding) -> Listed {
    let (count, hourly) = match &holding.what {
        What::Plan { recurring, .. } => (None, Some(*recurring)),
        What::Reservation { count, hourly, .. } => {
            (Some(*count), hourly.map(|each| Money::from_units(each.units().saturating_mul(i128::from(*count)))))
        }
    };
    Listed {
        id: holding.id,
        arn: holding.arn.map(|arn| arn.0),
        standing: match holding.standing {
            inventory::Standing::Queued => Standing::Queued,
            inventory::Standing::Pending => Standing::Pending,
            inventory::Standing::Running => Standing::Running,
            inventory::Standing::Ended => Standing::Ended,
            inventory::Standing::NeverRan => Standing::NeverRan,
            inventory::Standing::Unknown(word) => Standing::Unknown(word),
        },
        start: holding.start,
        end: holding.end,
        seconds: holding.seconds,
        count,
        hourly,
        upfront: holding.upfront,
    }
}

fn of(service: Listing) -> Service {
    Service::ALL.into_iter().find(|known| known.as_str() == service.name()).expect("what is listed is sold")
}

#[cfg(test)]
mod tests {
    use super::once;

    #[test]
    fn a_place_is_read_once_and_what_could_be_read_stands() {
        let read = vec![("here", Err("denied")), ("there", Ok(1)), ("here", Ok(2)), ("there", Err("denied")), ("here", Ok(3))];
        assert_eq!(once(read, |one| one.0, |one| one.1.is_ok()), [("here", Ok(2)), ("there", Ok(1))]);
    }
}
