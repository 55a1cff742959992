//! `ListObjectsV2` ([S3:API_ListObjectsV2]): what is there by name, a page at a time. It reads no file.

use super::parameter;
use super::xml::{Error, document, element, encoded};
use crate::cloud::Moment;
use crate::server::buckets::{Object, Objects};
use std::collections::BTreeMap;
use tenor_wire::{Request, Response};

/// The most keys and common prefixes of a page.
pub(super) const KEYS_MAX: usize = 1000;

/// What a page says.
#[derive(Debug, PartialEq, Eq)]
struct Page<'a> {
    /// Keys with their objects, and common prefixes with none, in order.
    items: Vec<(&'a str, Option<&'a Object>)>,
    /// The last item, when there are more.
    last: Option<&'a str>,
}

pub(super) fn list(request: &Request, bucket: &str, objects: &Objects, keys_max: usize) -> Result<Response, Error> {
    let text = |name: &str| parameter(request, name).filter(|text| !text.is_empty());
    let invalid = |name: &'static str, value: &str, message: &str| {
        Error::new(400, "InvalidArgument", message).with("ArgumentName", name).with("ArgumentValue", value)
    };
    let most = match text("max-keys") {
        None => KEYS_MAX,
        Some(number) => {
            number.parse().map_err(|_| invalid("max-keys", number, "Provided max-keys not an integer or within integer range"))?
        }
    };
    let is_url = match text("encoding-type") {
        None => false,
        Some("url") => true,
        Some(other) => return Err(invalid("encoding-type", other, "Invalid Encoding Method specified in Request")),
    };
    let token = text("continuation-token");
    let after = match token {
        Some(token) => {
            Some(key_of(token).ok_or_else(|| invalid("continuation-token", token, "The continuation token provided is incorrect"))?)
        }
        None => text("start-after").map(str::to_owned),
    };
    let (prefix, delimiter) = (text("prefix").unwrap_or_default(), text("delimiter"));
    let page = page(objects, prefix, delimiter, after.as_deref(), most.min(keys_max));
    let spelt = |text: &str| if is_url { encoded(text) } else { text.to_owned() };
    let mut out = String::new();
    element(&mut out, "Name", bucket);
    element(&mut out, "Prefix", &spelt(prefix));
    element(&mut out, "MaxKeys", &most.min(KEYS_MAX).to_string());
    element(&mut out, "KeyCount", &page.items.len().to_string());
    element(&mut out, "IsTruncated", &page.last.is_some().to_string());
    let next = page.last.map(token_of);
    let start_after = text("start-after").map(spelt);
    let told = [
        ("Delimiter", delimiter.map(spelt)),
        ("EncodingType", is_url.then(|| "url".to_owned())),
        ("ContinuationToken", token.map(str::to_owned)),
        ("NextContinuationToken", next),
        ("StartAfter", start_after),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            element(&mut out, name, &value);
        }
    }
    for (key, object) in &page.items {
        push(&mut out, &spelt(key), *object);
    }
    Ok(document("ListBucketResult", &out))
}

fn push(out: &mut String, name: &str, object: Option<&Object>) {
    let Some(object) = object else {
        out.push_str("<CommonPrefixes>");
        element(out, "Prefix", name);
        out.push_str("</CommonPrefixes>");
        return;
    };
    out.push_str("<Contents>");
    element(out, "Key", name);
    element(out, "LastModified", &Moment(object.at).text());
    element(out, "ETag", &format!("\"{}\"", object.tag));
    element(out, "Size", &object.size.to_string());
    element(out, "StorageClass", "STANDARD");
    out.push_str("</Contents>");
}

/// The keys below a prefix, those with the delimiter behind it as one common prefix, from the first that comes after `after`.
fn page<'a>(objects: &'a Objects, prefix: &str, delimiter: Option<&str>, after: Option<&str>, most: usize) -> Page<'a> {
    let below = objects.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
    let mut items: BTreeMap<&str, Option<&Object>> = BTreeMap::new();
    for (key, object) in below {
        let common = delimiter.and_then(|delimiter| Some(&key[..prefix.len() + key[prefix.len()..].find(delimiter)? + delimiter.len()]));
        match common {
            Some(common) => items.insert(common, None),
            None => items.insert(key, Some(object)),
        };
    }
    let mut rest = items.into_iter().filter(|(key, _)| after.is_none_or(|after| *key > after));
    let items: Vec<_> = rest.by_ref().take(most).collect();
    let last = items.last().map(|(key, _)| *key).filter(|_| rest.next().is_some());
    Page { items, last }
}

/// A token that goes on after a key.
fn token_of(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn key_of(token: &str) -> Option<String> {
    let digits = |at: usize| u8::from_str_radix(token.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..token.len()).step_by(2).map(digits).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Objects, key_of, page, token_of};
    use crate::server::buckets::Object;
    use std::path::PathBuf;

    #[test]
    fn pages_have_keys_and_common_prefixes_in_order_and_none_twice() {
        let object = Object { size: 1, tag: String::new(), at: 0, file: PathBuf::new() };
        let keys = ["a", "b/c/1", "b/c/2", "b/d", "b/e/1", "c"];
        let objects: Objects = keys.map(|key| (key.to_owned(), object.clone())).into();
        let of = |prefix: &str, delimiter, after, most| {
            let page = page(&objects, prefix, delimiter, after, most);
            let items: Vec<&str> = page.items.iter().map(|(key, _)| *key).collect();
            format!("{} then {:?}", items.join(" "), page.last)
        };
        insta::assert_snapshot!([
            of("", None, None, 9),
            of("", Some("/"), None, 9),
            of("b/", Some("/"), None, 9),
            of("b/", Some("/"), None, 1),
            of("b/", Some("/"), Some("b/c/"), 1),
            of("b/", Some("/"), Some("b/d"), 1),
            of("b/c", Some("/"), None, 9),
            of("x", None, None, 9),
            of("", None, None, 0),
        ].join("\n"), @r#"
        a b/c/1 b/c/2 b/d b/e/1 c then None
        a b/ c then None
        b/c/ b/d b/e/ then None
        b/c/ then Some("b/c/")
        b/d then Some("b/d")
        b/e/ then None
        b/c/ then None
         then None
         then None
        "#);
        assert_eq!(key_of(&token_of("b/é")).as_deref(), Some("b/é"));
        assert_eq!([key_of("6"), key_of("zz"), key_of("ff"), key_of("é")], [const { None }; 4]);
    }
}
