//! Client tokens: the same request again gives what it gave before.
//!
//! A token is known for good: in a sandbox a day may pass between a request and its retry. For none of these operations does AWS say how long it
//! knows one ([EC2API:ec2-api-idempotency] neither): UNVERIFIED.

use super::Cloud;
use super::ask::Ask;
use super::books::Token;
use crate::random::hash;
use crate::sku::text_key;
use tenor_wire::Value;

/// What a token says about a request.
pub(super) enum Met {
    /// Never seen, or there is none.
    New,
    /// The same request was made: this came of it.
    Again(String),
    /// Another request was made with it.
    Mismatch,
}

impl Cloud {
    /// Whether this request was made before, by its token.
    pub(super) fn meet(&self, ask: &Ask<'_>, operation: &str, member: &str) -> Met {
        let Some(token) = ask.text(member) else { return Met::New };
        let same = |known: &&Token| known.account == ask.caller.account && known.operation == operation && known.token == token;
        match self.books.tokens.iter().find(same) {
            None => Met::New,
            Some(known) if known.question == question(ask, member) => Met::Again(known.made.clone()),
            Some(_) => Met::Mismatch,
        }
    }

    /// Keeps what came of a request.
    pub(super) fn keep(&mut self, ask: &Ask<'_>, operation: &str, member: &str, made: &str) {
        let Some(token) = ask.text(member) else { return };
        self.books.tokens.push(Token {
            account: ask.caller.account,
            operation: operation.to_owned(),
            token: token.to_owned(),
            question: question(ask, member),
            made: made.to_owned(),
        });
    }
}

/// A number for everything that a request says besides its token.
fn question(ask: &Ask<'_>, member: &str) -> u64 {
    let mut input = ask.input.clone();
    if let Value::Map(members) = &mut input {
        members.remove(member);
    }
    hash(&[text_key(ask.region), text_key(&format!("{input:?}"))])
}
