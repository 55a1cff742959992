//! The project's own tooling, run as `cargo xtask COMMAND`.
//!
//! What a contributor or the continuous integration does, said once: the checks, what they need, and the house lint.
//! Nothing here ships, and nothing here is needed to build or use `tenor`.

mod ci;
mod command;
mod generate_bill;
mod judges;
mod models;
mod needs;
mod runner;
mod sbom;
mod soak;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tooling.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", max_term_width = 120)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
enum Task {
    /// Run every check that a change has to pass.
    Ci(ci::Args),
    /// Check the house rules that no other tool knows.
    Tidy,
    /// Say where the Pythons of the tests' judges are, for a shell: `eval "$(cargo xtask judges)"`.
    Judges(judges::Args),
    /// Write the wire model of the catalogued operations, from botocore's.
    Models(models::Args),
    /// Write a simulated organization's bill in AWS's own layout.
    GenerateBill(generate_bill::Args),
    /// Write what the program is built from, as a bill of materials in CycloneDX.
    Sbom(sbom::Args),
    /// Do at length what the tests do a little of: kill imports, fuzz parsers.
    Soak(soak::Args),
}

fn main() -> ExitCode {
    let done = match Xtask::parse().task {
        Task::Ci(args) => ci::run(&args),
        Task::Tidy => tidy::run(),
        Task::Judges(args) => judges::run(&args),
        Task::Models(args) => models::run(&args),
        Task::GenerateBill(args) => generate_bill::run(args),
        Task::Sbom(args) => sbom::run(&args),
        Task::Soak(args) => soak::run(args),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    // Not left to `main`'s own return: that adds a backtrace where RUST_BACKTRACE is set.
    let mut why = String::new();
    for cause in error.chain().skip(1) {
        why.push_str(&format!("\n  because: {cause}"));
    }
    eprintln!("error: {error}{why}");
    ExitCode::FAILURE
}
