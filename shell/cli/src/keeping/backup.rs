//! `tenor backup`: made by a reader, while others write.

use super::proposals;
use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tenor_state::{BackedUp, KeySource, Randomness as _, SystemRandomness, note_backed_up};

/// Arguments of `tenor backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file that is not there yet, or a folder, in which the backup is named by its moment.
    #[arg(value_name = "FILE|DIR")]
    to: PathBuf,
}

/// Where one is to be made in a folder, named by its moment.
pub(crate) fn place(context: &Context, folder: &Path) -> anyhow::Result<PathBuf> {
    if !folder.is_dir() {
        return Err(Refused::new(format!("`{}` is no folder", folder.display())).hint("make it, and let this user write there").into());
    }
    let folder = folder.canonicalize().with_context(|| format!("cannot look at `{}`", folder.display()))?;
    Ok(folder.join(name(context.now(), &SystemRandomness::new())?))
}

/// Makes one in that file.
pub(crate) fn make_at(context: &Context, file: &Path) -> anyhow::Result<()> {
    run(context, &Args { to: file.to_owned() })
}

/// Makes one, notes it, and says what has to be kept apart from it.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let now = context.now();
    let view = keep::view(context)?;
    let random = SystemRandomness::new();
    let to = if args.to.is_dir() { args.to.join(name(now, &random)?) } else { args.to.clone() };
    let made = view.backup(&to, || proposals::files(&context.home), &random, now)?;
    drop(view);
    note(context, &made);
    context.print(&table(&made, proposals::count(&made.files)))?;
    for id in proposals::without_inputs(&made.files) {
        context.note(format_args!(
            "proposal {id} is in it without its inputs, which are not in `proposals/{id}`: it cannot be computed again"
        ));
    }
    context.note("read back, and the same");
    context.note(format_args!("it opens with this home's key alone, which is not in it: {}", key(&keep::source(context)?)));
    context.note("not in it: bills and prices, which are imported again; the log of calls (state/calls.log); keys that sign");
    if lies_within(&made.path, &context.home) {
        context.note("it lies in the home that it is of: copy it to another disk");
    }
    Ok(())
}

/// Notes it for the ledger, and has it recorded if nobody else writes. The backup is made, whatever comes of that.
fn note(context: &Context, made: &BackedUp) {
    if let Err(error) = note_backed_up(&context.home, made, &keep::by(context)) {
        let error = anyhow::Error::from(error);
        context.note(format_args!("this backup could not be noted, and the ledger will not tell of it: {error:#}"));
        return;
    }
    // Opening the state for writing records it.
    if let Err(error) = keep::writer_within(context, "tenor backup", Duration::ZERO) {
        context.note(format_args!("the ledger will say so when the state is next written to: {error:#}"));
    }
}

/// `tenor-20260102T030405Z-1a2b3c4d.backup`: homes that are backed up into one folder at the same moment do not share a name.
fn name(now: Timestamp, random: &SystemRandomness) -> anyhow::Result<String> {
    let mut bytes = [0; 4];
    random.fill(&mut bytes)?;
    Ok(format!("tenor-{}-{:08x}.backup", now.strftime("%Y%m%dT%H%M%SZ"), u32::from_be_bytes(bytes)))
}

/// What the owner has to keep.
fn key(source: &KeySource) -> String {
    match source {
        KeySource::Own(home) => format!("keep a copy of `{}` apart from it", home.join("state").join("key").display()),
        KeySource::File(file) => format!("keep a copy of `{}` apart from it", file.display()),
        KeySource::Digits(_) => "keep what TENOR_KEY says apart from it".to_owned(),
        KeySource::Command(_) => "keep what TENOR_KEY_COMMAND needs apart from it".to_owned(),
    }
}

fn lies_within(file: &Path, home: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().ok();
    whole(file).zip(whole(home)).is_some_and(|(file, home)| file.starts_with(home))
}

fn table(made: &BackedUp, proposals: usize) -> Table {
    let mut table = Table::new([
        Column::text("backup", "Backup"),
        Column::number("bytes", "Bytes"),
        Column::number("entries", "Entries"),
        Column::number("proposals", "Proposals"),
        Column::text("sha256", "SHA-256"),
    ]);
    table.row([
        made.path.display().to_string().into(),
        Cell::Count(made.bytes),
        Cell::Count(made.head.sequence()),
        Cell::Count(proposals as u64),
        made.backup.to_string().into(),
    ]);
    table
}
