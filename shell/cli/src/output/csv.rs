//! CSV as RFC 4180 has it, with a header and bare line feeds.

use super::{Cell, Column};
use std::io::{self, Write};

/// Writes the names of the columns.
pub(super) fn header(out: &mut impl Write, columns: &[Column]) -> io::Result<()> {
    line(out, columns.iter().map(|column| quote(&column.key)))
}

/// Writes one row.
pub(super) fn row(out: &mut impl Write, cells: &[Cell]) -> io::Result<()> {
    line(out, cells.iter().map(field))
}

fn line(out: &mut impl Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    for (at, field) in fields.enumerate() {
        out.write_all(if at == 0 { b"" } else { b"," })?;
        out.write_all(field.as_bytes())?;
    }
    out.write_all(b"\n")
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Null | Cell::Label(_) => String::new(),
        Cell::Text(text) | Cell::Lines(text) => quote(text),
        Cell::Amount(amount) => amount.to_string(),
        Cell::Share { ratio: number, .. } | Cell::Exact(number) | Cell::Number(number) => number.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// Empty text is quoted, so that it is not taken for nothing.
fn quote(text: &str) -> String {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
