//! Tags, cost categories, discounts and product attributes of a CUR row.

use super::cur::CurBinding;
use super::cur_map::text;
use super::cur_row::set_text;
use super::json::{MapCache, canonical_text, object};
use super::names::map_tag_key;
use super::nested::push_part;
use super::row::{Fault, Problem, Row};
use crate::schema::Column;
use crate::write::Batch;
use serde_json::Value;

/// What the maps of one file's rows say, read once for each distinct text.
#[derive(Default)]
pub(super) struct Maps {
    products: MapCache<Vec<Option<String>>>,
    tags: MapCache<String>,
    categories: MapCache<String>,
    discounts: MapCache<String>,
    raw: Vec<u8>,
}

impl Maps {
    /// Sets tags, cost categories, discounts and the attributes only the product map has.
    pub(super) fn set<R: Row>(&mut self, binding: &CurBinding, row: &R, to: &mut Batch) -> Result<(), Fault> {
        let raw = &mut self.raw;
        set_keyed(row, &binding.tags, raw, &mut self.tags, Column::Tags, to)?;
        set_keyed(row, &binding.categories, raw, &mut self.categories, Column::XCostCategories, to)?;
        let fullest = binding.tag_maps.into_iter().flatten().find(|wanted| !is_empty(row.text(*wanted)));
        set_map(row, fullest, &mut self.tags, Column::Tags, to)?;
        set_map(row, binding.category_map, &mut self.categories, Column::XCostCategories, to)?;
        self.set_discounts(binding, row, to)?;
        self.set_product(binding, row, to)
    }

    /// The discounts of a row: those of its map and those with a column each.
    fn set_discounts<R: Row>(&mut self, binding: &CurBinding, row: &R, to: &mut Batch) -> Result<(), Fault> {
        let keyed = &binding.discounts;
        let map = text(row, binding.discount_map);
        if is_empty(map) {
            return set_keyed(row, keyed, &mut self.raw, &mut self.discounts, Column::XDiscounts, to);
        }
        self.raw.clear();
        push_part(&mut self.raw, Some(map));
        keyed.iter().for_each(|(_, wanted)| push_part(&mut self.raw, Some(row.text(*wanted))));
        let read = |_: &[u8]| {
            let mut entries: Vec<(String, Value)> = object(map)?.into_iter().collect();
            entries.extend(keyed_entries(row, keyed)?);
            Some(canonical_text(entries))
        };
        let fault = Fault { column: binding.discount_map, problem: Problem::Map };
        let discounts = self.discounts.get(&self.raw, read).ok_or(fault)?;
        set_text(to, Column::XDiscounts, discounts.as_bytes(), binding.discount_map)
    }

    fn set_product<R: Row>(&mut self, binding: &CurBinding, row: &R, to: &mut Batch) -> Result<(), Fault> {
        let Some(product) = binding.product_map else { return Ok(()) };
        let raw = row.text(product);
        if raw.is_empty() {
            return Ok(());
        }
        let wanted = &binding.product_attributes;
        let read = |raw: &[u8]| {
            let map = object(raw)?;
            Some(wanted.iter().map(|(name, _)| map.get(*name).and_then(Value::as_str).map(str::to_owned)).collect())
        };
        let attributes = self.products.get(raw, read).ok_or(Fault::at(product, Problem::Map))?;
        for ((_, column), value) in wanted.iter().zip(attributes) {
            set_text(to, *column, value.as_deref().unwrap_or_default().as_bytes(), Some(product))?;
        }
        Ok(())
    }
}

/// Tags, cost categories or discounts that have a column each.
fn set_keyed<R: Row>(
    row: &R,
    keyed: &[(String, usize)],
    raw: &mut Vec<u8>,
    cache: &mut MapCache<String>,
    column: Column,
    to: &mut Batch,
) -> Result<(), Fault> {
    raw.clear();
    let mut any = false;
    for (_, wanted) in keyed {
        let value = row.text(*wanted);
        any |= !value.is_empty();
        push_part(raw, Some(value));
    }
    if !any {
        return Ok(());
    }
    let first = keyed.first().map(|(_, wanted)| *wanted);
    let text = cache.get(raw, |_| keyed_entries(row, keyed).map(canonical_text)).ok_or(Fault { column: first, problem: Problem::Text })?;
    set_text(to, column, text.as_bytes(), first)
}

fn keyed_entries<R: Row>(row: &R, keyed: &[(String, usize)]) -> Option<Vec<(String, Value)>> {
    let value = |wanted: usize| std::str::from_utf8(row.text(wanted)).ok().map(Value::from);
    keyed.iter().map(|(key, wanted)| Some((key.clone(), value(*wanted)?))).collect()
}

/// Tags or cost categories that come as one map.
fn set_map<R: Row>(row: &R, wanted: Option<usize>, cache: &mut MapCache<String>, column: Column, to: &mut Batch) -> Result<(), Fault> {
    let Some(wanted) = wanted else { return Ok(()) };
    let raw = row.text(wanted);
    if is_empty(raw) {
        return Ok(());
    }
    let key = |key: String| if column == Column::Tags { map_tag_key(&key).to_owned() } else { key };
    let read = |raw: &[u8]| Some(canonical_text(object(raw)?.into_iter().map(|(name, value)| (key(name), value))));
    let text = cache.get(raw, read).ok_or(Fault::at(wanted, Problem::Map))?;
    set_text(to, column, text.as_bytes(), Some(wanted))
}

/// Whether a map's text has no entries.
fn is_empty(map: &[u8]) -> bool {
    map.is_empty() || map == b"{}"
}
