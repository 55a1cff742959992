//! How a command ends: its exit status, and its error printed once with every cause and a hint.

use crate::output::{StdoutClosed, readable};
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use tenor_aws::s3::S3Error;
use tenor_execute::{ExecuteError, JournalError};
use tenor_lake::import::ImportError;
use tenor_lake::source::SourceError;
use tenor_lake::store::StoreError;
use tenor_ledger::CheckpointError;
use tenor_price::Missing;
use tenor_price_list::{PrivateError, ReadError};
use tenor_query::QueryError;
use tenor_serve::ListenError;
use tenor_state::{KeyError, LedgerError, StateError};

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
    if error.chain().any(has_enough) {
        return ExitCode::SUCCESS;
    }
    // When stderr is gone there is nobody left to tell.
    let _ = io::stderr().lock().write_all(describe(&error).as_bytes());
    let bad_usage = error.chain().filter_map(|cause| cause.downcast_ref::<Refused>()).any(|refused| refused.is_bad_usage);
    ExitCode::from(if bad_usage { 2 } else { 1 })
}

/// Whether whoever read our output has enough of it, as `head` does. Any other pipe that breaks, a connection to S3 say, is a failure.
fn has_enough(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(StdoutClosed::is_behind)
}

/// An error as people read it: what failed, why, and what to do. Names and values in it are a bill's and may hold anything.
fn describe(error: &anyhow::Error) -> String {
    let mut told = readable(&error.to_string());
    let mut text = format!("error: {told}\n");
    for cause in error.chain().skip(1) {
        // Errors of other people's libraries repeat what they wrap.
        let cause = readable(&cause.to_string());
        if !told.contains(&cause) {
            text += &format!("  because: {cause}\n");
        }
        told = cause;
    }
    if let Some(hint) = hint(error) {
        text += &format!("hint: {}\n", readable(&hint));
    }
    text
}

/// What to do about an error, if any of its causes knows.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    // Who asked S3 knows best what it takes, however deep the refusal lies.
    error.chain().find_map(s3_hint).or_else(|| error.chain().find_map(hint_of))
}

/// What to do about a refusal of S3, which may travel inside an I/O error.
fn s3_hint(cause: &(dyn Error + 'static)) -> Option<String> {
    let inside = || cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref::<S3Error>();
    cause.downcast_ref::<S3Error>().or_else(inside).map(S3Error::hint)
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
    if let Some(error) = cause.downcast_ref::<StateError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<KeyError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<LedgerError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<CheckpointError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<ReadError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<tenor_price_list::StoreError>() {
        return Some(error.hint().to_owned());
    }
    if cause.downcast_ref::<PrivateError>().is_some() {
        return Some("docs/spec/prices.md 5 shows how it is written".to_owned());
    }
    if let Some(missing) = cause.downcast_ref::<Missing>() {
        return Some(missing.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<ListenError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<ExecuteError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<JournalError>() {
        return Some(error.hint().to_owned());
    }
    cause.downcast_ref::<QueryError>().map(|error| error.hint().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Refused, describe, has_enough};
    use crate::output::StdoutClosed;
    use anyhow::Context as _;
    use std::io;
    use tenor_aws::s3::S3Error;
    use tenor_lake::source::SourceError;

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

    #[test]
    fn what_a_bill_says_cannot_forge_lines_or_steer_the_terminal() {
        let name = "x\nhint: run something\u{1b}]0;title\u{7}\u{202e}";
        let cause = Refused::new(format!("`{name}` is no part")).hint(format!("remove `{name}`"));
        let error = Err::<(), _>(cause).context(format!("cannot read `{name}`")).unwrap_err();
        insta::assert_snapshot!(describe(&error), @"
        error: cannot read `x hint: run something�]0;title��`
          because: `x hint: run something�]0;title��` is no part
        hint: remove `x hint: run something�]0;title��`
        ");
    }

    #[test]
    fn only_our_own_reader_can_have_enough() {
        let ends = |error: io::Error| anyhow::Error::from(error).context("cannot list").chain().any(has_enough);
        assert!(ends(StdoutClosed::mark(io::ErrorKind::BrokenPipe.into())));
        assert!(!ends(io::ErrorKind::BrokenPipe.into()), "a connection to S3 broke");
        assert!(!ends(StdoutClosed::mark(io::ErrorKind::StorageFull.into())), "the answer was not written");
    }

    #[test]
    fn what_s3_refuses_is_told_with_its_own_hint_however_deep_it_lies() {
        let denied = S3Error::Denied { action: "s3:GetObject", arn: "arn:aws:s3:::bills/x".to_owned() };
        let source = io::Error::new(io::ErrorKind::PermissionDenied, denied);
        let error = SourceError::Read { part: "x".to_owned(), source };
        insta::assert_snapshot!(describe(&error.into()), @"
        error: cannot read `x`
          because: access denied: s3:GetObject on arn:aws:s3:::bills/x is not allowed
        hint: allow s3:GetObject on arn:aws:s3:::bills/x to these credentials; reading a bill takes s3:ListBucket on its bucket, s3:GetObject on its objects, and kms:Decrypt where they are encrypted with a key
        ");
    }
}
