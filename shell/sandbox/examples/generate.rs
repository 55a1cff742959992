//! Writes a bill from the command line, for trying the generator alone: `generate OUT FORMAT ROWS MONTHS ACCOUNTS SEED [net] [split]`.

use std::path::Path;
use tenor_sandbox::{BillRequest, Format, write_bill};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [out, format, rows, months, accounts, seed, flags @ ..] = &args[..] else { return Err("see the first line of this file".into()) };
    let format = match format.as_str() {
        "legacy-csv" => Format::LegacyCsv,
        "legacy-parquet" => Format::LegacyParquet,
        "cur2" => Format::Cur2Parquet,
        "cur2-csv" => Format::Cur2Csv,
        "focus" => Format::FocusParquet,
        _ => Format::FocusCsv,
    };
    let request = BillRequest {
        rows: rows.parse()?,
        months: months.parse()?,
        accounts: accounts.parse()?,
        seed: seed.parse()?,
        discount_percent: flags.iter().any(|flag| flag == "net").then_some(7),
        split: flags.iter().any(|flag| flag == "split"),
        ..BillRequest::small(format)
    };
    let truth = write_bill(&request, Path::new(out))?;
    std::fs::write(Path::new(out).join("expected.json"), format!("{:#}\n", truth.to_json()))?;
    Ok(())
}
