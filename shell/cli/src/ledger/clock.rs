//! `tenor ledger clock`: an approver says that the clock was ahead, so that orders go on before that day comes.
//!
//! It never goes by this machine's clock alone: AWS is asked what time it is, and whoever signs says it too.

use crate::connect::calling::calling;
use crate::connect::{keep, who};
use crate::context::Context;
use crate::order::{account, desk};
use crate::report::Refused;
use crate::sandbox;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use tenor_aws::client::Client;
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_execute::{Aws as _, CLOCK_OFF_MAX, ExecuteError, Journal as _, LiveAws};
use tenor_ledger::{Actor, Head, Moment, SigningKey, Text};
use tenor_order::{Book, PutRight};
use tenor_state::read_signing_key;

const COMMAND: &str = "tenor ledger clock";

/// Arguments of `tenor ledger clock`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file of an approver's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// How it came about; the ledger keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Text,

    /// What time it is by a clock that you trust: `2026-01-05T12:30:00Z`, to within five minutes. Without it nothing is signed, and you are told what would
    /// be.
    #[arg(long, value_name = "MOMENT")]
    moment: Option<Timestamp>,

    /// Go on where no connection's AWS says what time it is; the ledger keeps that too.
    #[arg(long)]
    unasked: bool,
}

/// Signs and records that the clock was ahead up to here, and that the ledger goes on from now.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let key = read_signing_key(&args.key)?;
    // Opened for reading first: a home without a ledger gets none, and nobody is asked in vain.
    let view = keep::view(context)?;
    let now = desk::now(context);
    let would = said(&view.book()?, &view.ledger_head()?, now, false, args, &key)?;
    drop(view);
    confirm(&would, args)?;
    let asked = ask(context, args)?;
    desk::with_journal(context, COMMAND, Actor::Person { key: key.public() }, |journal| {
        let now = desk::now(context);
        let said = said(journal.book(), journal.head(), now, asked, args, &key)?;
        journal.record(now, &[said.event()], &[])?;
        context.note(format_args!(
            "the ledger had come to {}, and goes on from {now}; what was recorded later than that counts as of it, and its money as spent on every day",
            said.ahead
        ));
        context.note("approvals that ran out by the wrong clock may hold again, and those signed by it do not: look at what waits (tenor order list)");
        Ok(())
    })
}

/// What is signed at a moment.
fn said(book: &Book, head: &Head, now: Moment, asked: bool, args: &Args, key: &SigningKey) -> anyhow::Result<PutRight> {
    let Err(behind) = book.check_clock(head, now) else {
        let refused = Refused::new("the clock is not behind the ledger: there is nothing to put right");
        return Err(refused.hint("if this machine's clock is ahead, set it right first").into());
    };
    let ledger = head.first().context("nothing is in the ledger yet")?;
    let said = PutRight::sign((ledger, head.hash()), Moment(behind.last), now, asked, args.reason.clone(), key);
    let cannot = |error: tenor_order::NotPutRight| Refused::new(error.to_string()).hint("tenor key list says whose keys may approve");
    said.check(book.keys(), said.ahead).map_err(cannot)?;
    Ok(said)
}

/// Whether whoever signs says that it is that time: a machine whose clock is years behind would take all that was recorded since for a mistake.
fn confirm(would: &PutRight, args: &Args) -> anyhow::Result<()> {
    let (now, ahead) = (would.moment.0, would.ahead.0);
    let Some(said) = args.moment else {
        let refused = format!(
            "nothing was signed: the ledger has come to {ahead:.0}, and would go on from {now:.0}, which this machine's clock says"
        );
        let hint = format!("if a clock that you trust says so too: --moment {now:.0}. If not, set this machine's clock right first");
        return Err(Refused::new(refused).hint(hint).into());
    };
    if now.duration_since(said).abs() > CLOCK_OFF_MAX {
        let refused = format!("this machine's clock says {now:.0}, and you say {said:.0}: that is more than five minutes apart");
        return Err(Refused::new(refused).hint("set this machine's clock right first").into());
    }
    Ok(())
}

/// Asks AWS through each connection what time it is; whether any answer said so.
fn ask(context: &Context, args: &Args) -> anyhow::Result<bool> {
    let told = match differences(context) {
        Ok(told) => told,
        Err(error) if args.unasked => {
            context.note(format_args!("AWS could not be asked what time it is: {error:#}"));
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    if let Some(ahead) = told.iter().copied().find(|ahead| ahead.abs() > CLOCK_OFF_MAX) {
        return Err(ExecuteError::ClockOff { ahead }.into());
    }
    if told.is_empty() && !args.unasked {
        let refused = Refused::new("nobody at AWS has said what time it is: there is no connection, or none was answered");
        return Err(refused.hint("mend the connection (tenor connect prove), or say --unasked, which the ledger keeps").into());
    }
    Ok(!told.is_empty())
}

/// By how much this machine's clock is ahead of AWS's, as answers through the connections say.
fn differences(context: &Context) -> anyhow::Result<Vec<SignedDuration>> {
    let connections = keep::connections(context)?;
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let errand = who::errand(context, Purpose::Clock);
    let (told, _) = calling(context, COMMAND, None, async |own: &Client| -> anyhow::Result<Vec<SignedDuration>> {
        sandbox::check_time(context, own.place())?;
        let mut told = Vec::new();
        for kept in &connections {
            let account = account(&kept.agreement);
            let role = connected(own, &kept.agreement.connection, &kept.agreement.external_id, &errand);
            let aws = LiveAws::new(account.clone(), role.clone());
            aws.ask_time(&account).await;
            told.extend(aws.ahead(&account));
            if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
                context.note(line);
            }
        }
        // Where a role cannot be assumed, that was an answer too.
        told.extend(own.ahead_seconds().map(SignedDuration::from_secs));
        Ok(told)
    })?;
    told
}
