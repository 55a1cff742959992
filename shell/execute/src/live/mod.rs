//! The real AWS behind the port: each question and each call of a step, in the service that it is of.
//!
//! What it never does: decide, choose an offering, wait, or send what was not cleared. What AWS says in words that are not known here is told as not
//! known, and never left out.

mod amounts;
mod bought;
mod calls;
mod fate;
mod goods;
mod lists;
mod offers;
mod prices;
mod quotas;
mod quotes;
mod trail;
mod words;

pub use bought::purchases;

use crate::aws::{Aws, NoPrice, Outcome, Place, Sent, Trail, Unread};
use crate::held::Held;
use crate::quota::{Quota, listed};
use async_trait::async_trait;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use tenor_aws::client::{Client, LastRequest};
use tenor_aws::reads::{ec2, identity};
use tenor_bill::AccountId;
use tenor_ledger::{Moment, OrderId, Text};
use tenor_order::{Action, Cleared, Key, Price, Service, Step};
use tenor_permit::RegionName;

/// The real AWS, or a sandbox that listens: a client for each account.
#[derive(Clone)]
pub struct LiveAws {
    clients: BTreeMap<AccountId, Client>,
    looks_at_trail: bool,
}

impl LiveAws {
    /// With the credentials of one account. The client's own Region does not matter: each step names its own.
    #[must_use]
    pub fn new(account: AccountId, client: Client) -> Self {
        Self { clients: [(account, client)].into(), looks_at_trail: true }
    }

    /// The same with those of one more.
    #[must_use]
    pub fn and(mut self, account: AccountId, client: Client) -> Self {
        self.clients.insert(account, client);
        self
    }

    /// The same, and CloudTrail is never asked: its owner does not want that.
    #[must_use]
    pub fn without_trail(mut self) -> Self {
        self.looks_at_trail = false;
        self
    }

    /// Asks AWS something, so that what time it is there is known before anything is begun. Who gets no answer knows no more than before.
    pub async fn ask_time(&self, account: &AccountId) {
        if let Some(client) = self.clients.get(account) {
            drop(identity::caller(client).await);
        }
    }

    fn client(&self, account: &AccountId, region: Option<&RegionName>) -> Result<Client, Unread> {
        let client = self.clients.get(account);
        let client = client.ok_or_else(|| unread(&format!("there are no credentials of the account {account}: connect it first")))?;
        Ok(region.map_or_else(|| client.clone(), |region| client.in_region(region.as_str())))
    }

    /// Where a step's call goes.
    fn client_of(&self, step: &Step) -> Result<Client, Unread> {
        if step.region.is_none() && step.service != Service::SavingsPlans {
            return Err(unread(&format!("step {} says not in which Region", step.number)));
        }
        // A plan is bought where Savings Plans are sold, also one that holds in a Region.
        self.client(&step.account, step.region.as_ref().filter(|_| step.service != Service::SavingsPlans))
    }

    /// The same, for a call of which AWS's name for the request is kept; or that it was not sent.
    fn noting(&self, step: &Step) -> Result<(Client, LastRequest), Sent> {
        match self.client_of(step) {
            Ok(client) => Ok(client.noting()),
            Err(Unread(why)) => Err(Sent { request_id: None, outcome: Outcome::NotSent(why) }),
        }
    }
}

fn sent(outcome: Outcome, last: &LastRequest) -> Sent {
    Sent { request_id: last.id().map(|id| Text::fitted(&id)), outcome }
}

/// The price of all of a step, read once.
async fn asked_price(client: &Client, step: &Step) -> Result<Price, NoPrice> {
    if step.action == Action::Exchange { quotes::price(client, step).await } else { prices::price(client, step).await }
}

#[async_trait]
impl Aws for LiveAws {
    async fn held(&self, place: &Place) -> Result<Vec<Held>, Unread> {
        if place.region.is_none() && place.service != Service::SavingsPlans {
            return Err(unread(&format!("{} is in Regions, and none was named", place.service)));
        }
        lists::held(&self.client(&place.account, place.region.as_ref())?, place.service).await
    }

    async fn price(&self, step: &Step) -> Result<Price, NoPrice> {
        let client = self.client_of(step)?;
        match asked_price(&client, step).await {
            // A list without it may be one that is behind: what refuses a step for good is not read once.
            Err(NoPrice::NotSold(_)) if prices::may_list_nothing(step.service) => asked_price(&client, step).await,
            price => price,
        }
    }

    async fn rehearse(&self, step: &Step) -> Result<(), Unread> {
        calls::rehearse(&self.client_of(step)?, step).await
    }

    async fn send(&self, cleared: Cleared, key: Option<&Key>) -> Sent {
        match self.noting(cleared.step()) {
            Err(not_sent) => not_sent,
            Ok((client, last)) => sent(calls::send(&client, &cleared, key).await, &last),
        }
    }

    async fn by_key(&self, step: &Step, key: &Key) -> Result<Option<Text>, Unread> {
        let client = self.client_of(step)?;
        match (step.service, step.action) {
            (Service::Ec2, Action::Modify) => {
                let asked = ec2::modifications(&client, Some(key.as_str())).await.map_err(|error| fate::unread(&error))?;
                let Some(found) = asked.into_iter().find(|found| found.token.as_deref() == Some(key.as_str())) else { return Ok(None) };
                // It was asked for, and nothing came of it: neither done nor not asked.
                if found.status == ec2::ModificationStatus::Failed {
                    let why = found.message.unwrap_or_else(|| "AWS says not why".to_owned());
                    return Err(unread(&format!("the modification {} was asked for and failed: {why}", found.id)));
                }
                Ok(Some(Text::fitted(&found.id)))
            }
            (Service::Ec2, Action::List) => {
                let listings = ec2::listings(&client).await.map_err(|error| fate::unread(&error))?;
                let found = listings.into_iter().find(|listing| listing.token.as_deref() == Some(key.as_str()));
                Ok(found.map(|listing| Text::fitted(&listing.id)))
            }
            _ => Ok(None),
        }
    }

    fn ahead(&self, account: &AccountId) -> Option<SignedDuration> {
        self.clients.get(account)?.ahead_seconds().map(SignedDuration::from_secs)
    }

    async fn trail(&self, step: &Step, since: Moment) -> Trail {
        if !self.looks_at_trail {
            return Trail::NotGranted;
        }
        match self.client_of(step) {
            Ok(client) => trail::trail(&client, step, since).await,
            Err(Unread(why)) => Trail::Unread(why),
        }
    }

    async fn quota(&self, step: &Step) -> Result<Option<Quota>, Unread> {
        let Some(listed) = listed(step.service) else { return Ok(None) };
        quotas::quota(&self.client_of(step)?, listed).await
    }

    async fn raise_quota(&self, step: &Step, desired: u32) -> Sent {
        let Some(listed) = listed(step.service) else {
            return Sent { request_id: None, outcome: Outcome::NotSent(Text::fitted("Service Quotas has no such quota")) };
        };
        match self.noting(step) {
            Err(not_sent) => not_sent,
            Ok((client, last)) => sent(quotas::raise(&client, listed, step.service, desired).await, &last),
        }
    }

    async fn make_quota_role(&self, step: &Step) -> Sent {
        match self.noting(step) {
            Err(not_sent) => not_sent,
            Ok((client, last)) => sent(quotas::make_role(&client, step.service).await, &last),
        }
    }

    async fn tag(&self, order: OrderId, step: &Step, ids: &[Text]) -> Sent {
        match self.noting(step) {
            Err(not_sent) => not_sent,
            Ok((client, last)) => sent(quotas::tag(&client, order, step, ids).await, &last),
        }
    }
}

fn unread(why: &str) -> Unread {
    Unread(Text::fitted(why))
}
