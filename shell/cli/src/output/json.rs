//! JSON: an array with one object for each row, or an object of such; amounts are text, so that no reader makes a float of them.

use super::{Cell, Table};
use std::io::{self, Write};

/// What a key of an object holds.
pub(crate) enum Part<'a> {
    /// One value.
    Value(Cell),
    /// An object of values.
    Object(Vec<(&'static str, Cell)>),
    /// An array of a table's rows.
    Rows(&'a Table),
}

/// Writes an object, a line for each key and each row.
pub(super) fn object(out: &mut impl Write, parts: &[(&str, Part<'_>)]) -> io::Result<()> {
    for (at, (key, part)) in parts.iter().enumerate() {
        write!(out, "{}\n  {}: ", if at == 0 { "{" } else { "," }, quote(key))?;
        match part {
            Part::Value(cell) => out.write_all(value(cell).as_bytes())?,
            Part::Object(values) => {
                let pairs: Vec<_> = values.iter().map(|(key, cell)| format!("{}: {}", quote(key), value(cell))).collect();
                write!(out, "{{{}}}", pairs.join(", "))?;
            }
            Part::Rows(table) => {
                let keys: Vec<_> = table.columns.iter().map(|column| quote(&column.key)).collect();
                out.write_all(b"[")?;
                table.rows.iter().enumerate().try_for_each(|(at, cells)| indented_row(out, &keys, cells, at == 0, "    "))?;
                out.write_all(if table.rows.is_empty() { b"]" } else { b"\n  ]" })?;
            }
        }
    }
    out.write_all(b"\n}\n")
}

/// Writes one row of an array that is the answer; `keys` are quoted already.
pub(super) fn row(out: &mut impl Write, keys: &[String], cells: &[Cell], is_first: bool) -> io::Result<()> {
    indented_row(out, keys, cells, is_first, "  ")
}

fn indented_row(out: &mut impl Write, keys: &[String], cells: &[Cell], is_first: bool, indent: &str) -> io::Result<()> {
    write!(out, "{}\n{indent}{{", if is_first { "" } else { "," })?;
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
        Cell::Share { ratio: number, .. } | Cell::Exact(number) => format!("\"{number}\""),
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
