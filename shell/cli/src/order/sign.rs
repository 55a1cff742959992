//! `tenor order approve` and `reject`: somebody who may says yes or no.

use super::desk::{self, Desk};
use super::signer::{Doing, Signer, maker, person_of};
use crate::connect::keep;
use crate::context::Context;
use crate::report::Refused;
use jiff::SignedDuration;
use std::path::PathBuf;
use tenor_execute::{Journal as _, Kept};
use tenor_ledger::{Event, Moment, OrderId, Text};
use tenor_order::{Approval, OrderStanding, is_same_person};
use tenor_state::UserRole;

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

/// Whether somebody may approve what they have approved, so that it holds for longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// They may.
    Renews,
    /// A form that is sent twice is no second approval.
    Refused,
}

pub(super) fn approve(context: &Context, args: &Approve) -> anyhow::Result<()> {
    let signer = Signer::of_file(&args.key)?;
    let id = Desk::open(&keep::view(context)?)?.find(&args.order)?.0;
    let doing = Doing { context, command: "tenor order approve", signer: &signer, tell: &|text: &str| context.note(text) };
    approve_as(&doing, id, args.hours, Again::Renews)
}

/// Signs that somebody agrees to exactly this order, under the terms that hold.
///
/// # Errors
/// When it would not count: the order is over, made under other terms, or their own, or they may not approve.
pub(crate) fn approve_as(doing: &Doing<'_>, id: OrderId, hours: Option<u32>, again: Again) -> anyhow::Result<()> {
    let signer = doing.signer;
    desk::with_journal(doing.context, doing.command, signer.actor(), |journal| {
        signer.still(journal.state(), UserRole::Approver)?;
        let terms = desk::terms(journal.state(), journal.book())?;
        let (order, record) = desk::in_journal(journal, id)?;
        let waits = record.standing() == OrderStanding::Waiting;
        if !waits {
            return Err(Refused::new("the order was rejected, or came to its end").into());
        }
        if order.policy() != terms.rails.hash() {
            return Err(Refused::new("the order was made under other terms than hold now").hint("make it again from its proposal").into());
        }
        let person = signer.approver(journal.book(), &terms)?;
        if is_same_person(&maker(journal.book(), record), &person) {
            return Err(Refused::new(format!("{person} made the order, and may not approve it")).into());
        }
        let now = desk::now(doing.context);
        if again == Again::Refused && approves(journal, id, &person, now)? {
            return Err(Refused::new(format!("{person} approves it already")).hint("nothing was changed").into());
        }
        let hours = hours.unwrap_or(terms.rails.approval_hours_max);
        if hours > terms.rails.approval_hours_max {
            return Err(Refused::new(format!("approvals hold for {} h at most", terms.rails.approval_hours_max)).into());
        }
        let expires = Moment(now.0.checked_add(SignedDuration::from_hours(i64::from(hours)))?);
        let signed = Approval::sign(order, now, expires, signer.user().cloned(), signer.key());
        let Approval { policy, signed, expires, key, user, signature, .. } = signed;
        journal.record(now, &[Event::Approved { order: id, policy, signed, expires, key, user, signature }], &[])?;
        (doing.tell)(&format!("{person} approves it until {}", expires.0.strftime("%Y-%m-%d %H:%M UTC")));
        Ok(())
    })
}

/// Whether an approval of theirs holds, from which nothing was taken since.
fn approves(journal: &Kept<'_>, id: OrderId, person: &Text, now: Moment) -> anyhow::Result<bool> {
    let (book, (_, record)) = (journal.book(), desk::in_journal(journal, id)?);
    let holds = |approval: &Approval| {
        let is_current = approval.signed <= now && approval.expires > now;
        is_current && book.stands(approval) && is_same_person(&person_of(book, approval.key, approval.user.as_ref()), person)
    };
    Ok(record.approvals.iter().any(holds))
}

pub(super) fn reject(context: &Context, args: &Reject) -> anyhow::Result<()> {
    let signer = Signer::of_file(&args.key)?;
    let id = Desk::open(&keep::view(context)?)?.find(&args.order)?.0;
    let doing = Doing { context, command: "tenor order reject", signer: &signer, tell: &|text: &str| context.note(text) };
    reject_as(&doing, id, &args.reason)
}

/// Says no to an order, and stops it.
///
/// # Errors
/// When it was rejected, came to its end, or they may say nothing.
pub(crate) fn reject_as(doing: &Doing<'_>, id: OrderId, reason: &Text) -> anyhow::Result<()> {
    let signer = doing.signer;
    desk::with_journal(doing.context, doing.command, signer.actor(), |journal| {
        signer.still(journal.state(), UserRole::Approver)?;
        if let Err(why) = signer.person(journal.book()) {
            let own = || Refused::new(format!("the key {} may not reject orders", signer.key().public()));
            let refused = if signer.user().is_some() { why } else { own() };
            return Err(refused.into());
        }
        let (_, record) = desk::in_journal(journal, id)?;
        if record.standing() != OrderStanding::Waiting {
            return Err(Refused::new("the order was rejected already, or came to its end").into());
        }
        let mut events = vec![Event::Rejected { order: id, reason: reason.clone() }];
        // Whatever of it is under way is found out; nothing more of it is sent.
        events.push(Event::OrderStopping { order: id, reason: reason.clone() });
        journal.record(desk::now(doing.context), &events, &[])?;
        (doing.tell)("rejected: nothing more of it is sent");
        Ok(())
    })
}
