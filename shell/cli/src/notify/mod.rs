//! `tenor notify`: who is told of what happens, what waits to be told, and whether they are reached.

mod alarm;
mod deliver;
mod facts;
mod file;
#[cfg(test)]
mod receiver;

pub(crate) use alarm::Alarm;
pub(crate) use deliver::run as deliver;
pub(crate) use facts::{of_finding, of_job};
pub(crate) use file::{Fact, Notify, base};

use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use clap::Subcommand;
use tenor_notify::{Kind, Sender};
use tenor_state::{NoRandomness, Randomness as _, SystemRandomness};

/// So many messages are listed.
const LISTED: u32 = 200;

/// Arguments of `tenor notify`.
///
/// The file is `notify.toml` in the home. docs/operations.md shows every key.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Read the file, and say who is told of what.
    Check,
    /// Send somebody a message now, that says nothing but that it arrived.
    Test {
        /// Whom, by their name in the file.
        #[arg(value_name = "TARGET")]
        target: String,
    },
    /// List what waits to be told or was given up.
    List {
        /// And what was told.
        #[arg(long)]
        all: bool,
    },
}

/// Checks, tests or lists.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    match &args.what {
        What::Check => check(context),
        What::Test { target } => test(context, target),
        What::List { all } => list(context, *all),
    }
}

fn read(context: &Context) -> anyhow::Result<Notify> {
    let missing = || Refused::new(format!("there is no `{}` in `{}`", file::FILE, context.home.display()));
    Notify::read(context, None)?.ok_or_else(|| missing().hint("docs/operations.md shows what it says").into())
}

fn check(context: &Context) -> anyhow::Result<()> {
    let notify = read(context)?;
    let mut table = Table::new([Column::text("target", "Target"), Column::text("kind", "Kind"), Column::text("events", "Told of")]);
    for (name, addressee) in &notify.targets {
        let kinds: Vec<_> = addressee.kinds.iter().map(|kind| kind.as_str()).collect();
        table.row([name.clone().into(), addressee.target.kind().into(), kinds.join(", ").into()]);
    }
    Ok(context.print(&table)?)
}

fn test(context: &Context, name: &str) -> anyhow::Result<()> {
    let notify = read(context)?;
    let names = || notify.targets.keys().cloned().collect::<Vec<_>>().join(", ");
    let Some(addressee) = notify.targets.get(name) else {
        return Err(Refused::new(format!("there is no target `{name}`")).hint(format!("there are {}", names())).into());
    };
    let id = new_id()?;
    let fact = Fact {
        kind: Kind::Test,
        dedup: String::new(),
        title: "A test: Tenor reaches you".to_owned(),
        lines: vec![format!("Somebody asked for it: tenor notify test {name}")],
        path: "/jobs".to_owned(),
        moment: context.now(),
    };
    let message = notify.message(&fact);
    context.block_on(async { Ok(Sender::new()?.send(&addressee.target, &id, Kind::Test, &message, context.now()).await?) })?;
    context.note(format_args!("`{name}` took it"));
    Ok(())
}

/// An id of a message that is not queued.
fn new_id() -> Result<String, NoRandomness> {
    let mut digits = [0; 32];
    SystemRandomness::new().fill(&mut digits)?;
    Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn list(context: &Context, all: bool) -> anyhow::Result<()> {
    let mut table = Table::new([
        Column::text("created", "Queued"),
        Column::text("target", "Target"),
        Column::text("kind", "Of"),
        Column::text("delivery", "Standing"),
        Column::number("attempts", "Attempts"),
        Column::text("next", "Next"),
        Column::text("said", "Because"),
        Column::text("id", "Id"),
    ]);
    for message in keep::view(context)?.outbox(!all, LISTED)? {
        let next = (message.delivery == tenor_state::Delivery::Waiting).then(|| message.next_attempt.to_string());
        table.row([
            message.created.to_string().into(),
            message.target.into(),
            message.kind.into(),
            message.delivery.as_str().into(),
            Cell::Count(u64::from(message.attempts)),
            next.into(),
            message.said.into(),
            message.id.into(),
        ]);
    }
    Ok(context.print(&table)?)
}
