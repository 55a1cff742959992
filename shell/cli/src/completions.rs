//! `tenor completions`: a script that teaches a shell our commands.

use crate::args::Arguments;
use crate::context::Context;
use crate::output;
use clap::CommandFactory as _;
use std::io::Write as _;

/// Arguments of `tenor completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to write for.
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(crate) fn run(_context: &Context, args: Args) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "tenor", &mut script);
    let mut out = output::stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(())
}
