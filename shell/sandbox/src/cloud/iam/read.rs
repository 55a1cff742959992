//! A role and its policies, as IAM shows them.

use super::role::{Managed, Role, no_entity};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::pages::Paging;
use std::collections::BTreeMap;
use tenor_wire::Value;

const PAGING: Paging = Paging { limit: "MaxItems", token: "Marker", usual: 100, range: (1, 1000), refusal: "InvalidInput" };

/// `GetRole`. Documents are percent-encoded, as IAM sends them.
pub(super) fn role(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let role = cloud.named_role(ask)?;
    let value = Value::of([
        ("Path", role.path.as_str().into()),
        ("RoleName", role.name.as_str().into()),
        ("RoleId", role.id.as_str().into()),
        ("Arn", cloud.role_arn(role).into()),
        ("CreateDate", Value::Time(role.made.timestamp())),
        ("AssumeRolePolicyDocument", encoded(&role.trust).into()),
        ("Description", role.description.as_str().into()),
        ("MaxSessionDuration", role.session_max.into()),
        ("Tags", tags(&role.tags)),
    ]);
    Ok(Value::of([("Role", value)]))
}

/// `ListAttachedRolePolicies`.
pub(super) fn attached(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let role = cloud.named_role(ask)?;
    let under = ask.text("PathPrefix").unwrap_or("/");
    let value = |name: &String| Value::of([("PolicyName", name.as_str().into()), ("PolicyArn", cloud.policy_arn(role, name).into())]);
    let found = role.managed.iter().filter(|(_, managed)| managed.path.starts_with(under)).map(|(name, _)| value(name));
    listed(cloud, ask, "AttachedPolicies", found.collect())
}

/// `ListRolePolicies`.
pub(super) fn inline(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let names = cloud.named_role(ask)?.inline.keys().map(|name| name.as_str().into()).collect();
    listed(cloud, ask, "PolicyNames", names)
}

/// `GetRolePolicy`.
pub(super) fn inline_policy(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (role, name) = (cloud.named_role(ask)?, ask.text("PolicyName").unwrap_or_default());
    let document = role.inline.get(name).ok_or_else(|| no_entity(format!("The role policy with name {name} cannot be found.")))?;
    Ok(Value::of([("RoleName", role.name.as_str().into()), ("PolicyName", name.into()), ("PolicyDocument", encoded(document).into())]))
}

/// `GetPolicy`.
pub(super) fn policy(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (role, name, managed) = cloud.named_policy(ask)?;
    let moment = Value::Time(role.made.timestamp());
    let value = Value::of([
        ("PolicyName", name.into()),
        ("PolicyId", managed.id.as_str().into()),
        ("Arn", cloud.policy_arn(role, name).into()),
        ("Path", managed.path.as_str().into()),
        ("DefaultVersionId", format!("v{}", managed.newest()).into()),
        ("AttachmentCount", 1.into()),
        ("PermissionsBoundaryUsageCount", 0.into()),
        ("IsAttachable", true.into()),
        ("Description", managed.description.as_str().into()),
        ("CreateDate", moment.clone()),
        ("UpdateDate", moment),
        ("Tags", Value::List(Vec::new())),
    ]);
    Ok(Value::of([("Policy", value)]))
}

/// `GetPolicyVersion`.
pub(super) fn version(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (role, name, managed) = cloud.named_policy(ask)?;
    let id = ask.text("VersionId").unwrap_or_default();
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    let found = number.and_then(|number| Some((number, managed.versions.get(&number)?)));
    let (number, document) = found.ok_or_else(|| no_entity(format!("Policy {name} version {id} does not exist.")))?;
    let value = Value::of([
        ("Document", encoded(document).into()),
        ("VersionId", id.into()),
        ("IsDefaultVersion", (number == managed.newest()).into()),
        ("CreateDate", Value::Time(role.made.timestamp())),
    ]);
    Ok(Value::of([("PolicyVersion", value)]))
}

/// `ListAccountAliases`: the account's name.
pub(super) fn aliases(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let name = cloud.accounts[ask.caller.account as usize].name.clone();
    listed(cloud, ask, "AccountAliases", vec![name.into()])
}

pub(super) fn listed(cloud: &Cloud, ask: &Ask<'_>, member: &'static str, items: Vec<Value>) -> Answered {
    let (page, next) = PAGING.page(ask, items, cloud.page_most())?;
    let mut answer = Value::of([(member, page.into()), ("IsTruncated", next.is_some().into())]);
    if let Some(next) = next {
        answer.set("Marker", next.into());
    }
    Ok(answer)
}

fn tags(tags: &BTreeMap<String, String>) -> Value {
    let tag = |(key, value): (&String, &String)| Value::of([("Key", key.as_str().into()), ("Value", value.as_str().into())]);
    Value::List(tags.iter().map(tag).collect())
}

fn encoded(document: &str) -> String {
    url::form_urlencoded::byte_serialize(document.as_bytes()).collect::<String>().replace('+', "%20")
}

impl Cloud {
    fn named_policy<'a>(&'a self, ask: &Ask<'a>) -> Result<(&'a Role, &'a str, &'a Managed), Refusal> {
        let arn = ask.text("PolicyArn").unwrap_or_default();
        let mine = self.books.roles.iter().filter(|role| role.account == ask.caller.account);
        let all = mine.flat_map(|role| role.managed.iter().map(move |(name, managed)| (role, name.as_str(), managed)));
        let mut found = all.filter(|(role, name, _)| self.policy_arn(role, name) == arn);
        found.next().ok_or_else(|| no_entity(format!("Policy {arn} does not exist or is not attachable.")))
    }
}
