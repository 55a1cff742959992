//! CUR rows, legacy and 2.0, become charges.

use super::fields::{CUR_AMOUNT_COUNT, CUR_AMOUNTS, CUR_TEXTS, CurAmount, SPLIT_SOURCES, SPLIT_TABLE};
use super::mapper::BindError;
use super::names::{cost_category_key, discount_key, tag_key};
use super::row::{Want, Wanted};
use crate::schema::{Column, Kind};
use crate::source::athena_name;
use std::collections::BTreeSet;

/// The columns of one file that a CUR mapping reads, and where each leads.
pub(crate) struct CurBinding {
    pub(crate) wanted: Vec<Wanted>,
    pub(super) texts: Vec<(usize, Column)>,
    pub(super) amounts: [Option<usize>; CUR_AMOUNT_COUNT],
    pub(super) tags: Vec<(String, usize)>,
    /// Maps of tags, the fullest first.
    pub(super) tag_maps: [Option<usize>; 2],
    pub(super) categories: Vec<(String, usize)>,
    pub(super) category_map: Option<usize>,
    pub(super) discounts: Vec<(String, usize)>,
    pub(super) discount_map: Option<usize>,
    pub(super) product_map: Option<usize>,
    /// Attributes that only the product map has.
    pub(super) product_attributes: Vec<(&'static str, Column)>,
    pub(super) split: Vec<Option<usize>>,
    pub(super) known: Known,
}

/// Columns that decide what a row is.
pub(super) struct Known {
    pub(super) payer: Option<usize>,
    pub(super) period_start: Option<usize>,
    pub(super) period_end: Option<usize>,
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
    pub(super) interval: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) operation: Option<usize>,
    pub(super) description: Option<usize>,
    pub(super) service_code: Option<usize>,
    pub(super) product_name: Option<usize>,
    pub(super) usage_type: Option<usize>,
    pub(super) pricing_unit: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) reservation: Option<usize>,
    pub(super) reservation_zone: Option<usize>,
    pub(super) plan: Option<usize>,
    pub(super) plan_type: Option<usize>,
    pub(super) invoicing_entity: Option<usize>,
    pub(super) legal_entity: Option<usize>,
    pub(super) billing_entity: Option<usize>,
}

/// Gathers wanted columns by canonical name, each once.
struct Gather<'a> {
    columns: &'a [String],
    names: Vec<String>,
    wanted: Vec<Wanted>,
}

impl Gather<'_> {
    /// The place in `wanted` of the column with that canonical name; the first of equal names, as AWS keeps it.
    fn want(&mut self, name: &str, want: Want) -> Option<usize> {
        let index = self.names.iter().position(|known| known == name)?;
        Some(self.want_index(index, want))
    }

    fn want_index(&mut self, index: usize, want: Want) -> usize {
        let known = self.wanted.iter().position(|column| column.index == index && column.want == want);
        known.unwrap_or_else(|| {
            self.wanted.push(Wanted { index, name: self.columns[index].clone(), want });
            self.wanted.len() - 1
        })
    }
}

impl CurBinding {
    /// Binds the columns of a file, by their names as written.
    pub(crate) fn new(columns: &[String]) -> Self {
        let mut gather = Gather { columns, names: columns.iter().map(|name| athena_name(name)).collect(), wanted: Vec::new() };
        let g = &mut gather;
        let mut texts: Vec<(usize, Column)> = Vec::new();
        for (name, column) in CUR_TEXTS {
            if texts.iter().all(|(_, bound)| bound != column)
                && let Some(at) = g.want(name, Want::Text)
            {
                texts.push((at, *column));
            }
        }
        let amounts = std::array::from_fn(|place| g.want(CUR_AMOUNTS[place].0, Want::Amount));
        let product_map = g.want("product", Want::Map);
        let missing = |(name, column): &(&'static str, Column)| {
            let attribute = name.strip_prefix("product_")?;
            texts.iter().all(|(_, bound)| bound != column).then_some((attribute, *column))
        };
        let mut product_attributes: Vec<_> =
            if product_map.is_some() { CUR_TEXTS.iter().filter_map(missing).collect() } else { Vec::new() };
        if product_map.is_some() && g.want("product_product_name", Want::Text).is_none() {
            product_attributes.push(("product_name", Column::ServiceName));
        }
        let keyed = |g: &mut Gather<'_>, key: fn(&str) -> Option<String>| -> Vec<(String, usize)> {
            let found: Vec<_> = columns.iter().enumerate().filter_map(|(index, name)| key(name).map(|key| (key, index))).collect();
            found.into_iter().map(|(key, index)| (key, g.want_index(index, Want::Text))).collect()
        };
        let (tags, categories, discounts) = (keyed(g, tag_key), keyed(g, cost_category_key), keyed(g, discount_key));
        // `resource_tags` has lost its keys' capitals; `tags` came later and has them.
        let tag_maps = ["tags", "resource_tags"].map(|name| g.want(name, Want::Map));
        let category_map = g.want("cost_category", Want::Map);
        let discount_map = g.want("discount", Want::Map);
        let split = SPLIT_SOURCES.iter().zip(SPLIT_TABLE).map(|(name, info)| g.want(name, want_of(info.kind))).collect();
        let known = Known::gather(g);
        Self {
            wanted: gather.wanted,
            texts,
            amounts,
            tags,
            tag_maps,
            categories,
            category_map,
            discounts,
            discount_map,
            product_map,
            product_attributes,
            split,
            known,
        }
    }
}

impl CurBinding {
    /// What speaks against binding `columns` so: a column that every CUR has and this file has not, or a decisive one that it has twice.
    pub(crate) fn check(&self, columns: &[String]) -> Result<(), BindError> {
        let known = &self.known;
        let needed = [
            ("bill/PayerAccountId", known.payer),
            ("bill/BillingPeriodStartDate", known.period_start),
            ("lineItem/UsageStartDate", known.start),
            ("lineItem/UsageEndDate", known.end),
            ("lineItem/LineItemType", known.kind),
            ("lineItem/CurrencyCode", known.currency),
            ("lineItem/UnblendedCost", self.amounts[CurAmount::UnblendedCost as usize]),
        ];
        if let Some((name, _)) = needed.iter().find(|(_, place)| place.is_none()) {
            return Err(BindError::Missing(name));
        }
        let decisive: BTreeSet<String> =
            needed.iter().map(|(name, _)| athena_name(name)).chain(CUR_AMOUNTS.iter().map(|(name, _)| (*name).to_owned())).collect();
        let mut seen = BTreeSet::new();
        let mut is_twice = |name: &str| {
            let name = athena_name(name);
            decisive.contains(&name) && !seen.insert(name)
        };
        columns.iter().find(|name| is_twice(name)).map_or(Ok(()), |name| Err(BindError::Twice(name.clone())))
    }
}

pub(super) fn want_of(kind: Kind) -> Want {
    match kind {
        Kind::Text | Kind::Json => Want::Text,
        Kind::Amount | Kind::Count => Want::Amount,
        Kind::Moment | Kind::Day => Want::Moment,
    }
}

impl Known {
    fn gather(g: &mut Gather<'_>) -> Self {
        Self {
            payer: g.want("bill_payer_account_id", Want::Text),
            period_start: g.want("bill_billing_period_start_date", Want::Moment),
            period_end: g.want("bill_billing_period_end_date", Want::Moment),
            start: g.want("line_item_usage_start_date", Want::Moment),
            end: g.want("line_item_usage_end_date", Want::Moment),
            interval: g.want("identity_time_interval", Want::Text),
            kind: g.want("line_item_line_item_type", Want::Text),
            operation: g.want("line_item_operation", Want::Text),
            description: g.want("line_item_line_item_description", Want::Text),
            service_code: g.want("line_item_product_code", Want::Text),
            product_name: g.want("product_product_name", Want::Text),
            usage_type: g.want("line_item_usage_type", Want::Text),
            pricing_unit: g.want("pricing_unit", Want::Text),
            currency: g.want("line_item_currency_code", Want::Text),
            reservation: g.want("reservation_reservation_a_r_n", Want::Text),
            reservation_zone: g.want("reservation_availability_zone", Want::Text),
            plan: g.want("savings_plan_savings_plan_a_r_n", Want::Text),
            plan_type: g.want("savings_plan_offering_type", Want::Text),
            invoicing_entity: g.want("bill_invoicing_entity", Want::Text),
            legal_entity: g.want("line_item_legal_entity", Want::Text),
            billing_entity: g.want("bill_billing_entity", Want::Text),
        }
    }
}
