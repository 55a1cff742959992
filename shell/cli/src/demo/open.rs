//! The last part of `tenor demo`: the organization gets a connection, two people and an order that waits for one of them, and all of it is shown in a
//! browser. Every step but the last is a command that a person could type.
//!
//! A file says how far that came, and in which sandbox: what was broken off, or was of a sandbox that is gone, is done anew.

use super::script::{LOOK_EVERY, Process, Script, Stop, stoppable};
use crate::context::Context;
use crate::output;
use crate::report::Refused;
use crate::sandbox;
use anyhow::{Context as _, anyhow};
use serde_json::Value;
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;

/// How far the set-up came: `begun` or `ready`, then the payer's account and access key.
const MARK: &str = "demo.ready";
const BEGUN: &str = "begun";
const READY: &str = "ready";
/// What a set-up made, or went by.
const MADE: [&str; 7] = ["state", "access", "proposals", "template", "ann", "ben", "terms.toml"];

/// What the owner of the demo's organization allows.
const TERMS: &str = "approvals_needed = 1\nusage_days_max = 7\npersons = [\"ann\", \"ben\"]\nper_month = \"2000000\"\n";
/// Who proposes, and who approves.
const PEOPLE: [(&str, &str, &str); 2] = [("ann", "proposer", "analyst"), ("ben", "approver", "admin")];

/// Clears what an earlier demo set up in part, or in a sandbox that this home has no more.
///
/// # Errors
/// When that sandbox runs, or something cannot be removed.
pub(super) fn clear(context: &Context) -> anyhow::Result<()> {
    let Some(mark) = mark(&context.home)? else { return Ok(()) };
    let payer = sandbox::payer(context)?.map(|(account, key)| marked(READY, &account, &key));
    if payer.as_deref() == Some(&*mark) {
        return Ok(());
    }
    context.note("The demo before this one was not set up to its end, or its sandbox was reset.");
    context.note("Its sandbox, connection, people, proposals and orders go; they are made anew.");
    sandbox::forget(context, &MADE)?;
    let path = context.home.join(MARK);
    fs::remove_file(&path).with_context(|| format!("cannot remove `{}`", path.display()))
}

/// What the file says of how far an earlier set-up came; none where none was begun.
fn mark(home: &Path) -> anyhow::Result<Option<String>> {
    let path = home.join(MARK);
    match fs::read_to_string(&path) {
        Ok(mark) => Ok(Some(mark)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

fn marked(word: &str, account: &str, key: &str) -> String {
    format!("{word} {account} {key}\n")
}

/// Sets up what is not there yet, and serves until it is interrupted or told to end.
pub(super) fn run(context: &Context, home: &Path, port: u16, opens: bool) -> anyhow::Result<()> {
    stoppable(context, |stop| {
        context.note("");
        context.note("To act there is a connection, an order that `ann` made, and `ben`, who may approve it. Setting that up …");
        let mut script = Script::begin(home, &["--speed", "1"], stop)?;
        set_up(&mut script)?;
        let port = port.to_string();
        let mut served = Process(script.command(&["serve", "--demo", "--live", "--port", &port]).stdout(Stdio::piped()).spawn()?);
        tell(context, &mut served, opens)?;
        end(&mut served, stop)
    })
}

/// Says where it is to be seen, as the last line on stdout.
fn tell(context: &Context, served: &mut Process, opens: bool) -> anyhow::Result<()> {
    let out = served.0.stdout.take().expect("its output was asked for");
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
fn end(served: &mut Process, stop: &Stop) -> anyhow::Result<()> {
    let mut is_told = false;
    loop {
        if let Some(ended) = served.ended().context("cannot wait for the server")? {
            return if ended.success() { Ok(()) } else { Err(anyhow!("`tenor serve` ended with {ended}")) };
        }
        if stop.is_told() && !is_told {
            served.tell();
            is_told = true;
        }
        sleep(LOOK_EVERY);
    }
}

/// A connection, people and an order. What an earlier demo set up to its end stays.
fn set_up(script: &mut Script) -> anyhow::Result<()> {
    let keys: Vec<Value> = serde_json::from_str(&script.done(&["--format", "json", "sandbox", "keys"])?)?;
    let of = |row: usize, column: &str| -> anyhow::Result<String> {
        let text = keys.get(row).and_then(|row| row[column].as_str());
        Ok(text.with_context(|| format!("the sandbox's keys lack a `{column}`"))?.to_owned())
    };
    let (payer, account) = (of(0, "account")?, of(1, "account")?);
    script.act_as(&of(1, "access_key")?, &of(1, "secret_key")?);
    let (mark_path, payer_key) = (script.path(MARK), of(0, "access_key")?);
    let write = |word| fs::write(&mark_path, marked(word, &payer, &payer_key)).with_context(|| format!("cannot write `{mark_path}`"));
    if fs::read_to_string(&mark_path).is_ok_and(|mark| mark == marked(READY, &payer, &payer_key)) {
        return Ok(());
    }
    let connections: Vec<Value> = serde_json::from_str(&script.done(&["--format", "json", "connect", "list"])?)?;
    if connections.iter().any(|row| row["name"] == "payer") {
        // Somebody else made it, or a demo from before there was the file.
        let refused = Refused::new(format!("`{}` has a connection `payer` that no demo set up to its end", script.path("")));
        return Err(refused.hint("remove that folder, which is the demo's own, and try again").into());
    }
    write(BEGUN)?;
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
    script.done(&["order", "create", &proposal, "--connection", "payer", "--key", &script.path("ann")])?;
    write(READY)
}

/// The proposal that was kept last.
pub(super) fn newest(folder: &str) -> anyhow::Result<String> {
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

#[cfg(test)]
mod tests {
    use super::{BEGUN, MADE, MARK, READY, clear, marked};
    use crate::context::Context;
    use crate::output::Format;
    use crate::sandbox;
    use std::fs;
    use tenor_bill::BillingPeriod;
    use tenor_sandbox::{Cloud, Setup};

    #[test]
    fn what_was_not_set_up_to_its_end_or_is_of_another_sandbox_goes_and_the_rest_stays() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let start = BillingPeriod::new(2025, 1).unwrap();
        let begin = |secret| {
            let cloud = Cloud::new(Setup { seed: 1, secret, accounts: 2, start, rows_per_month: 10 });
            assert!(sandbox::begin(&context, &cloud).unwrap());
            fs::create_dir_all(home.path().join("state")).unwrap();
            for name in ["state/tenor.db", "ann", "prices.csv"] {
                fs::write(home.path().join(name), "").unwrap();
            }
            sandbox::payer(&context).unwrap().unwrap()
        };
        let is_left = |name: &str| home.path().join(name).exists();
        let (account, key) = begin(1);
        // Nothing was set up: what is there is somebody's own.
        clear(&context).unwrap();
        assert!(is_left("state"));
        let mark = home.path().join(MARK);
        fs::write(&mark, marked(READY, &account, &key)).unwrap();
        clear(&context).unwrap();
        assert!(is_left("state") && mark.exists());

        fs::write(&mark, marked(BEGUN, &account, &key)).unwrap();
        clear(&context).unwrap();
        assert!(MADE.iter().all(|name| !is_left(name)) && !mark.exists() && is_left("prices.csv"));
        assert!(sandbox::payer(&context).unwrap().is_none(), "what was deployed in it went too");

        let (account, other) = begin(2);
        assert_ne!(other, key);
        fs::write(&mark, marked(READY, &account, &key)).unwrap();
        clear(&context).unwrap();
        assert!(!is_left("state") && !mark.exists());
    }
}
