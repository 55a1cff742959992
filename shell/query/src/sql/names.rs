//! Which column an unquoted name means, in whatever letter case it is written.
//!
//! Files keep FOCUS's PascalCase names, and SQL ignores the case of what is not quoted. So every unquoted word of a statement that is a
//! known column but for its case becomes that column's exact name, and every other is lowered, as usual. It is done to the parser's
//! tokens and not to its tree: each identifier of the tree comes from a token, so tables, aliases, CTEs, `USING`, windows and whatever
//! the grammar learns next agree by construction, while text, comments and quoted names stay as they are. Keywords keep their meaning,
//! since the tokenizer has marked them before.

use std::collections::BTreeMap;

/// The known columns.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// Exact name by lower-case name; only those that differ.
    exact: BTreeMap<String, String>,
}

impl Names {
    /// Of these columns.
    pub(crate) fn new(columns: impl IntoIterator<Item = String>) -> Self {
        let pairs = columns.into_iter().map(|name| (name.to_lowercase(), name));
        Self { exact: pairs.filter(|(lower, name)| lower != name).collect() }
    }

    /// The exact name that an unquoted word means.
    pub(super) fn resolve(&self, word: &str) -> String {
        let lower = word.to_lowercase();
        self.exact.get(&lower).cloned().unwrap_or(lower)
    }
}
