//! The judges: independent Python programs that the tests compare Tenor with, in virtual environments of their own: most of them in one, the
//! emulator and what the server is tried with in others, since they pin other versions.
//!
//! An environment is named for a hash of its list, so a change of a version makes a new one and an older checkout keeps its own. Tests find
//! them through variables, which name the environments' Pythons. Nothing of them is linked or shipped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, needs};

/// An environment of judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judges {
    /// The environment variable by which tests are told its Python.
    pub(crate) variable: &'static str,
    /// The list of what is installed, within `xtask/`.
    list: &'static str,
    /// What is installed, to the version.
    requirements: &'static str,
}

/// Most of them.
pub(crate) const JUDGES: Judges = Judges { variable: "TENOR_JUDGES", list: "judges.txt", requirements: include_str!("../judges.txt") };

/// The emulator of IAM and STS.
pub(crate) const EMULATOR: Judges =
    Judges { variable: "TENOR_EMULATOR", list: "emulator.txt", requirements: include_str!("../emulator.txt") };

/// What the server is tried with: a browser's driver, a tester of APIs, a provider of identities, a sink of mails.
pub(crate) const WEB: Judges = Judges { variable: "TENOR_WEB_JUDGES", list: "web.txt", requirements: include_str!("../web.txt") };

/// All environments.
pub(crate) const ALL: [Judges; 3] = [JUDGES, EMULATOR, WEB];

/// The judge of accessibility, which runs in pages and comes from npm; it lies beside the driver of the browser.
const AXE: &str = "axe-core@4.14.1";

/// Written last: an environment without it was not finished.
const FINISHED: &str = "finished";

/// Which of the environment's states is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Install it first when it is missing.
    #[arg(long)]
    install: bool,
}

/// Print what a shell has to set for the tests to find the judges, and nothing else, to standard output.
pub(crate) fn run(args: &Args) -> Result<()> {
    for judges in ALL {
        if !judges.ready()? {
            if !args.install {
                bail!("the judges are not installed\nhint: cargo xtask judges --install");
            }
            judges.install()?;
        }
        let line = format!("export {}={}\n", judges.variable, judges.python()?.display());
        std::io::Write::write_all(&mut std::io::stdout(), line.as_bytes())?;
    }
    Ok(())
}

impl Judges {
    /// Their Python, there or not.
    pub(crate) fn python(self) -> Result<PathBuf> {
        Ok(self.folder()?.join("bin").join("python"))
    }

    /// Whether the environment is complete and its Python still runs (an upgrade of the system's can break it).
    pub(crate) fn ready(self) -> Result<bool> {
        Ok(self.folder()?.join(FINISHED).is_file() && command::succeeds(Command::new(self.python()?).args(["-c", "import venv"])))
    }

    /// Make the environment, with the system's Python and `pip`; two that try at once take turns.
    pub(crate) fn install(self) -> Result<()> {
        let folder = self.folder()?;
        fs::create_dir_all(command::cache()?)?;
        let lock = File::create(folder.with_extension("lock"))?;
        lock.lock().context("cannot lock the judges' folder")?;
        if self.ready()? {
            return Ok(());
        }
        needs::install_python()?;
        let system = needs::system_python().context("no Python 3.11 or later with `venv` and `ensurepip` was found")?;
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove the unfinished {}", folder.display()))?;
        }
        command::run(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
        let list = command::workspace().join("xtask").join(self.list);
        command::run(
            Command::new(self.python()?).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(list),
        )?;
        if self == WEB {
            install_axe(&folder)?;
        }
        fs::write(folder.join(FINISHED), self.requirements)?;
        Ok(())
    }

    fn folder(self) -> Result<PathBuf> {
        let pinned = if self == WEB { format!("{}{AXE}", self.requirements) } else { self.requirements.to_owned() };
        Ok(Path::new(&command::cache()?).join(format!("judges-{:016x}", fnv(pinned.as_bytes()))))
    }
}

/// Fetches the package and takes the one file out of it that pages are given.
fn install_axe(folder: &Path) -> Result<()> {
    needs::install_npm()?;
    let packed = folder.join("npm");
    fs::create_dir_all(&packed)?;
    // Our own stdout is for a shell, and npm prints a name.
    command::run(Command::new("npm").current_dir(&packed).args(["pack", "--silent", AXE]).stdout(std::io::stderr()))?;
    let archive = format!("{}.tgz", AXE.replace('@', "-"));
    command::run(Command::new("tar").current_dir(&packed).args(["--extract", "--gzip", "--file", &archive, "package/axe.min.js"]))?;
    fs::rename(packed.join("package").join("axe.min.js"), folder.join("axe.min.js"))?;
    fs::remove_dir_all(&packed)?;
    Ok(())
}

/// FNV-1a: the same on every machine and release, and no crate for it.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{ALL, fnv};

    #[test]
    fn the_hash_is_the_published_fnv_1a() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_judge_has_one_exact_version() {
        for line in ALL.iter().flat_map(|judges| judges.requirements.lines()).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert_eq!(line.matches("==").count(), 1, "`{line}` is not pinned");
        }
    }
}
