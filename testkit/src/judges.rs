//! The Python that independent programs run on: DuckDB, Polars, boto3, moto.

use std::env;

/// The judges' Python, which `TENOR_JUDGES` names.
///
/// `None` when no judges are installed; the reason is then written to standard error, and the test returns early.
///
/// # Panics
/// When there are no judges and `CI=true`.
#[must_use]
pub fn python() -> Option<String> {
    named("TENOR_JUDGES")
}

/// The Python of the emulator of IAM and STS, which `TENOR_EMULATOR` names.
///
/// `None` as for [`python`].
///
/// # Panics
/// As [`python`].
#[must_use]
pub fn emulator() -> Option<String> {
    named("TENOR_EMULATOR")
}

/// The Python of what the server is tried with (a browser's driver, a tester of APIs, a provider of identities, a sink of mails), which
/// `TENOR_WEB_JUDGES` names.
///
/// `None` as for [`python`].
///
/// # Panics
/// As [`python`].
#[must_use]
pub fn web() -> Option<String> {
    named("TENOR_WEB_JUDGES")
}

fn named(variable: &str) -> Option<String> {
    let python = env::var(variable).ok();
    if python.is_none() {
        let on_ci = env::var("CI").is_ok_and(|value| value == "true");
        assert!(!on_ci, "{variable} names no Python with judges, and CI=true: cargo xtask ci --install");
        eprintln!("skipped: {variable} names no Python with judges (cargo xtask judges --install)");
    }
    python
}
