//! Commands run one after the other, each as its own process of this very program: what a script does, a person can do word for word.

use crate::context::Context;
use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tenor_sandbox::interrupted;

/// How often to look whether a process has ended.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a process that is to end may take to finish what has begun.
const END_MAX: Duration = Duration::from_secs(10);

/// Variables that a command keeps of its caller's: where programs and temporary files are.
const KEPT: [&str; 6] = ["PATH", "HOME", "TMPDIR", "LANG", "XDG_CACHE_HOME", "XDG_DATA_HOME"];

/// Whether this process was told to end.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(super) fn is_told(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Does what runs other processes: whoever ends this one ends them too, since no signal ends it before they are.
///
/// # Errors
/// As the work fails, or when the system gives no notice of signals.
pub(super) fn stoppable<T>(context: &Context, work: impl FnOnce(&Stop) -> anyhow::Result<T>) -> anyhow::Result<T> {
    context.block_on(async {
        let signal = interrupted().context("cannot listen to signals")?;
        let stop = Stop::default();
        let told = stop.clone();
        tokio::spawn(async move {
            signal.await;
            told.0.store(true, Ordering::SeqCst);
        });
        // It keeps this thread; signals come by another one.
        work(&stop)
    })
}

/// A process of this one's, ended with this.
pub(super) struct Process(pub(super) Child);

impl Process {
    /// Tells it to end.
    pub(super) fn tell(&self) {
        // It may have been told by the terminal already. While nobody waits for it, its number is no other's.
        let _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.ended(), Ok(Some(_))) {
            return;
        }
        self.tell();
        let begun = Instant::now();
        while begun.elapsed() < END_MAX {
            if matches!(self.ended(), Ok(Some(_))) {
                return;
            }
            sleep(LOOK_EVERY);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A home, the sandbox that runs in it, and the commands asked of both.
pub(super) struct Script {
    program: PathBuf,
    home: PathBuf,
    #[expect(dead_code, reason = "held, not used")]
    sandbox: Process,
    /// What the sandbox's callers set.
    variables: Vec<(String, String)>,
    stop: Stop,
}

impl Script {
    /// Begins one in a home, with a sandbox that is served with these arguments. Once it is told to stop it runs no further command.
    ///
    /// # Errors
    /// When this program cannot be run again, or the sandbox does not begin.
    pub(super) fn begin(home: &Path, serve: &[&str], stop: &Stop) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let mut command = command(&program, home);
        command.args(["sandbox", "serve", "--port", "0"]).args(serve);
        let mut sandbox = Process(command.stdout(Stdio::piped()).spawn().context("cannot run the sandbox")?);
        let out = sandbox.0.stdout.take().expect("its output was asked for");
        let mut variables = Vec::new();
        for line in BufReader::new(out).lines().take(2) {
            let line = line.context("cannot read what the sandbox says")?;
            let pairs = line.trim_start_matches("export ").split(' ').filter_map(|pair| pair.split_once('='));
            variables.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        // Nothing is asked without it: what the script sends is for the sandbox alone.
        if variables.iter().all(|(name, _)| name != "AWS_ENDPOINT_URL") {
            bail!("the sandbox did not begin");
        }
        Ok(Self { program, home: home.to_owned(), sandbox, variables, stop: stop.clone() })
    }

    /// From now on calls are made with these keys.
    pub(super) fn act_as(&mut self, key: &str, secret: &str) {
        for (name, value) in &mut self.variables {
            match name.as_str() {
                "AWS_ACCESS_KEY_ID" => key.clone_into(value),
                "AWS_SECRET_ACCESS_KEY" => secret.clone_into(value),
                _ => {}
            }
        }
    }

    /// A file of the home.
    pub(super) fn path(&self, name: &str) -> String {
        self.home.join(name).display().to_string()
    }

    /// What a command prints.
    ///
    /// # Errors
    /// When it fails: with all that it says.
    pub(super) fn done(&self, words: &[&str]) -> anyhow::Result<String> {
        let output = self.output(words)?;
        if !output.status.success() {
            bail!("`tenor {}` ended with {}:\n{}", words.join(" "), output.status, String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("a command printed what is no text")
    }

    /// The same, where it may also refuse: then why.
    ///
    /// # Errors
    /// When it cannot be run.
    pub(super) fn tried(&self, words: &[&str]) -> anyhow::Result<Result<String, String>> {
        let output = self.output(words)?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) })
    }

    /// A command, ready to be run.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = command(&self.program, &self.home);
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).env("TENOR_SANDBOX_TIME", "true");
        command.args(words).stdin(Stdio::null());
        command
    }

    fn output(&self, words: &[&str]) -> anyhow::Result<Output> {
        if self.stop.is_told() {
            bail!("it was told to end, and ran no `tenor {}`", words.join(" "));
        }
        self.command(words).output().with_context(|| format!("cannot run `tenor {}`", words.join(" ")))
    }
}

fn command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("TENOR_HOME", home);
    // Nobody's AWS is asked, whatever lies in the caller's home.
    command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

#[cfg(test)]
mod tests {
    use super::Process;
    use rustix::process::{Pid, test_kill_process};
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_is_told_to_end_and_finishes_what_has_begun() {
        let mut ends = Command::new("sh");
        ends.args(["-c", "trap 'echo finished; exit 0' TERM; echo begun; while :; do read line; done"]);
        // What it reads is open, and nothing comes.
        let mut process = Process(ends.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
        let id = Pid::from_child(&process.0);
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "begun");
        drop(process);
        assert_eq!(lines.next().unwrap().unwrap(), "finished");
        assert!(test_kill_process(id).is_err(), "it was waited for");
    }
}
