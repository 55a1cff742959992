//! The chart of a back-test: what each policy had saved and owed over time, as an SVG drawing or a page with its figures.
//!
//! A file of either kind holds all it needs, and asks nothing of any other place.

mod page;
mod scale;
mod svg;

use super::answer::Answer;
use crate::report::Refused;
use std::path::Path;
use svg::{Chart, Line, Panel};
use tenor_bill::Hour;
use tenor_money::{Money, Quantity, Rounding, SCALE, div_round};
use tenor_propose::backtest::Standing;

/// Colours of the policies that are neither Tenor's nor the ends of what is possible.
const OTHERS: [&str; 4] = ["first", "second", "third", "fourth"];

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Svg,
    Html,
}

impl Kind {
    /// As the name of the file ends.
    ///
    /// # Errors
    /// When it ends in something else.
    pub(super) fn of(path: &Path) -> Result<Self, Refused> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            _ => Err(Refused::bad_usage(format!("`{}` is neither an SVG nor an HTML file", path.display()))
                .hint("end the name in .svg for the drawing alone, or in .html for a page with its figures")),
        }
    }
}

/// The text of a file.
pub(super) fn draw(answer: &Answer<'_>, kind: Kind) -> String {
    let drawing = chart(answer).draw();
    match kind {
        Kind::Svg => drawing,
        Kind::Html => page::page(answer, &drawing),
    }
}

fn chart(answer: &Answer<'_>) -> Chart {
    let (first, end) = (answer.decided().0, answer.end);
    Chart {
        title: "Commitment policies on past demand".to_owned(),
        // The most that foresight saves by the end may need losses before: on the way a line may lie above it.
        subtitle: format!("{}; the bound holds at the end, not on the way", summary(answer)),
        description: description(answer),
        hours: (first.epoch_hours(), end.epoch_hours()),
        ticks: scale::moments(first.epoch_hours(), end.epoch_hours()),
        panels: vec![savings(answer), obligations(answer)],
    }
}

/// What was tried, in a sentence.
fn summary(answer: &Answer<'_>) -> String {
    let ((first, last), decisions) = (answer.decided(), answer.decisions());
    let cost = crate::output::sentence_amount(answer.compared.on_demand_cost);
    format!("{decisions} decisions from {} to {}; on demand all usage would have cost {cost}", day(first), day(last))
}

fn description(answer: &Answer<'_>) -> String {
    let saved: Vec<_> = answer.compared.policies.iter().map(|one| format!("{} {}", one.name, percent(one.saving, 1))).collect();
    format!("Lines over time: above, what each policy had saved; below, what it still owed. Saved by the end: {}.", saved.join(", "))
}

fn savings(answer: &Answer<'_>) -> Panel {
    let policies = &answer.compared.policies;
    let (first, end) = (answer.decided().0.epoch_hours(), answer.end.epoch_hours());
    let mut lines = Vec::new();
    for (standing, class) in policies.iter().zip(classes(policies)) {
        let saved = standing.over_time.iter().map(|moment| moment.saving.units());
        // What was saved until the next decision is drawn there.
        let ends = standing.over_time.iter().skip(1).map(|moment| answer.hour(moment).epoch_hours()).chain([end]);
        let mut points: Vec<_> = ends.zip(saved).collect();
        let mut label = format!("{} {}", standing.name, percent(standing.saving, 1));
        if points.is_empty() {
            points = [first, end].map(|hour| (hour, standing.saving.units())).to_vec();
            label += " (bound)";
        }
        lines.push(Line { label, class, points });
    }
    let (lowest, highest) = span(&lines);
    // Where nothing was saved the axis still has a length.
    let highest = highest.max(SCALE / 100);
    // A policy that loses far more than any saves would press the others flat: its line goes out of the picture.
    let shown = lowest.max(-highest);
    let values = scale::round_values(shown, highest, 5);
    let is_below = |one: &&Standing| one.over_time.iter().any(|moment| moment.saving.units() < values[0]);
    let below: Vec<_> = policies.iter().filter(is_below).map(|one| one.name.as_str()).collect();
    on_top(&mut lines);
    Panel {
        heading: "Saved since the first decision, in % of the cost on demand".to_owned(),
        height: 2_600,
        values: (values[0], values[values.len() - 1]),
        ticks: values.into_iter().map(|value| (value, percent(Quantity::from_units(value), u32::from(highest < SCALE / 20)))).collect(),
        lines,
        note: (!below.is_empty()).then(|| format!("at times below: {}", below.join(", "))),
    }
}

fn obligations(answer: &Answer<'_>) -> Panel {
    let policies = &answer.compared.policies;
    let peak = policies.iter().filter_map(Standing::peak_obligation).max().unwrap_or(Money::ZERO);
    let (unit, of) = [(1_000_000_000, "billions of "), (1_000_000, "millions of "), (1_000, "thousands of "), (1, "")]
        .into_iter()
        .find(|(unit, _)| peak.units() >= *unit * SCALE)
        .unwrap_or((1, ""));
    let mut lines = Vec::new();
    for (standing, class) in policies.iter().zip(classes(policies)) {
        let owed = |moment: &tenor_propose::backtest::Moment| Some((answer.hour(moment).epoch_hours(), moment.obligation?.units()));
        let points: Vec<_> = standing.over_time.iter().filter_map(owed).collect();
        if let Some(peak) = standing.peak_obligation().filter(|peak| !peak.is_zero()) {
            lines.push(Line { label: format!("{}, peak {}", standing.name, decimal(peak.units(), unit * SCALE, 2)), class, points });
        }
    }
    let values = scale::round_values(0, span(&lines).1.max(unit * SCALE), 4);
    let is_whole = values.iter().all(|value| value % (unit * SCALE) == 0);
    on_top(&mut lines);
    Panel {
        heading: format!("Still owed after each decision, to the ends of the terms, in {of}the offers' currency"),
        height: 1_700,
        values: (values[0], values[values.len() - 1]),
        ticks: values.into_iter().map(|value| (value, decimal(value, unit * SCALE, if is_whole { 0 } else { 1 }))).collect(),
        lines,
        note: None,
    }
}

/// How each policy is drawn.
fn classes(policies: &[Standing]) -> impl Iterator<Item = &'static str> {
    let mut others = OTHERS.into_iter().cycle();
    policies.iter().map(move |one| match one.name.as_str() {
        "nothing" => "nothing",
        "tenor" => "tenor",
        _ if one.over_time.is_empty() => "bound",
        _ => others.next().expect("it never ends"),
    })
}

/// What is Tenor's is drawn last.
fn on_top(lines: &mut [Line]) {
    lines.sort_by_key(|line| line.class == "tenor");
}

/// The lowest value, at most zero, and the highest.
fn span(lines: &[Line]) -> (i128, i128) {
    let values = || lines.iter().flat_map(|line| line.points.iter().map(|(_, value)| *value));
    (values().min().unwrap_or(0).min(0), values().max().unwrap_or(0).max(0))
}

fn day(hour: Hour) -> String {
    hour.to_string().chars().take(10).collect()
}

/// `42.2%`.
fn percent(share: Quantity, decimals: u32) -> String {
    format!("{}%", decimal(share.units(), SCALE / 100, decimals))
}

/// So many of a unit, rounded half-even.
fn decimal(value: i128, unit: i128, decimals: u32) -> String {
    let scale = 10_i128.pow(decimals);
    let rounded = div_round(value * scale, unit, Rounding::HalfEven);
    let (sign, size) = (if rounded < 0 { "-" } else { "" }, rounded.abs());
    match decimals {
        0 => format!("{sign}{size}"),
        _ => format!("{sign}{}.{:0width$}", size / scale, size % scale, width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, draw};
    use crate::backtest::answer::Answer;
    use std::path::Path;
    use tenor_bill::Hour;
    use tenor_money::{Money, Quantity};
    use tenor_propose::backtest::{Comparison, Moment, Standing};

    /// A policy that decided twice: what it saved in thousandths, what it owed.
    fn standing(name: &str, saved: [i64; 2], owed: Option<[i64; 2]>) -> Standing {
        let thousandths = |saved: i64| Quantity::from_whole(saved).share(1, 1000, tenor_money::Rounding::HalfEven);
        let moment = |at: usize| Moment {
            hour: at * 168,
            saving: thousandths(saved[at]),
            units: vec![3],
            obligation: owed.map(|owed| Money::from_whole(owed[at])),
        };
        let over_time = if name == "clairvoyant" { Vec::new() } else { vec![moment(0), moment(1)] };
        let saving = thousandths(saved[1]);
        Standing { name: name.to_owned(), cost: Money::ZERO, saving, regret: Money::ZERO, utilization: vec![None], over_time }
    }

    fn drawn(kind: Kind, hostile: &str) -> String {
        let policies = vec![
            standing("nothing", [0, 0], Some([0, 0])),
            standing("tenor", [300, 400], Some([2_000, 1_500])),
            standing(hostile, [100, 200], Some([0, 900])),
            standing("hindsight-level", [-900, 350], None),
            standing("clairvoyant", [0, 410], None),
        ];
        let compared = Comparison { on_demand_cost: Money::from_whole(5_000), policies };
        let (first, end) = (Hour::from_epoch_hours(482_256), Hour::from_epoch_hours(482_256 + 336));
        draw(&Answer { compared: &compared, offers: vec![hostile], first, end, decimals: 0 }, kind)
    }

    /// All that is told between tags, a line each.
    fn told(text: &str) -> String {
        let body = text.split("<svg").nth(1).unwrap_or_default();
        let words = body.split('<').filter_map(|tag| tag.split_once('>')).filter(|(tag, _)| !tag.starts_with("style"));
        words.map(|(_, words)| words.trim()).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_drawing_names_what_it_shows() {
        let drawing = drawn(Kind::Svg, "aws-30d");
        insta::assert_snapshot!(told(&drawing), @"
        Commitment policies on past demand
        Lines over time: above, what each policy had saved; below, what it still owed. Saved by the end: nothing 0.0%, tenor 40.0%, aws-30d 20.0%, hindsight-level 35.0%, clairvoyant 41.0%.
        Commitment policies on past demand
        2 decisions from 2025-01-06 to 2025-01-13; on demand all usage would have cost 5,000.00; the bound holds at the end, not on the way
        Saved since the first decision, in % of the cost on demand
        -60%
        -40%
        -20%
        0%
        20%
        40%
        60%
        nothing 0.0%
        aws-30d 20.0%
        hindsight-level 35.0%
        clairvoyant 41.0% (bound)
        tenor 40.0%
        clairvoyant 41.0% (bound)
        tenor 40.0%
        hindsight-level 35.0%
        aws-30d 20.0%
        nothing 0.0%
        at times below: hindsight-level
        Still owed after each decision, to the ends of the terms, in thousands of the offers&#39; currency
        0.0
        0.5
        1.0
        1.5
        2.0
        aws-30d, peak 0.90
        tenor, peak 2.00
        tenor, peak 2.00
        aws-30d, peak 0.90
        2025-01-06
        2025-01-20
        ");
        let lines = |class: &str| drawing.matches(&format!("class=\"line {class}\"")).count();
        // In a plot and beside it: savings and obligations, savings alone, and none of what decides nothing.
        assert_eq!(["tenor", "first", "second", "nothing", "bound"].map(lines), [4, 4, 2, 2, 2]);
    }

    #[test]
    fn names_are_text_and_nothing_else() {
        let hostile = "</title><script>alert(\"1\")</script>&amp;'\u{202e}\u{0}\u{ffff}";
        let shown = "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;\u{fffd}\u{fffd}\u{fffd}";
        for kind in [Kind::Svg, Kind::Html] {
            let (text, plain) = (drawn(kind, hostile), drawn(kind, "aws-30d"));
            assert!(text.contains(shown) && !text.contains("<script"), "{text}");
            assert_eq!(text.replace(shown, "aws-30d"), plain, "nothing but the name differs");
        }
    }

    #[test]
    fn a_file_asks_nothing_of_any_other_place() {
        for kind in [Kind::Svg, Kind::Html] {
            let text = drawn(kind, "aws-30d").replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            for outside in ["http:", "https:", "//", "src=", "href", "@import", "<script", "url(h"] {
                assert!(!text.contains(outside), "{outside}");
            }
        }
    }

    #[test]
    fn a_page_has_the_figures_too() {
        let page = drawn(Kind::Html, "aws-30d");
        let figures = page.split("</svg>").nth(1).unwrap_or_default().replace("</th>", " ").replace("</td>", " ");
        let lines =
            figures.lines().map(|line| line.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect::<String>());
        let lines: Vec<_> = lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        Policies
        2 decisions from 2025-01-06 to 2025-01-13; on demand all usage would have cost 5,000.00. Saving is the effective savings rate too: all usage has one list price, and commitment that was not used counts as cost.
        Policy Saving Cost Regret Utilization aws-30d Held at the end aws-30d Peak obligation
        nothing 0.00% 0.00 0.00  3 0.00
        tenor 40.00% 0.00 0.00  3 2,000.00
        aws-30d 20.00% 0.00 0.00  3 900.00
        hindsight-level 35.00% 0.00 0.00  3
        clairvoyant 41.00% 0.00 0.00
        Decision by decision
        Saved from the first decision until the next one; owed just after it.
        2 decisions
        Decision tenor saved aws-30d saved hindsight-level saved tenor owed aws-30d owed
        2025-01-06 30.00% 10.00% -90.00% 2,000.00 0.00
        2025-01-13 40.00% 20.00% 35.00% 1,500.00 900.00
        ");
    }

    #[test]
    fn the_name_of_the_file_says_what_it_is() {
        let kind = |name: &str| Kind::of(Path::new(name)).map_err(|refused| refused.to_string());
        assert_eq!([kind("a.svg"), kind("b/c.HTML"), kind("d.htm")], [Ok(Kind::Svg), Ok(Kind::Html), Ok(Kind::Html)]);
        assert_eq!(kind("a.png"), Err("`a.png` is neither an SVG nor an HTML file".to_owned()));
        assert_eq!(kind("svg"), Err("`svg` is neither an SVG nor an HTML file".to_owned()));
    }
}
