//! Entries appended, and checkpoints signed: each group in one transaction.

use super::LedgerError;
use super::mark;
use super::read::{self, HEAD_PLACE};
use crate::by::By;
use crate::connections::StoredConnection;
use crate::error::{Asking as _, StateError};
use crate::key::{Key, KeyError};
use crate::random::Randomness;
use crate::state::State;
use jiff::Timestamp;
use rusqlite::Transaction;
use std::collections::BTreeSet;
use tenor_ledger::{Actor, Draft, Event, Head, PublicKey, SignedCheckpoint, SigningKey, Text, append};

impl State {
    /// Appends a group of entries, durably: all of them are in the ledger when it returns, or none. Says where the ledger ends then.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when the ledger's end is not what was written last, and nothing is appended. When the mark beside the database cannot be
    /// written, the entries **are** in the ledger, and the error names the mark.
    pub fn append(&mut self, group: &[Draft], random: &dyn Randomness) -> Result<Head, StateError> {
        self.record(group, random, "append to the ledger in", |_| Ok(()))
    }

    /// Begins the ledger with the version of this Tenor, if nothing is in it yet; connections from before there was one are told too.
    /// Whoever is about to append calls this first.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn begin_ledger(&mut self, version: &Text, random: &dyn Randomness, now: Timestamp) -> Result<Head, StateError> {
        let head = self.ledger_head()?;
        if head.sequence() > 0 {
            return Ok(head);
        }
        let by = By::system(now);
        let mut group = vec![by.draft(Event::Started { version: version.clone() })];
        let (made, documents): (Vec<_>, Vec<_>) = self.connections()?.iter().map(StoredConnection::made).unzip();
        group.extend(made.into_iter().map(|event| by.draft(event)));
        self.append_with(&group, &documents, random)
    }

    /// Makes a change and appends what the ledger says of it: both are durable when it returns, or neither is. `doing` is a verb.
    pub(crate) fn record(
        &mut self,
        group: &[Draft],
        random: &dyn Randomness,
        doing: &'static str,
        make: impl FnOnce(&Transaction<'_>) -> Result<(), StateError>,
    ) -> Result<Head, StateError> {
        let (key, home) = (self.key.clone(), self.home.clone());
        let mark = mark::read(&home, &key)?;
        let change = self.begin()?;
        mark.check(&change, &read::head(&change, &key)?)?;
        make(&change)?;
        let head = append_in(&change, &key, group, random)?;
        change.commit().asking(doing)?;
        if !mark.is(&head) {
            mark::keep(&home, &key, &head)?;
        }
        Ok(head)
    }

    /// Signs what the ledger is, keeps the checkpoint, and records that it was signed.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when there is no entry yet, the ledger is not whole, or the signer's key is not enrolled in it.
    pub fn checkpoint(
        &mut self,
        actor: Actor,
        signer: &SigningKey,
        random: &dyn Randomness,
        now: Timestamp,
    ) -> Result<SignedCheckpoint, StateError> {
        let (key, home) = (self.key.clone(), self.home.clone());
        let mark = mark::read(&home, &key)?;
        if !self.enrolled()?.contains(&signer.public()) {
            return Err(LedgerError::NotEnrolled(signer.public()).into());
        }
        let change = self.begin()?;
        let head = read::head(&change, &key)?;
        mark.check(&change, &head)?;
        let signed = SignedCheckpoint::sign(&head, now, signer).map_err(LedgerError::from)?;
        let event = Event::Checkpointed { sequence: head.sequence(), hash: head.hash(), key: signer.public() };
        let head = append_in(&change, &key, &[Draft { moment: now, actor, event }], random)?;
        let insert = "INSERT INTO ledger_checkpoints (sequence, key, document) VALUES (?1, ?2, ?3)";
        let values = (row(signed.checkpoint().sequence), signer.public().to_string(), signed.to_string());
        change.execute(insert, values).asking("keep a checkpoint in")?;
        change.commit().asking("keep a checkpoint in")?;
        mark::keep(&home, &key, &head)?;
        Ok(signed)
    }

    /// The keys that may sign, as the verified ledger says.
    fn enrolled(&self) -> Result<BTreeSet<PublicKey>, StateError> {
        self.fold_verified(BTreeSet::new(), |mut keys, _, event| {
            match event {
                Event::KeyEnrolled { key, .. } => drop(keys.insert(*key)),
                Event::KeyRevoked { key, .. } => drop(keys.remove(key)),
                _ => {}
            }
            keys
        })
    }
}

/// Appends within a change of something else, so that what was done and that it was done are durable together.
pub(crate) fn append_in(change: &Transaction<'_>, key: &Key, group: &[Draft], random: &dyn Randomness) -> Result<Head, StateError> {
    let mut head = read::head(change, key)?;
    if group.is_empty() {
        return Ok(head);
    }
    let mut insert = change.prepare("INSERT INTO ledger (sequence, line) VALUES (?1, ?2)").asking("append to the ledger in")?;
    for draft in group {
        let (line, next) = append(&head, draft);
        insert.execute((row(next.sequence()), line.as_str())).asking("append to the ledger in")?;
        head = next;
    }
    seal_head(change, key, &head, random)?;
    Ok(head)
}

/// Seals where the ledger ends, within the change that makes it so.
pub(crate) fn seal_head(change: &Transaction<'_>, key: &Key, head: &Head, random: &dyn Randomness) -> Result<(), StateError> {
    let sealed = key.seal(HEAD_PLACE, read::told(head).as_bytes(), random).map_err(KeyError::from)?;
    let upsert = "INSERT INTO ledger_head (id, sealed) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed";
    change.execute(upsert, [sealed.as_bytes()]).asking("append to the ledger in").map(drop)
}

fn row(sequence: u64) -> i64 {
    i64::try_from(sequence).expect("no ledger has so many entries")
}
