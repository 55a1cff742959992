//! The policy file, and where in it stands what makes no sense.

use crate::report::Refused;
use anyhow::Context as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tenor_propose::proposal::Policy;
use toml::Spanned;

const HINT: &str = "docs/spec/policy.md shows every key and its default";

/// A policy with the file it was read from, if any.
pub(super) struct Read {
    pub(super) policy: Policy,
    file: String,
    /// What the file says; empty without one.
    pub(super) text: String,
}

/// Values by key, of which only the places count.
type Places = BTreeMap<String, Spanned<toml::Value>>;

/// The tables that a refusal names a key of.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Tables {
    purchase: Places,
    risk: Places,
}

/// The policy file; without one, the defaults.
///
/// # Errors
/// When it cannot be read, is no policy, or contradicts itself.
pub(super) fn read(path: Option<&Path>) -> anyhow::Result<Read> {
    let Some(path) = path else { return Ok(Read { policy: Policy::default(), file: String::new(), text: String::new() }) };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let file = path.display().to_string();
    let read: Policy = toml::from_str(&text)
        .map_err(|error| Refused::new(error.to_string().trim_end()).hint(HINT))
        .with_context(|| format!("`{file}` is not a policy"))?;
    let read = Read { policy: read, file, text };
    match read.policy.check() {
        Ok(()) => Ok(read),
        Err(error) => Err(read.wrong(error.what, error.why)),
    }
}

impl Read {
    /// A refusal of a key's value, with its place.
    pub(super) fn wrong(&self, key: &str, why: &str) -> anyhow::Error {
        let refused = Refused::new(format!("{}{key}: {why}", self.place(key).unwrap_or_default())).hint(HINT);
        anyhow::Error::new(refused).context(format!("`{}` is not a policy", self.file))
    }

    /// Where a key's value stands, as editors count; none where it is not there.
    fn place(&self, key: &str) -> Option<String> {
        let (places, key): (Places, &str) = match key.split_once('.') {
            None => (toml::from_str(&self.text).ok()?, key),
            Some((table, key)) => {
                let tables: Tables = toml::from_str(&self.text).ok()?;
                (if table == "risk" { tables.risk } else { tables.purchase }, key)
            }
        };
        let span = places.get(key)?.span();
        let before = self.text.get(..span.start)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some(format!("line {}, column {}: ", before.matches('\n').count() + 1, line.chars().count() + 1))
    }
}
