//! `tenor manual`: the pages of the manual, one a command, for `man`.

use crate::args::Arguments;
use crate::context::Context;
use crate::new_folder::NewFolder;
use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use std::path::PathBuf;

/// Arguments of `tenor manual`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder to write the pages into, which must be empty or missing: `man/man1`.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Writes all pages, or none.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let folder = NewFolder::begin(&args.out)?;
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let pages = write(&command, &folder)?;
    folder.finish()?;
    context.note(format_args!("{pages} pages in `{}`: man --local-file {}", args.out.display(), args.out.join("tenor.1").display()));
    Ok(())
}

/// The page of a command and those of all below it: how many.
fn write(command: &Command, folder: &NewFolder) -> anyhow::Result<usize> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page).context("cannot write a page")?;
    folder.write(&man.get_filename(), &String::from_utf8(page).context("a page is no text")?)?;
    let below = command.get_subcommands().filter(|one| !one.is_hide_set()).map(|one| write(one, folder)).sum::<anyhow::Result<usize>>()?;
    Ok(below + 1)
}
