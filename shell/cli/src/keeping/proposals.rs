//! The proposals that a home keeps, as a backup takes them: what orders were made of, and what proposals are computed again from.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use tenor_state::StateError;

/// The folder in the home, and the two files of each proposal. The document is written last: where it is, its inputs are.
const FOLDER: &str = "proposals";
const DOCUMENT: &str = "proposal.json";
const INPUTS: &str = "inputs.json.gz";

/// The files of all that are whole, by their names below the home, in order.
///
/// # Errors
/// When the folder cannot be listed, or a file not be looked at: that is not the same as none.
pub(super) fn files(home: &Path) -> Result<Vec<String>, StateError> {
    let folder = home.join(FOLDER);
    let cannot = |source| StateError::Io { doing: "list", path: folder.clone(), source };
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        // Whatever has another name is nothing of ours.
        let Ok(id) = entry.file_name().into_string() else { continue };
        if !is_file(&entry.path().join(DOCUMENT))? {
            continue;
        }
        files.push(format!("{FOLDER}/{id}/{DOCUMENT}"));
        if is_file(&entry.path().join(INPUTS))? {
            files.push(format!("{FOLDER}/{id}/{INPUTS}"));
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file is there. One that cannot be looked at is not one that is not.
fn is_file(path: &Path) -> Result<bool, StateError> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.is_file()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(source) => Err(StateError::Io { doing: "look at", path: path.to_owned(), source }),
    }
}

/// The proposals among these files of which there is nothing that they can be computed again from, by their ids.
pub(super) fn without_inputs(files: &[String]) -> BTreeSet<&str> {
    let of = |name: &'static str| files.iter().filter_map(move |file| id(file, name)).collect::<BTreeSet<&str>>();
    &of(DOCUMENT) - &of(INPUTS)
}

/// The proposal that a file is of, if it has that name.
fn id<'a>(file: &'a str, name: &str) -> Option<&'a str> {
    file.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(name)?.strip_suffix('/')
}

/// How many proposals that are.
pub(super) fn count(files: &[String]) -> usize {
    files.iter().filter(|name| name.ends_with(DOCUMENT)).count()
}

#[cfg(test)]
mod tests {
    use super::{count, files, without_inputs};
    use std::fs;
    use std::os::unix::fs::symlink;

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
        assert_eq!(without_inputs(&found), ["a"].into());
        // A file beside the proposals is none, and a link to nothing neither.
        fs::write(home.path().join("proposals/notes"), "").unwrap();
        fs::create_dir(folder("gone")).unwrap();
        symlink("nowhere", folder("gone").join("proposal.json")).unwrap();
        assert_eq!(files(home.path()).unwrap(), found);
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_taken_for_none() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("proposals/p1");
        fs::create_dir_all(&folder).unwrap();
        // Of a link to itself the system says neither that it is there nor that it is not.
        symlink("proposal.json", folder.join("proposal.json")).unwrap();
        let error = files(home.path()).unwrap_err().to_string();
        assert_eq!(error, format!("cannot look at `{}`", folder.join("proposal.json").display()));
    }
}
