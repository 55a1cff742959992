//! Entries appended, and checkpoints signed: each group in one transaction.

use super::LedgerError;
use super::read::{self, HEAD_PLACE};
use crate::error::{Asking as _, StateError};
use crate::key::{Key, KeyError};
use crate::random::Randomness;
use crate::state::State;
use jiff::Timestamp;
use rusqlite::Transaction;
use tenor_ledger::{Actor, Draft, Event, Head, SignedCheckpoint, SigningKey, append};

impl State {
    /// Appends a group of entries, durably: all of them are in the ledger when it returns, or none. Says where the ledger ends then.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when the ledger's end is not what was written last.
    pub fn append(&mut self, group: &[Draft], random: &dyn Randomness) -> Result<Head, StateError> {
        let key = self.key.clone();
        let change = self.begin()?;
        let head = append_in(&change, &key, group, random)?;
        change.commit().asking("append to the ledger in")?;
        Ok(head)
    }

    /// Signs what the ledger is, keeps the checkpoint, and records that it was signed.
    ///
    /// # Errors
    /// [`StateError::Ledger`] when there is no entry yet, or the ledger's end is not what was written last.
    pub fn checkpoint(
        &mut self,
        actor: Actor,
        signer: &SigningKey,
        random: &dyn Randomness,
        now: Timestamp,
    ) -> Result<SignedCheckpoint, StateError> {
        let key = self.key.clone();
        let change = self.begin()?;
        let head = read::head(&change, &key)?;
        let signed = SignedCheckpoint::sign(&head, now, signer).map_err(LedgerError::from)?;
        let event = Event::Checkpointed { sequence: head.sequence(), hash: head.hash(), key: signer.public() };
        append_in(&change, &key, &[Draft { moment: now, actor, event }], random)?;
        let insert = "INSERT INTO ledger_checkpoints (sequence, key, document) VALUES (?1, ?2, ?3)";
        let values = (row(head.sequence()), signer.public().to_string(), signed.to_string());
        change.execute(insert, values).asking("keep a checkpoint in")?;
        change.commit().asking("keep a checkpoint in")?;
        Ok(signed)
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
    let sealed = key.seal(HEAD_PLACE, read::told(&head).as_bytes(), random).map_err(KeyError::from)?;
    let upsert = "INSERT INTO ledger_head (id, sealed) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed";
    change.execute(upsert, [sealed.as_bytes()]).asking("append to the ledger in")?;
    Ok(head)
}

fn row(sequence: u64) -> i64 {
    i64::try_from(sequence).expect("no ledger has so many entries")
}
