//! What each policy saved over time, as lines of an SVG in whole numbers: no script, no style of its own. The table beside it has the figures.

use super::{percent, share, told};
use crate::backtests::BacktestPolicy;
use crate::show;
use tenor_money::{Quantity, SCALE};

const WIDTH: i128 = 720;
const HEIGHT: i128 = 220;
const LEFT: i128 = 56;
const TOP: i128 = 12;
const BELOW: i128 = 22;
/// So many kinds of lines the style knows.
const KINDS: usize = 6;
/// So many points of a line are read out, and the last.
const DOTS: usize = 40;
/// A table has no more rows; of more decisions the last are shown.
const ROWS_MAX: usize = 520;

/// Lines over time, and the table behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Curves {
    pub(super) width: i128,
    pub(super) height: i128,
    pub(super) left: i128,
    pub(super) right: i128,
    /// Where nothing is saved.
    pub(super) zero: i128,
    /// The highest share, and the lowest where that is below zero.
    pub(super) most: String,
    pub(super) least: String,
    pub(super) bottom: i128,
    pub(super) label_y: i128,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) lines: Vec<Curve>,
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<(String, Vec<String>)>,
}

/// A policy's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Curve {
    pub(super) name: String,
    /// Which style it has.
    pub(super) kind: usize,
    pub(super) points: String,
    /// Some of its points, with what is read out there.
    pub(super) dots: Vec<(i128, i128, String)>,
    /// What it came to.
    pub(super) end: String,
}

impl Curves {
    /// Of policies that decided; none where nobody did, or what is kept says no shares.
    pub(super) fn of(policies: &[BacktestPolicy]) -> Option<Self> {
        // Who buys nothing saves nothing: that is the line of zero.
        let drawn: Vec<&BacktestPolicy> = policies.iter().filter(|one| one.name != "nothing" && !one.over_time.is_empty()).collect();
        let hours: Vec<&str> = drawn.first()?.over_time.iter().map(|moment| moment.hour.as_str()).collect();
        let shares = |one: &&BacktestPolicy| one.over_time.iter().map(|moment| share(&moment.saving)).collect::<Option<Vec<_>>>();
        let shares: Vec<Vec<Quantity>> = drawn.iter().map(shares).collect::<Option<_>>()?;
        let every = || shares.iter().flatten().copied();
        let (most, least) = (every().max()?.max(Quantity::ZERO), every().min()?.min(Quantity::ZERO));
        let span = (most.units() - least.units()).max(SCALE / 1000);
        let y = |share: Quantity| TOP + (most.units() - share.units()) * HEIGHT / span;
        let last = i128::try_from(hours.len().max(2) - 1).expect("decisions are counted");
        let x = |at: i128| LEFT + at * WIDTH / last;
        let points = |shares: &[Quantity]| {
            let points = (0_i128..).zip(shares).map(|(at, share)| format!("{},{}", x(at), y(*share)));
            points.collect::<Vec<_>>().join(" ")
        };
        let every = hours.len().div_ceil(DOTS).max(1);
        let dots = |one: &BacktestPolicy, shares: &[Quantity]| {
            let is_told = |at: usize| at.is_multiple_of(every) || at + 1 == shares.len();
            let dot = |(at, share): (usize, &Quantity)| {
                let saved = one.over_time.get(at).map_or_else(|| show::NOTHING.to_owned(), |moment| percent(&moment.saving));
                let place = i128::try_from(at).expect("decisions are counted");
                (
                    x(place),
                    y(*share),
                    format!("{}, {}: {saved}", told(&one.name).0, hours.get(at).map_or("", |hour| hour.get(..10).unwrap_or(hour))),
                )
            };
            shares.iter().enumerate().filter(|(at, _)| is_told(*at)).map(dot).collect::<Vec<_>>()
        };
        let lines = drawn.iter().zip(&shares).enumerate().map(|(at, (one, shares))| Curve {
            name: told(&one.name).0,
            kind: at % KINDS,
            points: points(shares),
            dots: dots(one, shares),
            end: one.over_time.last().map_or_else(|| show::NOTHING.to_owned(), |last| percent(&last.saving)),
        });
        let day = |hour: &str| hour.get(..10).unwrap_or(hour).to_owned();
        let row = |at: usize| {
            let cell =
                |one: &&BacktestPolicy| one.over_time.get(at).map_or_else(|| show::NOTHING.to_owned(), |moment| percent(&moment.saving));
            (day(hours[at]), drawn.iter().map(cell).collect::<Vec<_>>())
        };
        Some(Self {
            width: LEFT + WIDTH + LEFT,
            height: TOP + HEIGHT + BELOW,
            left: LEFT,
            right: LEFT + WIDTH,
            zero: y(Quantity::ZERO),
            most: percent(&most.to_string()),
            least: if least < Quantity::ZERO { percent(&least.to_string()) } else { String::new() },
            bottom: TOP + HEIGHT,
            label_y: TOP + HEIGHT + BELOW - 6,
            first: hours.first().map(|hour| day(hour))?,
            last: hours.last().map(|hour| day(hour))?,
            lines: lines.collect(),
            heads: drawn.iter().map(|one| told(&one.name).0).collect(),
            rows: (hours.len().saturating_sub(ROWS_MAX)..hours.len()).map(row).collect(),
        })
    }
}
