//! Line charts as SVG text: panels one below the other over one axis of time. It draws with whole numbers, tenths of a pixel, so that
//! the same figures give the same bytes; nothing in it refers to anything outside of it.

use super::scale::spread;
use crate::output::readable;
use std::fmt::Write as _;

/// Lengths are tenths of a pixel.
const WIDTH: i64 = 9_600;
const LEFT: i64 = 520;
/// Where the plots end, and what the lines are called begins.
const RIGHT: i64 = 7_380;
const TOP: i64 = 500;
/// From the top of a panel to its plot, for the heading.
const HEADING: i64 = 520;
/// Below the last panel, for the labels of time.
const BOTTOM: i64 = 360;
/// From one name to the next.
const LINE: i64 = 180;

/// A drawing with its axis of time.
#[derive(Debug)]
pub(super) struct Chart {
    /// In large letters.
    pub(super) title: String,
    /// Below it.
    pub(super) subtitle: String,
    /// What is to be seen, for who does not see it.
    pub(super) description: String,
    /// The hours it spans.
    pub(super) hours: (i64, i64),
    /// Hours that are marked, and how.
    pub(super) ticks: Vec<(i64, String)>,
    /// From the top.
    pub(super) panels: Vec<Panel>,
}

/// Lines on one scale.
#[derive(Debug)]
pub(super) struct Panel {
    /// What is measured, in which unit.
    pub(super) heading: String,
    /// Tenths of a pixel.
    pub(super) height: i64,
    /// The lowest and the highest value.
    pub(super) values: (i128, i128),
    /// Values that are marked, and how.
    pub(super) ticks: Vec<(i128, String)>,
    /// In the order in which they are drawn, the last on top.
    pub(super) lines: Vec<Line>,
    /// A remark below the heading.
    pub(super) note: Option<String>,
}

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    /// What it is called, with its figure.
    pub(super) label: String,
    /// The class that colours it; one of those in [`STYLE`].
    pub(super) class: &'static str,
    /// Hours and values.
    pub(super) points: Vec<(i64, i128)>,
}

/// Colours and strokes, on light and on dark.
const STYLE: &str = "
.chart{--paper:#fff;--ink:#1b1f24;--soft:#5b6470;--grid:#e6e8eb;--axis:#9aa3ad;
--tenor:#1459c7;--first:#d1550a;--second:#b8860b;--third:#0a8768;--fourth:#8350c4;--bound:#3c444d;--nothing:#79828c}
@media(prefers-color-scheme:dark){.chart{--paper:#14171a;--ink:#eceff2;--soft:#a3acb6;--grid:#272c31;--axis:#5d6670;
--tenor:#74aaff;--first:#ff9550;--second:#e3c04b;--third:#45cfa4;--fourth:#bd97f5;--bound:#c9d1d9;--nothing:#8a939d}}
.chart{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-variant-numeric:tabular-nums}
.chart text{fill:var(--ink)}.chart .title{font-size:18px;font-weight:600}.chart .heading{font-size:13px;font-weight:600}
.chart .soft{fill:var(--soft)}.chart .paper{fill:var(--paper)}.chart .grid{stroke:var(--grid)}.chart .axis{stroke:var(--axis)}
.chart .line{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}.chart .lead{fill:none;stroke-width:.8;opacity:.55}
.chart .tenor{stroke:var(--tenor)}.chart .first{stroke:var(--first)}.chart .second{stroke:var(--second);stroke-dasharray:5 3}
.chart .third{stroke:var(--third)}.chart .fourth{stroke:var(--fourth)}.chart .nothing{stroke:var(--nothing)}
.chart .bound{stroke:var(--bound);stroke-dasharray:1.5 4}.chart .line.tenor{stroke-width:2.8}
";

impl Chart {
    /// The whole drawing.
    pub(super) fn draw(&self) -> String {
        let heights: i64 = self.panels.iter().map(|panel| panel.height + HEADING).sum();
        let (width, height) = (px(WIDTH), px(TOP + heights + BOTTOM));
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"chart-title chart-description\">\n\
             <title id=\"chart-title\">{}</title>\n<desc id=\"chart-description\">{}</desc>\n<style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
            escape(&self.title),
            escape(&self.description)
        );
        out += &text((LEFT - 400, 290), "title", "start", &self.title);
        out += &text((LEFT - 400, 490), "soft", "start", &self.subtitle);
        let mut top = TOP;
        for (at, panel) in self.panels.iter().enumerate() {
            top += HEADING;
            self.draw_panel(&mut out, panel, top, at);
            top += panel.height;
        }
        for (hour, label) in &self.ticks {
            out += &text((self.x(*hour), top + 190), "soft", "middle", label);
        }
        out + "</svg>\n"
    }

    fn draw_panel(&self, out: &mut String, panel: &Panel, top: i64, at: usize) {
        let bottom = top + panel.height;
        *out += "<g>\n";
        *out += &text((LEFT - 400, top - 160), "heading", "start", &panel.heading);
        for (hour, _) in &self.ticks {
            *out += &stroke("grid", &[(self.x(*hour), top), (self.x(*hour), bottom)]);
        }
        for (value, label) in &panel.ticks {
            let y = panel.y(*value, top);
            *out += &stroke(if *value == 0 { "axis" } else { "grid" }, &[(LEFT, y), (RIGHT, y)]);
            *out += &text((LEFT - 80, y + 40), "soft", "end", label);
        }
        let (x, y, width, height) = (px(LEFT), px(top - 20), px(RIGHT - LEFT), px(panel.height + 40));
        let _ = writeln!(out, "<clipPath id=\"plot-{at}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>");
        let _ = writeln!(out, "<g clip-path=\"url(#plot-{at})\">");
        for line in &panel.lines {
            let points: Vec<_> = line.points.iter().map(|(hour, value)| (self.x(*hour), panel.y(*value, top))).collect();
            let _ =
                writeln!(out, "<path class=\"line {}\" d=\"{}\"><title>{}</title></path>", line.class, path(&points), escape(&line.label));
        }
        *out += "</g>\n";
        self.draw_labels(out, panel, top);
        if let Some(note) = &panel.note {
            *out += &text((RIGHT, top - 160), "soft", "end", note);
        }
        *out += "</g>\n";
    }

    /// The names of lines beside their ends, apart from each other.
    fn draw_labels(&self, out: &mut String, panel: &Panel, top: i64) {
        let end =
            |line: &Line| line.points.last().map(|(hour, value)| (self.x(*hour), panel.y(*value, top).clamp(top, top + panel.height)));
        let mut ends: Vec<_> = panel.lines.iter().filter_map(|line| Some((end(line)?, line))).collect();
        ends.sort_by_key(|((_, y), _)| *y);
        let wanted: Vec<i64> = ends.iter().map(|((_, y), _)| *y).collect();
        for (((x, y), line), place) in ends.iter().zip(spread(&wanted, LINE, (top, top + panel.height))) {
            *out += &stroke(&format!("lead {}", line.class), &[(*x, *y), (RIGHT + 140, place)]);
            *out += &stroke(&format!("line {}", line.class), &[(RIGHT + 140, place), (RIGHT + 340, place)]);
            *out += &text((RIGHT + 420, place + 40), "label", "start", &line.label);
        }
    }

    fn x(&self, hour: i64) -> i64 {
        let (first, end) = self.hours;
        LEFT + (RIGHT - LEFT) * (hour - first) / (end - first).max(1)
    }
}

impl Panel {
    fn y(&self, value: i128, top: i64) -> i64 {
        let (low, high) = self.values;
        // What lies far outside is clipped; only a number that fits is wanted.
        let from_top = i128::from(self.height) * (high - value) / (high - low).max(1);
        top + i64::try_from(from_top.clamp(-100_000, 100_000)).expect("it is clamped")
    }
}

fn text((x, y): (i64, i64), class: &str, anchor: &str, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>\n", px(x), px(y), escape(text))
}

fn stroke(class: &str, points: &[(i64, i64)]) -> String {
    format!("<path class=\"{class}\" d=\"{}\"/>\n", path(points))
}

fn path(points: &[(i64, i64)]) -> String {
    let step = |(at, (x, y)): (usize, &(i64, i64))| format!("{}{} {}", if at == 0 { "M" } else { "L" }, px(*x), px(*y));
    points.iter().enumerate().map(step).collect()
}

/// Tenths of a pixel as pixels.
fn px(tenths: i64) -> String {
    let (sign, size) = (if tenths < 0 { "-" } else { "" }, tenths.abs());
    if size % 10 == 0 { format!("{sign}{}", size / 10) } else { format!("{sign}{}.{}", size / 10, size % 10) }
}

/// Text of other people as XML and HTML show it: nothing in it is markup, and nothing steers what stands beside it.
pub(super) fn escape(text: &str) -> String {
    readable(text).chars().fold(String::new(), |mut out, letter| {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // XML has no way to write these two.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
        out
    })
}
