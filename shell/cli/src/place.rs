//! Where in a file of the owner's something makes no sense: line and column, as editors count.

use crate::report::Refused;
use anyhow::Context as _;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

/// A file that a person wrote, as it was read.
#[derive(Debug)]
pub(crate) struct Written {
    file: String,
    pub(crate) text: String,
    /// What it should say: `no schedule`.
    says_no: &'static str,
    hint: &'static str,
}

impl Written {
    /// Reads it; nothing where it is not there.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(crate) fn read(path: &Path, says_no: &'static str, hint: &'static str) -> anyhow::Result<Option<Self>> {
        let file = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self { file, text, says_no, hint })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read `{file}`")),
        }
    }

    /// As TOML of this shape.
    ///
    /// # Errors
    /// With line and column of what is not. The line itself is not shown: an address in it may let in whoever knows it.
    pub(crate) fn parse<T: serde::de::DeserializeOwned>(&self) -> anyhow::Result<T> {
        toml::from_str(&self.text).map_err(|error: toml::de::Error| {
            let why = error.message().trim_end().replace('\n', ": ");
            error.span().map_or_else(|| self.refuse(&why), |span| self.wrong(&span, &why))
        })
    }

    /// A refusal of what stands there.
    pub(crate) fn wrong(&self, span: &Range<usize>, why: impl std::fmt::Display) -> anyhow::Error {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        self.refuse(&format!("line {}, column {}: {why}", before.matches('\n').count() + 1, line.chars().count() + 1))
    }

    /// A refusal of all of it.
    pub(crate) fn refuse(&self, why: &str) -> anyhow::Error {
        anyhow::Error::new(Refused::new(why).hint(self.hint)).context(format!("`{}` says {}", self.file, self.says_no))
    }
}
