//! A step's one call, in the service and by the operation that it is of.

use super::fate::{self, outcome};
use super::quotes::{given, only_given};
use crate::aws::{Outcome, Unread};
use tenor_aws::answer::AnswerError;
use tenor_aws::changes::plans::{CreatePlan, DeleteQueuedPlan, ReturnPlan};
use tenor_aws::changes::reserved::NamedPurchase;
use tenor_aws::changes::{OwnTags, PurchaseName, Token, ec2, redshift, serverless};
use tenor_aws::client::Client;
use tenor_ledger::Text;
use tenor_money::Money;
use tenor_order::{Action, Asked, Cleared, Details, Key, Service, Step, Target};
use tenor_propose::proposal::Upfront;

/// Why nothing was made of a call.
enum NotMade {
    /// It was not asked for, for it cannot be.
    Unfit(Text),
    /// AWS did not answer that it did it.
    Unanswered(AnswerError),
    /// AWS answered that it did not.
    Declined { code: String, reason: String },
}

impl From<AnswerError> for NotMade {
    fn from(error: AnswerError) -> Self {
        Self::Unanswered(error)
    }
}

impl From<Unread> for NotMade {
    fn from(Unread(why): Unread) -> Self {
        Self::Unfit(why)
    }
}

/// What AWS made or changed, and takes for it at once.
struct Made {
    id: String,
    paid: Option<Money>,
}

/// Sends it, once.
pub(super) async fn send(client: &Client, cleared: &Cleared, key: Option<&Key>) -> Outcome {
    let step = cleared.step();
    let made = match step.service {
        Service::SavingsPlans => plans(client, cleared, key).await,
        Service::Ec2 => instances(client, step, key).await,
        _ => nodes(client, cleared, key).await,
    };
    match made {
        Ok(Made { id, paid }) => Outcome::Done { result: Text::fitted(&id), paid },
        Err(NotMade::Unfit(why)) => Outcome::NotSent(why),
        Err(NotMade::Unanswered(error)) => outcome(step.service, &error),
        Err(NotMade::Declined { code, reason }) => Outcome::Refused { code: Text::fitted(&code), reason: Text::fitted(&reason) },
    }
}

/// Asks EC2 whether it would; nobody else can be asked.
pub(super) async fn rehearse(client: &Client, step: &Step) -> Result<(), Unread> {
    if step.service != Service::Ec2 {
        return Ok(());
    }
    let asked = match step.action {
        Action::Buy | Action::Queue => purchase(step).map_err(unread)?.rehearse(client).await,
        Action::Exchange => exchange(step).rehearse(client).await,
        Action::CancelQueued => delete_queued(step).rehearse(client).await,
        _ => Ok(()),
    };
    asked.map_err(|error| fate::unread(&error))
}

fn unread(not_made: NotMade) -> Unread {
    match not_made {
        NotMade::Unfit(why) => Unread(why),
        NotMade::Unanswered(error) => fate::unread(&error),
        NotMade::Declined { reason, .. } => super::unread(&reason),
    }
}

fn unfit(why: &str) -> NotMade {
    NotMade::Unfit(Text::fitted(why))
}

fn no_call(step: &Step) -> NotMade {
    unfit(&format!("AWS has no operation to {} in {}", step.action, step.service))
}

fn count(step: &Step) -> Result<u32, NotMade> {
    step.count().ok_or_else(|| unfit(&format!("`{}` is no number of reservations", step.quantity)))
}

fn token(key: Option<&Key>) -> Result<Token, NotMade> {
    match key {
        Some(Key::Token(text)) => Token::new(text).map_err(|error| unfit(&error.to_string())),
        _ => Err(unfit("the call has no token, by which AWS would know it again")),
    }
}

fn name(key: Option<&Key>) -> Result<PurchaseName, NotMade> {
    match key {
        Some(Key::Name(text)) => PurchaseName::new(text).map_err(|error| unfit(&error.to_string())),
        _ => Err(unfit("the purchase has no name, by which AWS would know it again")),
    }
}

/// Order and step, so that what was bought says by itself why it is there.
fn tags(cleared: &Cleared) -> OwnTags {
    let tags = [("order", cleared.order().to_string()), ("step", cleared.step().number.to_string())];
    OwnTags(tags.map(|(key, value)| (key.to_owned(), value)).into())
}

/// What so many cost at once, if one costs `each`.
fn all(each: Money, count: u32) -> Option<Money> {
    Some(Money::from_units(each.units().saturating_mul(i128::from(count))))
}

async fn plans(client: &Client, cleared: &Cleared, key: Option<&Key>) -> Result<Made, NotMade> {
    let step = cleared.step();
    let object = step.object.as_str().to_owned();
    let id = match step.action {
        Action::Buy | Action::Queue => {
            let commitment = step.commitment().ok_or_else(|| unfit(&format!("`{}` is no commitment by the hour", step.quantity)))?;
            let start = step.starts.map(|starts| starts.0);
            // Of a plan that is paid in part the buyer says how much at once, so that it is what was approved.
            let upfront = (step.payment == Some(Upfront::Partial)).then_some(step.ceiling_upfront);
            CreatePlan { offering: object, commitment, upfront, start, token: token(key)?, tags: tags(cleared) }.send(client).await?
        }
        Action::CancelQueued => {
            DeleteQueuedPlan { plan: object.clone() }.send(client).await?;
            object
        }
        Action::Return => ReturnPlan { plan: object, token: token(key)? }.send(client).await?,
        _ => return Err(no_call(step)),
    };
    Ok(Made { id, paid: None })
}

/// A purchase of AWS's own offering. Its price was looked at, and a limit is for what strangers sell, which Tenor does not buy. Source:
/// `aws-rules` 1.8.
fn purchase(step: &Step) -> Result<ec2::Purchase, NotMade> {
    let start = step.starts.map(|starts| starts.0);
    Ok(ec2::Purchase { offering: step.object.as_str().to_owned(), count: count(step)?, limit: None, start })
}

fn exchange(step: &Step) -> ec2::Exchange {
    ec2::Exchange { given: given(step), offering: step.object.as_str().to_owned() }
}

fn delete_queued(step: &Step) -> ec2::DeleteQueued {
    ec2::DeleteQueued { reservations: vec![step.object.as_str().to_owned()] }
}

async fn instances(client: &Client, step: &Step, key: Option<&Key>) -> Result<Made, NotMade> {
    let id = match step.action {
        Action::Buy | Action::Queue => purchase(step)?.send(client).await?,
        Action::CancelQueued => take_back(client, step).await?,
        Action::Modify => modify(step, token(key)?)?.send(client).await?,
        Action::Exchange => exchange(step).send(client).await?,
        Action::List => {
            let token = token(key)?;
            let listings = list(step, token.clone())?.send(client).await?;
            let is_ours = |listing: &&tenor_aws::reads::ec2::Listing| listing.token.as_deref() == Some(token.as_str());
            let listing = listings.iter().find(is_ours).or_else(|| listings.first());
            listing.ok_or_else(|| missing("ec2:CreateReservedInstancesListing", "ReservedInstancesListings"))?.id.clone()
        }
        Action::CancelListing => {
            ec2::CancelListing { listing: step.object.as_str().to_owned() }.send(client).await?;
            step.object.as_str().to_owned()
        }
        _ => return Err(no_call(step)),
    };
    Ok(Made { id, paid: None })
}

/// An answer that leaves out what it is for may tell of something that was done.
fn missing(operation: &str, field: &str) -> NotMade {
    AnswerError::Missing { operation: operation.to_owned(), field: field.to_owned() }.into()
}

async fn take_back(client: &Client, step: &Step) -> Result<String, NotMade> {
    let deleted = delete_queued(step).send(client).await?;
    let object = step.object.as_str();
    if deleted.done.iter().any(|done| done.id == object) {
        return Ok(object.to_owned());
    }
    match deleted.failed.into_iter().find(|failed| failed.id == object) {
        Some(failed) => Err(NotMade::Declined { reason: failed.message.unwrap_or_else(|| failed.code.clone()), code: failed.code }),
        None => Err(missing("ec2:DeleteQueuedReservedInstances", object)),
    }
}

fn modify(step: &Step, token: Token) -> Result<ec2::Modify, NotMade> {
    let Some(Details::Modify { also, targets }) = &step.details else {
        return Err(unfit("the step says not what the reservations become"));
    };
    let reservations = [&step.object].into_iter().chain(also).map(|id| id.as_str().to_owned()).collect();
    let target = |target: &Target| ec2::Target {
        count: target.count,
        instance_type: target.instance_type.as_ref().map(|text| text.as_str().to_owned()),
        place: target.zone.as_ref().map_or(ec2::Place::Region, |zone| ec2::Place::Zone(zone.as_str().to_owned())),
    };
    Ok(ec2::Modify { reservations, targets: targets.iter().map(target).collect(), token })
}

fn list(step: &Step, token: Token) -> Result<ec2::List, NotMade> {
    let Some(Details::List { prices }) = &step.details else { return Err(unfit("the step says not what is asked for one")) };
    let asked = |asked: &Asked| ec2::Asked { months: asked.months, price: asked.price };
    let prices = prices.iter().map(asked).collect();
    Ok(ec2::List { reservation: step.object.as_str().to_owned(), count: count(step)?, prices, token })
}

async fn nodes(client: &Client, cleared: &Cleared, key: Option<&Key>) -> Result<Made, NotMade> {
    let step = cleared.step();
    let offering = || step.object.as_str().to_owned();
    let named = || Ok::<_, NotMade>(NamedPurchase { offering: offering(), count: count(step)?, name: name(key)?, tags: tags(cleared) });
    let (id, paid) = match (step.service, step.action) {
        (Service::Rds, Action::Buy) => {
            let bought = named()?.of_rds(client).await?;
            (bought.id, all(bought.upfront, bought.count))
        }
        (Service::ElastiCache, Action::Buy) => {
            let bought = named()?.of_elasticache(client).await?;
            (bought.id, all(bought.upfront, bought.count))
        }
        (Service::MemoryDb, Action::Buy) => {
            let bought = named()?.of_memorydb(client).await?;
            (bought.id, all(bought.upfront, bought.count))
        }
        (Service::OpenSearch, Action::Buy) => (named()?.of_opensearch(client).await?.id, None),
        (Service::Redshift, Action::Buy) => {
            let bought = redshift::Purchase { offering: offering(), count: count(step)? }.send(client).await?;
            (bought.id, all(bought.upfront, bought.count))
        }
        (Service::Redshift, Action::Exchange) => {
            let got = redshift::Exchange { node: only_given(step)?, offering: offering() }.send(client).await?;
            (got.id, all(got.upfront, got.count))
        }
        (Service::RedshiftServerless, Action::Buy) => {
            let purchase = serverless::Purchase { offering: offering(), capacity: count(step)?, token: token(key)? };
            let bought = purchase.send(client).await?;
            (bought.id, all(bought.offering.upfront, bought.capacity))
        }
        _ => return Err(no_call(step)),
    };
    Ok(Made { id, paid })
}
