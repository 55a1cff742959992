//! What an error means: for a question that it could not be read, for a call what became of it.

use crate::aws::{NoPrice, Outcome, Unread};
use std::error::Error;
use tenor_aws::answer::AnswerError;
use tenor_aws::client::Fate;
use tenor_ledger::Text;
use tenor_order::Service;

/// What services answer to a name that is taken, or to what was exchanged before. The status says nothing: RDS and ElastiCache have 404,
/// OpenSearch has 409 for what is not there too. Source: `aws-rules` 7.1.
const ALREADY: [(Service, &str); 6] = [
    (Service::Rds, "ReservedDBInstanceAlreadyExists"),
    (Service::ElastiCache, "ReservedCacheNodeAlreadyExists"),
    (Service::MemoryDb, "ReservedNodeAlreadyExistsFault"),
    (Service::OpenSearch, "ResourceAlreadyExistsException"),
    (Service::Redshift, "ReservedNodeAlreadyMigrated"),
    (Service::Redshift, "ReservedNodeAlreadyMigratedFault"),
];

/// OpenSearch's word for a quota that is used up; other services' for too many calls.
const QUOTA: &str = "LimitExceededException";

/// What services answer to an offering that there is not, besides EC2. Savings Plans answer an empty list. Other things are not found too, as
/// MemoryDB's own role. Source: botocore's models.
const NO_OFFERING: [(Service, &str); 6] = [
    (Service::Rds, "ReservedDBInstancesOfferingNotFound"),
    (Service::ElastiCache, "ReservedCacheNodesOfferingNotFound"),
    (Service::MemoryDb, "ReservedNodesOfferingNotFoundFault"),
    (Service::OpenSearch, "ResourceNotFoundException"),
    (Service::Redshift, "ReservedNodeOfferingNotFound"),
    (Service::RedshiftServerless, "ResourceNotFoundException"),
];

/// What became of a call that has no answer, or one that cannot be read.
pub(super) fn outcome(service: Service, error: &AnswerError) -> Outcome {
    let code = error.code().unwrap_or_default();
    if ALREADY.contains(&(service, code)) {
        return Outcome::Already { code: Text::fitted(code) };
    }
    match error.fate() {
        Fate::NotSent => Outcome::NotSent(told(error)),
        Fate::Refused if error.is_unheard() && code != QUOTA => Outcome::NotSent(told(error)),
        Fate::Refused => Outcome::Refused { code: Text::fitted(code), reason: error.message().map_or_else(|| told(error), Text::fitted) },
        Fate::Unknown => Outcome::Lost(told(error)),
    }
}

/// Why something could not be read, in all its words.
pub(super) fn unread(error: &AnswerError) -> Unread {
    Unread(told(error))
}

/// The same of an offering, which refuses a step for good where AWS says that there is none.
pub(super) fn unread_offering(service: Service, id: &str, error: &AnswerError) -> NoPrice {
    let code = error.code().unwrap_or_default();
    // EC2 has a word more behind a dot where the id is not even of the form.
    let is_none =
        NO_OFFERING.contains(&(service, code)) || service == Service::Ec2 && code.starts_with("InvalidReservedInstancesOfferingId");
    if is_none { no_offering(id) } else { unread(error).into() }
}

/// There is no such offering.
pub(super) fn no_offering(id: &str) -> NoPrice {
    NoPrice::NotSold(Text::fitted(&format!("AWS sells no offering {id} here")))
}

fn told(error: &AnswerError) -> Text {
    let first: &dyn Error = error;
    let causes: Vec<String> = std::iter::successors(Some(first), |error| (*error).source()).map(ToString::to_string).collect();
    Text::fitted(&causes.join(": "))
}

#[cfg(test)]
mod tests {
    use super::{outcome, unread_offering};
    use crate::aws::{NoPrice, Outcome};
    use tenor_aws::answer::AnswerError;
    use tenor_aws::client::{CallError, TransportError};
    use tenor_order::Service;
    use tenor_wire::Fault;

    fn fault(code: &str, status: u16) -> CallError {
        let fault = Fault { code: code.to_owned(), message: "AWS's words".to_owned(), request_id: Some("r-1".to_owned()), status };
        CallError::Fault { operation: "s:O".to_owned(), fault: Box::new(fault) }
    }

    fn told(service: Service, error: CallError) -> String {
        match outcome(service, &AnswerError::Call(error)) {
            Outcome::Done { .. } => "done".to_owned(),
            Outcome::Refused { code, reason } => format!("refused: {code}: {reason}"),
            Outcome::Already { code } => format!("already: {code}"),
            Outcome::NotSent(why) => format!("not sent: {why}"),
            Outcome::Lost(why) => format!("lost: {why}"),
        }
    }

    #[test]
    fn codes_say_what_became_of_a_call_and_statuses_do_not() {
        let lost = |source| CallError::Lost { operation: "s:O".to_owned(), source };
        let earlier = |source| CallError::Earlier { operation: "s:O".to_owned(), source: Box::new(source) };
        let told = [
            told(Service::Rds, fault("ReservedDBInstanceAlreadyExists", 404)),
            told(Service::OpenSearch, fault("ResourceAlreadyExistsException", 409)),
            told(Service::OpenSearch, fault("ResourceNotFoundException", 409)),
            told(Service::OpenSearch, fault("LimitExceededException", 409)),
            told(Service::Redshift, fault("ReservedNodeAlreadyMigrated", 400)),
            // It takes no names, so that none is taken by this call.
            told(Service::Redshift, fault("ReservedNodeAlreadyExists", 404)),
            told(Service::Ec2, fault("RequestLimitExceeded", 503)),
            told(Service::Ec2, fault("RequestExpired", 400)),
            told(Service::Ec2, fault("Unavailable", 503)),
            told(Service::Ec2, fault("LimitPriceExceeded", 400)),
            told(Service::Ec2, lost(TransportError::NotConnected("nobody".to_owned()))),
            told(Service::Ec2, lost(TransportError::Broken("midway".to_owned()))),
            // The first attempt may have done it.
            told(Service::Rds, earlier(fault("ReservedDBInstanceAlreadyExists", 404))),
            told(Service::Rds, earlier(fault("Throttling", 400))),
            told(Service::Rds, earlier(lost(TransportError::NotConnected("nobody".to_owned())))),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        already: ReservedDBInstanceAlreadyExists
        already: ResourceAlreadyExistsException
        refused: ResourceNotFoundException: AWS's words
        refused: LimitExceededException: AWS's words
        already: ReservedNodeAlreadyMigrated
        refused: ReservedNodeAlreadyExists: AWS's words
        not sent: s:O failed (request r-1): RequestLimitExceeded: AWS's words
        not sent: s:O failed (request r-1): RequestExpired: AWS's words
        lost: s:O failed (request r-1): Unavailable: AWS's words
        refused: LimitPriceExceeded: AWS's words
        not sent: s:O has no answer: no connection: nobody
        lost: s:O has no answer: the connection broke: midway
        already: ReservedDBInstanceAlreadyExists
        lost: s:O may have been done by an earlier attempt than the last: s:O failed (request r-1): Throttling: AWS's words
        lost: s:O may have been done by an earlier attempt than the last: s:O has no answer: no connection: nobody
        ");
        let missing = AnswerError::Missing { operation: "s:O".to_owned(), field: "id".to_owned() };
        assert!(matches!(outcome(Service::Ec2, &missing), Outcome::Lost(_)), "it answered, and was not understood");
    }

    #[test]
    fn only_a_services_own_word_for_no_offering_refuses_for_good() {
        let codes = [
            "ReservedDBInstancesOfferingNotFound",
            "ReservedCacheNodesOfferingNotFound",
            "ReservedNodesOfferingNotFoundFault",
            "ResourceNotFoundException",
            "ReservedNodeOfferingNotFound",
            "InvalidReservedInstancesOfferingId",
            "InvalidReservedInstancesOfferingId.Malformed",
            "ServiceLinkedRoleNotFoundFault",
            "InvalidReservedInstancesId",
            "Throttling",
        ];
        let is_none = |service, code: &str| {
            let error = AnswerError::Call(fault(code, 400));
            matches!(unread_offering(service, "offering-1", &error), NoPrice::NotSold(_))
        };
        let told = |service: Service| {
            let none: Vec<&str> = codes.into_iter().filter(|code| is_none(service, code)).collect();
            format!("{service}: {}", if none.is_empty() { "none".to_owned() } else { none.join(", ") })
        };
        insta::assert_snapshot!(Service::ALL.map(told).join("\n"), @"
        savingsplans: none
        ec2: InvalidReservedInstancesOfferingId, InvalidReservedInstancesOfferingId.Malformed
        rds: ReservedDBInstancesOfferingNotFound
        elasticache: ReservedCacheNodesOfferingNotFound
        memorydb: ReservedNodesOfferingNotFoundFault
        opensearch: ResourceNotFoundException
        redshift: ReservedNodeOfferingNotFound
        redshift-serverless: ResourceNotFoundException
        dynamodb: none
        ");
    }
}
