//! The table of what others promise and what Tenor does of it: every claim has its row, every row its standing, and the tests that it names are there.

use super::Finding;
use super::files::File;
use super::named::Tests;

const TABLE: &str = "docs/controls.md";
/// The lists of claims, and how many each has.
const CLAIMS: [(&str, usize); 2] = [("A", 21), ("W", 10)];
const STANDINGS: [&str; 4] = ["met", "in part", "not met", "no such thing here"];

/// Check the table against the sources.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let Some(table) = files.iter().find(|file| file.path == TABLE) else { return Vec::new() };
    let tests = Tests::of(files);
    let mut findings = Vec::new();
    let mut open = CLAIMS.iter().flat_map(|(list, count)| (1..=*count).map(move |number| format!("{list}{number}"))).collect::<Vec<_>>();
    for (number, line) in table.lines().filter(|(_, line)| line.starts_with('|')) {
        let cells = line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
        let Some(id) = cells.first().filter(|id| is_id(id)) else { continue };
        match open.iter().position(|claim| claim == id) {
            Some(at) => drop(open.remove(at)),
            None => findings.push(Finding::new(TABLE, number, format!("has {id} twice, or there is no such claim"))),
        }
        let wrong = row(&cells, &tests).into_iter().map(|message| Finding::new(TABLE, number, message));
        findings.extend(wrong);
    }
    findings.extend(open.iter().map(|claim| Finding::new(TABLE, 0, format!("has no row for {claim}"))));
    findings
}

fn is_id(text: &str) -> bool {
    text.strip_prefix(['A', 'W']).is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is wrong with a row: id, claim, standing, where and why, tests.
fn row(cells: &[&str], tests: &Tests<'_>) -> Vec<String> {
    let [_, _, standing, _, named] = cells else { return vec![format!("has {} cells, not 5", cells.len())] };
    let mut wrong = Vec::new();
    if !STANDINGS.contains(standing) {
        wrong.push(format!("says `{standing}`, which is none of: {}", STANDINGS.join(", ")));
    }
    // Every other piece between backticks is a name.
    let names = named.split('`').skip(1).step_by(2);
    wrong.extend(names.clone().filter(|name| !tests.has(name)).map(|name| format!("names `{name}`, and there is no such test")));
    if names.count() == 0 && !named.starts_with("none: ") {
        wrong.push("names no test, and does not say why: `none: …`".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::{CLAIMS, File, check};

    /// All claims as they should be, but for one.
    fn told(row: &str) -> Vec<String> {
        let ids = CLAIMS.iter().flat_map(|(list, count)| (1..=*count).map(move |number| format!("{list}{number}")));
        let rows = ids.filter(|id| id != "A2").map(|id| format!("| {id} | It holds. | met | here | `tenor-a b::tests::it_holds` |\n"));
        let table = format!(
            "# Controls\n\n| | asked | standing | how | tests |\n|---|---|---|---|---|\n{row}\n{}",
            rows.collect::<Vec<_>>().concat()
        );
        let files = [
            File::new("docs/controls.md", &table),
            File::new("shell/a/Cargo.toml", "[package]\nname = \"tenor-a\"\n"),
            File::new("shell/a/src/b.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_holds() {}\n}\n"),
        ];
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_claim_has_a_row_with_tests_that_there_are() {
        for good in [
            "| A2 | It holds. | met | here | `tenor-a b::tests::it_holds`; `tenor-a b::tests::it_holds` |",
            "| A2 | It holds. | not met | nobody did it | none: there is nothing to try |",
        ] {
            assert_eq!(told(good), [""; 0], "{good}");
        }
        let wrong = [
            ("", "docs/controls.md: has no row for A2"),
            (
                "| A2 | It holds. | nearly | here | none: it is a document |",
                "docs/controls.md:5: says `nearly`, which is none of: met, in part, not met, no such thing here",
            ),
            ("| A2 | It holds. | met | `tenor-a b::tests::it_falls` |", "docs/controls.md:5: has 4 cells, not 5"),
            (
                "| A2 | It holds. | met | here | `tenor-a b::tests::it_falls` |",
                "docs/controls.md:5: names `tenor-a b::tests::it_falls`, and there is no such test",
            ),
            ("| A2 | It holds. | met | here | |", "docs/controls.md:5: names no test, and does not say why: `none: …`"),
        ];
        for (row, message) in wrong {
            assert_eq!(told(row), [message], "{row}");
        }
        let twice = "| A2 | It holds. | met | here | none: a |\n| A3 | It holds. | met | here | none: a |";
        assert_eq!(told(twice), ["docs/controls.md:8: has A3 twice, or there is no such claim"]);
    }
}
