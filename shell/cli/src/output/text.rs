//! Tables for people: aligned columns, numbers to the right, one rule below the headings.

use super::{Cell, Table, number, readable};
use comfy_table::{CellAlignment, ContentArrangement, presets};
use std::io::{self, Write};

/// Writes `table`, broken to `width` where there is one.
pub(super) fn write(out: &mut impl Write, table: &Table, width: Option<u16>) -> io::Result<()> {
    let decimals: Vec<_> = (0..table.columns.len()).map(|at| column_decimals(table, at)).collect();
    let show = |row: &[Cell]| row.iter().zip(&decimals).map(|(cell, decimals)| shown(cell, *decimals)).collect::<Vec<_>>();
    let mut drawn = comfy_table::Table::new();
    drawn.load_preset(presets::NOTHING).set_style(comfy_table::TableComponent::HeaderLines, '─');
    drawn.set_style(comfy_table::TableComponent::MiddleHeaderIntersections, '─');
    drawn.set_header(table.columns.iter().map(|column| readable(&column.heading)));
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
        Cell::Text(text) => readable(text),
        Cell::Lines(text) => text.lines().map(readable).collect::<Vec<_>>().join("\n"),
        Cell::Label(label) => format!("({})", readable(label)),
        Cell::Amount(amount) => number::amount(*amount, decimals),
        Cell::Share { percent, .. } => format!("{percent}%"),
        Cell::Exact(number) | Cell::Number(number) => number.clone(),
        Cell::Count(count) => number::thousands(&count.to_string()),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::output::{BLOCK_ROWS, Cell, Column, Format, Part, Printer, Table};

    fn sample() -> Table {
        let columns = [Column::text("service", "Service"), Column::number("rows", "Rows"), Column::number("cost", "Cost (USD)")];
        let mut table = Table::new(columns);
        table.row(["Amazon EC2".into(), Cell::Count(12_345), Cell::Amount("1234567.894999".parse().unwrap())]);
        table.row([Cell::Label("no service".to_owned()), Cell::Number("-1.5e30".to_owned()), Cell::Amount("-0.5".parse().unwrap())]);
        table.row(["a \"b\",\u{7}c".into(), Cell::Null, Cell::Exact("0.000000000001".to_owned())]);
        table.row([Cell::Flag(true), Cell::Number("NaN".to_owned()), "".into()]);
        table.total(["Total".into(), Cell::Count(12_346), Cell::Amount("1234567.394999".parse().unwrap())]);
        table
    }

    fn printed(format: Format, table: &Table) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, format, table.columns.clone()).unwrap();
        table.rows.iter().for_each(|row| printer.row(row.clone()).unwrap());
        printer.finish().unwrap();
        String::from_utf8(out).unwrap().replace('\u{7}', "<bell>")
    }

    #[test]
    fn a_table_is_aligned_and_ends_in_its_total() {
        let mut out = Vec::new();
        super::write(&mut out, &sample(), None).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        Service           Rows       Cost (USD)
        ─────────────────────────────────────────
        Amazon EC2      12,345     1,234,567.89
        (no service)   -1.5e30            -0.50
        a "b",�c                 0.000000000001
        yes                NaN
        ─────────────────────────────────────────
        Total           12,346     1,234,567.39
        "#);
    }

    #[test]
    fn a_narrow_terminal_breaks_text_and_not_numbers() {
        let mut out = Vec::new();
        super::write(&mut out, &sample(), Some(40)).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        Service           Rows      Cost (USD)
        ────────────────────────────────────────
        Amazon EC2      12,345    1,234,567.89
        (no service)   -1.5e30           -0.50
        a "b",�c                 0.00000000000
                                             1
        yes                NaN
        ────────────────────────────────────────
        Total           12,346    1,234,567.39
        "#);
    }

    #[test]
    fn a_value_cannot_forge_a_row_but_a_plan_has_lines() {
        let mut table = Table::new([Column::text("tag", "Team\nforged")]);
        table.row(["a\nTotal  1\u{202e}".into()]);
        table.row([Cell::Lines("Sort\n  Scan\u{1b}".to_owned())]);
        let mut out = Vec::new();
        super::write(&mut out, &table, None).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
        Team forged
        ─────────────
        a Total  1�
        Sort
          Scan�
        ");
    }

    #[test]
    fn json_and_csv_carry_exact_amounts_and_no_total() {
        insta::assert_snapshot!(printed(Format::Json, &sample()), @r#"
        [
          {"service": "Amazon EC2", "rows": 12345, "cost": "1234567.894999"},
          {"service": null, "rows": -1.5e30, "cost": "-0.5"},
          {"service": "a \"b\",\u0007c", "rows": null, "cost": "0.000000000001"},
          {"service": true, "rows": "NaN", "cost": ""}
        ]
        "#);
        insta::assert_snapshot!(printed(Format::Csv, &sample()), @r#"
        service,rows,cost
        Amazon EC2,12345,1234567.894999
        ,-1.5e30,-0.5
        "a ""b"",<bell>c",,0.000000000001
        true,NaN,""
        "#);
    }

    #[test]
    fn a_json_object_holds_values_objects_and_rows() {
        let share = || Cell::Share { ratio: "0.7909".to_owned(), percent: "79.09".to_owned() };
        let mut table = Table::new([Column::text("id", "Id"), Column::number("share", "Share")]);
        let empty = table.clone();
        table.row(["a".into(), share()]);
        table.row(["b".into(), Cell::Null]);
        let parts = [
            ("as_of", Part::Value("2018-11-30".into())),
            ("total", Part::Object(vec![("share", share()), ("n", Cell::Count(2))])),
            ("rows", Part::Rows(&table)),
            ("none", Part::Rows(&empty)),
        ];
        let mut out = Vec::new();
        crate::output::json::object(&mut out, &parts).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        {
          "as_of": "2018-11-30",
          "total": {"share": "0.7909", "n": 2},
          "rows": [
            {"id": "a", "share": "0.7909"},
            {"id": "b", "share": null}
          ],
          "none": []
        }
        "#);
        insta::assert_snapshot!(printed(Format::Table, &table), @"
        Id    Share
        ─────────────
        a    79.09%
        b
        ");
    }

    #[test]
    fn an_answer_without_rows_is_still_one() {
        let table = Table::new([Column::text("a", "A")]);
        assert_eq!([Format::Table, Format::Json, Format::Csv].map(|format| printed(format, &table)), ["A\n───\n", "[]\n", "a\n"]);
    }

    #[test]
    fn a_long_answer_is_printed_in_blocks() {
        let mut table = Table::new([Column::number("n", "N")]);
        (0..=BLOCK_ROWS as u64).for_each(|n| table.row([Cell::Count(n)]));
        let printed = printed(Format::Table, &table);
        assert_eq!(printed.lines().count(), BLOCK_ROWS + 1 + 4);
    }
}
