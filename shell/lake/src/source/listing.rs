//! Every file of a source, named the same whether it is a folder or a prefix in a store.

use super::bytes::PartBytes;
use super::{Location, SourceError, local, stored};
use std::sync::Arc;

/// More files than any bill has: whoever points at more has pointed at the wrong place.
pub(super) const ENTRIES_MAX: usize = 1_000_000;
/// Deeper than any report lies.
pub(super) const DEPTH_MAX: usize = 32;

/// One file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its path below the source, with `/` between folders.
    pub(super) name: String,
    /// Its length in bytes.
    pub(super) size: u64,
    /// Changes when its content does: an entity tag, or the moment it was last written.
    pub(super) tag: String,
    /// How to get at its content.
    pub(super) bytes: Arc<dyn PartBytes>,
}

/// All files of a source, in name order.
#[derive(Debug)]
pub(super) struct Listing {
    /// How people call the source.
    pub(super) source: String,
    /// Sorted by name; hidden files are left out.
    entries: Vec<Entry>,
}

impl Listing {
    /// Looks at a location.
    pub(super) fn of(location: &Location) -> Result<Self, SourceError> {
        let source = location.to_string();
        let found = match location {
            Location::Local(path) => local::list(path),
            Location::Below { path, root } => local::list_below(path, root),
            Location::Store { store, prefix, runtime, .. } => stored::list(store, prefix, runtime),
        };
        let mut entries = found.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => SourceError::Nothing { location: source.clone() },
            _ => SourceError::List { location: source.clone(), source: error },
        })?;
        if entries.len() > 1 {
            entries.retain(|entry| !is_hidden(&entry.name));
        }
        if entries.is_empty() {
            return Err(SourceError::Nothing { location: source });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { source, entries })
    }

    /// Every file, in name order.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        let index = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()?;
        Some(&self.entries[index])
    }
}

/// The folder of a name: empty at the top.
pub(super) fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A name without its folders.
pub(super) fn base(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, base)| base)
}

/// A path below a folder, which may be the top.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What other tools leave beside the data: `.DS_Store`, `_SUCCESS`, `_temporary/…`.
pub(super) fn is_hidden(name: &str) -> bool {
    name.split('/').any(|segment| segment.starts_with(['.', '_']))
}
