//! The page that says which test shows what: every test that it names is there, and every cell says something.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(path).unwrap();
        }
    }
}

#[test]
fn every_test_of_the_life_cycle_is_there_and_every_cell_says_something() {
    let page = fs::read_to_string(workspace().join("docs/life-cycle.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|---"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let words: BTreeMap<&str, &str> =
        rows.iter().filter(|row| row.len() == 3).skip(1).map(|row| (row[0].trim_matches('`'), row[1])).collect();
    for (word, test) in &words {
        let names: Vec<&str> = test.split('`').filter(|part| !part.trim().is_empty()).collect();
        let folder = match names[0] {
            "tenor-propose" => "core/propose",
            "tenor-execute" => "shell/execute",
            "tenor" => "shell/cli",
            other => panic!("{other} is no crate that the page may name"),
        };
        let mut text = String::new();
        sources(&workspace().join(folder), &mut text);
        assert!(text.contains(&format!("fn {}()", names[1])), "{word}: there is no test {}", names[1]);
    }
    let cells: Vec<&Vec<&str>> = rows.iter().filter(|row| row.len() == 10).skip(1).collect();
    assert_eq!(cells.len(), 9, "the services that sell commitments");
    for row in cells {
        for cell in &row[1..] {
            let is_known = cell.split(", ").all(|word| words.contains_key(word));
            let is_never = cell.starts_with("never [") && cell.ends_with(']');
            assert!(is_known || is_never || *cell == "not yet", "{}: `{cell}` says nothing", row[0]);
        }
    }
}
