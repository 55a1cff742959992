//! Whether a role's session may make a call: every IAM action that the call needs, on what it acts on.

use super::policy::{Decision, Wish, decide};
use crate::cloud::Cloud;
use crate::cloud::ask::Ask;
use std::collections::BTreeMap;
use tenor_permit::{Operation, Scope, Via};
use tenor_wire::Value;

impl Cloud {
    /// The IAM action that the caller lacks for a call; none when it may make it. An administrator may make any.
    pub(in crate::cloud) fn lacks(&self, service: &str, operation: &str, ask: &Ask<'_>) -> Option<String> {
        let role_name = ask.caller.role.as_deref()?;
        let role = self.books.roles.iter().find(|role| role.account == ask.caller.account && role.name == role_name);
        let Some(role) = role else { return Some("sts:AssumeRole".to_owned()) };
        // What the catalogue does not have, no connection may call.
        let Some(known) = Operation::find(service, operation) else { return Some(format!("{service}:{operation}")) };
        let context = self.context(ask);
        let account = self.account_id(ask.caller.account);
        let is_denied = |action: &str, resource: &str| {
            decide(Self::documents(role), &Wish { action, resource, context: &context }) != Decision::Allowed
        };
        let granted = known.grants.iter().filter(|grant| grant.via == Via::Policy);
        granted
            .filter(|grant| match grant.scope {
                Scope::Unscopable => is_denied(grant.action, "*"),
                Scope::Arns(arns) => arns.iter().all(|arn| {
                    let arn = arn.replace("{partition}", "aws").replace("{account}", account).replace("{role}", role_name);
                    is_denied(grant.action, &arn.replace('*', "sandbox"))
                }),
            })
            .map(|grant| grant.action.to_owned())
            .next()
    }

    /// The condition keys that a call has: its Region, the tags it gives and those of what it acts on.
    fn context(&self, ask: &Ask<'_>) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::from([
            ("aws:requestedregion".to_owned(), vec![ask.region.to_owned()]),
            ("aws:resourceaccount".to_owned(), vec![self.account_id(ask.caller.account).to_owned()]),
            ("ec2:region".to_owned(), vec![ask.region.to_owned()]),
        ]);
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
        let plans = self.books.plans.iter().filter(|plan| ids.contains(&plan.id.as_str())).map(|plan| &plan.tags);
        let reserved = self.books.reserved.iter().filter(|held| ids.contains(&held.id.as_str())).map(|held| &held.tags);
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
        Some(Value::Map(tags)) => tags.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        Some(Value::List(tags)) => {
            let pair = |tag: &Value| Some((tag.text("Key")?.to_owned(), tag.text("Value").unwrap_or_default().to_owned()));
            tags.iter().filter_map(pair).collect()
        }
        _ => BTreeMap::new(),
    }
}
