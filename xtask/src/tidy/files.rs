//! The files of the project, as text.

use std::fs;

use anyhow::Result;

use crate::command;

/// More than this is data, which has rules of its own.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// A text file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// From the workspace's folder, with `/`.
    pub(crate) path: String,
    /// All of it; empty for a file that is not text, which is then known by its path alone.
    pub(crate) text: String,
    /// Whether another file declares it as `#[cfg(test)] mod …;`.
    declared_test: bool,
}

impl File {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), declared_test: false }
    }

    /// The lines with their numbers, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether a person writes it as a program: source, script or build file.
    pub(crate) fn is_code(&self) -> bool {
        const ENDINGS: [&str; 11] = [".rs", ".py", ".sh", ".sql", ".js", ".css", ".html", ".toml", ".yml", ".yaml", "justfile"];
        self.path.starts_with(".ci/") || ENDINGS.iter().any(|ending| self.path.ends_with(ending))
    }

    /// Whether all of it is a test.
    pub(crate) fn is_test(&self) -> bool {
        if self.declared_test {
            return true;
        }
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        self.path.split('/').any(|folder| folder == "tests" || folder == "fuzz") || name == "tests.rs" || name.ends_with("_tests.rs")
    }
}

/// Every file that git tracks, or would if everything were added.
pub(crate) fn read() -> Result<Vec<File>> {
    let mut git = std::process::Command::new("git");
    git.current_dir(command::workspace()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = command::read(&mut git)?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full = command::workspace().join(path);
        // What was removed but not yet committed is still listed.
        if !full.is_file() {
            continue;
        }
        let text = String::from_utf8(fs::read(full)?).ok().filter(|text| text.len() <= TEXT_BYTES_MAX && !text.contains('\0'));
        files.push(File { path: path.to_owned(), text: text.unwrap_or_default(), declared_test: false });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    mark_declared_tests(&mut files);
    Ok(files)
}

/// Mark the files of every `#[cfg(test)] mod name;`: `name.rs`, and all in the folder `name`.
fn mark_declared_tests(files: &mut [File]) {
    let mut places = Vec::new();
    for file in files.iter() {
        let Some(module) = file.path.strip_suffix(".rs") else { continue };
        let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
        let inside = if ["lib", "main", "mod"].contains(&name) { folder } else { module };
        let lines = file.text.lines().map(str::trim).collect::<Vec<_>>();
        let declared =
            lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| pair[1].strip_prefix("mod ")?.strip_suffix(';'));
        places.extend(declared.map(|name| format!("{inside}/{name}")));
    }
    for file in files {
        file.declared_test =
            places.iter().filter_map(|place| file.path.strip_prefix(place.as_str())).any(|rest| rest == ".rs" || rest.starts_with('/'));
    }
}

#[cfg(test)]
mod tests {
    use super::{File, mark_declared_tests, read};

    #[test]
    fn tests_are_known_by_their_path() {
        for test in ["shell/cli/tests/main.rs", "core/bill/src/charge_tests.rs", "core/bill/src/tests.rs", "fuzz/a.rs"] {
            assert!(File::new(test, "").is_test(), "{test}");
        }
        for code in ["core/bill/src/lib.rs", "testkit/src/lib.rs", "core/bill/src/contests.rs"] {
            assert!(!File::new(code, "").is_test(), "{code}");
        }
    }

    #[test]
    fn tests_are_known_by_their_declaration() {
        let declare = "#[cfg(test)]\nmod cases;\nmod code;\n";
        let paths = [
            "a/src/lib.rs",
            "a/src/cases.rs",
            "a/src/cases/more.rs",
            "a/src/code.rs",
            "a/src/deep.rs",
            "a/src/deep/cases.rs",
            "a/src/deep/code.rs",
        ];
        let mut files = paths.map(|path| File::new(path, if path.ends_with("lib.rs") || path.ends_with("deep.rs") { declare } else { "" }));
        mark_declared_tests(&mut files);
        let tests = files.iter().filter(|file| file.is_test()).map(|file| file.path.as_str()).collect::<Vec<_>>();
        assert_eq!(tests, ["a/src/cases.rs", "a/src/cases/more.rs", "a/src/deep/cases.rs"]);
    }

    #[test]
    fn code_is_known_by_its_ending() {
        assert!(File::new(".ci/run", "").is_code());
        assert!(!File::new("README.md", "").is_code());
    }

    #[test]
    fn the_project_has_its_own_manifest() {
        let files = read().unwrap();
        assert!(files.iter().any(|file| file.path == "Cargo.toml" && file.text.contains("[workspace]")));
    }
}
