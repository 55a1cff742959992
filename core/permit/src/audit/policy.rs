//! An IAM policy document as text, read just so far as an audit needs. What cannot be read is an error, never left out.

use serde_json::Value;

/// Why a text cannot be audited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Not JSON.
    #[error("the policy is not JSON: line {line}, column {column}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON, and no policy.
    #[error("the policy has no `Statement`")]
    NoStatement,
    /// A statement without what it has to have, or with what it may not.
    #[error("statement {number}: `{member}` is missing or is not what IAM takes")]
    Statement {
        /// From 1.
        number: usize,
        /// Which part of it.
        member: &'static str,
    },
}

/// A statement.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) allows: bool,
    pub(super) actions: Actions,
    pub(super) resources: Resources,
    pub(super) conditional: bool,
}

/// Which actions, as patterns.
#[derive(Debug)]
pub(super) enum Actions {
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// On what.
#[derive(Debug)]
pub(super) enum Resources {
    /// On everything, or on everything but something.
    Everything,
    /// ARNs, as patterns.
    These(Vec<String>),
}

/// Every statement of a policy.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, AuditError> {
    let parsed: Value = serde_json::from_str(text).map_err(|error| AuditError::NotJson { line: error.line(), column: error.column() })?;
    match parsed.get("Statement") {
        Some(Value::Array(list)) => (1..).zip(list).map(|(number, value)| statement(number, value)).collect(),
        Some(value @ Value::Object(_)) => Ok(vec![statement(1, value)?]),
        _ => Err(AuditError::NoStatement),
    }
}

fn statement(number: usize, value: &Value) -> Result<Statement, AuditError> {
    let wrong = |member| AuditError::Statement { number, member };
    let allows = match value.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(wrong("Effect")),
    };
    let actions = match (value.get("Action"), value.get("NotAction")) {
        (Some(actions), None) => Actions::These(texts(actions).ok_or_else(|| wrong("Action"))?),
        (None, Some(actions)) => Actions::AllBut(texts(actions).ok_or_else(|| wrong("NotAction"))?),
        _ => return Err(wrong("Action")),
    };
    let resources = match (value.get("Resource"), value.get("NotResource")) {
        (Some(resources), None) => {
            let arns = texts(resources).ok_or_else(|| wrong("Resource"))?;
            if arns.iter().any(|arn| arn == "*") { Resources::Everything } else { Resources::These(arns) }
        }
        (None, Some(resources)) => {
            texts(resources).ok_or_else(|| wrong("NotResource"))?;
            Resources::Everything
        }
        _ => return Err(wrong("Resource")),
    };
    let conditional = value.get("Condition").is_some_and(|condition| condition.as_object().is_none_or(|keys| !keys.is_empty()));
    Ok(Statement { allows, actions, resources, conditional })
}

/// A text or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}
