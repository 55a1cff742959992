//! Who may depend on whom: the core on nothing that reads, writes or waits, and the rooms of the shell not on each other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::command;

/// What a core crate may not have anywhere in its tree; a `*` at the end stands for any ending.
const NOT_IN_CORE: [&str; 11] =
    ["tokio*", "async-std", "rusqlite", "libsqlite3-sys", "datafusion*", "aws-*", "object_store", "arrow", "arrow-*", "parquet*", "hyper*"];

/// Who may not reach whom, by any path.
const APART: [(&str, &str); 7] = [
    ("tenor-sandbox", "tenor-cover"),
    ("tenor-lake", "tenor-state"),
    ("tenor-lake", "tenor-aws"),
    ("tenor-state", "tenor-lake"),
    ("tenor-state", "tenor-aws"),
    ("tenor-aws", "tenor-lake"),
    ("tenor-aws", "tenor-state"),
];

/// A crate of the graph, by cargo's id.
#[derive(Debug, Default)]
struct Node {
    name: String,
    /// Its folder in the workspace; none for a crate from outside.
    folder: Option<String>,
    /// What it needs to be built.
    uses: BTreeSet<String>,
    /// What only its tests need.
    tests_use: BTreeSet<String>,
}

/// All crates that the lock file names, as cargo resolves them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: BTreeMap<String, Node>,
}

impl Graph {
    /// Ask cargo.
    pub(crate) fn read() -> Result<Self> {
        let text = command::read(command::cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
        Self::parse(&text).context("cannot read what `cargo metadata` says")
    }

    fn parse(text: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(text)?;
        let string = |value: &Value| value.as_str().map(str::to_owned).context("a text is missing");
        let list = |value: &Value| value.as_array().cloned().context("a list is missing");
        let root = string(&metadata["workspace_root"])?;
        let members = list(&metadata["workspace_members"])?.iter().map(string).collect::<Result<BTreeSet<_>>>()?;
        let mut graph = Self::default();
        for package in list(&metadata["packages"])? {
            let id = string(&package["id"])?;
            let manifest = string(&package["manifest_path"])?;
            let folder = manifest.strip_prefix(&format!("{root}/")).and_then(|path| path.strip_suffix("/Cargo.toml"));
            let folder = folder.filter(|_| members.contains(&id)).map(str::to_owned);
            graph.nodes.insert(id, Node { name: string(&package["name"])?, folder, ..Node::default() });
        }
        for resolved in list(&metadata["resolve"]["nodes"])? {
            let node = graph.nodes.get_mut(&string(&resolved["id"])?).context("a crate is resolved that is not listed")?;
            for dependency in list(&resolved["deps"])? {
                let (kinds, id) = (list(&dependency["dep_kinds"])?, string(&dependency["pkg"])?);
                let tests_only = kinds.iter().all(|kind| kind["kind"] == "dev");
                if tests_only {
                    node.tests_use.insert(id)
                } else {
                    node.uses.insert(id)
                };
            }
        }
        Ok(graph)
    }

    /// Check every member of the workspace.
    pub(crate) fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for node in self.nodes.values() {
            let Some(folder) = &node.folder else { continue };
            let mut found = |message: String| findings.push(Finding::new(&format!("{folder}/Cargo.toml"), 0, message));
            if folder.starts_with("core/") {
                for reached in self.reached(&node.uses).iter().filter(|other| is_not_for_core(other)) {
                    found(format!("a core crate with `{}` in its tree: the core decides, the shell does", reached.name));
                }
            }
            for used in node.uses.union(&node.tests_use).filter_map(|id| self.nodes.get(id)) {
                if used.name.starts_with("datafusion") && node.name != "tenor-query" {
                    found(format!("depends on `{}`, which only tenor-query may", used.name));
                }
                if folder.starts_with("core/") && is_in(used, "shell/") {
                    found(format!("a core crate that uses `{}` of the shell", used.name));
                }
            }
            let all = node.uses.union(&node.tests_use).cloned().collect();
            for reached in self.reached(&all).iter().filter(|other| APART.contains(&(node.name.as_str(), other.name.as_str()))) {
                found(format!("depends on `{}`: the two are kept apart", reached.name));
            }
        }
        findings
    }

    /// Everything that `from` needs to be built, `from` included.
    fn reached(&self, from: &BTreeSet<String>) -> Vec<&Node> {
        let mut seen = from.clone();
        let mut open = from.iter().cloned().collect::<Vec<_>>();
        while let Some(id) = open.pop() {
            let Some(node) = self.nodes.get(&id) else { continue };
            open.extend(node.uses.iter().filter(|id| seen.insert((*id).clone())).cloned());
        }
        seen.iter().filter_map(|id| self.nodes.get(id)).collect()
    }
}

fn is_not_for_core(node: &Node) -> bool {
    NOT_IN_CORE.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => node.name.starts_with(start),
        None => node.name == *pattern,
    })
}

fn is_in(node: &Node, floor: &str) -> bool {
    node.folder.as_ref().is_some_and(|folder| folder.starts_with(floor))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::Graph;

    /// A graph from lines `folder or -: name > used, used; used by tests`.
    fn graph(text: &str) -> Graph {
        let mut members = Vec::new();
        let (mut packages, mut nodes) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let (folder, rest) = line.trim().split_once(": ").unwrap();
            let (name, rest) = rest.split_once(" >").unwrap();
            let (uses, tests) = rest.split_once(';').unwrap_or((rest, ""));
            let deps = |list: &str, kind: Option<&str>| {
                let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
                names.map(|name| json!({"pkg": name, "dep_kinds": [{"kind": kind}]})).collect::<Vec<_>>()
            };
            if folder != "-" {
                members.push(name);
            }
            packages.push(json!({"id": name, "name": name, "manifest_path": format!("/here/{folder}/Cargo.toml")}));
            let all = [deps(uses, None), deps(tests, Some("dev"))].concat();
            nodes.push(json!({"id": name, "deps": all}));
        }
        let metadata = json!({"workspace_root": "/here", "workspace_members": members, "packages": packages, "resolve": {"nodes": nodes}});
        Graph::parse(&metadata.to_string()).unwrap()
    }

    fn messages(text: &str) -> Vec<String> {
        graph(text).check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_core_does_not_read_write_or_wait() {
        let found = messages("core/bill: tenor-bill > jiff\n-: jiff > tokio-util\n-: tokio-util >");
        assert_eq!(found, ["core/bill/Cargo.toml: a core crate with `tokio-util` in its tree: the core decides, the shell does"]);
        assert_eq!(messages("core/bill: tenor-bill > jiff; arrow\n-: jiff >\n-: arrow >"), [""; 0]);
    }

    #[test]
    fn the_core_does_not_use_the_shell() {
        assert_eq!(messages("core/bill: tenor-bill >; tenor-lake\nshell/lake: tenor-lake >").len(), 1);
    }

    #[test]
    fn only_query_names_the_engine() {
        let found = messages(
            "shell/query: tenor-query > datafusion-sql\nshell/lake: tenor-lake >; datafusion\n-: datafusion-sql >\n-: datafusion >",
        );
        assert_eq!(found, ["shell/lake/Cargo.toml: depends on `datafusion`, which only tenor-query may"]);
        assert_eq!(messages("shell/cli: tenor > tenor-query\nshell/query: tenor-query > datafusion\n-: datafusion >"), [""; 0]);
    }

    #[test]
    fn rooms_are_kept_apart_on_any_path() {
        let found = messages("shell/sandbox: tenor-sandbox > middle\n-: middle > tenor-cover\ncore/cover: tenor-cover >");
        assert_eq!(found, ["shell/sandbox/Cargo.toml: depends on `tenor-cover`: the two are kept apart"]);
        assert_eq!(messages("shell/aws: tenor-aws >; tenor-lake\nshell/lake: tenor-lake >").len(), 1);
        assert_eq!(messages("shell/cli: tenor > tenor-lake, tenor-aws\nshell/aws: tenor-aws >\nshell/lake: tenor-lake >"), [""; 0]);
    }

    #[test]
    fn cargo_is_understood() {
        let graph = Graph::read().unwrap();
        let folders = graph.nodes.values().filter_map(|node| node.folder.as_deref()).collect::<BTreeSet<_>>();
        assert!(folders.contains("xtask") && folders.contains("core/money"), "{folders:?}");
        assert!(graph.nodes.values().any(|node| node.name == "xtask" && node.uses.iter().any(|id| id.contains("clap"))));
    }
}
