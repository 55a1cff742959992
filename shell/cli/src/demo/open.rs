//! The last part of `tenor demo`: the organization gets a connection, two people and an order that waits for one of them, and all of it is shown in a
//! browser. Every step but the last is a command that a person could type.

use super::script::Script;
use crate::context::Context;
use crate::output;
use anyhow::{Context as _, anyhow};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tenor_sandbox::interrupted;

/// How often to look whether the server has ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What the owner of the demo's organization allows.
const TERMS: &str = "approvals_needed = 1\nusage_days_max = 7\npersons = [\"ann\", \"ben\"]\nper_month = \"2000000\"\n";
/// Who proposes, and who approves.
const PEOPLE: [(&str, &str, &str); 2] = [("ann", "proposer", "analyst"), ("ben", "approver", "admin")];

/// Sets up what is not there yet, and serves until it is interrupted or told to end.
pub(super) fn run(context: &Context, home: &Path, port: u16, opens: bool) -> anyhow::Result<()> {
    context.note("");
    context.note("To act there is a connection, an order that `ann` made, and `ben`, who may approve it. Setting that up …");
    let mut script = Script::begin(home, &["--speed", "1"])?;
    set_up(&mut script)?;
    let port = port.to_string();
    let mut served = script.command(&["serve", "--demo", "--live", "--port", &port]).stdout(Stdio::piped()).spawn()?;
    let told = tell(context, &mut served, opens);
    let ended = told.and_then(|()| context.block_on(end(&mut served)));
    // Where that failed it serves on, and nobody would end it.
    drop(served.kill());
    served.wait().context("cannot wait for the server")?;
    ended
}

/// Says where it is to be seen, as the last line on stdout.
fn tell(context: &Context, served: &mut Child, opens: bool) -> anyhow::Result<()> {
    let out = served.stdout.take().expect("its output was asked for");
    let address = BufReader::new(out).lines().map_while(Result::ok).find(|line| line.starts_with("http://"));
    let address = address.context("the server did not begin")?;
    output::print_line(&address)?;
    if opens {
        open(&address);
    }
    context.note("Enter as `ann` or as `ben`. Ctrl-C ends it; the organization stays as it is left.");
    Ok(())
}

/// Waits until the server ends, and passes on to it that it is to.
async fn end(served: &mut Child) -> anyhow::Result<()> {
    let stop = interrupted().context("cannot listen to signals")?;
    let process = Pid::from_child(served);
    let told = async {
        stop.await;
        // It may have been told by the terminal already, or have ended.
        let _ = kill_process(process, Signal::TERM);
        std::future::pending::<()>().await;
    };
    let looked = async {
        let mut every = tokio::time::interval(LOOK_EVERY);
        loop {
            every.tick().await;
            if let Some(ended) = served.try_wait().context("cannot wait for the server")? {
                return if ended.success() { Ok(()) } else { Err(anyhow!("`tenor serve` ended with {ended}")) };
            }
        }
    };
    tokio::select! { () = told => Ok(()), ended = looked => ended }
}

/// A connection, people and an order. What an earlier demo set up stays.
fn set_up(script: &mut Script) -> anyhow::Result<()> {
    let keys: Vec<Value> = serde_json::from_str(&script.done(&["--format", "json", "sandbox", "keys"])?)?;
    let of = |row: usize, column: &str| -> anyhow::Result<String> {
        let text = keys.get(row).and_then(|row| row[column].as_str());
        Ok(text.with_context(|| format!("the sandbox's keys lack a `{column}`"))?.to_owned())
    };
    let (payer, account) = (of(0, "account")?, of(1, "account")?);
    script.act_as(&of(1, "access_key")?, &of(1, "secret_key")?);
    let connections = script.done(&["--format", "json", "connect", "list"]).unwrap_or_default();
    if connections.contains("\"payer\"") {
        return Ok(());
    }
    let (template, trusted) = (script.path("template"), format!("arn:aws:iam::{account}:user/administrator"));
    let tiers = ["--tier", "trial,detail,commitments", "--out", &template];
    script.done(&[&["connect", "make", "payer", "--account", &payer, "--trusted", &trusted], &tiers[..]].concat())?;
    let (role, parameters) = (script.path("template/tenor.template.json"), script.path("template/parameters.json"));
    script.done(&["sandbox", "deploy", &role, "--account", &payer, "--parameters", &parameters])?;
    script.done(&["connect", "prove", "payer"])?;
    for (name, role, user) in PEOPLE {
        let key = script.done(&["key", "make", &script.path(name)])?;
        script.done(&["key", "enrol", key.trim(), "--name", name, "--role", role])?;
        script.done(&["user", "add", name, "--role", user])?;
    }
    script.done(&["key", "enrol", "--server"])?;
    let terms = script.path("terms.toml");
    fs::write(&terms, TERMS).with_context(|| format!("cannot write `{terms}`"))?;
    script.done(&["order", "terms", &terms])?;
    let proposal = newest(&script.path("proposals"))?;
    script.done(&["order", "create", &proposal, "--connection", "payer", "--key", &script.path("ann")]).map(drop)
}

/// The proposal that was kept last.
fn newest(folder: &str) -> anyhow::Result<String> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot look into `{folder}`"))? {
        let entry = entry?;
        kept.push((entry.metadata()?.modified()?, entry.path()));
    }
    Ok(kept.into_iter().max().context("no proposal was kept")?.1.display().to_string())
}

/// Opens the user's browser, where there is one to open; the address was printed anyway.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    // Without a browser there is nobody to show it to, and nothing else depends on it.
    drop(Command::new(program).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn());
}
