//! The data that lies beside the project and is not part of it: real bills, prices, demand, conformance rules.
//!
//! A checkout without it still builds and tests; only the tests that read it step aside, and say so. On CI (`CI=true`) they may not.

use std::path::{Path, PathBuf};

/// Where `name` lies in the folder of shared data beside the project, for example `data/focus/model-1.2.json`.
///
/// `None` when the folder is not there; the reason is then written to standard error, and the test returns early.
///
/// # Panics
/// When the folder is there and `name` is not in it (a misspelt name must not skip a test), or when the folder is missing and `CI=true`.
#[must_use]
pub fn path(name: &str) -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    if folder.is_dir() {
        let path = folder.join(name);
        assert!(path.exists(), "`{name}` is not in the shared data beside the project");
        return Some(path);
    }
    let on_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!on_ci, "`../shared/{name}` is missing beside the project, and CI=true: a test that needs it may not be skipped");
    eprintln!("skipped: `../shared/{name}` is not there beside the project");
    None
}

/// The same path, for a test that is nothing without it.
///
/// # Panics
/// When the file or the folder is not there.
#[must_use]
pub fn require(name: &str) -> PathBuf {
    path(name).unwrap_or_else(|| panic!("this test needs `../shared/{name}` beside the project"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_file_is_found_beside_the_project() {
        let Some(path) = path("data/README.md") else { return };
        assert!(path.is_file());
    }

    #[test]
    fn a_misspelt_name_does_not_skip_a_test() {
        if path("data/README.md").is_none() {
            return;
        }
        let error = std::panic::catch_unwind(|| path("data/REDAME.md")).unwrap_err();
        assert_eq!(error.downcast_ref::<String>().unwrap(), "`data/REDAME.md` is not in the shared data beside the project");
    }
}
