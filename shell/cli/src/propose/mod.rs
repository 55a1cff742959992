//! `tenor propose`: what to commit to, with its price, its proof and its reasons.

mod compare;
mod gather;
mod keep;
mod made;
mod policy;
mod recommended;
mod show;
mod threads;

pub(crate) use gather::hash_of;
pub(crate) use gather::{inputs, inputs_and_policy, until_decision};
pub(crate) use keep::{Kept, compared_of, read_as, recorded};
pub(crate) use made::{
    Listed, Settings, Told, accounts, all, are_apart, find, folder_of, is_kept, is_newest, is_of_same_payer, known_until, make_kept, named,
    newer, newest,
};
pub(crate) use threads::Threads;

use crate::connect::keep as state;
use crate::context::Context;
use crate::output::{self, Format};
use crate::report::Refused;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tenor_propose::proposal::{Inputs, Proposal, propose};
use tenor_state::By;

/// What holds the lease while a proposal is recorded.
const COMMAND: &str = "tenor propose";

/// Arguments that say what to compute, which a proposal kept has said already.
const COMPUTED: [&str; 10] = ["policy", "overlay", "sharing", "prices", "private", "as_of", "payer", "months", "scenarios", "seed"];

/// Arguments of `tenor propose`.
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) what: Option<What>,

    /// Record in the ledger that it was made, so that everybody who looks there knows of it.
    #[arg(long, conflicts_with = "verify")]
    pub(crate) keep: bool,

    /// What may be bought and what is feared (docs/spec/policy.md); without it, the defaults printed there.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// Changes that the owner knows of, as a file (docs/spec/overlay.md).
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Option<PathBuf>,

    /// How commitments are shared among accounts, as a file; openly without one.
    #[arg(long, value_name = "FILE")]
    pub(crate) sharing: Option<PathBuf>,

    /// The version of prices, or its first digits; the youngest without it.
    #[arg(long, value_name = "VERSION")]
    pub(crate) prices: Option<String>,

    /// Propose at net prices by this file of private pricing.
    #[arg(long, value_name = "FILE")]
    pub(crate) private: Option<PathBuf>,

    /// The moment of the decision, in UTC: 2025-04-01. Without it, the end of the usage known.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,

    /// The payer, when the lake holds several.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) payer: Option<String>,

    /// At most so many months of history.
    #[arg(long, value_name = "MONTHS", default_value_t = 13, value_parser = clap::value_parser!(u16).range(1..=61))]
    pub(crate) months: u16,

    /// How many futures to draw.
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) scenarios: u32,

    /// What all chance comes from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Threads to work on; the answer is the same.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) threads: Option<u16>,

    /// Compute a proposal again from the inputs it recorded, and say whether it is the same to the last byte.
    #[arg(long, value_name = "PROPOSAL", conflicts_with_all = COMPUTED)]
    pub(crate) verify: Option<PathBuf>,

    /// Tell a proposal in words: a proposal kept, or the one computed.
    #[arg(long, value_name = "PROPOSAL", num_args = 0..=1, conflicts_with = "verify")]
    pub(crate) explain: Option<Option<PathBuf>>,

    /// Price the proposal beside what AWS recommends: answers of Cost Explorer as JSON (docs/spec/recommendations.md).
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["verify", "explain"])]
    pub(crate) compare: Vec<PathBuf>,
}

/// Whether the home has a policy of its own.
///
/// # Errors
/// When it has, and that cannot be read or makes no sense.
pub(crate) fn has_policy(context: &Context) -> anyhow::Result<bool> {
    let path = made::policy_of(context);
    policy::read(path.as_deref())?;
    Ok(path.is_some())
}

/// What to do with proposals that were made.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum What {
    /// List the proposals that are kept, the newest first.
    List,
    /// Show a proposal in words, or with --format json as it is kept.
    Show {
        /// The proposal: its id, the first digits of it, a file or a folder.
        #[arg(value_name = "PROPOSAL")]
        proposal: PathBuf,
    },
}

impl Default for Args {
    /// As without any argument.
    fn default() -> Self {
        Self {
            what: None,
            keep: false,
            policy: None,
            overlay: None,
            sharing: None,
            prices: None,
            private: None,
            as_of: None,
            payer: None,
            months: 13,
            scenarios: 16,
            seed: 1,
            threads: None,
            verify: None,
            explain: None,
            compare: Vec::new(),
        }
    }
}

impl Args {
    /// The first argument, if any, that says what to compute and is not as it is without it.
    fn computed(&self) -> Option<&'static str> {
        let (default, is) = (Self::default(), |file: &Option<PathBuf>| file.is_some());
        let given = [
            ("--policy", is(&self.policy)),
            ("--overlay", is(&self.overlay)),
            ("--sharing", is(&self.sharing)),
            ("--prices", self.prices.is_some()),
            ("--private", is(&self.private)),
            ("--as-of", self.as_of.is_some()),
            ("--payer", self.payer.is_some()),
            ("--months", self.months != default.months),
            ("--scenarios", self.scenarios != default.scenarios),
            ("--seed", self.seed != default.seed),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }
}

/// Computes, verifies or explains a proposal.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    match &args.what {
        Some(What::List) => return made::list(context),
        Some(What::Show { proposal }) => return made::show(context, proposal),
        None => {}
    }
    let workers = Threads::new(args.threads.map(usize::from));
    if let Some(path) = &args.verify {
        return verify(context, &find(context, path)?, &workers);
    }
    if let Some(Some(path)) = &args.explain {
        // What was kept says itself what it was computed from; arguments beside it would seem to count.
        if let Some(idle) = args.computed().or(args.threads.map(|_| "--threads")) {
            return Err(Refused::bad_usage(format!("{idle} says nothing beside a proposal kept"))
                .hint("leave it out, or --explain what is computed: without a proposal")
                .into());
        }
        if args.keep {
            return Err(Refused::bad_usage("--keep says nothing beside a proposal kept").hint("leave it out").into());
        }
        let kept = find(context, path)?;
        write!(output::stdout(), "{}", show::words(&kept.proposal)).and_then(|()| output::stdout().flush())?;
        return Ok(());
    }
    // Files that cannot be read are told before hours of work, not after.
    let recommended = recommended::read(&args.compare)?;
    let inputs = inputs(context, &args)?;
    let by = args.keep.then(|| state::by(context));
    let (proposal, path) = make(context, &inputs, by.as_ref().map(|by| (COMMAND, by)), &workers)?;
    context.note(format_args!("kept as {}", path.display()));
    if !args.compare.is_empty() {
        return compare::run(context, inputs, (&proposal, &path), &recommended, &workers);
    }
    match (&args.explain, context.format) {
        (Some(_), _) => write!(output::stdout(), "{}", show::words(&proposal)).and_then(|()| output::stdout().flush())?,
        (None, Format::Json) => write!(output::stdout(), "{}", proposal.encode()).and_then(|()| output::stdout().flush())?,
        (None, Format::Table | Format::Csv) => {
            show::notes(context, &proposal);
            context.print(&show::steps(&proposal))?;
        }
    }
    Ok(())
}

/// Prices a proposal kept beside what AWS recommends in a file, and keeps that beside it: what `--compare` does, without computing the proposal again.
///
/// # Errors
/// When one of them cannot be read, or they do not fit together.
pub(crate) fn compare_kept(context: &Context, proposal: &Path, file: PathBuf) -> anyhow::Result<()> {
    let recommended = recommended::read(&[file])?;
    let kept = find(context, proposal)?;
    let inputs = keep::recorded(&kept.path, kept.inputs_hash())?;
    compare::run(context, inputs, (&kept.proposal, &kept.path), &recommended, &Threads::new(None))
}

/// Computes the proposal of some inputs and keeps both; records it where somebody has it made by a command.
fn make(context: &Context, inputs: &Inputs, recorded: Option<(&str, &By)>, workers: &Threads) -> anyhow::Result<(Proposal, PathBuf)> {
    let packed = keep::pack(inputs)?;
    let proposal = propose(inputs, &keep::hash(&packed), workers).map_err(refused)?;
    let path = match recorded {
        None => keep::keep(&context.home.join(made::FOLDER), &proposal, &packed)?,
        Some((command, by)) => made::record(context, command, by, &proposal, &packed)?,
    };
    Ok((proposal, path))
}

/// A refusal of the core, with what to do.
pub(crate) fn refused(error: tenor_propose::proposal::InputsError) -> anyhow::Error {
    use tenor_propose::proposal::InputsError;
    let hint = match &error {
        InputsError::TooShort { .. } => "import the bills of earlier months; two weeks are the least, a year is good",
        InputsError::Policy(_) => "docs/spec/policy.md shows every key and its default",
        InputsError::Format(_) => "verify it with the version of tenor that wrote it",
        _ => "import the bill again; `tenor doctor` tells what is odd about it",
    };
    Refused::new(error.to_string()).hint(hint).into()
}

fn verify(context: &Context, kept: &Kept, workers: &Threads) -> anyhow::Result<()> {
    let path = &kept.path;
    let inputs = keep::recorded(path, kept.inputs_hash())?;
    let again = propose(&inputs, kept.inputs_hash(), workers).map_err(refused)?.encode();
    if again != kept.text {
        let line = again.lines().zip(kept.text.lines()).position(|(one, other)| one != other);
        let place = line.map_or_else(String::new, |line| format!("; they differ from line {} on", line + 1));
        let differs = format!("`{}` is not what its inputs come to{place}", path.display());
        return Err(Refused::new(differs).hint("it was changed, or written by another version of tenor; do not act on it").into());
    }
    context.note(format_args!("{} is what its inputs come to, to the last byte", kept.id()));
    Ok(())
}
