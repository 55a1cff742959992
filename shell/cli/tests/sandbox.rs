//! A sandbox for tests of the binary.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A sandbox in a process of its own, ended when this goes out of use.
pub(crate) struct Sandbox {
    process: Child,
    pub(crate) endpoint: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

impl Sandbox {
    pub(crate) fn serve(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        command.env_clear().env("TENOR_HOME", home).args(["sandbox", "serve", "--port", "0", "--rows", "25000"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut exported = Vec::new();
        while exported.len() < 5 {
            let line = lines.next().unwrap().unwrap();
            exported.extend(line.trim_start_matches("export ").split(' ').map(str::to_owned).collect::<Vec<_>>());
        }
        let of = |name: &str| exported.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap().to_owned();
        Self { process, endpoint: of("AWS_ENDPOINT_URL"), key: of("AWS_ACCESS_KEY_ID"), secret: of("AWS_SECRET_ACCESS_KEY") }
    }

    /// Tells it to end, as an init system does; how it ended.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
        self.process.wait().unwrap()
    }

    /// Runs a step of the year's script by boto3; what it prints.
    pub(crate) fn step(&self, python: &str, words: &[&str]) -> String {
        let mut command = Command::new(python);
        command.args(["-B", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rehearse.py")]).args(words);
        command.env("SANDBOX_ENDPOINT", &self.endpoint).env("SANDBOX_KEY", &self.key).env("SANDBOX_SECRET", &self.secret);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
