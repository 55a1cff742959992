//! Deploys in the sandbox: a connection's template, or the usage of the lake.

use super::folder::Folder;
use super::{control, rehearse};
use crate::context::Context;
use crate::report::Refused;
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tenor_sandbox::Order;

/// Arguments of `tenor sandbox deploy`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The template, as JSON.
    #[arg(value_name = "TEMPLATE", required_unless_present = "from_lake")]
    template: Option<PathBuf>,

    /// The account to deploy it in, of the sandbox's organization.
    #[arg(long, value_name = "NUMBER", required_unless_present = "from_lake")]
    account: Option<String>,

    /// The values of the template's parameters: a file as `aws cloudformation` takes it.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,

    /// Instead of a template, what the bills of the lake say was used: makes a new sandbox whose accounts use it again, hour by hour.
    #[arg(long, conflicts_with_all = ["template", "account", "parameters"])]
    from_lake: bool,

    #[command(flatten)]
    lake: rehearse::FromLake,
}

/// One parameter, as `aws cloudformation create-stack --parameters` has it.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    parameter_key: String,
    parameter_value: String,
}

pub(super) fn run(context: &Context, folder: &Folder, args: &Args) -> anyhow::Result<()> {
    let (Some(template), Some(account)) = (&args.template, &args.account) else {
        return rehearse::run(context, folder, &args.lake);
    };
    let read = |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()));
    let template = read(template)?;
    let mut parameters = BTreeMap::new();
    if let Some(path) = &args.parameters {
        let given: Vec<Parameter> = serde_json::from_str(&read(path)?).map_err(|error| {
            Refused::new(format!("`{}` is no list of parameters: {error}", path.display())).hint("`tenor connect make` writes one")
        })?;
        parameters.extend(given.into_iter().map(|parameter| (parameter.parameter_key, parameter.parameter_value)));
    }
    control::order(context, folder, &Order::Deploy { account: account.clone(), template, parameters })
}
