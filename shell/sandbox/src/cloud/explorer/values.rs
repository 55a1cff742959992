//! Which values dimensions, tags and cost categories have.

use super::cost::named;
use super::facts::Row;
use super::filter::{By, Filter, check_dimension};
use super::label::{CATEGORIES, TAGS};
use super::{page_of_reports, paging};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use std::collections::BTreeSet;
use tenor_wire::Value;

/// `GetDimensionValues`. The context is not looked at: it says which dimensions make sense, not which values they have.
pub(super) fn dimensions(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let key = ask.text("Dimension").unwrap_or_default();
    check_dimension(key)?;
    let by = By::Dimension(key.to_owned());
    let found = found(cloud, ask, |row, values| {
        values.insert(by.value(row));
    })?;
    let found: Vec<Value> = found.iter().map(|value| named(cloud, value)).collect();
    answer(cloud, ask, "DimensionValues", found)
}

/// `GetTags`: keys, or the values of a key.
pub(super) fn tags(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let found = keys_or_values(cloud, ask, ask.text("TagKey").map(|key| By::Tag(key.to_owned())), &TAGS)?;
    answer(cloud, ask, "Tags", found)
}

/// `GetCostCategories`: names, or the values of one.
pub(super) fn categories(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let name = ask.text("CostCategoryName");
    let found = keys_or_values(cloud, ask, name.map(|name| By::Category(name.to_owned())), &CATEGORIES)?;
    answer(cloud, ask, if name.is_some() { "CostCategoryValues" } else { "CostCategoryNames" }, found)
}

/// The values of one key, also the empty one of rows that lack it; or the keys of rows that have them.
fn keys_or_values(cloud: &mut Cloud, ask: &Ask<'_>, one: Option<By>, keys: &[&str]) -> Result<Vec<Value>, Refusal> {
    let is_tag = keys == TAGS;
    let found = found(cloud, ask, |row, values| match &one {
        Some(by) => {
            if by.exists() {
                values.insert(by.value(row));
            }
        }
        None => {
            for key in keys {
                let value = if is_tag { row.tag(key) } else { row.category(key) };
                if !value.is_empty() {
                    values.insert((*key).to_owned());
                }
            }
        }
    })?;
    Ok(found.into_iter().map(Value::from).collect())
}

fn found(cloud: &mut Cloud, ask: &Ask<'_>, mut take: impl FnMut(&Row<'_>, &mut BTreeSet<String>)) -> Result<BTreeSet<String>, Refusal> {
    cloud.check_view(ask)?;
    let range = cloud.range(ask, "TimePeriod")?;
    let filter = Filter::read(ask)?;
    let view = cloud.view(ask, range);
    let mut found = BTreeSet::new();
    view.rows().filter(|row| filter.takes(row)).for_each(|row| take(&row, &mut found));
    let search = ask.text("SearchString").unwrap_or_default().to_lowercase();
    found.retain(|value| value.to_lowercase().contains(&search));
    Ok(found)
}

fn answer(cloud: &Cloud, ask: &Ask<'_>, member: &'static str, found: Vec<Value>) -> Answered {
    let total = found.len() as i64;
    let (page, next) = page_of_reports(cloud, ask, paging("MaxResults", "NextPageToken", 1_000), found)?;
    let mut answer = Value::of([("ReturnSize", (page.len() as i64).into()), ("TotalSize", total.into()), (member, page.into())]);
    if let Some(next) = next {
        answer.set("NextPageToken", next.into());
    }
    Ok(answer)
}
