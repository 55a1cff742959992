//! `tenor doctor`.

use crate::context::Context;
use crate::report::Refused;

/// Arguments of `tenor doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs it.
pub(crate) fn run(_context: &Context, _args: Args) -> anyhow::Result<()> {
    Err(Refused::new("`tenor doctor` is not built into this version").into())
}
