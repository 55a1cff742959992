//! Tags of Reserved Instances, which get them after they were bought.

use super::wrong_value;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use std::collections::BTreeMap;
use tenor_wire::Value;

/// AWS lets a resource have so many.
const TAGS_MAX: usize = 50;

/// `CreateTags`: those of a key that was there get the new value. The sandbox tags nothing but Reserved Instances.
pub(super) fn create(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let given = ask.input.list("Tags").unwrap_or_default();
    let pair = |tag: &Value| (tag.text("Key").unwrap_or_default().to_owned(), tag.text("Value").unwrap_or_default().to_owned());
    let tags: BTreeMap<String, String> = given.iter().map(pair).collect();
    if let Some(key) = tags.keys().find(|key| key.is_empty() || key.to_lowercase().starts_with("aws:")) {
        return Err(wrong_value(format!("Tag keys must not be empty or begin with aws:, as `{key}`")));
    }
    let ids = ask.texts("Resources");
    for id in &ids {
        let mut all = cloud.own_reserved(ask, id)?.tags.clone();
        all.extend(tags.clone());
        if all.len() > TAGS_MAX {
            return Err(Refusal::new("TagLimitExceeded", format!("{id} may have {TAGS_MAX} tags, not {}", all.len())));
        }
    }
    // Nothing below may refuse.
    for id in ids {
        cloud.set_reserved(id, |held| held.tags.extend(tags.clone()));
    }
    Ok(Value::Map(BTreeMap::new()))
}
