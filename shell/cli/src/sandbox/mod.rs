//! `tenor sandbox`: a simulated AWS on this machine, to rehearse on; and what one does to it past AWS's API.

mod bills;
mod control;
mod deploy;
mod folder;
mod follow;
mod rehearse;
mod serve;

use crate::connect::keep;
use crate::context::{Ahead, Context};
use crate::output::{Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use clap::Subcommand;
use folder::Folder;
pub(crate) use follow::Follower;
use std::path::PathBuf;
use std::{fs, io};
use tenor_bill::BillingPeriod;
use tenor_sandbox::{Cloud, FaultKind, Order, PlannedFault, SharingMode};
use tenor_state::{Randomness as _, SystemRandomness, View};

/// Arguments of `tenor sandbox`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to do with the sandbox.
#[derive(Debug, Subcommand)]
enum What {
    /// Run it until it is interrupted or told to end; then it finishes what has begun. Its books are kept; a new one is made when there is none.
    Serve(serve::Args),
    /// Print the administrators' keys, one account a row. They open nothing but the sandbox.
    Keys,
    /// Let time pass: `30d`, `12h`, `90s`. Payments settle, queued purchases start, terms end, listings sell.
    Advance {
        /// How long.
        #[arg(value_name = "TIME", value_parser = folder::seconds)]
        time: i64,
    },
    /// Say what time it is in it.
    Time,
    /// Plan a fault for the next calls of an operation.
    Fault {
        /// `ec2:PurchaseReservedInstancesOffering`, `ec2:*` or `*`.
        #[arg(value_name = "OPERATION")]
        operation: String,
        /// `lost-before`, `lost-after`, `error-after`, `throttled`, `duplicated`, `stale`, `short-page`, `skewed-clock` or `denied`.
        #[arg(value_name = "FAULT")]
        kind: FaultKind,
        /// How many calls meet it.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        times: u32,
        /// How many of a thousand calls meet it, by chance from the seed.
        #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=1000))]
        per_mille: u16,
    },
    /// Let the next payments fail.
    FailPayments {
        /// How many.
        #[arg(value_name = "N", default_value_t = 1)]
        times: u32,
    },
    /// Choose how commitments are shared from now on; a month's bill goes by what is chosen in its last second.
    Share {
        /// With everyone, with an account's business unit first, or with that alone.
        #[arg(value_name = "MODE", value_enum)]
        mode: Sharing,
        /// An account that neither shares nor is shared with.
        #[arg(long, value_name = "ACCOUNT")]
        off: Vec<String>,
    },
    /// Deploy a connection's template in one of its accounts: a role and its policies, as CloudFormation would make them. Or, with --from-lake, a whole
    /// organization that uses what the lake's bills say was used.
    Deploy(deploy::Args),
    /// Write the bills of all months that are over into a folder, as AWS writes them into a bucket.
    Bills(bills::Args),
    /// Copy the books into a file; usage taken over from the lake goes into another beside it.
    Snapshot {
        /// The file, which must not be there yet.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put the books of a snapshot in place of the sandbox's.
    Restore {
        /// The snapshot.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Forget everything that happened in it.
    Reset,
}

/// With whom commitments are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Sharing {
    /// With everyone.
    Open,
    /// With the business unit of the account that has them, then with everyone.
    Prioritized,
    /// With that business unit alone.
    Restricted,
}

/// The same home at the time of its sandbox, which may have let months pass. Whoever puts the ledger's clock right goes by that alone.
///
/// # Errors
/// When it has no sandbox, or the one that runs does not answer.
pub(crate) fn timed(context: Context, puts_right: bool) -> anyhow::Result<Context> {
    let now = control::now(&context, &Folder::of(&context))?;
    // It stands still while a command works, and what that recorded last may lie ahead of it. What cannot be read is told by who needs it.
    let last = if puts_right { None } else { keep::view(&context).ok().and_then(|view| come_to(&view)) };
    let now = last.map_or(now, |last| now.max(last));
    Ok(Context { ahead: Ahead::of(now.duration_since(jiff::Timestamp::now())), ..context })
}

/// What a ledger has come to: since its clock was put right, no longer what its last entry says.
fn come_to(view: &View) -> Option<jiff::Timestamp> {
    let reached = view.book().ok().and_then(|book| book.reached());
    reached.map(|reached| reached.0).or_else(|| view.ledger_head().ok().map(|head| head.moment()))
}

/// Refuses to ask anybody but the home's own sandbox at that sandbox's time: approvals and limits are of days and hours.
///
/// # Errors
/// When the caller is to ask AWS, or something else.
pub(crate) fn check_time(context: &Context, place: &tenor_aws::client::Place) -> anyhow::Result<()> {
    if !context.ahead.is_rehearsed() {
        return Ok(());
    }
    let address = format!("http://{}", Folder::of(context).running()?.address);
    let is_ours = |endpoint: &String| endpoint.trim_end_matches('/') == address;
    // A service without an endpoint of its own is at the common one.
    let is_own = place.endpoint.as_ref().is_some_and(is_ours) && place.endpoints.values().all(is_ours);
    let refused = || Refused::new(format!("TENOR_SANDBOX_TIME is for the home's own sandbox alone, which is at {address}"));
    if is_own { Ok(()) } else { Err(refused().hint("set AWS_ENDPOINT_URL to it, or unset TENOR_SANDBOX_TIME").into()) }
}

/// Runs the sandbox, or does something to it.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let folder = Folder::of(context);
    match args.what {
        What::Serve(args) => serve::run(context, &folder, &args),
        What::Keys => keys(context, &folder),
        What::Advance { time } => control::order(context, &folder, &Order::Advance(time)),
        What::Time => control::order(context, &folder, &Order::Time),
        What::Fault { operation, kind, times, per_mille } => {
            let fault = PlannedFault { operation, kind, per_mille, times };
            fault.check().map_err(Refused::bad_usage)?;
            control::order(context, &folder, &Order::Fault(fault))
        }
        What::FailPayments { times } => control::order(context, &folder, &Order::FailPayments(times)),
        What::Share { mode, off } => {
            let mode = match mode {
                Sharing::Open => SharingMode::Open,
                Sharing::Prioritized => SharingMode::Prioritized,
                Sharing::Restricted => SharingMode::Restricted,
            };
            control::order(context, &folder, &Order::Share { mode, off })
        }
        What::Deploy(args) => deploy::run(context, &folder, &args),
        What::Bills(args) => bills::run(context, &folder, &args),
        What::Snapshot { file } => {
            control::catch_up(context, &folder)?;
            folder.snapshot(&file)
        }
        What::Restore { file } => folder.restore(&file),
        What::Reset => folder.reset(&folder.hold_or_refuse()?),
    }
}

fn keys(context: &Context, folder: &Folder) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("account", "Account"),
        Column::text("name", "Name"),
        Column::text("access_key", "Access key"),
        Column::text("secret_key", "Secret key"),
    ]);
    for keys in folder.load()?.keys() {
        let row = [&keys.account, &keys.name, &keys.access_key, &keys.secret_key];
        table.row(row.map(|text| text.as_str().into()));
    }
    context.print(&table)?;
    Ok(())
}

/// The error of what needs a sandbox where there is none.
fn no_sandbox(folder: &Folder) -> Refused {
    Refused::new(format!("there is no sandbox in `{}`", folder.path().display())).hint("`tenor sandbox serve` makes one")
}

/// The first month of a new sandbox, as an argument.
fn month(text: &str) -> Result<BillingPeriod, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// What nobody guesses, for the keys of a new sandbox.
///
/// # Errors
/// When the system gives no randomness.
pub(crate) fn secret() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    SystemRandomness::new().fill(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes))
}

/// The account of the home's sandbox that pays, and its administrator's access key; none where it has no sandbox.
///
/// # Errors
/// When its books cannot be read.
pub(crate) fn payer(context: &Context) -> anyhow::Result<Option<(String, String)>> {
    let folder = Folder::of(context);
    if !folder.has_books() {
        return Ok(None);
    }
    Ok(folder.load()?.keys().first().map(|keys| (keys.account.clone(), keys.access_key.clone())))
}

/// Forgets the home's sandbox, and these files and folders of the home with it.
///
/// # Errors
/// When the sandbox runs, or something cannot be removed.
pub(crate) fn forget(context: &Context, others: &[&str]) -> anyhow::Result<()> {
    let folder = Folder::of(context);
    let held = folder.hold_or_refuse()?;
    for path in others.iter().map(|name| context.home.join(name)) {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove `{}`", path.display()));
            }
            _ => {}
        }
    }
    folder.reset(&held)
}

/// Makes this the home's sandbox, unless it has one, in which somebody may have done something. Whether it was made.
///
/// # Errors
/// When another command is at work on it, or the books cannot be written.
pub(crate) fn begin(context: &Context, cloud: &Cloud) -> anyhow::Result<bool> {
    let folder = Folder::of(context);
    if folder.has_books() {
        return Ok(false);
    }
    let _held = folder.hold_or_refuse()?;
    folder.store().save(cloud)?;
    Ok(true)
}
