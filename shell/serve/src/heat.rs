//! A month as a map of its hours, days down and hours across, as SVG. An hour of which nothing is known stays blank.

use askama::Template;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;

const HOURS: i64 = 24;
const HOUR_SECONDS: i64 = 3_600;
const CELL: i64 = 18;
const GAP: i64 = 2;
const LEFT: i64 = 26;
const TOP: i64 = 18;

/// What is known of an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Which of [`LEVELS`].
    pub(crate) level: usize,
    /// What stands in the table.
    pub(crate) figure: String,
    /// What a pointer over it is told, behind the hour.
    pub(crate) title: String,
}

/// What shades stand for, in order.
pub(crate) const LEVELS: [&str; 5] = ["nothing", "under 50 %", "50 to 80 %", "80 to 99 %", "all, or more"];

/// The map.
#[derive(Debug, Clone, Template)]
#[template(path = "heat.html")]
pub(crate) struct Heat {
    label: String,
    width: i64,
    height: i64,
    /// Of a cell.
    size: i64,
    heads: Vec<(i64, i64)>,
    days: Vec<Day>,
    legend: Vec<(usize, &'static str)>,
}

/// A day of it.
#[derive(Debug, Clone)]
struct Day {
    day: i64,
    text_y: i64,
    cells: Vec<Cell>,
    /// For the table: a figure for each hour.
    figures: Vec<String>,
}

#[derive(Debug, Clone)]
struct Cell {
    level: usize,
    x: i64,
    y: i64,
    title: String,
}

/// The shade of so many ten thousandths.
pub(crate) const fn level(ten_thousandths: i128) -> usize {
    match ten_thousandths {
        i128::MIN..=0 => 0,
        1..5_000 => 1,
        5_000..8_000 => 2,
        8_000..9_950 => 3,
        9_950.. => 4,
    }
}

impl Heat {
    /// Of the hours of a period; none where nothing is known of any.
    pub(crate) fn of(label: &str, period: BillingPeriod, spots: &BTreeMap<Timestamp, Spot>) -> Option<Self> {
        let (start, count) = (period.start().as_second(), i64::from(period.hours()) / HOURS);
        let spot = |day: i64, hour: i64| {
            let moment = Timestamp::from_second(start + (day * HOURS + hour) * HOUR_SECONDS).ok()?;
            spots.get(&moment)
        };
        let x = |hour: i64| LEFT + hour * CELL;
        let y = |day: i64| TOP + day * CELL;
        let of_day = |day: i64| {
            let cell = |hour: i64| {
                let spot = spot(day, hour)?;
                Some(Cell {
                    level: spot.level,
                    x: x(hour),
                    y: y(day),
                    title: format!("{period}-{:02} {hour:02}:00: {}", day + 1, spot.title),
                })
            };
            let figure = |hour: i64| spot(day, hour).map_or_else(|| crate::show::NOTHING.to_owned(), |spot| spot.figure.clone());
            Day {
                day: day + 1,
                text_y: y(day) + CELL - 6,
                cells: (0..HOURS).filter_map(cell).collect(),
                figures: (0..HOURS).map(figure).collect(),
            }
        };
        let days: Vec<_> = (0..count).map(of_day).collect();
        if days.iter().all(|day| day.cells.is_empty()) {
            return None;
        }
        Some(Self {
            label: label.to_owned(),
            width: LEFT + HOURS * CELL + GAP,
            height: TOP + count * CELL + GAP,
            size: CELL - GAP,
            heads: (0..HOURS).step_by(3).map(|hour| (x(hour), hour)).collect(),
            days,
            legend: LEVELS.iter().copied().enumerate().collect(),
        })
    }
}
