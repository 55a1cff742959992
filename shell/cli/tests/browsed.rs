//! `tenor demo` as somebody meets it who has just cloned it, and `tenor serve` as a newcomer does, on an empty home: in a real browser, every page and the
//! whole way from a bill to a purchase in the ledger.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tenor_testkit::judges;

/// What the demo does by itself: a job that is not due for long, so that somebody can have it run.
const SCHEDULE: &str = "[verify]\ncron = \"0 0 15 7 *\"\n";

/// A process that serves until this goes out of use.
struct Server {
    process: Child,
    /// Where, as it prints it.
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A demo ends its own sandbox and server.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

impl Server {
    fn begin(home: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        command.env_clear().env("TENOR_HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.args(arguments).args(["--port", "0"]);
        let process = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        // Before anything can fail: else nobody would end it.
        let mut server = Self { process, address: String::new() };
        let mut lines = BufReader::new(server.process.stdout.take().unwrap()).lines().map_while(Result::ok);
        server.address = lines.find(|line| line.starts_with("http://")).expect("it ended before it served");
        // What it prints later goes nowhere, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        server
    }

    fn demo(home: &Path) -> Self {
        let demo = home.join("demo");
        fs::create_dir(&demo).unwrap();
        fs::write(demo.join("schedule.toml"), SCHEDULE).unwrap();
        Self::begin(home, &["demo", "--no-open"])
    }

    /// A server of an empty home, which may import the months of the demo's bill, each a folder.
    fn empty(home: &Path, demo: &Path) -> Self {
        let months = demo.join("demo/bill/billing/tenor-sandbox");
        Self::begin(home, &["serve", "--import-from", months.to_str().unwrap()])
    }
}

#[test]
fn whoever_clones_it_sees_a_year_and_a_proposal_and_has_an_order_carried_out() {
    let Some(python) = judges::web() else { return };
    let (home, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Server::demo(home.path());
    let empty = Server::empty(&new.path().join("home"), home.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web/browse.py");
    let mut browse = Command::new(python);
    // Nothing is left beside the source.
    browse.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).args([&demo.address, &empty.address]);
    // Pictures are kept where somebody wants them: TENOR_SCREENS=docs/screens.
    if let Some(folder) = std::env::var_os("TENOR_SCREENS") {
        browse.arg(folder);
    }
    let ran = browse.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{told}");
    eprintln!("{told}");
}
