//! JSON with numbers as they were written, read within limits.
//!
//! The usual readers turn `0.1` into a float. A price may not be.

mod read;

use std::collections::BTreeMap;

pub(crate) use read::parse;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number's own characters.
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// Of a name that comes twice, the last.
    Object(BTreeMap<String, Json>),
}

/// What is no JSON, or too deep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} at byte {at}")]
pub(crate) struct JsonError {
    pub(crate) at: usize,
    pub(crate) why: &'static str,
}

impl Json {
    pub(crate) fn write(&self, into: &mut String) {
        match self {
            Self::Null => into.push_str("null"),
            Self::Bool(answer) => into.push_str(if *answer { "true" } else { "false" }),
            Self::Number(number) => into.push_str(number),
            Self::Text(text) => write_text(text, into),
            Self::List(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index == 0 { "" } else { "," });
                    item.write(into);
                }
                into.push(']');
            }
            Self::Object(members) => {
                into.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    into.push_str(if index == 0 { "" } else { "," });
                    write_text(name, into);
                    into.push(':');
                    value.write(into);
                }
                into.push('}');
            }
        }
    }
}

/// Writes a text with its quotes.
pub(crate) fn write_text(text: &str, into: &mut String) {
    into.push('"');
    // Most texts have nothing special. A look at every byte, which does not stop early, is one at many.
    if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        write_escaped(text, into)
    } else {
        into.push_str(text)
    }
    into.push('"');
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

fn write_escaped(text: &str, into: &mut String) {
    let mut rest = text;
    // What is escaped is one byte long, so that whatever lies between is whole characters.
    while let Some(at) = rest.bytes().position(is_special) {
        into.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => into.push_str("\\\""),
            b'\\' => into.push_str("\\\\"),
            b'\n' => into.push_str("\\n"),
            b'\r' => into.push_str("\\r"),
            b'\t' => into.push_str("\\t"),
            control => into.push_str(&format!("\\u{control:04x}")),
        }
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::{Json, parse};
    use proptest::prelude::*;

    fn again(text: &str) -> String {
        match parse(text) {
            Ok(json) => {
                let mut text = String::new();
                json.write(&mut text);
                text
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(again(" {\"a\" : [0.10, 1e3, -0, 12345678901234567890.5]} "), "{\"a\":[0.10,1e3,-0,12345678901234567890.5]}");
    }

    #[test]
    fn texts_keep_their_characters() {
        assert_eq!(again(r#""\u00e9\ud83d\ude00\/\b\"\u0001""#), "\"é😀/\\u0008\\\"\\u0001\"");
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_stops_being() {
        let deep = "[".repeat(100);
        let cases = ["", "{", "[1,]", "{\"a\" 1}", "01", "\"\\x\"", "\"\\ud800\"", "nul", "1 2", "\"a\nb\"", deep.as_str()];
        insta::assert_snapshot!(cases.map(again).join("\n"), @r#"
        the text ends too soon at byte 0
        the text ends too soon at byte 1
        no value at byte 3
        `:` is missing at byte 5
        more than one value at byte 1
        an unknown escape at byte 2
        half a character at byte 7
        no value at byte 0
        more than one value at byte 2
        a bare control character at byte 2
        nested too deeply at byte 64
        "#);
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into)
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #[test]
        fn another_writer_is_read_and_another_reader_reads(json in any_json()) {
            let text = again(&json.to_string());
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
        }

        #[test]
        fn what_another_reader_takes_is_taken_and_nothing_else(text in "[\\[\\]{},:\"a0-9.eE+\\- \\\\u]{0,12}") {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // Numbers past a float's range are theirs to refuse.
            let is_range = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
            prop_assert!(is_range || theirs.is_ok() == parse(&text).is_ok(), "{} {:?} {:?}", text, theirs, parse(&text));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _: Result<Json, _> = parse(&text);
        }
    }
}
