//! The judges: independent Python programs that the tests compare Tenor with, in a virtual environment of their own.
//!
//! The environment is named for a hash of `judges.txt`, so a change of a version makes a new one and an older checkout keeps
//! its own. Tests find it through [`VARIABLE`], which names the environment's Python. Nothing of it is linked or shipped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, needs};

/// The environment variable by which tests are told the judges' Python.
pub(crate) const VARIABLE: &str = "TENOR_JUDGES";

/// What is installed, to the version.
const REQUIREMENTS: &str = include_str!("../judges.txt");

/// Written last: an environment without it was not finished.
const FINISHED: &str = "finished";

/// Which of the environment's states is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Install it first when it is missing.
    #[arg(long)]
    install: bool,
}

/// Print the judges' Python, and nothing else, to standard output.
pub(crate) fn run(args: &Args) -> Result<()> {
    if !ready()? {
        if !args.install {
            bail!("the judges are not installed\nhint: cargo xtask judges --install");
        }
        install()?;
    }
    std::io::Write::write_all(&mut std::io::stdout(), format!("{}\n", python()?.display()).as_bytes())?;
    Ok(())
}

/// The judges' Python, there or not.
pub(crate) fn python() -> Result<PathBuf> {
    Ok(folder()?.join("bin").join("python"))
}

/// Whether the environment is complete and its Python still runs (an upgrade of the system's can break it).
pub(crate) fn ready() -> Result<bool> {
    Ok(folder()?.join(FINISHED).is_file() && command::succeeds(Command::new(python()?).args(["-c", "import venv"])))
}

/// Make the environment, with the system's Python and `pip`; two that try at once take turns.
pub(crate) fn install() -> Result<()> {
    let folder = folder()?;
    fs::create_dir_all(command::cache()?)?;
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().context("cannot lock the judges' folder")?;
    if ready()? {
        return Ok(());
    }
    needs::install_python()?;
    let system = needs::system_python().context("no Python 3.11 or later with `venv` and `ensurepip` was found")?;
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove the unfinished {}", folder.display()))?;
    }
    command::run(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
    let list = command::workspace().join("xtask").join("judges.txt");
    command::run(Command::new(python()?).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(list))?;
    fs::write(folder.join(FINISHED), REQUIREMENTS)?;
    Ok(())
}

fn folder() -> Result<PathBuf> {
    Ok(Path::new(&command::cache()?).join(format!("judges-{:016x}", fnv(REQUIREMENTS.as_bytes()))))
}

/// FNV-1a: the same on every machine and release, and no crate for it.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{REQUIREMENTS, fnv};

    #[test]
    fn the_hash_is_the_published_fnv_1a() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_judge_has_one_exact_version() {
        for line in REQUIREMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            assert_eq!(line.matches("==").count(), 1, "`{line}` is not pinned");
        }
    }
}
