//! Tables for people: aligned columns, numbers to the right, one rule below the headings.

use super::{Cell, Table, number};
use comfy_table::{CellAlignment, ContentArrangement, presets};
use std::io::{self, Write};

/// Writes `table`, broken to `width` where there is one.
pub(super) fn write(out: &mut impl Write, table: &Table, width: Option<u16>) -> io::Result<()> {
    let decimals: Vec<_> = (0..table.columns.len()).map(|at| column_decimals(table, at)).collect();
    let show = |row: &[Cell]| row.iter().zip(&decimals).map(|(cell, decimals)| shown(cell, *decimals)).collect::<Vec<_>>();
    let mut drawn = comfy_table::Table::new();
    drawn.load_preset(presets::NOTHING).set_style(comfy_table::TableComponent::HeaderLines, '─');
    drawn.set_style(comfy_table::TableComponent::MiddleHeaderIntersections, '─');
    drawn.set_header(table.columns.iter().map(|column| column.heading.as_str()));
    if let Some(width) = width {
        drawn.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for row in table.rows.iter().chain(&table.total) {
        drawn.add_row(show(row));
    }
    for (at, column) in table.columns.iter().enumerate() {
        let alignment = if column.is_number { CellAlignment::Right } else { CellAlignment::Left };
        if let Some(drawn) = drawn.column_mut(at) {
            drawn.set_padding((0, 2));
            drawn.set_cell_alignment(alignment);
        }
    }
    let lines: Vec<_> = drawn.lines().map(|line| line.trim_end().to_owned()).collect();
    let rule = lines.iter().find(|line| line.starts_with('─')).cloned().unwrap_or_default();
    for (at, line) in lines.iter().enumerate() {
        if table.total.is_some() && at + 1 == lines.len() && !table.rows.is_empty() {
            writeln!(out, "{rule}")?;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn column_decimals(table: &Table, at: usize) -> u32 {
    let cells = table.rows.iter().chain(&table.total).map(|row| &row[at]);
    number::decimals(cells.filter_map(|cell| if let Cell::Amount(amount) = cell { Some(*amount) } else { None }))
}

fn shown(cell: &Cell, decimals: u32) -> String {
    match cell {
        Cell::Null => String::new(),
        // Control characters in a name must not move the cursor of whoever reads it.
        Cell::Text(text) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        Cell::Label(label) => format!("({label})"),
        Cell::Amount(amount) => number::amount(*amount, decimals),
        Cell::Count(count) => number::thousands(&count.to_string()),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::output::{Cell, Column, Table};

    fn sample() -> Table {
        let mut table =
            Table::new([Column::text("service", "Service"), Column::number("rows", "Rows"), Column::number("cost", "Cost (USD)")]);
        table.row(["Amazon EC2".into(), Cell::Count(12_345), Cell::Amount("1234567.894999".parse().unwrap())]);
        table.row([Cell::Label("no service"), Cell::Count(1), Cell::Amount("-0.5".parse().unwrap())]);
        table.row(["a \"b\",\u{7}c".into(), Cell::Null, Cell::Amount(tenor_money::Money::ZERO)]);
        table.total(["Total".into(), Cell::Count(12_346), Cell::Amount("1234567.394999".parse().unwrap())]);
        table
    }

    fn written(write: impl Fn(&mut Vec<u8>, &Table) -> std::io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_is_aligned() {
        insta::assert_snapshot!(written(|out, table| super::write(out, table, None)), @r#"
        Service          Rows     Cost (USD)
        ──────────────────────────────────────
        Amazon EC2     12,345   1,234,567.89
        (no service)        1          -0.50
        a "b", c                        0.00
        ──────────────────────────────────────
        Total          12,346   1,234,567.39
        "#);
    }

    #[test]
    fn json_and_csv_carry_exact_amounts_and_no_total() {
        insta::assert_snapshot!(written(super::super::json::write), @r#"
        [
          {"service": "Amazon EC2", "rows": 12345, "cost": "1234567.894999"},
          {"service": null, "rows": 1, "cost": "-0.5"},
          {"service": "a \"b\",\u0007c", "rows": null, "cost": "0"}
        ]
        "#);
        insta::assert_snapshot!(written(super::super::csv::write).replace('\u{7}', "<bell>"), @r#"
        service,rows,cost
        Amazon EC2,12345,1234567.894999
        ,1,-0.5
        "a ""b"",<bell>c",,0
        "#);
    }
}
