//! The fan of futures and the efficient frontier, as SVG: whole numbers, no script, no style of its own. The tables beside them have the figures.

use crate::show;
use std::fmt::Write as _;
use tenor_money::Money;
use tenor_propose::proposal::{Course, Outcome};

const WIDTH: i128 = 720;
const HEIGHT: i128 = 200;
const TOP: i128 = 16;
const LEFT: i128 = 8;
/// What is said of a portfolio that the policy does not allow.
const BEYOND: &str = "above the policy's limit";
/// So many names of months fit below.
const LABELS: usize = 12;

/// What is saved up to the end of each month: a band that eight of ten futures lie in, one that half of them do, and the mean.
pub(super) struct Fan {
    pub(super) width: i128,
    pub(super) height: i128,
    /// Where nothing is saved.
    pub(super) zero: i128,
    pub(super) wide: String,
    pub(super) narrow: String,
    pub(super) mean: String,
    /// The end of each month on it, to be read out.
    pub(super) dots: Vec<Point>,
    /// Where each name of a month stands.
    pub(super) labels: Vec<(i128, String)>,
    pub(super) label_y: i128,
    pub(super) most: String,
    /// The lowest amount, at the bottom; nothing where none is below nothing.
    pub(super) least: String,
    pub(super) bottom: i128,
    pub(super) rows: Vec<FanRow>,
}

pub(super) struct FanRow {
    pub(super) month: String,
    pub(super) p10: String,
    pub(super) p25: String,
    pub(super) expected: String,
    pub(super) p75: String,
    pub(super) p90: String,
}

/// What is saved against what is owed for it.
pub(super) struct Frontier {
    pub(super) width: i128,
    pub(super) height: i128,
    pub(super) zero: i128,
    pub(super) line: String,
    pub(super) points: Vec<Point>,
    /// The proposal itself.
    pub(super) here: Point,
    pub(super) most: String,
    /// As in [`Fan`].
    pub(super) least: String,
    pub(super) bottom: i128,
    pub(super) farthest: String,
    pub(super) label_y: i128,
    pub(super) right: i128,
    pub(super) rows: Vec<FrontierRow>,
}

pub(super) struct Point {
    pub(super) x: i128,
    pub(super) y: i128,
    pub(super) title: String,
    /// Whether more is owed than the owner allows.
    pub(super) is_beyond: bool,
}

pub(super) struct FrontierRow {
    /// What is to be known of it.
    pub(super) note: &'static str,
    pub(super) obligation: String,
    pub(super) commitment: String,
    pub(super) upfront: String,
    pub(super) expected: String,
    pub(super) p10: String,
    pub(super) p90: String,
}

/// A range of amounts, from the top of a chart to its bottom.
struct Scale {
    most: Money,
    least: Money,
}

impl Scale {
    /// Of amounts and of nothing; none where all of them are nothing.
    fn of(amounts: impl Iterator<Item = Money> + Clone) -> Option<Self> {
        let most = amounts.clone().max().unwrap_or_default().max(Money::ZERO);
        let least = amounts.min().unwrap_or_default().min(Money::ZERO);
        (most > least).then_some(Self { most, least })
    }

    /// The least, where it is below nothing.
    fn least(&self, currency: &str) -> String {
        if self.least < Money::ZERO { format!("{} {currency}", show::amount(self.least)) } else { String::new() }
    }

    fn y(&self, amount: Money) -> i128 {
        TOP + (self.most - amount).units() * HEIGHT / (self.most - self.least).units()
    }
}

/// Points as SVG writes them.
fn path(points: impl Iterator<Item = (i128, i128)>) -> String {
    let mut text = String::new();
    for (x, y) in points {
        let _ = write!(text, "{}{x},{y}", if text.is_empty() { "" } else { " " });
    }
    text
}

impl Fan {
    /// Of months in order; none where nothing is saved and nothing lost.
    pub(super) fn of(courses: &[Course], currency: &str) -> Option<Self> {
        let scale = Scale::of(courses.iter().flat_map(|course| [course.p10, course.p90, course.expected]))?;
        let count = i128::try_from(courses.len()).expect("a horizon has few months");
        // The first point is the day of the decision, when nothing is saved yet.
        let x = |place: i128| LEFT + place * (WIDTH - 2 * LEFT) / count.max(1);
        let line = |of: fn(&Course) -> Money| -> Vec<(i128, i128)> {
            let points = (1_i128..).zip(courses).map(|(place, course)| (x(place), scale.y(of(course))));
            std::iter::once((x(0), scale.y(Money::ZERO))).chain(points).collect()
        };
        let band = |low: fn(&Course) -> Money, high: fn(&Course) -> Money| path(line(high).into_iter().chain(line(low).into_iter().rev()));
        let dot = |(place, course): (i128, &Course)| {
            let (mean, low, high) = (show::amount(course.expected), show::amount(course.p10), show::amount(course.p90));
            let title = format!("up to the end of {}: {mean} {currency}, eight of ten futures {low} to {high}", course.month);
            Point { x: x(place), y: scale.y(course.expected), title, is_beyond: false }
        };
        let every = courses.len().div_ceil(LABELS).max(1);
        let named = (1_i128..).zip(courses).step_by(every).map(|(place, course)| (x(place), course.month.to_string()));
        Some(Self {
            width: WIDTH,
            height: TOP + HEIGHT + 22,
            zero: scale.y(Money::ZERO),
            wide: band(|course| course.p10, |course| course.p90),
            narrow: band(|course| course.p25, |course| course.p75),
            mean: path(line(|course| course.expected).into_iter()),
            dots: (1_i128..).zip(courses).map(dot).collect(),
            labels: named.collect(),
            label_y: TOP + HEIGHT + 16,
            most: format!("{} {currency}", show::amount(scale.most)),
            least: scale.least(currency),
            bottom: TOP + HEIGHT - 4,
            rows: courses.iter().map(fan_row).collect(),
        })
    }
}

fn fan_row(course: &Course) -> FanRow {
    FanRow {
        month: course.month.to_string(),
        p10: show::amount(course.p10),
        p25: show::amount(course.p25),
        expected: show::amount(course.expected),
        p75: show::amount(course.p75),
        p90: show::amount(course.p90),
    }
}

impl Frontier {
    /// Of portfolios, the one that owes least first, and of the proposal in the same futures; none where there is nothing to compare. The owner
    /// may have said how much is owed at most.
    pub(super) fn of(outcomes: &[Outcome], here: &Outcome, limit: Option<Money>, currency: &str) -> Option<Self> {
        if outcomes.len() < 2 {
            return None;
        }
        let all = || outcomes.iter().chain([here]);
        let scale = Scale::of(all().map(Outcome::expected))?;
        let farthest = all().map(|outcome| outcome.obligation).max().filter(|most| *most > Money::ZERO)?;
        let x = |owed: Money| LEFT + owed.units() * (WIDTH - 2 * LEFT) / farthest.units();
        let is_beyond = |outcome: &Outcome| limit.is_some_and(|limit| outcome.obligation > limit);
        let point = |outcome: &Outcome| {
            let (saved, owed) = (show::amount(outcome.expected()), show::amount(outcome.obligation));
            let beyond = if is_beyond(outcome) { format!(", {BEYOND}") } else { String::new() };
            let title = format!("{saved} {currency} saved, {owed} owed{beyond}");
            Point { x: x(outcome.obligation), y: scale.y(outcome.expected()), title, is_beyond: is_beyond(outcome) }
        };
        let row = |outcome: &Outcome| frontier_row(outcome, if is_beyond(outcome) { BEYOND } else { "" });
        let points: Vec<Point> = outcomes.iter().map(point).collect();
        let start = (x(Money::ZERO), scale.y(Money::ZERO));
        Some(Self {
            width: WIDTH,
            height: TOP + HEIGHT + 22,
            zero: scale.y(Money::ZERO),
            line: path(std::iter::once(start).chain(points.iter().map(|point| (point.x, point.y)))),
            points,
            here: point(here),
            most: format!("{} {currency} saved", show::amount(scale.most)),
            least: scale.least(currency),
            bottom: TOP + HEIGHT - 4,
            farthest: format!("{} {currency} owed", show::amount(farthest)),
            label_y: TOP + HEIGHT + 16,
            right: WIDTH - LEFT,
            rows: std::iter::once(frontier_row(here, "this proposal")).chain(outcomes.iter().map(row)).collect(),
        })
    }
}

fn frontier_row(outcome: &Outcome, note: &'static str) -> FrontierRow {
    FrontierRow {
        note,
        obligation: show::amount(outcome.obligation),
        commitment: show::amount(outcome.commitment_per_hour),
        upfront: show::amount(outcome.upfront),
        expected: show::amount(outcome.expected()),
        p10: show::amount(outcome.p10()),
        p90: show::amount(outcome.p90()),
    }
}

#[cfg(test)]
mod tests {
    use super::Fan;
    use tenor_money::Money;
    use tenor_propose::proposal::Course;

    #[test]
    fn a_fan_begins_at_nothing_and_its_bands_lie_within_the_chart() {
        let course = |month: &str, whole: i64| Course {
            month: month.parse().unwrap(),
            expected: Money::from_whole(whole),
            p10: Money::from_whole(whole - 50),
            p25: Money::from_whole(whole - 10),
            p75: Money::from_whole(whole + 10),
            p90: Money::from_whole(whole + 50),
        };
        let fan = Fan::of(&[course("2026-01", 0), course("2026-02", 100)], "USD").unwrap();
        assert_eq!((fan.mean.as_str(), fan.zero), ("8,166 360,166 712,66", 166));
        assert_eq!(fan.wide, "8,166 360,116 712,16 712,116 360,216 8,166");
        assert!(Fan::of(&[], "USD").is_none());
    }
}
