//! The members of an entry's event as they stand, whatever its kind: for who shows it.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;

/// The members of an object in the order in which they stand; none of what is no object.
#[must_use]
pub fn members(json: &str) -> Option<Vec<(String, Value)>> {
    serde_json::from_str::<Members>(json).ok().map(|Members(members)| members)
}

struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn members_keep_their_order() {
        let told = members(r#"{"kind":"stop","b":1,"a":null}"#).unwrap();
        assert_eq!(told.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["kind", "b", "a"]);
        assert_eq!((members("[]"), members("{")), (None, None));
    }
}
