//! What Service Quotas says of a step's purchases, a request for more, and tags.

use super::fate;
use crate::aws::{Outcome, Unread};
use crate::quota::{Answer, Asked, Listed, Quota};
use tenor_aws::answer::AnswerError;
use tenor_aws::changes::OwnTags;
use tenor_aws::changes::ec2::Tag;
use tenor_aws::changes::quotas::{self as changes, RaiseQuota};
use tenor_aws::client::Client;
use tenor_aws::reads::quotas::{self, NoValue, QuotaRequest, RequestStatus};
use tenor_ledger::{Moment, OrderId, Text};
use tenor_money::Quantity;
use tenor_order::{Service, Step};

/// Service Quotas' word for a request where another is open.
const OPEN: &str = "ResourceAlreadyExistsException";
/// Its word for a quota that a Region does not have, and for one that was never raised.
const NONE: &str = "NoSuchResourceException";
/// IAM's word for a role that it does not make, and its words for one that is there.
const NOT_MADE: (&str, &str) = ("InvalidInput", "has been taken");

/// Where a quota stands; none where there is none, or the role may not look at it.
pub(super) async fn quota(client: &Client, listed: Listed) -> Result<Option<Quota>, Unread> {
    let Some(value) = value(client, listed).await? else { return Ok(None) };
    let read = match quotas::requests(client, listed.service, listed.code).await {
        // It is there, and was never asked for.
        Err(error) if error.code() == Some(NONE) => Ok(Vec::new()),
        read => read,
    };
    let Some(requests) = allowed(read)? else { return Ok(None) };
    Ok(Some(Quota { value, asked: requests.into_iter().map(asked).collect() }))
}

/// How many it allows: what AWS applies to the account, and where it never raised it, what it applies to everybody. Source: `GetServiceQuota` of
/// Service Quotas' reference.
async fn value(client: &Client, listed: Listed) -> Result<Option<u32>, Unread> {
    let read = match quotas::quota(client, listed.service, listed.code).await {
        Err(error) if error.code() == Some(NONE) => quotas::default_quota(client, listed.service, listed.code).await,
        read => read,
    };
    allowed(read)?.map_or(Ok(None), |found| number(found.value, found.no_value))
}

/// The number that AWS tells; none where it does not, and is not about to.
fn number(value: Option<Quantity>, no_value: Option<NoValue>) -> Result<Option<u32>, Unread> {
    match (value, no_value) {
        (Some(value), _) => Ok(Some(whole(value))),
        (None, Some(why)) if why.passes() => {
            let why = why.message.or(why.code).unwrap_or_default();
            Err(Unread(Text::fitted(&format!("Service Quotas does not know the quota now: {why}"))))
        }
        // The role may not ask the service whose it is, or AWS does not tell: it is AWS's to enforce.
        (None, _) => Ok(None),
    }
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

/// Asks for more.
pub(super) async fn raise(client: &Client, listed: Listed, service: Service, desired: u32) -> Outcome {
    let raise = RaiseQuota { service: listed.service.to_owned(), code: listed.code.to_owned(), desired };
    match raise.send(client).await {
        Ok(request) => Outcome::Done { result: Text::fitted(&request.id), paid: None },
        Err(error) if error.code() == Some(OPEN) => Outcome::Already { code: Text::fitted(OPEN) },
        Err(error) => fate::outcome(service, &error),
    }
}

/// Makes the role by which Service Quotas passes a request on.
pub(super) async fn make_role(client: &Client, service: Service) -> Outcome {
    let (code, words) = NOT_MADE;
    match changes::make_role(client).await {
        Ok(role) => Outcome::Done { result: Text::fitted(&role.name), paid: None },
        Err(error) if error.code() == Some(code) && error.message().is_some_and(|told| told.contains(words)) => {
            Outcome::Already { code: Text::fitted(code) }
        }
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

#[cfg(test)]
mod tests {
    use super::number;
    use tenor_aws::reads::quotas::NoValue;

    #[test]
    fn a_quota_without_a_value_is_aws_s_to_enforce_or_unread_for_a_while() {
        let without = |code: &str| {
            let why = NoValue { code: Some(code.to_owned()), message: None };
            number(None, Some(why)).map_err(|unread| unread.to_string())
        };
        assert_eq!(number(Some("20.5".parse().unwrap()), None), Ok(Some(20)));
        assert_eq!(number(None, None), Ok(None));
        assert_eq!(without("DEPENDENCY_ACCESS_DENIED_ERROR"), Ok(None));
        assert_eq!(without("SERVICE_QUOTA_NOT_AVAILABLE_ERROR"), Ok(None));
        for code in ["DEPENDENCY_THROTTLING_ERROR", "DEPENDENCY_SERVICE_ERROR"] {
            assert_eq!(without(code), Err(format!("Service Quotas does not know the quota now: {code}")));
        }
    }
}
