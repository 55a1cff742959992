//! Bars by time, as SVG: whole numbers, no script, no style of its own. The table beside it has the figures.

use crate::show;
use tenor_money::Money;

const HEIGHT: i128 = 160;
const TOP: i128 = 14;
const STEP: i128 = 64;
const BAR: i128 = 42;
const LEFT: i128 = 6;

/// A bar chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bars {
    pub(crate) width: i128,
    pub(crate) height: i128,
    pub(crate) base: i128,
    pub(crate) bars: Vec<Bar>,
    /// What the highest one comes to.
    pub(crate) most: String,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) x: i128,
    pub(crate) middle: i128,
    pub(crate) y: i128,
    pub(crate) width: i128,
    pub(crate) height: i128,
    pub(crate) label: String,
    /// What a pointer over it is told.
    pub(crate) title: String,
}

impl Bars {
    /// Of amounts in order; none below nothing has a bar.
    pub(crate) fn of(values: &[(String, Money)], unit: &str) -> Self {
        let most = values.iter().map(|(_, value)| *value).max().unwrap_or(Money::ZERO).max(Money::ZERO);
        let bars = (0_i128..).zip(values).map(|(at, (label, value))| {
            let height = show::thousandths(*value, most) * HEIGHT / 1000;
            let x = LEFT + at * STEP + (STEP - BAR) / 2;
            let title = format!("{label}: {} {unit}", show::amount(*value));
            Bar { x, middle: x + BAR / 2, y: TOP + HEIGHT - height, width: BAR, height, label: label.clone(), title }
        });
        let bars: Vec<_> = bars.collect();
        let count = i128::try_from(bars.len()).expect("a chart has few bars");
        Self { width: (2 * LEFT + count * STEP).max(300), height: TOP + HEIGHT + 20, base: TOP + HEIGHT, bars, most: show::amount(most) }
    }
}
