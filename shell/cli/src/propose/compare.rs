//! A proposal beside what AWS recommends: a row for each way to buy.

use super::{keep, refused, show, threads};
use crate::context::Context;
use crate::output::{Cell, Column, Format, Table};
use crate::report::Refused;
use std::path::Path;
use tenor_propose::proposal::{Candidate, CompareError, Compared, Inputs, Proposal, Recommended, compare};

/// Compares, keeps what comes of it beside the proposal's document, and prints.
pub(super) fn run(
    context: &Context,
    inputs: Inputs,
    (proposal, document): (&Proposal, &Path),
    recommended: &[Recommended],
    workers: &threads::Threads,
) -> anyhow::Result<()> {
    let compared = compare(inputs, proposal, recommended, workers).map_err(|error| match error {
        CompareError::Inputs(error) => refused(error),
        other => Refused::new(other.to_string()).hint("compute the proposal again with this version of tenor").into(),
    })?;
    keep::keep_compared(document, &compared)?;
    if recommended.is_empty() {
        context.note("note: AWS recommends nothing in these files");
    }
    // What the proposal is computed from holds for every row.
    show::notes(context, proposal);
    let prices = &proposal.prices;
    context
        .note(format_args!("prices of all rows: version {} of {}, in {} ({})", prices.version, prices.date, prices.currency, prices.basis));
    notes(&compared).iter().for_each(|note| context.note(note));
    context.print(&table(&compared, context.format))?;
    Ok(())
}

/// What could not be matched, what was assumed, and what to know of rows.
fn notes(compared: &Compared) -> Vec<String> {
    let mut notes: Vec<String> = compared.notes.iter().map(|note| format!("note: {note}")).collect();
    for one in &compared.left_out {
        notes.push(format!("left out: {} ({}): {}", one.what, one.source, one.why));
    }
    for candidate in &compared.candidates {
        notes.extend(candidate.notes.iter().map(|note| format!("{}: {note}", candidate.name)));
        notes.extend(candidate.breaks.iter().map(|broken| format!("{} breaks a limit: {broken}", candidate.name)));
    }
    notes
}

/// One row for each candidate. Programs get the words too, which people read above the table.
fn table(compared: &Compared, format: Format) -> Table {
    let mut columns = vec![
        Column::text("candidate", "Bought"),
        Column::number("purchases", "Purchases"),
        Column::number("left_out", "Left out"),
        Column::number("expected_cost", "Expected cost"),
        Column::number("savings", "Savings"),
        Column::number("savings_p10", "Savings P10"),
        Column::number("savings_p90", "Savings P90"),
        Column::number("commitment_per_hour", "Commitment"),
        Column::number("upfront", "Upfront"),
        Column::number("obligation", "Obligation"),
        Column::number("lowest_utilization", "Least used"),
        Column::number("limits_broken", "Limits broken"),
        Column::number("aws_monthly_savings", "AWS says, a month"),
    ];
    let has_words = format != Format::Table;
    if has_words {
        columns.extend([Column::text("broken", "Broken"), Column::text("notes", "Notes")]);
    }
    let mut table = Table::new(columns);
    for candidate in &compared.candidates {
        let words = [&candidate.breaks, &candidate.notes].map(|words| Cell::Text(words.join("; ")));
        table.row(figures(candidate).into_iter().chain(words.into_iter().filter(|_| has_words)));
    }
    table
}

fn figures(candidate: &Candidate) -> [Cell; 13] {
    [
        candidate.name.as_str().into(),
        Cell::Count(candidate.purchases as u64),
        Cell::Count(candidate.left_out as u64),
        show::money(&candidate.expected_cost),
        show::money(&candidate.savings.expected),
        show::money(&candidate.savings.p10),
        show::money(&candidate.savings.p90),
        show::money(&candidate.commitment_per_hour),
        show::money(&candidate.upfront),
        show::money(&candidate.obligation),
        candidate.lowest_utilization.as_deref().map_or(Cell::Null, show::share),
        Cell::Count(candidate.breaks.len() as u64),
        candidate.aws_monthly_savings.as_deref().map_or(Cell::Null, show::money),
    ]
}

#[cfg(test)]
mod tests {
    use super::{notes, table};
    use crate::output::Format;
    use tenor_propose::proposal::{Candidate, Compared, LeftOut, NotMatched, Spread};

    fn compared() -> Compared {
        let candidate = |name: &str| Candidate {
            name: name.to_owned(),
            purchases: 0,
            left_out: 0,
            expected_cost: "100.25".to_owned(),
            savings: Spread { expected: "0".to_owned(), p10: "0".to_owned(), p90: "0".to_owned() },
            commitment_per_hour: "0".to_owned(),
            upfront: "0".to_owned(),
            obligation: "0".to_owned(),
            lowest_utilization: None,
            aws_monthly_savings: None,
            breaks: Vec::new(),
            notes: Vec::new(),
        };
        let aws = Candidate {
            purchases: 2,
            left_out: 1,
            savings: Spread { expected: "10.5".to_owned(), p10: "-3".to_owned(), p90: "20".to_owned() },
            lowest_utilization: Some("0.734247".to_owned()),
            aws_monthly_savings: Some("1036.6".to_owned()),
            breaks: vec!["cash upfront of 1976 is above the limit of 500".to_owned()],
            notes: vec!["a note".to_owned()],
            ..candidate("AWS: Compute Savings Plans, 1yr No Upfront")
        };
        let left = LeftOut { source: "f.json: Recommendations[0]".to_owned(), what: "1 × m5.large".to_owned(), why: NotMatched::NoClass };
        Compared { candidates: vec![candidate("nothing"), aws], left_out: vec![left], notes: vec!["the same futures".to_owned()] }
    }

    #[test]
    fn a_comparison_is_a_row_for_each_candidate_and_notes_name_the_rest() {
        let printed = |format| crate::output::printed(&table(&compared(), format), format);
        insta::assert_snapshot!(notes(&compared()).join("\n"), @"
        note: the same futures
        left out: 1 × m5.large (f.json: Recommendations[0]): it does not say whether the reservations are standard or convertible
        AWS: Compute Savings Plans, 1yr No Upfront: a note
        AWS: Compute Savings Plans, 1yr No Upfront breaks a limit: cash upfront of 1976 is above the limit of 500
        ");
        insta::assert_snapshot!(printed(Format::Table), @"
        Bought                                       Purchases   Left out   Expected cost   Savings   Savings P10   Savings P90   Commitment   Upfront   Obligation   Least used   Limits broken   AWS says, a month
        ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
        nothing                                              0          0          100.25      0.00          0.00          0.00         0.00      0.00         0.00                            0
        AWS: Compute Savings Plans, 1yr No Upfront           2          1          100.25     10.50         -3.00         20.00         0.00      0.00         0.00       73.42%               1            1,036.60
        ");
        insta::assert_snapshot!(printed(Format::Csv), @r#"
        candidate,purchases,left_out,expected_cost,savings,savings_p10,savings_p90,commitment_per_hour,upfront,obligation,lowest_utilization,limits_broken,aws_monthly_savings,broken,notes
        nothing,0,0,100.25,0,0,0,0,0,0,,0,,"",""
        "AWS: Compute Savings Plans, 1yr No Upfront",2,1,100.25,10.5,-3,20,0,0,0,0.734247,1,1036.6,cash upfront of 1976 is above the limit of 500,a note
        "#);
        insta::assert_snapshot!(printed(Format::Json), @r#"
        [
          {"candidate": "nothing", "purchases": 0, "left_out": 0, "expected_cost": "100.25", "savings": "0", "savings_p10": "0", "savings_p90": "0", "commitment_per_hour": "0", "upfront": "0", "obligation": "0", "lowest_utilization": null, "limits_broken": 0, "aws_monthly_savings": null, "broken": "", "notes": ""},
          {"candidate": "AWS: Compute Savings Plans, 1yr No Upfront", "purchases": 2, "left_out": 1, "expected_cost": "100.25", "savings": "10.5", "savings_p10": "-3", "savings_p90": "20", "commitment_per_hour": "0", "upfront": "0", "obligation": "0", "lowest_utilization": "0.734247", "limits_broken": 1, "aws_monthly_savings": "1036.6", "broken": "cash upfront of 1976 is above the limit of 500", "notes": "a note"}
        ]
        "#);
    }
}
