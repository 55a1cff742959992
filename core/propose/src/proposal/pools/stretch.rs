//! Hours of a scenario that are made alike: what makes them is looked up once a week, not once an hour.

#![expect(clippy::disallowed_types, reason = "the futures are drawn in floats, in a fixed order")]

use super::{Outlook, THOUSAND, WEEK};
use crate::forecast::{Ensemble, Pattern};
use std::ops::Range;

/// How a line's cells are made in some hours.
#[derive(Debug, Clone, Copy)]
struct Course {
    /// The hour of the past that the first of these hours follows; none where all are alike.
    past: Option<usize>,
    /// What the past is multiplied by, or what each hour is.
    times: f64,
    /// What the owner's changes make of it.
    changed: f64,
}

/// Hours of one week between two changes the owner knows of, in one scenario.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    /// Hours of the horizon; empty before the first is asked for.
    hours: Range<usize>,
    lines: Vec<Course>,
    /// What nobody has seen yet, the same in each hour, in whole numbers of its SKU.
    unseen: Vec<u64>,
}

impl Outlook<'_> {
    /// What lines use in an hour of a scenario, in whole numbers of their SKUs, and after them what is unseen. The stretch is the scenario's own.
    pub(crate) fn hour(&self, scenario: usize, hour: usize, stretch: &mut Stretch, into: &mut [u64]) {
        if !stretch.hours.contains(&hour) {
            *stretch = self.stretch(scenario, hour);
        }
        let offset = hour - stretch.hours.start;
        let (lines, unseen) = into.split_at_mut(stretch.lines.len());
        for ((cell, course), line) in lines.iter_mut().zip(&stretch.lines).zip(&self.inputs.lines) {
            let used = course.past.map_or(course.times, |past| line.cells[past + offset] as f64 * course.times);
            *cell = (used * course.changed + 0.5) as u64;
        }
        unseen.copy_from_slice(&stretch.unseen);
    }

    fn stretch(&self, scenario: usize, hour: usize) -> Stretch {
        let (week, within) = Ensemble::place(hour);
        let number = self.era(hour);
        let era = &self.eras[number];
        let era_end = self.eras.get(number + 1).map_or(self.hours, |next| next.first);
        let course = |line: usize| {
            let pool = self.pools.of_line[line];
            let changed = era.thousandths[line] as f64 / THOUSAND as f64;
            match self.ensemble.pattern(scenario, week, pool) {
                Pattern::Follows { hour, times } => Course { past: Some(hour + within), times, changed },
                Pattern::Flat(level) if self.bearer[pool] == line => {
                    Course { past: None, times: level / THOUSAND as f64 / self.pools.unit[line], changed }
                }
                Pattern::Flat(_) => Course { past: None, times: 0.0, changed },
            }
        };
        let unseen = |pool: usize| (self.unseen(scenario, pool, hour) / self.pools.unit_of_unseen(self.inputs, pool) + 0.5) as u64;
        Stretch {
            hours: hour..era_end.min((week + 1) * WEEK),
            lines: (0..self.inputs.lines.len()).map(course).collect(),
            unseen: (self.pools.seen..self.pools.pools.len()).map(unseen).collect(),
        }
    }
}
