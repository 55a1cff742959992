//! A job of the server's in a process of its own, so that one that hangs can be ended: both ends of it.
//!
//! ```text
//! server: spawns `tenor schedule carry-out`, waits so long ──> child: does it, prints what came of it as JSON, ends
//! ```
//! The child holds the job's lock too (it is its stdin), so that nobody runs the job beside it, whatever becomes of the server; and it ends when nobody
//! reads its stdout any more. What runs when, and what is recorded of it, is the server's.

use super::file::{Planned, Work};
use super::work::work;
use crate::context::{Ahead, Context};
use crate::notify::Notify;
use crate::report::Refused;
use anyhow::Context as _;
use jiff::SignedDuration;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::Duration;
use tenor_ledger::Actor;
use tenor_serve::jobs::Failure;
use tenor_state::JobLock;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use url::Url;

/// The command that the child is.
const COMMAND: [&str; 2] = ["schedule", "carry-out"];
/// This very binary, though another one may lie in its place by now.
const SELF: &str = "/proc/self/exe";
/// How long a child that was told to end has for it.
const GRACE: Duration = Duration::from_secs(10);
/// What a child prints is not longer.
const PRINTED_BYTES_MAX: u64 = 1 << 20;

/// What the child is to do.
#[derive(Debug, Serialize, Deserialize)]
struct Errand {
    work: Work,
    by: Actor,
    /// Of a rehearsal: by how many nanoseconds it is ahead of the machine's clock.
    ahead_ns: Option<i64>,
    public_url: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
struct Came {
    is_done: bool,
    message: String,
    is_certain: bool,
}

/// Has a job done by a child, for so long at most.
pub(crate) async fn carried_out(
    context: &Context,
    planned: &Planned,
    by: Actor,
    public_url: Option<&Url>,
    lock: &JobLock,
) -> Result<String, Failure> {
    let command = command(context, planned, by, public_url, lock).map_err(|error| failure(format!("it could not begin: {error:#}")))?;
    let hours = u64::from(planned.hours_max);
    match came(command, Duration::from_secs(hours * 3_600), GRACE).await {
        Ok(Some(said)) => said,
        Ok(None) => Err(failure(format!("ended after {hours} hours, which it may take at most (`hours_max` in schedule.toml)"))),
        Err(error) => Err(failure(format!("it could not be waited for: {error}"))),
    }
}

fn failure(message: String) -> Failure {
    Failure { message, is_certain: false }
}

fn command(context: &Context, planned: &Planned, by: Actor, public_url: Option<&Url>, lock: &JobLock) -> anyhow::Result<Command> {
    let nanoseconds = || i64::try_from(context.ahead.get().as_nanos()).unwrap_or(0);
    let errand = Errand {
        work: planned.work.clone(),
        by,
        ahead_ns: context.ahead.is_rehearsed().then(nanoseconds),
        public_url: public_url.map(ToString::to_string),
    };
    let program =
        if Path::new(SELF).exists() { PathBuf::from(SELF) } else { std::env::current_exe().context("this program is not found")? };
    let mut command = Command::new(program);
    command.arg("--home").arg(&context.home).args(COMMAND).arg(serde_json::to_string(&errand)?);
    // Whoever interrupts the server at a terminal has the server end it: it is broken off then, and has not failed.
    command.process_group(0);
    // What time it is stands in the errand.
    command.env_remove("TENOR_SANDBOX_TIME");
    command.stdin(Stdio::from(lock.share().context("its lock cannot be shared")?));
    Ok(command)
}

/// What a child says; nothing where it did not end in time, and was ended.
async fn came(mut command: Command, time_max: Duration, grace: Duration) -> io::Result<Option<Result<String, Failure>>> {
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let printed = child.stdout.take().expect("it was just piped");
    let ended = async {
        let mut text = Vec::new();
        printed.take(PRINTED_BYTES_MAX).read_to_end(&mut text).await?;
        io::Result::Ok((child.wait().await?, text))
    };
    let in_time = timeout(time_max, ended).await;
    match in_time {
        Ok(ended) => ended.map(|(status, text)| Some(said(status, &text))),
        Err(_) => end(&mut child, grace).await.map(|()| None),
    }
}

/// Tells a child to end, and ends it where it does not.
async fn end(child: &mut Child, grace: Duration) -> io::Result<()> {
    // None where it has ended meanwhile: then its number may be another's.
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // Where it cannot be told, it is ended below.
        let _ = kill_process(pid, Signal::TERM);
    }
    match timeout(grace, child.wait()).await {
        Ok(ended) => ended.map(drop),
        Err(_) => child.kill().await,
    }
}

/// What the last line says, which is the child's own: others may have printed before.
fn said(status: ExitStatus, text: &[u8]) -> Result<String, Failure> {
    let text = String::from_utf8_lossy(text);
    let last = text.lines().rev().find(|line| !line.is_empty()).unwrap_or_default();
    match serde_json::from_str(last) {
        Ok(Came { is_done: true, message, .. }) => Ok(message),
        Ok(Came { message, is_certain, .. }) => Err(Failure { message, is_certain }),
        Err(_) => Err(failure(format!("it stopped in the middle ({status}): the server's stderr says more"))),
    }
}

/// What the child does: the work, and a line of what came of it. It ends at once when nobody waits for that any more.
pub(super) fn carry_out(context: &Context, errand: &str) -> anyhow::Result<()> {
    let errand: Errand = serde_json::from_str(errand).map_err(|_| Refused::bad_usage("the server says what to carry out"))?;
    end_with_whoever_waits()?;
    let Errand { work: wanted, by, ahead_ns, public_url } = errand;
    let ahead = ahead_ns.map_or_else(Ahead::default, |ahead| Ahead::of(SignedDuration::from_nanos(ahead)));
    let context = Context { ahead, by: Some(by), ..context.clone() };
    let came = match notify(&context, public_url.as_deref()).map(|notify| work(&context, &wanted, notify.as_ref())) {
        Ok(Ok(message)) => Came { is_done: true, message, is_certain: false },
        Ok(Err(Failure { message, is_certain })) => Came { is_done: false, message, is_certain },
        Err(error) => Came { is_done: false, message: format!("{error:#}"), is_certain: false },
    };
    writeln!(io::stdout().lock(), "{}", serde_json::to_string(&came)?).context("nobody waits for what came of it")
}

fn notify(context: &Context, public_url: Option<&str>) -> anyhow::Result<Option<Notify>> {
    let public_url = public_url.map(Url::parse).transpose()?;
    Notify::read(context, public_url.as_ref())
}

/// Ends this process when its stdout is a pipe that nobody reads: whoever began it is gone.
fn end_with_whoever_waits() -> anyhow::Result<()> {
    let watch = || {
        let stdout = io::stdout();
        loop {
            // Nothing is asked for but what is always told: that the other end is closed.
            let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
            let told = match poll(&mut ends, None) {
                Ok(_) => ends[0].revents(),
                Err(Errno::INTR) => continue,
                Err(_) => return,
            };
            if told.intersects(PollFlags::ERR | PollFlags::HUP) {
                std::process::exit(1);
            }
            if !told.is_empty() {
                // It is nothing that can be watched.
                return;
            }
        }
    };
    thread::Builder::new()
        .name("whoever-waits".to_owned())
        .spawn(watch)
        .map(drop)
        .context("there is no thread to watch for the server's end")
}

#[cfg(test)]
mod tests {
    use super::{Errand, came};
    use crate::schedule::file::Work;
    use std::process::Stdio;
    use std::time::Duration;
    use tenor_ledger::{Actor, Text};
    use tokio::process::Command;

    fn told(script: &str, time_max: Duration) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let came = runtime.block_on(came(command, time_max, Duration::from_millis(20))).unwrap();
        match came {
            Some(Ok(message)) => format!("done: {message}"),
            Some(Err(failure)) => format!("failed, {}: {}", if failure.is_certain { "for certain" } else { "maybe" }, failure.message),
            None => "ended".to_owned(),
        }
    }

    #[test]
    fn a_child_says_what_came_of_it_and_one_that_hangs_is_ended() {
        let (long, short) = (Duration::from_secs(600), Duration::from_millis(50));
        let all = [
            told(r#"echo noise; echo '{"is_done":true,"message":"2 periods","is_certain":false}'"#, long),
            told(r#"echo '{"is_done":false,"message":"no bill","is_certain":true}'"#, long),
            told("echo broken; exit 3", long),
            told("exec cat", short),
            told("trap '' TERM; while :; do read x || :; done", short),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        done: 2 periods
        failed, for certain: no bill
        failed, maybe: it stopped in the middle (exit status: 3): the server's stderr says more
        ended
        ended
        ");
    }

    #[test]
    fn a_child_is_told_all_that_it_is_to_do() {
        let works = [
            Work::Import { sources: vec!["s3://bills/hourly".to_owned()] },
            Work::Refresh { connection: Some("payer".to_owned()), regions: Vec::new(), services: vec!["AmazonEC2".to_owned()] },
            Work::Watch { live: true, days: Some(60) },
            Work::Digest,
        ];
        for work in works {
            let by = Actor::Schedule { name: Text::fitted("x") };
            let errand = Errand { work: work.clone(), by: by.clone(), ahead_ns: Some(-5), public_url: None };
            let read: Errand = serde_json::from_str(&serde_json::to_string(&errand).unwrap()).unwrap();
            assert_eq!((read.work, read.by, read.ahead_ns), (work, by, Some(-5)));
        }
    }
}
