//! Orders behind the port, made up: what was asked is remembered, and answered as a test says.

use crate::{Agreeing, NotDone, NotDoneKind, Orders, Placed, Run};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use tenor_ledger::{OrderId, Text};
use tenor_state::{ConnectionName, UserName, View};
use tokio::sync::Semaphore;

/// Where something waits that a test lets go on.
pub(super) struct Gate {
    /// A permit for each that has come.
    pub(super) come: Semaphore,
    /// A permit for each that may go on.
    pub(super) go: Semaphore,
}

/// What it was asked, and what it answers.
#[derive(Default)]
pub(super) struct Desk {
    asked: Mutex<Vec<String>>,
    /// Refuses what changes something.
    pub(super) refusal: Mutex<Option<NotDone>>,
    pub(super) run: Mutex<Option<Run>>,
    pub(super) off: Mutex<Option<String>>,
    /// Why an order may not run, where that is so.
    pub(super) why_not: Mutex<Option<String>>,
    pub(super) is_to_be_settled: Mutex<bool>,
    /// Whom the terms name.
    pub(super) persons: Mutex<Vec<Text>>,
    /// Whom they name cannot be told.
    pub(super) has_bad_terms: Mutex<bool>,
    /// Who agrees cannot be told.
    pub(super) untold: Mutex<Option<NotDone>>,
    /// The order that is made; one that is nowhere, where no test says it.
    pub(super) placed: Mutex<Option<OrderId>>,
    /// Rejecting waits there.
    pub(super) gate: Mutex<Option<Arc<Gate>>>,
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
        let order = self.placed.lock().unwrap().unwrap_or(OrderId::from_bytes([9; 32]));
        Ok(Placed { order, notes: vec!["left out: a part".to_owned()] })
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
        if let Some(untold) = self.untold.lock().unwrap().clone() {
            return Err(untold);
        }
        let (off, why_not) = (self.off.lock().unwrap().clone(), self.why_not.lock().unwrap().clone());
        let is_to_be_settled = *self.is_to_be_settled.lock().unwrap();
        let counted = u32::from(why_not.is_none());
        Ok(Agreeing { needed: 1, counted, hours_max: 72, off, why_not, is_to_be_settled, ..Agreeing::default() })
    }

    async fn approve(&self, order: OrderId, shown: &str, hours: Option<u32>, user: &UserName) -> Result<(), NotDone> {
        if shown != order.to_string() {
            let (message, hint) = ("this is not the order that was shown".to_owned(), "look at it again".to_owned());
            return Err(NotDone { kind: NotDoneKind::Refused, message, hint });
        }
        self.done(format!("approve for {hours:?} h by {user}"))
    }

    async fn reject(&self, _: OrderId, reason: &Text, user: &UserName) -> Result<(), NotDone> {
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.come.add_permits(1);
            gate.go.acquire().await.unwrap().forget();
        }
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

    fn persons(&self, _: &View) -> Result<Vec<Text>, String> {
        if *self.has_bad_terms.lock().unwrap() { Err("`persons` is no list".to_owned()) } else { Ok(self.persons.lock().unwrap().clone()) }
    }

    fn progress(&self, _: OrderId) -> Option<Run> {
        self.run.lock().unwrap().clone()
    }
}
