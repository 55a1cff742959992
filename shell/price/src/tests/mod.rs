//! Files as text in; prices, or why there are none, as text out.

mod aws;
mod hostile;
mod real;
mod sandbox;
mod simple;
mod store;

use crate::{Options, import};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use tenor_price::PriceBook;

/// The version 1 of everything: with the day that files without one need.
pub(crate) fn dated() -> Options {
    Options { date: Some("2025-04-04".parse().unwrap()), ..Options::default() }
}

/// The rows of a book's encoding, without facts and header.
pub(crate) fn rows(book: &PriceBook) -> String {
    let mut text = String::new();
    book.encode(&mut text).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).skip(1).collect::<Vec<_>>().join("\n")
}

/// An error as people read it, without the folder of the test.
pub(crate) fn told(error: &dyn Error, hint: &str, folder: &str) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, "\n  because: {error}").unwrap();
        cause = error.source();
    }
    format!("{text}\nhint: {hint}").replace(&format!("{folder}/"), "")
}

/// What files become: facts, rows and what was left out; or the error.
pub(crate) fn imported(files: &[(&str, &str)], options: &Options) -> String {
    let folder = tempfile::tempdir().unwrap();
    let paths = files.iter().map(|(name, text)| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    });
    let paths: Vec<_> = paths.collect();
    let place = folder.path().display().to_string();
    match import(&paths, options) {
        Err(error) => told(&error, error.hint(), &place),
        Ok(imported) => {
            let listed = imported.book.listed();
            let mut text = format!("{} {} {}\n{}", listed.date, listed.currency, listed.origins.join(", "), rows(&imported.book));
            for file in &imported.files {
                file.left_out.iter().for_each(|left_out| write!(text, "\n{left_out}").unwrap());
            }
            text
        }
    }
}
