//! Scenarios drawn once and kept as what makes them: the level of each week and the past week its hours follow. Cells are made from that as
//! they are asked for.
//!
//! They are futures of the usage there is: a group that grows beyond what it has now is cut back to that. What comes on top can be bought for when
//! it is there, and a trend of months says nothing about years; a commitment must not live on growth that may not come.

#![expect(clippy::disallowed_types, reason = "the forecast computes in floats, in a fixed order")]

use super::scenario::Forecast;
use std::sync::Arc;

/// Hours in a week.
const WEEK: usize = 168;

/// Courses of the future, equally likely.
#[derive(Debug, Clone)]
pub struct Ensemble {
    series: usize,
    groups: usize,
    /// Shared by all copies: they are large, and never change.
    courses: Arc<[Course]>,
}

/// One course.
#[derive(Debug, Clone)]
struct Course {
    /// By week and series: what the hours of the past week are multiplied by; where that had none, each hour.
    times: Vec<f32>,
    /// By week and group: what runs on types nobody has seen yet.
    unseen: Vec<f32>,
    /// By week: the hour of the past in which the week begins that its hours follow.
    models: Vec<Option<usize>>,
    /// By week and series: whether the past week had none.
    flat: Vec<bool>,
}

/// How the hours of a series in a week are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pattern {
    /// Those of the past from an hour on, each so many times.
    Follows {
        /// An offset from the first hour of the past.
        hour: usize,
        /// The factor.
        times: f64,
    },
    /// All alike.
    Flat(f64),
}

impl Ensemble {
    /// Draws so many courses of so many weeks.
    #[must_use]
    pub fn draw(forecast: &Forecast<'_>, courses: u32, weeks: usize) -> Self {
        let series = forecast.groups().len();
        let groups = forecast.groups().iter().max().map_or(0, |last| last + 1);
        let course = |number: u32| {
            let mut scenario = forecast.scenario(u64::from(number));
            let mut course = Course { times: Vec::new(), unseen: Vec::new(), models: Vec::new(), flat: Vec::new() };
            let now = scenario.totals();
            for _ in 0..weeks {
                scenario.advance();
                let model = scenario.pattern_week();
                let cut: Vec<f64> =
                    now.iter().zip(scenario.totals()).map(|(now, then)| if then > *now { now / then } else { 1.0 }).collect();
                for (series, level) in scenario.levels().into_iter().enumerate() {
                    let level = level * cut[forecast.groups()[series]];
                    let mean = model.map_or(0.0, |week| forecast.mean(series, week));
                    course.flat.push(mean <= 0.0);
                    course.times.push(if mean > 0.0 { (level / mean) as f32 } else { level as f32 });
                }
                course.unseen.extend(scenario.unseen().iter().zip(&cut).map(|(unseen, cut)| (unseen * cut) as f32));
                course.models.push(model.map(|week| forecast.first_hour(week)));
            }
            course
        };
        Self { series, groups, courses: (0..courses).map(course).collect() }
    }

    /// How many courses.
    #[must_use]
    pub fn courses(&self) -> usize {
        self.courses.len()
    }

    /// How the hours of a series in a week of a course are made.
    #[must_use]
    pub fn pattern(&self, course: usize, week: usize, series: usize) -> Pattern {
        let (course, place) = (&self.courses[course], week * self.series + series);
        let times = f64::from(course.times[place]);
        match course.models[week].filter(|_| !course.flat[place]) {
            Some(hour) => Pattern::Follows { hour, times },
            None => Pattern::Flat(times),
        }
    }

    /// What a group runs on types nobody has seen yet, in each hour of a week of a course.
    #[must_use]
    pub fn unseen(&self, course: usize, week: usize, group: usize) -> f64 {
        f64::from(self.courses[course].unseen[week * self.groups + group])
    }

    /// The week of an hour, and the hour in it.
    #[must_use]
    pub fn place(hour: usize) -> (usize, usize) {
        (hour / WEEK, hour % WEEK)
    }
}
