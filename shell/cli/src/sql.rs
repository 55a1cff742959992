//! `tenor sql`: any question, in SQL.

use crate::context::Context;
use crate::lake;
use crate::output::{self, Cell, Column, Printer};
use crate::report::Refused;
use anyhow::Context as _;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;
use tenor_query::{Rows, Value};

/// Arguments of `tenor sql`.
///
/// Tables: charges, rollup, split_costs, imports, residuals; views: commitments, utilization, coverage, savings, lock_in, eligible_usage.
/// Names are FOCUS's, in any letter case.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The statement: SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES or DESCRIBE; read from stdin without one.
    #[arg(conflicts_with = "file")]
    statement: Option<String>,

    /// Read the statement from a file.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Answers a statement.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let statement = statement(args)?;
    context.block_on(async {
        let rows = lake::ask(context, None, async |engine| engine.sql(&statement).await).await?;
        print(context, rows, is_explain(&statement)).await
    })
}

fn statement(args: Args) -> anyhow::Result<String> {
    if let Some(statement) = args.statement {
        return Ok(statement);
    }
    if let Some(file) = args.file {
        return std::fs::read_to_string(&file).with_context(|| format!("cannot read the statement from `{}`", file.display()));
    }
    if io::stdin().is_terminal() {
        return Err(Refused::bad_usage("there is no statement").hint("tenor sql \"SHOW TABLES\"").into());
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).context("cannot read the statement from stdin")?;
    Ok(text)
}

/// Whether the answer is a plan, whose lines mean something.
fn is_explain(statement: &str) -> bool {
    statement.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("explain"))
}

async fn print(context: &Context, mut rows: Rows, is_plan: bool) -> anyhow::Result<()> {
    let mut printer = Printer::new(output::stdout(), context.format, columns(&rows))?;
    while let Some(rows) = rows.next().await? {
        for row in rows {
            printer.row(row.into_iter().map(|value| cell(value, is_plan)).collect())?;
        }
    }
    Ok(printer.finish()?)
}

/// The columns, each with a name of its own.
fn columns(rows: &Rows) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for head in rows.columns() {
        let taken = |name: &str| columns.iter().any(|column| column.key == name);
        let numbered = (2..).map(|n| format!("{}_{n}", head.name));
        let name = std::iter::once(head.name.clone()).chain(numbered).find(|name| !taken(name)).expect("numbers do not end");
        columns.push(Column { key: name.clone(), heading: name, is_number: head.is_number });
    }
    columns
}

fn cell(value: Value, is_plan: bool) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Text(text) if is_plan => Cell::Lines(text),
        Value::Text(text) => Cell::Text(text),
        Value::Amount(text) => Cell::Exact(text),
        Value::Number(text) => Cell::Number(text),
        Value::Flag(flag) => Cell::Flag(flag),
    }
}
