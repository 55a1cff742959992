//! `cargo xtask generate-bill`: writes a simulated organization's bill into a folder, as AWS would into a bucket.

use anyhow::Context;
use clap::ValueEnum;
use std::path::PathBuf;
use tenor_sandbox::{BillRequest, Format, Layout, SharingMode, write_bill, write_settings};

/// What to write and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Accounts of the organization, the payer included.
    #[arg(long, default_value_t = 8)]
    accounts: u32,
    /// About how many rows in all.
    #[arg(long, default_value_t = 200_000)]
    rows: u64,
    /// How many months.
    #[arg(long, default_value_t = 1)]
    months: u32,
    /// What all chance comes from: the same arguments give the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The kind of report.
    #[arg(long, value_enum, default_value = "legacy-csv")]
    format: FormatName,
    /// The folder to write into.
    #[arg(long)]
    out: PathBuf,
    /// The first month.
    #[arg(long, default_value = "2025-01")]
    start: String,
    /// About how many rows a file holds.
    #[arg(long, default_value_t = 1_000_000)]
    part_rows: u64,
    /// How versions of the report lie in the bucket.
    #[arg(long, value_enum, default_value = "create-new")]
    layout: LayoutName,
    /// A private discount in whole percent (7 if no number is given), which makes the net columns appear.
    #[arg(long, num_args = 0..=1, default_missing_value = "7")]
    net: Option<u8>,
    /// Add split cost allocation rows.
    #[arg(long)]
    split: bool,
    /// How the organization shares its commitments.
    #[arg(long, value_enum, default_value = "open")]
    sharing: SharingName,
    /// Also write `sharing.toml` and `prices.csv`, which applying the commitments again needs, into this folder (not the bill's own).
    #[arg(long)]
    settings: Option<PathBuf>,
    /// Also write `expected.json`: the totals the bill must add up to.
    #[arg(long)]
    expected: bool,
    /// Threads to use; they change nothing but the time.
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    LegacyCsv,
    LegacyParquet,
    Cur2,
    Cur2Csv,
    Focus,
    FocusCsv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LayoutName {
    CreateNew,
    Overwrite,
    Athena,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SharingName {
    /// With everyone alike.
    Open,
    /// With the owner's group, then with everyone.
    Prioritized,
    /// With the owner's group alone.
    Restricted,
    /// Groups, commitments with groups of their own, and accounts with sharing off.
    Mixed,
}

/// Writes the bill.
///
/// # Errors
/// When the arguments contradict each other or a file cannot be written.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let format = match args.format {
        FormatName::LegacyCsv => Format::LegacyCsv,
        FormatName::LegacyParquet => Format::LegacyParquet,
        FormatName::Cur2 => Format::Cur2Parquet,
        FormatName::Cur2Csv => Format::Cur2Csv,
        FormatName::Focus => Format::FocusParquet,
        FormatName::FocusCsv => Format::FocusCsv,
    };
    let layout = match args.layout {
        LayoutName::CreateNew => Layout::CreateNew,
        LayoutName::Overwrite => Layout::Overwrite,
        LayoutName::Athena => Layout::Athena,
    };
    let sharing = match args.sharing {
        SharingName::Open => SharingMode::Open,
        SharingName::Prioritized => SharingMode::Prioritized,
        SharingName::Restricted => SharingMode::Restricted,
        SharingName::Mixed => SharingMode::Mixed,
    };
    let request = BillRequest {
        accounts: args.accounts,
        rows: args.rows,
        months: args.months,
        seed: args.seed,
        start: args.start.parse().context("--start is a month such as 2025-01")?,
        format,
        layout,
        columns: Vec::new(),
        part_rows: args.part_rows,
        discount_percent: args.net,
        split: args.split,
        sharing,
        threads: args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
    };
    let truth = write_bill(&request, &args.out)?;
    if let Some(folder) = &args.settings {
        write_settings(&truth, folder)?;
    }
    if args.expected {
        let path = args.out.join("expected.json");
        let text = format!("{:#}\n", truth.to_json());
        std::fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    for period in &truth.periods {
        let total = period.total();
        eprintln!(
            "{}: {} rows, unblended {}, amortized {}",
            period.period,
            total.rows + period.split_rows,
            total.unblended,
            total.amortized
        );
    }
    Ok(())
}
