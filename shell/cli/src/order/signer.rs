//! Who signs orders and approvals: a person with a key of their own, or the server for somebody who is logged in to it.
//!
//! What is signed says which; whether it counts is `core/order`'s to say. Here is told early, and in words, what would not count.

use crate::connect::who;
use crate::context::Context;
use crate::key;
use crate::report::Refused;
use std::path::Path;
use tenor_aws::proof::{Errand, Purpose, SourceIdentity};
use tenor_execute::Terms;
use tenor_ledger::{Actor, PublicKey, SigningKey, Text};
use tenor_order::{Book, Enrolled, Record, Role, is_same_person};
use tenor_state::{UserName, UserRole, View, read_signing_key};

/// What enrols the key of the server.
const ENROL_SERVER: &str = "let the server sign for who is logged in: tenor key enrol --server";

/// Who signs.
#[derive(Debug)]
pub(crate) struct Signer {
    key: SigningKey,
    /// For whom, where the key is the server's.
    user: Option<Text>,
    /// The same, as the state has them.
    name: Option<UserName>,
}

/// Who does something to orders, by which command, and where they are told of it.
pub(crate) struct Doing<'a> {
    pub(crate) context: &'a Context,
    pub(crate) command: &'a str,
    pub(crate) signer: &'a Signer,
    /// Takes a sentence that is worth knowing.
    pub(crate) tell: &'a dyn Fn(&str),
}

impl Doing<'_> {
    /// What AWS is asked for while an order is made.
    pub(super) fn errand(&self) -> Errand {
        let named = |user: &Text| Errand { purpose: Purpose::Draft, person: Some(SourceIdentity::of(user.as_str())) };
        self.signer.user().map_or_else(|| who::errand(self.context, Purpose::Draft), named)
    }
}

impl Signer {
    /// A person, by the file of their key.
    ///
    /// # Errors
    /// When it cannot be read, or others can read it too.
    pub(crate) fn of_file(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { key: read_signing_key(path)?, user: None, name: None })
    }

    /// The server, for somebody whom it let in.
    ///
    /// # Errors
    /// When it has no key that can be read.
    pub(crate) fn of_server(context: &Context, user: &UserName) -> anyhow::Result<Self> {
        Ok(Self { key: key::of_server(context)?, user: Some(user.text()), name: Some(user.clone()) })
    }

    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) const fn user(&self) -> Option<&Text> {
        self.user.as_ref()
    }

    /// As the ledger has them.
    pub(crate) fn actor(&self) -> Actor {
        let key = self.key.public();
        match &self.user {
            None => Actor::Person { key },
            Some(user) => Actor::LoggedIn { key, user: user.clone() },
        }
    }

    /// Whether whoever is logged in still may, as the state says it: it is asked with the right to write, before anything is signed.
    ///
    /// # Errors
    /// When they were removed or lowered since their request was let in.
    pub(crate) fn still(&self, state: &View, least: UserRole) -> anyhow::Result<()> {
        self.name.as_ref().map_or(Ok(()), |name| still(state, name, least))
    }

    /// Who they are.
    ///
    /// # Errors
    /// When nobody enrolled the key, or it was revoked: what it signs counts for nothing.
    pub(crate) fn person(&self, book: &Book) -> Result<Text, Refused> {
        let enrolled = self.enrolled(book).ok_or_else(|| match self.user {
            Some(_) => Refused::new("the server's key is not enrolled, or was revoked: nothing is signed here").hint(ENROL_SERVER),
            None => Refused::new(format!("the key {} is enrolled for nothing", self.key.public()))
                .hint("tenor key enrol PUBLIC --name PERSON --role proposer"),
        })?;
        Ok(self.user.clone().unwrap_or_else(|| enrolled.person.clone()))
    }

    /// The same, of somebody who may approve.
    ///
    /// # Errors
    /// When they may not.
    pub(crate) fn approver(&self, book: &Book, terms: &Terms) -> Result<Text, Refused> {
        let Some(user) = &self.user else {
            let enrolled = self.enrolled(book).filter(|enrolled| enrolled.role == Role::Approver);
            let cannot =
                || Refused::new(format!("the key {} may not approve", self.key.public())).hint("tenor key list says whose keys may");
            return enrolled.map(|enrolled| enrolled.person.clone()).ok_or_else(cannot);
        };
        let person = self.person(book)?;
        if terms.persons.iter().any(|held| is_same_person(held, user)) {
            return Ok(person);
        }
        let cannot = format!("the owner's terms do not name `{user}` among those who may approve when they are logged in");
        Err(Refused::new(cannot).hint("`persons` in the terms names them: docs/spec/terms.md"))
    }

    fn enrolled<'a>(&self, book: &'a Book) -> Option<&'a Enrolled> {
        let held = book.keys().get(&self.key.public()).filter(|held| held.revoked.is_none());
        held.filter(|held| (held.role == Role::Server) == self.user.is_some())
    }
}

/// Whether a user is there, and of that role at least.
///
/// # Errors
/// When not: the right to write may have been waited for, and others wrote meanwhile.
pub(super) fn still(state: &View, name: &UserName, least: UserRole) -> anyhow::Result<()> {
    let refused = match state.user(name)? {
        Some(user) if user.role >= least => return Ok(()),
        Some(user) => Refused::new(format!("`{name}` is {} by now, and this takes the role {least}", user.role)),
        None => Refused::new(format!("there is no user `{name}` any more")),
    };
    Err(refused.hint("nothing was signed; an admin says who may: tenor user role").into())
}

/// Whose word a signature is: the user's for whom a server signed, else whose key it is.
pub(crate) fn person_of(book: &Book, key: PublicKey, user: Option<&Text>) -> Text {
    let held = || book.keys().get(&key).map(|held| held.person.clone());
    user.cloned().or_else(held).unwrap_or_else(|| Text::fitted("somebody unknown"))
}

/// Who made an order.
pub(crate) fn maker(book: &Book, record: &Record) -> Text {
    person_of(book, record.submission.key, record.submission.user.as_ref())
}

#[cfg(test)]
mod tests {
    use super::still;
    use crate::connect::keep;
    use crate::context::Context;
    use crate::output::Format;
    use tenor_state::{By, SystemRandomness, UserName, UserRole};

    /// The right to write is waited for: who was let in may be nobody when it comes.
    #[test]
    fn who_was_lowered_or_removed_meanwhile_signs_nothing() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let mut state = keep::writer(&context, "a test").unwrap();
        let (by, random) = (By::system(context.now()), SystemRandomness::new());
        let [ada, ben]: [UserName; 2] = ["ada", "ben"].map(|name| name.parse().unwrap());
        state.add_user(&ada, UserRole::Approver, &by, &random).unwrap();
        let told = |state: &tenor_state::State, name, least| match still(state, name, least) {
            Ok(()) => "may".to_owned(),
            Err(why) => why.to_string(),
        };
        let first = told(&state, &ada, UserRole::Approver);
        state.change_role(&ada, UserRole::Analyst, &by, &random).unwrap();
        let all =
            [first, told(&state, &ada, UserRole::Approver), told(&state, &ada, UserRole::Analyst), told(&state, &ben, UserRole::Analyst)];
        insta::assert_snapshot!(all.join("\n"), @"
        may
        `ada` is analyst by now, and this takes the role approver
        may
        there is no user `ben` any more
        ");
    }
}
