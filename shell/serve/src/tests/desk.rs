//! Orders behind the port, made up: what was asked is remembered, and answered as a test says.

use crate::{Agreeing, NotDone, NotDoneKind, Orders, Placed, Run};
use async_trait::async_trait;
use std::sync::Mutex;
use tenor_ledger::{OrderId, Text};
use tenor_state::{ConnectionName, UserName};

/// What it was asked, and what it answers.
#[derive(Default)]
pub(super) struct Desk {
    asked: Mutex<Vec<String>>,
    /// Refuses what changes something.
    pub(super) refusal: Mutex<Option<NotDone>>,
    pub(super) run: Mutex<Option<Run>>,
    pub(super) off: Mutex<Option<String>>,
}

impl Desk {
    /// What was asked since this was asked last.
    pub(super) fn asked(&self) -> String {
        std::mem::take(&mut *self.asked.lock().unwrap()).join("\n")
    }

    fn done(&self, asked: String) -> Result<(), NotDone> {
        self.asked.lock().unwrap().push(asked);
        self.refusal.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn placed(&self, asked: String) -> Result<Placed, NotDone> {
        self.done(asked)?;
        Ok(Placed { order: OrderId::from_bytes([9; 32]), notes: vec!["left out: a part".to_owned()] })
    }
}

#[async_trait]
impl Orders for Desk {
    fn is_live(&self) -> bool {
        true
    }

    async fn create(&self, proposal: &str, connection: &ConnectionName, user: &UserName) -> Result<Placed, NotDone> {
        self.placed(format!("create {proposal} {connection} by {user}"))
    }

    async fn agreeing(&self, _: OrderId) -> Result<Agreeing, NotDone> {
        let off = self.off.lock().unwrap().clone();
        Ok(Agreeing { needed: 1, counted: 1, hours_max: 72, off, ..Agreeing::default() })
    }

    async fn approve(&self, order: OrderId, shown: &str, hours: Option<u32>, user: &UserName) -> Result<(), NotDone> {
        if shown != order.to_string() {
            let (message, hint) = ("this is not the order that was shown".to_owned(), "look at it again".to_owned());
            return Err(NotDone { kind: NotDoneKind::Refused, message, hint });
        }
        self.done(format!("approve for {hours:?} h by {user}"))
    }

    async fn reject(&self, _: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone> {
        self.done(format!("reject by {user}: {reason}"))
    }

    async fn run(&self, _: OrderId, is_live: bool, user: &UserName) -> Result<(), NotDone> {
        self.done(format!("run {} by {user}", if is_live { "live" } else { "rehearsed" }))
    }

    async fn stop(&self, _: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone> {
        self.done(format!("stop by {user}: {reason}"))
    }

    async fn take_back(&self, _: OrderId, step: u32, user: &UserName) -> Result<Placed, NotDone> {
        self.placed(format!("take back step {step} by {user}"))
    }

    fn progress(&self, _: OrderId) -> Option<Run> {
        self.run.lock().unwrap().clone()
    }
}
