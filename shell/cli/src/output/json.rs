//! JSON: an array with one object for each row; amounts are text, so that no reader makes a float of them.

use super::{Cell, Table};
use std::io::{self, Write};

/// Writes the rows of `table`.
pub(super) fn write(out: &mut impl Write, table: &Table) -> io::Result<()> {
    let keys: Vec<_> = table.columns.iter().map(|column| quote(&column.key)).collect();
    out.write_all(b"[")?;
    for (number, row) in table.rows.iter().enumerate() {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        let members: Vec<_> = keys.iter().zip(row).map(|(key, cell)| format!("{key}: {}", value(cell))).collect();
        write!(out, "  {{{}}}", members.join(", "))?;
    }
    out.write_all(if table.rows.is_empty() { b"]\n" } else { b"\n]\n" })
}

fn value(cell: &Cell) -> String {
    match cell {
        Cell::Null | Cell::Label(_) => "null".to_owned(),
        Cell::Text(text) => quote(text),
        Cell::Amount(amount) => format!("\"{amount}\""),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
