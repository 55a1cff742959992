//! The role as IAM shows it: whom it trusts, its policies, its boundary, its version.

use super::role_arn;
use crate::answer::AnswerError;
use crate::client::Client;
use crate::reads::role;
use std::collections::BTreeMap;
use tenor_permit::{Connection, RoleFound, VERSION_TAG};

/// Reads a connection's role. Policies of the connection are named as its documents are, others by their ARN, unread, or as `inline NAME`.
///
/// # Errors
/// When any part of it cannot be read: a role that is read in part proves nothing.
pub async fn role_found(client: &Client, connection: &Connection) -> Result<RoleFound, AnswerError> {
    let name = connection.role.as_str();
    let found = role::role(client, name).await?;
    let mut documents = BTreeMap::new();
    for attached in role::attached_policies(client, name).await? {
        let Some(document) = document_name(connection, &attached.arn.0) else {
            // The role may not read it; that it is there is enough to know.
            documents.insert(attached.arn.0, String::new());
            continue;
        };
        let policy = role::policy(client, &attached.arn).await?;
        let version = role::policy_version(client, &attached.arn, &policy.version).await?;
        documents.insert(document, version.document.0);
    }
    for inline in role::inline_policies(client, name).await? {
        let document = role::inline_policy(client, name, &inline).await?;
        documents.insert(format!("inline {inline}"), document.0);
    }
    let version = found.tags.0.get(VERSION_TAG).cloned();
    Ok(RoleFound { trust: found.trust.0, documents, boundary: found.boundary.map(|arn| arn.0), version })
}

/// `trial-1` for a policy of the connection's, none for any other.
fn document_name(connection: &Connection, arn: &str) -> Option<String> {
    let account = role_arn(connection);
    let account = account.split(":role/").next().unwrap_or_default();
    let prefix = format!("{account}:policy/tenor/{}-", connection.role);
    arn.strip_prefix(&prefix).map(str::to_owned)
}
