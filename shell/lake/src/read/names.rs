//! Keys of tags and cost categories that have a column each.

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

/// The key of a discount's column: `discount/EdpDiscount` is `EdpDiscount`, `discount_total_discount` is `total_discount`.
pub(crate) fn discount_key(name: &str) -> Option<String> {
    name.strip_prefix("discount/").or_else(|| name.strip_prefix("discount_")).map(str::to_owned)
}

/// A tag's key in a map of CUR 2.0, whose `tags` say of each where it comes from: a resource's are told as in the legacy report, others
/// (`accountTag/…`, `userAttribute/…`) keep their prefix.
pub(crate) fn map_tag_key(key: &str) -> &str {
    owner_key(key.strip_prefix("resourceTags/").unwrap_or(key))
}

/// A tag's key without the mark of user-defined tags.
fn owner_key(key: &str) -> &str {
    key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::{cost_category_key, discount_key, map_tag_key, tag_key};

    #[test]
    fn tags_keep_the_key_their_owner_gave() {
        let key = |name| tag_key(name).unwrap();
        assert_eq!(key("resourceTags/user:Cost Center"), "Cost Center");
        assert_eq!(key("resource_tags_user_cost_center"), "cost_center");
        assert_eq!(key("resourceTags/aws:createdBy"), "aws:createdBy");
        assert_eq!(cost_category_key("costCategory/Unit").unwrap(), "Unit");
        assert_eq!(tag_key("lineItem/UsageType"), None);
        assert_eq!(map_tag_key("resourceTags/user:CostCenter"), "CostCenter");
        assert_eq!(map_tag_key("user_cost_center"), "cost_center");
        assert_eq!(map_tag_key("accountTag/Team"), "accountTag/Team");
        assert_eq!(discount_key("discount/EdpDiscount").unwrap(), "EdpDiscount");
        assert_eq!(discount_key("discount_total_discount").unwrap(), "total_discount");
        assert_eq!(discount_key("discount"), None);
    }
}
