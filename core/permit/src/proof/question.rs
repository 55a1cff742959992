//! What AWS's policy simulation is asked: each action on a resource it is meant for, in a request that keeps every guard.

use crate::capabilities;
use crate::connection::Connection;
use crate::permit::Permit;
use crate::policy::Names;
use crate::row::{Grant, Scope, Via};
use std::collections::BTreeMap;

/// One question to `SimulatePrincipalPolicy`: these actions, on this resource, in this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// IAM actions; at most [`Question::ACTIONS_MAX`].
    pub actions: Vec<&'static str>,
    /// An ARN that they are meant for, without wildcards; none stands for everything.
    pub resource: Option<String>,
    /// Condition keys with the values that a request of Tenor's has.
    pub context: BTreeMap<&'static str, String>,
}

impl Question {
    /// Actions that are asked for at once.
    pub const ACTIONS_MAX: usize = 50;

    /// All that has to be asked about a connection: what the permit has, and every other action of the catalogue, which the role should not have.
    #[must_use]
    pub fn all(permit: &Permit, connection: &Connection) -> Vec<Self> {
        let names = Names::of(connection);
        let mut grants: BTreeMap<&'static str, &'static Grant> = BTreeMap::new();
        for (_, grant) in capabilities().flat_map(|capability| capability.grants().collect::<Vec<_>>()) {
            grants.entry(grant.action).or_insert(grant);
        }
        for permitted in permit.permitted() {
            grants.insert(permitted.grant.action, permitted.grant);
        }
        let mut groups: BTreeMap<Asked, Vec<&'static str>> = BTreeMap::new();
        for grant in grants.into_values().filter(|grant| grant.via == Via::Policy) {
            // Without a report there is nothing to ask its bucket's actions about.
            if connection.report.is_none() && grant.scope.needs_report() {
                continue;
            }
            groups.entry((resource(grant, &names), context(grant, &names))).or_default().push(grant.action);
        }
        let questions = groups.into_iter().flat_map(|((resource, context), actions)| {
            let question =
                |actions: &[&'static str]| Self { actions: actions.to_vec(), resource: resource.clone(), context: context.clone() };
            actions.chunks(Self::ACTIONS_MAX).map(question).collect::<Vec<_>>()
        });
        questions.collect()
    }
}

/// What is asked of: a resource, and the request.
type Asked = (Option<String>, BTreeMap<&'static str, String>);

/// One of the resources that a grant names, with a plain name where it says any.
fn resource(grant: &Grant, names: &Names) -> Option<String> {
    match grant.scope {
        Scope::Unscopable => None,
        Scope::Arns(arns) => arns.first().map(|arn| names.fill(arn).replace('*', "tenor")),
    }
}

fn context(grant: &Grant, names: &Names) -> BTreeMap<&'static str, String> {
    let kept = grant.guards.iter().filter_map(|guard| names.condition(*guard));
    kept.filter_map(|(_, key, values)| Some((key, values.first()?.replace('*', "proof")))).collect()
}
