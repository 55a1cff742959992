//! `tenor`: the one binary. It reads arguments, wires the other crates and prints; it decides nothing.
//!
//! Data goes to stdout and everything else to stderr. Exit status: 0 done, 1 refused or failed, 2 bad usage.

mod args;
mod completions;
mod context;
mod cost;
mod demo;
mod doctor;
mod export;
mod import;
mod output;
mod report;
mod sql;

use args::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    report::exit_code(run(arguments))
}

/// Runs one command.
fn run(arguments: Arguments) -> anyhow::Result<()> {
    let context = context::Context::new(arguments.home, arguments.format)?;
    match arguments.command {
        Command::Import(args) => import::run(&context, args),
        Command::Cost(args) => cost::run(&context, args),
        Command::Sql(args) => sql::run(&context, args),
        Command::Export(args) => export::run(&context, args),
        Command::Doctor(args) => doctor::run(&context, args),
        Command::Demo(args) => demo::run(&context, args),
        Command::Completions(args) => completions::run(&context, args),
    }
}
