//! Commands run one after the other, each as its own process of this very program: what a script does, a person can do word for word.

use anyhow::{Context as _, bail};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Variables that a command keeps of its caller's: where programs and temporary files are.
const KEPT: [&str; 6] = ["PATH", "HOME", "TMPDIR", "LANG", "XDG_CACHE_HOME", "XDG_DATA_HOME"];

/// A home, the sandbox that runs in it, and the commands asked of both.
pub(super) struct Script {
    program: PathBuf,
    home: PathBuf,
    sandbox: Sandbox,
}

/// The process of a sandbox, ended with this.
struct Sandbox {
    process: Child,
    /// What its callers set.
    variables: Vec<(String, String)>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Script {
    /// Begins one in a home, with a sandbox that is served with these arguments.
    ///
    /// # Errors
    /// When this program cannot be run again, or the sandbox does not begin.
    pub(super) fn begin(home: &Path, serve: &[&str]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let mut command = command(&program, home);
        command.args(["sandbox", "serve", "--port", "0"]).args(serve);
        let mut process = command.stdout(Stdio::piped()).spawn().context("cannot run the sandbox")?;
        let out = process.stdout.take().expect("its output was asked for");
        let mut sandbox = Sandbox { process, variables: Vec::new() };
        for line in BufReader::new(out).lines().take(2) {
            let line = line.context("cannot read what the sandbox says")?;
            let pairs = line.trim_start_matches("export ").split(' ').filter_map(|pair| pair.split_once('='));
            sandbox.variables.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        // Nothing is asked without it: what the script sends is for the sandbox alone.
        if sandbox.variables.iter().all(|(name, _)| name != "AWS_ENDPOINT_URL") {
            bail!("the sandbox did not begin");
        }
        Ok(Self { program, home: home.to_owned(), sandbox })
    }

    /// From now on calls are made with these keys.
    pub(super) fn act_as(&mut self, key: &str, secret: &str) {
        for (name, value) in &mut self.sandbox.variables {
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
        command.envs(self.sandbox.variables.iter().map(|(name, value)| (name, value))).env("TENOR_SANDBOX_TIME", "true");
        command.args(words).stdin(Stdio::null());
        command
    }

    fn output(&self, words: &[&str]) -> anyhow::Result<Output> {
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
