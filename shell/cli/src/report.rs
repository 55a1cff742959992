//! How a command ends: its exit status, and its error printed once with every cause and a hint.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use tenor_aws::s3::S3Error;
use tenor_lake::import::ImportError;
use tenor_lake::source::SourceError;
use tenor_lake::store::StoreError;
use tenor_query::QueryError;

/// A refusal of the command line itself, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    message: String,
    hint: Option<String>,
    is_bad_usage: bool,
}

impl Refused {
    /// With its reason.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, is_bad_usage: false }
    }

    /// Because the arguments make no sense together: exit status 2.
    pub(crate) fn bad_usage(message: impl Into<String>) -> Self {
        Self { is_bad_usage: true, ..Self::new(message) }
    }

    /// And what to do.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The exit status of a command; prints its error, if any, to stderr.
pub(crate) fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Whoever read our output has enough of it, as `head` does.
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    // When stderr is gone there is nobody left to tell.
    let _ = io::stderr().lock().write_all(describe(&error).as_bytes());
    let bad_usage = error.chain().filter_map(|cause| cause.downcast_ref::<Refused>()).any(|refused| refused.is_bad_usage);
    ExitCode::from(if bad_usage { 2 } else { 1 })
}

fn is_broken_pipe(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error as people read it: what failed, why, and what to do.
fn describe(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    let mut text = format!("error: {told}\n");
    for cause in error.chain().skip(1) {
        // Errors of other people's libraries repeat what they wrap.
        let cause = cause.to_string();
        if !told.contains(&cause) {
            text += &format!("  because: {cause}\n");
        }
        told = cause;
    }
    if let Some(hint) = error.chain().find_map(hint_of) {
        text += &format!("hint: {hint}\n");
    }
    text
}

/// What to do about one cause, if it knows.
fn hint_of(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(refused) = cause.downcast_ref::<Refused>() {
        return refused.hint.clone();
    }
    if let Some(error) = cause.downcast_ref::<ImportError>() {
        return Some(error.hint());
    }
    if let Some(error) = cause.downcast_ref::<SourceError>() {
        return Some(error.hint());
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(error.hint());
    }
    if let Some(error) = cause.downcast_ref::<S3Error>() {
        return Some(error.hint());
    }
    cause.downcast_ref::<QueryError>().map(|error| error.hint().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Refused, describe};
    use anyhow::Context as _;

    #[test]
    fn an_error_is_told_once_with_its_causes_and_a_hint() {
        let cause = Refused::new("there is no lake").hint("import a bill first");
        let error = Err::<(), _>(cause).context("cannot answer").unwrap_err();
        insta::assert_snapshot!(describe(&error), @"
        error: cannot answer
          because: there is no lake
        hint: import a bill first
        ");
    }
}
