//! What Service Quotas says of a step's purchases, a request for more, and tags.

use super::fate;
use crate::aws::{Outcome, Unread};
use crate::quota::{Answer, Asked, Listed, Quota};
use tenor_aws::answer::AnswerError;
use tenor_aws::changes::OwnTags;
use tenor_aws::changes::ec2::Tag;
use tenor_aws::changes::quotas::{RaiseQuota, make_role};
use tenor_aws::client::Client;
use tenor_aws::reads::quotas::{self, QuotaRequest, RequestStatus};
use tenor_ledger::{Moment, OrderId, Text};
use tenor_money::Quantity;
use tenor_order::{Service, Step};

/// Service Quotas' word for a request where another is open.
const OPEN: &str = "ResourceAlreadyExistsException";
/// Its word for an account that lacks its service-linked role.
const NO_ROLE: &str = "DependencyAccessDeniedException";
/// Its word for a quota that a Region does not have.
const NONE: &str = "NoSuchResourceException";

/// Where a quota stands; none where there is none, or the role may not look at it.
pub(super) async fn quota(client: &Client, listed: Listed) -> Result<Option<Quota>, Unread> {
    let Some(found) = allowed(quotas::quota(client, listed.service, listed.code).await)? else { return Ok(None) };
    let Some(requests) = allowed(quotas::requests(client, listed.service, listed.code).await)? else { return Ok(None) };
    Ok(Some(Quota { value: whole(found.value), asked: requests.into_iter().map(asked).collect() }))
}

/// What was read, or nothing where that is not granted or not there.
fn allowed<T>(read: Result<T, AnswerError>) -> Result<Option<T>, Unread> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_denied() || error.code() == Some(NONE) => Ok(None),
        Err(error) => Err(fate::unread(&error)),
    }
}

fn asked(request: QuotaRequest) -> Asked {
    let answer = if request.is_open() {
        Answer::Open
    } else if request.status == RequestStatus::Approved {
        Answer::Granted
    } else {
        Answer::Declined
    };
    Asked { id: Text::fitted(&request.id), desired: whole(request.desired), at: Moment(request.created), answer }
}

/// A quota of things that are counted, without what AWS's number has behind its point.
fn whole(quantity: Quantity) -> u32 {
    u32::try_from(quantity.units() / Quantity::from_whole(1).units()).unwrap_or(u32::MAX)
}

/// Asks for more. An account that never used Service Quotas gets its role first, where that is granted.
pub(super) async fn raise(client: &Client, listed: Listed, service: Service, desired: u32) -> Outcome {
    let raise = RaiseQuota { service: listed.service.to_owned(), code: listed.code.to_owned(), desired };
    let first = raise.send(client).await;
    let lacks_role = matches!(&first, Err(error) if error.code() == Some(NO_ROLE));
    let answer = if lacks_role && make_role(client).await.is_ok() { raise.send(client).await } else { first };
    match answer {
        Ok(request) => Outcome::Done { result: Text::fitted(&request.id), paid: None },
        Err(error) if error.code() == Some(OPEN) => Outcome::Already { code: Text::fitted(OPEN) },
        Err(error) => fate::outcome(service, &error),
    }
}

/// Tags reservations with order and step.
pub(super) async fn tag(client: &Client, order: OrderId, step: &Step, ids: &[Text]) -> Outcome {
    let tags = [("order", order.to_string()), ("step", step.number.to_string())];
    let tags = OwnTags(tags.map(|(key, value)| (key.to_owned(), value)).into());
    let tag = Tag { reservations: ids.iter().map(ToString::to_string).collect(), tags };
    match tag.send(client).await {
        Ok(()) => Outcome::Done { result: Text::fitted("tagged"), paid: None },
        Err(error) => fate::outcome(step.service, &error),
    }
}
