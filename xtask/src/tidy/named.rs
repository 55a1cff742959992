//! Tests that a document names, as `crate module::name`: whether there is one. Nothing is run.

use std::collections::BTreeMap;

use super::files::File;

/// All tests of the project, to be asked for by their names.
pub(crate) struct Tests<'a> {
    files: &'a [File],
    /// The folders of all crates by their names.
    crates: BTreeMap<&'a str, &'a str>,
}

impl<'a> Tests<'a> {
    pub(crate) fn of(files: &'a [File]) -> Self {
        let named = files.iter().filter_map(|file| {
            let folder = file.path.strip_suffix("/Cargo.toml")?;
            let name = file.text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))?;
            Some((name, folder))
        });
        Self { files, crates: named.collect() }
    }

    /// Whether `crate module::name` is a test: a function of that name, in a file that is of the module or has it.
    pub(crate) fn has(&self, test: &str) -> bool {
        let Some((name, path)) = test.split_once(' ') else { return false };
        let (Some(folder), Some((modules, function))) = (self.crates.get(name), path.rsplit_once("::")) else { return false };
        let (before, module) = modules.rsplit_once("::").unwrap_or(("", modules));
        // `connection::tests` may lie in `connection_tests.rs`.
        let beside = format!("{}_{module}", before.rsplit("::").next().unwrap_or_default());
        let signature = format!("fn {function}()");
        self.files.iter().filter(|file| file.path.ends_with(".rs")).any(|file| {
            let inside = file.path.strip_prefix(*folder).and_then(|rest| rest.strip_prefix('/'));
            let is_module = |path: &str| path.trim_end_matches(".rs").split('/').any(|part| part == module || part == beside);
            let is_of = inside.is_some_and(|path| is_module(path) || file.text.contains(&format!("mod {module} {{")));
            let above = |line: usize| file.lines().nth(line.saturating_sub(2)).map_or("", |(_, line)| line.trim());
            is_of && file.lines().any(|(line, text)| text.contains(&signature) && above(line).contains("test]"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Tests};

    #[test]
    fn a_test_is_known_by_its_crate_its_module_and_its_name() {
        let files = [
            File::new("shell/a/Cargo.toml", "[package]\nname = \"tenor-a\"\n"),
            File::new("shell/a/tests/live/every.rs", "#[tokio::test]\nasync fn it_works() {}\n\nfn help() {}\n"),
            File::new("shell/a/src/b.rs", "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_holds() {}\n}\n"),
            File::new("shell/a/src/c_tests.rs", "#[test]\nfn it_stands() {}\n"),
        ];
        let tests = Tests::of(&files);
        for there in ["tenor-a live::every::it_works", "tenor-a b::tests::it_holds", "tenor-a c::tests::it_stands"] {
            assert!(tests.has(there), "{there}");
        }
        let others =
            ["tenor-b live::every::it_works", "tenor-a live::other::it_works", "tenor-a live::every::help", "tenor-a d::tests::it_stands"];
        for other in others.into_iter().chain(["it_works", "tenor-a it_works", ""]) {
            assert!(!tests.has(other), "{other}");
        }
    }
}
