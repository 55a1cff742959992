//! Half a year of an organization's life by script (`tenor demo --year`): bills, proposals, orders and changes, to the cent.

use crate::ran::tenor;
use serde_json::Value;

/// The amount after a word, without what stands behind it.
fn amount<'a>(told: &'a str, word: &str) -> &'a str {
    let (_, rest) = told.split_once(word).unwrap_or_else(|| panic!("`{word}` is not in: {told}"));
    rest.split([',', '\n']).next().unwrap().trim()
}

#[test]
fn half_a_year_of_orders_agrees_with_bills_and_aws_and_saves_what_proposals_said() {
    let home = tempfile::tempdir().unwrap();
    let ran = tenor(home.path(), ["--format", "json", "demo", "--year", "--rows", "1500", "--months", "6"]);
    assert!(ran.0.status.success(), "{ran}");
    let told = String::from_utf8(ran.0.stderr.clone()).unwrap();
    // Every dollar of complete bills has an order, and every order its dollars.
    let (ordered, billed) = (amount(&told, ": ordered "), amount(&told, ", billed "));
    assert_eq!(ordered, billed, "{told}");
    assert!(ordered.parse::<f64>().unwrap() > 10_000.0, "{told}");

    let rows: Vec<Value> = serde_json::from_slice(&ran.0.stdout).unwrap();
    let figure = |row: &Value, column: &str| row[column].as_f64().unwrap_or_else(|| panic!("{column}: {row}"));
    let number = |row: &Value| figure(row, "effective_savings_rate");
    let [first, .., last] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((rows.len(), number(first)), (7, 0.0));
    let bound: f64 = amount(&told, "ESR ").parse().unwrap();
    assert!(number(last) > bound - 0.03 && number(last) < bound, "{} of {bound}", number(last));
    // What was bought is used, and nothing is bought long before it would be.
    assert!(figure(last, "utilization") > 0.95, "{last}");
    let events: String = rows.iter().map(|row| format!("{}; ", row["events"].as_str().unwrap_or_default())).collect();
    for event in ["exchange of convertible-reservation", "modification of", "return of", "listing of standard-reservation"] {
        assert!(events.contains(event), "{event}: {events}");
    }
}
