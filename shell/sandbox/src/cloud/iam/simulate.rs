//! `SimulatePrincipalPolicy`: what a role's policies would say.

use super::policy::{Decision, Wish, decide};
use super::read::listed;
use super::role::no_entity;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, texts};
use std::collections::BTreeMap;
use tenor_wire::Value;

/// Each action on each resource, in the context that is given.
pub(super) fn principal(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let arn = ask.text("PolicySourceArn").unwrap_or_default();
    let role = cloud.role_at(arn).filter(|role| role.account == ask.caller.account);
    let role = role.ok_or_else(|| no_entity(format!("The principal {arn} cannot be found.")))?;
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in ask.input.list("ContextEntries").unwrap_or_default() {
        let values = texts(entry, "ContextKeyValues").into_iter().map(str::to_owned).collect();
        context.insert(entry.text("ContextKeyName").unwrap_or_default().to_lowercase(), values);
    }
    let mut resources = ask.texts("ResourceArns");
    if resources.is_empty() {
        resources.push("*");
    }
    let mut found = Vec::new();
    for action in ask.texts("ActionNames") {
        let decisions: Vec<(&str, Decision)> = resources
            .iter()
            .map(|resource| (*resource, decide(Cloud::documents(role), &Wish { action, resource, context: &context })))
            .collect();
        let worst = |wanted: Decision| decisions.iter().any(|(_, decision)| *decision == wanted);
        let all = match () {
            () if worst(Decision::ExplicitDeny) => Decision::ExplicitDeny,
            () if worst(Decision::ImplicitDeny) => Decision::ImplicitDeny,
            () => Decision::Allowed,
        };
        let specific = decisions.iter().map(|(resource, decision)| {
            Value::of([("EvalResourceName", (*resource).into()), ("EvalResourceDecision", decision.text().into())])
        });
        found.push(Value::of([
            ("EvalActionName", action.into()),
            ("EvalResourceName", resources[0].into()),
            ("EvalDecision", all.text().into()),
            ("MatchedStatements", Value::List(Vec::new())),
            ("MissingContextValues", Value::List(Vec::new())),
            ("ResourceSpecificResults", Value::List(specific.collect())),
        ]));
    }
    listed(cloud, ask, "EvaluationResults", found)
}
