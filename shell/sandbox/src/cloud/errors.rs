//! Every error that AWS's models say an operation has: met by some script of `tests/main/wire`, come by as a planned fault, or said here why it
//! cannot be.
//!
//! What a script met is in its file in `tests/main/wire/refused`, which the script's own test keeps up to date.

use super::ask::Caller;
use super::operate::{self, Outcome};
use super::{Cloud, FaultKind, PlannedFault, Setup, table};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs;
use tenor_wire::{Answer, Call, Model, Request};

/// Errors that no call of some operations meets, and why.
struct Never {
    service: &'static str,
    code: &'static str,
    /// By name, so that what is added later has to be met or said anew.
    operations: &'static [&'static str],
    why: &'static str,
}

const fn never(service: &'static str, code: &'static str, operations: &'static [&'static str], why: &'static str) -> Never {
    Never { service, code, operations, why }
}

const NEVER: &[Never] = &[
    never(
        "ce",
        "BillExpirationException",
        &["GetCostAndUsage", "GetCostAndUsageWithResources", "GetCostCategories", "GetDimensionValues", "GetTags"],
        "the sandbox forgets no month",
    ),
    never(
        "ce",
        "BillingViewHealthStatusException",
        &[
            "GetCostAndUsage",
            "GetCostAndUsageComparisons",
            "GetCostAndUsageWithResources",
            "GetCostCategories",
            "GetCostComparisonDrivers",
            "GetDimensionValues",
            "GetTags",
        ],
        "there is the primary billing view alone, and it is always healthy",
    ),
    never(
        "ce",
        "DataUnavailableException",
        &[
            "GetCommitmentPurchaseAnalysis",
            "GetReservationPurchaseRecommendation",
            "ListCommitmentPurchaseAnalyses",
            "ListSavingsPlansPurchaseRecommendationGeneration",
        ],
        "what is told is worked out when it is asked for, so all of it is there",
    ),
    never(
        "ce",
        "DataUnavailableException",
        &["StartCommitmentPurchaseAnalysis", "StartSavingsPlansPurchaseRecommendationGeneration"],
        "it takes a request, and tells nothing of bills",
    ),
    never(
        "cloudtrail",
        "InvalidEventCategoryException",
        &["LookupEvents"],
        "the only category is Insights, which the sandbox does not have",
    ),
    never("cloudtrail", "OperationNotPermittedException", &["LookupEvents"], "it is of delegated administrators, and there are none"),
    never("cloudtrail", "UnsupportedOperationException", &["LookupEvents"], "what is asked of is supported"),
    never("cur", "ResourceNotFoundException", &["PutReportDefinition"], "it is of billing views, of which there is the primary one alone"),
    never(
        "elasticache",
        "InvalidParameterCombination",
        &["DescribeReservedCacheNodes", "DescribeReservedCacheNodesOfferings", "PurchaseReservedCacheNodesOffering"],
        "no two of its parameters exclude each other",
    ),
    never("iam", "LimitExceeded", &["CreateServiceLinkedRole"], "accounts may have any number of roles"),
    never("iam", "NoSuchEntity", &["CreateServiceLinkedRole"], "it names nothing that has to be there"),
    never(
        "iam",
        "InvalidInput",
        &["GetPolicy", "GetPolicyVersion", "ListAttachedRolePolicies", "SimulatePrincipalPolicy"],
        "it is of parameters that AWS's model bounds, and the sandbox takes any text for a name that is not there",
    ),
    never(
        "iam",
        "PolicyEvaluation",
        &["SimulatePrincipalPolicy"],
        "policies are read when a role is made, and one that cannot be is refused then",
    ),
    never(
        "memorydb",
        "InvalidParameterCombinationException",
        &["DescribeReservedNodes", "DescribeReservedNodesOfferings", "PurchaseReservedNodesOffering"],
        "no two of its parameters exclude each other",
    ),
    never(
        "memorydb",
        "ServiceLinkedRoleNotFoundFault",
        &["DescribeReservedNodes", "DescribeReservedNodesOfferings", "PurchaseReservedNodesOffering"],
        "accounts have their service-linked roles",
    ),
    never(
        "opensearch",
        "DisabledOperationException",
        &["DescribeReservedInstanceOfferings", "DescribeReservedInstances", "PurchaseReservedInstanceOffering"],
        "no operation is disabled",
    ),
    never(
        "organizations",
        "AWSOrganizationsNotInUseException",
        &[
            "DescribeOrganization",
            "ListAccounts",
            "ListAccountsForParent",
            "ListOrganizationalUnitsForParent",
            "ListRoots",
            "ListTagsForResource",
        ],
        "every account is in the organization",
    ),
    never("organizations", "ConcurrentModificationException", &["DescribeOrganization"], "calls are answered one after the other"),
    never(
        "pricing",
        "ExpiredNextTokenException",
        &["DescribeServices", "GetAttributeValues", "GetProducts", "ListPriceLists"],
        "tokens of pages do not expire",
    ),
    never(
        "pricing",
        "NotFoundException",
        &["GetPriceListFileUrl", "ListPriceLists"],
        "a list that is not there is `ResourceNotFoundException`",
    ),
    never(
        "redshift",
        "UnsupportedOperation",
        &["DescribeReservedNodeExchangeStatus", "DescribeReservedNodeOfferings", "PurchaseReservedNodeOffering"],
        "it is supported for all nodes",
    ),
    never("redshift", "ReservedNodeOfferingNotFound", &["GetReservedNodeExchangeOfferings"], "it takes no offering"),
    never("redshift-serverless", "ValidationException", &["GetReservationOffering"], "any other id is one of no offering"),
    never(
        "redshift",
        "DependentServiceUnavailableFault",
        &["AcceptReservedNodeExchange", "DescribeReservedNodeOfferings", "DescribeReservedNodes", "GetReservedNodeExchangeOfferings"],
        "no service depends on another one",
    ),
    never(
        "redshift",
        "ReservedNodeAlreadyExists",
        &["AcceptReservedNodeExchange", "PurchaseReservedNodeOffering"],
        "AWS gives nodes their ids, and none twice",
    ),
    never("redshift-serverless", "TooManyTagsException", &["CreateReservation"], "its reservations take no tags"),
    never("savingsplans", "ValidationException", &["ListTagsForResource"], "any other ARN is one of no plan"),
    never(
        "savingsplans",
        "ServiceQuotaExceededException",
        &["CreateSavingsPlan", "DeleteQueuedSavingsPlan"],
        "AWS documents no quota of Savings Plans",
    ),
    never("service-quotas", "IllegalArgumentException", &["GetAWSDefaultServiceQuota"], "it takes the names of a quota alone"),
    never("service-quotas", "InvalidResourceStateException", &["RequestServiceQuotaIncrease"], "quotas are there, and in no state"),
    never("service-quotas", "QuotaExceededException", &["RequestServiceQuotaIncrease"], "any number of requests is taken"),
    never(
        "sts",
        "ExpiredTokenException",
        &["AssumeRole"],
        "it is of web identities' tokens; a session's is refused before as the protocol has it",
    ),
    never("sts", "MalformedPolicyDocument", &["AssumeRole"], "session policies are not taken"),
    never("sts", "PackedPolicyTooLarge", &["AssumeRole"], "session policies are not taken"),
    never("sts", "RegionDisabledException", &["AssumeRole"], "STS is on in all Regions"),
];

/// A modelled error, and of what.
struct Modelled {
    service: &'static str,
    operation: &'static str,
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
            let is_of_fault = of_faults.contains(&error.code);
            Modelled { service: row.service, operation: row.operation, code: &error.code, is_of_fault }
        }));
    }
    found
}

impl Modelled {
    /// As a script's file has it.
    fn line(&self) -> String {
        format!("{}:{} {}", self.service, self.operation, self.code)
    }
}

#[test]
fn every_modelled_error_is_met_or_said_to_be_impossible() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/wire/refused");
    let mut met = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap() {
        met.extend(fs::read_to_string(file.unwrap().path()).unwrap().lines().map(str::to_owned));
    }
    let unmet: BTreeSet<String> =
        modelled().iter().filter(|error| !error.is_of_fault).map(Modelled::line).filter(|line| !met.contains(line)).collect();
    let of_row =
        |row: &Never| row.operations.iter().map(|operation| format!("{}:{operation} {}", row.service, row.code)).collect::<Vec<_>>();
    let said: Vec<String> = NEVER.iter().flat_map(of_row).collect();
    assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "one reason each");
    let unsaid: Vec<&String> = unmet.iter().filter(|line| !said.contains(line)).collect();
    assert!(unsaid.is_empty(), "no script meets these, and nothing says why not: {unsaid:#?}");
    let with_reason = NEVER.iter().flat_map(|row| of_row(row).into_iter().map(|line| (line, row.why)));
    let idle: Vec<(String, &str)> = with_reason.filter(|(line, _)| !unmet.contains(line)).collect();
    assert!(idle.is_empty(), "these are met, or modelled nowhere, whatever is said of them: {idle:#?}");
}

/// Each operation meets the code of each fault that is refused before the call is read: what [`operate::codes_of_faults`] says is not only said.
#[test]
fn planned_faults_are_met_by_every_operation() {
    let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
    let text = String::new;
    let caller = Caller { account: 0, arn: text(), access_key: text(), role: None, source_identity: text() };
    for row in table::operations() {
        let service = Model::catalogued().service(row.service).unwrap();
        let call = Call { service, operation: service.operation(row.operation).unwrap() };
        let met = [FaultKind::Throttled, FaultKind::Denied].map(|kind| {
            cloud.plan_fault(PlannedFault { operation: format!("{}:{}", row.service, row.operation), kind, per_mille: 1000, times: 1 });
            let operated = cloud.operate(call, &caller, "us-east-1", &Request::default(), Timestamp::UNIX_EPOCH);
            let Outcome::Answered(response) = operated.outcome else { panic!("{} is lost", row.operation) };
            let Answer::Fault(fault) = call.decode_response(&response).unwrap() else { panic!("{} is answered", row.operation) };
            fault.code
        });
        assert_eq!(met[..], operate::codes_of_faults(call)[..2], "{}:{}", row.service, row.operation);
        // [BOTO:ce] `LimitExceededException`: too many calls in a short time.
        let is_limited = call.operation.errors.iter().any(|error| error.code == "LimitExceededException");
        assert!(row.service != "ce" || !is_limited || met[0] == "LimitExceededException", "{}", row.operation);
    }
}
