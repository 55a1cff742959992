//! Column names: what a report of each kind calls its columns, and which kind a set of names is.

use super::Format;
use crate::store::ReportKind;
use std::collections::BTreeSet;

/// A column name the way AWS writes it in Parquet: `lineItem/UsageStartDate` becomes `line_item_usage_start_date`.
///
/// AWS puts `_` before capitals, lower-cases, turns everything else into `_`, and keeps no `_` twice or at an end. Names that AWS writes
/// this way already stay as they are.
#[must_use]
pub fn athena_name(name: &str) -> String {
    let mut written = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        let is_plain = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if !is_plain && !written.is_empty() && !written.ends_with('_') {
            written.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            written.push(letter.to_ascii_lowercase());
        }
    }
    written.truncate(written.trim_end_matches('_').len());
    written
}

/// The names of `promised` that are not among `present`, however either is written.
pub(super) fn missing(promised: &[String], present: &[String]) -> Vec<String> {
    let present: BTreeSet<String> = present.iter().map(|name| letters(name)).collect();
    promised.iter().filter(|name| !present.contains(&letters(name))).cloned().collect()
}

/// What is left of a name in every way of writing it; over-long Parquet names lose underscores, and tags may hold any letter.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The kind of report that has these columns.
pub(super) fn kind(columns: &[String], format: Format) -> Option<ReportKind> {
    let names: BTreeSet<String> = columns.iter().map(|name| letters(name)).collect();
    let has = |name: &str| names.contains(name);
    if has("billedcost") && (has("chargecategory") || has("chargeperiodstart") || has("billingperiodstart")) {
        return Some(ReportKind::Focus);
    }
    let is_cur = has("lineitemlineitemtype") || (has("lineitemunblendedcost") && has("lineitemusagestartdate"));
    if !is_cur {
        return None;
    }
    // Legacy CSV writes `lineItem/LineItemType`. CUR 2.0 has nested columns, which the legacy report spreads out.
    if columns.iter().any(|name| name.contains('/')) {
        return Some(ReportKind::LegacyCur);
    }
    let nested = ["product", "resourcetags", "costcategory", "discount", "tags", "billpayeraccountname", "lineitemusageaccountname"];
    if nested.into_iter().any(has) {
        return Some(ReportKind::Cur2);
    }
    let spread = has("productproductname") || names.iter().any(|name| name.starts_with("resourcetagsuser"));
    Some(if spread || format == Format::Parquet { ReportKind::LegacyCur } else { ReportKind::Cur2 })
}

/// What a kind is called in messages.
pub(super) fn kind_name(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::LegacyCur => "a legacy CUR",
        ReportKind::Cur2 => "CUR 2.0",
        ReportKind::Focus => "FOCUS",
    }
}

#[cfg(test)]
mod tests {
    use super::{athena_name, kind, missing};
    use crate::source::Format;
    use crate::store::ReportKind::{Cur2, Focus, LegacyCur};

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn csv_names_become_parquet_names_as_aws_writes_them() {
        for (csv, parquet) in [
            ("lineItem/UsageStartDate", "line_item_usage_start_date"),
            ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n"),
            ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
            ("identity/line_item_id", "identity_line_item_id"),
            ("resourceTags/user:Cost Center", "resource_tags_user_cost_center"),
            ("resourceTags/aws:createdBy", "resource_tags_aws_created_by"),
            ("product/instanceType", "product_instance_type"),
            ("line_item_usage_start_date", "line_item_usage_start_date"),
        ] {
            assert_eq!(athena_name(csv), parquet);
        }
    }

    #[test]
    fn a_kind_is_known_by_its_columns() {
        let legacy = "identity/LineItemId bill/InvoiceId lineItem/LineItemType lineItem/UnblendedCost";
        assert_eq!(kind(&names(legacy), Format::Csv), Some(LegacyCur));
        assert_eq!(kind(&names("line_item_line_item_type product_product_name"), Format::Parquet), Some(LegacyCur));
        assert_eq!(kind(&names("line_item_line_item_type product resource_tags"), Format::Parquet), Some(Cur2));
        assert_eq!(kind(&names("line_item_line_item_type line_item_unblended_cost"), Format::Csv), Some(Cur2));
        assert_eq!(kind(&names("BilledCost ChargeCategory"), Format::Csv), Some(Focus));
        assert_eq!(kind(&names("billedcost chargeperiodstart"), Format::Parquet), Some(Focus));
        assert_eq!(kind(&names("date amount"), Format::Csv), None);
        assert_eq!(kind(&[], Format::Csv), None);
    }

    #[test]
    fn a_manifest_and_a_file_may_write_the_same_column_differently() {
        let promised = names("lineItem/UsageType resourceTags/user:a resourceTags/user:A product/region");
        assert_eq!(missing(&promised, &names("line_item_usage_type resource_tags_user_a")), ["product/region"]);
    }
}
