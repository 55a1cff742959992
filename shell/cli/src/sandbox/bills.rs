//! The sandbox's bills.

use super::folder::Folder;
use super::{control, month};
use crate::context::Context;
use crate::report::Refused;
use std::path::PathBuf;
use tenor_bill::BillingPeriod;
use tenor_sandbox::{Format, write_settings};

/// Arguments of `tenor sandbox bills`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to write them.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    /// Only this month's.
    #[arg(long, value_name = "MONTH", value_parser = month)]
    month: Option<BillingPeriod>,

    /// As which of AWS's reports.
    #[arg(long, value_enum, default_value_t = Report::Cur2)]
    report: Report,

    /// Write the organization's sharing settings and price list into this folder too; the months must share alike.
    #[arg(long, value_name = "FOLDER")]
    settings: Option<PathBuf>,
}

/// One of AWS's reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Report {
    /// Cost and Usage Report, gzip CSV.
    LegacyCsv,
    /// Cost and Usage Report, Parquet.
    LegacyParquet,
    /// CUR 2.0, Parquet.
    Cur2,
    /// FOCUS 1.2, Parquet.
    Focus,
}

pub(super) fn run(context: &Context, folder: &Folder, args: &Args) -> anyhow::Result<()> {
    control::catch_up(context, folder)?;
    let cloud = folder.load()?;
    let format = match args.report {
        Report::LegacyCsv => Format::LegacyCsv,
        Report::LegacyParquet => Format::LegacyParquet,
        Report::Cur2 => Format::Cur2Parquet,
        Report::Focus => Format::FocusParquet,
    };
    let months: Vec<BillingPeriod> = cloud.closed_months().filter(|month| args.month.is_none_or(|wanted| wanted == *month)).collect();
    if months.is_empty() {
        let message = match args.month {
            Some(month) => format!("{month} is not over in the sandbox, or before its beginning; it is {} there", cloud.now()),
            None => format!("no month is over in the sandbox; it is {} there", cloud.now()),
        };
        return Err(Refused::new(message).hint("`tenor sandbox advance 31d` lets a month pass").into());
    }
    let others = cloud.shared_otherwise(&months);
    if args.settings.is_some() && !others.is_empty() {
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        let message = format!("{} and {} share otherwise, and one folder holds one month's sharing settings", months[0], others.join(", "));
        return Err(Refused::new(message).hint(format!("write each apart: `--month {}` with a folder of its own", others[0])).into());
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for month in months {
        let truth = cloud.write_bill(month, format, &args.out, threads)?;
        if let Some(settings) = &args.settings {
            write_settings(&truth, settings)?;
        }
        context.note(format_args!("{month}: written into `{}`", args.out.display()));
    }
    Ok(())
}
