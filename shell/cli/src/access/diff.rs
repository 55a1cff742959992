//! `tenor access diff`: what changed between two versions of the policies, or what a pasted policy grants beyond what Tenor needs.

use crate::context::Context;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use anyhow::Context as _;
use std::fs;
use std::path::PathBuf;
use tenor_permit::{Audit, CURRENT, Change, Granted, Version};

/// Arguments of `tenor access diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The older version's number.
    #[arg(value_name = "OLDER", conflicts_with = "policies", required_unless_present = "policies")]
    older: Option<u32>,

    /// The newer one's; the newest unless given.
    #[arg(value_name = "NEWER", conflicts_with = "policies")]
    newer: Option<u32>,

    /// Files of IAM policies, JSON, of somebody else's role; together they are held against what Tenor needs.
    #[arg(long = "policy", value_name = "FILE", num_args = 1..)]
    policies: Vec<PathBuf>,

    /// Of pasted policies: list what Tenor needs too, not only what it never needs.
    #[arg(long, requires = "policies")]
    all: bool,
}

/// Prints the differences.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    match args.older {
        Some(older) => versions(context, older, args.newer.unwrap_or(CURRENT)),
        None => pasted(context, &args.policies, args.all),
    }
}

fn versions(context: &Context, older: u32, newer: u32) -> anyhow::Result<()> {
    let find = |number: u32| {
        let known: Vec<String> = Version::numbers().map(|number| number.to_string()).collect();
        Version::find(number)
            .ok_or_else(|| Refused::new(format!("there is no policy version {number}")).hint(format!("there are {}", known.join(", "))))
    };
    let (older, newer) = (find(older)?, find(newer)?);
    let mut table = Table::new([
        Column::text("change", "Change"),
        Column::text("action", "IAM action"),
        Column::text("tier", "Tier"),
        Column::text("level", "Level"),
        Column::text("on", "On"),
        Column::text("guards", "Guards"),
        Column::text("capabilities", "Capabilities"),
    ]);
    let mut row = |change: &str, action: &str, granted: &Granted| {
        let capabilities: Vec<&str> = granted.capabilities.iter().map(String::as_str).collect();
        table.row([
            change.into(),
            action.into(),
            granted.tier.as_str().into(),
            granted.access.as_str().into(),
            granted.scope.as_str().into(),
            granted.guards.as_str().into(),
            capabilities.join(", ").into(),
        ]);
    };
    let changes = newer.changes_since(&older);
    for change in &changes {
        match change {
            Change::Added { action, granted } => row("added", action, granted),
            Change::Removed { action, granted } => row("removed", action, granted),
            Change::Altered { action, before, after } => {
                row("before", action, before);
                row("after", action, after);
            }
        }
    }
    for degraded in newer.degraded_on(&older) {
        let lacks: Vec<&str> = degraded.missing.iter().chain(&degraded.narrower).map(String::as_str).collect();
        context.note(format_args!("on a role of version {}, {} is limited: {}", degraded.held, degraded.capability, lacks.join(", ")));
    }
    if changes.is_empty() {
        context.note(format_args!("versions {} and {} grant the same", older.number(), newer.number()));
    }
    Ok(context.print(&table)?)
}

fn pasted(context: &Context, paths: &[PathBuf], all: bool) -> anyhow::Result<()> {
    let read = |path: &PathBuf| fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()));
    let mut audit = Audit::default();
    let texts: Vec<String> = paths.iter().map(read).collect::<Result<_, _>>()?;
    for (path, text) in paths.iter().zip(&texts) {
        // Each by itself first, so that an error names its file.
        audit = Audit::of([text.as_str()]).with_context(|| format!("cannot read `{}` as an IAM policy", path.display()))?;
    }
    if texts.len() > 1 {
        audit = Audit::of(texts.iter().map(String::as_str)).expect("each of them was read");
    }
    audit.to_string().lines().for_each(|line| context.note(line));
    let mut table = Table::new([
        Column::text("action", "IAM action"),
        Column::text("level", "Level"),
        Column { key: "on_everything".to_owned(), heading: "On everything".to_owned(), is_number: false },
        Column::text("can_show", "Can show"),
        Column::text("tier", "Tenor needs it in"),
    ]);
    for (action, found) in audit.granted().iter().filter(|(_, found)| all || found.needed.is_none()) {
        let needed = found.needed.map_or("never", |tier| tier.as_str());
        table.row([(*action).into(), found.access.as_str().into(), Cell::Flag(found.everywhere), found.sensitive.into(), needed.into()]);
    }
    Ok(context.print(&table)?)
}
