//! Demand out of the lake: what reservations and plans could cover, by whatever tells usage apart.

use crate::context::Context;
use crate::lake;
use crate::propose::until_decision;
use crate::report::Refused;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tenor_bill::Hour;
use tenor_cover::replay::{Replay, SkuName};
use tenor_cover::{Sharing, Sizes, eligible_usage, instance_family, region_of_usage};
use tenor_propose::{Demand, DemandSeries};
use tenor_query::QueryError;
use tenor_query::replay::{PlanningBill, PlanningQuestion};

/// What `--demand` says for it.
pub(super) const NAME: &str = "lake";

/// Months that are read at most.
const MONTHS_MAX: usize = 61;

/// What usage can be told apart by.
const COLUMNS: [&str; 6] = ["account", "service", "region", "operation", "family", "type"];

/// How usage is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// Normalized units, or instances where sizes are not flexible: of what reservations cover.
    Units,
    /// What it costs at list by the hour: of what plans may cover.
    ListCost,
}

impl Value {
    /// As `--value` names it.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Refused> {
        match text {
            None | Some("units") => Ok(Self::Units),
            Some("list-cost") => Ok(Self::ListCost),
            Some(other) => Err(Refused::bad_usage(format!("`{other}` is nothing that the lake's usage is counted in"))
                .hint("--value units (of what reservations cover) or list-cost (of what plans may cover)")),
        }
    }

    const fn decimals(self) -> u32 {
        match self {
            Self::Units => 3,
            Self::ListCost => 6,
        }
    }
}

/// Reads it.
pub(super) fn read(context: &Context, payer: Option<String>, columns: &[String], value: Value) -> anyhow::Result<Demand> {
    let chosen = columns.iter().map(|column| COLUMNS.iter().position(|known| known == column).ok_or(column));
    let chosen: Vec<usize> = chosen.collect::<Result<_, _>>().map_err(|column| {
        Refused::bad_usage(format!("the lake's usage has no `{column}`")).hint(format!("--series takes {}", COLUMNS.join(", ")))
    })?;
    let question = PlanningQuestion { payer, months_max: MONTHS_MAX, until: None };
    let covered = |name: &SkuName| value == Value::ListCost && eligible_usage(&name.service, &name.usage_type).is_some();
    let bill = context.block_on(lake::ask(context, None, async |engine| engine.planning(&question, &covered).await))?;
    let PlanningBill { input, rates, hours, too_long, .. } = bill;
    let replay = input.build(Sharing::default(), &rates, &Sizes::published()).map_err(QueryError::from)?;
    let mut limitations: Vec<String> =
        too_long.into_iter().map(|(sku, rows)| format!("left out: {rows} rows of {sku} that are longer than an hour")).collect();
    limitations.extend(replay.gaps.iter().map(ToString::to_string));
    let hours = until_decision(None, &replay, hours, &mut limitations)?;
    limitations.iter().for_each(|limitation| context.note(format_args!("note: {limitation}")));
    demand(&replay, hours, columns, &chosen, value)
}

/// Usage of some hours, told apart by some columns.
fn demand(replay: &Replay, hours: Range<Hour>, columns: &[String], chosen: &[usize], value: Value) -> anyhow::Result<Demand> {
    let count = usize::try_from(hours.end.epoch_hours() - hours.start.epoch_hours())?;
    let labelled: Vec<Option<(Vec<String>, u128, u128)>> = labels(replay, chosen, value);
    let mut rows: BTreeMap<&[String], usize> = labelled.iter().flatten().map(|(labels, ..)| (labels.as_slice(), 0)).collect();
    rows.values_mut().enumerate().for_each(|(place, row)| *row = place);
    let row_of: Vec<Option<(usize, u128, u128)>> =
        labelled.iter().map(|one| one.as_ref().map(|(labels, times, parts)| (rows[labels.as_slice()], *times, *parts))).collect();
    let mut cells = vec![vec![0_u64; count]; rows.len()];
    let mut known = BTreeSet::new();
    for (hour, place, cell) in replay.usage.cells() {
        let offset = usize::try_from(hour.epoch_hours() - hours.start.epoch_hours())?;
        if offset >= count {
            continue;
        }
        known.insert(offset);
        let Some((row, times, parts)) = row_of[place] else { continue };
        let used = u64::try_from(u128::from(cell) * times / parts)?;
        cells[row][offset] = cells[row][offset].saturating_add(used);
    }
    let end = known.last().map_or(0, |last| last + 1);
    let series = rows.into_keys().zip(cells).map(|(labels, mut cells)| {
        cells.truncate(end);
        DemandSeries { labels: labels.to_vec(), decimals: value.decimals(), cells }
    });
    let unknown = (0..end).filter(|hour| !known.contains(hour)).map(|hour| hour..hour + 1).collect();
    Ok(Demand::new(hours.start, end, columns.to_vec(), series.collect(), unknown)?)
}

/// By series of the bill: its labels, and what a cell is multiplied and divided by; none where the value does not count it.
fn labels(replay: &Replay, chosen: &[usize], value: Value) -> Vec<Option<(Vec<String>, u128, u128)>> {
    let parts = replay.organization.parts();
    let one = |series: &tenor_cover::Series| {
        let sku = &parts.skus[series.sku];
        let (name, kind) = &replay.names[series.sku];
        let scale = 10_u128.pow(sku.decimals);
        let (times, parts) = match value {
            Value::Units => {
                let reservable = sku.reservable.as_ref()?;
                let factor = if reservable.families.is_empty() { 1_000 } else { reservable.factor.thousandths() };
                (u128::from(factor), scale)
            }
            // Prices count 10⁻¹², demand here 10⁻⁶.
            Value::ListCost => (u128::try_from(sku.on_demand.units()).ok()?, scale * 1_000_000),
        };
        let region = if name.region.is_empty() { region_of_usage(&name.usage_type).unwrap_or_default() } else { &name.region };
        let family = instance_family(kind).unwrap_or_default();
        let all = [series.account.as_str(), &name.service, region, &name.operation, &family, kind];
        Some((chosen.iter().map(|at| all[*at].to_owned()).collect(), times, parts))
    };
    parts.series.iter().map(one).collect()
}
