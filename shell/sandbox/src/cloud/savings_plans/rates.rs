//! The rates of a plan that is held.

use super::describe::PAGING;
use super::sale::rate_value;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::matching::offered_rate;
use crate::region::REGIONS;
use crate::sku::{Sku, instance_type_of};
use tenor_wire::Value;

/// `DescribeSavingsPlanRates`.
pub(super) fn rates(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let id = ask.text("savingsPlanId").unwrap_or_default();
    let plan = cloud.own_plan(ask, id)?;
    let filters = ask.input.list("filters").unwrap_or_default();
    for filter in filters {
        let name = filter.text("name").unwrap_or_default();
        if attribute(&cloud.offers.skus[0], name).is_none() {
            return Err(Refusal::new("ValidationException", format!("`{name}` is no filter of rates")));
        }
    }
    let fits = |sku: &Sku| {
        filters.iter().all(|filter| {
            let own = attribute(sku, filter.text("name").unwrap_or_default()).unwrap_or_default();
            texts(filter, "values").contains(&own)
        })
    };
    let mut found = Vec::new();
    for sku in cloud.offers.skus.iter().filter(|sku| fits(sku)) {
        if let Some(rate) = offered_rate(&plan.kind, plan.term, plan.payment, sku) {
            let mut value = rate_value(sku, rate);
            value.set("currency", "USD".into());
            found.push(value);
        }
    }
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([("savingsPlanId", id.into()), ("searchResults", page.into())]);
    if let Some(next) = next {
        answer.set("nextToken", next.into());
    }
    Ok(answer)
}

/// An attribute by the name of its filter ([BOTO:savingsplans] `SavingsPlanRateFilterName`); none for what is no filter.
fn attribute<'s>(sku: &'s Sku, name: &str) -> Option<&'s str> {
    Some(match name {
        "region" => REGIONS[sku.region as usize].code,
        "instanceType" => instance_type_of(sku),
        "serviceCode" => sku.product_code,
        "usageType" => &sku.usage_type,
        "operation" => sku.operation,
        "productType" => super::product_of(sku),
        "tenancy" => "shared",
        "productDescription" => "Linux/UNIX",
        _ => return None,
    })
}
