//! The proposals that a home keeps, as a backup takes them: what orders were made of, and what proposals are computed again from.

use anyhow::Context as _;
use std::fs;
use std::io;
use std::path::Path;

/// The folder in the home, and the two files of each proposal. The document is written last: where it is, its inputs are.
const FOLDER: &str = "proposals";
const DOCUMENT: &str = "proposal.json";
const INPUTS: &str = "inputs.json.gz";

/// The files of all that are whole, by their names below the home, in order.
///
/// # Errors
/// When the folder cannot be listed: that is not the same as none.
pub(super) fn files(home: &Path) -> anyhow::Result<Vec<String>> {
    let folder = home.join(FOLDER);
    let cannot = || format!("cannot list `{}`", folder.display());
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(cannot)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.with_context(cannot)?;
        // Whatever has another name is nothing of ours.
        let Ok(id) = entry.file_name().into_string() else { continue };
        if entry.path().join(DOCUMENT).is_file() {
            let both = [DOCUMENT, INPUTS].into_iter().filter(|name| entry.path().join(name).is_file());
            files.extend(both.map(|name| format!("{FOLDER}/{id}/{name}")));
        }
    }
    files.sort();
    Ok(files)
}

/// How many proposals that are.
pub(super) fn count(files: &[String]) -> usize {
    files.iter().filter(|name| name.ends_with(DOCUMENT)).count()
}

#[cfg(test)]
mod tests {
    use super::{count, files};
    use std::fs;

    #[test]
    fn a_proposal_that_is_still_being_kept_is_none() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(files(home.path()).unwrap(), [""; 0]);
        let folder = |id: &str| home.path().join("proposals").join(id);
        for (id, names) in
            [("b", &["inputs.json.gz", "proposal.json"][..]), ("half", &["inputs.json.gz"]), ("a", &["proposal.json", "x.new"])]
        {
            fs::create_dir_all(folder(id)).unwrap();
            names.iter().for_each(|name| fs::write(folder(id).join(name), "").unwrap());
        }
        let found = files(home.path()).unwrap();
        assert_eq!(found, ["proposals/a/proposal.json", "proposals/b/inputs.json.gz", "proposals/b/proposal.json"]);
        assert_eq!(count(&found), 2);
    }
}
