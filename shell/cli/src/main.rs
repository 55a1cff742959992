//! `tenor`: the one binary. It reads arguments, wires the other crates and prints; it decides nothing.
//!
//! Data goes to stdout and everything else to stderr. Exit status: 0 done, 1 refused or failed, 2 bad usage.

mod access;
mod args;
mod backtest;
mod clock;
mod commitments;
mod completions;
mod connect;
mod context;
mod cost;
mod cover;
mod coverage;
mod demo;
mod doctor;
#[cfg(test)]
mod documented;
mod export;
mod import;
mod keeping;
mod key;
mod lake;
mod ledger;
mod manual;
mod new_file;
mod new_folder;
mod notify;
mod order;
mod output;
mod place;
mod prices;
mod propose;
mod report;
mod sandbox;
mod schedule;
mod serve;
mod sql;
mod stop;
mod user;
mod watch;

use args::{Arguments, Command};
use clap::Parser as _;
use context::Context;
use output::Format;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    report::exit_code(run(arguments))
}

/// Runs one command.
fn run(arguments: Arguments) -> anyhow::Result<()> {
    // Only exports are ever Parquet.
    let format = match (&arguments.command, arguments.format) {
        (Command::Export(_), _) | (_, None) => Format::Table,
        (Command::Access(args), _) if access::writes_policies(args) => Format::Table,
        (_, Some(format)) => format.of_answers()?,
    };
    let context = Context::new(arguments.home, format)?;
    let puts_right = matches!(&arguments.command, Command::Ledger(args) if args.puts_clock_right());
    let context = if arguments.sandbox_time { sandbox::timed(context, puts_right)? } else { context };
    match arguments.command {
        Command::Import(args) => import::run(&context, args),
        Command::Cost(args) => cost::run(&context, args),
        Command::Cover(args) => cover::run(&context, args),
        Command::Access(args) => access::run(&context, args, arguments.format),
        Command::Connect(args) => connect::run(&context, args),
        Command::Backtest(args) => backtest::run(&context, args),
        Command::Commitments(args) => commitments::run(&context, args),
        Command::Coverage(args) => coverage::run(&context, args),
        Command::Prices(args) => prices::run(&context, args),
        Command::Propose(args) => propose::run(&context, args),
        Command::Order(args) => order::run(&context, args),
        Command::Ledger(args) => ledger::run(&context, args),
        Command::Watch(args) => watch::run(&context, &args),
        Command::Key(args) => key::run(&context, args),
        Command::User(args) => user::run(&context, args),
        Command::Serve(args) => serve::run(&context, &args),
        Command::Schedule(args) => schedule::run(&context, &args),
        Command::Notify(args) => notify::run(&context, &args),
        Command::Stop(args) => stop::stop(&context, &args),
        Command::Resume(args) => stop::resume(&context, &args),
        Command::Backup(args) => keeping::backup(&context, &args),
        Command::Restore(args) => keeping::restore(&context, &args),
        Command::Sandbox(args) => sandbox::run(&context, args),
        Command::Sql(args) => sql::run(&context, args),
        Command::Export(args) => export::run(&context, args, arguments.format),
        Command::Doctor(args) => doctor::run(&context, args),
        Command::Demo(args) => demo::run(&context, &args),
        Command::Completions(args) => completions::run(&context, args),
        Command::Manual(args) => manual::run(&context, &args),
    }
}
