//! The table of what is done for which service: every cell names a test that there is, or says that AWS does not offer it, or not yet.

use super::Finding;
use super::files::File;
use super::named::Tests;

const TABLE: &str = "docs/life-cycle.md";

/// Check the table against the sources.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let Some(table) = files.iter().find(|file| file.path == TABLE) else { return Vec::new() };
    let tests = Tests::of(files);
    let mut findings = Vec::new();
    // The first two rows are names and dashes.
    for (number, row) in table.lines().filter(|(_, line)| line.starts_with('|')).skip(2) {
        for cell in row.trim_matches('|').split('|').skip(1).map(str::trim) {
            let is_said = cell == "not yet" || cell.starts_with("AWS does not offer it: ");
            let test = cell.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            if !is_said && !test.is_some_and(|test| tests.has(test)) {
                let message = format!("says {cell}, which is neither a test that there is, nor `AWS does not offer it: …`, nor `not yet`");
                findings.push(Finding::new(TABLE, number, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    fn told(cell: &str) -> Vec<String> {
        let files = [
            File::new("docs/life-cycle.md", &format!("# Life\n\n| service | buy |\n|---|---|\n| EC2 | {cell} |\n")),
            File::new("shell/a/Cargo.toml", "[package]\nname = \"tenor-a\"\n"),
            File::new("shell/a/tests/live/every.rs", "#[tokio::test]\nasync fn it_works() {}\n\nfn help() {}\n"),
            File::new("shell/a/src/b.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_holds() {}\n}\n"),
        ];
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_cell_is_a_test_or_says_why_there_is_none() {
        for good in ["`tenor-a live::every::it_works`", "`tenor-a b::tests::it_holds`", "not yet", "AWS does not offer it: 1.1 [X]"] {
            assert_eq!(told(good), [""; 0], "{good}");
        }
        for bad in [
            "`tenor-a live::every::it_fails`",
            "`tenor-a live::other::it_works`",
            "`tenor-a live::every::help`",
            "`tenor-b live::every::it_works`",
            "`it_works`",
            "it works",
            "AWS does not offer it",
            "",
        ] {
            let wrong = format!(
                "docs/life-cycle.md:5: says {bad}, which is neither a test that there is, nor `AWS does not offer it: …`, nor `not yet`"
            );
            assert_eq!(told(bad), [wrong]);
        }
    }
}
