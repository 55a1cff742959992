//! The judge of exports must itself be able to say no: a conformant table passes, and each way to break it is found.

mod mutations;
mod table;

use std::fs::File;

use arrow::datatypes::{DataType, TimeUnit};
use parquet::arrow::ArrowWriter;
use table::conformant;
use tenor_testkit::focus::{Applicability, Dataset, Model, Outcome, Report};
use tenor_testkit::shared;

fn model() -> Option<Model> {
    let path = shared::path("data/focus/model-1.2.json")?;
    Some(Model::read(path).expect("the model is understood"))
}

fn check(model: &Model, dataset: &Dataset) -> Report {
    model.check(dataset, &Applicability::aws()).expect("the list of what does not apply fits the model")
}

/// The first lines of a report: the counts.
fn counts(report: &Report) -> String {
    report.to_string().lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_conformant_table_passes_every_rule_that_applies() {
    let Some(model) = model() else { return };
    let report = check(&model, &conformant().dataset());
    assert!(report.conforms() && report.warnings().count() == 0, "{report}");
    insta::assert_snapshot!(counts(&report), @"
    621 rules, 6 rows
    passed 408 (6 of them met no row), failed 0, inapplicable 63, not checkable 150
    ");
}

#[test]
fn parquet_in_several_files_is_read_as_csv_is() {
    let Some(model) = model() else { return };
    let folder = tempfile::tempdir().unwrap();
    let batch = conformant().batch(&[]);
    let parts = [batch.slice(0, 2), batch.slice(2, 4)].into_iter().enumerate().map(|(number, part)| {
        let path = folder.path().join(format!("{number}.parquet"));
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), part.schema(), None).unwrap();
        writer.write(&part).unwrap();
        writer.close().unwrap();
        path
    });
    let report = check(&model, &Dataset::from_parquet(&parts.collect::<Vec<_>>()).unwrap());
    assert!(report.conforms(), "{report}");
    insta::assert_snapshot!(counts(&report), @"
    621 rules, 6 rows
    passed 408 (6 of them met no row), failed 0, inapplicable 63, not checkable 150
    ");
}

#[test]
fn a_failure_shows_the_first_rows_and_values() {
    let Some(model) = model() else { return };
    let report = check(&model, &conformant().set_all("BilledCost", "").set("used", "ConsumedUnit", "").dataset());
    let shown: Vec<String> = report.failures().map(|result| format!("{}: {}\n{}", result.rule, result.text, result.outcome)).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    BilledCost-C-003-M: BilledCost MUST NOT be null.
      row 1: BilledCost null
      row 2: BilledCost null
      row 3: BilledCost null
      … 6 in all

    ConsumedUnit-C-006-C: ConsumedUnit MUST NOT be null when ConsumedQuantity is not null.
      row 2: ConsumedUnit null, ConsumedQuantity `1`
    ");
}

#[test]
fn a_rule_made_of_others_fails_with_them() {
    let Some(model) = model() else { return };
    let report = check(&model, &conformant().set("used", "BilledCost", "").dataset());
    let by: Vec<String> = report
        .results()
        .iter()
        .filter_map(|result| match &result.outcome {
            Outcome::FailedBy(rules) => Some(format!("{} by {}", result.rule, rules.join(" "))),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(by.join("\n"), @"
    BilledCost-C-000-M by BilledCost-C-003-M
    CostAndUsage-D-000-M by CostAndUsage-D-002-M
    CostAndUsage-D-002-M by BilledCost-C-000-M
    ");
}

#[test]
fn the_published_sample_of_focus_1_0_does_not_conform() {
    let (Some(model), Some(sample)) = (model(), shared::path("data/focus/FOCUS-1.0_focus_sample.csv")) else { return };
    let report = check(&model, &Dataset::from_csv(sample).unwrap());
    let class = report.failures().find(|result| result.rule == "ChargeClass-C-005-C").map(|result| result.outcome.to_string());
    insta::assert_snapshot!(counts(&report), @"
    621 rules, 1000 rows
    passed 229 (21 of them met no row), failed 121, inapplicable 74, not checkable 197
    ");
    insta::assert_snapshot!(class.unwrap(), @"
    row 1: ChargeClass `NULL`
    row 2: ChargeClass `NULL`
    row 3: ChargeClass `NULL`
    … 1000 in all
    ");
}

#[test]
fn a_wrong_type_fails_even_where_its_text_would_do() {
    let Some(model) = model() else { return };
    let millis = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Millisecond, zone.map(Into::into));
    let cases = [
        ("text for a cost", "BilledCost", DataType::Utf8),
        ("a double for a cost", "BilledCost", DataType::Float64),
        ("a whole number for a quantity", "PricingQuantity", DataType::Int64),
        ("a whole number for an account", "BillingAccountId", DataType::Int64),
        ("text for a moment", "ChargePeriodStart", DataType::Utf8),
        ("a day for a moment", "BillingPeriodStart", DataType::Date32),
        ("a moment without a zone", "ChargePeriodStart", millis(None)),
        ("a moment in milliseconds", "ChargePeriodStart", millis(Some("UTC"))),
        ("a moment in another zone", "ChargePeriodStart", millis(Some("+02:00"))),
    ];
    let line = |(name, column, other): &(&str, &str, DataType)| {
        let dataset = Dataset::from_batches(&[conformant().batch(&[(*column, other.clone())])]).unwrap();
        format!("{name}: {}", check(&model, &dataset).failed_rules().join(" "))
    };
    insta::assert_snapshot!(cases.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    text for a cost: BilledCost-C-001-M
    a double for a cost: 
    a whole number for a quantity: PricingQuantity-C-001-M PricingQuantity-C-002-M
    a whole number for an account: BillingAccountId-C-002-M BillingAccountId-C-003-M
    text for a moment: ChargePeriodStart-C-001-M ChargePeriodStart-C-002-M
    a day for a moment: BillingPeriodStart-C-001-M BillingPeriodStart-C-002-M BillingPeriodStart-C-004-M
    a moment without a zone: ChargePeriodStart-C-002-M
    a moment in milliseconds: 
    a moment in another zone: ChargePeriodStart-C-002-M
    ");
}

#[test]
fn what_is_left_out_must_exist_and_say_why() {
    let Some(model) = model() else { return };
    let dataset = conformant().set("on-demand", "SubAccountName", "").dataset();
    let error = |applicability: Applicability| model.check(&dataset, &applicability).unwrap_err().to_string();
    insta::assert_snapshot!(error(Applicability::aws().except("SubAccountName-C-999-C", "gone")), @"the model has no rule `SubAccountName-C-999-C`, which is listed as inapplicable");
    insta::assert_snapshot!(error(Applicability::aws().without("TELEPATHY_SUPPORTED", "not yet")), @"the model has no applicability criterion `TELEPATHY_SUPPORTED`");
    insta::assert_snapshot!(error(Applicability::aws().except("SubAccountName-C-005-C", " ")), @"rule `SubAccountName-C-005-C` is left out without a reason");
    let report = model.check(&dataset, &Applicability::aws_legacy_cur()).unwrap();
    let outcome = report.results().iter().find(|result| result.rule == "SubAccountName-C-005-C").map(|result| &result.outcome);
    assert_eq!(outcome, Some(&Outcome::Inapplicable("the legacy report has no account names".to_owned())));
    assert!(report.conforms(), "{report}");
}

#[test]
fn a_model_that_is_not_understood_is_refused() {
    let Some(path) = shared::path("data/focus/model-1.2.json") else { return };
    let model = std::fs::read_to_string(path).unwrap();
    let error = |from: &str, to: &str| format!("{:#}", Model::parse(&model.replacen(from, to, 1)).map(|model| model.len()).unwrap_err());
    insta::assert_snapshot!(error(r#""CheckFunction": "TypeString""#, r#""CheckFunction": "TypeMood""#), @r#"rule `CommitmentDiscountName-C-001-M`: in `{"CheckFunction":"TypeMood","ColumnName":"CommitmentDiscountName"}`: unknown check function `TypeMood`"#);
    insta::assert_snapshot!(error(r#""Value": "Active""#, r#""Value": "Used""#), @"rule `CommitmentDiscountStatus-C-005-M`: its form is no longer the one that focus-readings.json replaces");
    insta::assert_snapshot!(error(r#""Tags-C-017-M": {"#, r#""Tags-C-018-M": {"#), @"rule `Tags-C-018-M`: the model leaves it open, and focus-readings.json does not say how to read it");
    insta::assert_snapshot!(error(r#""ModelRuleId": "Tags-C-004-M""#, r#""ModelRuleId": "Tags-C-003-C""#), @"rule `Tags-C-003-C` is made of itself, by way of CostAndUsage-D-000-M, CostAndUsage-D-002-M, Tags-C-000-C, Tags-C-003-C");
    insta::assert_snapshot!(error(r#""Type": "Static""#, r#""Type": "Dynamic""#), @"rule `CostAndUsage-D-000-M`: a dynamic rule with a requirement");
}
