//! Stacked bars over time, as SVG: whole numbers, no script and no style of its own. It hides nothing: what has no place of its own is one
//! more series, and the table beside a chart has the figures.

use crate::show;
use askama::Template;
use tenor_money::Money;

const HEIGHT: i128 = 180;
const TOP: i128 = 22;
/// What bars and the gaps between them share.
const WIDTH: i128 = 760;
const STEP_MAX: i128 = 64;
const STEP_MIN: i128 = 5;
/// A label below a bar is about so wide.
const LABEL: i128 = 56;
/// Bars are drawn to this part of their height.
const PARTS: i128 = 100_000;
/// So many series have a look of their own; the last look is for the rest.
pub(crate) const LOOKS: usize = 8;
/// A chart has about so many parts of bars at most, so that a page stays light.
const MARKS_MAX: usize = LOOKS * 48;
/// A chart has no more bars: the newest.
pub(crate) const COLUMNS_MAX: usize = 190;

/// What is drawn over each look's colour, in a square of eight by eight, so that looks differ without colours too.
const TEXTURES: [&str; LOOKS] = [
    "",
    "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    "M2 2h2v2h-2zM6 6h2v2h-2z",
    "M-2 6L2 10M0 0L8 8M6 -2L10 2",
    "M0 2h8M0 6h8",
    "M0 4h8M4 0v8",
    "M2 0v8M6 0v8",
    "M0 0L8 8M0 8L8 0",
];

/// A chart.
#[derive(Debug, Clone, Template)]
#[template(path = "stack.html")]
pub(crate) struct Stack {
    /// What its own parts are called by; no two charts of a page have the same.
    id: &'static str,
    label: String,
    width: i128,
    height: i128,
    lines: Vec<Line>,
    /// Where labels stand.
    foot: i128,
    labels: Vec<(i128, String)>,
    marks: Vec<Mark>,
    legend: Vec<Entry>,
    /// Bars that are too many to be drawn.
    cut: usize,
}

/// A line across, with what it stands for.
#[derive(Debug, Clone)]
struct Line {
    y: i128,
    text: String,
    is_base: bool,
}

/// A part of a bar.
#[derive(Debug, Clone)]
struct Mark {
    look: usize,
    x: i128,
    y: i128,
    width: i128,
    height: i128,
    title: String,
}

/// What a look stands for.
#[derive(Debug, Clone)]
struct Entry {
    look: usize,
    texture: &'static str,
    name: String,
    address: Option<String>,
    total: String,
}

/// What has a look: an amount for each bar.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Where its name leads.
    pub(crate) address: Option<String>,
    pub(crate) amounts: Vec<Money>,
}

impl Series {
    fn total(&self) -> Money {
        self.amounts.iter().copied().sum()
    }
}

/// Puts the largest series first, and those beyond the looks there are together.
pub(crate) fn folded(mut series: Vec<Series>) -> Vec<Series> {
    series.sort_by_key(|one| std::cmp::Reverse(one.amounts.iter().map(|amount| amount.abs()).sum::<Money>()));
    if series.len() <= LOOKS {
        return series;
    }
    let rest = series.split_off(LOOKS - 1);
    let bars = rest.iter().map(|one| one.amounts.len()).max().unwrap_or_default();
    let amounts = (0..bars).map(|at| rest.iter().filter_map(|one| one.amounts.get(at)).copied().sum::<Money>()).collect();
    series.push(Series { name: format!("{} others", rest.len()), address: None, amounts });
    series
}

impl Stack {
    /// Of series in the order in which they are stacked, with an amount for each label; none where there is nothing to draw.
    pub(crate) fn of(id: &'static str, label: &str, unit: &str, labels: &[String], series: &[Series]) -> Option<Self> {
        let from = labels.len().saturating_sub(COLUMNS_MAX.min(MARKS_MAX / series.len().max(1)));
        let labels = &labels[from..];
        let amounts: Vec<Vec<Money>> = (0..labels.len())
            .map(|at| series.iter().map(|one| one.amounts.get(from + at).copied().unwrap_or_default()).collect())
            .collect();
        let sum = |amounts: &[Money], is_up: bool| amounts.iter().copied().filter(|amount| (*amount > Money::ZERO) == is_up).sum::<Money>();
        let up = amounts.iter().map(|all| sum(all, true)).max().unwrap_or_default();
        let down = amounts.iter().map(|all| sum(all, false)).min().unwrap_or_default();
        let range = up - down;
        if range <= Money::ZERO {
            return None;
        }
        let count = i128::try_from(labels.len()).expect("a chart has few bars");
        let step = (WIDTH / count).clamp(STEP_MIN, STEP_MAX);
        let bar = (step * 2 / 3).max(3);
        let y = |amount: Money| TOP + scaled(up - amount, range);
        // The first label stands in the middle below its bar, and is not to be cut off.
        let left = if step < LABEL { LABEL / 2 } else { 6 };
        let x = |at: usize| left + i128::try_from(at).expect("a chart has few bars") * step;
        let marks = amounts.iter().enumerate().flat_map(|(at, all)| {
            let ends = ends(all);
            let marks = ends.into_iter().enumerate().filter(|(_, (begin, end))| begin != end).map(move |(look, (begin, end))| {
                let (top, bottom) = (y(begin.max(end)), y(begin.min(end)));
                let title = format!("{}, {}: {} {unit}", labels[at], series[look].name, show::amount(all[look]));
                Mark { look: look.min(LOOKS - 1), x: x(at) + (step - bar) / 2, y: top, width: bar, height: (bottom - top).max(1), title }
            });
            marks.collect::<Vec<_>>()
        });
        let every = usize::try_from((LABEL + step - 1) / step).unwrap_or(1).max(1);
        let shown = labels.iter().enumerate().filter(|(at, _)| at.is_multiple_of(every));
        let line = |amount: Money| Line { y: y(amount), text: format!("{} {unit}", show::amount(amount)), is_base: amount.is_zero() };
        Some(Self {
            id,
            label: label.to_owned(),
            width: (2 * left + count * step + LABEL / 2).max(320),
            height: TOP + HEIGHT + 22,
            lines: [up, Money::ZERO, down]
                .into_iter()
                .enumerate()
                .filter(|(at, end)| *at == 1 || !end.is_zero())
                .map(|(_, end)| line(end))
                .collect(),
            foot: TOP + HEIGHT + 16,
            labels: shown.map(|(at, label)| (x(at) + step / 2, label.clone())).collect(),
            marks: marks.collect(),
            cut: from,
            legend: series.iter().enumerate().map(|(at, one)| entry(at, one)).collect(),
        })
    }
}

fn entry(at: usize, series: &Series) -> Entry {
    let look = at.min(LOOKS - 1);
    Entry { look, texture: TEXTURES[look], name: series.name.clone(), address: series.address.clone(), total: show::amount(series.total()) }
}

/// Where each part of a bar begins and ends: what is more than nothing goes up from it, what is less goes down.
fn ends(amounts: &[Money]) -> Vec<(Money, Money)> {
    let (mut above, mut below) = (Money::ZERO, Money::ZERO);
    let mut end = |amount: Money| {
        let side = if amount > Money::ZERO { &mut above } else { &mut below };
        let begin = *side;
        *side += amount;
        (begin, *side)
    };
    amounts.iter().map(|amount| end(*amount)).collect()
}

/// So many pixels of the height; amounts beyond any bill's are drawn a little less exactly.
fn scaled(part: Money, range: Money) -> i128 {
    let (part, range) = (part.units(), range.units());
    let parts = part.checked_mul(PARTS).map_or_else(|| part / (range / PARTS).max(1), |parts| parts / range);
    parts.clamp(0, PARTS) * HEIGHT / PARTS
}
