//! `tenor ledger verify`: whether the ledger is what was written, to the last byte.

use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use tenor_ledger::{Checkpoint, CheckpointError, Moment, PublicKey, SignedCheckpoint};
use tenor_state::{Verified, verify_exported};

/// Arguments of `tenor ledger verify`.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// An exported ledger, instead of the home's own.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Hold it against a checkpoint that lay elsewhere; can be said again.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,

    /// Believe checkpoints of this key alone, instead of all keys that the ledger says were enrolled; can be said again.
    #[arg(long, value_name = "PUBLIC", requires = "checkpoint")]
    trust: Vec<PublicKey>,
}

/// Verifies, and says what it comes to.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let checkpoints = args.checkpoint.iter().map(|path| read(path, &args.trust)).collect::<anyhow::Result<Vec<_>>>()?;
    let verified = match &args.file {
        Some(file) => {
            let cannot = || format!("cannot read `{}`", file.display());
            verify_exported(&mut BufReader::new(File::open(file).with_context(cannot)?), &checkpoints)?
        }
        None => keep::view(context)?.verify_ledger(&checkpoints)?,
    };
    if let Some(stranger) = checkpoints.iter().find(|checkpoint| args.trust.is_empty() && !verified.enrolled.contains(&checkpoint.key)) {
        let why = CheckpointError::Untrusted(stranger.key);
        return Err(Refused::new(why.to_string()).hint("name the key with --trust if its owner says that it is theirs").into());
    }
    context.print(&table(&verified))?;
    tell(context, args, &verified);
    Ok(())
}

/// Reads a checkpoint. Where no keys are named, whose it is has to be told by the ledger.
fn read(path: &Path, trusted: &[PublicKey]) -> anyhow::Result<Checkpoint> {
    let cannot = || format!("cannot use the checkpoint `{}`", path.display());
    let document = fs::read(path).with_context(cannot)?;
    let own = || {
        let json: serde_json::Value = serde_json::from_slice(&document).unwrap_or_default();
        json["key"].as_str().and_then(|key| key.parse().ok()).into_iter().collect::<Vec<PublicKey>>()
    };
    let trusted = if trusted.is_empty() { own() } else { trusted.to_vec() };
    Ok(*SignedCheckpoint::read(&document, &trusted).with_context(cannot)?.checkpoint())
}

fn table(Verified { report, .. }: &Verified) -> Table {
    let mut table = Table::new([
        Column::number("entries", "Entries"),
        Column::text("first", "First"),
        Column::text("last", "Last"),
        Column::number("checkpoints", "Checkpoints"),
        Column::number("clock_behind", "Clock behind"),
        Column::number("unknown", "Not known"),
        Column::text("hash", "Hash of the last"),
    ]);
    let last = report.begun.map(|_| Moment(report.head.moment()).to_string());
    table.row([
        Cell::Count(report.head.sequence()),
        report.begun.map(|first| Moment(first).to_string()).into(),
        last.into(),
        Cell::Count(u64::try_from(report.checkpoints.len()).expect("checkpoints are few")),
        Cell::Count(report.clock_behind),
        Cell::Count(report.unknown.values().sum()),
        report.head.hash().to_string().into(),
    ]);
    table
}

fn tell(context: &Context, args: &Args, verified: &Verified) {
    context.note("the ledger is whole: every entry is as it was written");
    for (kind, count) in &verified.report.unknown {
        context.note(format_args!(
            "{count} entries are of a kind or a shape that this Tenor does not know: `{kind}`; it decides nothing by such a ledger"
        ));
    }
    for (sequence, doubt) in &verified.doubts {
        context.note(format_args!("the checkpoint of entry {sequence} says nothing: {doubt}"));
    }
    if args.file.is_some() && args.checkpoint.is_empty() {
        context.note("whether entries lack at its end, or all of it was written anew, a checkpoint tells: --checkpoint FILE");
    }
}
