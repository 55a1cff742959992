//! The role: who may assume it, its policies, and whether AWS would let it do something.

use crate::answer::{AnswerError, Arn, Document, Input, Tags, record, words};
use crate::client::Client;
use jiff::Timestamp;

record! {
    /// A role.
    pub Role {
        /// Its name for policies.
        arn: Arn = "Arn",
        /// Its name.
        name: String = "RoleName",
        /// Its path: `/` where it has none.
        path: String = "Path",
        /// AWS's own id, which a role made again by the same name has not.
        id: String = "RoleId",
        /// When it was made.
        created: Timestamp = "CreateDate",
        /// Who may assume it.
        trust: Document = "AssumeRolePolicyDocument",
        /// How long a session may be, in seconds.
        session_seconds_max: Option<u32> = "MaxSessionDuration",
        /// The policy that bounds its permissions.
        boundary: Option<Arn> = "PermissionsBoundary.PermissionsBoundaryArn",
        /// Its tags.
        tags: Tags = "Tags",
    }
}

record! {
    /// A policy that is attached to a role.
    pub Attached {
        /// Its name for policies.
        arn: Arn = "PolicyArn",
        /// Its name.
        name: String = "PolicyName",
    }
}

record! {
    /// A managed policy.
    pub Policy {
        /// Its name for policies.
        arn: Arn = "Arn",
        /// Its name.
        name: String = "PolicyName",
        /// Which version is in force: `v3`.
        version: String = "DefaultVersionId",
        /// When it last changed.
        updated: Option<Timestamp> = "UpdateDate",
        /// Its tags.
        tags: Tags = "Tags",
    }
}

record! {
    /// A version of a managed policy.
    pub PolicyVersion {
        /// Which: `v3`.
        id: String = "VersionId",
        /// What it says.
        document: Document = "Document",
        /// Whether it is in force.
        is_default: bool = "IsDefaultVersion",
        /// When it was made.
        created: Option<Timestamp> = "CreateDate",
    }
}

words! {
    /// What IAM would decide.
    pub Decision {
        /// It may.
        Allowed = "allowed",
        /// Something forbids it.
        ExplicitDeny = "explicitDeny",
        /// Nothing allows it.
        ImplicitDeny = "implicitDeny",
    }
}

record! {
    /// What IAM would decide of one action on one resource.
    pub Simulated {
        /// The action.
        action: String = "EvalActionName",
        /// The resource; `*` where none was named.
        resource: Option<String> = "EvalResourceName",
        /// The decision.
        decision: Decision = "EvalDecision",
        /// Condition keys that would have been looked at and were not given.
        missing: Vec<String> = "MissingContextValues",
        /// Whether the organization's policies allow it; none outside of organizations.
        is_allowed_by_organization: Option<bool> = "OrganizationsDecisionDetail.AllowedByOrganizations",
        /// Whether the permissions boundary allows it; none without one.
        is_allowed_by_boundary: Option<bool> = "PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary",
        /// The statements that decided, by their policies.
        matched: Vec<Matched> = "MatchedStatements",
    }
}

record! {
    /// A statement that decided.
    pub Matched {
        /// Its policy.
        policy: Option<String> = "SourcePolicyId",
        /// The policy's kind.
        kind: Option<String> = "SourcePolicyType",
    }
}

/// A condition key and what it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The key: `aws:RequestedRegion`.
    pub key: String,
    /// Its values.
    pub values: Vec<String>,
    /// Their kind: `string`, `stringList`.
    pub kind: String,
}

/// What to ask IAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// Whose policies.
    pub principal: Arn,
    /// Which actions.
    pub actions: Vec<String>,
    /// On which resources; none stands for all.
    pub resources: Vec<String>,
    /// Under which conditions.
    pub context: Vec<Context>,
}

/// A role by its name.
///
/// # Errors
/// [`AnswerError`].
pub async fn role(client: &Client, name: &str) -> Result<Role, AnswerError> {
    client.one("iam", "GetRole", Input::new().with("RoleName", name), "Role").await
}

/// The names of the policies inside of a role.
///
/// # Errors
/// [`AnswerError`].
pub async fn inline_policies(client: &Client, role: &str) -> Result<Vec<String>, AnswerError> {
    client.all("iam", "ListRolePolicies", Input::new().with("RoleName", role), "PolicyNames").await
}

/// A policy inside of a role.
///
/// # Errors
/// [`AnswerError`].
pub async fn inline_policy(client: &Client, role: &str, policy: &str) -> Result<Document, AnswerError> {
    let input = Input::new().with("RoleName", role).with("PolicyName", policy);
    client.one("iam", "GetRolePolicy", input, "PolicyDocument").await
}

/// The policies that are attached to a role.
///
/// # Errors
/// [`AnswerError`].
pub async fn attached_policies(client: &Client, role: &str) -> Result<Vec<Attached>, AnswerError> {
    client.all("iam", "ListAttachedRolePolicies", Input::new().with("RoleName", role), "AttachedPolicies").await
}

/// A managed policy.
///
/// # Errors
/// [`AnswerError`].
pub async fn policy(client: &Client, policy: &Arn) -> Result<Policy, AnswerError> {
    client.one("iam", "GetPolicy", Input::new().with("PolicyArn", policy.0.as_str()), "Policy").await
}

/// A version of a managed policy.
///
/// # Errors
/// [`AnswerError`].
pub async fn policy_version(client: &Client, policy: &Arn, version: &str) -> Result<PolicyVersion, AnswerError> {
    let input = Input::new().with("PolicyArn", policy.0.as_str()).with("VersionId", version);
    client.one("iam", "GetPolicyVersion", input, "PolicyVersion").await
}

/// What IAM would decide, without anything being done.
///
/// # Errors
/// [`AnswerError`].
pub async fn simulate(client: &Client, simulation: &Simulation) -> Result<Vec<Simulated>, AnswerError> {
    let context: Vec<Input> = simulation.context.iter().map(Context::input).collect();
    let input = Input::new()
        .with("PolicySourceArn", simulation.principal.0.as_str())
        .with("ActionNames", simulation.actions.clone())
        .some("ResourceArns", &simulation.resources)
        .some("ContextEntries", &context);
    client.all("iam", "SimulatePrincipalPolicy", input, "EvaluationResults").await
}

impl Context {
    fn input(&self) -> Input {
        Input::new()
            .with("ContextKeyName", self.key.as_str())
            .with("ContextKeyValues", self.values.clone())
            .with("ContextKeyType", self.kind.as_str())
    }
}
