//! JSON: an array with one object for each row; amounts are text, so that no reader makes a float of them.

use super::Cell;
use std::io::{self, Write};

/// Writes one row; `keys` are quoted already.
pub(super) fn row(out: &mut impl Write, keys: &[String], cells: &[Cell], is_first: bool) -> io::Result<()> {
    out.write_all(if is_first { b"\n  {" } else { b",\n  {" })?;
    for (at, (key, cell)) in keys.iter().zip(cells).enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(out, "{comma}{key}: {}", value(cell))?;
    }
    out.write_all(b"}")
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Null | Cell::Label(_) => "null".to_owned(),
        Cell::Text(text) | Cell::Lines(text) => quote(text),
        Cell::Amount(amount) => format!("\"{amount}\""),
        Cell::Exact(number) => format!("\"{number}\""),
        // JSON has no word for what is not a number or not finite.
        Cell::Number(number) if number.ends_with(|c: char| c.is_ascii_digit()) => number.clone(),
        Cell::Number(number) => quote(number),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// Text in quotes, escaped.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
