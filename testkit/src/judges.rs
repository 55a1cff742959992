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
    let python = env::var("TENOR_JUDGES").ok();
    if python.is_none() {
        let on_ci = env::var("CI").is_ok_and(|value| value == "true");
        assert!(!on_ci, "TENOR_JUDGES names no Python with the judges, and CI=true: cargo xtask ci --install");
        eprintln!("skipped: TENOR_JUDGES names no Python with the judges (cargo xtask judges --install)");
    }
    python
}
