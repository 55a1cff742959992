//! `tenor order approve` and `reject`: somebody who may says yes or no.

use super::desk::{self, Desk};
use crate::connect::keep;
use crate::context::Context;
use crate::report::Refused;
use jiff::SignedDuration;
use std::path::PathBuf;
use tenor_execute::Journal as _;
use tenor_ledger::{Actor, Event, Moment, Text};
use tenor_order::{Approval, OrderStanding, Role};
use tenor_state::read_signing_key;

/// Arguments of `tenor order approve`.
#[derive(Debug, clap::Args)]
pub(super) struct Approve {
    /// The order, or the first digits of its id.
    #[arg(value_name = "ORDER")]
    order: String,

    /// The file of the approver's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// For how many hours it holds; as long as the terms allow without it.
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..))]
    hours: Option<u32>,
}

/// Arguments of `tenor order reject` and `tenor order stop`.
#[derive(Debug, clap::Args)]
pub(super) struct Reject {
    /// The order, or the first digits of its id.
    #[arg(value_name = "ORDER")]
    order: String,

    /// The file of the approver's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// Why; the ledger keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

pub(super) fn approve(context: &Context, args: &Approve) -> anyhow::Result<()> {
    let key = read_signing_key(&args.key)?;
    let id = Desk::open(&keep::view(context)?)?.find(&args.order)?.0;
    desk::with_journal(context, "tenor order approve", Actor::Person { key: key.public() }, |journal| {
        let terms = desk::terms(journal.state(), journal.book())?;
        let (order, record) = desk::in_journal(journal, id)?;
        let waits = record.standing() == OrderStanding::Waiting;
        if !waits {
            return Err(Refused::new("the order was rejected, or came to its end").into());
        }
        if order.policy() != terms.rails.hash() {
            return Err(Refused::new("the order was made under other terms than hold now").hint("make it again from its proposal").into());
        }
        let enrolled = journal.book().keys().get(&key.public()).filter(|enrolled| enrolled.revoked.is_none());
        let Some(enrolled) = enrolled.filter(|enrolled| enrolled.role == Role::Approver) else {
            return Err(Refused::new(format!("the key {} may not approve", key.public()))
                .hint("tenor key list says whose keys may")
                .into());
        };
        let proposer = journal.book().keys().get(&order.proposer());
        if proposer.is_some_and(|proposer| proposer.person == enrolled.person) {
            return Err(Refused::new(format!("{} made the order, and may not approve it", enrolled.person)).into());
        }
        let person = enrolled.person.clone();
        let hours = args.hours.unwrap_or(terms.rails.approval_hours_max);
        if hours > terms.rails.approval_hours_max {
            return Err(Refused::new(format!("approvals hold for {} h at most", terms.rails.approval_hours_max)).into());
        }
        let now = desk::now(context);
        let expires = Moment(now.0.checked_add(SignedDuration::from_hours(i64::from(hours)))?);
        let Approval { policy, signed, expires, key, user, signature, .. } = Approval::sign(order, now, expires, None, &key);
        journal.record(now, &[Event::Approved { order: id, policy, signed, expires, key, user, signature }], &[])?;
        context.note(format_args!("{person} approves it until {}", expires.0.strftime("%Y-%m-%d %H:%M UTC")));
        Ok(())
    })
}

pub(super) fn reject(context: &Context, args: &Reject) -> anyhow::Result<()> {
    let key = read_signing_key(&args.key)?;
    let id = Desk::open(&keep::view(context)?)?.find(&args.order)?.0;
    desk::with_journal(context, "tenor order reject", Actor::Person { key: key.public() }, |journal| {
        let may = journal.book().keys().get(&key.public()).is_some_and(|held| held.revoked.is_none() && held.role != Role::Server);
        if !may {
            return Err(Refused::new(format!("the key {} may not reject orders", key.public())).into());
        }
        let (_, record) = desk::in_journal(journal, id)?;
        if record.standing() != OrderStanding::Waiting {
            return Err(Refused::new("the order was rejected already, or came to its end").into());
        }
        let mut events = vec![Event::Rejected { order: id, reason: args.reason.clone() }];
        // Whatever of it is under way is found out; nothing more of it is sent.
        events.push(Event::OrderStopping { order: id, reason: args.reason.clone() });
        journal.record(desk::now(context), &events, &[])?;
        context.note("rejected: nothing more of it is sent");
        Ok(())
    })
}
