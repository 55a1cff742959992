//! What the checks need from the machine: whether it is there, how to get it, and getting it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{command, judges};

/// The release of cargo-deny that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

/// A thing that one or more checks need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A C compiler, for the few dependencies that build C and for linking.
    Compiler,
    /// git, which knows what belongs to the project.
    Git,
    /// cargo-deny, which checks licences, bans and sources.
    CargoDeny,
    /// The tests' judges, in Python environments of their own.
    Judges,
    /// A browser and its driver, in which the tests look at pages.
    Browser,
}

impl Need {
    /// Whether it is there.
    pub(crate) fn is_met(self) -> Result<bool> {
        match self {
            Self::Compiler => Ok(command::succeeds(Command::new("cc").arg("--version"))),
            Self::Git => Ok(command::succeeds(Command::new("git").arg("--version"))),
            Self::CargoDeny => Ok(cargo_deny()?.is_some()),
            Self::Browser => Ok(["chromium", "chromedriver"].iter().all(|name| command::succeeds(Command::new(name).arg("--version")))),
            Self::Judges => Ok(judges::ALL.iter().map(|one| one.ready()).collect::<Result<Vec<_>>>()?.into_iter().all(|ready| ready)),
        }
    }

    /// What it is and how a person gets it.
    pub(crate) fn advice(self) -> Result<String> {
        Ok(match self {
            Self::Compiler => "a C compiler: apt-get install build-essential".to_owned(),
            Self::Git => "git: apt-get install git".to_owned(),
            Self::CargoDeny => format!("cargo-deny {CARGO_DENY}: cargo install --locked --version {CARGO_DENY} cargo-deny"),
            Self::Browser => "a browser and its driver: apt-get install chromium chromium-driver".to_owned(),
            Self::Judges => {
                let python = if system_python().is_some() { "" } else { " (needs apt-get install python3 python3-venv)" };
                format!("the tests' judges, three Python environments: cargo xtask judges --install{python}")
            }
        })
    }

    /// Get it.
    pub(crate) fn install(self) -> Result<()> {
        match self {
            Self::Compiler => apt(&["build-essential"]),
            Self::Git => apt(&["git"]),
            Self::CargoDeny => install_cargo_deny(),
            Self::Browser => apt(&["chromium", "chromium-driver"]),
            Self::Judges => judges::ALL.iter().try_for_each(|judges| judges.install()),
        }
    }
}

/// A Python that can make virtual environments; tried by name, as a pyenv or a system installs it.
pub(crate) fn system_python() -> Option<&'static str> {
    const CAPABLE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
    ["python3", "/usr/bin/python3"].into_iter().find(|name| command::succeeds(Command::new(name).args(["-c", CAPABLE])))
}

/// Install the system's Python when none will do.
pub(crate) fn install_python() -> Result<()> {
    if system_python().is_some() { Ok(()) } else { apt(&["python3", "python3-venv"]) }
}

/// Install npm when there is none.
pub(crate) fn install_npm() -> Result<()> {
    if command::succeeds(Command::new("npm").arg("--version")) { Ok(()) } else { apt(&["npm"]) }
}

/// The program of cargo-deny: the user's own when it is of the wanted release, else ours.
pub(crate) fn cargo_deny() -> Result<Option<PathBuf>> {
    let own = PathBuf::from("cargo-deny");
    let ours = cargo_deny_root()?.join("bin").join("cargo-deny");
    Ok([own, ours].into_iter().find(|program| is_wanted_deny(program)))
}

fn is_wanted_deny(program: &Path) -> bool {
    command::read(Command::new(program).arg("--version")).is_ok_and(|version| version.trim() == format!("cargo-deny {CARGO_DENY}"))
}

fn cargo_deny_root() -> Result<PathBuf> {
    Ok(command::cache()?.join("tools").join(format!("cargo-deny-{CARGO_DENY}")))
}

fn install_cargo_deny() -> Result<()> {
    // Unoptimised: it builds in a third of the time and runs for seconds. Its build goes to a folder that cargo removes.
    let mut install = command::cargo();
    install.args(["install", "--locked", "--debug", "--quiet", "--version", CARGO_DENY, "--root"]).arg(cargo_deny_root()?);
    install.arg("cargo-deny").env_remove("CARGO_TARGET_DIR");
    command::run(&mut install)
}

/// Install Debian packages, as root or through sudo.
fn apt(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    if !command::succeeds(Command::new("apt-get").arg("--version")) {
        bail!("{wanted} is missing and this system has no apt-get\nhint: install it with the system's own package manager");
    }
    let root = command::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root && !command::succeeds(Command::new("sudo").arg("--version")) {
        bail!("{wanted} is missing\nhint: run as root: apt-get install {wanted}");
    }
    let apt_get = |args: &[&str]| {
        let mut call = if root { Command::new("env") } else { Command::new("sudo") };
        if !root {
            call.arg("env");
        }
        call.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]).args(args);
        command::run(&mut call)
    };
    apt_get(&["update"]).context("cannot refresh the list of Debian packages")?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat()).with_context(|| format!("cannot install {wanted}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Need, is_wanted_deny};

    #[test]
    fn every_need_says_how_to_meet_it() {
        for need in [Need::Compiler, Need::Git, Need::CargoDeny, Need::Judges] {
            assert!(need.advice().unwrap().contains("install"), "{need:?}");
        }
    }

    #[test]
    fn another_program_is_not_taken_for_cargo_deny() {
        assert!(!is_wanted_deny(Path::new("git")));
        assert!(!is_wanted_deny(Path::new("no-such-program-here")));
    }
}
