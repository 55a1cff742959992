//! The documentation holds together: links lead to files, decisions are listed, and the change log is open.

use std::collections::BTreeSet;

use super::Finding;
use super::files::File;

const CHANGELOG: &str = "CHANGELOG.md";
const ARCHITECTURE: &str = "docs/ARCHITECTURE.md";
const DECISIONS: &str = "docs/decisions/";

/// Check all Markdown files against each other.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        findings.extend(check_links(file, files));
    }
    if !files.iter().any(|file| file.path == CHANGELOG && file.text.lines().any(|line| line.trim_end() == "## Unreleased")) {
        findings.push(Finding::new(CHANGELOG, 0, "has no `## Unreleased` section"));
    }
    if let Some(architecture) = files.iter().find(|file| file.path == ARCHITECTURE) {
        let linked = links(&architecture.text).into_iter().filter_map(|(_, link)| resolve(ARCHITECTURE, &link)).collect::<BTreeSet<_>>();
        let decisions = files.iter().filter(|file| file.path.starts_with(DECISIONS) && file.path.ends_with(".md"));
        for decision in decisions.filter(|file| !linked.contains(&file.path)) {
            findings.push(Finding::new(&decision.path, 0, format!("is not linked from {ARCHITECTURE}")));
        }
    }
    findings
}

fn check_links(file: &File, files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, link) in links(&file.text) {
        let outside = link.contains("://") || link.starts_with("mailto:") || link.starts_with('#');
        let exists = |path: &str| files.iter().any(|other| other.path == path || other.path.starts_with(&format!("{path}/")));
        if !outside && !resolve(&file.path, &link).is_some_and(|path| path.is_empty() || exists(&path)) {
            findings.push(Finding::new(&file.path, line, format!("links to `{link}`, which is no file of the project")));
        }
    }
    findings
}

/// The targets of all links, `[text](target)` and `[name]: target`, outside code.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every other piece between backticks is code.
        let prose = line.split('`').step_by(2).collect::<Vec<_>>().join("");
        for (at, _) in prose.match_indices("](") {
            let target = prose[at + 2..].split([')', ' ']).next().unwrap_or_default();
            found.push((number, target.to_owned()));
        }
        if let Some((_, target)) = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            found.push((number, target.split_whitespace().next().unwrap_or_default().to_owned()));
        }
    }
    found
}

/// The file that `link` means when it stands in `from`; nothing when it leaves the project.
fn resolve(from: &str, link: &str) -> Option<String> {
    let target = link.split(['#', '?']).next().unwrap_or_default().trim_matches(['<', '>']);
    let mut parts = from.split('/').collect::<Vec<_>>();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    (!target.starts_with('/')).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let mut files = files.iter().map(|(path, text)| File::new(path, text)).collect::<Vec<_>>();
        if !files.iter().any(|file| file.path == "CHANGELOG.md") {
            files.push(File::new("CHANGELOG.md", "# Changelog\n\n## Unreleased\n"));
        }
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_link_leads_to_a_file_or_folder() {
        let good = "[a](docs/a.md#part) [b](docs) [web](https://example.com) [here](#x)\n\n[ref]: docs/a.md\n";
        assert_eq!(messages(&[("README.md", good), ("docs/a.md", "[up](../README.md)\n")]), [""; 0]);
        assert_eq!(messages(&[("README.md", "\n[a](gone.md)\n")]), ["README.md:2: links to `gone.md`, which is no file of the project"]);
        assert_eq!(messages(&[("README.md", "[a]: gone.md\n")]).len(), 1);
        assert_eq!(messages(&[("docs/a.md", "[a](../../other/b.md)\n")]).len(), 1);
        assert_eq!(messages(&[("docs/a.md", "[a](/b.md)\n"), ("b.md", "")]).len(), 1);
    }

    #[test]
    fn code_has_no_links() {
        assert_eq!(messages(&[("README.md", "`[a](gone)`\n```\n[a](gone)\n```\n")]), [""; 0]);
    }

    #[test]
    fn the_change_log_is_open() {
        assert_eq!(messages(&[("CHANGELOG.md", "# Changelog\n\n## 1.0.0\n")]), ["CHANGELOG.md: has no `## Unreleased` section"]);
    }

    #[test]
    fn every_decision_is_listed() {
        let decisions = [("docs/decisions/a.md", ""), ("docs/decisions/b.md", "")];
        assert_eq!(messages(&decisions), [""; 0]);
        let listed = [decisions[0], decisions[1], ("docs/ARCHITECTURE.md", "[a](decisions/a.md)\n")];
        assert_eq!(messages(&listed), ["docs/decisions/b.md: is not linked from docs/ARCHITECTURE.md"]);
    }
}
