//! A folder of files that appears whole or not at all.

use crate::report::Refused;
use anyhow::Context as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tenor_state::{Randomness as _, SystemRandomness};

/// A folder that is being filled beside its place, under a name of its own, until [`NewFolder::finish`] puts it there.
///
/// What is not finished is removed.
#[derive(Debug)]
pub(crate) struct NewFolder {
    place: PathBuf,
    filling: Option<PathBuf>,
}

impl NewFolder {
    /// Begins a folder whose place is empty or missing.
    ///
    /// # Errors
    /// When there is something in its place, or nothing can be written beside it.
    pub(crate) fn begin(place: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write into `{}`", place.display());
        if place.exists() && fs::read_dir(place).with_context(cannot)?.next().is_some() {
            return Err(Refused::new(format!("`{}` is not empty", place.display())).hint("name a folder that is empty or missing").into());
        }
        let whole = std::path::absolute(place).with_context(cannot)?;
        let (Some(parent), Some(name)) = (whole.parent(), whole.file_name()) else {
            return Err(Refused::new(format!("`{}` is no folder to make", place.display())).hint("name a folder that is missing").into());
        };
        fs::create_dir_all(parent).with_context(cannot)?;
        let mut bytes = [0; 8];
        SystemRandomness::new().fill(&mut bytes)?;
        let own: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let filling = parent.join(format!(".{}.{own}", name.to_string_lossy()));
        fs::create_dir(&filling).with_context(cannot)?;
        Ok(Self { place: whole, filling: Some(filling) })
    }

    /// Writes a file that its owner alone may read: some have an External ID.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let cannot = || format!("cannot write into `{}`", self.place.display());
        let filling = self.filling.as_ref().expect("it is finished only by value");
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(filling.join(name)).with_context(cannot)?;
        file.write_all(text.as_bytes()).with_context(cannot)?;
        file.sync_all().with_context(cannot)
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When something has come there meanwhile.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        let filling = self.filling.as_ref().expect("it is finished only by value");
        // It takes the place of nothing or of an empty folder, and of nothing else.
        fs::rename(filling, &self.place).with_context(|| format!("cannot make `{}`", self.place.display()))?;
        self.filling = None;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if let Some(filling) = &self.filling {
            // What cannot be removed is told by its name.
            let _ = fs::remove_dir_all(filling);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NewFolder;
    use std::fs;

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("deep/place");
        let names = || fs::read_dir(folder.path().join("deep")).unwrap().count();
        let half = NewFolder::begin(&place).unwrap();
        half.write("one", "1").unwrap();
        assert!(half.write("one", "1").is_err() && !place.exists());
        drop(half);
        assert_eq!(names(), 0);
        fs::create_dir(&place).unwrap();
        let whole = NewFolder::begin(&place).unwrap();
        whole.write("one", "1").unwrap();
        whole.finish().unwrap();
        assert_eq!((names(), fs::read_to_string(place.join("one")).unwrap()), (1, "1".to_owned()));
        assert_eq!(NewFolder::begin(&place).unwrap_err().to_string(), format!("`{}` is not empty", place.display()));
    }

    #[test]
    fn what_came_there_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("place");
        let made = NewFolder::begin(&place).unwrap();
        fs::create_dir(&place).unwrap();
        fs::write(place.join("theirs"), "").unwrap();
        assert!(made.finish().is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(place.join("theirs").exists());
    }
}
