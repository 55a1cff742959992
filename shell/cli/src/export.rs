//! `tenor export`: the charges as FOCUS 1.2 files.

use crate::args::AnyFormat;
use crate::connect::keep;
use crate::context::Context;
use crate::lake;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use tenor_ledger::{ContentHash, ContentHasher, Event, Text};
use tenor_query::cost::{Bound, Range};
use tenor_query::export::{CreditDifference, Export, FileFormat, Target};
use tenor_state::SystemRandomness;

/// A file is hashed in pieces of this size.
const PIECE_BYTES: usize = 1 << 16;

/// What the help says below the arguments.
const NOTES: &str = "FOCUS gives a credit that belongs to no commitment the cost that was billed as its list and contracted cost too. In the \
    lake these are 0, since a credit has no price, so `tenor cost --metric list` and `--metric contracted` add up to something else than \
    the export. A line on stderr says by how much.";

/// Arguments of `tenor export`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Args {
    /// The file to write (`bill.parquet`, `bill.csv`), or a folder for a file of each payer and period. With `--format parquet|csv`
    /// the name may end as it likes.
    #[arg(long, value_name = "FILE|FOLDER")]
    to: PathBuf,

    /// First billing period exported: 2018-10.
    #[arg(long, value_name = "TIME")]
    from: Option<Bound>,

    /// Last billing period exported.
    #[arg(long, value_name = "TIME")]
    until: Option<Bound>,

    /// Write the `x_` columns too, after those of FOCUS.
    #[arg(long)]
    with_x: bool,
}

/// Writes the files.
pub(crate) fn run(context: &Context, args: Args, format: Option<AnyFormat>) -> anyhow::Result<()> {
    let export = export(args, format)?;
    check_target(&context.lake(), &export.to)?;
    let bar = if context.draws_progress() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{spinner} {human_pos} charges written, {per_sec}").expect("the template is well formed"));
    // One thread reads, so that the same lake gives the same file.
    let written = context.block_on(lake::ask(context, Some(1), async |engine| engine.export(&export, &|rows| bar.inc(rows)).await));
    bar.finish_and_clear();
    let written = written?;
    let recorded = record(context, written.files.iter().map(|file| (file.path.as_path(), file.rows)));
    let mut table = Table::new([Column::text("file", "File"), Column::number("charges", "Charges")]);
    for file in written.files {
        table.row([file.path.display().to_string().into(), Cell::Count(file.rows)]);
    }
    context.print(&table)?;
    recorded.context("the files are written, and the ledger does not say so")?;
    for CreditDifference { currency, list, contracted } in written.credits {
        let currency = currency.unwrap_or_default();
        context.note(format_args!(
            "credits: FOCUS gives them their billed cost, which changes the sum of ListCost by {list} {currency} from that of \
             `tenor cost --metric list`, and that of ContractedCost by {contracted} {currency} from `--metric contracted`"
        ));
    }
    Ok(())
}

/// Says in the ledger which files left. A home without state gets none for that.
fn record<'a>(context: &Context, files: impl IntoIterator<Item = (&'a Path, u64)>) -> anyhow::Result<()> {
    if !keep::has_state(context) {
        return Ok(());
    }
    let by = keep::by(context);
    let entry = |(path, rows): (&Path, u64)| {
        let what = Text::fitted(&format!("charges (FOCUS 1.2) as `{}`", path.display()));
        Ok(by.draft(Event::DataExported { what, content: hash(path)?, rows }))
    };
    let group = files.into_iter().map(entry).collect::<anyhow::Result<Vec<_>>>()?;
    if !group.is_empty() {
        keep::writer(context, "tenor export")?.append(&group, &SystemRandomness::new())?;
    }
    Ok(())
}

fn hash(path: &Path) -> anyhow::Result<ContentHash> {
    let cannot = || format!("cannot read `{}`", path.display());
    let (mut file, mut hasher, mut piece) = (File::open(path).with_context(cannot)?, ContentHasher::default(), vec![0; PIECE_BYTES]);
    loop {
        match file.read(&mut piece).with_context(cannot)? {
            0 => return Ok(hasher.finish()),
            read => hasher.take(&piece[..read]),
        }
    }
}

/// Refuses to write into the lake, where files are taken for charges.
fn check_target(lake: &Path, target: &Target) -> Result<(), Refused> {
    let (Target::File(path) | Target::Folder(path)) = target;
    // A lake that is not there yet is not written into.
    let Ok(lake) = lake.canonicalize() else { return Ok(()) };
    if !resolved(path).starts_with(&lake) {
        return Ok(());
    }
    let message = format!("`{}` lies in the lake `{}`", path.display(), lake.display());
    Err(Refused::bad_usage(message).hint("export to a file or folder outside of it; what lies inside is read as charges"))
}

/// Where a path leads, through links as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    // Only without a working folder is there nothing to begin with, and then nothing can be written either.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut resolved = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => drop(resolved.pop()),
            part => resolved.push(part),
        }
        resolved = resolved.canonicalize().unwrap_or(resolved);
    }
    resolved
}

fn export(args: Args, format: Option<AnyFormat>) -> Result<Export, Refused> {
    let range = Range { from: args.from, to: args.until };
    if range.is_backwards() {
        return Err(Refused::bad_usage("--until is before --from").hint("both ends are included; name the earlier one with --from"));
    }
    let named = format_of_name(&args.to);
    let asked = match format {
        None => None,
        Some(AnyFormat::Parquet) => Some(FileFormat::Parquet),
        Some(AnyFormat::Csv) => Some(FileFormat::Csv),
        Some(_) => {
            return Err(Refused::bad_usage("FOCUS files are Parquet or CSV").hint("use --format parquet or --format csv"));
        }
    };
    if let (Some(named), Some(asked)) = (named, asked)
        && named != asked
    {
        let hint = format!("leave out --format, or end the name in .{}", asked.extension());
        return Err(Refused::bad_usage(format!("`{}` is named as something else", args.to.display())).hint(hint));
    }
    let is_folder = args.to.is_dir() || args.to.as_os_str().as_encoded_bytes().ends_with(b"/") || (named.is_none() && asked.is_none());
    let to = if is_folder { Target::Folder(args.to) } else { Target::File(args.to) };
    Ok(Export { to, format: asked.or(named).unwrap_or(FileFormat::Parquet), range, with_extra: args.with_x })
}

fn format_of_name(path: &Path) -> Option<FileFormat> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    [FileFormat::Parquet, FileFormat::Csv].into_iter().find(|format| format.extension() == extension)
}
