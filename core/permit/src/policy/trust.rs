//! The trust policy: one principal, and only with the connection's External ID.

use crate::connection::{Connection, ExternalId};
use crate::json::Json;

/// The most characters of a trust policy, spaces not counted. Source: IAM quotas.
pub const TRUST_CHARACTERS_MAX: usize = 2_048;

/// The role's trust policy as IAM takes it, for people: two spaces a level.
#[must_use]
pub fn trust_policy(connection: &Connection, external_id: &ExternalId) -> String {
    trust(connection.trusted.as_str(), &external_id.reveal()).pretty()
}

/// The approver's name and the order's number go with every session, so that CloudTrail tells them; neither lets anyone in by itself.
pub(crate) fn trust(principal: &str, external_id: &str) -> Json {
    let statement = |sid: &str, action: &str, operator: &str, key: &str, value: &str| {
        Json::object([
            ("Sid", Json::text(sid)),
            ("Effect", Json::text("Allow")),
            ("Principal", Json::object([("AWS", Json::text(principal))])),
            ("Action", Json::text(action)),
            ("Condition", Json::object([(operator, Json::object([(key, Json::text(value))]))])),
        ])
    };
    let statements = vec![
        statement("OneCallerWithTheExternalId", "sts:AssumeRole", "StringEquals", "sts:ExternalId", external_id),
        statement("NameTheApprover", "sts:SetSourceIdentity", "StringLike", "sts:SourceIdentity", "*"),
        statement("NameTheOrder", "sts:TagSession", "ForAllValues:StringLike", "aws:TagKeys", "tenor:*"),
    ];
    Json::object([("Version", Json::text("2012-10-17")), ("Statement", Json::List(statements))])
}
