//! `tenor prices`: versions of AWS's prices, fetched from AWS or brought in from files, and looked up.

pub(crate) mod check;
mod folder;
mod import;
mod less;
pub(crate) mod refresh;
mod show;

use crate::context::Context;
use clap::Subcommand;

/// Arguments of `tenor prices`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with prices.
#[derive(Debug, Subcommand)]
enum What {
    /// Read price lists into a version of prices: AWS's bulk files and Savings Plan rate files (JSON, CSV), or the simple CSV.
    Import(import::Args),
    /// Fetch AWS's own price lists and Savings Plan rates through a connection, and keep them as a version.
    Refresh(refresh::Args),
    /// List the versions that are held; or the prices of one, by service, Region or SKU.
    Show(show::Args),
    /// Hold private pricing against the net costs of the bills imported.
    Check(check::Args),
}

/// Imports one file as it is.
pub(crate) fn import(context: &Context, source: std::path::PathBuf) -> anyhow::Result<()> {
    import::run(context, import::Args::of(vec![source], Vec::new()))
}

/// Imports several as one version.
pub(crate) fn import_all(context: &Context, sources: Vec<std::path::PathBuf>, regions: Vec<String>) -> anyhow::Result<()> {
    import::run(context, import::Args::of(sources, regions))
}

/// Imports, fetches, shows or checks.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Import(args) => import::run(context, args),
        What::Refresh(args) => refresh::run(context, &args),
        What::Show(args) => show::run(context, args),
        What::Check(args) => check::run(context, &args),
    }
}
