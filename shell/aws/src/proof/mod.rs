//! Tries a connection: assumes its role with the right External ID, a wrong one and none; asks AWS's simulation about every action; calls what only looks.
//!
//! What follows from what is seen is `tenor_permit`'s to say.

mod errand;
mod role;
mod tries;

pub use errand::{Errand, Purpose, SourceIdentity};
pub use role::role_found;
pub use tries::{tried, tries};

use crate::answer::Arn;
use crate::client::{CallError, Client, CredentialsFault, Role};
use crate::reads::role::{Context, Decision, Simulation, simulate};
use std::collections::BTreeMap;
use tenor_permit::{Assumed, Connection, ExternalId, Question, Seen, Trials};
use tenor_wire::Secret;

/// The action by which a session says for whom it is.
const NAMING: &str = "sts:SetSourceIdentity";

/// The shortest that AWS lends credentials for.
const SECONDS: i64 = 900;

/// A client with the role of a connection. CloudTrail has for each of its calls what it is for and who has it done; where AWS does not let it name them,
/// what it is for alone.
#[must_use]
pub fn connected(own: &Client, connection: &Connection, external_id: &ExternalId, errand: &Errand) -> Client {
    let person = errand.person.as_ref().map(|person| person.as_str().to_owned());
    own.assuming(Role { source_identity: person, ..role(connection, Some(external_id), &errand.purpose) })
}

/// What is to be said once a client that [`connected`] made has asked through the connection of that name: that CloudTrail does not name who has it done,
/// where AWS did not let it. Nothing where it names them.
#[must_use]
pub fn unnamed(role: &Client, errand: &Errand, connection: &str) -> Option<String> {
    let line = || {
        let session = errand.purpose.session_name();
        format!("CloudTrail names nobody for these calls, the session `{session}` alone: see tenor connect prove {connection}")
    };
    role.is_unnamed().then(line)
}

/// The role for a purpose, and for nobody in particular.
fn role(connection: &Connection, external_id: Option<&ExternalId>, purpose: &Purpose) -> Role {
    Role {
        arn: role_arn(connection),
        external_id: external_id.map(|id| Secret::new(id.reveal())),
        session_name: purpose.session_name(),
        source_identity: None,
        may_be_unnamed: true,
        seconds: SECONDS,
    }
}

/// The ARN of a connection's role.
#[must_use]
pub fn role_arn(connection: &Connection) -> String {
    format!("arn:{}:iam::{}:role/tenor/{}", connection.partition, connection.account, connection.role)
}

/// Assumes the role three times; `wrong` is any other External ID.
pub async fn trials(own: &Client, connection: &Connection, external_id: &ExternalId, wrong: &ExternalId) -> Trials {
    // The wrong ones first: the right one must not be held against them by anything kept.
    let session = |external_id: Option<&ExternalId>| own.assuming(role(connection, external_id, &Purpose::Verify));
    let missing = assumed(&session(None)).await;
    let wrong = assumed(&session(Some(wrong))).await;
    let right = assumed(&session(Some(external_id))).await;
    Trials { right, wrong, missing }
}

/// Whether a role that lets in the right one lets them say for whom they call, by the action that it takes: the permission is the trust policy's, which
/// no simulation knows, and the caller's own.
pub async fn names_people(
    own: &Client,
    connection: &Connection,
    external_id: &ExternalId,
    person: &SourceIdentity,
) -> (&'static str, Seen) {
    let source_identity = Some(person.as_str().to_owned());
    let named = Role { source_identity, may_be_unnamed: false, ..role(connection, Some(external_id), &Purpose::Verify) };
    let seen = match assumed(&own.assuming(named)).await {
        Assumed::Yes => Seen::Works,
        Assumed::Refused => Seen::Denied,
        Assumed::Failed(why) => Seen::Unclear(why),
    };
    (NAMING, seen)
}

async fn assumed(client: &Client) -> Assumed {
    match client.has_credentials().await {
        Ok(()) => Assumed::Yes,
        Err(CredentialsFault::Role { source, .. }) if source.is_denied() => Assumed::Refused,
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
        Err(error) if error.is_denied() => Seen::Denied,
        Err(error) => Seen::Unclear(chain(error)),
    }
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
