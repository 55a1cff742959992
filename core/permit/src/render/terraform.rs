//! A Terraform module that makes the same role and policies as the CloudFormation template.
//!
//! JSON is an expression of Terraform's language, and `${…}` in its texts is filled in, so each document stands in the module as it is.

use super::cloudformation::{Parameter, parameters};
use super::{SESSION_SECONDS_MAX, VERSION_TAG};
use crate::connection::Connection;
use crate::json::Json;
use crate::permit::Permit;
use crate::policy::{Document, Names, PolicyError, documents, trust};
use crate::version::CURRENT;
use std::fmt::Write as _;

/// A file of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerraformFile {
    /// Its name.
    pub name: &'static str,
    /// All of it.
    pub text: String,
}

/// The module's files: `variables.tf`, `main.tf`, `outputs.tf`. The External ID is a sensitive variable without a default.
///
/// # Errors
/// As [`documents`].
pub fn terraform(permit: &Permit, connection: &Connection) -> Result<Vec<TerraformFile>, PolicyError> {
    let documents = documents(permit, connection)?;
    let has_prefix = connection.report.as_ref().is_some_and(|report| !report.prefix.as_str().is_empty());
    let names = Names {
        partition: "${data.aws_partition.current.partition}".to_owned(),
        account: "${data.aws_caller_identity.current.account_id}".to_owned(),
        role: "${var.role_name}".to_owned(),
        bucket: "${var.report_bucket}".to_owned(),
        prefix: if has_prefix { "${var.report_prefix}".to_owned() } else { String::new() },
        bucket_owner: "${var.report_bucket_owner}".to_owned(),
        regions: connection.regions.clone(),
    };
    let mut main = String::from(HEAD);
    write!(main, "{}", role()).expect("a String takes everything");
    for document in &documents {
        write!(main, "\n{}", policy(document, &names)).expect("a String takes everything");
    }
    Ok(vec![
        TerraformFile { name: "variables.tf", text: variables(connection) },
        TerraformFile { name: "main.tf", text: main },
        TerraformFile { name: "outputs.tf", text: OUTPUTS.to_owned() },
    ])
}

const HEAD: &str = r#"terraform {
  required_version = ">= 1.2"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

"#;

const OUTPUTS: &str = r#"output "role_arn" {
  description = "What Tenor is told to assume."
  value       = aws_iam_role.tenor.arn
}
"#;

fn variables(connection: &Connection) -> String {
    let mut text = String::from(
        r#"variable "external_id" {
  description = "The External ID of this connection, as Tenor shows it."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.external_id))
    error_message = "An External ID is 32 hexadecimal digits, lower case."
  }
}
"#,
    );
    for Parameter { name, value, what, pattern } in parameters(connection) {
        text.push_str(&variable(&snake_case(name), &format!("{what}."), &value, pattern));
    }
    text
}

/// A name of a template's as Terraform's are written: `RoleName` is `role_name`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// A variable with a default, after an empty line. What does not match its pattern, as in CloudFormation's templates, is refused before
/// anything is made.
pub(super) fn variable(name: &str, description: &str, default: &str, pattern: &str) -> String {
    format!(
        r#"
variable "{name}" {{
  description = "{description}"
  type        = string
  default     = "{default}"

  validation {{
    condition     = can(regex("{pattern}", var.{name}))
    error_message = "{name} has to match {pattern}."
  }}
}}
"#
    )
}

fn role() -> String {
    let trust = trust("${var.trusted_principal}", "${var.external_id}").indented(1);
    format!(
        r#"resource "aws_iam_role" "tenor" {{
  name                 = var.role_name
  path                 = "/tenor/"
  description          = "Assumed by Tenor alone"
  max_session_duration = {SESSION_SECONDS_MAX}
  tags                 = {{ "{VERSION_TAG}" = "{CURRENT}" }}

  assume_role_policy = jsonencode({trust})
}}
"#
    )
}

fn policy(document: &Document, names: &Names) -> String {
    let (name, label) = (document.name(), document.name().replace('-', "_"));
    let (tier, promise) = (document.tier, document.tier.promise());
    let json: Json = document.json(names);
    let body = json.indented(1);
    format!(
        r#"resource "aws_iam_policy" "{label}" {{
  name        = "${{var.role_name}}-{name}"
  path        = "/tenor/"
  description = "Tenor, {tier}: {promise}"

  policy = jsonencode({body})
}}

resource "aws_iam_role_policy_attachment" "{label}" {{
  role       = aws_iam_role.tenor.name
  policy_arn = aws_iam_policy.{label}.arn
}}
"#
    )
}
