//! `tenor stop` and `tenor resume`: the kill switch.

use crate::connect::keep;
use crate::context::Context;
use crate::report::Refused;
use std::time::Duration;
use tenor_ledger::Text;
use tenor_state::{SystemRandomness, halt};

/// Arguments of `tenor stop` and `tenor resume`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Why; the ledger keeps it.
    #[arg(long, value_name = "TEXT")]
    reason: Text,
}

/// Sets the kill switch, whoever writes; and records that, when nobody else does.
pub(crate) fn stop(context: &Context, args: &Args) -> anyhow::Result<()> {
    let has_state = keep::has_state(context);
    halt(&context.home, &args.reason, &keep::by(context))?;
    context.note(format_args!("stopped: nothing that changes anything is sent to AWS from `{}`", context.home.display()));
    if !has_state {
        context.note("there is no state in that home yet: is it the right one?");
        return Ok(());
    }
    // Opening it records that.
    if let Err(error) = keep::writer_within(context, "tenor stop", Duration::ZERO) {
        context.note(format_args!("the ledger will say so when the state is next written to: {error:#}"));
    }
    Ok(())
}

/// Takes it back.
pub(crate) fn resume(context: &Context, args: &Args) -> anyhow::Result<()> {
    let released = || -> anyhow::Result<bool> {
        if !keep::has_state(context) && tenor_state::halted(&context.home)?.is_none() {
            return Ok(false);
        }
        Ok(keep::writer(context, "tenor resume")?.release(&args.reason, &keep::by(context), &SystemRandomness::new())?)
    };
    if !released()? {
        return Err(Refused::new(format!("the kill switch of `{}` is not set", context.home.display())).into());
    }
    context.note("resumed: what is approved may be sent again");
    Ok(())
}
