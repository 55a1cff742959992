//! Calls whose answers are typed.

use super::error::AnswerError;
use super::field::{Field, Read};
use super::input::Input;
use crate::client::Client;
use tenor_wire::Value;

impl Client {
    /// What an operation answers in one piece, at a path in its answer; an empty path is the answer itself.
    pub(crate) async fn one<T: Read>(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Input,
        at: &str,
    ) -> Result<T, AnswerError> {
        let answer = self.call(service, operation, &input.into()).await?;
        T::read(&Field::root(&format!("{service}:{operation}"), &answer).member(at))
    }

    /// The list that an operation answers in one piece. An answer without it is an error.
    pub(crate) async fn all_at_once<T: Read>(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Input,
        at: &str,
    ) -> Result<Vec<T>, AnswerError> {
        let answer = self.call(service, operation, &input.into()).await?;
        Field::root(&format!("{service}:{operation}"), &answer).member(at).items()
    }

    /// The list that an operation answers page by page. A page without it is an error.
    pub(crate) async fn all<T: Read>(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Input,
        at: &str,
    ) -> Result<Vec<T>, AnswerError> {
        let mut found = Vec::new();
        for page in self.pages(service, operation, &input.into()).await? {
            found.append(&mut Field::root(&format!("{service}:{operation}"), &page).member(at).items()?);
        }
        Ok(found)
    }

    /// Each page of an answer, whole.
    pub(crate) async fn whole_pages<T: Read>(
        &self,
        service: &'static str,
        operation: &'static str,
        input: Input,
    ) -> Result<Vec<T>, AnswerError> {
        let pages = self.pages(service, operation, &input.into()).await?;
        pages.iter().map(|page| T::read(&Field::root(&format!("{service}:{operation}"), page))).collect()
    }

    /// Calls an operation that answers nothing.
    pub(crate) async fn done(&self, service: &'static str, operation: &'static str, input: Input) -> Result<(), AnswerError> {
        self.call(service, operation, &Value::from(input)).await?;
        Ok(())
    }
}
