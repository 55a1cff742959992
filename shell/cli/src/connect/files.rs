//! The files of a connection: what makes its role, what fills the template in, and why.

use crate::context::Context;
use crate::new_folder::NewFolder;
use tenor_permit::{
    AccountKind, Connection, ExternalId, Permit, TEMPLATE_BODY_BYTES_MAX, cloudformation, markdown, parameters, quick_create_link,
    stack_set,
};
use tenor_state::Agreement;

/// What the template is called in the folder.
pub(crate) const TEMPLATE: &str = "tenor.template.json";

/// Where a template lies on S3, and the region of the stack that is made of it.
pub(super) struct Link<'a> {
    pub(super) template_url: &'a str,
    pub(super) region: &'a tenor_permit::RegionName,
}

/// Every file of a connection, by name.
///
/// # Errors
/// When IAM cannot take its policies.
pub(crate) fn files(agreement: &Agreement) -> anyhow::Result<Vec<(&'static str, String)>> {
    let Agreement { connection, selection, external_id, .. } = agreement;
    let permit = Permit::new(selection, connection);
    let mut files = vec![
        (TEMPLATE, cloudformation(&permit, connection)?),
        ("access.md", markdown(&permit, connection)?),
        ("parameters.json", filled(connection, external_id)),
    ];
    if connection.kind == AccountKind::Payer {
        files.push(("tenor-members.template.json", stack_set(selection, connection)?));
    }
    Ok(files)
}

/// The link that opens the console with everything filled in. It has the External ID in it, so it goes where the parameters are.
pub(super) fn link(agreement: &Agreement, link: &Link<'_>) -> (&'static str, String) {
    let text = quick_create_link(&agreement.connection, &agreement.external_id, link.template_url, link.region);
    ("quick-create-link.txt", format!("{text}\n"))
}

/// Writes them into a folder that is not in its place yet.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn write(folder: &NewFolder, files: &[(&'static str, String)]) -> anyhow::Result<()> {
    files.iter().try_for_each(|(name, text)| folder.write(name, text))
}

/// The command that makes a stack of a template in a folder. One that a request cannot carry has to be put on S3 first, and says so.
pub(crate) fn stack_command(context: &Context, verb: &str, stack: &str, folder: &str, template: (&str, &str), more: &str) -> String {
    let (name, text) = template;
    let body = if text.len() <= TEMPLATE_BODY_BYTES_MAX {
        format!("--template-body {}", word(&format!("file://{folder}/{name}")))
    } else {
        context.note(too_long(name, text.len()));
        "--template-url https://BUCKET.s3.amazonaws.com/KEY".to_owned()
    };
    format!("aws cloudformation {verb}-stack --stack-name {stack} {body}{more}")
}

/// A word as a shell reads it.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=+@,%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn too_long(name: &str, bytes: usize) -> String {
    format!(
        "`{name}` has {bytes} bytes, and CloudFormation takes {TEMPLATE_BODY_BYTES_MAX} in a request: put it into an S3 bucket, and give the address of it there"
    )
}

/// The template's parameters as CloudFormation reads them.
fn filled(connection: &Connection, external_id: &ExternalId) -> String {
    let values = parameters(connection).into_iter().map(|parameter| (parameter.name, parameter.value));
    let all: Vec<serde_json::Value> = values
        .chain([("ExternalId", external_id.reveal())])
        .map(|(name, value)| serde_json::json!({"ParameterKey": name, "ParameterValue": value}))
        .collect();
    format!("{:#}\n", serde_json::Value::Array(all))
}

#[cfg(test)]
mod tests {
    use super::{stack_command, word};
    use crate::context::Context;
    use crate::output::Format;

    #[test]
    fn a_word_is_one_word_to_a_shell() {
        assert_eq!(["a/b-1", "my dir", "it's", ""].map(word), ["a/b-1", "'my dir'", "'it'\\''s'", "''"]);
    }

    #[test]
    fn a_template_that_a_request_cannot_carry_is_taken_from_s3() {
        let context = Context::new(Some("/nonexistent".into()), Format::Table).unwrap();
        let told = |bytes: usize| stack_command(&context, "create", "tenor", "out", ("t.json", &"x".repeat(bytes)), "");
        assert_eq!(told(51_200), "aws cloudformation create-stack --stack-name tenor --template-body file://out/t.json");
        assert_eq!(told(51_201), "aws cloudformation create-stack --stack-name tenor --template-url https://BUCKET.s3.amazonaws.com/KEY");
        insta::assert_snapshot!(super::too_long("t.json", 51_201), @"`t.json` has 51201 bytes, and CloudFormation takes 51200 in a request: put it into an S3 bucket, and give the address of it there");
    }
}
