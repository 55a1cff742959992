//! The command line: one enum of commands; each command's own arguments lie in its file.

use crate::output::Format;
use crate::{completions, cost, demo, doctor, export, import, sql};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The open, self-hosted AWS commitment optimizer.
#[derive(Debug, Parser)]
#[command(name = "tenor", version, about, propagate_version = true)]
pub(crate) struct Arguments {
    /// Folder that holds Tenor's data [default: `tenor` in the XDG data folder].
    #[arg(long, global = true, env = "TENOR_HOME", value_name = "FOLDER", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,

    /// How to print what a command answers.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What `tenor` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read bills into the lake: legacy CUR, CUR 2.0 or FOCUS, from a folder, a file or S3.
    Import(import::Args),
    /// Say where the money went.
    Cost(cost::Args),
    /// Ask the lake in SQL; nothing can be changed.
    Sql(sql::Args),
    /// Write the charges as a FOCUS 1.2 file.
    Export(export::Args),
    /// Say what is held, what does not add up and what to look at.
    Doctor(doctor::Args),
    /// Try it on a simulated bill, in a folder of its own.
    Demo(demo::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
}
