//! No file is too long to read. Those that still are stand in a list with the reason, and the list only shrinks.

use std::collections::BTreeMap;

use super::Finding;
use super::files::File;

/// Programs and scripts; data and prose have no limit, but for the architecture page.
const LINES_MAX: usize = 500;

/// The page that everyone reads first.
const ARCHITECTURE: (&str, usize) = ("docs/ARCHITECTURE.md", 300);

/// Where the longer ones stand: `path lines reason`, one a line, `#` for comments.
const EXEMPT: &str = "xtask/tidy-exempt.txt";

/// Check every file's length, and every entry of the list.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let list = files.iter().find(|file| file.path == EXEMPT).map(|file| file.text.as_str()).unwrap_or_default();
    let mut findings = Vec::new();
    let mut exempt = BTreeMap::new();
    for (number, line) in (1..).zip(list.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')) {
        match entry(line) {
            Some((path, lines)) => drop(exempt.insert(path, (lines, number))),
            None => findings.push(Finding::new(EXEMPT, number, "is not `path lines reason`, with a reason of some words")),
        }
    }
    for file in files {
        let lines = file.text.lines().count();
        let limit = if file.path == ARCHITECTURE.0 { ARCHITECTURE.1 } else { LINES_MAX };
        let limited = file.path == ARCHITECTURE.0 || file.is_code();
        match exempt.remove(file.path.as_str()) {
            Some((_, number)) if !limited || lines <= limit => {
                findings.push(Finding::new(EXEMPT, number, format!("`{}` has {lines} lines now: remove the entry", file.path)));
            }
            Some((allowed, _)) if lines > allowed => {
                findings.push(Finding::new(&file.path, 0, format!("has {lines} lines, and the list exempts {allowed}: split it")));
            }
            Some(_) => {}
            None if limited && lines > limit => {
                findings.push(Finding::new(&file.path, 0, format!("has {lines} lines, {limit} at most: split it")))
            }
            None => {}
        }
    }
    findings.extend(
        exempt.into_iter().map(|(path, (_, number))| Finding::new(EXEMPT, number, format!("`{path}` is no file: remove the entry"))),
    );
    findings
}

fn entry(line: &str) -> Option<(&str, usize)> {
    let mut words = line.split_whitespace();
    let (path, lines) = (words.next()?, words.next()?.parse().ok()?);
    (words.count() >= 3).then_some((path, lines))
}

#[cfg(test)]
mod tests {
    use super::{EXEMPT, File, check};

    fn messages(sizes: &[(&str, usize)], exempt: &str) -> Vec<String> {
        let mut files = sizes.iter().map(|(path, lines)| File::new(path, &"x\n".repeat(*lines))).collect::<Vec<_>>();
        files.push(File::new(EXEMPT, exempt));
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_programs_are_found_and_long_prose_is_not() {
        assert_eq!(messages(&[("a.rs", 500), ("b.rs", 501), ("c.md", 900)], ""), ["b.rs: has 501 lines, 500 at most: split it"]);
        assert_eq!(messages(&[("docs/ARCHITECTURE.md", 301)], "").len(), 1);
    }

    #[test]
    fn the_list_exempts_and_only_shrinks() {
        assert_eq!(messages(&[("b.rs", 600)], "# Why.\nb.rs 600 a table that is one thing\n"), [""; 0]);
        assert_eq!(
            messages(&[("b.rs", 601)], "b.rs 600 a table that is one thing\n"),
            ["b.rs: has 601 lines, and the list exempts 600: split it"]
        );
        assert_eq!(
            messages(&[("b.rs", 500)], "b.rs 600 a table that is one thing\n"),
            ["xtask/tidy-exempt.txt:1: `b.rs` has 500 lines now: remove the entry"]
        );
        assert_eq!(messages(&[], "b.rs 600 a table that is one thing\n"), ["xtask/tidy-exempt.txt:1: `b.rs` is no file: remove the entry"]);
        assert_eq!(messages(&[], "b.rs 600\n").len(), 1);
    }
}
