//! Whether a role's session may make a call: every IAM action that the call needs, on what it acts on.

use super::policy::{Decision, Wish, decide};
use crate::cloud::Cloud;
use crate::cloud::ask::{Ask, Caller};
use std::collections::BTreeMap;
use tenor_permit::{Operation, Scope, Via};
use tenor_wire::Value;

/// Services with one endpoint for all Regions ([IAM:reference_policies_condition-keys] `aws:RequestedRegion`).
const GLOBAL: [&str; 6] = ["account", "billing", "ce", "iam", "organizations", "savingsplans"];

/// How requests name what they act on, by what stands before the name in its ARN.
const NAMED_BY: [(&str, &[&str]); 13] = [
    (":savingsplan/", &["savingsPlanId", "savingsPlanIds", "savingsPlanArns", "resourceArn"]),
    (":reserved-instances/", &["ReservedInstancesId", "ReservedInstancesIds", "ReservedInstanceIds", "Resources"]),
    (":ri:", &["ReservedDBInstanceId"]),
    (":reserved-instance:", &["ReservedCacheNodeId"]),
    (":reservednode/", &["ReservationId"]),
    (":role/", &["RoleName", "PolicySourceArn"]),
    (":policy/", &["PolicyArn"]),
    (":export/", &["ExportArn", "Export.Name"]),
    (":definition/", &["ReportDefinition.ReportName"]),
    (":billingview/", &["BillingViewArn"]),
    (":ou/", &["ParentId", "ResourceId"]),
    (":root/", &["ParentId", "ResourceId"]),
    (":account/", &["ResourceId"]),
];

/// What a member of a request names: one thing, or several.
fn named<'a>(ask: &Ask<'a>, member: &str) -> Vec<&'a str> {
    ask.text(member).map_or_else(|| ask.texts(member), |name| vec![name])
}

impl Cloud {
    /// The IAM action that the caller lacks for a call; none when it may make it. An administrator may make any.
    pub(in crate::cloud) fn lacks(&self, service: &str, operation: &str, ask: &Ask<'_>) -> Option<String> {
        let role_name = ask.caller.role.as_deref()?;
        let role = self.books.roles.iter().find(|role| role.account == ask.caller.account && role.name == role_name);
        let Some(role) = role else { return Some("sts:AssumeRole".to_owned()) };
        // What the catalogue does not have, no connection may call.
        let Some(known) = Operation::find(service, operation) else { return Some(format!("{service}:{operation}")) };
        let context = self.context(service, ask);
        let is_denied = |action: &str, resource: &str| {
            decide(Self::documents(role), &Wish { action, resource, context: &context }) != Decision::Allowed
        };
        let granted = known.grants.iter().filter(|grant| grant.via == Via::Policy);
        granted
            .filter(|grant| match grant.scope {
                Scope::Unscopable => is_denied(grant.action, "*"),
                Scope::Arns(arns) => {
                    let mut things = self.acted_on(arns, ask, role_name).into_iter();
                    things.any(|arns| arns.iter().all(|arn| is_denied(grant.action, arn)))
                }
            })
            .map(|grant| grant.action.to_owned())
            .next()
    }

    /// Whether a caller may do something in a bucket: its owner's administrator may do anything, a role of the owner's what its policies say. No bucket
    /// has a policy that lets others in.
    pub(crate) fn may_in_bucket(
        &self,
        caller: &Caller,
        owner: u32,
        action: &str,
        resource: &str,
        context: &BTreeMap<String, Vec<String>>,
    ) -> bool {
        if caller.account != owner {
            return false;
        }
        let Some(name) = caller.role.as_deref() else { return true };
        let role = self.books.roles.iter().find(|role| role.account == owner && role.name == name);
        role.is_some_and(|role| decide(Self::documents(role), &Wish { action, resource, context }) == Decision::Allowed)
    }

    /// What a call acts on: for each thing its ARN, or the kinds of ARN it may have. What the call does not name has a name of no meaning.
    fn acted_on(&self, arns: &[&str], ask: &Ask<'_>, role: &str) -> Vec<Vec<String>> {
        let (account, region) = (self.account_id(ask.caller.account), ask.region);
        let patterns = arns.iter().map(|arn| {
            let arn = arn.replace("{partition}", "aws").replace("{account}", account).replace("{role}", role);
            // The one star that is a whole field stands for the Region.
            arn.replacen(":*:", &format!(":{region}:"), 1)
        });
        let patterns: Vec<String> = patterns.collect();
        // A quota is named by two members.
        if let (Some(service), Some(code)) = (ask.text("ServiceCode"), ask.text("QuotaCode"))
            && patterns.iter().any(|pattern| pattern.contains(":servicequotas:"))
        {
            return vec![vec![format!("arn:aws:servicequotas:{region}:{account}:{service}/{code}")]];
        }
        let mut things: Vec<Vec<String>> = Vec::new();
        for (kind, members) in NAMED_BY {
            for name in members.iter().flat_map(|member| named(ask, member)) {
                let arns = patterns.iter().filter_map(|pattern| self.arn_of(pattern, kind, name, ask.caller.account));
                let arns: Vec<String> = arns.collect();
                if !arns.is_empty() {
                    things.push(arns);
                }
            }
        }
        if things.is_empty() {
            things.push(patterns.iter().map(|pattern| pattern.replace('*', "sandbox")).collect());
        }
        things
    }

    /// The ARN of what a request names, where it is of a kind that a pattern is for.
    fn arn_of(&self, pattern: &str, kind: &str, name: &str, account: u32) -> Option<String> {
        let (before, _) = pattern.split_once(kind)?;
        // Of whatever kind it is: what the role may not have is not to pass for something else.
        if name.starts_with("arn:") {
            return Some(name.to_owned());
        }
        let is_organized = matches!(kind, ":ou/" | ":root/" | ":account/");
        let starts = match kind {
            ":ou/" => name.starts_with("ou-"),
            ":root/" => name.starts_with("r-"),
            ":account/" => name.starts_with(|first: char| first.is_ascii_digit()),
            _ => true,
        };
        if !starts {
            return None;
        }
        if kind == ":role/" {
            let role = self.books.roles.iter().find(|role| role.account == account && role.name == name);
            return Some(role.map_or_else(|| format!("{before}{kind}{name}"), |role| self.role_arn(role)));
        }
        Some(if is_organized { format!("{before}{kind}{}/{name}", self.organization_id()) } else { format!("{before}{kind}{name}") })
    }

    /// The condition keys that a call has: its Region, the tags it gives and those of what it acts on.
    fn context(&self, service: &str, ask: &Ask<'_>) -> BTreeMap<String, Vec<String>> {
        // What has one endpoint for the world is in us-east-1, whatever Region the signature names.
        let region = if GLOBAL.contains(&service) { "us-east-1" } else { ask.region };
        let mut found = BTreeMap::from([
            ("aws:requestedregion".to_owned(), vec![region.to_owned()]),
            ("aws:resourceaccount".to_owned(), vec![self.account_id(ask.caller.account).to_owned()]),
            ("ec2:region".to_owned(), vec![ask.region.to_owned()]),
        ]);
        if let Some(service) = ask.text("AWSServiceName") {
            found.insert("iam:awsservicename".to_owned(), vec![service.to_owned()]);
        }
        let given = given_tags(ask.input);
        if !given.is_empty() {
            found.insert("aws:tagkeys".to_owned(), given.keys().cloned().collect());
        }
        for (key, value) in given {
            found.insert(format!("aws:requesttag/{}", key.to_lowercase()), vec![value]);
        }
        for (key, value) in self.held_tags(ask) {
            for prefix in ["aws", "ec2"] {
                found.insert(format!("{prefix}:resourcetag/{}", key.to_lowercase()), vec![value.clone()]);
            }
        }
        found
    }

    /// The tags that everything the call names has.
    fn held_tags(&self, ask: &Ask<'_>) -> BTreeMap<String, String> {
        let mut ids = ask.texts("ReservedInstancesIds");
        ids.extend(ask.texts("ReservedInstanceIds"));
        ids.extend(["savingsPlanId", "ReservedInstancesId"].iter().filter_map(|member| ask.text(member)));
        let (account, is_asked) = (ask.caller.account, |id: &String| ids.contains(&id.as_str()));
        let plans = self.books.plans.iter().filter(|plan| plan.account == account && is_asked(&plan.id)).map(|plan| &plan.tags);
        let instances = self.books.reserved.iter().filter(|held| held.account == account && held.product_code == "AmazonEC2");
        let reserved = instances.filter(|held| is_asked(&held.id)).map(|held| &held.tags);
        let mut all = plans.chain(reserved);
        let Some(first) = all.next() else { return BTreeMap::new() };
        let mut common = first.clone();
        for tags in all {
            common.retain(|key, value| tags.get(key) == Some(value));
        }
        common
    }
}

/// Tags that a request gives: as a map, or as a list of keys and values.
fn given_tags(input: &Value) -> BTreeMap<String, String> {
    let member = ["tags", "Tags"].iter().find_map(|name| input.at(name));
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
    match member {
        Some(Value::Map(tags)) => tags.iter().map(|(key, value)| (key.to_string(), text(value))).collect(),
        Some(Value::List(tags)) => {
            let pair = |tag: &Value| Some((tag.text("Key")?.to_owned(), tag.text("Value").unwrap_or_default().to_owned()));
            tags.iter().filter_map(pair).collect()
        }
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::NAMED_BY;
    use tenor_permit::Scope;
    use tenor_wire::Model;

    /// The first acts on the account that asks; who becomes a role, its trust decides; a quota is named by two members.
    const OTHERS: [&str; 4] =
        ["account:GetAccountInformation", "sts:AssumeRole", "service-quotas:GetServiceQuota", "service-quotas:RequestServiceQuotaIncrease"];

    #[test]
    fn whatever_a_request_acts_on_is_known_by_the_member_that_names_it() {
        let mut unknown = Vec::new();
        for operation in tenor_permit::operations() {
            let arns: Vec<&str> =
                operation.grants.iter().flat_map(|grant| if let Scope::Arns(arns) = grant.scope { arns } else { &[] }).copied().collect();
            let Some(service) = Model::catalogued().service(operation.service) else { continue };
            let Some(known) = service.operation(operation.name) else { continue };
            let members: Vec<&str> = service.structure(known.input.as_deref()).members.iter().map(|member| member.name.as_str()).collect();
            let names = |member: &&&str| ["Id", "Ids", "Arn", "Arns"].iter().any(|end| member.ends_with(end));
            let named: Vec<&str> = members.iter().filter(names).copied().collect();
            let is_known = NAMED_BY.iter().any(|(kind, by)| {
                let is_there = |member: &&str| members.contains(&member.split('.').next().unwrap_or_default());
                arns.iter().any(|arn| arn.contains(kind)) && by.iter().any(is_there)
            });
            let told = format!("{}:{}", operation.service, operation.name);
            if !arns.is_empty() && !named.is_empty() && !is_known && !OTHERS.contains(&told.as_str()) {
                unknown.push(format!("{told} {named:?} {arns:?}"));
            }
        }
        assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    }
}
