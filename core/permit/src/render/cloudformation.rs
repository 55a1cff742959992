//! CloudFormation templates: one for the account that pays, one for a StackSet over its members.
//!
//! No External ID is in a template: it is a parameter without a default, so a template can lie anywhere and is the same for all connections
//! that have the same names.

use super::{SESSION_SECONDS_MAX, VERSION_TAG};
use crate::connection::{AccountKind, Connection, ExternalId};
use crate::json::Json;
use crate::permit::Permit;
use crate::policy::{Document, Names, PolicyError, documents, trust};
use crate::selection::Selection;
use crate::version::CURRENT;
use std::fmt::Write as _;

/// What the name of a bucket looks like.
pub(super) const BUCKET_PATTERN: &str = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$";

/// The longest template that CloudFormation takes in a request, in bytes; a longer one has to lie on S3.
pub const TEMPLATE_BODY_BYTES_MAX: usize = 51_200;

/// A parameter of a template, with the connection's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the template.
    pub name: &'static str,
    /// The connection's value.
    pub value: String,
    pub(super) what: &'static str,
    pub(super) pattern: &'static str,
}

/// The template for the connected account itself. It names roles and policies, so it needs `CAPABILITY_NAMED_IAM`.
///
/// # Errors
/// As [`documents`].
pub fn cloudformation(permit: &Permit, connection: &Connection) -> Result<String, PolicyError> {
    template(permit, connection, "Tenor's access to this account")
}

/// The template for a StackSet with service-managed permissions: it names no account, so one template serves every member.
///
/// Of `connection` it takes whom to trust, the role's name and the regions; the account and the report in it are not used, since an
/// organization's reports lie with its payer. Whatever makes no sense on a member is withheld.
///
/// # Errors
/// As [`documents`].
pub fn stack_set(selection: &Selection, connection: &Connection) -> Result<String, PolicyError> {
    let member = Connection { kind: AccountKind::Member, report: None, ..connection.clone() };
    let description = "Tenor's access to a member account, for a StackSet with service-managed permissions";
    template(&Permit::new(selection, &member), &member, description)
}

/// The parameters that the connection's template takes, all but the External ID, with their values.
#[must_use]
pub fn parameters(connection: &Connection) -> Vec<Parameter> {
    let mut parameters = vec![
        Parameter {
            name: "TrustedPrincipal",
            value: connection.trusted.to_string(),
            what: "The one role or user that may assume the role",
            pattern: r"^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$",
        },
        Parameter {
            name: "RoleName",
            value: connection.role.to_string(),
            what: "The name of the role to make; its path is /tenor/",
            pattern: "^[A-Za-z0-9_-]{1,64}$",
        },
    ];
    if let Some(report) = &connection.report {
        parameters.push(Parameter {
            name: "ReportBucket",
            value: report.bucket.to_string(),
            what: "The bucket that reports are delivered to",
            pattern: BUCKET_PATTERN,
        });
        if !report.prefix.as_str().is_empty() {
            parameters.push(Parameter {
                name: "ReportPrefix",
                value: report.prefix.to_string(),
                what: "The folder of a report's files, with its slash",
                pattern: "^[A-Za-z0-9_.=+-][A-Za-z0-9_./=+-]{0,198}/$",
            });
        }
        parameters.push(Parameter {
            name: "ReportBucketOwner",
            value: report.owner.to_string(),
            what: "The account that owns the report bucket",
            pattern: "^[0-9]{12}$",
        });
    }
    parameters
}

/// A link that opens the console with everything filled in, for whoever is signed in to the account.
///
/// It holds the External ID, which a customer may see and a log may not. `template_url` is where the template lies on S3, `region` where the
/// stack is made.
#[must_use]
pub fn quick_create_link(connection: &Connection, external_id: &ExternalId, template_url: &str, region: &crate::RegionName) -> String {
    let mut link = format!("https://{}/cloudformation/home?region={region}#/stacks/quickcreate", connection.partition.console());
    let named = [("templateURL", template_url.to_owned()), ("stackName", connection.role.as_str().replace('_', "-"))];
    let external_id = ("ExternalId", external_id.reveal());
    let values = parameters(connection).into_iter().map(|parameter| (parameter.name, parameter.value)).chain([external_id]);
    let queries = named.map(|(name, value)| (name.to_owned(), value)).into_iter();
    let queries = queries.chain(values.map(|(name, value)| (format!("param_{name}"), value)));
    for (at, (name, value)) in queries.enumerate() {
        link.push(if at == 0 { '?' } else { '&' });
        link.push_str(&name);
        link.push('=');
        escape(&mut link, &value);
    }
    link
}

/// Percent-encode whatever is not unreserved.
fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a String takes everything");
        }
    }
}

fn template(permit: &Permit, connection: &Connection, description: &str) -> Result<String, PolicyError> {
    let documents = documents(permit, connection)?;
    let names = Names {
        partition: "${AWS::Partition}".to_owned(),
        account: "${AWS::AccountId}".to_owned(),
        role: "${RoleName}".to_owned(),
        bucket: "${ReportBucket}".to_owned(),
        prefix: connection
            .report
            .as_ref()
            .map(|report| report.prefix.as_str())
            .filter(|prefix| !prefix.is_empty())
            .map_or_else(String::new, |_| "${ReportPrefix}".to_owned()),
        bucket_owner: "${ReportBucketOwner}".to_owned(),
        regions: connection.regions.clone(),
    };
    let mut resources = vec![("Role".to_owned(), role())];
    resources.extend(documents.iter().map(|document| (logical_id(document), policy(document, &names))));
    let template = Json::object([
        ("AWSTemplateFormatVersion", Json::text("2010-09-09")),
        ("Description", Json::text(format!("{description}; policy version {CURRENT}"))),
        ("Parameters", declared(connection, permit)),
        ("Resources", Json::Object(resources)),
        ("Outputs", Json::object([("RoleArn", Json::object([("Value", get_att("Role", "Arn"))]))])),
    ]);
    Ok(template.pretty())
}

/// The parameters as a template declares them. One that no granted action names is left out, since CloudFormation's linter minds.
fn declared(connection: &Connection, permit: &Permit) -> Json {
    let external_id = Json::object([
        ("Type", Json::text("String")),
        ("Description", Json::text("The External ID of this connection, as Tenor shows it")),
        ("AllowedPattern", Json::text("^[0-9a-f]{32}$")),
    ]);
    let reads_report = permit.permitted().iter().any(|permitted| permitted.grant.scope.needs_report());
    let lists_report = permit.permitted().iter().any(|permitted| permitted.grant.scope.needs_prefix(permitted.grant.guards));
    let used = |parameter: &Parameter| match parameter.name {
        "ReportPrefix" => lists_report,
        name => reads_report || !name.starts_with("Report"),
    };
    let others = parameters(connection).into_iter().filter(used).map(|parameter| {
        let declared = Json::object([
            ("Type", Json::text("String")),
            ("Description", Json::text(parameter.what)),
            ("Default", Json::text(parameter.value)),
            ("AllowedPattern", Json::text(parameter.pattern)),
        ]);
        (parameter.name, declared)
    });
    Json::object([("ExternalId", external_id)].into_iter().chain(others))
}

fn role() -> Json {
    let tag = |key: &str, value: String| Json::object([("Key", Json::text(key)), ("Value", Json::text(value))]);
    let properties = Json::object([
        ("RoleName", reference("RoleName")),
        ("Path", Json::text("/tenor/")),
        ("Description", Json::text("Assumed by Tenor alone")),
        ("MaxSessionDuration", Json::Number(SESSION_SECONDS_MAX)),
        ("AssumeRolePolicyDocument", substituted(trust("${TrustedPrincipal}", "${ExternalId}"))),
        ("Tags", Json::List(vec![tag(VERSION_TAG, CURRENT.to_string())])),
    ]);
    Json::object([("Type", Json::text("AWS::IAM::Role")), ("Properties", properties)])
}

fn policy(document: &Document, names: &Names) -> Json {
    let properties = Json::object([
        ("ManagedPolicyName", substituted(Json::text(format!("${{RoleName}}-{}", document.name())))),
        ("Path", Json::text("/tenor/")),
        ("Description", Json::text(format!("Tenor, {}: {}", document.tier, document.tier.promise()))),
        ("Roles", Json::List(vec![reference("Role")])),
        ("PolicyDocument", substituted(document.json(names))),
    ]);
    Json::object([("Type", Json::text("AWS::IAM::ManagedPolicy")), ("Properties", properties)])
}

/// `trial-1` as a logical id, which has letters and digits alone.
fn logical_id(document: &Document) -> String {
    let tier = document.tier.as_str();
    format!("{}{}{}", tier[..1].to_ascii_uppercase(), &tier[1..], document.number)
}

pub(super) fn reference(name: &str) -> Json {
    Json::object([("Ref", Json::text(name))])
}

pub(super) fn get_att(resource: &str, attribute: &str) -> Json {
    Json::object([("Fn::GetAtt", Json::texts([resource, attribute]))])
}

/// The same with every text that has a variable handed to `Fn::Sub`.
pub(super) fn substituted(json: Json) -> Json {
    json.map_texts(&|text| {
        if text.contains("${") { Json::object([("Fn::Sub", Json::text(text))]) } else { Json::text(text) }
    })
}
