//! `tenor demo`: a simulated organization's year of bills, imported, questioned and proposed for, in a folder of its own; then shown in a browser.
//!
//! The organization is a sandbox, which stays in that folder to be served and bought in. The demo never touches the user's lake, and needs no AWS account.

mod made;
mod open;
mod script;
mod year;

use crate::context::Context;
use crate::report::Refused;
use crate::{cost, import, prices, propose, sandbox};
use anyhow::Context as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use tenor_bill::BillingPeriod;
use tenor_query::cost::{Granularity, Grouping, Metric, Question, Range};
use tenor_sandbox::{Cloud, Format, demo_advice, demo_cloud, write_settings};

/// The folder below Tenor's own that the demo works in.
const FOLDER: &str = "demo";
/// First month of the demo's bill.
const START: (i16, i8) = (2025, 1);
/// What all chance in the bill comes from: every demo shows the same figures.
const SEED: u64 = 1;
/// What Cost Explorer recommends, as it answers.
const ADVICE: &str = "aws-recommends.json";
/// Rows shown of each answer.
const TOP: usize = 8;

/// Arguments of `tenor demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Live through a year instead: month by month a bill, a proposal, an approval and purchases, then what came of it all. It takes some minutes.
    #[arg(long)]
    year: bool,

    /// With --year: about how many rows a month's bill has.
    #[arg(long, value_name = "N", default_value_t = 25_000, requires = "year")]
    rows: u64,

    /// With --year: so many months of decisions.
    #[arg(long, value_name = "N", default_value_t = 13, requires = "year", value_parser = clap::value_parser!(u16).range(6..=36))]
    months: u16,

    /// Only print: no page is served, and nothing is set up to act with.
    #[arg(long, conflicts_with = "year")]
    no_serve: bool,

    /// Serve the page without opening a browser.
    #[arg(long, conflicts_with = "year")]
    no_open: bool,

    /// The port of the page; 0 for any that is free.
    #[arg(long, value_name = "PORT", default_value_t = 4680)]
    port: u16,
}

/// Writes a bill, imports it and asks a few everyday questions; or lives through a year.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    if args.year {
        return year::run(context, args.rows, args.months);
    }
    let demo = Context { home: context.home.join(FOLDER), ..context.clone() };
    if !args.no_serve {
        check_port(args.port)?;
        open::clear(&demo)?;
    }
    let bill = demo.home.join("bill");
    if bill.exists() {
        fs::remove_dir_all(&bill).with_context(|| format!("cannot clear `{}`", bill.display()))?;
    }
    fs::create_dir_all(&bill).with_context(|| format!("cannot make `{}`", bill.display()))?;

    demo.note("A simulated organization: real demand and real prices, Savings Plan rates simulated. Writing its bill …");
    let start = BillingPeriod::new(START.0, START.1)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut cloud = demo_cloud(start, SEED, sandbox::secret()?);
    if !sandbox::begin(&demo, &cloud)? {
        demo.note("Its sandbox is there from before, and stays as it is; `sandbox reset` forgets it.");
    }
    // What is recorded is recorded at that organization's time, which is behind the machine's.
    let demo = sandbox::timed(demo, false)?;
    for month in cloud.closed_months() {
        write_settings(&cloud.write_bill(month, Format::LegacyCsv, &bill, threads)?, &demo.home)?;
    }

    let tenor = format!("tenor --home {}", demo.home.display());
    demo.note("");
    demo.note(format_args!("$ {tenor} import {}", bill.display()));
    import::run(&demo, import::Args::of(bill.display().to_string()))?;
    for (command, question) in questions() {
        demo.note("");
        demo.note(format_args!("$ {tenor} cost {command}"));
        cost::ask(&demo, &question)?;
    }
    let list = demo.home.join("prices.csv");
    demo.note("");
    demo.note(format_args!("$ {tenor} prices import {}", list.display()));
    prices::import(&demo, list)?;
    demo.note("");
    demo.note(format_args!("$ {tenor} propose"));
    propose::run(&demo, propose::Args::default())?;
    let advice = demo.home.join(ADVICE);
    demo.note("");
    demo.note(format_args!("$ {tenor} propose --compare {}", advice.display()));
    // The proposal stands without it.
    if let Err(error) = compared(&demo, &mut cloud, &advice) {
        demo.note(format_args!("What AWS recommends could not be priced beside it: {error:#}"));
    }
    demo.note("");
    demo.note(format_args!("Ask on: {tenor} cost --by account, or commitments, coverage, cover, propose --explain, sql, export, doctor."));
    demo.note(format_args!("The same organization as an AWS to buy in: {tenor} sandbox serve"));
    if args.no_serve {
        demo.note(format_args!("All of it in the browser: {tenor} serve"));
        return Ok(());
    }
    open::run(&demo, &demo.home, args.port, !args.no_open)
}

/// Has the organization's Cost Explorer say what it recommends, and prices the proposal beside it.
fn compared(demo: &Context, cloud: &mut Cloud, advice: &Path) -> anyhow::Result<()> {
    fs::write(advice, demo_advice(cloud)).with_context(|| format!("cannot write `{}`", advice.display()))?;
    let proposal = open::newest(&demo.home.join("proposals").display().to_string())?;
    propose::compare_kept(demo, Path::new(&proposal), advice.to_owned())
}

/// Whether the page can be served there: what it shows takes minutes, and who waits for that should not learn at its end that it cannot.
fn check_port(port: u16) -> anyhow::Result<()> {
    // It is let go at once: whoever takes it meanwhile is told by the server.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| {
        let refused = Refused::new(format!("cannot listen on 127.0.0.1:{port}: {error}"));
        refused.hint("name another port with --port, or 0 for any that is free").into()
    })
}

/// Everyday questions, each as the command line says it.
fn questions() -> Vec<(&'static str, Question)> {
    let question = |by: &str, granularity, filter: Option<&str>| Question {
        by: by
            .split(',')
            .filter(|name| !name.is_empty())
            .map(|name| name.parse::<Grouping>().expect("the demo's groupings exist"))
            .collect(),
        metric: Metric::Effective,
        granularity,
        range: Range { from: None, to: None },
        filter: filter.map(str::to_owned),
        top: Some(TOP),
    };
    let unused = "CommitmentDiscountStatus = 'Unused'";
    vec![
        ("--metric effective --granularity month --top 8", question("", Granularity::Month, None)),
        ("--by service --metric effective --top 8", question("service", Granularity::Total, None)),
        ("--by tag:Team --metric effective --top 8", question("tag:Team", Granularity::Total, None)),
        (
            "--by commitment --metric effective --top 8 --where \"CommitmentDiscountStatus = 'Unused'\"",
            question("commitment", Granularity::Total, Some(unused)),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::check_port;
    use std::net::TcpListener;

    #[test]
    fn a_port_that_is_taken_is_told_before_anything_is_done() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let told = check_port(port).unwrap_err().to_string();
        assert!(told.starts_with(&format!("cannot listen on 127.0.0.1:{port}: ")), "{told}");
        check_port(0).unwrap();
    }
}
