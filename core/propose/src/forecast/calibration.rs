//! How often what happened lay where the forecast said it would.

#![expect(clippy::disallowed_types, reason = "the forecast computes in floats, in a fixed order")]

use super::overlay::Overlay;
use super::scenario::Forecast;
use crate::demand::Demand;
use crate::past::Past;

/// Hours in a week.
const WEEK: usize = 168;

/// Outcomes at a horizon, against the band from the 10th to the 90th of a hundred scenarios.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Weeks ahead.
    pub weeks: usize,
    /// How many outcomes there were.
    pub outcomes: u32,
    /// How many lay below the band.
    pub below: u32,
    /// How many lay above it.
    pub above: u32,
}

impl Coverage {
    /// The share of outcomes within the band, in thousandths.
    #[must_use]
    pub fn within_thousandths(self) -> u32 {
        (self.outcomes - self.below - self.above) * 1000 / self.outcomes.max(1)
    }
}

/// Forecasts from each origin (an offset of hours) and compares weekly means of groups, or of series, so many weeks ahead.
///
/// What is not used at the origin is left out: of that nothing is forecast.
#[must_use]
pub fn calibrate(demand: &Demand, origins: &[usize], weeks_ahead: &[usize], of_groups: bool, seed: u64) -> Vec<Coverage> {
    const SCENARIOS: u64 = 100;
    let mut found: Vec<Coverage> = weeks_ahead.iter().map(|weeks| Coverage { weeks: *weeks, ..Coverage::default() }).collect();
    for origin in origins {
        let forecast = Forecast::new(Past::of(demand, *origin), Overlay::default(), seed ^ *origin as u64);
        let groups = if of_groups { forecast.groups().to_vec() } else { (0..demand.series().len()).collect() };
        let count = groups.iter().max().map_or(0, |last| last + 1);
        let mean = |from: usize, place: usize| {
            let members = demand.series().iter().zip(&groups).filter(|(_, group)| **group == place);
            members.map(|(one, _)| one.cells[from..from + WEEK].iter().map(|cell| *cell as f64).sum::<f64>()).sum::<f64>() / WEEK as f64
        };
        let reachable = found.iter_mut().filter(|coverage| origin + coverage.weeks * WEEK <= demand.hours());
        let mut reachable: Vec<&mut Coverage> = reachable.collect();
        let last = reachable.iter().map(|coverage| coverage.weeks).max().unwrap_or(0);
        let mut drawn: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); count]; reachable.len()];
        for number in 0..SCENARIOS {
            let mut scenario = forecast.scenario(number);
            for week in 1..=last {
                scenario.advance();
                for (place, _) in reachable.iter().enumerate().filter(|(_, coverage)| coverage.weeks == week) {
                    let values = if of_groups { scenario.totals() } else { scenario.levels() };
                    drawn[place].iter_mut().zip(values).for_each(|(drawn, value)| drawn.push(value));
                }
            }
        }
        for (coverage, drawn) in reachable.iter_mut().zip(&mut drawn) {
            for (place, drawn) in drawn.iter_mut().enumerate().filter(|(place, _)| mean(origin - WEEK, *place) > 0.0) {
                drawn.sort_by(f64::total_cmp);
                let outcome = mean(origin + (coverage.weeks - 1) * WEEK, place);
                coverage.outcomes += 1;
                coverage.below += u32::from(outcome < drawn[9]);
                coverage.above += u32::from(outcome > drawn[90]);
            }
        }
    }
    found
}
