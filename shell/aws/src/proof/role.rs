//! The role as IAM shows it: whom it trusts, its policies, its boundary, its version.

use super::role_arn;
use crate::client::{CallError, Client};
use std::collections::BTreeMap;
use tenor_permit::{Connection, RoleFound, VERSION_TAG};
use tenor_wire::Value;

/// Reads a connection's role. Policies of the connection are named as its documents are, others by their ARN or as `inline NAME`.
///
/// # Errors
/// When any part of it cannot be read: a role that is read in part proves nothing.
pub async fn role_found(client: &Client, connection: &Connection) -> Result<RoleFound, CallError> {
    let named = || Value::of([("RoleName", connection.role.as_str().into())]);
    let answer = client.call("iam", "GetRole", &named()).await?;
    let tags = answer.list("Role.Tags").unwrap_or_default();
    let version = tags.iter().find(|tag| tag.text("Key") == Some(VERSION_TAG)).and_then(|tag| tag.text("Value"));
    let mut documents = BTreeMap::new();
    for page in client.pages("iam", "ListAttachedRolePolicies", &named()).await? {
        for policy in page.list("AttachedPolicies").unwrap_or_default() {
            let Some(arn) = policy.text("PolicyArn") else { continue };
            documents.insert(name(connection, arn), attached(client, arn).await?);
        }
    }
    for page in client.pages("iam", "ListRolePolicies", &named()).await? {
        for name in page.list("PolicyNames").unwrap_or_default() {
            let Value::Text(name) = name else { continue };
            let mut request = named();
            request.set("PolicyName", name.as_str().into());
            let answer = client.call("iam", "GetRolePolicy", &request).await?;
            documents.insert(format!("inline {name}"), decoded(answer.text("PolicyDocument").unwrap_or_default()));
        }
    }
    Ok(RoleFound {
        trust: decoded(answer.text("Role.AssumeRolePolicyDocument").unwrap_or_default()),
        documents,
        boundary: answer.text("Role.PermissionsBoundary.PermissionsBoundaryArn").map(str::to_owned),
        version: version.map(str::to_owned),
    })
}

/// The document of a managed policy in force.
async fn attached(client: &Client, arn: &str) -> Result<String, CallError> {
    let policy = client.call("iam", "GetPolicy", &Value::of([("PolicyArn", arn.into())])).await?;
    let version = policy.text("Policy.DefaultVersionId").unwrap_or("v1");
    let request = Value::of([("PolicyArn", arn.into()), ("VersionId", version.into())]);
    let answer = client.call("iam", "GetPolicyVersion", &request).await?;
    Ok(decoded(answer.text("PolicyVersion.Document").unwrap_or_default()))
}

/// `trial-1` for a policy of the connection's, the ARN for any other.
fn name(connection: &Connection, arn: &str) -> String {
    let account = role_arn(connection);
    let account = account.split(":role/").next().unwrap_or_default();
    let prefix = format!("{account}:policy/tenor/{}-", connection.role);
    arn.strip_prefix(&prefix).unwrap_or(arn).to_owned()
}

/// IAM percent-encodes documents (RFC 3986); one that is not encoded stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match pair.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn documents_are_read_encoded_or_not() {
        assert_eq!(decoded("%7B%22a%22%3A%22%C3%A9%22%7D"), r#"{"a":"é"}"#);
        assert_eq!(decoded(r#"{"a":"100%"}"#), r#"{"a":"100%"}"#);
        assert_eq!(decoded("%"), "%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
