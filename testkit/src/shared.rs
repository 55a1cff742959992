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
    let on_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    find(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")), name, on_ci)
}

/// The same path, for a test that is nothing without it.
///
/// # Panics
/// When the file or the folder is not there.
#[must_use]
pub fn require(name: &str) -> PathBuf {
    path(name).unwrap_or_else(|| panic!("this test needs `../shared/{name}` beside the project"))
}

fn find(folder: &Path, name: &str, on_ci: bool) -> Option<PathBuf> {
    if folder.is_dir() {
        let path = folder.join(name);
        assert!(path.exists(), "`{name}` is not in the shared data beside the project");
        return Some(path);
    }
    assert!(!on_ci, "`../shared/{name}` is missing beside the project, and CI=true: a test that needs it may not be skipped");
    eprintln!("skipped: `../shared/{name}` is not there beside the project");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic_of(find: impl FnOnce() -> Option<PathBuf> + std::panic::UnwindSafe) -> String {
        std::panic::catch_unwind(find).unwrap_err().downcast_ref::<String>().unwrap().clone()
    }

    #[test]
    fn a_shared_file_is_found_and_a_misspelt_name_does_not_skip_a_test() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("README.md");
        std::fs::write(&file, "").unwrap();
        assert_eq!(find(folder.path(), "README.md", false), Some(file));
        let panic = panic_of(|| find(folder.path(), "REDAME.md", false));
        assert_eq!(panic, "`REDAME.md` is not in the shared data beside the project");
    }

    #[test]
    fn without_the_folder_a_test_steps_aside_but_not_on_ci() {
        let nowhere = Path::new("no-such-folder");
        assert_eq!(find(nowhere, "data/README.md", false), None);
        let panic = panic_of(|| find(nowhere, "data/README.md", true));
        let says = "`../shared/data/README.md` is missing beside the project, and CI=true: a test that needs it may not be skipped";
        assert_eq!(panic, says);
    }
}
