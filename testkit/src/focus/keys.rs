//! Key-value text: a JSON object of scalars, and the keys FOCUS defines for the details of a price.

use serde_json::Value;
use serde_json::map::Map;

/// A key of `SkuPriceDetails` that FOCUS defines.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    numeric: bool,
}

impl Known {
    /// Whether `value` has the type FOCUS gives the key.
    pub(crate) fn admits(&self, value: &Value) -> bool {
        if self.numeric { value.is_number() } else { value.is_string() }
    }
}

const KNOWN: [Known; 13] = [
    Known { name: "CoreCount", numeric: true },
    Known { name: "DiskMaxIops", numeric: true },
    Known { name: "DiskSpace", numeric: true },
    Known { name: "DiskType", numeric: false },
    Known { name: "GpuCount", numeric: true },
    Known { name: "InstanceType", numeric: false },
    Known { name: "InstanceSeries", numeric: false },
    Known { name: "MemorySize", numeric: true },
    Known { name: "NetworkMaxIops", numeric: true },
    Known { name: "NetworkMaxThroughput", numeric: true },
    Known { name: "OperatingSystem", numeric: false },
    Known { name: "Redundancy", numeric: false },
    Known { name: "StorageClass", numeric: false },
];

/// The key FOCUS defines that `key` is, or is a misspelling of in case only.
pub(crate) fn known_ignoring_case(key: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(key))
}

/// Whether `holds` is true of every pair; text that is not an object is another rule's failure, and passes.
pub(crate) fn all(text: &str, holds: impl Fn(&str, &Value) -> bool) -> bool {
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(object) => object.iter().all(|(key, value)| holds(key, value)),
        Err(_) => true,
    }
}

/// Whether `text` is one JSON object, its keys unique, its values neither objects nor arrays.
pub(crate) fn is_key_value(text: &str) -> bool {
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) else { return false };
    let flat = object.values().all(|value| !value.is_object() && !value.is_array());
    // The parser keeps the last of equal keys, so fewer keys are left than are written when one is there twice.
    flat && object.len() == count_keys(text)
}

/// The number of keys written in `text`, which is known to be a JSON object of scalars.
fn count_keys(text: &str) -> usize {
    let mut keys = 0;
    let (mut inside, mut escaped) = (false, false);
    for byte in text.bytes() {
        match (inside, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => inside = !inside,
            (false, b':') => keys += 1,
            _ => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_value_text_is_a_flat_object_with_unique_keys() {
        for good in ["{}", r#"{"a":"b"}"#, r#"{"a:\"":1,"b":true,"c":null}"#, r#" {"Team" : "x:y"} "#] {
            assert!(is_key_value(good), "{good}");
        }
        for bad in ["", "[]", "a=b", r#"{"a":{}}"#, r#"{"a":[1]}"#, r#"{"a":1,"a":2}"#, r#"{"a":1} x"#, "null"] {
            assert!(!is_key_value(bad), "{bad}");
        }
    }
}
