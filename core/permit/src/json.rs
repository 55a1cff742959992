//! JSON in the order it was put together, so that the same policy is the same bytes everywhere. It writes; it never reads.

use std::fmt::Write as _;

/// A JSON value without what policies and templates do not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    Text(String),
    Number(i64),
    List(Vec<Json>),
    /// Members in the order they are written.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// A list, or what is in it when it is alone: shorter, and IAM takes both.
    pub(crate) fn one_or_list<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut list: Vec<_> = texts.into_iter().map(Self::text).collect();
        if list.len() == 1 { list.remove(0) } else { Self::List(list) }
    }

    pub(crate) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// The same with each text replaced; member names stay.
    pub(crate) fn map_texts(self, replace: &impl Fn(String) -> Self) -> Self {
        match self {
            Self::Text(text) => replace(text),
            Self::Number(number) => Self::Number(number),
            Self::List(list) => Self::List(list.into_iter().map(|value| value.map_texts(replace)).collect()),
            Self::Object(members) => Self::Object(members.into_iter().map(|(key, value)| (key, value.map_texts(replace))).collect()),
        }
    }

    /// On one line and without spaces: what IAM counts.
    pub(crate) fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// For people: two spaces a level, with a line feed at the end.
    pub(crate) fn pretty(&self) -> String {
        let mut out = self.indented(0);
        out.push('\n');
        out
    }

    /// For people, as part of something that is `level` levels deep; the first line is not indented and the last not ended.
    pub(crate) fn indented(&self, level: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(level));
        out
    }

    fn write(&self, out: &mut String, level: Option<usize>) {
        match self {
            Self::Text(text) => write_text(out, text),
            Self::Number(number) => write!(out, "{number}").expect("a String takes everything"),
            Self::List(list) => {
                let items = list.iter().map(|value| move |out: &mut String, level| value.write(out, level));
                write_between(out, level, ['[', ']'], items);
            }
            Self::Object(members) => {
                let items = members.iter().map(|(key, value)| {
                    move |out: &mut String, level: Option<usize>| {
                        write_text(out, key);
                        out.push_str(if level.is_some() { ": " } else { ":" });
                        value.write(out, level);
                    }
                });
                write_between(out, level, ['{', '}'], items);
            }
        }
    }
}

fn write_between<F>(out: &mut String, level: Option<usize>, [open, close]: [char; 2], items: impl ExactSizeIterator<Item = F>)
where
    F: FnOnce(&mut String, Option<usize>),
{
    out.push(open);
    let (inside, count) = (level.map(|level| level + 1), items.len());
    for (at, item) in items.enumerate() {
        break_line(out, inside);
        item(out, inside);
        if at + 1 < count {
            out.push(',');
        }
    }
    if count > 0 {
        break_line(out, level);
    }
    out.push(close);
}

fn break_line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if u32::from(c) < 0x20 => write!(out, "\\u{:04x}", u32::from(c)).expect("a String takes everything"),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::Json;
    use proptest::prelude::*;

    #[test]
    fn members_stay_in_their_order() {
        let json = Json::object([
            ("b", Json::one_or_list(["1"])),
            ("a", Json::texts(["x", "y"])),
            ("e", Json::List(vec![])),
            ("n", Json::Number(7)),
        ]);
        assert_eq!(json.compact(), r#"{"b":"1","a":["x","y"],"e":[],"n":7}"#);
        insta::assert_snapshot!(json.pretty(), @r#"
        {
          "b": "1",
          "a": [
            "x",
            "y"
          ],
          "e": [],
          "n": 7
        }
        "#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in any::<String>(), key in any::<String>()) {
            let json = Json::object([(key.clone(), Json::texts([text.clone()]))]);
            let expected = serde_json::json!({ key: [text] });
            for written in [json.compact(), json.pretty()] {
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&written).unwrap(), &expected);
            }
        }
    }
}
