//! `tenor ledger`: the record of what was decided and done, shown, verified, reconciled, exported and signed.

mod access;
mod clock;
mod reconcile;
mod show;
mod verify;

pub(crate) use access::last_seal;
pub(crate) use reconcile::regions;

use crate::connect::keep;
use crate::context::Context;
use crate::new_file::NewFile;
use crate::output;
use anyhow::Context as _;
use clap::Subcommand;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tenor_state::{SystemRandomness, read_signing_key};

/// Arguments of `tenor ledger`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

impl Args {
    /// Whether it is to put the clock right: then it has to be what it is, whatever the ledger has come to.
    pub(crate) const fn puts_clock_right(&self) -> bool {
        matches!(self.what, What::Clock(_))
    }
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
enum What {
    /// Show entries, the newest last.
    Show(show::Args),
    /// Verify every byte, of the home's ledger or of an exported one; it fails and names the first entry that is wrong.
    Verify(verify::Args),
    /// Show who looked at which data through the server, the newest last; every line is verified on the way.
    Access(access::Args),
    /// Hold it against the bills, and with --live against what AWS lists and CloudTrail recorded: every dollar spent has an order, every order
    /// its dollars. Exits 1 when something does not agree or could not be read.
    Reconcile(reconcile::Args),
    /// Write all of it to a new file, an entry a line, as it is stored and hashed.
    Export {
        /// The file, which must not be there yet.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say, with an approver's key, that the clock was ahead up to here: set it right first, then orders go on at once and not on the day that the
    /// ledger had come to.
    Clock(clock::Args),
    /// Sign what the ledger is now. A checkpoint that lies elsewhere tells whether the ledger was cut or written anew.
    Checkpoint {
        /// The file of a key that is enrolled.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Write it to this new file instead of printing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Shows, verifies, reconciles, exports or signs.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    match args.what {
        What::Show(args) => show::run(context, &args),
        What::Verify(args) => verify::run(context, &args),
        What::Access(args) => access::run(context, &args),
        What::Reconcile(args) => reconcile::run(context, &args),
        What::Clock(args) => clock::run(context, &args),
        What::Export { file } => export(context, &file),
        What::Checkpoint { key, out } => checkpoint(context, &key, out.as_deref()),
    }
}

/// Verifies the home's own ledger, against the checkpoints that are kept in it.
pub(crate) fn verify(context: &Context) -> anyhow::Result<()> {
    verify::run(context, &verify::Args::default())
}

/// Holds the ledger against the bills, and against AWS if so asked.
pub(crate) fn reconcile(context: &Context, live: bool) -> anyhow::Result<()> {
    reconcile::run(context, &reconcile::Args::of(live))
}

fn export(context: &Context, file: &Path) -> anyhow::Result<()> {
    let view = keep::view(context)?;
    let mut to = BufWriter::new(NewFile::begin(file)?);
    view.export_ledger(&mut to)?;
    to.into_inner().map_err(|error| error.into_error()).with_context(|| format!("cannot write `{}`", file.display()))?.finish()?;
    context.note(format_args!("`{}` can be verified anywhere: tenor ledger verify FILE", file.display()));
    Ok(())
}

fn checkpoint(context: &Context, key: &Path, out: Option<&Path>) -> anyhow::Result<()> {
    let signer = read_signing_key(key)?;
    // Opened for reading first: a home without a ledger gets none to be signed.
    drop(keep::view(context)?);
    let file = out.map(NewFile::begin).transpose()?;
    let mut state = keep::writer(context, "tenor ledger checkpoint")?;
    let signed = state.checkpoint(keep::by(context).actor, &signer, &SystemRandomness::new(), context.now())?;
    match file {
        Some(mut file) => {
            writeln!(file, "{signed}").context("cannot write the checkpoint")?;
            file.finish()?;
        }
        None => output::print_line(&signed.to_string())?,
    }
    context.note(format_args!(
        "entry {} is signed; keep the checkpoint where whoever can change this home cannot",
        signed.checkpoint().sequence
    ));
    Ok(())
}
