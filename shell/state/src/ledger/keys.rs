//! Whose keys may sign, as the ledger has it.

use super::LedgerError;
use crate::by::By;
use crate::error::StateError;
use crate::random::Randomness;
use crate::state::State;
use tenor_ledger::{Event, Head, PublicKey, Text};
use tenor_order::Role;

impl State {
    /// Enrols a key for a person, or for a server under its name.
    ///
    /// # Errors
    /// [`LedgerError::Enrolled`] when it is enrolled, and [`LedgerError::Revoked`] when it was revoked: who may have it now nobody knows.
    pub fn enrol(&mut self, key: PublicKey, name: &Text, role: Role, by: &By, random: &dyn Randomness) -> Result<Head, StateError> {
        match self.book()?.keys().get(&key) {
            Some(held) if held.revoked.is_some() => return Err(LedgerError::Revoked(key).into()),
            Some(held) => {
                return Err(LedgerError::Enrolled { key, person: held.person.clone(), role: held.role.as_str() }.into());
            }
            None => {}
        }
        let role = role.as_str().parse().expect("a role's name is short and plain");
        self.append(&[by.draft(Event::KeyEnrolled { key, name: name.clone(), role })], random)
    }

    /// Takes from a key what it may sign, for good.
    ///
    /// # Errors
    /// [`LedgerError::NotEnrolled`] when it is not enrolled, and [`LedgerError::Revoked`] when it was revoked before.
    pub fn revoke(&mut self, key: PublicKey, reason: &Text, by: &By, random: &dyn Randomness) -> Result<Head, StateError> {
        match self.book()?.keys().get(&key) {
            None => return Err(LedgerError::NotEnrolled(key).into()),
            Some(held) if held.revoked.is_some() => return Err(LedgerError::Revoked(key).into()),
            Some(_) => {}
        }
        self.append(&[by.draft(Event::KeyRevoked { key, reason: reason.clone() })], random)
    }
}
