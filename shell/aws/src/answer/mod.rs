//! From AWS's answers to types: each member by name, exact, and an error that says operation and member.
//!
//! A list that should be there and is not is an error: nothing here ever makes "none" of what was not said.

mod ask;
mod error;
mod field;
pub(crate) mod input;
mod kinds;
mod shape;
mod values;

pub use error::AnswerError;
pub use kinds::{Arn, Document, Share, Tags};
pub use values::{PaymentOption, Span, Tenancy};

pub(crate) use field::{Field, Read};
pub(crate) use input::Input;
pub(crate) use kinds::Given;
pub(crate) use shape::{record, words};
