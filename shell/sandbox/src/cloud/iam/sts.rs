//! Who one is, and becoming somebody else.

use super::policy::{Wish, trusts};
use super::role::Session;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::random::{base32, hash};
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_wire::{Secret, Value};

/// A session lasts an hour unless it says otherwise, at least a quarter of one ([BOTO:sts] `DurationSeconds`).
const SESSION_USUAL: i64 = 3_600;
const SESSION_MIN: i64 = 900;
/// How long a session that is over is told from a key that nobody has.
const REMEMBERED_SECONDS: i64 = 86_400;

/// `GetCallerIdentity`. It needs no permission.
pub(super) fn identity(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let id = format!("AIDA{}", base32(16, hash(&[cloud.books.setup.seed, 52, u64::from(ask.caller.account)])).to_uppercase());
    let account = cloud.account_id(ask.caller.account);
    Ok(Value::of([("UserId", id.into()), ("Account", account.into()), ("Arn", ask.caller.arn.as_str().into())]))
}

/// `AssumeRole`: the trust policy decides, External ID and all.
pub(super) fn assume(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let arn = ask.text("RoleArn").unwrap_or_default();
    let name = ask.text("RoleSessionName").unwrap_or_default();
    // A role that is not there and one that does not trust the caller are refused alike, so that nobody can try names out.
    let denied = || {
        let text = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}", ask.caller.arn);
        Refusal::new("AccessDenied", text).with_status(403)
    };
    let role = cloud.role_at(arn).ok_or_else(denied)?.clone();
    let context = context(ask);
    let wants = [
        Some("sts:AssumeRole"),
        ask.text("SourceIdentity").map(|_| "sts:SetSourceIdentity"),
        ask.input.list("Tags").filter(|tags| !tags.is_empty()).map(|_| "sts:TagSession"),
    ];
    let is_trusted = |action: &str| trusts(&role.trust, &ask.caller.arn, &Wish { action, resource: arn, context: &context });
    if !wants.into_iter().flatten().all(is_trusted) {
        return Err(denied());
    }
    let seconds = ask.integer("DurationSeconds").unwrap_or(SESSION_USUAL);
    if seconds < SESSION_MIN || seconds > role.session_max {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Refusal::new("ValidationError", message));
    }
    let (key, secret, token) = (cloud.chance(53), cloud.chance(54), cloud.chance(55));
    let ends = ask.wall.as_second() + seconds;
    let session = Session {
        account: role.account,
        role: role.name.clone(),
        name: name.to_owned(),
        access_key: format!("ASIA{}", base32(16, key).to_uppercase()),
        secret_key: base32(40, secret),
        token: base32(120, token),
        ends,
        source_identity: ask.text("SourceIdentity").unwrap_or_default().to_owned(),
    };
    let credentials = Value::of([
        ("AccessKeyId", session.access_key.as_str().into()),
        ("SecretAccessKey", Secret::new(&session.secret_key).into()),
        ("SessionToken", Secret::new(&session.token).into()),
        ("Expiration", Value::Time(Timestamp::from_second(ends).unwrap_or(ask.wall))),
    ]);
    let user = Value::of([("AssumedRoleId", format!("{}:{name}", role.id).into()), ("Arn", cloud.session_arn(&session).into())]);
    let mut answer = Value::of([("Credentials", credentials), ("AssumedRoleUser", user)]);
    if let Some(identity) = ask.text("SourceIdentity") {
        answer.set("SourceIdentity", identity.into());
    }
    // One that is over is known for a while, so that it is told from one that never was.
    cloud.books.sessions.retain(|session| session.ends.saturating_add(REMEMBERED_SECONDS) > ask.wall.as_second());
    cloud.books.sessions.push(session);
    Ok(answer)
}

/// What a trust policy may ask of the request.
fn context(ask: &Ask<'_>) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    if let Some(secret) = ask.input.secret("ExternalId") {
        found.insert("sts:externalid".to_owned(), vec![secret.expose().to_owned()]);
    }
    for (member, key) in [("SourceIdentity", "sts:sourceidentity"), ("RoleSessionName", "sts:rolesessionname")] {
        if let Some(text) = ask.text(member) {
            found.insert(key.to_owned(), vec![text.to_owned()]);
        }
    }
    let keys: Vec<String> =
        ask.input.list("Tags").unwrap_or_default().iter().filter_map(|tag| tag.text("Key")).map(str::to_owned).collect();
    if !keys.is_empty() {
        found.insert("aws:tagkeys".to_owned(), keys);
    }
    found
}

impl Cloud {
    pub(in crate::cloud) fn session_arn(&self, session: &Session) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", self.account_id(session.account), session.role, session.name)
    }
}
