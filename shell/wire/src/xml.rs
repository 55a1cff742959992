//! XML as AWS writes it: elements and text. No document types, no entities but the five and character references, within limits.

use crate::message::DEPTH_MAX;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// An element; names are without their prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

/// What is no XML of AWS's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} at byte {at}")]
pub(crate) struct XmlError {
    pub(crate) at: u64,
    pub(crate) why: String,
}

impl Element {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn with_text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), ..Self::default() }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The element as text, escaped.
    pub(crate) fn write(&self, into: &mut String) {
        open(&self.name, self.namespace.as_deref(), into);
        escape(&self.text, into);
        for child in &self.children {
            child.write(into);
        }
        close(&self.name, into);
    }
}

/// Writes the beginning of an element.
pub(crate) fn open(name: &str, namespace: Option<&str>, into: &mut String) {
    into.push('<');
    into.push_str(name);
    if let Some(namespace) = namespace {
        into.push_str(" xmlns=\"");
        escape(namespace, into);
        into.push('"');
    }
    into.push('>');
}

/// Writes the end of an element.
pub(crate) fn close(name: &str, into: &mut String) {
    into.push_str("</");
    into.push_str(name);
    into.push('>');
}

/// Writes an element of text alone.
pub(crate) fn leaf(name: &str, text: &str, into: &mut String) {
    open(name, None, into);
    escape(text, into);
    close(name, into);
}

/// Writes a text. Characters that XML cannot hold at all are written as replacement characters.
pub(crate) fn escape(text: &str, into: &mut String) {
    let is_special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"') || (byte < 0x20 && byte != b'\t' && byte != b'\n');
    // Most texts have nothing special. A look at every byte, which does not stop early, is one at many.
    if !text.bytes().fold(false, |found, byte| found | is_special(byte)) {
        return into.push_str(text);
    }
    let mut rest = text;
    // What is escaped is one byte long, so that whatever lies between is whole characters.
    while let Some(at) = rest.bytes().position(is_special) {
        into.push_str(&rest[..at]);
        into.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\r' => "&#13;",
            _ => "\u{fffd}",
        });
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
}

/// Reads a document's root element.
pub(crate) fn parse(text: &str) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut open = Vec::<Element>::new();
    let mut root = None;
    loop {
        let event = reader.read_event().map_err(|error| XmlError { at: reader.error_position(), why: error.to_string() })?;
        let at = reader.buffer_position();
        let refuse = |why: &str| Err(XmlError { at, why: why.to_owned() });
        let (closed, said) = match event {
            Event::Start(start) => {
                if open.len() >= DEPTH_MAX {
                    return refuse("nested too deeply");
                }
                let name = start.local_name();
                open.push(Element::new(&String::from_utf8_lossy(name.as_ref())));
                (false, None)
            }
            Event::Empty(start) => {
                let name = start.local_name();
                open.push(Element::new(&String::from_utf8_lossy(name.as_ref())));
                (true, None)
            }
            Event::End(_) => (true, None),
            Event::Text(text) => (false, Some(text.xml_content().map_err(|error| XmlError { at, why: error.to_string() })?.into_owned())),
            Event::CData(text) => (false, Some(text.xml_content().map_err(|error| XmlError { at, why: error.to_string() })?.into_owned())),
            Event::GeneralRef(reference) => match character(&reference) {
                Some(character) => (false, Some(character.to_string())),
                None => return refuse("an unknown entity"),
            },
            Event::DocType(_) => return refuse("a document type"),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => (false, None),
            Event::Eof => break,
        };
        if let Some(said) = said {
            match open.last_mut() {
                Some(element) => element.text.push_str(&said),
                None if said.trim().is_empty() => {}
                None => return refuse("text outside the root"),
            }
        }
        if closed {
            let element = open.pop().ok_or_else(|| XmlError { at, why: "an end without a start".to_owned() })?;
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None if root.is_some() => return refuse("more than one root"),
                None => root = Some(element),
            }
        }
    }
    let at = reader.buffer_position();
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(XmlError { at, why: "the text ends too soon".to_owned() }),
    }
}

/// A character reference or one of XML's own five entities.
fn character(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    Some(match &**reference {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Element, parse};
    use proptest::prelude::*;

    fn again(text: &str) -> String {
        match parse(text) {
            Ok(element) => {
                let mut text = String::new();
                element.write(&mut text);
                text
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn elements_and_text_are_read() {
        assert_eq!(
            again("<?xml version=\"1.0\"?>\n<a xmlns=\"x\"><p:b>1 &lt; &#50;</p:b><c/><![CDATA[<&]]></a>\n"),
            "<a>&lt;&amp;<b>1 &lt; 2</b><c></c></a>"
        );
    }

    #[test]
    fn nothing_is_expanded_and_limits_hold() {
        let deep = "<a>".repeat(65);
        let cases = ["<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a>&b;</a>", "<a>", "<a></b>", "<a/><b/>", "a", "", deep.as_str()];
        insta::assert_snapshot!(cases.map(again).join("\n"), @"
        a document type at byte 30
        an unknown entity at byte 6
        the text ends too soon at byte 3
        ill-formed document: expected `</a>`, but `</b>` was found at byte 3
        more than one root at byte 8
        text outside the root at byte 1
        the text ends too soon at byte 0
        nested too deeply at byte 195
        ");
    }

    fn any_element() -> impl Strategy<Value = Element> {
        let leaf = ("[a-z]{1,4}", "[^\\x00-\\x1f\\x7f-\\x9f\\u{2028}\\u{fffe}\\u{ffff}]{0,12}")
            .prop_map(|(name, text)| Element::with_text(&name, text));
        leaf.prop_recursive(4, 20, 4, |inner| {
            ("[a-z]{1,4}", prop::collection::vec(inner, 1..4)).prop_map(|(name, children)| Element { name, children, ..Element::default() })
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(element in any_element()) {
            let mut text = String::new();
            element.write(&mut text);
            prop_assert_eq!(parse(&text), Ok(element));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), mark in "[<>/&;!\\[\\]a?\"= -]{0,30}") {
            let _ = parse(&text);
            let _ = parse(&mark);
        }
    }
}
