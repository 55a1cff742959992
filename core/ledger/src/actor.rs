//! Who did what an entry tells.

use crate::bytes::PublicKey;
use crate::text::Text;
use serde::{Deserialize, Serialize};

/// Who did it. A kind that was released never changes its members; another shape is another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Actor {
    /// A person who signed with their own key.
    Person {
        /// Their key.
        key: PublicKey,
    },
    /// A person who was logged in to the web server, which signed for them.
    LoggedIn {
        /// The server's key.
        key: PublicKey,
        /// Whom it let in.
        user: Text,
    },
    /// Whoever ran a command; nothing proves who.
    Operator {
        /// The system's word for them: `user@host`.
        name: Text,
    },
    /// What was to be done at a time.
    Schedule {
        /// Its name.
        name: Text,
    },
    /// Tenor itself, as it must: resuming, resolving, expiring.
    System,
}
