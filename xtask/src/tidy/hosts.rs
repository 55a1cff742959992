//! No host of a package registry: packages come from wherever a machine's own clients are set to fetch them.

use super::Finding;
use super::files::File;

/// Check every line but those of the lock file, which cargo writes.
pub(crate) fn check(file: &File) -> Vec<Finding> {
    if file.path.ends_with(".lock") {
        return Vec::new();
    }
    // Put together here, so that this file does not find itself.
    let hosts = [("crates", "io"), ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("deb.debian", "org")];
    let hosts = hosts.map(|(name, end)| format!("{name}.{end}"));
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        for host in hosts.iter().filter(|host| line.contains(host.as_str())) {
            findings.push(Finding::new(&file.path, number, format!("names `{host}`, a package registry's host")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{File, check};

    #[test]
    fn a_registry_is_found_but_in_the_lock_file() {
        let text = ["source = \"https://static.crates", ".io/x\"\n"].concat();
        assert_eq!(check(&File::new("deny.toml", &text)).len(), 1);
        assert_eq!(check(&File::new("Cargo.lock", &text)).len(), 0);
        assert_eq!(check(&File::new("README.md", "crates, PyPI and Debian packages\n")).len(), 0);
    }
}
