//! What was used: SKUs that commitments may cover, with their public rates and the rates of plans.

use super::fields::Fields;
use crate::{Engine, QueryError};
use std::collections::BTreeMap;
use tenor_cover::replay::{Fee, FeeKind, KnownRates, ReplayInput, SkuFacts, SkuName};
use tenor_cover::{CommitmentId, Factor, Sizes, region_of_usage};
use tenor_money::{Quantity, UnitPrice};

/// Usage that commitments can cover: not Spot, and not the usage of more than one line item type at once.
pub(super) const USAGE: &str = "ChargeCategory = 'Usage' AND x_LineItemType IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') \
     AND x_UsageType NOT LIKE '%Spot%'";

/// The columns that name a SKU.
pub(super) const NAME: &str = "coalesce(x_ServiceCode, ''), coalesce(RegionId, ''), coalesce(x_UsageType, ''), coalesce(x_Operation, '')";

/// Takes the SKUs in that a reservation, a plan of the bill or any other plan may cover, and says by which index usage refers to each.
pub(super) async fn read(
    engine: &Engine,
    fees: &[Fee],
    is_in_a_plan: &dyn Fn(&SkuName) -> bool,
    rates: &mut KnownRates,
    input: &mut ReplayInput,
    sizes: &Sizes,
) -> Result<BTreeMap<SkuName, usize>, QueryError> {
    let mut charged = charged(engine).await?;
    let mut known = BTreeMap::new();
    let statement = format!(
        "SELECT {NAME}, max(x_InstanceType), max(x_Tenancy), max(x_DatabaseEngine), max(x_LicenseModel), max(x_DeploymentOption), \
         max(x_CacheEngine), max(PricingUnit), max(ListUnitPrice), min(CASE WHEN ListUnitPrice > 0 THEN ListUnitPrice END), \
         min(CASE WHEN x_NormalizationFactor > 0 THEN x_NormalizationFactor END), max(x_NormalizationFactor) FROM charges WHERE {USAGE} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    );
    for row in Fields::all(engine, &statement).await? {
        let name = name(&row);
        let mut facts = facts(&row, 4, UnitPrice::from_units(0));
        facts.public_rate = facts.public_rate.or_else(|| listed_rate(&name, rates));
        // One type has one factor; where rows disagree, its own stands.
        facts.factor = row.read(13).filter(|least| row.read(14).as_ref() == Some(least)).and_then(factor);
        let charged = charged.remove(&name).unwrap_or_default();
        let differ = |least: Option<UnitPrice>, most: Option<UnitPrice>| least.is_some() && least != most;
        facts.has_several_rates =
            differ(row.read(12), row.read(11)) || charged.iter().any(|(_, least, most)| differ(Some(*least), Some(*most)));
        let has_plan_rate = is_in_a_plan(&name) || !charged.is_empty() || fees.iter().any(|fee| is_listed(fee, &name, rates));
        let Some(index) = input.sku(name.clone(), &facts, has_plan_rate, sizes) else { continue };
        rates.billed.extend(charged.into_iter().map(|(plan, _, rate)| ((plan, index), rate)));
        known.insert(name, index);
    }
    Ok(known)
}

/// The price list's on-demand rate of a SKU, in the Region that the bill names or the usage type does.
fn listed_rate(name: &SkuName, rates: &KnownRates) -> Option<UnitPrice> {
    let region = Some(name.region.as_str()).filter(|region| !region.is_empty()).or_else(|| region_of_usage(&name.usage_type))?;
    rates.on_demand.get(&(region.to_owned(), name.service.clone(), name.usage_type.clone(), name.operation.clone())).copied()
}

/// Whether the price list has a rate of a plan's offering for a SKU.
fn is_listed(fee: &Fee, name: &SkuName, rates: &KnownRates) -> bool {
    let FeeKind::Plan { offering, .. } = &fee.kind else { return false };
    let key = (name.service.clone(), name.usage_type.clone(), name.operation.clone());
    rates.listed.get(offering).is_some_and(|rates| rates.contains_key(&key))
}

/// Normalized units of an instance, in thousandths.
fn factor(units: Quantity) -> Option<Factor> {
    u32::try_from(units.units() / 1_000_000_000).ok().and_then(Factor::from_thousandths)
}

/// The lowest and the highest rate that each plan charged, by SKU.
async fn charged(engine: &Engine) -> Result<BTreeMap<SkuName, Vec<(CommitmentId, UnitPrice, UnitPrice)>>, QueryError> {
    let statement = format!(
        "SELECT {NAME}, CommitmentDiscountId, min(x_SavingsPlanRate), max(x_SavingsPlanRate) FROM charges WHERE {USAGE} \
         AND x_LineItemType = 'SavingsPlanCoveredUsage' AND x_SavingsPlanRate IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
    );
    let mut charged: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in Fields::all(engine, &statement).await? {
        if let (Some(least), Some(most)) = (row.read(5), row.read(6)) {
            charged.entry(name(&row)).or_default().push((CommitmentId(row.text(4).to_owned()), least, most));
        }
    }
    Ok(charged)
}

/// The name of a SKU, from the first four columns.
pub(super) fn name(row: &Fields) -> SkuName {
    let [service, region, usage_type, operation] = [0, 1, 2, 3].map(|place| row.text(place).to_owned());
    SkuName { service, region, usage_type, operation }
}

/// What else a row says of a SKU, from a column on.
pub(super) fn facts(row: &Fields, from: usize, no_rate: UnitPrice) -> SkuFacts {
    let text = |place| row.text(from + place).to_owned();
    let public_rate = row.read(from + 7).filter(|rate| *rate != no_rate);
    SkuFacts {
        instance_type: text(0),
        tenancy: text(1),
        database_engine: text(2),
        license_model: text(3),
        deployment: text(4),
        cache_engine: text(5),
        unit: text(6),
        public_rate,
        ..SkuFacts::default()
    }
}
