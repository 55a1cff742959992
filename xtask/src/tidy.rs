//! `cargo xtask tidy`: the house rules that no other tool knows.
//!
//! A check is a function from text (or from cargo's graph) to findings, so each is tested on a few lines. What is checked is what
//! git knows of, or would add: a fresh file counts before it is committed. Nothing is ever changed.

mod controls;
mod docs;
mod files;
mod graph;
mod hosts;
mod life;
mod named;
mod paths;
mod rust;
mod shape;
mod size;
mod words;

use std::fmt;

use anyhow::{Result, bail};

/// A broken rule, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    /// Counted from 1; 0 when the finding is about the whole file.
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Check everything, print every finding, and fail when there is one.
pub(crate) fn run() -> Result<()> {
    let files = files::read()?;
    let mut findings = Vec::new();
    for file in &files {
        findings.extend(paths::check(file));
        findings.extend(hosts::check(file));
        findings.extend(words::check_unnumbered(file));
        if file.path.ends_with(".rs") {
            match rust::Source::parse(file) {
                Ok(source) => findings.extend([shape::check(&source), words::check(&source)].concat()),
                Err(finding) => findings.push(finding),
            }
        }
    }
    findings.extend(size::check(&files));
    findings.extend(docs::check(&files));
    findings.extend(life::check(&files));
    findings.extend(controls::check(&files));
    findings.extend(graph::Graph::read()?.check());
    findings.sort();
    findings.dedup();
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("{count} house rule(s) broken"),
    }
}
