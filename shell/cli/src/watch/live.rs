//! What AWS lists now, and what is for sale on the marketplace, connection by connection.

use super::Args;
use crate::commitments::live::read::{Where, chain, of_partition};
use crate::connect::{calling, chosen, who};
use crate::context::Context;
use crate::order::desk::Desk;
use crate::{order, sandbox};
use futures::StreamExt as _;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tenor_aws::client::Client;
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_aws::reads::ec2;
use tenor_bill::AccountId;
use tenor_execute::{Aws as _, LiveAws, Place, Standing as Stands};
use tenor_money::Money;
use tenor_order::watch::{Held, Listing, Standing};
use tenor_order::{Service, term_hours};

/// So many lists are read at once; the client keeps to each service's limits besides.
const AT_ONCE: usize = 8;
/// Seconds of a month: a twelfth of a year's term.
const MONTH_SECONDS: i64 = 2_628_000;

/// What AWS says.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// None when it was not asked.
    pub(super) listed: Option<Vec<Held>>,
    pub(super) listings: Vec<Listing>,
    pub(super) gaps: Vec<Gap>,
}

/// A part that could not be read.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) what: String,
    pub(super) why: String,
    /// Whether something in it may need to be looked at. What a role does not grant of the marketplace is only said: few sell there.
    pub(super) is_needed: bool,
}

pub(super) fn read(context: &Context, args: &Args, desk: &Desk, billed: &BTreeSet<String>) -> anyhow::Result<Read> {
    let connections = chosen(context, &args.connection)?;
    let obligations = obligations(desk);
    let steps = desk.orders.values().flat_map(|order| order.steps()).filter_map(|step| step.region.as_ref());
    let regions = match args.regions.as_slice() {
        [] => Where::BilledAndOwn(billed.iter().cloned().chain(steps.map(ToString::to_string)).collect()),
        named => Where::Named(named.iter().map(ToString::to_string).collect()),
    };
    let errand = who::errand(context, Purpose::Watch);
    let (read, _) = calling(context, "tenor watch", None, async |own: &Client| -> anyhow::Result<Read> {
        sandbox::check_time(context, own.place())?;
        let mut read = Read { listed: Some(Vec::new()), ..Read::default() };
        for kept in &connections {
            let connection = &kept.agreement.connection;
            let account = order::account(&kept.agreement);
            let regions = of_partition(&regions, own, connection.partition);
            let role = connected(own, connection, &kept.agreement.external_id, &errand);
            let aws = LiveAws::new(account.clone(), role.clone()).without_trail();
            read.lists(&aws, &account, kept.name.as_str(), &regions, &obligations).await;
            for region in &regions {
                read.sales(&role, &account, region, context.now()).await;
            }
            if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
                context.note(line);
            }
        }
        read.once();
        Ok(read)
    })?;
    read
}

/// What each commitment obliges to that an order bought, by its id.
fn obligations(desk: &Desk) -> BTreeMap<String, Money> {
    let mut found = BTreeMap::new();
    for (id, record) in desk.book.orders() {
        let steps = desk.orders.get(&id).into_iter().flat_map(|order| order.steps());
        for (step, course) in steps.zip(&record.steps).filter(|(step, _)| step.action.commits()) {
            // Of a purchase that AWS split nobody knows here which part obliges to how much.
            let whole = course.result().filter(|result| !result.as_str().contains(' '));
            found.extend(whole.map(|result| (result.to_string(), step.obligation)));
        }
    }
    found
}

impl Read {
    /// Several connections may lead to one account: what both see is one thing.
    fn once(&mut self) {
        let mut seen = BTreeSet::new();
        if let Some(listed) = &mut self.listed {
            listed.retain(|held| seen.insert((held.account.clone(), held.service, held.region.clone(), held.id.clone())));
        }
        let mut seen = BTreeSet::new();
        self.listings.retain(|listing| seen.insert((listing.account.clone(), listing.id.clone())));
    }

    async fn lists(
        &mut self,
        aws: &LiveAws,
        account: &AccountId,
        connection: &str,
        regions: &[String],
        obligations: &BTreeMap<String, Money>,
    ) {
        let sold = Service::ALL.into_iter().filter(|service| !matches!(service, Service::SavingsPlans | Service::DynamoDb));
        let sold: Vec<Service> = sold.collect();
        let regional = regions.iter().filter_map(|region| region.parse().ok()).flat_map(|region: tenor_permit::RegionName| {
            sold.iter().map(move |service| Place { account: account.clone(), service: *service, region: Some(region.clone()) })
        });
        let plans = Place { account: account.clone(), service: Service::SavingsPlans, region: None };
        let asked: Vec<_> = [plans]
            .into_iter()
            .chain(regional)
            .map(|place| async move {
                let held = aws.held(&place).await;
                (place, held)
            })
            .collect();
        let answers: Vec<_> = futures::stream::iter(asked).buffered(AT_ONCE).collect().await;
        for (place, held) in answers {
            match held {
                Ok(held) => {
                    let all = held.into_iter().map(|one| listed(one, &place, connection, obligations));
                    self.listed.get_or_insert_default().extend(all);
                }
                Err(unread) => self.gaps.push(Gap { what: place.to_string(), why: unread.0.to_string(), is_needed: true }),
            }
        }
    }

    async fn sales(&mut self, role: &Client, account: &AccountId, region: &str, now: Timestamp) {
        match ec2::listings(&role.in_region(region)).await {
            Ok(found) => self.listings.extend(found.into_iter().map(|one| listing(one, account, region, now))),
            Err(error) => {
                let what = format!("listings for sale of {account} in {region}");
                let is_needed = !error.is_denied();
                self.gaps.push(Gap { what, why: chain(&error), is_needed });
            }
        }
    }
}

fn listed(one: tenor_execute::Held, place: &Place, connection: &str, obligations: &BTreeMap<String, Money>) -> Held {
    let id = one.id.to_string();
    // A plan's commitment for all hours of its term is what it obliges to, however it is paid.
    let of_plan = || {
        let hourly: Money = one.quantity.as_str().parse().ok().filter(|_| place.service == Service::SavingsPlans)?;
        Some(Money::from_units(hourly.units().checked_mul(term_hours(one.term?))?))
    };
    Held {
        account: place.account.clone(),
        service: place.service,
        region: place.region.as_ref().map(ToString::to_string),
        goods: one.goods.to_string(),
        standing: match one.standing {
            Stands::Queued => Standing::Queued,
            Stands::Pending => Standing::Pending,
            Stands::Failed => Standing::Failed,
            Stands::Running => Standing::Running,
            Stands::Deleted | Stands::Returning | Stands::Returned | Stands::Ended | Stands::Unknown => Standing::Other,
        },
        start: one.start.map(|start| start.0),
        end: one.end.map(|end| end.0),
        returnable_until: one.returnable_until.map(|until| until.0),
        obligation: obligations.get(&id).copied().or_else(of_plan),
        connection: connection.to_owned(),
        id,
    }
}

fn listing(one: ec2::Listing, account: &AccountId, region: &str, now: Timestamp) -> Listing {
    let count = |state: &str| one.counts.iter().filter(|count| count.state == state).map(|count| count.count).sum();
    // The price steps down month by month; where AWS does not say which one holds, what is left of the first step stands for now.
    let active = one.prices.iter().find(|price| price.is_active == Some(true));
    let months = (now.as_second() - one.created.as_second()) / MONTH_SECONDS;
    let first = one.prices.iter().map(|price| price.months).max();
    let reached = |first: i64| one.prices.iter().filter(move |price| price.months >= first - months).min_by_key(|price| price.months);
    let price = active.or_else(|| reached(first?));
    Listing {
        reservation: one.reservation.clone(),
        account: account.clone(),
        region: region.to_owned(),
        is_open: matches!(one.status, ec2::ListingStatus::Active | ec2::ListingStatus::Pending),
        changed: one.updated.unwrap_or(one.created),
        available: count("available"),
        sold: count("sold"),
        asked: price.map(|price| price.price),
        id: one.id,
    }
}
