//! No path of somebody's machine: what works in one place only does not belong in the project.
//!
//! Some folders are never named; home and scratch folders may be in prose and in tests, where they are examples.

use super::Finding;
use super::files::File;
use super::rust::Source;

/// Check every line of a text file.
pub(crate) fn check(file: &File) -> Vec<Finding> {
    // Put together here, so that this file does not find itself.
    let never = ["work", "root"].map(|name| format!("/{name}/"));
    let examples = ["home", "tmp"].map(|name| format!("/{name}/"));
    let source = if file.path.ends_with(".rs") { Source::parse(file).ok() } else { None };
    let is_example = |line| !file.is_code() || file.is_test() || source.as_ref().is_some_and(|source| source.is_test(line));
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for folder in &never {
            if names(line, folder) {
                findings.push(Finding::new(&file.path, number, format!("names `{folder}`, a folder of one machine")));
            }
        }
        for folder in examples.iter().filter(|folder| names(line, folder)) {
            if !is_example(number) {
                findings.push(Finding::new(&file.path, number, format!("names `{folder}`: ask the system for the folder")));
            }
        }
    }
    findings
}

/// Whether `folder` stands in `line` as the beginning of a path.
fn names(line: &str, folder: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-~}/$*".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    fn count(path: &str, text: &str) -> usize {
        check(&File::new(path, &text.replace('@', "/"))).len()
    }

    #[test]
    fn folders_of_one_machine_are_found_everywhere() {
        assert_eq!(count("README.md", "cd @work@main\n"), 1);
        assert_eq!(count("a/tests/main.rs", "const A: &str = \"@root@x\";\n"), 1);
        assert_eq!(count("a.toml", "a = '@work@x'\n"), 1);
    }

    #[test]
    fn parts_of_other_paths_are_not() {
        assert_eq!(count("README.md", "see ../work@main, net@work@a and $HOME@work@b\n"), 0);
    }

    #[test]
    fn home_and_scratch_folders_are_examples_in_prose_and_tests_only() {
        assert_eq!(count("README.md", "tenor import @tmp@bill\n"), 0);
        assert_eq!(count("a.rs", "fn f() { g(\"@tmp@bill\"); }\n"), 1);
        assert_eq!(count("a.rs", "#[test]\nfn f() { g(\"@home@me\"); }\n"), 0);
        assert_eq!(count(".ci/run", "cd @home@me\n"), 1);
    }
}
