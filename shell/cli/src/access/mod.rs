//! `tenor access`: what Tenor may do in an account, as policies, as reasons, and compared with what others ask for.

mod diff;
mod explain;
pub(crate) mod names;
mod policy;
mod template;

pub(crate) use template::{joined, rendered};

use crate::args::AnyFormat;
use crate::context::Context;
use clap::Subcommand;

/// Arguments of `tenor access`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What to say of permissions.
#[derive(Debug, Subcommand)]
enum What {
    /// Write the policies of some tiers, exactly as tight as the code that uses them.
    Policy(Box<policy::Args>),
    /// Write a connection's template again, or one that makes the report bucket and an export into it.
    Template(Box<template::Args>),
    /// Say why Tenor needs something: a capability, an operation of AWS or an IAM action; or list all capabilities.
    Explain(explain::Args),
    /// Compare two versions of Tenor's policies; or say what a pasted policy grants that Tenor never needs.
    Diff(diff::Args),
    /// Prove a connection again and look for changes of its role; exits 1 when something is lacking or was changed.
    Verify(crate::connect::Asked),
}

/// Whether an answer may be written in a format that only policies have.
pub(crate) fn writes_policies(args: &Args) -> bool {
    matches!(args.what, What::Policy(_) | What::Template(_))
}

/// Writes, explains or compares.
pub(crate) fn run(context: &Context, args: Args, format: Option<AnyFormat>) -> anyhow::Result<()> {
    match args.what {
        What::Policy(args) => policy::run(context, &args, format),
        What::Template(args) => template::run(context, &args, format),
        What::Explain(args) => explain::run(context, &args),
        What::Diff(args) => diff::run(context, &args),
        What::Verify(args) => crate::connect::verify(context, &args),
    }
}
