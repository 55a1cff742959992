//! Every error that AWS's models say an operation has: met by some script of `tests/main/wire`, come by as a planned fault, or said here why it
//! cannot be.
//!
//! What a script met is in its file in `tests/main/wire/refused`, which the script's own test keeps up to date.

use super::{operate, table};
use std::collections::BTreeSet;
use std::fs;
use tenor_wire::{Call, Model};

/// Errors that no call of the sandbox meets: of an operation or of all (`*`) of a service, and why.
const NEVER: &[(&str, &str, &str)] = &[
    ("ce:*", "BillExpirationException", "the sandbox forgets no month"),
    ("ce:*", "BillingViewHealthStatusException", "there is the primary billing view alone, and it is always healthy"),
    ("ce:*", "DataUnavailableException", "what is told is worked out when it is asked for, so all of it is there"),
    ("ce:*", "ResourceNotFoundException", "it is of billing views, of which there is the primary one alone"),
    ("cloudtrail:*", "InvalidEventCategoryException", "the only category is Insights, which the sandbox does not have"),
    ("cloudtrail:*", "OperationNotPermittedException", "it is of delegated administrators, and there are none"),
    ("cloudtrail:*", "UnsupportedOperationException", "what is asked of is supported"),
    ("cur:*", "ResourceNotFoundException", "it is of billing views, of which there is the primary one alone"),
    ("elasticache:*", "InvalidParameterCombination", "no two of its parameters exclude each other"),
    ("iam:*", "InvalidInput", "it is of parameters that AWS's model bounds, and the sandbox takes any text for a name that is not there"),
    ("iam:*", "PolicyEvaluation", "policies are read when a role is made, and one that cannot be is refused then"),
    ("memorydb:*", "InvalidParameterCombinationException", "no two of its parameters exclude each other"),
    ("memorydb:*", "ServiceLinkedRoleNotFoundFault", "accounts have their service-linked roles"),
    ("opensearch:*", "DisabledOperationException", "no operation is disabled"),
    ("organizations:*", "AWSOrganizationsNotInUseException", "every account is in the organization"),
    ("organizations:*", "ConcurrentModificationException", "calls are answered one after the other"),
    ("pricing:*", "ExpiredNextTokenException", "tokens of pages do not expire"),
    ("pricing:GetPriceListFileUrl", "NotFoundException", "a list that is not there is `ResourceNotFoundException`"),
    ("pricing:ListPriceLists", "NotFoundException", "a list that is not there is `ResourceNotFoundException`"),
    ("redshift:DescribeReservedNodeExchangeStatus", "UnsupportedOperation", "it is supported for all nodes"),
    ("redshift:DescribeReservedNodeOfferings", "UnsupportedOperation", "it is supported for all nodes"),
    ("redshift:GetReservedNodeExchangeOfferings", "ReservedNodeOfferingNotFound", "it takes no offering"),
    ("redshift:PurchaseReservedNodeOffering", "UnsupportedOperation", "it is supported for all nodes"),
    ("redshift-serverless:GetReservationOffering", "ValidationException", "any other id is one of no offering"),
    ("redshift:*", "DependentServiceUnavailableFault", "no service depends on another one"),
    ("redshift:*", "ReservedNodeAlreadyExists", "AWS gives nodes their ids, and none twice"),
    ("redshift-serverless:*", "TooManyTagsException", "its reservations take no tags"),
    ("savingsplans:ListTagsForResource", "ValidationException", "any other ARN is one of no plan"),
    ("savingsplans:*", "ServiceQuotaExceededException", "AWS documents no quota of Savings Plans"),
    ("sts:*", "ExpiredTokenException", "it is of web identities' tokens; a session's is refused before as the protocol has it"),
    ("sts:*", "MalformedPolicyDocument", "session policies are not taken"),
    ("sts:*", "PackedPolicyTooLarge", "session policies are not taken"),
    ("sts:*", "RegionDisabledException", "STS is on in all Regions"),
];

/// A modelled error, and of what.
struct Modelled {
    service: &'static str,
    line: String,
    call: String,
    code: &'static str,
    /// Whether a planned fault makes any call meet it.
    is_of_fault: bool,
}

fn modelled() -> Vec<Modelled> {
    let mut found = Vec::new();
    for row in table::operations() {
        let service = Model::catalogued().service(row.service).expect("it is catalogued");
        let operation = service.operation(row.operation).expect("it is catalogued");
        let of_faults = operate::codes_of_faults(Call { service, operation });
        found.extend(operation.errors.iter().map(|error| {
            let call = format!("{}:{}", row.service, row.operation);
            let line = format!("{call} {}", error.code);
            Modelled { service: row.service, line, call, code: &error.code, is_of_fault: of_faults.contains(&error.code) }
        }));
    }
    found
}

impl Modelled {
    /// Whether a row of [`NEVER`] is of it.
    fn is_of(&self, (of, code, _): &(&str, &str, &str)) -> bool {
        *code == self.code && (*of == self.call || of.strip_suffix(":*") == Some(self.service))
    }
}

#[test]
fn every_modelled_error_is_met_or_said_to_be_impossible() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/wire/refused");
    let mut met = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        met.extend(fs::read_to_string(file.unwrap().path()).unwrap().lines().map(str::to_owned));
    }
    let unmet: Vec<Modelled> = modelled().into_iter().filter(|error| !met.contains(&error.line) && !error.is_of_fault).collect();
    let unsaid: Vec<&str> =
        unmet.iter().filter(|error| !NEVER.iter().any(|row| error.is_of(row))).map(|error| error.line.as_str()).collect();
    assert!(unsaid.is_empty(), "no script meets these, and nothing says why not:\n{}", unsaid.join("\n"));
    let idle: Vec<_> = NEVER.iter().filter(|row| !unmet.iter().any(|error| error.is_of(row))).collect();
    assert!(idle.is_empty(), "these are met, or modelled nowhere: {idle:?}");
}
