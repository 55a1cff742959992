//! CSV as RFC 4180 has it, with a header and bare line feeds.

use super::{Cell, Table};
use std::io::{self, Write};

/// Writes a header and the rows of `table`.
pub(super) fn write(out: &mut impl Write, table: &Table) -> io::Result<()> {
    let header: Vec<_> = table.columns.iter().map(|column| quote(&column.key)).collect();
    writeln!(out, "{}", header.join(","))?;
    for row in &table.rows {
        let fields: Vec<_> = row.iter().map(field).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Null | Cell::Label(_) => String::new(),
        Cell::Text(text) => quote(text),
        Cell::Amount(amount) => amount.to_string(),
        Cell::Count(count) => count.to_string(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// Empty text is quoted, so that it is not taken for nothing.
fn quote(text: &str) -> String {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
