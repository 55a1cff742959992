//! Deploys a connection's template in the sandbox.

use super::control;
use super::folder::Folder;
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
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,

    /// The account to deploy it in, of the sandbox's organization.
    #[arg(long, value_name = "NUMBER")]
    account: String,

    /// The values of the template's parameters: a file as `aws cloudformation` takes it.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
}

/// One parameter, as `aws cloudformation create-stack --parameters` has it.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    parameter_key: String,
    parameter_value: String,
}

pub(super) fn run(context: &Context, folder: &Folder, args: &Args) -> anyhow::Result<()> {
    let read = |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()));
    let template = read(&args.template)?;
    let mut parameters = BTreeMap::new();
    if let Some(path) = &args.parameters {
        let given: Vec<Parameter> = serde_json::from_str(&read(path)?).map_err(|error| {
            Refused::new(format!("`{}` is no list of parameters: {error}", path.display())).hint("`tenor connect make` writes one")
        })?;
        parameters.extend(given.into_iter().map(|parameter| (parameter.parameter_key, parameter.parameter_value)));
    }
    control::order(context, folder, &Order::Deploy { account: args.account.clone(), template, parameters })
}
