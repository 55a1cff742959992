//! `cargo xtask sbom`: what the program is built from, as a bill of materials in CycloneDX 1.6.
//!
//! The parts are what the program needs to be built, as `cargo metadata` has it, with the checksums of `Cargo.lock`; what tests and tasks need is none of
//! them. Nothing in it differs from machine to machine
//! or from day to day: the same lock file gives the same bytes. It attests no build.

use crate::command;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// The package that the rest is for.
const PROGRAM: &str = "tenor";

/// What the task takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write, JSON.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A package as the lock file has it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Locked {
    name: String,
    version: String,
    /// SHA-256 of what was downloaded; none of the workspace's own.
    checksum: Option<String>,
    /// By name, and by version where the name is not enough.
    needs: Vec<String>,
}

/// Writes it.
///
/// # Errors
/// When the lock file is not up to date, a package that was downloaded names no licence, or the file cannot be written.
pub(crate) fn run(args: &Args) -> Result<()> {
    let lock = fs::read_to_string(command::workspace().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let metadata = command::read(command::cargo().args(["metadata", "--locked", "--all-features", "--format-version", "1"]))?;
    let metadata = serde_json::from_str(&metadata).context("cargo metadata wrote no JSON")?;
    let locked = shipped(locked(&lock), &metadata)?;
    let licences = licences(&metadata);
    if let Some(without) = locked.iter().find(|one| !licences.contains_key(&(one.name.clone(), one.version.clone()))) {
        bail!("{} {} is in Cargo.lock, and cargo metadata knows no licence of it", without.name, without.version);
    }
    let text = format!("{:#}\n", bill(&locked, &licences)?);
    fs::write(&args.out, text).with_context(|| format!("cannot write `{}`", args.out.display()))?;
    eprintln!("{} parts in `{}`", locked.len(), args.out.display());
    Ok(())
}

/// Licences by name and version.
type Licences = BTreeMap<(String, String), Value>;

/// The packages of a lock file, as cargo writes it: a line for each key.
fn locked(lock: &str) -> Vec<Locked> {
    let package = |part: &str| {
        let value =
            |key: &str| part.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"').map(str::to_owned));
        let needs = part.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\",").map(str::to_owned));
        Locked {
            name: value("name").unwrap_or_default(),
            version: value("version").unwrap_or_default(),
            checksum: value("checksum"),
            needs: needs.collect(),
        }
    };
    lock.split("[[package]]\n").skip(1).map(package).collect()
}

/// The packages that the program is built from, on any system, each with what it needs for that.
///
/// # Errors
/// When what cargo says has no program, or names a package that it does not know.
fn shipped(locked: Vec<Locked>, metadata: &Value) -> Result<Vec<Locked>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let named: BTreeMap<String, String> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(package, "id"), format!("{} {}", text(package, "name"), text(package, "version"))))
        .collect();
    // Without a kind it is an ordinary one; the others are `build` and `dev`.
    let is_built = |need: &Value| list(&need["dep_kinds"]).iter().any(|kind| kind["kind"].as_str() != Some("dev"));
    let needs_of =
        |node: &Value| list(&node["deps"]).iter().filter(|need| is_built(need)).map(|need| text(need, "pkg")).collect::<Vec<_>>();
    let nodes: BTreeMap<String, Vec<String>> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(node, "id"), needs_of(node))).collect();
    let is_program = |name: &str| name.split(' ').next() == Some(PROGRAM);
    let program = named.iter().find(|(_, name)| is_program(name)).with_context(|| format!("cargo metadata knows no `{PROGRAM}`"))?;
    let (mut found, mut open) = (BTreeMap::new(), vec![program.0.clone()]);
    while let Some(id) = open.pop() {
        let name = |id: &String| named.get(id).cloned().with_context(|| format!("cargo metadata does not name `{id}`"));
        let needs = nodes.get(&id).cloned().unwrap_or_default();
        if found.insert(name(&id)?, needs.iter().map(name).collect::<Result<Vec<_>>>()?).is_none() {
            open.extend(needs);
        }
    }
    let built = |one: Locked| found.remove(&format!("{} {}", one.name, one.version)).map(|needs| Locked { needs, ..one });
    Ok(locked.into_iter().filter_map(built).collect())
}

/// What the manifests say, as CycloneDX has it: an expression, or the name of a file where there is none.
fn licences(metadata: &Value) -> Licences {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let one = |package: &Value| {
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        let licence = match (text("license"), text("license_file")) {
            // Older manifests put a slash for it.
            (Some(expression), _) => json!({ "expression": expression.replace(" / ", " OR ").replace('/', " OR ") }),
            (None, Some(file)) => json!({ "license": { "name": format!("see its file {file}") } }),
            (None, None) => return None,
        };
        Some(((text("name")?, text("version")?), licence))
    };
    packages.filter_map(one).collect()
}

/// The whole, the program apart from its parts.
///
/// # Errors
/// When the program is not in the lock file, or a package needs one that is not there.
fn bill(locked: &[Locked], licences: &Licences) -> Result<Value> {
    let component = |one: &Locked| component(one, licences.get(&(one.name.clone(), one.version.clone())));
    let program = locked.iter().find(|one| one.name == PROGRAM).with_context(|| format!("`{PROGRAM}` is not in Cargo.lock"))?;
    let parts = locked.iter().filter(|one| one.name != PROGRAM).map(component).collect::<Vec<_>>();
    let edges = locked.iter().map(|one| edges(one, locked)).collect::<Result<Vec<_>>>()?;
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(program) },
        "components": parts,
        "dependencies": edges,
    }))
}

fn component(one: &Locked, licence: Option<&Value>) -> Value {
    let mut made = json!({
        "type": if one.name == PROGRAM { "application" } else { "library" },
        "bom-ref": purl(one),
        "name": one.name,
        "version": one.version,
        "purl": purl(one),
    });
    if let Some(licence) = licence {
        made["licenses"] = json!([licence]);
    }
    if let Some(checksum) = &one.checksum {
        made["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    made
}

/// What a package needs.
fn edges(one: &Locked, locked: &[Locked]) -> Result<Value> {
    let needed = |text: &String| {
        let mut words = text.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let found = locked.iter().find(|other| other.name == name && version.is_none_or(|version| other.version == version));
        found.map(purl).with_context(|| format!("{} needs `{text}`, which is not in Cargo.lock", one.name))
    };
    let needs = one.needs.iter().map(needed).collect::<Result<Vec<_>>>()?;
    Ok(json!({ "ref": purl(one), "dependsOn": needs }))
}

/// Its name for programs: <https://github.com/package-url/purl-spec>.
fn purl(one: &Locked) -> String {
    format!("pkg:cargo/{}@{}", one.name, one.version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::{Locked, bill, licences, locked, shipped};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    const LOCK: &str = include_str!("../../Cargo.lock");

    #[test]
    fn the_parts_are_those_of_the_lock_file() {
        let made = bill(&locked(LOCK), &licences(&json!({}))).unwrap();
        let parts = made["components"].as_array().unwrap();
        let all = parts.iter().chain([&made["metadata"]["component"]]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told: BTreeSet<_> =
            all.map(|one| [text(&one["name"]), text(&one["version"]), text(&one["hashes"][0]["content"])].join(" ")).collect();
        // Read another way: the lines of the file that begin so, in their order.
        let lines = |key: &str| LOCK.lines().filter(|line| line.starts_with(key)).count();
        assert_eq!((parts.len() + 1, told.len()), (lines("[[package]]"), lines("[[package]]")));
        assert_eq!(told.iter().filter(|one| one.len() > 64).count(), lines("checksum = "));
        let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
        for [name, version] in LOCK.lines().collect::<Vec<_>>().windows(2).filter_map(|pair| <[&str; 2]>::try_from(pair).ok()) {
            if name.starts_with("name = ") {
                let begin = format!("{} {} ", quoted(name), quoted(version));
                assert!(told.iter().any(|one| one.starts_with(&begin)), "{begin}");
            }
        }
    }

    #[test]
    fn a_part_has_its_licence_its_hash_and_what_it_needs() {
        let lock = "version = 4\n\n[[package]]\nname = \"tenor\"\nversion = \"0.1.0\"\ndependencies = [\n \"zstd 2.0.1+zstd.1.5.7\",\n \"old\",\n]\n\n\
                    [[package]]\nname = \"zstd\"\nversion = \"1.0.0\"\nsource = \"registry\"\nchecksum = \"11\"\n\n\
                    [[package]]\nname = \"zstd\"\nversion = \"2.0.1+zstd.1.5.7\"\nsource = \"registry\"\nchecksum = \"22\"\n\n\
                    [[package]]\nname = \"old\"\nversion = \"0.3.0\"\nsource = \"registry\"\nchecksum = \"33\"\n";
        let metadata = json!({ "packages": [
            { "name": "tenor", "version": "0.1.0", "license": "Apache-2.0" },
            { "name": "zstd", "version": "2.0.1+zstd.1.5.7", "license": "MIT/Apache-2.0" },
            { "name": "old", "version": "0.3.0", "license": null, "license_file": "LICENSE" },
        ] });
        let made = bill(&locked(lock), &licences(&metadata)).unwrap();
        let part = |number: usize| made["components"][number].to_string();
        assert_eq!(made["metadata"]["component"]["licenses"][0]["expression"], "Apache-2.0");
        assert!(part(0).contains("\"11\"") && !part(0).contains("licenses"), "{}", part(0));
        assert!(part(1).contains("pkg:cargo/zstd@2.0.1%2Bzstd.1.5.7") && part(1).contains("MIT OR Apache-2.0"), "{}", part(1));
        assert!(part(2).contains("see its file LICENSE"), "{}", part(2));
        let needs = &made["dependencies"][0];
        assert_eq!(needs["dependsOn"], json!(["pkg:cargo/zstd@2.0.1%2Bzstd.1.5.7", "pkg:cargo/old@0.3.0"]), "{needs}");
    }

    #[test]
    fn what_tests_and_tasks_need_is_no_part() {
        let package = |name: &str| json!({ "id": format!("path+{name}"), "name": name, "version": "1.0.0" });
        let need = |name: &str, kind: Value| json!({ "pkg": format!("path+{name}"), "dep_kinds": [{ "kind": kind, "target": null }] });
        let node = |name: &str, deps: &[Value]| json!({ "id": format!("path+{name}"), "deps": deps });
        let names = ["tenor", "zstd", "cc", "testkit", "xtask"];
        let metadata = json!({
            "packages": names.map(package),
            "resolve": { "nodes": [
                node("tenor", &[need("zstd", Value::Null), need("testkit", json!("dev"))]),
                node("zstd", &[need("cc", json!("build"))]),
                node("cc", &[]),
                node("testkit", &[need("zstd", Value::Null)]),
                node("xtask", &[need("tenor", Value::Null)]),
            ] },
        });
        let all = names.map(|name| Locked { name: name.to_owned(), version: "1.0.0".to_owned(), ..Locked::default() });
        let made = shipped(all.into(), &metadata).unwrap();
        let told: Vec<_> = made.iter().map(|one| format!("{}: {}", one.name, one.needs.join(", "))).collect();
        assert_eq!(told, ["tenor: zstd 1.0.0", "zstd: cc 1.0.0", "cc: "]);
    }

    #[test]
    fn what_is_needed_and_is_not_there_is_told() {
        let lock = "[[package]]\nname = \"tenor\"\nversion = \"0.1.0\"\ndependencies = [\n \"gone\",\n]\n";
        let error = bill(&locked(lock), &licences(&json!({}))).unwrap_err().to_string();
        assert_eq!(error, "tenor needs `gone`, which is not in Cargo.lock");
    }
}
