//! Service Quotas: what limits purchases is told here and can be raised, and what is told is what the shops enforce.
//!
//! [BOTO:service-quotas]. A quota that was never raised has its default alone. That AWS grants a request after an hour and up to ten times the default is simulated; so is that it needs its service-linked
//! role before an administrator has used it (UNVERIFIED).

use super::Cloud;
use super::ask::{Answered, Ask, Refusal};
use super::moment::Moment;
use super::pages::Paging;
use super::table::{Row, change, read};
use serde::{Deserialize, Serialize};
use std::fmt;
use tenor_wire::{Decimal, Value};

const SERVICE: &str = "service-quotas";

pub(super) const OPERATIONS: &[Row] = &[
    read(SERVICE, "GetServiceQuota", applied),
    read(SERVICE, "GetAWSDefaultServiceQuota", everybodys),
    read(SERVICE, "ListRequestedServiceQuotaChangeHistoryByQuota", history),
    change(SERVICE, "RequestServiceQuotaIncrease", request),
    change("iam", "CreateServiceLinkedRole", make_role),
];

/// [EC2:ri-limits]: so many new ones a month in each Region, and in each zone.
pub(super) const RESERVED_INSTANCES: Quota = Quota {
    service: "ec2",
    service_name: "Amazon Elastic Compute Cloud (Amazon EC2)",
    code: "L-D0B7243C",
    name: "New Reserved Instances per month",
    value: 20,
};
/// UNVERIFIED default (`aws-rules` 1.11).
pub(super) const RESERVED_DATABASES: Quota = Quota {
    service: "rds",
    service_name: "Amazon Relational Database Service (Amazon RDS)",
    code: "L-78E853F4",
    name: "Reserved DB instances",
    value: 40,
};
const QUOTAS: [&Quota; 2] = [&RESERVED_INSTANCES, &RESERVED_DATABASES];

/// How long AWS takes over a request.
const ANSWER_SECONDS: i64 = 3_600;
/// A request for more than so many times the default is not granted.
const TIMES_MAX: u32 = 10;
const STATUSES: [&str; 7] = ["PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST"];
const ROLE: &str = "AWSServiceRoleForServiceQuotas";
const ROLE_SERVICE: &str = "servicequotas.amazonaws.com";

const PAGING: Paging =
    Paging { limit: "MaxResults", token: "NextToken", usual: 100, range: (1, 100), refusal: "InvalidPaginationTokenException" };

/// A quota that limits purchases.
#[derive(Debug)]
pub(super) struct Quota {
    service: &'static str,
    service_name: &'static str,
    code: &'static str,
    name: &'static str,
    /// What it is unless AWS raised it.
    pub(super) value: u32,
}

/// A request for more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    id: String,
    account: u32,
    region: String,
    /// Of which quota.
    code: String,
    desired: u32,
    at: Moment,
    by: String,
}

impl Asked {
    fn status(&self, quota: &Quota, now: Moment) -> &'static str {
        if now < self.at.later(ANSWER_SECONDS) {
            "PENDING"
        } else if self.desired <= quota.value * TIMES_MAX {
            "APPROVED"
        } else {
            "DENIED"
        }
    }
}

impl Cloud {
    /// What a quota is for the caller's account in the Region that is asked.
    pub(super) fn quota(&self, ask: &Ask<'_>, quota: &Quota) -> u32 {
        self.applied(ask, quota).unwrap_or(quota.value)
    }

    /// What AWS raised it to, if it ever did.
    fn applied(&self, ask: &Ask<'_>, quota: &Quota) -> Option<u32> {
        let granted = self.asked(ask, quota).filter(|asked| asked.status(quota, self.books.now) == "APPROVED");
        granted.map(|asked| asked.desired).max()
    }

    fn asked<'c>(&'c self, ask: &'c Ask<'_>, quota: &'c Quota) -> impl Iterator<Item = &'c Asked> {
        let is_own = move |asked: &&Asked| {
            (asked.account, asked.region.as_str(), asked.code.as_str()) == (ask.caller.account, ask.region, quota.code)
        };
        self.books.quota_requests.iter().filter(is_own)
    }

    fn quota_value(&self, ask: &Ask<'_>, quota: &Quota, number: u32) -> Value {
        let mut value = self.told_of(ask, quota);
        value.set("Value", Value::Decimal(Decimal::from(i64::from(number))));
        value.set("Adjustable", true.into());
        value
    }

    fn request_value(&self, ask: &Ask<'_>, quota: &Quota, asked: &Asked) -> Value {
        let status = asked.status(quota, self.books.now);
        let updated = if status == "PENDING" { asked.at } else { asked.at.later(ANSWER_SECONDS) };
        let mut value = self.told_of(ask, quota);
        value.set("Id", asked.id.as_str().into());
        value.set("DesiredValue", Value::Decimal(Decimal::from(i64::from(asked.desired))));
        value.set("Status", status.into());
        value.set("Created", Value::Time(asked.at.timestamp()));
        value.set("LastUpdated", Value::Time(updated.timestamp()));
        value.set("Requester", format!("{{\"accountId\":\"{}\",\"callerArn\":\"{}\"}}", self.account_id(asked.account), asked.by).into());
        value.set("QuotaRequestedAtLevel", "ACCOUNT".into());
        value
    }

    /// What is told of a quota wherever it is named.
    fn told_of(&self, ask: &Ask<'_>, quota: &Quota) -> Value {
        let arn = format!("arn:aws:servicequotas:{}:{}:{}/{}", ask.region, self.account_id(ask.caller.account), quota.service, quota.code);
        Value::of([
            ("ServiceCode", quota.service.into()),
            ("ServiceName", quota.service_name.into()),
            ("QuotaArn", arn.into()),
            ("QuotaCode", quota.code.into()),
            ("QuotaName", quota.name.into()),
            ("Unit", "None".into()),
            ("GlobalQuota", false.into()),
        ])
    }
}

fn illegal(message: impl fmt::Display) -> Refusal {
    Refusal::new("IllegalArgumentException", message)
}

fn none(message: impl fmt::Display) -> Refusal {
    Refusal::new("NoSuchResourceException", message)
}

/// The quota that a request names.
fn named(ask: &Ask<'_>) -> Result<&'static Quota, Refusal> {
    let (service, code) = (ask.text("ServiceCode").unwrap_or_default(), ask.text("QuotaCode").unwrap_or_default());
    let found = QUOTAS.into_iter().find(|quota| (quota.service, quota.code) == (service, code));
    let found = found.ok_or_else(|| none(format!("The request failed because the quota {code} of {service} does not exist.")))?;
    // Neither is of a single resource.
    match ask.text("ContextId") {
        Some(context) => Err(illegal(format!("The quota {code} is not of the resource {context}"))),
        None => Ok(found),
    }
}

/// What is wrong with a page that is asked for but its token.
fn check_page(ask: &Ask<'_>) -> Result<(), Refusal> {
    match ask.integer(PAGING.limit) {
        Some(limit) if !(PAGING.range.0..=PAGING.range.1).contains(&limit) => {
            Err(illegal(format!("MaxResults must be from 1 to 100, not {limit}")))
        }
        _ => Ok(()),
    }
}

fn page(cloud: &Cloud, ask: &Ask<'_>, member: &'static str, found: Vec<Value>) -> Answered {
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([(member, page.into())]);
    if let Some(next) = next {
        answer.set(PAGING.token, next.into());
    }
    Ok(answer)
}

/// `GetServiceQuota`: one that was never raised has no value that was applied, and AWS answers as if there were none.
fn applied(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let quota = named(ask)?;
    let number = cloud.applied(ask, quota);
    let number = number.ok_or_else(|| none("The request failed because the applied value of the quota does not exist."))?;
    let mut value = cloud.quota_value(ask, quota, number);
    value.set("QuotaAppliedAtLevel", "ACCOUNT".into());
    Ok(Value::of([("Quota", value)]))
}

/// `GetAWSDefaultServiceQuota`: the same for everybody, whatever was raised, and in no account.
fn everybodys(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let quota = named(ask)?;
    let mut value = cloud.quota_value(ask, quota, quota.value);
    value.set("QuotaArn", format!("arn:aws:servicequotas:{}::{}/{}", ask.region, quota.service, quota.code).into());
    Ok(Value::of([("Quota", value)]))
}

/// `ListRequestedServiceQuotaChangeHistoryByQuota`: what was asked for, the newest first.
fn history(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    check_page(ask)?;
    let quota = named(ask)?;
    let wanted = ask.text("Status");
    if let Some(status) = wanted.filter(|status| !STATUSES.contains(status)) {
        return Err(illegal(format!("`{status}` is no status of a request")));
    }
    let is_wanted = |asked: &&Asked| wanted.is_none_or(|status| status == asked.status(quota, cloud.books.now));
    let mut found: Vec<Value> = cloud.asked(ask, quota).filter(is_wanted).map(|asked| cloud.request_value(ask, quota, asked)).collect();
    found.reverse();
    page(cloud, ask, "RequestedQuotas", found)
}

/// `RequestServiceQuotaIncrease`: of a quota one request is open at most.
fn request(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let quota = named(ask)?;
    let desired = match ask.input.at("DesiredValue") {
        Some(Value::Decimal(number)) => whole(number.as_str()),
        Some(Value::Integer(number)) => u32::try_from(*number).ok(),
        _ => None,
    };
    let desired = desired.ok_or_else(|| illegal("DesiredValue must be a whole number"))?;
    let value = cloud.quota(ask, quota);
    if desired <= value {
        return Err(illegal(format!("You must provide a quota value greater than the current quota value, which is {value}")));
    }
    if cloud.asked(ask, quota).any(|asked| asked.status(quota, cloud.books.now) == "PENDING") {
        return Err(Refusal::new("ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota."));
    }
    let account = ask.caller.account;
    if ask.caller.role.is_some() && !cloud.books.quota_roles.contains(&account) {
        let message = format!("The service-linked role {ROLE} is not there, and the caller may not have it made");
        return Err(Refusal::new("DependencyAccessDeniedException", message));
    }
    // Nothing below may refuse.
    let id = cloud.fresh_id();
    let (region, code, at, by) = (ask.region.to_owned(), quota.code.to_owned(), cloud.books.now, ask.caller.arn.clone());
    let asked = Asked { id, account, region, code, desired, at, by };
    let answer = cloud.request_value(ask, quota, &asked);
    cloud.books.quota_requests.push(asked);
    cloud.books.quota_roles.insert(account);
    Ok(Value::of([("RequestedQuota", answer)]))
}

/// `60` of `60.0`; none of what is not whole.
fn whole(text: &str) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.bytes().all(|digit| digit == b'0') { whole.parse().ok() } else { None }
}

/// `CreateServiceLinkedRole`, of Service Quotas alone.
fn make_role(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let invalid = |message: String| Refusal::new("InvalidInput", message);
    let service = ask.text("AWSServiceName").unwrap_or_default();
    if service != ROLE_SERVICE {
        return Err(invalid(format!("The sandbox has no service-linked role of {service}")));
    }
    let account = ask.caller.account;
    if !cloud.books.quota_roles.insert(account) {
        return Err(invalid(format!("Service role name {ROLE} has been taken in this account, please try a different suffix.")));
    }
    let path = format!("/aws-service-role/{ROLE_SERVICE}/");
    let trust = format!(
        "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Principal%22%3A%7B%22Service%22%3A%22{ROLE_SERVICE}%22%7D%7D%5D%7D"
    );
    let role = Value::of([
        ("Path", path.as_str().into()),
        ("RoleName", ROLE.into()),
        ("RoleId", format!("AROA{:017X}", cloud.chance(46)).into()),
        ("Arn", format!("arn:aws:iam::{}:role{path}{ROLE}", cloud.account_id(account)).into()),
        ("CreateDate", Value::Time(cloud.books.now.timestamp())),
        ("AssumeRolePolicyDocument", trust.into()),
    ]);
    Ok(Value::of([("Role", role)]))
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_quota_is_whole() {
        assert_eq!(["60", "60.0", "60.5", "-1", "6e1", ""].map(whole), [Some(60), Some(60), None, None, None, None]);
    }
}
