//! One spelling for the column names of every delivery.

/// The name a CUR column has in Athena, whatever it is called in the file: `lineItem/UsageStartDate` becomes `line_item_usage_start_date`.
///
/// The rule is AWS's: an underscore before capitals, lower case, anything else an underscore, none doubled, none at the ends.
/// Source: Cost and Usage Report guide, "Running Amazon Athena queries", column names.
pub(crate) fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
            out.push(c.to_ascii_lowercase());
        } else if c.is_ascii_lowercase() || c.is_ascii_digit() {
            out.push(c);
        } else {
            out.push('_');
        }
    }
    let mut collapsed = String::with_capacity(out.len());
    for part in out.split('_').filter(|part| !part.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push('_');
        }
        collapsed.push_str(part);
    }
    collapsed
}

/// The key of a resource tag column, as its owner wrote it: `resourceTags/user:Team` is `Team`, and so is Athena's
/// `resource_tags_user_team`, whose capitals are lost. AWS's own tags keep their prefix. `None` for other columns.
pub(crate) fn tag_key(name: &str) -> Option<String> {
    let key = name.strip_prefix("resourceTags/").or_else(|| name.strip_prefix("resource_tags_"))?;
    Some(owner_key(key).to_owned())
}

/// The key of a cost category column.
pub(crate) fn cost_category_key(name: &str) -> Option<String> {
    name.strip_prefix("costCategory/").or_else(|| name.strip_prefix("cost_category_")).map(str::to_owned)
}

/// A tag's key without the mark of user-defined tags.
pub(crate) fn owner_key(key: &str) -> &str {
    key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::{canonical, cost_category_key, tag_key};

    #[test]
    fn every_delivery_spells_a_column_the_same_in_the_end() {
        let pairs = [
            ("lineItem/UsageStartDate", "line_item_usage_start_date"),
            ("line_item_usage_start_date", "line_item_usage_start_date"),
            ("savingsPlan/SavingsPlanARN", "savings_plan_savings_plan_a_r_n"),
            ("reservation/ReservationARN", "reservation_reservation_a_r_n"),
            ("product/instanceType", "product_instance_type"),
            ("product/ProductName", "product_product_name"),
            ("bill/PayerAccountId", "bill_payer_account_id"),
        ];
        for (name, expected) in pairs {
            assert_eq!(canonical(name), expected);
        }
    }

    #[test]
    fn tags_keep_the_key_their_owner_gave() {
        let key = |name| tag_key(name).unwrap();
        assert_eq!(key("resourceTags/user:Cost Center"), "Cost Center");
        assert_eq!(key("resource_tags_user_cost_center"), "cost_center");
        assert_eq!(key("resourceTags/aws:createdBy"), "aws:createdBy");
        assert_eq!(cost_category_key("costCategory/Unit").unwrap(), "Unit");
        assert_eq!(tag_key("lineItem/UsageType"), None);
    }
}
