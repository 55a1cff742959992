//! Tries a connection: assumes its role with the right External ID, a wrong one and none; asks AWS's simulation about every action; calls what only looks.
//!
//! What follows from what is seen is `tenor_permit`'s to say.

mod role;
mod tries;

pub use role::role_found;
pub use tries::{tried, tries};

use crate::answer::Arn;
use crate::client::{CallError, Client, CredentialsFault, Fate, Role};
use crate::reads::role::{Context, Decision, Simulation, simulate};
use std::collections::BTreeMap;
use tenor_permit::{Assumed, Connection, ExternalId, Question, Seen, Trials};
use tenor_wire::Secret;

/// The session's name in CloudTrail.
const SESSION: &str = "tenor-verify";

/// The shortest that AWS lends credentials for.
const SECONDS: i64 = 900;

/// A client with the role of a connection.
#[must_use]
pub fn connected(own: &Client, connection: &Connection, external_id: Option<&ExternalId>) -> Client {
    own.assuming(Role {
        arn: role_arn(connection),
        external_id: external_id.map(|id| Secret::new(id.reveal())),
        session_name: SESSION.to_owned(),
        source_identity: None,
        seconds: SECONDS,
    })
}

/// The ARN of a connection's role.
#[must_use]
pub fn role_arn(connection: &Connection) -> String {
    format!("arn:{}:iam::{}:role/tenor/{}", connection.partition, connection.account, connection.role)
}

/// Assumes the role three times; `wrong` is any other External ID.
pub async fn trials(own: &Client, connection: &Connection, external_id: &ExternalId, wrong: &ExternalId) -> Trials {
    // The wrong ones first: the right one must not be held against them by anything kept.
    let missing = assumed(&connected(own, connection, None)).await;
    let wrong = assumed(&connected(own, connection, Some(wrong))).await;
    let right = assumed(&connected(own, connection, Some(external_id))).await;
    Trials { right, wrong, missing }
}

async fn assumed(client: &Client) -> Assumed {
    match client.has_credentials().await {
        Ok(()) => Assumed::Yes,
        Err(CredentialsFault::Role { source, .. }) if is_denied(&source) => Assumed::Refused,
        Err(error) => Assumed::Failed(chain(&error)),
    }
}

/// What AWS's simulation says of each action of the questions.
pub async fn simulations(client: &Client, connection: &Connection, questions: &[Question]) -> BTreeMap<&'static str, Seen> {
    let mut all = BTreeMap::new();
    for question in questions {
        match simulate(client, &simulation(connection, question)).await {
            Ok(results) => {
                let of = |action: &str| results.iter().find(|result| result.action.eq_ignore_ascii_case(action));
                for action in &question.actions {
                    let unclear = || Seen::Unclear(format!("the simulation says nothing of {action}"));
                    all.insert(*action, of(action).map_or_else(unclear, |result| decided(&result.decision)));
                }
            }
            Err(error) => all.extend(question.actions.iter().map(|action| (*action, Seen::Unclear(chain(&error))))),
        }
    }
    all
}

fn simulation(connection: &Connection, question: &Question) -> Simulation {
    let context = |(key, value): (&&str, &String)| {
        let kind = if *key == "aws:TagKeys" { "stringList" } else { "string" };
        Context { key: (*key).to_owned(), values: vec![value.clone()], kind: kind.to_owned() }
    };
    Simulation {
        principal: Arn(role_arn(connection)),
        actions: question.actions.iter().map(|action| (*action).to_owned()).collect(),
        resources: question.resource.iter().cloned().collect(),
        context: question.context.iter().map(context).collect(),
    }
}

fn decided(decision: &Decision) -> Seen {
    match decision {
        Decision::Allowed => Seen::Works,
        Decision::ExplicitDeny | Decision::ImplicitDeny => Seen::Denied,
        Decision::Other(other) => Seen::Unclear(format!("the simulation says `{other}`")),
    }
}

/// What came of calling something that only looks.
#[must_use]
pub fn seen<T>(answer: &Result<T, CallError>) -> Seen {
    match answer {
        Ok(_) => Seen::Works,
        // It is asked after whether the caller may.
        Err(error) if error.code() == Some("AWSOrganizationsNotInUseException") => Seen::Works,
        Err(error) if is_denied(error) => Seen::Denied,
        Err(error) => Seen::Unclear(chain(error)),
    }
}

/// Whether AWS said that it is not permitted, and nothing else.
fn is_denied(error: &CallError) -> bool {
    let says_so =
        |code: &str| code.starts_with("AccessDenied") || matches!(code, "UnauthorizedOperation" | "NotAuthorized" | "AuthorizationError");
    error.fate() == Fate::Refused && error.code().is_some_and(says_so)
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
