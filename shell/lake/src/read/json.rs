//! Tags, cost categories and product attributes: maps of a row, as JSON text with sorted keys.

use serde_json::{Map, Value};

/// What one column of maps says, cached by its raw text: neighbouring rows mostly share it.
#[derive(Debug)]
pub(crate) struct MapCache<T> {
    known: hashbrown::HashMap<Box<[u8]>, T>,
    /// Bytes of the raw texts known. What they mean is about as long.
    bytes: usize,
}

/// Distinct raw texts kept; beyond, the cache starts over.
const CACHE_MAX: usize = 1 << 16;
/// Their bytes; beyond, likewise.
const CACHE_BYTES_MAX: usize = 8 << 20;

impl<T> Default for MapCache<T> {
    fn default() -> Self {
        Self { known: hashbrown::HashMap::new(), bytes: 0 }
    }
}

impl<T> MapCache<T> {
    /// What `raw` means, worked out by `read` when it is new. `None` when `read` cannot make sense of it.
    pub(crate) fn get(&mut self, raw: &[u8], read: impl FnOnce(&[u8]) -> Option<T>) -> Option<&T> {
        if !self.known.contains_key(raw) {
            if self.known.len() >= CACHE_MAX || self.bytes + raw.len() > CACHE_BYTES_MAX {
                self.known.clear();
                self.bytes = 0;
            }
            self.bytes += raw.len();
            self.known.insert(raw.into(), read(raw)?);
        }
        self.known.get(raw)
    }
}

/// A JSON object, or `None`.
pub(crate) fn object(raw: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(raw).ok()
}

/// The JSON text of an object, keys sorted, values that are null or empty left out. Empty text for an object without entries.
pub(crate) fn canonical_text(entries: impl IntoIterator<Item = (String, Value)>) -> String {
    // serde_json's map is a BTreeMap, so its keys come out sorted.
    let kept = |(_, value): &(String, Value)| !value.is_null() && value.as_str() != Some("");
    let mut map = Map::new();
    for (key, value) in entries.into_iter().filter(kept) {
        // Of keys that collide the first stays, as at AWS.
        map.entry(key).or_insert(value);
    }
    if map.is_empty() { String::new() } else { Value::Object(map).to_string() }
}

#[cfg(test)]
mod tests {
    use super::{CACHE_BYTES_MAX, MapCache, canonical_text, object};

    #[test]
    fn objects_come_out_sorted_and_without_empty_entries() {
        let text = r#"{"Team":"b","Env":"","App":"a","Z":null}"#;
        assert_eq!(canonical_text(object(text.as_bytes()).unwrap()), r#"{"App":"a","Team":"b"}"#);
        assert_eq!(canonical_text(object(b"{}").unwrap()), "");
        assert!(object(b"[1]").is_none());
    }

    #[test]
    fn a_cached_text_is_read_once() {
        let mut cache = MapCache::default();
        assert_eq!(cache.get(b"x", |_| Some(1)), Some(&1));
        assert_eq!(cache.get(b"x", |_| unreachable!("it is known")), Some(&1));
        assert_eq!(cache.get(b"y", |_| None::<i32>), None);
    }

    #[test]
    fn long_texts_are_forgotten_before_they_fill_the_memory() {
        let mut cache = MapCache::default();
        for text in 0..40_u8 {
            assert_eq!(cache.get(&vec![text; 1 << 20], |_| Some(text)), Some(&text));
            assert!(cache.known.keys().map(|raw| raw.len()).sum::<usize>() <= CACHE_BYTES_MAX);
        }
    }
}
