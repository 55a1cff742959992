//! `tenor demo` as somebody meets it who has just cloned it: in a real browser, every page and the whole way from a bill to a purchase in the ledger.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tenor_testkit::judges;

/// A demo that serves, in a process group of its own, ended with this.
struct Demo {
    process: Child,
    address: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It ends its own sandbox and server.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

impl Demo {
    fn begin(home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        command.env_clear().env("TENOR_HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.args(["demo", "--no-open", "--port", "0"]);
        let process = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        // Before anything can fail: else nobody would end it.
        let mut demo = Self { process, address: String::new() };
        let mut lines = BufReader::new(demo.process.stdout.take().unwrap()).lines().map_while(Result::ok);
        demo.address = lines.find(|line| line.starts_with("http://")).expect("the demo ended before it served");
        // What it prints later goes nowhere, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        demo
    }
}

#[test]
fn whoever_clones_it_sees_a_year_and_a_proposal_and_has_an_order_carried_out() {
    let Some(python) = judges::web() else { return };
    let home = tempfile::tempdir().unwrap();
    let demo = Demo::begin(home.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web/browse.py");
    let mut browse = Command::new(python);
    browse.arg(script).arg(&demo.address);
    // Pictures are kept where somebody wants them: TENOR_SCREENS=docs/screens.
    if let Some(folder) = std::env::var_os("TENOR_SCREENS") {
        browse.arg(folder);
    }
    let ran = browse.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{told}");
    eprintln!("{told}");
}
