//! Words that do not belong in the code: what is unfinished, what panics without a reason, tests that wait or are skipped.
//!
//! A wait in a test can be waived by a comment on its line or the one above: `// tidy: sleep: why it has to`.

use super::Finding;
use super::files::File;
use super::rust::Source;

/// A waiver gives at least this many words of reason.
const REASON_WORDS_MIN: usize = 3;

/// Check the tokens of a Rust file.
pub(crate) fn check(source: &Source<'_>) -> Vec<Finding> {
    let path = &source.file.path;
    let mut findings = Vec::new();
    for (pattern, message) in [
        (["todo", "!"].as_slice(), "unfinished: finish it, or refuse with an error"),
        (&["unimplemented", "!"], "unfinished: finish it, or refuse with an error"),
        (&["#", "[", "ignore"], "a skipped test: make it pass or remove it"),
    ] {
        findings.extend(source.find(pattern).map(|line| Finding::new(path, line, message)));
    }
    let unwraps = source.find(&[".", "unwrap", "(", ")"]).filter(|line| !source.is_test(*line));
    findings.extend(unwraps.map(|line| Finding::new(path, line, "`unwrap` outside a test: `expect` with why it holds, or an error")));
    let mut sleeps = source.find(&["sleep", "("]).collect::<Vec<_>>();
    let defined = source.find(&["fn", "sleep", "("]).collect::<Vec<_>>();
    sleeps.retain(|line| source.is_test(*line) && !defined.contains(line) && !is_waived(source.file, *line, "sleep"));
    findings.extend(sleeps.into_iter().map(|line| Finding::new(path, line, "a test that sleeps: wait for the event itself")));
    findings
}

/// Check that what is left to do carries the number of an issue.
pub(crate) fn check_unnumbered(file: &File) -> Vec<Finding> {
    if !file.is_code() {
        return Vec::new();
    }
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let Some(comment) = comment(line) else { continue };
        for word in &words {
            let bare = comment
                .match_indices(word.as_str())
                .any(|(at, _)| is_word(comment, at, word.len()) && !is_numbered(comment, at + word.len()));
            if bare {
                findings.push(Finding::new(&file.path, number, format!("a `{word}` without the number of an issue: `{word}(#12)`")));
            }
        }
    }
    findings
}

/// The line from the first mark of a comment on.
fn comment(line: &str) -> Option<&str> {
    ["//", "#", "--", "/*", "<!--"].iter().filter_map(|mark| line.find(mark)).min().map(|at| &line[at..])
}

fn is_word(text: &str, at: usize, length: usize) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    !text[..at].ends_with(part) && !text[at + length..].starts_with(part)
}

fn is_numbered(text: &str, end: usize) -> bool {
    let rest = text[end..].trim_start_matches(['(', ' ']);
    rest.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_waived(file: &File, line: usize, kind: &str) -> bool {
    let mark = format!("// tidy: {kind}: ");
    let near = file.lines().filter(|(number, _)| (line.saturating_sub(1)..=line).contains(number));
    near.into_iter().any(|(_, text)| text.split_once(&mark).is_some_and(|(_, why)| why.split_whitespace().count() >= REASON_WORDS_MIN))
}

#[cfg(test)]
mod tests {
    use super::{File, Source, check, check_unnumbered};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let file = File::new(path, text);
        check(&Source::parse(&file).unwrap()).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn the_unfinished_and_the_skipped_are_found() {
        assert_eq!(lines("a.rs", "fn f() {\n    todo!()\n}\nfn g() { unimplemented!(\"later\") }\n"), [2, 4]);
        assert_eq!(lines("a.rs", "#[test]\n#[ignore]\nfn f() {}\n"), [2]);
        assert_eq!(lines("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}\n"), [2]);
        assert_eq!(lines("a.rs", "fn f() { g(\"todo!\"); } // todo!()\n"), [0; 0]);
    }

    #[test]
    fn an_unwrap_is_for_tests() {
        assert_eq!(lines("a.rs", "fn f() { g().unwrap(); h().unwrap_or(1); }\n"), [1]);
        assert_eq!(lines("a.rs", "fn f() { assert!(g().unwrap()); }\n"), [1]);
        assert_eq!(lines("a.rs", "#[test]\nfn f() { g().unwrap(); }\n"), [0; 0]);
        assert_eq!(lines("a/tests/main.rs", "fn f() { g().unwrap(); }\n"), [0; 0]);
    }

    #[test]
    fn a_test_does_not_sleep_without_a_reason() {
        assert_eq!(lines("a.rs", "#[test]\nfn f() {\n    thread::sleep(ms);\n}\n"), [3]);
        assert_eq!(
            lines("a.rs", "#[test]\nfn f() {\n    // tidy: sleep: it kills at a random moment\n    thread::sleep(ms);\n}\n"),
            [0; 0]
        );
        assert_eq!(lines("a.rs", "#[test]\nfn f() {\n    // tidy: sleep: because\n    thread::sleep(ms);\n}\n"), [4]);
        assert_eq!(lines("a.rs", "fn f() { thread::sleep(ms); }\n"), [0; 0]);
    }

    #[test]
    fn what_is_left_to_do_has_a_number() {
        let count = |text: &str| check_unnumbered(&File::new("a.rs", &text.replace('@', "DO"))).len();
        assert_eq!(count("f(); // TO@ later\n"), 1);
        assert_eq!(count("f(); // TO@: later\n// TO@(later)\n"), 2);
        assert_eq!(count("f(); // TO@(#12): later\n// TO@ #3\n"), 0);
        assert_eq!(count("f(\"TO@\"); // TO@S\n"), 0);
        assert!(check_unnumbered(&File::new("a.md", &["# TO", "DO\n"].concat())).is_empty());
    }
}
