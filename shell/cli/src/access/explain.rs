//! `tenor access explain`: why something is needed, from the rows that the calls are made by.

use super::names::hint;
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use crate::report::Refused;
use tenor_permit::{Capability, Operation, Retry, Scope, Via, capabilities, operations};

/// Arguments of `tenor access explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A capability (`sp-purchase`), an operation (`savingsplans:CreateSavingsPlan`) or an IAM action; all capabilities unless given.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Prints the capabilities, or the rows of one name.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let Some(name) = &args.name else { return Ok(context.print(&all())?) };
    if let Some(capability) = Capability::find(name) {
        context.note(format_args!("{}: {}", capability.title, capability.gives));
        return Ok(context.print(&rows(capability.operations.iter().copied()))?);
    }
    let is_named = |operation: &&Operation| {
        operation.to_string().eq_ignore_ascii_case(name) || operation.grants.iter().any(|grant| grant.action.eq_ignore_ascii_case(name))
    };
    let named: Vec<&'static Operation> = operations().filter(is_named).collect();
    if named.is_empty() {
        let never = format!("Tenor has no capability `{name}`, calls no operation and needs no IAM action of that name");
        return Err(Refused::new(never).hint(hint(name)).into());
    }
    Ok(context.print(&rows(named.into_iter()))?)
}

fn all() -> Table {
    let mut table = Table::new([
        Column::text("capability", "Capability"),
        Column::text("tier", "Tier"),
        Column::number("iam_actions", "IAM actions"),
        Column::number("write_level", "Write level"),
        Column::text("gives", "What you get"),
    ]);
    for capability in capabilities() {
        let mut grants: Vec<_> = capability.grants().map(|(_, grant)| (grant.action, grant.access.only_looks())).collect();
        grants.sort_unstable();
        grants.dedup();
        let writes = grants.iter().filter(|(_, only_looks)| !only_looks).count();
        table.row([
            capability.name.into(),
            capability.tier.as_str().into(),
            Cell::Count(grants.len() as u64),
            Cell::Count(writes as u64),
            capability.gives.into(),
        ]);
    }
    table
}

/// A row for each IAM action of each operation; one without an action for what needs no permission.
fn rows(operations: impl Iterator<Item = &'static Operation>) -> Table {
    let mut table = Table::new([
        Column::text("operation", "Operation"),
        Column::text("action", "IAM action"),
        Column::text("level", "Level"),
        Column::text("on", "On"),
        Column::text("money", "Money"),
        Column::text("asked_again", "Asked again"),
        Column::text("can_show", "Can show"),
        Column::text("needed_by", "Needed by"),
        Column::text("reason", "Why"),
    ]);
    for operation in operations {
        let needed_by: Vec<&str> = operation.capabilities().map(|capability| capability.name).collect();
        let mut row = |action: Cell, level: Cell, on: Cell, can_show: Cell| {
            table.row([
                operation.to_string().into(),
                action,
                level,
                on,
                operation.money.as_str().into(),
                again(operation.retry).into(),
                can_show,
                needed_by.join(", ").into(),
                operation.reason.into(),
            ]);
        };
        if operation.grants.is_empty() {
            row(Cell::Null, Cell::Null, Cell::Null, Cell::Null);
        }
        for grant in operation.grants {
            let on = match (grant.via, grant.scope) {
                (Via::Trust, _) => "in the trust policy".to_owned(),
                (_, Scope::Unscopable) => "everything: AWS lets it be limited to nothing".to_owned(),
                (_, Scope::Arns(arns)) => arns.join(" "),
            };
            row(grant.action.into(), grant.access.as_str().into(), on.into(), grant.sensitive.into());
        }
    }
    table
}

/// What is done when no answer came.
fn again(retry: Retry) -> String {
    match retry {
        Retry::Read => "yes".to_owned(),
        Retry::Token { parameter } => format!("with the same {parameter}"),
        Retry::NaturalKey { parameter } => format!("with the same {parameter}, which names it"),
        Retry::Never => "never".to_owned(),
    }
}
