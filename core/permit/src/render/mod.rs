//! Renderings of a permit: one function each, the same bytes for the same permit everywhere.

mod cloudformation;
mod export;
mod markdown;
mod terraform;
#[cfg(test)]
mod tests;

pub use cloudformation::{Parameter, TEMPLATE_BODY_BYTES_MAX, cloudformation, parameters, quick_create_link, stack_set};
pub use export::{Export, ExportError, ExportName};
pub use markdown::markdown;
pub use terraform::{TerraformFile, terraform};

use crate::connection::{Connection, ExternalId};
use crate::json::Json;
use crate::permit::Permit;
use crate::policy::{Names, PolicyError, documents, trust};

/// The tag on the role that says which version of the policies it has.
pub const VERSION_TAG: &str = "tenor:policy-version";

/// How long a session may last at most, in seconds: an hour, which is also all that role chaining allows.
const SESSION_SECONDS_MAX: i64 = 3_600;

/// The trust policy and every document as IAM takes them, in one JSON object: `trust`, then each document by its name.
///
/// # Errors
/// As [`documents`].
pub fn iam_json(permit: &Permit, connection: &Connection, external_id: &ExternalId) -> Result<String, PolicyError> {
    let names = Names::of(connection);
    let mut members = vec![("trust".to_owned(), trust(connection.trusted.as_str(), &external_id.reveal()))];
    members.extend(documents(permit, connection)?.iter().map(|document| (document.name(), document.json(&names))));
    Ok(Json::object(members).pretty())
}
