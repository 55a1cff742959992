//! The command line: one enum of commands; each command's own arguments lie in its file.

use crate::output::Format;
use crate::report::Refused;
use crate::{
    access, backtest, commitments, completions, connect, cost, cover, coverage, demo, doctor, export, import, keeping, key, ledger, manual,
    notify, order, prices, propose, sandbox, schedule, serve, sql, stop, user, watch,
};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The open, self-hosted AWS commitment optimizer.
#[derive(Debug, Parser)]
#[command(name = "tenor", version, about, propagate_version = true)]
pub(crate) struct Arguments {
    /// Folder that holds Tenor's data [default: `tenor` in the XDG data folder].
    #[arg(long, global = true, env = "TENOR_HOME", value_name = "FOLDER", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,

    /// How to print what a command answers [default: table].
    #[arg(long, global = true, value_enum)]
    pub(crate) format: Option<AnyFormat>,

    /// Take the time from the home's sandbox, so that a rehearsal can let months pass.
    #[arg(long, global = true, env = "TENOR_SANDBOX_TIME", hide_env_values = true, hide = true)]
    pub(crate) sandbox_time: bool,

    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A format that some command writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AnyFormat {
    /// Aligned columns for reading.
    Table,
    /// An array of objects, one for each row (`commitments`: an object with it inside); amounts are exact, as text.
    Json,
    /// Comma-separated text with a header; amounts are exact.
    Csv,
    /// Parquet, in exports only.
    #[value(hide = true)]
    Parquet,
    /// IAM's own, of policies only.
    #[value(hide = true)]
    IamJson,
    /// A template for an account, of policies only.
    #[value(hide = true)]
    Cloudformation,
    /// A template for the members of an organization, of policies only.
    #[value(hide = true)]
    Stackset,
    /// A module, of policies only.
    #[value(hide = true)]
    Terraform,
    /// A page with reasons, of policies only.
    #[value(hide = true)]
    Markdown,
}

impl AnyFormat {
    /// As a format of answers.
    ///
    /// # Errors
    /// When answers are not written in it.
    pub(crate) fn of_answers(self) -> Result<Format, Refused> {
        match self {
            Self::Table => Ok(Format::Table),
            Self::Json => Ok(Format::Json),
            Self::Csv => Ok(Format::Csv),
            Self::Parquet => Err(Refused::bad_usage("answers are not printed as Parquet").hint("`tenor export` writes Parquet files")),
            Self::IamJson | Self::Cloudformation | Self::Stackset | Self::Terraform | Self::Markdown => {
                Err(Refused::bad_usage("answers are printed as table, json or csv").hint("`tenor access policy` writes policies"))
            }
        }
    }
}

/// What `tenor` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read bills into the lake: legacy CUR, CUR 2.0 or FOCUS, from a folder, a file or S3.
    Import(import::Args),
    /// Say where the money went.
    Cost(cost::Args),
    /// List what is held, what it does and what to look at first.
    Commitments(commitments::Args),
    /// Say how much of what commitments could cover they do cover, and what that saves.
    Coverage(coverage::Args),
    /// Simulate which commitment pays for what, and compare it with what AWS billed.
    Cover(cover::Args),
    /// Keep versions of AWS's prices, and look prices up.
    Prices(prices::Args),
    /// Compute what to commit to, with its price, its proof and its reasons.
    Propose(propose::Args),
    /// Say what policies of commitment would have cost on past demand, each deciding with only what was known then.
    Backtest(backtest::Args),
    /// Say what Tenor may do in an account, and why; write its policies; hold others' against them.
    Access(access::Args),
    /// Connect an account through a role: make the connection, prove it, list what there is.
    Connect(connect::Args),
    /// Make orders of proposals, approve them, and carry them out.
    Order(order::Args),
    /// Show, verify, export or sign the record of what was decided and done.
    Ledger(ledger::Args),
    /// What to look at now: what ends, can be taken back, is used less, sells, waits; with the money at stake and the command to run.
    Watch(watch::Args),
    /// Make keys that sign, and say whose they are.
    Key(key::Args),
    /// Say who may log in to the pages, and make tokens for the API.
    User(user::Args),
    /// Serve the pages and the API from this home.
    Serve(serve::Args),
    /// Say what the server does by itself, and when; do it now.
    Schedule(schedule::Args),
    /// Say who is told of what happens; try it.
    Notify(notify::Args),
    /// Set the kill switch: nothing that changes anything is sent to AWS from here on.
    Stop(stop::Args),
    /// Take the kill switch back.
    Resume(stop::Args),
    /// Write all that the home cannot make again to one sealed file, while others write.
    Backup(keeping::BackupArgs),
    /// Make a home of a backup; it is stopped until somebody has looked what was bought since.
    Restore(keeping::RestoreArgs),
    /// Run a simulated AWS that sells, bills and fails like the real one, and let time pass in it.
    Sandbox(sandbox::Args),
    /// Ask the lake in SQL; nothing can be changed.
    Sql(sql::Args),
    /// Write the charges as a FOCUS 1.2 file.
    Export(export::Args),
    /// Say what is held, what does not add up, and whether the home lies safely.
    Doctor(doctor::Args),
    /// Try it on a simulated bill, in a folder of its own.
    Demo(demo::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// Write the pages of the manual, one a command, for `man`.
    Manual(manual::Args),
}
