//! A Rust file, parsed: its functions, its tokens, and which of its lines are tests.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Finding;
use super::files::File;

/// A token in words: an identifier, one character of punctuation or a bracket; any literal is `""`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The line of its name.
    pub(crate) line: usize,
    /// From its signature to the closing brace.
    pub(crate) lines: usize,
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a File,
    pub(crate) functions: Vec<Function>,
    pub(crate) tokens: Vec<Token>,
    tests: Vec<RangeInclusive<usize>>,
}

impl<'a> Source<'a> {
    /// Parse `file`; one that is not Rust is a finding.
    pub(crate) fn parse(file: &'a File) -> Result<Self, Finding> {
        let not_rust = |error: &dyn std::fmt::Display| Finding::new(&file.path, 0, format!("is not Rust: {error}"));
        let tree = syn::parse_file(&file.text).map_err(|error| not_rust(&error))?;
        let stream = file.text.parse::<TokenStream>().map_err(|error| not_rust(&error))?;
        let mut items = Items { functions: Vec::new(), tests: Vec::new() };
        items.visit_file(&tree);
        if file.is_test() || tree.attrs.iter().any(is_test_attribute) {
            items.tests.push(0..=usize::MAX);
        }
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Ok(Self { file, functions: items.functions, tokens, tests: items.tests })
    }

    /// Whether that line belongs to a test.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// The lines where `pattern` stands, token by token.
    pub(crate) fn find<'s>(&'s self, pattern: &'s [&str]) -> impl Iterator<Item = usize> + 's {
        let matches = move |window: &&[Token]| window.iter().zip(pattern).all(|(token, text)| token.text == *text);
        self.tokens.windows(pattern.len()).filter(matches).map(|window| window[0].line)
    }
}

struct Items {
    functions: Vec<Function>,
    tests: Vec<RangeInclusive<usize>>,
}

impl Items {
    fn function(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let last = block.brace_token.span.close().end().line;
        self.functions.push(Function {
            name: signature.ident.to_string(),
            line: signature.ident.span().start().line,
            lines: last - first + 1,
        });
        self.test(attributes, block.brace_token.span.close());
    }

    /// Note the lines from the first attribute to `end` as a test, when an attribute says so.
    fn test(&mut self, attributes: &[syn::Attribute], end: proc_macro2::Span) {
        let Some(first) = attributes.first().filter(|_| attributes.iter().any(is_test_attribute)) else { return };
        self.tests.push(first.span().start().line..=end.end().line);
    }
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.attrs, &item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.test(&item.attrs, item.span());
        visit::visit_item_mod(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.test(&item.attrs, item.brace_token.span.close());
        visit::visit_item_impl(self, item);
    }
}

/// `#[test]`, `#[some::test]`, `#[cfg(test)]` and `#[cfg(all(test, …))]`, but not `#[cfg(not(test))]`.
fn is_test_attribute(attribute: &syn::Attribute) -> bool {
    if attribute.path().is_ident("cfg") {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let mut tokens = Vec::new();
        flatten(list.tokens.clone(), &mut tokens);
        return tokens.iter().any(|token| token.text == "test") && !tokens.iter().any(|token| token.text == "not" || token.text == "any");
    }
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "test")
}

/// The tokens of `stream` in reading order, brackets included.
fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Ident(ident) => tokens.push(Token { text: ident.to_string(), line }),
            TokenTree::Punct(punct) => tokens.push(Token { text: punct.as_char().to_string(), line }),
            TokenTree::Literal(_) => tokens.push(Token { text: "\"\"".to_owned(), line }),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Source};

    const CODE: &str = "//! Doc.
fn one() {
    two();
}
#[cfg(test)]
mod tests {
    /// Said.
    #[test]
    fn two() {}
}
#[cfg(not(test))]
fn three() {}
";

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let file = File::new("a.rs", CODE);
        let source = Source::parse(&file).unwrap();
        let sizes = source.functions.iter().map(|f| (f.name.as_str(), f.line, f.lines)).collect::<Vec<_>>();
        assert_eq!(sizes, [("one", 2, 3), ("two", 9, 1), ("three", 12, 1)]);
    }

    #[test]
    fn test_lines_are_known() {
        let file = File::new("a.rs", CODE);
        let source = Source::parse(&file).unwrap();
        let tests = (1..=12).filter(|line| source.is_test(*line)).collect::<Vec<_>>();
        assert_eq!(tests, [5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn tokens_are_found_and_literals_are_not() {
        let file = File::new("a.rs", "fn f() {\n    g(\"two();\");\n    two();\n}\n");
        let source = Source::parse(&file).unwrap();
        assert_eq!(source.find(&["two", "(", ")"]).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn what_is_not_rust_is_a_finding() {
        assert!(Source::parse(&File::new("a.rs", "fn {")).is_err());
    }
}
