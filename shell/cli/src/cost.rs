//! `tenor cost`.

use crate::context::Context;
use crate::report::Refused;

/// Arguments of `tenor cost`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs it.
pub(crate) fn run(_context: &Context, _args: Args) -> anyhow::Result<()> {
    Err(Refused::new("`tenor cost` is not built into this version").into())
}
