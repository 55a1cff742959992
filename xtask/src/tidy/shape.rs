//! How a Rust file is laid out: what it is stands on top, and no function is too long to read at once.

use super::Finding;
use super::rust::Source;

/// A function longer than this is two.
const FUNCTION_LINES_MAX: usize = 70;

/// Fewer words than this say nothing about a module.
const DOC_WORDS_MIN: usize = 3;

/// Check the module's own documentation and the length of its functions; tests may be long.
pub(crate) fn check(source: &Source<'_>) -> Vec<Finding> {
    let path = &source.file.path;
    let mut findings = Vec::new();
    let first = source.file.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!")).unwrap_or_default();
    match first.strip_prefix("//!") {
        None => findings.push(Finding::new(path, 1, "begins without `//!`: say what the module is and what it never does")),
        Some(said) if said.split_whitespace().count() < DOC_WORDS_MIN => {
            findings.push(Finding::new(path, 1, "its `//!` says nothing: say what the module is and what it never does"));
        }
        Some(_) => {}
    }
    for function in source.functions.iter().filter(|f| f.lines > FUNCTION_LINES_MAX && !source.is_test(f.line)) {
        let message = format!("`{}` has {} lines, {FUNCTION_LINES_MAX} at most: split it", function.name, function.lines);
        findings.push(Finding::new(path, function.line, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::files::File;
    use super::{Source, check};

    fn messages(path: &str, text: &str) -> Vec<String> {
        let file = File::new(path, text);
        check(&Source::parse(&file).unwrap()).iter().map(ToString::to_string).collect()
    }

    fn with_function(before: &str, lines: usize) -> String {
        format!("//! What it is.\n{before}fn long() {{\n{}}}\n", "    f();\n".repeat(lines - 2))
    }

    #[test]
    fn a_module_says_what_it_is() {
        assert_eq!(messages("a.rs", "fn f() {}"), ["a.rs:1: begins without `//!`: say what the module is and what it never does"]);
        assert_eq!(messages("a.rs", "//! Soon.\n").len(), 1);
        assert_eq!(messages("a.rs", "#![no_std]\n//! What it is.\n"), [""; 0]);
    }

    #[test]
    fn a_long_function_is_found_and_a_long_test_is_not() {
        assert_eq!(messages("a.rs", &with_function("", 71)), ["a.rs:2: `long` has 71 lines, 70 at most: split it"]);
        assert_eq!(messages("a.rs", &with_function("", 70)), [""; 0]);
        assert_eq!(messages("a.rs", &with_function("#[test]\n", 71)), [""; 0]);
        assert_eq!(messages("a/tests/main.rs", &with_function("", 71)), [""; 0]);
    }
}
