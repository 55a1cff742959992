//! Running the binary.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a run left.
pub(crate) struct Ran(pub(crate) Output);

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Output { status, stdout, stderr } = &self.0;
        for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
            let text = String::from_utf8_lossy(text);
            if !text.is_empty() {
                write!(f, "[{name}]\n{text}")?;
            }
        }
        write!(f, "[{}]", status.code().map_or("killed".to_owned(), |code| format!("exit {code}")))
    }
}

/// Runs `tenor` with its data in `home`, and nothing of the user's environment.
pub(crate) fn tenor(home: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
    tenor_reading(home, arguments, "")
}

/// The same with `input` on its stdin.
pub(crate) fn tenor_reading(home: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, input: &str) -> Ran {
    run(home, arguments, input, &[])
}

/// The same with some variables of an environment.
pub(crate) fn tenor_in(home: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, variables: &[(&str, &str)]) -> Ran {
    run(home, arguments, "", variables)
}

fn run(home: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, input: &str, variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.env_clear().env("TENOR_HOME", home).envs(variables.iter().copied()).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ran = Ran(child.wait_with_output().unwrap());
    no_secret_is_told(home, &ran, variables);
    ran
}

/// No run of any test may print or log a secret that it was given.
fn no_secret_is_told(home: &Path, ran: &Ran, variables: &[(&str, &str)]) {
    let log = std::fs::read_to_string(home.join("state/calls.log")).unwrap_or_default();
    let said = format!("{ran}{log}");
    let secrets = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "TENOR_KEY"];
    assert!(!said.contains("hush-"), "a secret is told: {said}");
    for parameters in std::fs::read_dir(home).into_iter().flatten().flatten() {
        // The External ID of a connection is in its parameters alone.
        let Ok(text) = std::fs::read_to_string(parameters.path().join("parameters.json")) else { continue };
        let id = text.split('"').find(|word| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(id.is_none_or(|id| !said.contains(id)), "an External ID is told: {said}");
    }
    for (name, secret) in variables.iter().filter(|(name, secret)| secrets.contains(name) && secret.len() > 4) {
        assert!(!said.contains(secret), "the secret in {name} is told");
    }
}
