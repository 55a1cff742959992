//! `tenor ledger clock`: an approver says that the clock was ahead, so that orders go on before that day comes.

use crate::connect::keep;
use crate::context::Context;
use crate::order::desk;
use crate::report::Refused;
use anyhow::Context as _;
use std::path::PathBuf;
use tenor_execute::Journal as _;
use tenor_ledger::{Actor, Moment, Text};
use tenor_order::PutRight;
use tenor_state::read_signing_key;

/// Arguments of `tenor ledger clock`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file of an approver's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    /// How it came about; the ledger keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

/// Signs and records that the clock was ahead up to here, and that the ledger goes on from now.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let key = read_signing_key(&args.key)?;
    // Opened for reading first: a home without a ledger gets none.
    drop(keep::view(context)?);
    desk::with_journal(context, "tenor ledger clock", Actor::Person { key: key.public() }, |journal| {
        let now = desk::now(context);
        let Err(behind) = journal.book().check_clock(journal.head(), now) else {
            let refused = Refused::new("the clock is not behind the ledger: there is nothing to put right");
            return Err(refused.hint("if this machine's clock is ahead, set it right first").into());
        };
        let ledger = journal.head().first().context("nothing is in the ledger yet")?;
        let said = PutRight::sign(ledger, Moment(behind.last), now, args.reason.clone(), &key);
        let cannot = |error: tenor_order::NotPutRight| Refused::new(error.to_string()).hint("tenor key list says whose keys may approve");
        said.check(journal.book().keys(), said.ahead).map_err(cannot)?;
        journal.record(now, &[said.event()], &[])?;
        context.note(format_args!(
            "the ledger had come to {}, and goes on from {now}; what was recorded later than that counts as of it",
            said.ahead
        ));
        context.note("approvals that ran out by the wrong clock may hold again, and those signed by it do not: look at what waits (tenor order list)");
        Ok(())
    })
}
