//! `tenor doctor`: what the lake holds, what in it does not add up, whether the home lies safely and stands well, and what to do about it.

mod disk;
mod home;
mod machine;
mod support;

use crate::context::Context;
use crate::output::{Cell, Column, StdoutClosed, Table};
use crate::report::Refused;
use jiff::Timestamp;
use tenor_lake::doctor::{Finding, Severity, examine};
use tenor_lake::store::Lake;

/// Arguments of `tenor doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints every finding; it fails when one is an error, so that scripts notice.
pub(crate) fn run(context: &Context, _args: Args) -> anyhow::Result<()> {
    let root = context.lake();
    let has_lake = !home::is_missing(&root);
    if !has_lake && !home::has_state(context) {
        let missing = format!("there is no lake in `{}`", root.display());
        return Err(Refused::new(missing).hint("import a bill first: tenor import SOURCE").into());
    }
    let of_lake = if has_lake { examine(&Lake::open(root)?, Timestamp::now())? } else { Vec::new() };
    let errors = |findings: &[Finding]| findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let mut of_home = of_home(context);
    // What keeps the state shut may be said of the key already.
    let is_told = errors(&of_home) > 0;
    of_home.extend(support::examine(&support::Facts::of(context), is_told));
    let (in_lake, in_home) = (errors(&of_lake), errors(&of_home));
    let findings = [vec![support::program()], of_lake, of_home].concat();
    let printed = context.print(&table(&findings));
    // A script that stops reading still wants to know how it ended.
    if !printed.as_ref().is_err_and(StdoutClosed::is_behind) {
        printed?;
    }
    let meaning = if in_lake > 0 { ": what the lake answers may be wrong" } else { "" };
    match in_lake + in_home {
        0 => Ok(()),
        1 => Err(Refused::new(format!("one finding is an error{meaning}")).into()),
        errors => Err(Refused::new(format!("{errors} findings are errors{meaning}")).into()),
    }
}

/// What there is to say of how the home lies, its lake left out.
pub(crate) fn of_home(context: &Context) -> Vec<Finding> {
    home::examine(&home::Facts::of(context))
}

/// What of a home lies on storage that is not encrypted, for sure, with the reason: empty where all is encrypted, or nobody can tell.
pub(crate) fn in_the_clear(context: &Context) -> Vec<String> {
    home::in_the_clear(context)
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new([
        Column::text("severity", "Severity"),
        Column::text("billing_period", "Period"),
        Column::text("provider", "Provider"),
        Column::text("payer", "Payer"),
        Column::text("finding", "Finding"),
        Column::number("amount", "Amount"),
        Column::text("meaning", "Meaning"),
        Column::text("what_to_do", "What to do"),
    ]);
    for finding in findings {
        let key = finding.key.as_ref();
        table.row([
            Cell::Text(finding.severity.to_string()),
            key.map(|key| key.period.to_string()).into(),
            key.map(|key| key.provider.clone()).into(),
            key.map(|key| key.payer.to_string()).into(),
            finding.title.as_str().into(),
            finding.amount.clone().into(),
            finding.meaning.as_str().into(),
            Some(finding.what_to_do.as_str()).filter(|todo| !todo.is_empty()).into(),
        ]);
    }
    table
}
