//! A job of the server's in a process of its own, so that one that hangs can be ended: both ends of it.
//!
//! ```text
//! server: spawns `tenor schedule carry-out`, waits so long ──> child: does it, prints what came of it as JSON, ends
//! ```
//! The child holds the job's lock too (it begins as its stdin), so that nobody runs the job beside it, whatever becomes of the server; and it ends when
//! nobody reads its stdout any more. What the child begins holds the lock not: it may outlive it. What runs when, and what is recorded of it, is the server's.

use super::file::{Planned, Work};
use super::work::work;
use crate::context::{Ahead, Context};
use crate::notify::Notify;
use crate::report::Refused;
use anyhow::Context as _;
use jiff::SignedDuration;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec, retry_on_intr};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgrp, getpid, kill_process_group, waitid};
use rustix::stdio::dup2_stdin;
use serde::{Deserialize, Serialize};
use std::fs::File;
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
/// How long a child has to end once it said what came of it, or was told to.
const GRACE: Duration = Duration::from_secs(10);
/// What a person does instead.
const BY_HAND: &str = "tenor schedule run JOB";
/// What a child prints is not longer.
const PRINTED_BYTES_MAX: usize = 1 << 20;
/// The lock's place is at or above this: below are stdin, stdout and stderr.
const LOCK_PLACE_MIN: i32 = 3;

/// What the child is to do.
#[derive(Debug, Serialize, Deserialize)]
struct Errand {
    /// Of which job, whose lock is its stdin.
    job: String,
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
        job: lock.job().to_owned(),
        work: planned.work.clone(),
        by,
        ahead_ns: context.ahead.is_rehearsed().then(nanoseconds),
        public_url: public_url.map(ToString::to_string),
    };
    let program =
        if Path::new(SELF).exists() { PathBuf::from(SELF) } else { std::env::current_exe().context("this program is not found")? };
    let mut command = Command::new(program);
    command.arg("--home").arg(&context.home).args(COMMAND).arg(serde_json::to_string(&errand)?);
    // What time it is stands in the errand.
    command.env_remove("TENOR_SANDBOX_TIME");
    command.stdin(Stdio::from(lock.share().context("its lock cannot be shared")?));
    Ok(command)
}

/// What a child says; nothing where it said nothing in time, and was ended.
async fn came(mut command: Command, time_max: Duration, grace: Duration) -> io::Result<Option<Result<String, Failure>>> {
    // A group of its own, which is ended with it. Whoever interrupts the server at a terminal has the server end it: it is broken off then, and has not failed.
    command.process_group(0);
    let mut child = Leader(command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?);
    // It is kept until the child has ended, which ends at once when nobody reads it.
    let mut printed = child.0.stdout.take().expect("it was just piped");
    let mut text: Vec<u8> = Vec::new();
    let read = async {
        while text.len() < PRINTED_BYTES_MAX && printed.read_buf(&mut text).await? > 0 {}
        io::Result::Ok(())
    };
    let in_time = timeout(time_max, read).await;
    let is_in_time = in_time.is_ok();
    if let Ok(read) = in_time {
        read?;
        if let Ok(status) = timeout(grace, child.0.wait()).await {
            return Ok(Some(said(status?, &text)));
        }
    }
    end(&mut child.0, grace).await?;
    // What it said stands, though it hung after that.
    Ok(line(&text).or_else(|| is_in_time.then(|| Err(failure("it said nothing, and did not end".to_owned())))))
}

/// A child whose group is ended when nobody waits for it any more, as where the server ends.
struct Leader(Child);

impl Drop for Leader {
    fn drop(&mut self) {
        if let Some(group) = group(&self.0) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The group that a child leads; none once it was waited for.
fn group(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

/// Tells a child and what it began to end, and ends what does not: what it began once the child itself has ended, since nobody waits for that.
async fn end(child: &mut Child, grace: Duration) -> io::Result<()> {
    // None where it was waited for: then its number may be another's.
    let Some(group) = group(child) else { return Ok(()) };
    // Where it cannot be told, it is ended below.
    let _ = kill_process_group(group, Signal::TERM);
    // Looked at and not waited for, so that the group's number is still its own below.
    let ended = move || retry_on_intr(|| waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)).map(drop);
    // However this ends, the group is ended next; and the look ends with the child.
    let _ = timeout(grace, tokio::task::spawn_blocking(ended)).await;
    let _ = kill_process_group(group, Signal::KILL);
    child.kill().await
}

/// What a child said, or how it ended without.
fn said(status: ExitStatus, text: &[u8]) -> Result<String, Failure> {
    line(text).unwrap_or_else(|| Err(failure(format!("it stopped in the middle ({status}): the server's stderr says more"))))
}

/// What the last line says, which is the child's own: others may have printed before. Nothing where it is none of these.
fn line(text: &[u8]) -> Option<Result<String, Failure>> {
    let text = String::from_utf8_lossy(text);
    let last = text.lines().rev().find(|line| !line.is_empty()).unwrap_or_default();
    let Came { is_done, message, is_certain } = serde_json::from_str(last).ok()?;
    Some(if is_done { Ok(message) } else { Err(Failure { message, is_certain }) })
}

/// What the child does: the work, and a line of what came of it. It ends at once when nobody waits for that any more.
pub(super) fn carry_out(context: &Context, errand: &str) -> anyhow::Result<()> {
    let errand: Errand = serde_json::from_str(errand).map_err(|_| Refused::bad_usage("the server says what to carry out"))?;
    let lock = lock().context("its stdin is no lock of a job")?;
    if !JobLock::is_held(&context.home, &errand.job, &lock)? {
        return Err(Refused::bad_usage("its stdin is not the lock of its job: the server carries out").hint(BY_HAND).into());
    }
    end_with_whoever_waits()?;
    let Errand { job: _, work: wanted, by, ahead_ns, public_url } = errand;
    let ahead = ahead_ns.map_or_else(Ahead::default, |ahead| Ahead::of(SignedDuration::from_nanos(ahead)));
    let context = Context { ahead, by: Some(by), ..context.clone() };
    let came = match notify(&context, public_url.as_deref()).map(|notify| work(&context, &wanted, notify.as_ref())) {
        Ok(Ok(message)) => Came { is_done: true, message, is_certain: false },
        Ok(Err(Failure { message, is_certain })) => Came { is_done: false, message, is_certain },
        Err(error) => Came { is_done: false, message: format!("{error:#}"), is_certain: false },
    };
    writeln!(io::stdout().lock(), "{}", serde_json::to_string(&came)?).context("nobody waits for what came of it")?;
    // Held until here, and by nothing that was begun meanwhile.
    drop(lock);
    Ok(())
}

/// Takes the lock out of stdin, so that nothing which is begun from here has it: a program that says credentials may outlive whoever asks it.
fn lock() -> io::Result<File> {
    let lock = fcntl_dupfd_cloexec(io::stdin(), LOCK_PLACE_MIN)?;
    dup2_stdin(File::open("/dev/null")?)?;
    Ok(File::from(lock))
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
                // With all that was begun from here, where the server gave this process a group of its own.
                if getpgrp() == getpid() {
                    let _ = kill_process_group(getpgrp(), Signal::KILL);
                }
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
    use std::fs::File;
    use std::process::Stdio;
    use std::time::Duration;
    use tenor_ledger::{Actor, Text};
    use tenor_state::JobLock;
    use tokio::process::Command;

    fn told(script: &str, time_max: Duration) -> String {
        // A pipe that nobody closes while the child runs.
        let (reads, _writes) = std::io::pipe().unwrap();
        told_with(script, Stdio::from(reads), time_max)
    }

    fn told_with(script: &str, stdin: Stdio, time_max: Duration) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(stdin);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let came = runtime.block_on(came(command, time_max, Duration::from_millis(500))).unwrap();
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
            told(r#"echo '{"is_done":true,"message":"3 periods","is_certain":false}'; exec cat"#, short),
            told(r#"echo '{"is_done":true,"message":"4 periods","is_certain":false}'; exec >&-; read x"#, long),
            told("exec >&-; read x", long),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        done: 2 periods
        failed, for certain: no bill
        failed, maybe: it stopped in the middle (exit status: 3): the server's stderr says more
        ended
        ended
        done: 3 periods
        done: 4 periods
        failed, maybe: it said nothing, and did not end
        ");
    }

    #[test]
    fn what_a_child_began_ends_with_it_and_the_lock_is_free() {
        let home = tempfile::tempdir().unwrap();
        // Below a third number, since a shell's own stdin is not given to what runs beside it. The second takes no notice of being told.
        for script in ["exec 3<&0; sleep 1000000 & wait", "exec 3<&0; (trap '' TERM; sleep 1000000) & wait"] {
            let lock = JobLock::take(home.path(), "import").unwrap().unwrap();
            let shared = Stdio::from(lock.share().unwrap());
            drop(lock);
            assert_eq!(told_with(script, shared, Duration::from_millis(50)), "ended");
            // It waits until the last of them is gone, which is told of after the child itself.
            let file = File::open(home.path().join("state/job.import.lock")).unwrap();
            file.lock().unwrap();
        }
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
            let errand = Errand { job: "import".to_owned(), work: work.clone(), by: by.clone(), ahead_ns: Some(-5), public_url: None };
            let read: Errand = serde_json::from_str(&serde_json::to_string(&errand).unwrap()).unwrap();
            assert_eq!((read.work, read.by, read.ahead_ns), (work, by, Some(-5)));
        }
    }
}
